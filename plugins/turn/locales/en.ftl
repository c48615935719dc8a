nothing-said = I have not heard you say anything: write turn and the text.
