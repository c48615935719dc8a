# What the host itself says.

answer-too-long = … and { $n ->
    [one] one more line
   *[other] { $n } more lines
  }, which are too much for one answer: ask for a part of it
answer-more = … say “{ $prefix }more” for the rest
command-unknown = I do not know that command. “help” lists those I know.
refusal-unseen = I do not see your address in this room. If you own me, say it in a direct chat with me, with the room first; or come in again, if I have become its admin since.
line-repeated = “{ $line }” came several times within two minutes, and your client does not tell me that a person uses it, so I do not answer it for now: two bots that answer each other would go on for ever. Wait two minutes, or say something else.
command-busy = Too much to do at once; please try again in a moment.
did-you-mean = Did you mean “{ $command }”?
fault-in-command = That went wrong (fault { $number }). The owners of the bot can read why.

# The host's own commands.

core-description = Help, settings, rights and everything that concerns the bot itself.

arg-command = command
arg-server = server
arg-who = who

help-help = Lists what you can ask of me here, or explains one command.
help-commands = Lists all commands that you can give here.
help-more = Shows the rest of my last long answer.
help-about = Says what I am.
help-ping = Says that I am here; for someone or a server, how long a ping takes there and back.
help-version = Says which software someone uses, or a server.
help-time = Says what time it is for someone, or on a server.
help-uptime = Says how long I have been running, or a server.

help-usage = { $usage } — { $what }
help-example = For example: { $example }
help-level = Needs: { $level } ({ $number })
help-aliases = Also: { $names }
help-direct-only = In a direct chat with me only.
help-footer = More about one of them: { $prefix }help COMMAND
help-of-rooms = What is about a room begins with its address here: { $room } help
commands-list = You can give: { $commands }
commands-below = With “{ $word }” begin: { $commands }. “help { $word }” explains them.
more-nothing = There is nothing more.
about = I am domovoi { $version }, the house spirit of this room: I keep it tidy and answer to “{ $prefix }help”.

ping-pong = pong
ping-took = { $name } answered within { $seconds } s.
version-own = I am domovoi { $version }.
version-of = { $name } uses { $version }.
time-own = It is { $time } ({ $zone }).
time-of = For { $name } it is { $time }.
uptime-own = I have been running for { $span }.
uptime-of = { $name } has been running for { $span }.
entity-no-answer = { $name } did not answer.
entity-refused = { $condition ->
    [remote-server-not-found] There is no server for { $name }.
    [remote-server-timeout] The server of { $name } cannot be reached.
    [service-unavailable] { $name } does not tell that.
    [feature-not-implemented] { $name } does not tell that.
    [undefined-condition] The client of { $name } cannot tell that.
    [internal-server-error] The client of { $name } cannot tell that.
   *[other] { $name } does not say: { $why }
  }
entity-only-servers = I ask servers by their address ({ $server }), people only by the nick of someone here.
farewell = Going to sleep
reason-banned = banned
reason-time-over = the time is over

# Strangers and notices to owners.

stranger = I am a bot that helps in rooms. Write to me there: “help” in a private message in the room tells you more.
notice-fault = Fault { $number }: the plugin { $plugin } failed ({ $doing }): { $what }. “error { $number }” shows more.
notice-rests = The plugin { $plugin } failed ten times in a minute and rests for { $span }.
notice-goes-on = The plugin { $plugin } failed ten times in a minute. It goes on, since without it nobody would keep order, but it may miss what it should see. “error” shows what went wrong; for the next { $span } I do not say this again.
notice-plugins = Something is wrong with the plugins in Lua; those that are wrong run on as they were:
notice-account = I have given up the account { $account }: { $why }. It stays offline until its own settings change, the configuration is read again, or I am restarted.
notice-room = I am not in { $room } and do not try again: { $why }. “rooms join { $room }” makes me try.
notice-config = The configuration has { $number ->
    [one] a mistake
   *[other] { $number } mistakes
  }, so the old one stays in force:
notice-store = I cannot write down what I should remember: { $why }. Until that is mended I keep it in memory.
notice-left-out = { $number ->
    [one] One more notice was left out; the log has it.
   *[other] { $number } more notices were left out; the log has them.
}
notice-faults-left-out = { $number ->
    [one] One more fault of a plugin was not told; the log has it.
   *[other] { $number } more faults of plugins were not told; the log has them.
}
notice-asides-left-out = { $number ->
    [one] One more invitation or report on my rights was left out; “invites” lists invitations.
   *[other] { $number } more invitations and reports on my rights were left out; “invites” lists invitations.
}

invite-waiting = { $inviter } invites me to { $room }. Answer “invites accept { $room }” or “invites refuse { $room }”.
invite-waiting-why = { $inviter } invites me to { $room } (“{ $why }”). Answer “invites accept { $room }” or “invites refuse { $room }”.

# What the bot may do in a room.

rights-head = In { $room } my level is: { $level }.
rights-can = I can: { $list }.
rights-cannot = I cannot: { $list }.
list-and = { $first }, { $second }
power-say = speak
power-kick = kick
power-voice = give and take voice
power-moderate = take messages back
power-ban = ban
power-affiliation = change affiliations
power-subject = change the subject
power-room-config = change the room’s configuration
need-entry = To change that, let me in.
need-voice = To change that, give me voice, or make me a member.
need-moderator = To change that, make me an admin of the room, or a moderator for as long as I stay.
need-admin = To change that, make me an admin of the room.
need-owner = To change that, make me an owner of the room.
need-address = My address, should your client ask for it: { $address }
need-moderated-room = Make the room moderated, or a mute may have no effect here.
need-message-moderation = To change that, whoever runs the server must turn message moderation (XEP-0425) on.
need-nothing = Nothing is missing.
need-owner-perhaps = Nothing more is needed; as an owner I would also close the room to newcomers in a raid.

# Changes.

change-wrong = That cannot be: { $why }
change-fixed = My configuration cannot be changed while I run.
change-not-stored = I could not write that down, so nothing was changed. The log says why.

arg-account = account
arg-answer = answer
arg-language = language
arg-level = level
arg-nick = nick
arg-number = number
arg-password = password
arg-plugin = plugin
arg-prefix = prefix
arg-room = room
arg-setting = plugin.setting
arg-span = for how long
arg-value = value
arg-where = where
arg-zone = time zone

help-prefix = Says what commands begin with here, or changes it.
help-language = Says or sets the language of this room; in private, the one in which I answer you.
help-timezone = Says which clock times are told by here, or changes it.
help-config-diff = Lists what was changed by chat, against the file.
prefix-wrong = “{ $given }” cannot be what commands begin with: write 1 to 8 characters without blanks.
timezone-unknown = I do not know the time zone “{ $given }”: write it as Europe/Helsinki.
prefix-is = Commands begin with “{ $prefix }” here.
timezone-is = Times here are those of { $zone }, where it is { $time }.
language-is = I answer in “{ $language }”.
language-unknown = I do not speak “{ $given }”, only: { $spoken }.
language-yours = From now on I answer you in English in private.
language-room = From now on I speak English here.
language-too-many = I remember so many people that I cannot remember one more.
config-same = Nothing was changed by chat: the file holds.
config-changed = { $key }: { $file } → { $value } ({ $by }, { $at })
config-new = { $key }: { $value } ({ $by }, { $at })

help-setup = Asks you three questions in private about this room and sets it up.
setup-language = Setting up { $room }. Answer “skip” to leave something as it is, “stop” to stop. Which language shall I speak there: en or ru? Now: { $now }
setup-guard = How shall I guard the room: { $presets }, or off? Now: { $now }
setup-preset = { $preset ->
    [public] public (anybody may come)
    [support] support (people bring logs and code)
    [friends] friends (people know each other)
    [strict] strict (under attack)
   *[other] { $preset }
  }
setup-guard-observes = { $preset } (it only observes; “guard on” makes it act)
setup-guard-off = { $preset } (but its mode is off; “guard on” makes it act)
setup-not-understood = “{ $given }” is no answer to that.
setup-records = What shall I keep of what happens: full (everything that is said), events (who came, went and was moderated), or off? Now: { $now }
setup-done = Done. { $room } — language: { $language }, guard: { $guard }, records: { $records }.
setup-none = I had not asked anything. “setup” begins.
setup-stopped = Stopped; nothing was changed.

help-plugin-list = Lists the plugins and whether they are on here.
help-plugin-on = Turns a plugin on here.
help-plugin-off = Turns a plugin off here.
help-plugin-set = Changes a setting of a plugin here.
help-plugin-unset = Takes a change of a setting back, so that the file holds again.
help-plugin-get = Shows a setting of a plugin here, or all of them.
plugin-is-on = { $plugin }: on — { $what }
plugin-is-off = { $plugin }: off — { $what }
plugin-now-on = { $plugin } is on.
plugin-now-on-mode = { $plugin } is on; its mode is { $mode }.
plugin-now-off = { $plugin } is off.
plugin-off-here = { $plugin } is off here, so nobody hears that command. To turn it on: plugin on { $plugin }
plugin-setting = { $setting } = { $value } — { $what }
plugin-setting-whole = { $line } ({ $kind }; default { $default }; { $origin })
undescribed = (nobody wrote what for)
plugin-is = { $plugin }: { $what }
plugin-command = “{ $usage }” — { $what }
help-plugin-help = Shows what a plugin is for, its commands, and its settings with what they may be.
origin-default = not set
origin-file = set in the file for all rooms
origin-file-here = set in the file for this room
origin-chat = set by chat for all rooms
origin-chat-here = set by chat for this room
plugin-secret = { $setting } is a secret: set it in a direct chat with me, naming the room first, and choose another one now if you said it in the room.
plugin-wrong-value = { $setting } cannot be “{ $given }”: it is { $kind }.
plugin-no-settings = { $plugin } has no settings.
plugin-unknown = There is no plugin “{ $given }”. There are: { $all }.
plugin-which-setting = Which setting of “{ $given }”? Write it with a dot, such as guard.preset.
help-plugin-load = Loads a plugin in Lua from its folder.
help-plugin-reload = Loads a plugin in Lua again from its folder.
help-plugin-unload = Takes a plugin in Lua away until it is loaded again or I start again.
help-plugin-perms = Shows what a plugin may do, and what it did with that in the last seven days.
help-plugin-hook = Shows the address on the web by which others call a plugin; “new” makes another one.
arg-new = new
hook-is = { $plugin } is called by POST to { $url } — add ?room=ROOM for one room. Whoever knows it can call.
hook-key = The key for signatures: { $key }
hook-any = A signature may be missing, but none may be wrong or used twice. Only signed calls: plugin hook { $plugin } signed
hook-signed = Only signed calls are taken, each once. Any others too: plugin hook { $plugin } any
hook-not-wanted = { $plugin } cannot be called from the web: it has no on.webhook.
hook-not-granted = Until { $plugin } is granted the power hook, every call is refused.
hook-no-web = I have no web listener: set [web] listen in the configuration.
perms-declared = { $plugin } wants: { $powers }
perms-granted = Granted: { $powers }
perms-granted-here = Granted here: { $powers }
perms-withheld = Not granted: { $powers }. To grant it, write powers = [{ $all }] under [plugins.{ $plugin }].
perms-none = nothing
perms-used = Used in the last seven days: { $counts }
perms-unused = In the last seven days it used nothing.
perms-denied = Tried in vain: { $counts }
plugin-replaced = I was loaded anew in the middle of that. Say it again, please.
plugin-unloaded = { $plugin } is not here any more; “plugin load { $plugin }” brings it back.
plugin-reloaded = { $plugin } was loaded.
plugin-not-reloaded = { $plugin } is wrong and was not loaded; if it was there before, that runs on:
plugin-compiled-in = { $plugin } is part of the program and cannot be loaded again.
plugin-no-folder = There is no folder “{ $given }” with an init.lua among my plugins.
plugin-rests = { $plugin } failed too often and rests for another { $span }.
plugin-no-such-setting = There is no setting “{ $given }”. There are: { $all }.

help-access-show = Says your level or someone’s, and which levels were given here.
help-access-set = Gives someone a level here, or everywhere, perhaps for a while.
help-access-unset = Takes a given level back.
help-ignore = Has me not hear someone, for good or for a while.
help-unignore = Has me hear someone again.
access-yours = Your level is { $level } ({ $number }).
access-is = { $name } has the level { $level } ({ $number }).
access-given = { $name } has the level { $level } ({ $number }) { $place }, given by { $by }.
access-given-until = { $name } has the level { $level } ({ $number }) { $place } for { $left }, given by { $by }.
access-here = in this room
access-everywhere = everywhere
access-has = { $name } has the level { $level } ({ $number }) { $place }.
access-has-until = { $name } has the level { $level } ({ $number }) { $place } for { $left }.
access-nothing = Nothing of that kind was given to { $name } here.
access-yourself = Not to yourself.
by-me = me ({ $plugin })
by-owner = an owner of the bot
by-absent = someone with rights who is not here
access-unsure = I cannot read who the owners and admins of the room are, so I do not know what { $name } may.
access-above = { $name } has as much as you, or more.
access-too-high = You can give at most { $level } ({ $number }) there.
access-too-high-here = A level given in one room goes up to { $level } ({ $number }), and yours is more. If { $name } is to have { $asked }, give it everywhere: access set { $name } { $asked } everywhere
access-in-file = { $name } is an owner of the bot by its configuration.
access-needs-jid = I do not know the JID of { $name }, and everywhere needs one.
access-unknown-again = I would not know { $name } again after they leave.
access-given-above-open = That was given by somebody above you; only an owner of the bot can take it back.
access-given-above = That was given by { $by }; only an owner of the bot can take it back.
access-no-level = “{ $given }” is no level: write a number from -100 to 100, or ignored, visitor, participant, member, moderator, admin, owner.

help-rooms-list = Lists my rooms and how I am doing in them.
help-rooms-join = Has me enter a room, now and after every start.
help-rooms-leave = Has me leave a room for good.
help-rooms-move = Has another account of mine serve a room.
help-invites = Lists invitations that wait for you.
help-invites-accept = Follows an invitation.
help-invites-refuse = Refuses an invitation.
room-line = { $room }: { $state }, { $account }, { $people ->
    [one] one person
   *[other] { $people } people
  }{ $rights }
room-rights = , { $rights }
room-in = joined
room-out = { $why }
room-out-waits = { $why }; next try in { $span }
room-out-stopped = { $why }; a person has to do something
trouble-banned = I am banned there
trouble-outcast = I was banned
trouble-members-only = only members may enter
trouble-removed = only members may stay, and I am none
trouble-password = the password is missing or wrong
trouble-full = the room is full
trouble-too-many = the room is full, or this account is in too many rooms
trouble-missing = the room does not exist (with “create = true” in its table I make it)
trouble-may-not-create = the room does not exist, and I may not create it
trouble-created = the room did not exist; I left again at once
trouble-nick-policy = the room does not accept my nick
trouble-nick-taken = my nick is taken, and those like it too
trouble-gone = the room is gone
trouble-destroyed = the room was destroyed
trouble-captcha = the room asks for a CAPTCHA
trouble-remote-server = the server of the room cannot be reached
trouble-no-answer = the room did not answer
trouble-kicked = I was kicked
trouble-shutdown = the service is shutting down
trouble-technical = I was removed for a technical reason
trouble-silent-loss = the room had lost me without a word
trouble-restarted = the server was restarted
trouble-stream-lost = the connection of the account ended
trouble-refused = the room refused ({ $condition })
trouble-by = { $what } (by { $by })
trouble-because = { $what }: { $reason }
trouble-whither = { $what }; people went to { $address }
room-unserved = { $room }: no account serves it
room-left = { $room }: left
rooms-none = I am in no room.
room-unknown = { $room } is no room of mine. “rooms” lists them.
rooms-secret = A password is a secret: tell me in a direct chat.
rooms-joining = I am entering { $room }.
rooms-again = I am trying { $room } again.
rooms-leaving = I am leaving { $room }.
rooms-moving = { $account } takes { $room } over.
rooms-no-account = I have no account “{ $given }”. There are: { $all }.
rooms-not-in = { $room } is none of my rooms.
invites-none = No invitation is waiting.
invites-no-such = Nobody invited me to { $room }, or it was too long ago.
invites-refused = Refused: { $room }.

help-status = Says how I am doing.
help-accounts = Lists my accounts and how they are doing.
help-acts = Lists what I did here and for whom, lately or for someone.
help-error = Shows a fault by its number.
help-quit = Ends me.
help-restart = Ends me and starts me again.
status = Up for { $up }; accounts online: { $online } of { $accounts }; rooms: { $joined } of { $rooms }, with { $people ->
    [one] one person
   *[other] { $people } people
  }; faults: { $faults }.
status-memory = Memory: { $mib } MiB.
status-store = The store does not take changes now; { $waiting ->
    [one] one waits
   *[other] { $waiting } wait
  } in memory.
account-line = { $account } ({ $jid }): { $state }, rooms: { $rooms } of { $most }
account-online = online
account-offline = { $why }
acts-none = I did nothing of that kind here.
act-line = { $at } { $what } — by { $by }: { $result }
error-unknown = I know no fault { $number }; I keep the last 200 since my start.
error-is = Fault { $number }: { $plugin }, { $doing }, room { $room }, last at { $at }, { $times ->
    [one] once
   *[other] { $times } times
  }:
quit-bye = Goodbye.
restart-bye = I will be right back.
restart-broken = I do not restart, since I would not come back: the configuration has { $number ->
    [one] a mistake
   *[other] { $number } mistakes
  }:

# Incidents: what was done automatically.

arg-confirm = !
arg-deed = what
help-incident = Shows what I did by myself in one case: why, what was said, what the server answered.
help-incidents = Lists the cases of the last day, or of another span.
help-case = Shows someone’s history here: cases and acts, under whatever nick.
help-explain = Explains what I decided last, about someone or at all, also where I did nothing.
help-why = Tells you why you were muted, thrown out or banned.
help-undo = Takes a case back: voice, bans, the room’s form, list entries. What people changed since stays.
help-since = Lists, kicks, mutes or bans everybody who came in within a span; “!” at the end does it.
help-alerts = Says who is told of what I do by myself here, or changes it: private, off, or the JID of a room or of someone.

reason-case = { $reason } [case #{ $number }]
reason-undo = case #{ $number } taken back
reason-since = came in within the last { $span }
notice-budget = In { $room } I would have to throw out more people than I may at once, so I hold what goes beyond it. Either there is a raid, or something is wrong with me: look at “{ $room } incident { $number }”; “undo” takes a case back, “{ $room } plugin off guard” stops me.

case-line = #{ $number }, { $at }: { $who } — { $what }. { $why }
case-line-undone = #{ $number }, { $at }: { $who } — { $what }. { $why } — taken back by { $by }
case-head = Case #{ $number }, { $at }, { $plugin }, { $mode }: { $who }
case-head-raid = Case #{ $number }, since { $at }, { $plugin }, { $mode }: a raid, still on. { $who }
case-head-raid-over = Case #{ $number }, { $at } to { $until }, { $plugin }, { $mode }: a raid. { $who }
case-raid = a raid ({ $people ->
    [one] one person
   *[other] { $people } people
  })
case-raid-begins = a raid
case-why-certain = { $what }: { $why }
case-why = { $what } ({ $points }): { $why }
case-said = { $at } { $nick }: “{ $text }”
case-deed = { $at } { $what }: { $result }
case-deeds = { $at } { $what }, { $times } times: { $result }
case-outcome = { $what }: { $result }
case-undone = Taken back by { $by }, { $at }.
case-commands = Answer with: { $aim }undo { $number } · { $aim }incident { $number } · { $aim }case { $nick }
case-commands-raid = Answer with: { $aim }undo { $number } · { $aim }incident { $number } · { $aim }since 10m kick
case-commands-undone = More: { $aim }incident { $number }
case-left-out = { $number ->
    [one] One more case was not told; “incidents 1h” lists it.
   *[other] { $number } more cases were not told; “incidents 1h” lists them.
}
case-unknown = I know no case “{ $given }” here; I keep cases for 30 days. “incidents” lists the last ones.
case-nothing = I know of nothing about { $who } here.
case-person = Known here as: { $nicks }
case-person-jid = Known here as: { $nicks } ({ $jids })
cases-none = For { $span } I have done nothing here by myself.
mode-observed = only observed
mode-enforced = done
deed-retract = taken back
deed-mute = muted
deed-unmute = given voice
deed-kick = kicked
deed-ban = banned
deed-affiliation = list entry
deed-role = role
deed-configure = room form changed
deed-private = told in private
deed-warn = warned
deed-note = noted
deed-raid-on = raid begins
deed-raid-off = raid over
deed-say = said
deed-subject = subject changed
deed-role-to = { $to ->
    [moderator] made moderator
    [participant] given voice
    [visitor] voice taken from
   *[other] kicked
  }
deed-affiliation-to = { $to ->
    [owner] made owner
    [admin] made admin
    [member] made member
    [outcast] banned
   *[other] taken off the lists
  }
deed-unban = unbanned
deed-for = for { $span }
result-done = done
result-already = it was so already
result-observed = only observed, nothing was done
result-held = held, it would have been too much at once
result-at-return = it will be done when they return
result-left = they had left already
result-failed = not done. { $why }

explain-points = , { $n ->
    [one] { $n } point
   *[other] { $n } points
}
explain-done = { $at } { $who }: { $what }{ $points }, decided by { $rule }:
explain-observed = { $at } { $who }: would have been { $what }{ $points }, by { $rule }; this is only observed here:
explain-noted = { $at } { $who }: { $what }{ $points }, { $rule }; nothing was done:
explain-case = More: incident { $number }
explain-nothing = Nothing spoke against { $who } lately.
explain-nothing-at-all = Nothing spoke against anybody lately.

why-nothing = I know of nothing that was done to you.
why-is = { $at }: { $what }, automatically: { $reason } (case #{ $number }). If that was wrong, tell a moderator that number.
why-by-moderator = { $at }: { $what } by a moderator: { $reason }
why-by-moderator-bare = { $at }: { $what } by a moderator, who gave no reason.
why-by = { $at }: { $what } by { $by }: { $reason }
why-by-bare = { $at }: { $what } by { $by }, who gave no reason.
you-mute = you were muted
you-kick = you were thrown out
you-ban = you were banned
why-in = { $room }: { $what }

undo-begins = Case #{ $number }, { $steps ->
    [one] one thing to restore
   *[other] { $steps } things to restore
  }:
undo-nothing = Of case #{ $number } nothing is in force any more.
undo-again = Case #{ $number } was taken back by { $by }, { $at }.
undo-voice = { $who }: muted → may speak
undo-ban = { $who }: banned → { $affiliation ->
    [member] member
   *[other] may come in
  }
undo-kept-out = { $who }: kept out → may come in
undo-affiliation = { $who }: { $from } → { $affiliation }
affiliation-owner = owner
affiliation-admin = admin
affiliation-member = member
affiliation-none = none
affiliation-outcast = banned
undo-form = { $key }: { $now } → { $before }
undo-form-then = { $key }: { $now } → { $before }, as the raid is over with this
undo-not-muted = { $who }: not muted by this case any more
undo-not-banned = { $who }: not banned any more
undo-others-ban = { $who }: banned by someone else since, which stays
undo-others-form = { $key }: changed by someone else since, which stays
undo-under-way = Not everything that I asked for is answered yet; ask again in a moment, in case more comes
undo-no-form = I cannot read the room’s form: { $why }
undo-failed = { $what }: { $why }
undo-done = Case #{ $number } is taken back ({ $done } restored).
undo-partly = Case #{ $number } is taken back in part ({ $done } restored). Not restored:

since-nobody = Nobody came in within the last { $span } whom I may touch.
since-list = { $people ->
    [one] One came
   *[other] { $people } came
  } in within the last { $span }: { $names }
since-would = That would { $deed } { $people ->
    [one] one person
   *[other] { $people } people
  }: { $names }. To do it: { $prefix }since { $short } { $deed } !
since-done = Done ({ $deed }): { $people }
since-kick = kick
since-mute = mute
since-ban = ban
since-failed = Not done: { $people }. { $why }

alerts-wrong = “{ $given }” is neither private nor off, nor the JID of a room or of someone.
alerts-private = Moderators who are here are told in private of what I do by myself.
alerts-off = Nobody is told of what I do by myself here.
alerts-to = { $jid } is told of what I do by myself here.

## Why an account is not online

out-waiting = waiting for my turn to enter
out-joining = entering
out-left = left
out-no-account = the account does not answer
out-connecting = connecting
out-connection = the connection was lost
out-unreachable = cannot reach the server{ $more }
out-credentials = the server does not accept the address and password; check both{ $more }
out-disabled = the account is disabled; ask the server's operator{ $more }
out-expired = the password has expired; set a new one{ $more }
out-replaced = another session logs in with the same address and resource; give each bot a resource of its own
out-server-down = the server is shutting down{ $more }
out-certificate = the server's certificate is not trusted:{ $more }
out-certificate-of = the certificate of { $domain } is not trusted: { $why }
certificate-unknown = nobody that this machine trusts has signed it; if the server has its own authority, set ca_file
certificate-own = nobody has signed it but the server itself; if it is the right one, set ca_file to a copy of it
certificate-name = it is for another name; the server must present one for the domain of the account's address
certificate-expired = it has expired or is not valid yet; the server must renew it, or this machine's clock is wrong
out-again-in = { $why }; next try in { $span } s
