-- What the room knows: `!fact xmpp = a protocol of letters`, and whoever asks `?? xmpp` is told.

local base = require("base")

local MODERATOR, OWNER = 15, 100
local SHOWN_KEYS = 50
-- The same question is answered again after so long, and one person's next one.
local SAME_AFTER, NEXT_AFTER = 10, 2
local MOST_ASKED = 2000

local asked, n_asked = {}, 0

-- Whether it is too soon for this; notes when it was.
local function is_too_soon(key, now, after)
  local before = asked[key]
  if before and now - before < after then
    return true
  end
  if MOST_ASKED <= n_asked then
    asked, n_asked = {}, 0
  end
  n_asked += if asked[key] then 0 else 1
  asked[key] = now
  return false
end

local function on_message(cx, event)
  local given = string.match(event.body, "^%s*%?%?%?*%s+(%S.*)$")
  local key = given and #given <= 300 and base.key(cx, given)
  if not key then
    return
  end
  local fact = base.find(cx, key)
  if not fact then
    return
  end
  local is_soon = is_too_soon(event.room .. " ? " .. key, event.at, SAME_AFTER)
  if not is_too_soon(event.room .. " " .. event.identity, event.at, NEXT_AFTER) and not is_soon then
    cx:reply(fact.versions[1].text)
  end
end

local function refusal(cx, store, key, text)
  local fact = base.get(store, key)
  if cx.event.level < cx.option.level then
    return "may-not-write"
  elseif fact and fact.owner ~= cx.identity and cx.event.level < cx.option.change_level then
    return "not-yours"
  elseif text == "" or cx.option.length < cx.text.len(text) then
    return "too-long"
  elseif not fact and cx.option.most <= #base.keys(store) then
    return "too-many"
  end
  return nil
end

local function write(cx, store, key, given)
  local text = cx.text.plain(given, 5000)
  local why = refusal(cx, store, key, text)
  if why then
    return cx:reply(cx.t(why, { n = cx.option.length, level = cx.option.level }))
  end
  base.put(cx, store, key, cx.text.plain(text, cx.option.length))
  cx:reply(cx.t("know-now", { key = key }))
end

local function split(cx, given)
  local at = string.find(given, "=", 1, true)
  if not at then
    return base.key(cx, given), nil
  end
  return base.key(cx, string.sub(given, 1, at - 1)), cx.text.plain(string.sub(given, at + 1), 5000)
end

local function tell(cx, key)
  local fact = base.find(cx, key)
  cx:reply(if fact then fact.versions[1].text else cx.t("do-not-know", { key = key }))
end

local function fact(cx, args)
  local key, text = split(cx, args.fact)
  if not key then
    return cx:reply(cx.t("how", { prefix = cx.prefix }))
  elseif text then
    return write(cx, base.room(cx), key, text)
  end
  tell(cx, key)
end

local function fact_global(cx, args)
  local key, text = split(cx, args.fact)
  if not key or not text or text == "" then
    return cx:reply(cx.t("how", { prefix = cx.prefix }))
  end
  write(cx, base.everywhere(cx), key, text)
end

-- In the room's own facts, else, for an owner of the bot, in those for all rooms.
local function forget(cx, args)
  local key = base.key(cx, args.key)
  local own = key and base.get(base.room(cx), key)
  if own and own.owner ~= cx.identity and cx.event.level < cx.option.change_level then
    return cx:reply(cx.t("not-yours"))
  elseif own then
    base.drop(base.room(cx), key)
  elseif key and OWNER <= cx.event.level and base.get(base.everywhere(cx), key) then
    base.drop(base.everywhere(cx), key)
  else
    return cx:reply(cx.t("do-not-know", { key = key or "" }))
  end
  cx:reply(cx.t("forgotten", { key = key }))
end

local function with_part(keys, part, found, seen)
  for _, key in keys do
    if not seen[key] and (part == "" or string.find(key, part, 1, true)) then
      seen[key] = true
      table.insert(found, key)
    end
  end
end

local function list(cx, args)
  local part, found, seen = base.key(cx, args.part or "") or "", {}, {}
  with_part(base.keys(base.room(cx)), part, found, seen)
  with_part(base.keys(base.everywhere(cx)), part, found, seen)
  table.sort(found)
  local shown = table.concat(found, ", ", 1, math.min(#found, SHOWN_KEYS))
  cx:reply(if #found == 0 then cx.t("none") else cx.t("list", { n = #found, keys = shown }))
end

local function history(cx, args)
  local key = base.key(cx, args.key)
  local it = key and base.find(cx, key)
  if not it then
    return cx:reply(cx.t("do-not-know", { key = key or "" }))
  end
  local lines = {}
  for _, version in it.versions do
    local at = cx.time.format(version.at, "%Y-%m-%d %H:%M", cx.time.zone())
    table.insert(lines, `{at} {version.nick}: {cx.text.plain(version.text, 100)}`)
  end
  cx:private(table.concat(lines, "\n"))
end

return {
  name = "facts",
  api = 1,
  description = {
    en = "Knows what it was told, and answers ?? key.",
    ru = "Знает, чему научили, и отвечает на ?? слово.",
  },
  powers = { "store" },
  options = {
    level = {
      type = "number",
      default = 11,
      min = 10,
      max = 30,
      help = { en = "The level that telling a fact takes.", ru = "С какого уровня можно учить фактам." },
    },
    change_level = {
      type = "number",
      default = MODERATOR,
      min = 10,
      max = 30,
      help = {
        en = "The level that changing somebody else's fact takes.",
        ru = "С какого уровня можно менять чужие факты.",
      },
    },
    most = {
      type = "number",
      default = 500,
      min = 1,
      max = 900,
      help = { en = "How many facts a room has.", ru = "Сколько фактов может быть у комнаты." },
    },
    length = {
      type = "number",
      default = 500,
      min = 20,
      max = 2000,
      help = { en = "How many characters a fact has.", ru = "Сколько знаков может быть в факте." },
    },
  },
  on = { message = on_message },
  commands = {
    {
      name = "fact",
      names = { ru = "факт" },
      aliases = { "wtf", "dfn" },
      args = { { "fact", "rest", names = { ru = "факт" } } },
      help = {
        en = "Tells a fact, or learns one: key = text.",
        ru = "Рассказывает факт или запоминает его: слово = текст.",
      },
      examples = { { "fact xmpp", "I do not know xmpp." } },
      run = fact,
    },
    {
      name = "fact global",
      names = { ru = "факт общий" },
      level = OWNER,
      args = { { "fact", "rest", names = { ru = "факт" } } },
      help = { en = "Learns a fact for all rooms.", ru = "Запоминает факт для всех комнат." },
      examples = { { "fact global xmpp = a protocol of letters" }, { "факт общий xmpp = протокол из букв" } },
      run = fact_global,
    },
    {
      name = "fact forget",
      names = { ru = "факт забудь" },
      args = { { "key", "rest", names = { ru = "слово" } } },
      help = {
        en = "Forgets a fact of yours; moderators any of the room.",
        ru = "Забывает ваш факт; модераторы — любой факт комнаты.",
      },
      examples = { { "fact forget xmpp" } },
      run = forget,
    },
    {
      name = "fact list",
      names = { ru = "факт список" },
      aliases = { "facts", "факты", "wtfsearch" },
      args = { { "part", "rest", optional = true, names = { ru = "часть" } } },
      help = {
        en = "Lists what is known, with this in its name.",
        ru = "Показывает, о чём есть факты, с этим в названии.",
      },
      run = list,
    },
    {
      name = "fact history",
      names = { ru = "факт история" },
      args = { { "key", "rest", names = { ru = "слово" } } },
      help = { en = "Tells who told a fact and what it was.", ru = "Показывает, кто и чему учил." },
      examples = { { "fact history xmpp" } },
      run = history,
    },
  },
}
