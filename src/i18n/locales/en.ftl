# What the host itself says.

answer-more = … say “more” for the rest
command-unknown = I do not know that command. “help” lists those I know.
command-busy = Too much to do at once; please try again in a moment.
did-you-mean = Did you mean “{ $command }”?
fault-in-command = That went wrong (fault { $number }). The owners of the bot can read why.
account-given-up = The account “{ $account }” is given up until somebody changes something: { $why }

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
commands-list = You can give: { $commands }
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
entity-refused = { $name } does not say: { $why }
entity-only-servers = I ask servers by their address ({ $server }), people only by the nick of someone here.
