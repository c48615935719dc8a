# What the host itself says.

answer-more = … say “more” for the rest
command-unknown = I do not know that command. “help” lists those I know.
command-busy = Too much to do at once; please try again in a moment.
did-you-mean = Did you mean “{ $command }”?
fault-in-command = That went wrong (fault { $number }). The owners of the bot can read why.
