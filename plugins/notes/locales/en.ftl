how = Write { $prefix }note key to read, { $prefix }note key = text to write.
written = Written: { $key }
changed = Changed: { $key }
deleted = Deleted: { $key }
no-such = There is no note { $key }.
none = There are no notes here.
list = Notes: { $keys }
may-not-write = Writing notes takes level { $level }.
too-long = A note has 1 to { $n } characters.
not-yours = Only who wrote it first, and moderators.
too-many = This room has enough notes.
too-many-own = You have enough notes here: { $own }.
