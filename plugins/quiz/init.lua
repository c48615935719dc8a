-- Asks questions, gives points: `!quiz start`, then the first who writes the answer has it.

local game = require("game")

local MODERATOR = 15
local FIRST_HINT, SECOND_HINT, GIVE_UP = 20, 40, 60
local PAUSE = 5
-- After so many questions that nobody tried, the game ends by itself.
local UNTRIED = 3
local TOP = 10
local MOST_BYTES = 50000

-- Questions by language, read when first asked for.
local questions = {}

local function questions_for(cx)
  local lang = if string.sub(cx.lang, 1, 2) == "ru" then "ru" else "en"
  if not questions[lang] then
    questions[lang] = cx.toml.decode(cx.file("questions/" .. lang .. ".toml")).question
  end
  return questions[lang]
end

local function is_right(cx, question, said)
  local given = cx.text.key(said)
  for _, answer in question.answers do
    if given == cx.text.key(answer) then
      return true
    end
  end
  return false
end

local function ask(cx, it)
  local question = game.next(it, cx.time.now())
  if question then
    cx:say(cx.t("question", { n = it.at, text = question.text }))
  end
  return question ~= nil
end

-- The scores in one value; when it is full, who has the least goes.
local function add_points(cx, event, n)
  local now
  cx.store:update("scores", function(all)
    all = all or {}
    local key = string.sub(event.identity, 1, 200)
    local it = all[key] or { n = 0 }
    it.n, it.nick = it.n + n, cx.text.plain(event.nick, 40)
    all[key], now = it, it.n
    while MOST_BYTES < #cx.json.encode(all) do
      local least
      for other, score in all do
        least = if not least or score.n < all[least].n then other else least
      end
      all[least] = nil
    end
    return all
  end)
  return now
end

local function top_lines(cx)
  local list, lines = {}, {}
  for _, it in cx.store:get("scores") or {} do
    table.insert(list, it)
  end
  table.sort(list, function(a, b)
    return if a.n == b.n then a.nick < b.nick else b.n < a.n
  end)
  for i = 1, math.min(TOP, #list) do
    table.insert(lines, `{i}. {list[i].nick}: {list[i].n}`)
  end
  return lines
end

local function finish(cx)
  game.stop(cx.room)
  local lines = top_lines(cx)
  table.insert(lines, 1, cx.t("over"))
  cx:say(table.concat(lines, "\n"))
end

-- A pause before the next question, or the end.
local function go_on(cx, it)
  it.question = nil
  if it.n_left <= 0 or UNTRIED <= it.n_unanswered then
    return finish(cx)
  end
  it.next_at = cx.time.now() + PAUSE
end

local function on_message(cx, event)
  local it = game.of(event.room)
  if not it or 200 < #event.body or not game.may_guess(it, event.identity, event.at) then
    return
  end
  local question = it.question
  if not is_right(cx, question, event.body) then
    return
  end
  local points = game.points(it)
  -- Taken at once, so that a second right answer that comes meanwhile finds no question.
  it.question, it.n_unanswered = nil, 0
  local now = add_points(cx, event, points)
  cx:say(cx.t("right", { nick = cx.text.name(event.nick, 40), answer = question.answers[1], points = points, n = now }))
  go_on(cx, it)
end

local function give_hint(cx, it)
  it.n_hints += 1
  cx:say(cx.t("hint", { hint = game.hint(it.question.answers[1], it.n_hints) }))
end

local function give_up(cx, it)
  local answer = it.question.answers[1]
  it.n_unanswered = if it.was_tried then 0 else it.n_unanswered + 1
  it.question = nil
  cx:say(cx.t("nobody-knew", { answer = answer }))
  go_on(cx, it)
end

local function tick(cx)
  local it = game.of(cx.room)
  if not it then
    return
  end
  local now = cx.time.now()
  if not it.question then
    if it.next_at <= now and not ask(cx, it) then
      finish(cx)
    end
    return
  end
  local waited = now - it.asked_at
  if GIVE_UP <= waited then
    give_up(cx, it)
  elseif SECOND_HINT <= waited and it.n_hints < 2 or FIRST_HINT <= waited and it.n_hints < 1 then
    give_hint(cx, it)
  end
end

local function start(cx, args)
  if game.of(cx.room) then
    return cx:reply(cx.t("runs-already"))
  end
  local all = questions_for(cx)
  local it = game.begin(cx, all, math.min(args.number or cx.option.questions, #all))
  cx:say(cx.t("begins", { n = it.n_left }))
  ask(cx, it)
end

local function stop(cx)
  local it = game.of(cx.room)
  if not it then
    return cx:reply(cx.t("none", { prefix = cx.prefix }))
  elseif it.by ~= cx.identity and cx.event.level < MODERATOR then
    return cx:reply(cx.t("not-yours"))
  end
  finish(cx)
end

local function running_question(cx)
  local it = game.of(cx.room)
  if not it or not it.question then
    cx:reply(cx.t(if it then "between" else "none", { prefix = cx.prefix }))
    return nil
  end
  return it
end

local function hint(cx)
  local it = running_question(cx)
  if not it then
    return
  elseif 2 <= it.n_hints then
    return cx:reply(cx.t("no-more-hints"))
  end
  give_hint(cx, it)
end

-- Skipping takes somebody who may stop, or time.
local function skip(cx)
  local it = running_question(cx)
  if not it then
    return
  elseif it.by ~= cx.identity and cx.event.level < MODERATOR and cx.time.now() - it.asked_at < FIRST_HINT then
    return cx:reply(cx.t("too-soon", { left = cx.time.spell(FIRST_HINT) }))
  end
  give_up(cx, it)
end

local function repeat_question(cx)
  local it = running_question(cx)
  if it then
    cx:reply(cx.t("question", { n = it.at, text = it.question.text }))
  end
end

local function score(cx)
  local lines = top_lines(cx)
  cx:reply(if #lines == 0 then cx.t("no-scores") else table.concat(lines, "\n"))
end

return {
  name = "quiz",
  api = 1,
  description = { en = "Asks questions and counts points.", ru = "Задаёт вопросы и считает очки." },
  powers = { "store" },
  options = {
    questions = {
      type = "number",
      default = 10,
      min = 1,
      max = 100,
      help = { en = "How many questions a game has.", ru = "Сколько вопросов в игре." },
    },
  },
  every = { ["5s"] = tick },
  on = { message = on_message },
  commands = {
    {
      name = "quiz start",
      names = { ru = "викторина" },
      aliases = { "quiz" },
      args = { { "number", "number", min = 1, max = 100, optional = true } },
      help = { en = "Begins a quiz of so many questions.", ru = "Начинает викторину из стольких вопросов." },
      examples = { { "quiz start 5" } },
      run = start,
    },
    {
      name = "quiz stop",
      names = { ru = "викторина стоп" },
      help = {
        en = "Ends the quiz that you began; moderators any.",
        ru = "Заканчивает вашу викторину; модераторы — любую.",
      },
      run = stop,
    },
    {
      name = "quiz hint",
      names = { ru = "подсказка" },
      aliases = { "hint" },
      help = { en = "Gives a hint, for a point less.", ru = "Даёт подсказку, но очков будет меньше." },
      run = hint,
    },
    {
      name = "quiz skip",
      names = { ru = "викторина дальше" },
      aliases = { "сл" },
      help = { en = "Gives a question up.", ru = "Пропускает вопрос." },
      run = skip,
    },
    {
      name = "quiz repeat",
      names = { ru = "викторина повтор" },
      help = { en = "Asks the question again.", ru = "Повторяет вопрос." },
      run = repeat_question,
    },
    {
      name = "quiz score",
      names = { ru = "викторина счёт" },
      aliases = { "викторина счет" },
      help = { en = "Tells who has how many points.", ru = "Показывает, у кого сколько очков." },
      examples = { { "quiz score", "Nobody has any points." } },
      run = score,
    },
  },
}
