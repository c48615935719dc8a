begins = A quiz of { $n ->
    [one] one question
   *[other] { $n } questions
  } begins. The first who writes the answer has it.
question = { $n }. { $text }
hint = Hint: { $hint }
right = { $nick } has it: { $answer }. { $points ->
    [one] One point
   *[other] { $points } points
  }, { $n } in all.
nobody-knew = Nobody knew: { $answer }.
over = The quiz is over.
none = There is no quiz; { $prefix }quiz start begins one.
between = The next question comes in a moment.
runs-already = A quiz runs already.
not-yours = Only who began it, and moderators.
no-more-hints = There are no more hints.
too-soon = Think for { $left } at least.
no-scores = Nobody has any points.
