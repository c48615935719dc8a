description = Greets people.
help-@word@ = Greets someone, or you.
arg-nick = nick
hello = Hello, { $nick }!
welcome = Welcome, { $nick }!
