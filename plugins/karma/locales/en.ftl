has-now = { $nick } has { $n ->
    [one] { $n } point
   *[other] { $n } points
  } now.
has = { $nick } has { $n ->
    [one] { $n } point
   *[other] { $n } points
  }.
nobody = Nobody has any points.
not-yourself = Not to yourself.
not-known = I would not know you again if you came back, so you cannot give points.
lately = You have just done that to { $nick }; again in an hour.
enough = You have given enough for a day: { $n }.
is-reset = { $nick } begins at nothing again.
