will-tell = I will tell { $nick }.
will-tell-nick = I will tell it to whoever comes as { $nick }.
delivered = { $from } said { $ago } ago: { $text }
delivered-elsewhere = { $from } said in { $room } { $ago } ago: { $text }
not-to-me = I am here already.
not-to-yourself = You know it already.
is-here = { $nick } is here: say it yourself.
unknown-in-private = I do not know who { $nick } is: anybody could come under that nick.
wants-none = { $nick } does not want messages.
enough-today = That is enough for a day: { $n ->
    [one] one message
   *[other] { $n } messages
  }.
box-full = Enough messages wait for { $nick }.
waits = { $nick }: { $text }
nothing-waits = No message of yours waits.
taken-back = { $n ->
    [0] No message of yours waits for them.
    [one] One message was taken back.
   *[other] { $n } messages were taken back.
  }
is-off = Nobody can leave you messages through me now.
is-on = You can be left messages again.
