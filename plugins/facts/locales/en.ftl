how = Write { $prefix }fact key to ask, { $prefix }fact key = text to tell.
know-now = I know { $key } now.
do-not-know = I do not know { $key }.
forgotten = Forgotten: { $key }
none = I know nothing of the kind.
list = I know { $n }: { $keys }
may-not-write = Telling facts takes level { $level }.
too-long = A fact has 1 to { $n } characters.
not-yours = Only who told it first, and moderators.
too-many = I know enough in this room.
