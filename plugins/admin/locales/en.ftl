description = Keeps the room in order at the word of its moderators and owners.

help-kick = Throws someone out; they may come back.
help-mute = Takes someone's voice for a while, also if they leave and come back.
help-unmute = Ends a mute.
help-voice = Gives voice, and ends a mute.
help-devoice = Takes voice for this stay.
help-who = Tells who is here, with level and JID, in private.
help-recent = Tells who left lately, and what they said last.
help-ban = Keeps someone out until the ban is lifted.
help-tempban = Keeps someone out for a while.
help-unban = Lifts a ban.
help-banlist = Tells who is banned, in private; with a word, only what has it.
help-moderator = Makes someone moderator for this stay.
help-member = Makes someone a member.
help-none = Takes away membership or a higher affiliation.
help-subject = Shows the subject or changes it; "" clears it.
help-say = Says something as the bot.
help-admin = Makes someone an admin of the room.
help-owner = Makes someone an owner of the room.

arg-who = nick or JID
arg-reason = reason
arg-span = span
arg-text = text
arg-part = part
arg-nick = nick
arg-number = number

done-kick = kicked: { $who }
done-mute = muted for { $span }: { $who }
done-unmute = may speak again: { $who }
done-voice = has voice now: { $who }
done-devoice = has no voice now: { $who }
done-moderator = moderator for this stay: { $who }
done-ban = banned: { $who }
done-tempban = banned for { $span }: { $who }
done-unban = not banned any more: { $who }
done-member = member now: { $who }
done-admin = admin now: { $who }
done-owner = owner now: { $who }
subject-set = That is the subject now.
say-done = Said.
done-none = without affiliation now: { $who }
outcome = { $outcome }: { $who }
failed = { $who }: { $why }

absent = { $nick } is not here.
absent-kick = { $nick } is not here. To keep them out: ban { $nick }
no-jid = I do not know the JID of { $nick }; this room does not show it to me. Name them by JID.
no-jid-not-moderator = I do not know the JID of { $nick }: I would have to be moderator or admin here to see it. Make me admin, or name them by JID.
not-banned = { $jid } is not banned.
span-zero = A span has to be longer than nothing.

subject-now = The subject is: { $subject }
subject-none = There is no subject.

banlist-empty = Nobody is banned.
banlist-head = { $n ->
    [one] One is banned:
   *[other] { $n } are banned:
  }
banlist-line = { $jid } — { $reason }
who-head = { $n ->
    [one] One is here besides me:
   *[other] { $n } are here besides me:
  }
who-line = { $nick } — { $level }
who-line-jid = { $nick } — { $level }, { $jid }
who-since = Here for { $span }.
recent-none = Nobody left lately.
recent-line = { $nick }, { $ago } ago: “{ $said }”
recent-line-silent = { $nick }, { $ago } ago, without a word
sent-in-private = I have sent it to you in private.

option-mute_span = How long “mute” lasts where no span is given.
option-ban_span = How long “tempban” lasts where no span is given.
