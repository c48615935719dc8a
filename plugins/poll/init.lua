-- Asks the room: `!poll new "what shall we drink?" tea, coffee`, `!vote 2`.

local ballot = require("ballot")
local reading = require("reading")

local MODERATOR = 15
local HOUR = 3600
local BAR = 10

-- When the open poll of each room ends, as far as is known; 0 for none.
local ends = {}

local function bar(n, total)
  local filled = if total == 0 then 0 else math.round(n / total * BAR)
  return string.rep("█", filled) .. string.rep("░", BAR - filled)
end

local function result_lines(cx, poll)
  local counts, total = ballot.count(poll), poll.n_voters
  local lines = {}
  for i, option in poll.options do
    local percent = if total == 0 then 0 else math.round(counts[i] / total * 100)
    table.insert(lines, `{bar(counts[i], total)} {counts[i]} ({percent} %) {i}. {option}`)
  end
  return table.concat(lines, "\n")
end

local function result(cx, poll)
  local head = cx.t(if poll.is_closed then "result" else "so-far", { question = poll.question, n = poll.n_voters })
  return head .. "\n" .. result_lines(cx, poll)
end

local function ballot_paper(cx, poll)
  local lines = { cx.t("asks", { nick = cx.text.name(poll.nick), question = poll.question }) }
  for i, option in poll.options do
    table.insert(lines, `{i}. {option}`)
  end
  -- Whole minutes, begun ones too.
  local left = math.max(1, math.ceil((poll.till - cx.time.now()) / 60)) * 60
  table.insert(lines, cx.t("how-to-vote", { left = cx.time.spell(left), prefix = cx.prefix }))
  return table.concat(lines, "\n")
end

-- Whether somebody has opened enough polls for now.
local function is_enough(cx)
  local now, enough = cx.time.now(), false
  cx.store.person_here:update("opened", function(old)
    local recent = {}
    for _, at in old or {} do
      if now - at < HOUR then
        table.insert(recent, at)
      end
    end
    enough = cx.option.an_hour <= #recent
    if not enough then
      table.insert(recent, now)
    end
    return recent
  end, "1h")
  return enough
end

local function new(cx, args)
  local question, options = reading.poll(cx, args.poll)
  if not question or #options < 2 then
    return cx:reply(cx.t("not-a-poll", { prefix = cx.prefix }))
  elseif cx.option.options < #options then
    return cx:reply(cx.t("too-many-options", { n = cx.option.options }))
  end
  local open = ballot.get(cx)
  if open and not open.is_closed then
    return cx:reply(cx.t("one-is-open", { question = open.question }))
  elseif cx.event.level < MODERATOR and is_enough(cx) then
    return cx:private(cx.t("enough-polls"))
  end
  local now = cx.time.now()
  local poll = {
    question = question,
    options = options,
    by = cx.identity,
    nick = cx.text.plain(cx.nick, 60),
    till = now + cx.option.lasts,
    votes = {},
    n_voters = 0,
  }
  if ballot.open(cx, poll) then
    ends[cx.room] = poll.till
    cx:say(ballot_paper(cx, poll))
  end
end

local function show(cx)
  local poll = ballot.get(cx)
  if not poll then
    return cx:reply(cx.t("none"))
  end
  cx:reply(if poll.is_closed then result(cx, poll) else ballot_paper(cx, poll))
end

local function show_result(cx)
  local poll = ballot.get(cx)
  cx:reply(if poll then result(cx, poll) else cx.t("none"))
end

-- Whom the room would not know again after a rejoin could vote without end.
local function is_nobody(identity)
  return string.find(identity, "^stay:") ~= nil
end

local function vote(cx, args)
  local poll = ballot.get(cx)
  if not poll or poll.is_closed then
    return cx:reply(cx.t("none"))
  end
  local option = reading.option(cx, poll, args.option)
  if not option then
    return cx:reply(cx.t("no-such-option", { n = #poll.options }))
  elseif cx.event.level < cx.option.voters then
    return cx:reply(cx.t("may-not-vote"))
  elseif is_nobody(cx.identity) and not cx.option.strangers then
    return cx:reply(cx.t("not-known", { prefix = cx.prefix }))
  end
  local came_of = ballot.vote(cx, cx.identity, option)
  cx:reply(cx.t("vote-" .. came_of, { option = poll.options[option] }))
end

local function may_end(cx, poll)
  return poll.by == cx.identity or MODERATOR <= cx.event.level
end

local function close(cx)
  local poll = ballot.get(cx)
  if not poll or poll.is_closed then
    return cx:reply(cx.t("none"))
  elseif not may_end(cx, poll) then
    return cx:reply(cx.t("not-yours"))
  end
  local closed = ballot.close(cx)
  ends[cx.room] = 0
  if closed then
    cx:say(result(cx, closed))
  end
end

local function cancel(cx)
  local poll = ballot.get(cx)
  if not poll or poll.is_closed then
    return cx:reply(cx.t("none"))
  elseif not may_end(cx, poll) then
    return cx:reply(cx.t("not-yours"))
  end
  ballot.drop(cx)
  ends[cx.room] = 0
  cx:reply(cx.t("cancelled"))
end

-- Closes what has lasted long enough.
local function tick(cx)
  if not ends[cx.room] then
    local poll = ballot.get(cx)
    ends[cx.room] = if poll and not poll.is_closed then poll.till else 0
  end
  if ends[cx.room] == 0 or cx.time.now() < ends[cx.room] then
    return
  end
  ends[cx.room] = 0
  local closed = ballot.close(cx)
  if closed then
    cx:say(result(cx, closed))
  end
end

return {
  name = "poll",
  api = 1,
  description = { en = "Asks the room and counts the votes.", ru = "Спрашивает комнату и считает голоса." },
  powers = { "store", "people" },
  options = {
    lasts = {
      type = "duration",
      default = "1d",
      min = "1m",
      max = "30d",
      help = { en = "How long a poll is open.", ru = "Сколько времени открыт опрос." },
    },
    options = {
      type = "number",
      default = 10,
      min = 2,
      max = 20,
      help = { en = "How many options a poll has at most.", ru = "Сколько вариантов может быть в опросе." },
    },
    option_chars = {
      type = "number",
      default = 80,
      min = 10,
      max = 200,
      help = { en = "How long an option is at most.", ru = "Сколько знаков может быть в варианте." },
    },
    an_hour = {
      type = "number",
      default = 3,
      min = 1,
      max = 60,
      help = {
        en = "How many polls one person opens an hour.",
        ru = "Сколько опросов в час может открыть один человек.",
      },
    },
    voters = {
      type = "number",
      default = 10,
      min = 0,
      max = 30,
      help = { en = "The level that voting takes.", ru = "С какого уровня можно голосовать." },
    },
    strangers = {
      type = "boolean",
      default = false,
      help = {
        en = "Whether people vote whom the room does not know again after a rejoin.",
        ru = "Голосуют ли те, кого комната не узнает после перезахода.",
      },
    },
  },
  every = { ["30s"] = tick },
  commands = {
    {
      name = "poll",
      names = { ru = "опрос" },
      help = { en = "Shows the poll of this room.", ru = "Показывает опрос этой комнаты." },
      run = show,
    },
    {
      name = "poll new",
      names = { ru = "опрос новый" },
      level = 11,
      args = { { "poll", "rest", names = { ru = "опрос" } } },
      help = {
        en = "Opens a poll: the question in quotes or with a question mark, then the options with commas.",
        ru = "Открывает опрос: вопрос в кавычках или со знаком вопроса, затем варианты через запятую.",
      },
      examples = { { 'poll new "What shall we drink?" tea, coffee' }, { 'опрос новый "Что будем пить?" чай, кофе' } },
      run = new,
    },
    {
      name = "vote",
      names = { ru = "голосую" },
      aliases = { "мнение" },
      args = { { "option", "rest", names = { ru = "вариант" } } },
      help = {
        en = "Votes for the option of this number or these words; in private too.",
        ru = "Отдаёт голос за вариант по номеру или словам; можно и лично.",
      },
      examples = { { "vote 1" } },
      run = vote,
    },
    {
      name = "poll result",
      names = { ru = "опрос итоги" },
      aliases = { "итоги" },
      help = { en = "Shows the votes so far.", ru = "Показывает, сколько голосов подано." },
      run = show_result,
    },
    {
      name = "poll close",
      names = { ru = "опрос закрыть" },
      help = { en = "Ends your poll and shows its result.", ru = "Закрывает ваш опрос и показывает итог." },
      run = close,
    },
    {
      name = "poll cancel",
      names = { ru = "опрос отменить" },
      help = { en = "Drops your poll without a result.", ru = "Отменяет ваш опрос без итога." },
      run = cancel,
    },
  },
}
