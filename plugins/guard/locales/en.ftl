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

# Raids.
reason-raid = The room is under attack; newcomers have no voice for a while
reason-quarantine = Much spam comes from this server; its newcomers have no voice for a while
reason-gate = Newcomers answer a question before they may speak
raid-on-offences = Spam from { $n } people within a minute
raid-on-chorus = { $n } newcomers began to speak at once
raid-off-quiet = It has been quiet for a quarter of an hour
raid-off-too-long = It has lasted for six hours; what now is for the owner to decide
