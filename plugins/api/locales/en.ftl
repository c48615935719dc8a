# What the grammar, the levels and the outcomes of actions say, for every plugin and for the host.

## What is wrong with a command

mistake-missing = Something is missing: { $arg } ({ $kind }).
mistake-nobody = Nobody here, and nobody who left lately, is called “{ $given }”. A JID works too.
mistake-nobody-near = Nobody is called “{ $given }”. Did you mean “{ $near }”?
mistake-not-here = { $given } is not here.
mistake-ambiguous = Several people here are called “{ $given }”, in different letters: write the name exactly.
mistake-jid = “{ $given }” is no JID, such as name@example.org.
mistake-span = “{ $given }” is no span of time: write 30s, 10m, 2h, 7d or 1h30m.
mistake-number-from = “{ $given }” is no whole number from { $min } on.
mistake-number = “{ $given }” is no whole number from { $min } to { $max }.
mistake-choice = “{ $given }” is none of: { $choices }.
mistake-too-many = One command may name at most { $max } people.
mistake-too-much = I do not know what to do with “{ $given }”.
mistake-too-long = That is too long for a command.

usage = Usage: { $usage } — for example: { $example }
usage-alone = Usage: { $usage }
usage-needed = <{ $name }>
usage-several = <{ $name }…>
usage-optional = [{ $name }]
usage-several-optional = [{ $name }…]

kind-who = a nick or a JID
kind-several = one or several nicks or JIDs
kind-nick = the nick of someone here
kind-jid = a JID
kind-span = a span of time such as 10m
kind-number = a whole number
kind-choice = one of the words
kind-words = words

## Levels

level-ignored = ignored
level-visitor = visitor
level-participant = participant
level-member = member
level-moderator = moderator
level-admin = admin
level-owner = owner
level-room-owner = room owner
level-bot-owner = bot owner
level-not-below-you = no lower than you

## Refusals

refusal-level = That takes at least the level { $number } ({ $needed }).
refusal-direct-only = I take that in a direct chat only, not in a room: what you say there, others could read.
refusal-needs-room = Which room? Put its address before the command.

## What came of an action

outcome-done = done
outcome-already = it was so already
outcome-observed = dry run: it would have been done
outcome-at-return = not here; it will be done when they return

act-not-granted = I was not given the power “{ $power }” here.
act-too-low = I would have to be { $needed } in this room for that.
act-asker-too-low = You would have to be { $needed } in this room for that.
act-above = { $nick } is { $what } and out of reach.
act-spared = { $nick } is one of those whom I never touch by myself.
act-myself = That is me.
act-gone = { $nick } is not here any more.
act-no-jid = I do not know the JID of { $nick }. I see it where I am moderator or admin of the room.
act-not-ours = I said nothing here that I could correct.
act-unsupported = This room does not offer that.
act-refused = The server refused: { $name ->
    [forbidden] my rights in this room do not suffice ({ $condition })
    [not-allowed] it allows that to nobody like me, or not with someone of this affiliation ({ $condition })
    [item-not-found] it knows nobody of that name ({ $condition })
    [conflict] it would be done to myself, or the room would lose its last owner ({ $condition })
    [jid-malformed] it does not take this JID ({ $condition })
    [resource-constraint] it has too much to do ({ $condition })
   *[other] { $condition }
  }.
act-no-answer = The server did not answer in time; perhaps it was done, perhaps not.
act-not-in-room = I am not in that room now.
act-busy = I have too much to do at once; try again in a moment.
http-address = “{ $url }” is no address that I can fetch.
http-request = That cannot be asked for: { $why }.
http-denied = I may not fetch from { $host }: an owner of mine would have to name it in “hosts” of the plugin { $plugin }.
http-closed = { $host } is not a public address: an owner of mine would have to name it in “allow” under [http].
http-no-host = There is no host { $host }.
http-unreachable = { $host } cannot be reached.
http-insecure = { $host } has no encryption that I could trust.
http-late = { $host } did not answer within { $span }.
http-too-long = The answer of { $host } is longer than { $size } KiB.
http-redirects = { $host } redirects me too often.
http-broken = The answer of { $host } is broken.
http-busy = I am fetching too much at once; try again in a moment.
upload-name = “{ $name }” is no name or media type of a file.
upload-no-service = The server of my account takes no files.
upload-size = A file has at most { $size } KiB here, and at least one byte.
upload-refused = The server refused the file: { $why }.
upload-failed = The file could not be sent: { $why }.
upload-offline = None of my accounts is online.

## What a setting may be

option-flag = true or false
option-number = a whole number
option-number-within = a whole number from { $min } to { $max }
option-span = a duration from { $min } to { $max }
option-words = text, at most { $max } characters
option-choice = one of { $choices }
option-several = any of { $choices }, with blanks or commas between
option-secret = a secret, set in a direct chat only

## Reasons

reason-by = by { $nick }

## Spans

span-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
  }
span-hours = { $n ->
    [one] { $n } hour
   *[other] { $n } hours
  }
span-minutes = { $n ->
    [one] { $n } minute
   *[other] { $n } minutes
  }
span-seconds = { $n ->
    [one] { $n } second
   *[other] { $n } seconds
  }
