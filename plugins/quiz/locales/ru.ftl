begins = Викторина: { $n ->
    [one] { $n } вопрос
    [few] { $n } вопроса
   *[many] { $n } вопросов
  }. Кто первым напишет ответ, тот и выиграл.
question = { $n }. { $text }
hint = Подсказка: { $hint }
right = Верно, { $nick }: { $answer }. { $points ->
    [one] { $points } очко
    [few] { $points } очка
   *[many] { $points } очков
  }, всего { $n }.
nobody-knew = Никто не ответил: { $answer }.
over = Викторина окончена.
none = Викторины нет; начать: { $prefix }викторина.
between = Следующий вопрос вот-вот.
runs-already = Викторина уже идёт.
not-yours = Это может тот, кто начал, и модераторы.
no-more-hints = Подсказок больше нет.
too-soon = Подумайте хотя бы { $left }.
no-scores = Ни у кого нет очков.
