-- The rules of a room: told to newcomers, accepted by a word, which may give voice.

local SHOWN = 1500
local MOST_LINES = 15
-- So many people are told the rules a minute; a raid is told nothing.
local A_MINUTE = 10
-- So many people not known before are written down an hour in a room.
local MOST_NEW, HOUR = 300, 3600

-- Whose voice was taken away does not get it back from here for so long; what is to last longer, the bot or the room keeps.
local SILENCED_FOR = 86400

local told_lately, new = {}, {}

local function person_key(identity)
  return "person:" .. string.sub(identity, 1, 400)
end

-- One more of at most so many in so many seconds.
local function may(list, room, now, most, span)
  local kept = {}
  for _, at in list[room] or {} do
    if now - at < span then
      table.insert(kept, at)
    end
  end
  list[room] = kept
  if most <= #kept then
    return false
  end
  table.insert(kept, now)
  return true
end

local function rules(cx)
  return cx.store:get("rules")
end

local function text_of(cx, it)
  return if it.word then it.text .. "\n" .. cx.t("say-the-word", { word = it.word }) else it.text
end

local function tell(cx, event, it)
  if not may(told_lately, event.room, event.at, A_MINUTE, 60) or not may(new, event.room, event.at, MOST_NEW, HOUR) then
    return
  end
  cx.store:set(person_key(event.identity), { told = event.at }, cx.option.again)
  cx:private(text_of(cx, it))
end

local function give_voice(cx, event, person)
  if not person.silenced or SILENCED_FOR <= event.at - person.silenced then
    cx:voice(event.nick, cx.t("has-accepted"))
  end
end

local function on_join(cx, event)
  local it = rules(cx)
  if not it or event.affiliation ~= "none" or event.role == "moderator" then
    return
  end
  local person = cx.store:get(person_key(event.identity))
  if person and person.accepted and event.role == "visitor" and cx.option.voice then
    give_voice(cx, event, person)
  elseif not person then
    tell(cx, event, it)
  end
end

-- Somebody's voice was taken or given. It is not to be had back by leaving and coming back, which is what the server
-- forgets it by.
local function on_role(cx, event)
  local is_silenced = event.role == "visitor"
  if event.affiliation ~= "none" or not cx.option.voice or not rules(cx) then
    return
  end
  local person = cx.store:get(person_key(event.identity)) or {}
  if is_silenced or person.silenced then
    person.silenced = if is_silenced then event.at else nil
    cx.store:set(person_key(event.identity), person, cx.option.accepted_for)
  end
end

-- Somebody said something: perhaps the word.
local function on_word(cx, event)
  local it = rules(cx)
  if not it or not it.word or 200 < #event.body or cx.text.key(event.body) ~= it.word then
    return
  end
  local person = cx.store:get(person_key(event.identity))
  if person and person.accepted then
    return
  end
  person = { told = event.at, accepted = event.at, silenced = person and person.silenced }
  cx.store:set(person_key(event.identity), person, cx.option.accepted_for)
  if cx.option.voice and event.role == "visitor" then
    give_voice(cx, event, person)
  end
  cx:private(cx.t("thank-you"))
end

-- The word is a command as well, so that whoever says it in private is not told that there is no such command.
local function nothing() end

local function show(cx)
  local it = rules(cx)
  cx:reply(if it then text_of(cx, it) else cx.t("none"))
end

local function clean(cx, given)
  local lines = {}
  for line in string.gmatch(given, "[^\n]+") do
    local plain = cx.text.plain(line, SHOWN)
    if plain ~= "" and #lines < MOST_LINES then
      table.insert(lines, plain)
    end
  end
  local text = table.concat(lines, "\n")
  return if cx.text.len(text) <= SHOWN then text else nil
end

local function set(cx, args)
  local text = clean(cx, args.text)
  if not text or text == "" then
    return cx:reply(cx.t("too-long", { n = SHOWN }))
  end
  local before = rules(cx)
  cx.store:set("rules", { text = text, word = before and before.word })
  cx:reply(cx.t("is-set"))
end

local function set_word(cx, args)
  local it, word = rules(cx), cx.text.key(cx.text.plain(args.word, 40))
  if not it then
    return cx:reply(cx.t("none"))
  elseif word == "" or string.find(word, "%s") then
    return cx:reply(cx.t("one-word"))
  end
  if it.word then
    cx.store:delete("word:" .. it.word)
  end
  it.word = word
  cx.store:set("rules", it)
  cx.store:set("word:" .. word, true)
  cx:reply(cx.t("word-is-set", { word = word }))
end

local function off(cx)
  local it = rules(cx)
  if it and it.word then
    cx.store:delete("word:" .. it.word)
  end
  cx.store:delete("rules")
  cx:reply(cx.t("is-off"))
end

return {
  name = "rules",
  api = 1,
  description = { en = "Tells newcomers the rules of the room.", ru = "Рассказывает новичкам правила комнаты." },
  powers = { "store", "voice" },
  options = {
    again = {
      type = "duration",
      default = "30d",
      min = "1h",
      max = "3650d",
      help = { en = "After how long somebody is told again.", ru = "Через сколько рассказать человеку правила снова." },
    },
    accepted_for = {
      type = "duration",
      default = "365d",
      min = "1d",
      max = "3650d",
      help = { en = "For how long who accepted the rules is remembered.", ru = "Сколько помнить, кто принял правила." },
    },
    voice = {
      type = "boolean",
      default = false,
      help = {
        en = "Whether visitors who accept the rules get voice.",
        ru = "Получают ли гости голос, приняв правила.",
      },
    },
  },
  on = { join = on_join, role = on_role, message = on_word, private = on_word },
  commands = {
    {
      name = "rules",
      names = { ru = "правила" },
      aliases = { "устав" },
      level = 0,
      help = { en = "Tells the rules of this room.", ru = "Показывает правила комнаты." },
      examples = { { "rules", "This room has no rules." } },
      run = show,
    },
    {
      name = "rules set",
      names = { ru = "правила задать" },
      level = 20,
      args = { { "text", "rest", names = { ru = "текст" } } },
      help = { en = "Sets the rules, in several lines if you like.", ru = "Задаёт правила; можно в несколько строк." },
      examples = { { "rules set Be kind." }, { "правила задать Будьте добры." } },
      run = set,
    },
    {
      name = "rules word",
      names = { ru = "правила слово" },
      level = 20,
      args = { { "word", "rest", names = { ru = "слово" } } },
      help = { en = "Sets the word by which the rules are accepted.", ru = "Задаёт слово, которым принимают правила." },
      examples = { { "rules word agreed" }, { "правила слово согласен" } },
      run = set_word,
    },
    {
      name = "rules off",
      names = { ru = "правила снять" },
      level = 20,
      help = { en = "Takes the rules away.", ru = "Убирает правила." },
      run = off,
    },
    {
      name = "rules accept",
      names = { ru = "правила принять" },
      level = 0,
      kept_names = "word:",
      args = { { "word", "rest", optional = true, names = { ru = "слово" } } },
      help = {
        en = "The word that accepts the rules does it; say that.",
        ru = "Правила принимает особое слово: скажите его.",
      },
      run = nothing,
    },
  },
}
