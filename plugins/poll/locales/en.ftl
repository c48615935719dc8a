asks = { $nick } asks: { $question }
how-to-vote = Vote with { $prefix }vote and its number, here or in private. It ends in { $left }.
result = The room has answered { $question } — { $n ->
    [one] one vote
   *[other] { $n } votes
  }:
so-far = So far on { $question } — { $n ->
    [one] one vote
   *[other] { $n } votes
  }:
none = There is no poll.
not-a-poll = Write the question in quotes and two options at least: { $prefix }poll new "What shall we drink?" tea, coffee
too-many-options = At most { $n } options.
one-is-open = One poll at a time; this is still open: { $question }
enough-polls = That is enough polls for an hour.
no-such-option = There is no such option: they are 1 to { $n }.
may-not-vote = Your level is too low to vote here.
not-known = I would not know you again if you came back, so you could vote twice. Moderators can let you: { $prefix }plugin set poll.strangers true
vote-voted = Counted: { $option }
vote-changed = Changed to: { $option }
vote-same = You voted for it already.
vote-full = No more votes fit into this poll.
vote-none = There is no poll.
not-yours = Only who opened it, and moderators.
cancelled = The poll is cancelled.
