-- Reminds people of what they asked to be reminded of: `!remind me in 2h tea`.

local book = require("book")
local when = require("when")

local SHOWN = 300
local SOONEST = 10
local LATEST = 366 * 86400
local AT_ONCE = 20
local DROPPED = { ["to"] = true, ["that"] = true, ["о"] = true, ["про"] = true }

local function shown_at(cx, at)
  local zone = cx.time.zone()
  return cx.time.format(at, "%Y-%m-%d %H:%M", zone) .. " (" .. zone .. ")"
end

-- When, and of what; the words as they were typed.
local function read(cx, line)
  local typed, words = string.split(cx.text.plain(line, SHOWN + 100), " "), {}
  for i, word in typed do
    words[i] = cx.text.lower(word)
  end
  local at, n = when.read(cx, words, cx.time.zone())
  if not at then
    return nil
  end
  if DROPPED[words[n + 1]] then
    n += 1
  end
  return at, cx.text.plain(table.concat(typed, " ", n + 1), SHOWN)
end

local function refusal(cx, at, text)
  local now = cx.time.now()
  if not at then
    return "not-when"
  elseif at < now + SOONEST then
    return "too-soon"
  elseif now + LATEST < at then
    return "too-late"
  elseif text == "" then
    return "of-what"
  end
  return nil
end

local function remind(cx, args)
  local at, text = read(cx, args.what)
  local why = refusal(cx, at, text)
  if why then
    return cx:reply(cx.t(why, { n = cx.option.most }))
  end
  why = book.add(cx, math.ceil(at), {
    identity = cx.identity,
    nick = cx.text.plain(cx.nick, 60),
    text = text,
    asked_at = cx.time.now(),
    in_private = cx.place ~= "room",
  }, cx.option.most)
  cx:reply(cx.t(why or "will-remind", { n = cx.option.most, at = shown_at(cx, at) }))
end

local function words_of(cx, reminder)
  local ago = cx.time.spell(math.max(1, cx.time.now() - reminder.asked_at))
  return cx.t("reminder", { ago = ago, text = reminder.text })
end

local function find_here(cx, identity)
  for _, it in cx:occupants() do
    if it.identity == identity then
      return it.nick
    end
  end
end

-- Tells somebody who is here, or keeps it until they come.
local function deliver(cx, reminder)
  local nick = find_here(cx, reminder.identity)
  if not nick then
    book.keep_late(cx, reminder)
  elseif reminder.in_private then
    cx:private(nick, words_of(cx, reminder))
  else
    cx:say(cx.text.name(nick) .. ": " .. words_of(cx, reminder))
  end
end

local function tick(cx)
  for _, it in book.due(cx, AT_ONCE) do
    book.done(cx, it.key)
    if it.reminder then
      deliver(cx, it.reminder)
    end
  end
end

-- What came due while somebody was away, in private: it is late anyway.
local function welcome(cx, event)
  local lines = {}
  for _, reminder in book.take_late(cx, event.identity) do
    table.insert(lines, words_of(cx, reminder))
  end
  if 0 < #lines then
    cx:private(table.concat(lines, "\n"))
  end
end

-- Whom nobody would know again is never here again: others need the place.
local function on_leave(cx, event)
  if string.find(event.identity, "^stay:") then
    book.drop_mine(cx)
  end
end

local function list(cx)
  local lines = {}
  for n, it in book.mine(cx) do
    table.insert(lines, `{n}. {shown_at(cx, it.due)}: {it.text}`)
  end
  cx:private(if #lines == 0 then cx.t("none") else table.concat(lines, "\n"))
end

local function cancel(cx, args)
  local it = book.cancel(cx, args.number)
  cx:reply(if it then cx.t("cancelled", { text = it.text }) else cx.t("no-such"))
end

return {
  name = "remind",
  api = 1,
  description = { en = "Reminds people of things.", ru = "Напоминает людям о делах." },
  powers = { "store" },
  options = {
    most = {
      type = "number",
      default = 10,
      min = 1,
      max = 50,
      help = { en = "How many reminders one person has.", ru = "Сколько напоминаний может быть у одного человека." },
    },
  },
  every = { ["15s"] = tick },
  on = { join = welcome, leave = on_leave, message = welcome },
  commands = {
    {
      name = "remind",
      names = { ru = "напомни" },
      aliases = { "напомнить" },
      args = { { "what", "rest", names = { ru = "что и когда" } } },
      help = {
        en = "Reminds you of something after a while, or at a time of day.",
        ru = "Напоминает о чём-нибудь через время или в назначенный час.",
      },
      examples = { { "remind me in 2h tea" }, { "напомни мне через 2ч чай" } },
      run = remind,
    },
    {
      name = "remind list",
      names = { ru = "напомни список" },
      aliases = { "reminders", "напоминания" },
      help = { en = "Lists your reminders.", ru = "Показывает ваши напоминания." },
      run = list,
    },
    {
      name = "remind cancel",
      names = { ru = "напомни отменить" },
      args = { { "number", "number", min = 1, max = 50 } },
      help = { en = "Cancels the reminder of this number.", ru = "Отменяет напоминание с этим номером." },
      examples = { { "remind cancel 1" } },
      run = cancel,
    },
  },
}
