-- Messages for people who are not here: delivered when they come or next speak.

local box = require("box")
local people = require("people")

local DAY = 86400
local SHOWN = 500
-- More than so many at once come in private, so that nobody's return floods a room.
local IN_PUBLIC = 3
-- So many messages of one person can be listed and taken back.
local MOST_SENT = 100

local function may_be_told(cx, person)
  return not cx.store.plugin:get("off:" .. string.sub(person.identity or "", 1, 400))
end

-- Adds to a list of what was sent; false if that is more than a day's worth.
local function count(cx, store, list, sent)
  local is_enough = false
  store:update(list, function(old)
    local kept, n_today = {}, 0
    for _, it in old or {} do
      n_today += if sent.at - it.at < DAY then 1 else 0
      table.insert(kept, it)
    end
    is_enough = cx.option.most_a_day <= n_today
    if not is_enough then
      table.insert(kept, sent)
    end
    return table.move(kept, math.max(1, #kept - MOST_SENT + 1), #kept, 1, {})
  end, cx.option.keep)
  return not is_enough
end

-- Notes that someone left a message; false if that is enough. Those who would be somebody else after coming back share
-- what one person has.
local function note_sent(cx, key, nick)
  local now = cx.time.now()
  if people.is_nobody(cx.identity) and not count(cx, cx.store.room, "strangers", { at = now }) then
    return false
  end
  return count(cx, cx.store.person_here, "sent", { at = now, key = key, nick = nick })
end

-- Why a message to them cannot be left: a key of the texts.
local function refusal(cx, person)
  if person.is_bot then
    return "not-to-me"
  elseif person.identity == cx.identity then
    return "not-to-yourself"
  elseif person.is_here then
    return "is-here"
  elseif cx.place ~= "room" and not person.identity then
    return "unknown-in-private"
  elseif not may_be_told(cx, person) then
    return "wants-none"
  end
  return nil
end

local function tell(cx, args)
  local name = string.gsub(cx.text.plain(args.nick, 100), "[:,]$", "")
  local person = people.find(cx, name)
  local key = box.of(cx, person)
  local why = refusal(cx, person) or (not key and "unknown-in-private" or nil)
  local nick = cx.text.plain(person.nick, 60)
  if why then
    return cx:reply(cx.t(why, { nick = nick }))
  end
  if not note_sent(cx, key, nick) then
    return cx:private(cx.t("enough-today", { n = cx.option.most_a_day }))
  end
  local now = cx.time.now()
  local is_put = box.put(cx, key, {
    from = cx.text.plain(cx.nick, 60),
    by = cx.identity,
    text = cx.text.plain(args.text, SHOWN),
    at = now,
    till = now + cx.option.keep,
    room = cx.room,
    in_private = cx.place ~= "room",
  })
  if not is_put then
    return cx:reply(cx.t("box-full", { nick = nick }))
  end
  cx:reply(cx.t(if person.identity then "will-tell" else "will-tell-nick", { nick = nick }))
end

-- A message is for its own room, or follows someone who is known everywhere and comes from someone who is.
local function is_for(event)
  return function(it)
    return it.room == event.room or people.is_everywhere(event.identity) and people.is_everywhere(it.by)
  end
end

local function delivered(cx, event, it)
  local ago = cx.time.spell(math.max(60, event.at - it.at))
  local key = if it.room == event.room then "delivered" else "delivered-elsewhere"
  return cx.t(key, { from = it.from, ago = ago, text = it.text, room = string.match(it.room, "^[^@]*") })
end

local function deliver_all(cx, event, messages)
  local public, private = {}, {}
  for _, it in messages do
    local is_public = it.room == event.room and not it.in_private and #public < IN_PUBLIC
    table.insert(if is_public then public else private, delivered(cx, event, it))
  end
  if 0 < #public then
    cx:reply(table.concat(public, "\n"))
  end
  if 0 < #private then
    cx:private(table.concat(private, "\n"))
  end
end

local function deliver(cx, event)
  local messages = box.take(cx, box.of_identity(event.identity), is_for(event))
  local by_nick = box.take(cx, box.of_nick(cx, event.room, event.nick), function(it)
    return it.by ~= event.identity
  end)
  deliver_all(cx, event, table.move(by_nick, 1, #by_nick, #messages + 1, messages))
end

local function on_message(cx, event)
  people.learn(cx, event)
  deliver(cx, event)
end

-- What of mine waits: those of the messages I left that are in their boxes yet.
local function list(cx)
  local lines, seen = {}, {}
  for _, sent in cx.store.person_here:get("sent") or {} do
    if seen[sent.key] then
      continue
    end
    seen[sent.key] = true
    for _, it in box.look(cx, sent.key) do
      if it.by == cx.identity then
        table.insert(lines, cx.t("waits", { nick = sent.nick, text = cx.text.plain(it.text, 80) }))
      end
    end
  end
  cx:private(if #lines == 0 then cx.t("nothing-waits") else table.concat(lines, "\n"))
end

-- Takes back what somebody left here, for one nick or for all; gives how many.
local function take_back(cx, wanted)
  local n = 0
  for _, sent in cx.store.person_here:get("sent") or {} do
    if not wanted or cx.text.lower(sent.nick) == wanted then
      n += #box.take(cx, sent.key, function(it)
        return it.by == cx.identity and it.room == cx.room
      end)
    end
  end
  return n
end

local function cancel(cx, args)
  cx:reply(cx.t("taken-back", { n = take_back(cx, cx.text.lower(cx.text.plain(args.nick, 60))) }))
end

-- Whoever was banned has nothing more to say here.
local function on_leave(cx, event)
  if event.cause == "banned" then
    take_back(cx)
  end
end

local function turn_off(cx)
  cx.store.plugin:set("off:" .. string.sub(cx.identity, 1, 400), true, "365d")
  cx:private(cx.t("is-off"))
end

local function turn_on(cx)
  cx.store.plugin:delete("off:" .. string.sub(cx.identity, 1, 400))
  cx:private(cx.t("is-on"))
end

return {
  name = "tell",
  api = 1,
  description = {
    en = "Leaves messages for people who are not here.",
    ru = "Передаёт сообщения тем, кого сейчас нет.",
  },
  powers = { "store", "people" },
  options = {
    keep = {
      type = "duration",
      default = "30d",
      min = "1h",
      max = "365d",
      help = { en = "How long a message waits.", ru = "Сколько ждёт сообщение." },
    },
    most_for_one = {
      type = "number",
      default = 10,
      min = 1,
      max = 50,
      help = { en = "How many messages wait for one person.", ru = "Сколько сообщений может ждать одного человека." },
    },
    most_a_day = {
      type = "number",
      default = 20,
      min = 1,
      max = 100,
      help = {
        en = "How many messages one person leaves a day.",
        ru = "Сколько сообщений в день может оставить один человек.",
      },
    },
  },
  on = { join = deliver, leave = on_leave, message = on_message },
  commands = {
    {
      name = "tell",
      names = { ru = "передать" },
      aliases = { "передай", "sayto" },
      args = { { "nick", "word" }, { "text", "rest", names = { ru = "текст" } } },
      help = {
        en = "Tells somebody something when they come; in private if you ask in private.",
        ru = "Передаёт сообщение, когда человек придёт; лично, если попросить лично.",
      },
      examples = {
        { "tell zoe the seeds are here", "I will tell it to whoever comes as zoe." },
        { "передать zoe семена привезли" },
      },
      run = tell,
    },
    {
      name = "tell list",
      names = { ru = "передать список" },
      help = { en = "Lists the messages of yours that wait.", ru = "Показывает ваши сообщения, которые ещё ждут." },
      run = list,
    },
    {
      name = "tell cancel",
      names = { ru = "передать отменить" },
      args = { { "nick", "rest" } },
      help = { en = "Takes your messages to somebody back.", ru = "Отменяет ваши сообщения кому-то." },
      examples = { { "tell cancel zoe" } },
      run = cancel,
    },
    {
      name = "tell off",
      names = { ru = "передать выкл" },
      help = { en = "Nobody can leave you messages.", ru = "Никто не сможет оставлять вам сообщения." },
      run = turn_off,
    },
    {
      name = "tell on",
      names = { ru = "передать вкл" },
      help = { en = "People can leave you messages again.", ru = "Вам снова можно оставлять сообщения." },
      run = turn_on,
    },
  },
}
