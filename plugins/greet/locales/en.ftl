is-set = { $name } will be greeted.
is-gone = { $name } will not be greeted.
nobody = Nobody here is called { $name }; give a JID, or newcomers, members, admins, owners, others.
not-known = I would not know { $name } again.
too-many = There are enough greetings in this room.
none = Nobody is greeted here.
