description = Stops floods, repeated adverts and walls of text

# Why something was done: shown to the person concerned, to moderators and, as the reason of a kick or ban, to everyone.
# { $n } is how many were counted.
reason-rate = Flood: { $n } messages in a short time
reason-repeat = The same text { $n } times
reason-size = Too much text at once ({ $n } characters)
reason-wipe = Text that only takes up room
reason-joins = Came in { $n } times in two minutes
reason-nicks = { $n } nicks in a minute
reason-statuses = { $n } status changes in a minute
reason-reactions = { $n } reactions in half a minute
reason-edits = { $n } corrections in a minute
reason-malformed = { $n } broken stanzas in a minute
reason-before = Earlier offences
reason-follows = Sent before the answer to the previous messages took effect

# What would be done, in observe mode.
observed = Observed only, would have { $answer }: { $reason }
answer-note = taken a note
answer-warn = warned
answer-retract = taken the message back
answer-mute = muted for { $span }
answer-kick = kicked
answer-ban = banned for { $span }
answer-ban-for-good = banned
