-- Thanks and blame, counted: `alice++`, `bob--`, `!karma alice`, `!karma top`.

local scores = require("scores")

local TOP = 10
-- Somebody is told again why not after so long; so many are remembered.
local TOLD_AGAIN, MOST_TOLD = 10, 1000

local told, n_told = {}, 0

local SIGNS = { ["++"] = 1, ["--"] = -1, ["—"] = -1 }
local LONGEST_NAME = 100

-- The first sign in a text, and where it is.
local function first_sign(text)
  local at, found = math.huge, nil
  for sign in SIGNS do
    local from = string.find(text, sign, 1, true)
    if from and from < at then
      at, found = from, sign
    end
  end
  return found, at
end

-- Whom `alice++` or `alice: -- for the tea` means, and how much. A dash that stands apart, as in `alice — and so on`, is
-- only a dash.
local function read(body)
  local sign, at = first_sign(string.sub(body, 1, LONGEST_NAME + 10))
  if not sign then
    return nil
  end
  local name, after = string.sub(body, 1, at - 1), string.sub(body, at + #sign, at + #sign)
  local called = string.match(name, "^(.+)[:,] *$")
  local is_apart = not called and sign ~= "++" and string.find(name, "%s$") ~= nil
  -- What follows is a reason, apart by a blank.
  if name == "" or is_apart or after ~= "" and not string.find(after, "%s") then
    return nil
  end
  return string.match(called or name, "^%s*(.-)%s*$"), SIGNS[sign]
end

local function here(cx, name)
  local lower, found = cx.text.lower(name), nil
  for _, it in cx:occupants() do
    if it.nick == name then
      return it
    elseif cx.text.lower(it.nick) == lower then
      found = it
    end
  end
  return found
end

local function refusal(cx, event, person)
  if person.identity == event.identity then
    return "not-yourself"
  elseif string.find(event.identity, "^stay:") then
    -- Who would not be known again could give without end.
    return "not-known"
  end
  return scores.take_gift(cx, person.identity)
end

-- Whether somebody was told lately why not: once is enough for a while.
local function is_told_enough(event)
  local key = event.room .. " " .. event.identity
  if told[key] and event.at - told[key] < TOLD_AGAIN then
    return true
  end
  if MOST_TOLD <= n_told then
    told, n_told = {}, 0
  end
  n_told += if told[key] then 0 else 1
  told[key] = event.at
  return false
end

local function on_message(cx, event)
  local name, by = read(event.body)
  local person = name and here(cx, name)
  if not person or person.is_self then
    return
  end
  local why = refusal(cx, event, person)
  if why and is_told_enough(event) then
    return
  elseif why then
    return cx:private(cx.t(why, { nick = person.nick, n = cx.option.a_day }))
  end
  local now = scores.add(cx, person, by)
  if not cx.option.quiet then
    cx:reply(cx.t("has-now", { nick = cx.text.plain(person.nick, 60), n = now }))
  end
end

-- The score under a nick that is not here: of whoever had it when it was last changed.
local function by_nick(cx, name)
  local lower = cx.text.lower(name)
  for _, it in scores.all(cx) do
    if cx.text.lower(it.nick) == lower then
      return it
    end
  end
end

local function show(cx, args)
  local name = cx.text.plain(args.nick or cx.nick, 60)
  local person = here(cx, name)
  local it = if person then scores.all(cx)[scores.key_of(person.identity)] else by_nick(cx, name)
  cx:reply(cx.t("has", { nick = name, n = if it then it.n else 0 }))
end

local function top(cx)
  local list = {}
  for _, it in scores.all(cx) do
    table.insert(list, it)
  end
  table.sort(list, function(a, b)
    return if a.n == b.n then a.at < b.at else b.n < a.n
  end)
  local lines = {}
  for i = 1, math.min(TOP, #list) do
    table.insert(lines, `{i}. {list[i].nick}: {list[i].n}`)
  end
  cx:reply(if #lines == 0 then cx.t("nobody") else table.concat(lines, "\n"))
end

local function reset(cx, args)
  scores.forget(cx, args.who.identity)
  cx:reply(cx.t("is-reset", { nick = args.who.nick or args.who.jid }))
end

return {
  name = "karma",
  api = 1,
  description = { en = "Counts thanks and blame.", ru = "Считает благодарности и упрёки." },
  powers = { "store", "people" },
  options = {
    a_day = {
      type = "number",
      default = 5,
      min = 1,
      max = 100,
      help = {
        en = "How often one person gives or takes a day.",
        ru = "Сколько раз в день один человек может менять чужой счёт.",
      },
    },
    quiet = {
      type = "boolean",
      default = false,
      help = { en = "Whether it counts without a word.", ru = "Считать ли молча." },
    },
  },
  on = { message = on_message },
  commands = {
    {
      name = "karma",
      names = { ru = "карма" },
      args = { { "nick", "rest", optional = true } },
      help = {
        en = "Tells somebody's score, or yours; alice++ and alice-- change it.",
        ru = "Показывает счёт человека или ваш; меняют его alice++ и alice--.",
      },
      examples = { { "karma alice", "alice has 0 points." } },
      run = show,
    },
    {
      name = "karma top",
      names = { ru = "карма топ" },
      help = { en = "Tells the highest scores.", ru = "Показывает лучшие счета." },
      run = top,
    },
    {
      name = "karma reset",
      names = { ru = "карма сбросить" },
      level = 20,
      args = { { "who", "who" } },
      help = { en = "Sets somebody's score back to nothing.", ru = "Обнуляет чей-нибудь счёт." },
      examples = { { "karma reset bob" } },
      run = reset,
    },
  },
}
