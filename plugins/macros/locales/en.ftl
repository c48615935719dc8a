how = Write { $prefix }macro add name = commands, with && between them.
added = Added: { $name }
deleted = Deleted: { $name }
level-is-set = { $name } takes level { $level } now.
is = { $name } (by { $nick }, level { $level }): { $body }
no-such = There is no macro { $name }.
none = There are no macros.
list = Macros: { $names }
too-many = There are enough macros here.
too-long = A macro has at most { $n } commands and { $chars } characters.
too-many-commands = That would be more than { $n } commands.
too-deep = These macros run each other too deep.
not-for-you = Your level is too low for { $name }.
