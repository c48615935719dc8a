# Lists, rules of owners, block lists, and what people may ask of the guard.

# Why something was done, as the other reasons. { $name } is the entry, the rule or the list; { $n } how many.
reason-words = What this room does not want to read
reason-own = Against the rule “{ $name }” of this room
reason-block = On the block list “{ $name }”
reason-campaign = Taken back in another room a short while ago
reason-observed = Only watched: “{ $name }”
reason-reports = Reported by { $n ->
    [one] { $n } person
   *[other] { $n } people
}
reason-account-anonymous = An anonymous account, as its server says
reason-account-young = An account made today, as its server says
reason-unlisted = Not on the block list any more

# What commands take.
arg-name = name
arg-text = text
arg-who = nick or JID
arg-preset = preset
arg-setting = setting
arg-value = value

help-guard-status = Says how the guard of this room is set and what it keeps.
help-guard-on = Makes the guard act.
help-guard-observe = Makes the guard decide and show, and do nothing.
help-guard-off = Makes the guard look away.
help-guard-preset = Sets what kind of room this is: public, support, friends or strict.
help-guard-set = Changes one setting of the guard in this room; “default” takes the change back.
help-words-add = Adds a word, “several words” or /a pattern/, and what it leads to: note, warn, retract, mute 10m, kick, ban 1d or points 40; expires 30d, list NAME and observe may follow.
help-words-del = Removes an entry from the word lists.
help-words-list = Shows the word lists that hold here, or the entries of one.
help-words-test = Says what a text would lead to here, and does nothing.
help-rule-add = Adds a rule: NAME if CONDITION then DEED. Conditions ask for nick, jid, domain, body, length, links, client, age, joins, trust or affiliation by =, !=, contains, matches, like, >, <, and are joined by and, or, not.
help-rule-del = Removes a rule.
help-rule-list = Shows the rules of this room.
help-rule-show = Shows one rule, who wrote it and how often it hit.
help-rule-on = Makes a rule act.
help-rule-off = Makes a rule be skipped.
help-rule-observe = Makes a rule be watched only.
help-rule-find = Says which rules would hit someone.
help-rule-test = Says whom a rule would have hit in what was recorded.
help-block-list = Shows the block lists that are followed, and whom they do not count against.
help-block-add = Follows a block list: NAME SERVICE/NODE, with weight=50, quorum=2, deed=ban or observe after it.
help-block-del = Follows a block list no more, and lifts the bans that it alone caused.
help-block-refresh = Fetches the block lists now.
help-block-preview = Says whom a block list would hit, now and in the last 90 days.
help-block-except = Makes block lists not count against a JID or domain.
help-block-unexcept = Makes block lists count against a JID or domain again.
help-block-publish = Publishes a block list of our own, under the bot's account or at a service.
help-block-block = Puts a JID or domain on our own block list.
help-block-unblock = Takes a JID or domain off our own block list.
help-mydata = Shows what the guard keeps of you in this room.
help-forgetme = Makes the guard of this room forget you.
help-report = Tells the moderators of this room about someone; nobody else learns who said it.

needs-room = This is about a room: ask in it, or name it first.
not-done = That could not be done: { $why }
not-here = { $who } is not here.

mode-enforce = The guard acts.
mode-observe = The guard decides and shows; nothing is done.
mode-off = The guard looks away.
no-such-setting = There is no setting “{ $given }”. There are: { $all }
setting-is = { $setting } is { $value } here. { $what }
setting-default = { $setting } is as the configuration says again.
setting-wrong = { $setting } stays as it was: “{ $given }” is not { $kind }.
setting-refused = { $setting } stays as it was: { $why }
setting-for-all = Block lists are followed for all rooms, by an owner of the bot: blocklist add.

status-mode = { $mode } Preset: { $preset }.
status-words = Word lists: { $own ->
    [one] { $own } entry
   *[other] { $own } entries
} of this room, { $named } of the lists that it names, { $all } of all rooms.
status-rules = Rules of this room: { $n }.
status-blocks = Block lists: { $n }, with { $entries ->
    [one] { $entries } entry
   *[other] { $entries } entries
}.
status-campaigns = Texts taken back lately, remembered for 24 hours: { $n }.
status-accounts = Accounts that their servers told of, remembered for 24 hours: { $n }.
status-missing = Word lists that cannot be read: { $names }
status-settings = Set: { $settings }
status-keeps = Kept of at most { $people ->
    [one] { $people } person
   *[other] { $people } people
}: times, counts, points and fingerprints, never what was said; of strangers for 30 days, of those who never spoke for one, of regulars for a year; fingerprints for 10 minutes. Of incidents the last { $incidents }, with evidence, for { $span }.
status-people = It knows { $n ->
    [one] one person
   *[other] { $n } people
} here; of them regulars: { $regulars }.
status-raid = A raid has been on for { $ago }. If it is none: incidents, and undo its number.
status-hushed = Without voice until they answer a question, or until it is over: { $n }.
status-closed = Strangers have no voice if they come from: { $domains }
guard-sleeps = The guard of this room is off: it can say and forget nothing before it is on again.

kind-word = The word
kind-phrase = The phrase
kind-pattern = The pattern
deed-points = { $n ->
    [one] { $n } point
   *[other] { $n } points
}
deed-observed = only watched ({ $deed })
deed-unknown = “{ $given }” is none of { $known }.
deed-no-span = “{ $given }” needs a span such as 10m, 2h or 7d after it.
deed-no-number = “{ $given }” needs a number from 1 to 200 after it.
entry-too-short = That is too short: two letters at least.
entry-too-long = That is too long: 300 characters at most.
entry-everything = That pattern matches everything.
entry-bad-pattern = That is no pattern: { $why }
words-added = { $kind } “{ $text }” is on the list { $list }: { $deed }.
words-removed = “{ $text }” is gone from: { $list }.
words-none = “{ $text }” is on no list here.
words-full = A list has at most { $most ->
    [one] { $most } entry
   *[other] { $most } entries
}; a longer one is better a file.
words-list = { $list }: { $n ->
    [one] one entry
   *[other] { $n } entries
}; “words list { $list }” shows them
words-empty = There are no entries.
entry-ends = (ends in { $span })
words-entry = “{ $text }”: { $deed }; hit { $n ->
    [one] once
   *[other] { $n } times
}; by { $by }
words-nothing = Nothing in it is on a list.
words-found = “{ $text }” of the list { $list }: { $deed }

rule-mistake = At character { $at }, “{ $found }”: expected { $expected }.
rule-mistake-end = At the end (character { $at }): expected { $expected }.
expected-name = a name of letters, digits, - and _
expected-one-of = one of { $words }
expected-end = “expires SPAN”, “observe” or the end
expected-words = a word, or several in quotes
expected-something = something to look for
expected-closing = a closing { $mark }
expected-number = a whole number
expected-points = a number of points from 1 to 200
expected-span = a span such as 10m, 2h or 7d
expected-most-chars = at most { $most ->
    [one] { $most } character
   *[other] { $most } characters
 }
expected-most-brackets = at most { $most ->
    [one] { $most } bracket
   *[other] { $most } brackets
 } within each other
expected-most-conditions = at most { $most ->
    [one] { $most } condition
   *[other] { $most } conditions
 }
rule-meant = Did you mean “{ $meant }”?
rule-added = The rule { $name } holds for everyone who comes in, takes a nick or says something: { $deed }.
rule-added-text = The rule { $name } holds for what is said: { $deed }.
rule-removed = The rule { $name } is gone.
rule-on = The rule { $name } acts.
rule-observed = The rule { $name } is watched only.
rule-off = The rule { $name } is skipped.
rule-unknown = There is no rule “{ $given }”. There are: { $known }
rules-full = A room has at most { $most ->
    [one] { $most } rule
   *[other] { $most } rules
}.
rules-none = There are no rules here.
rule-line = { $name } ({ $mode ->
    [on] on
    [observe] watched only
   *[off] off
}, hit { $n ->
    [one] once
   *[other] { $n } times
}): { $source }
rule-shown = { $source } — { $mode ->
    [on] on
    [observe] watched only
   *[off] off
}, hit { $n ->
    [one] once
   *[other] { $n } times
}, by { $by }, { $ago } ago
rule-expires = It ends in { $span }.
rule-hits = { $name } hits: { $source }
rule-perhaps = { $name } depends on what they say: { $source }
rule-hits-none = No rule would hit { $who }.
trial = { $name } would have hit { $hit } of { $people ->
    [one] { $people } person
   *[other] { $people } people
}, { $hits ->
    [one] once
   *[other] { $hits } times
} in { $records ->
    [one] { $records } record
   *[other] { $records } records
} of the last { $span }.
trial-line = { $who }, { $n ->
    [one] once
   *[other] { $n } times
}, last at { $at }: { $said }
trial-more = and { $n } more
trial-textless = Of { $n ->
    [one] { $n } message
   *[other] { $n } messages
} the words were not kept, so that nothing can be said of { $n ->
    [one] it
   *[other] them
}.
trial-no-span = “{ $given }” is no span: write last 30d, for example.

blocks-none = No block lists are followed.
blocks-line = { $name } ({ $node }): { $n ->
    [one] one entry
   *[other] { $n } entries
}, { $worth }.
blocks-fetched = Fetched { $ago } ago.
blocks-trouble = Not fetched: { $why }
blocks-excepted = Not counted against: { $who }
blocks-no-node = “{ $given }” is no list: write SERVICE/NODE, such as blocks.example/muc_bans_sha256.
blocks-no-name = “{ $given }” cannot be the name of a list.
blocks-no-option = “{ $given }” is none of weight=1…100, quorum=1…32, deed=mute 10m (kick, ban, …) and observe.
blocks-full = At most { $most ->
    [one] { $most } list
   *[other] { $most } lists
} can be followed.
blocks-configured = { $name } stands in the configuration and is removed there.
blocks-unknown = There is no list “{ $given }”.
blocks-removed = The list { $name } is not followed any more.
blocks-no-jid = “{ $given }” is neither a JID nor a domain.
blocks-excepts = No block list counts against { $who }.
blocks-excepts-not = Block lists count against { $who } again.
blocks-excepts-full = That is one too many: at most { $most ->
    [one] { $most } exception
   *[other] { $most } exceptions
} can be made.
blocks-not-told = It holds here. Those who follow the list are told as soon as its service takes it: { $why }
blocks-published = Our own list is published as { $node }.
blocks-blocked = { $who } is on our own list.
blocks-unblocked = { $who } is not on our own list.
preview = The list has { $n ->
    [one] { $n } entry
   *[other] { $n } entries
}. It would hit { $here } who { $here ->
    [one] is
   *[other] are
} here now, and hit { $past } who came in the last 90 days.
preview-here = { $who } in { $where }: { $what }
preview-past = { $who }, { $n ->
    [one] once
   *[other] { $n } times
}: { $what }
preview-hidden = { $n ->
    [one] One who is here does not show me the JID
   *[other] { $n } who are here do not show me their JIDs
}; of them nothing can be said.

mydata = The guard of this room has known you for { $ago }: { $clean ->
    [one] { $clean } message
   *[other] { $clean } messages
} without fault on { $days ->
    [one] { $days } day
   *[other] { $days } days
}, { $recent ->
    [one] a fingerprint of the last message
   *[other] fingerprints of the last { $recent } messages
}, { $points ->
    [one] { $points } point
   *[other] { $points } points
} held against you.
mydata-sentenced = You were muted, kicked or banned by it lately.
mydata-observed = Lately it would have muted, kicked or banned you; here it only observes, and nothing was done.
mydata-account = Your server says of your account: { $affiliation }; remembered for 24 hours.
mydata-how-long = What you said is not kept. Fingerprints go after 10 minutes, points within hours, the rest 30 days after you were seen last, or a year if you are a regular. The command forgetme clears it.
mydata-nothing = The guard of this room keeps nothing of you.
forgot = You are a stranger to the guard of this room again. What is held against you now, and sentences that are running, stay until they end by themselves.
forgot-already = That can be done once a day.
report-whom = Name someone who is here or was here lately.
report-yourself = That is you.
report-too-many = You have reported enough for this hour.
report-again = You have reported them already, a short while ago.
report-thanks = Thank you. What you said of { $who } is known to the guard, and to the moderators who are here.
report-thanks-alone = Thank you. What you said of { $who } is known to the guard; no moderator is here just now.
report-told = { $by } reports { $who }: { $reason }
report-told-bare = { $by } reports { $who }, without a reason.
report-commands = Answer with: { $aim }kick { $nick } · { $aim }mute { $nick } · { $aim }case { $nick } · { $aim }explain { $nick }
undone = { $people ->
    [0] I hold nothing of it against anybody any more.
    [one] I hold nothing of it against them any more, and what they said may be said again, in my other rooms too.
   *[other] I hold nothing of it against these { $people } any more, and what they said may be said again, in my other rooms too.
}
undone-excepted = { $people ->
    [one] Block lists do not count against them here from now on.
   *[other] Block lists do not count against { $people } of them here from now on.
}

# What each setting is for. 0 and 0s mean: as the preset says.
option-mode = Whether it acts: enforce, observe (decides and shows, does nothing), off.
option-preset = What kind of room it is: public, support, friends, strict.
option-gate = When strangers answer a question in private before they may speak: raid (while one lasts), always, off.
option-spare_members = Whether members are never touched; admins, owners and moderators never are.
option-word_lists = Word lists that hold here, by name, with blanks between: files in the folder “guard” beside the configuration (“spam” is “spam.txt”), starter-en, starter-ru.
option-block_lists = Block lists for all rooms, as SERVICE/NODE, with a comma between; weight=50, quorum=2, deed=ban and observe may follow each. Only what is set for all rooms counts.
option-raid = Whether a raid takes voice from strangers until it is over.
option-campaigns = Whether what was taken back in other rooms of this bot is stopped here at its first copy.
option-accounts = Whether a stranger's server is asked how old the account is, where it tells (XEP-0489).
option-rules_off = Rules that are not asked, by name, such as: link, media.
option-rules_observe = Rules that take notes and do nothing, by name.
option-rate_burst = Pasted messages of one newcomer in 5 s that are a flood; 0: as the preset says.
option-rate_sustained = Messages of one newcomer in 30 s that are a flood; 0: as the preset says.
option-repeat_limit = Copies of one text that are too many; 0: as the preset says.
option-repeat_advert = Copies of a newcomer's advert that are too many; 0: as the preset says.
option-repeat_within = Within which time copies count; 0s: as the preset says.
option-size_chars = Characters from which a message is a wall; 0: as the preset says.
option-size_lines = Lines from which a message is a wall; 0: as the preset says.
option-mentions = People called by one message of a newcomer that are too many; 0: as the preset says.
option-crowd = New people with one advert that are too many; 0: as the preset says.
option-mute_first = How long the first mute is, the next ones 3 and 12 times; 0s: as the preset says.
option-ban_first = How long the first ban is, the next ones 24 and 168 times; 0s: as the preset says.
