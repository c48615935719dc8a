nothing-said = I have not heard you say anything: write { $prefix }turn and the text.
