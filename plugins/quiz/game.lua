-- A game as it runs in a room: which question, since when, how many hints. It is not kept: a restart ends it.

local game = {}

-- An answer this soon comes from no person.
game.TOO_FAST = 1
-- So many guesses of one person count for a question.
game.MOST_GUESSES = 8

local running = {}

function game.of(room)
  return running[room]
end

-- Shuffles with the plugin's own source of chance.
local function shuffled(cx, list)
  local order = table.clone(list)
  for i = #order, 2, -1 do
    local j = cx.random(i)
    order[i], order[j] = order[j], order[i]
  end
  return order
end

function game.begin(cx, questions, n)
  running[cx.room] = {
    by = cx.identity,
    questions = shuffled(cx, questions),
    n_left = n,
    n_unanswered = 0,
    at = 0,
    next_at = 0,
  }
  return running[cx.room]
end

function game.stop(room)
  running[room] = nil
end

-- The next question becomes the one that is asked; nil if the game is over.
function game.next(it, now)
  it.at += 1
  it.question = if 0 < it.n_left then it.questions[it.at] else nil
  it.n_left -= 1
  it.asked_at, it.n_hints, it.guesses, it.was_tried = now, 0, {}, false
  return it.question
end

-- Whether this guess counts: not faster than a person types, not one of too many.
function game.may_guess(it, identity, now)
  if not it.question or now - it.asked_at < game.TOO_FAST then
    return false
  end
  it.guesses[identity] = (it.guesses[identity] or 0) + 1
  it.was_tried = true
  return it.guesses[identity] <= game.MOST_GUESSES
end

-- The answer with most of its letters hidden: with each hint one more of them is shown, but never more than half.
function game.hint(answer, n_hints)
  local shown, n = {}, 0
  n_hints = math.min(n_hints, utf8.len(answer) // 2)
  for _, code in utf8.codes(answer) do
    local letter = utf8.char(code)
    n += if letter == " " then 0 else 1
    table.insert(shown, if letter == " " then " " elseif n <= n_hints then letter else "_")
  end
  return table.concat(shown, " ")
end

-- What a right answer is worth.
function game.points(it)
  return math.max(1, 3 - it.n_hints)
end

return game
