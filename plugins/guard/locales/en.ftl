description = Stops floods, repeated adverts and walls of text.

# Why something was done: shown to the person concerned, to moderators and, as the reason of a kick or ban, to everyone.
# { $n } is how many were counted.
reason-rate = Flood: { $n ->
    [one] { $n } message
   *[other] { $n } messages
} in a short time
reason-repeat = The same text { $n ->
    [one] once
   *[other] { $n } times
}
reason-monotony = { $n ->
    [one] { $n } line that says
   *[other] { $n } lines that say
} nearly the same
reason-size = Too much text at once ({ $n ->
    [one] { $n } character
   *[other] { $n } characters
})
reason-wipe = Text that only takes up room
reason-joins = Came in { $n ->
    [one] once
   *[other] { $n } times
} in two minutes
reason-nicks = { $n ->
    [one] { $n } nick
   *[other] { $n } nicks
} in a minute
reason-statuses = { $n ->
    [one] { $n } status change
   *[other] { $n } status changes
} in a minute
reason-reactions = { $n ->
    [one] { $n } reaction
   *[other] { $n } reactions
} in half a minute
reason-edits = { $n ->
    [one] { $n } correction
   *[other] { $n } corrections
} in a minute
reason-malformed = { $n ->
    [one] { $n } broken stanza
   *[other] { $n } broken stanzas
} in a minute
reason-crowd = The same text from { $n ->
    [one] { $n } person
   *[other] { $n } people
} who came just now
reason-removed = This was taken back before
reason-link = First words that lead elsewhere
reason-pages = { $n ->
    [one] { $n } page
   *[other] { $n } different pages
} of one site among first words
reason-contact = The same address or number { $n ->
    [one] once
   *[other] { $n } times
}
reason-edit = A message edited into an advert
reason-hidden = Writing that hides what it says
reason-mentions = { $n ->
    [one] { $n } person
   *[other] { $n } people
} called at once
reason-media = { $n ->
    [one] { $n } picture
   *[other] { $n } pictures
} in a minute without a word
reason-spread = Text spread letter by letter ({ $n ->
    [one] { $n } letter
   *[other] { $n } letters
})
reason-handed-on = Somebody else's advert handed on { $n ->
    [one] once
   *[other] { $n } times
}
reason-quotes = Other people's words thrown back { $n ->
    [one] once
   *[other] { $n } times
}
reason-command = { $n ->
    [one] { $n } command
   *[other] { $n } commands
} in a minute
reason-nick = A nick that advertises, hides something or is too long
reason-disguise = A nick made to be taken for somebody else's
reason-status = A status that advertises or fills the screen
reason-subject = A subject that advertises
reason-subjects = { $n ->
    [one] { $n } subject
   *[other] { $n } subjects
} in a minute
reason-reaction-text = A reaction that is text
reason-wave = Looks like { $n ->
    [one] { $n } person
   *[other] { $n } people
} who came just now
reason-random-nick = A nick of random letters
reason-before = Earlier offences
reason-follows = Sent before the answer to the previous messages took effect
reason-goes-on = More of the same: the answer to the messages before was only observed, so nothing stopped it

# What an entry of a list leads to.
answer-note = a note
answer-warn = warned
answer-retract = the message taken back
answer-mute = muted for { $span }
answer-kick = kicked
answer-ban = banned for { $span }
answer-ban-for-good = banned

# Raids.
reason-raid = The room is under attack; newcomers have no voice for a while
reason-quarantine = Much spam comes from this server; its newcomers have no voice for a while
reason-gate = Newcomers answer a question before they may speak
raid-on-offences = Spam from { $n ->
    [one] { $n } person
   *[other] { $n } people
} within a minute
raid-on-chorus = { $n ->
    [one] { $n } newcomer
   *[other] { $n } newcomers
} began to speak at once
raid-off-quiet = It has been quiet for a quarter of an hour
raid-off-too-long = It has lasted for six hours; what now is for the owner to decide
raid-off-set-anew = The guard of this room was set anew
raid-off-undone = A person said that it is no raid
reason-domain = Much spam comes from this server; it is kept out for a day

# The newcomers' gate, in private.
gate-ask = Newcomers have no voice here just now, because of spam. Answer this in one line and you have: { $question }
gate-ask-always = In this room newcomers answer a question before they may speak. Answer this in one line and you may: { $question }
gate-wrong = That is not it. { $left ->
    [one] One more try.
   *[other] { $left } more tries.
}
gate-closed = That is not it either. You will have voice when things have calmed down, or ask a moderator.
gate-closed-always = That is not it either. Ask a moderator for voice, or come again a little later.
gate-welcome = Thank you! You have voice now.
gate-passed = answered the newcomers' question
gate-known = known here
gate-released = the raid is over
gate-question-1 = How many paws does a cat have?
gate-answer-1 = 4 | four
gate-question-2 = Which word is the odd one out: apple, pear, hammer?
gate-answer-2 = hammer
gate-question-3 = What comes after Monday?
gate-answer-3 = tuesday
gate-question-4 = How many days does a week have?
gate-answer-4 = 7 | seven
gate-question-5 = What colour is fresh snow?
gate-answer-5 = white
gate-question-6 = Which animal barks: a dog, a fish or a snail?
gate-answer-6 = dog
gate-question-7 = How much is three plus two?
gate-answer-7 = 5 | five
gate-question-8 = Which is colder: ice or fire?
gate-answer-8 = ice

help-gate-list = Shows this room's own questions for newcomers, in private.
help-gate-add = Adds a question for newcomers with its answers: QUESTION = ANSWER | ANSWER.
help-gate-del = Removes a question by its number.
arg-line = QUESTION = ANSWER | ANSWER
arg-number = number
gate-none = This room has no questions of its own; mine are asked.
gate-malformed = Write it as: QUESTION = ANSWER, or QUESTION = ANSWER | ANSWER
gate-full = 50 questions are enough.
gate-added = Added; this room has { $n ->
    [one] one question
   *[other] { $n } questions
} of its own now, asked instead of mine.
gate-removed = Removed; { $n ->
    [0] mine are asked now.
    [one] one is left.
   *[other] { $n } are left.
}
gate-no-such = There is no such question; this room has { $n ->
    [one] one
   *[other] { $n }
}.
