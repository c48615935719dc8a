-- Notes of a room: `!note wifi = seven-roses`, `!note wifi`, `!notes`.

local shelf = require("shelf")

local MODERATOR = 15

-- Lines are kept, since a note may be a list; signs that steer writing are not.
local function clean(cx, text)
  local lines = {}
  for line in string.gmatch(text, "[^\n]+") do
    local plain = cx.text.plain(line, cx.option.length)
    if plain ~= "" and #lines < 10 then
      table.insert(lines, plain)
    end
  end
  return cx.text.len(table.concat(lines, "\n")) <= cx.option.length and table.concat(lines, "\n") or nil
end

local function may_change(cx, note)
  return note == nil or note.owner == cx.identity or MODERATOR <= cx.event.level
end

-- How many notes of the room are this person's.
local function n_own(cx, keys)
  local n = 0
  for _, key in keys do
    local note = shelf.get(cx, key)
    n += if note and note.owner == cx.identity then 1 else 0
  end
  return n
end

local function refusal(cx, note, text)
  if cx.event.level < cx.option.level then
    return "may-not-write"
  elseif not text or text == "" then
    return "too-long"
  elseif not may_change(cx, note) then
    return "not-yours"
  elseif note then
    return nil
  end
  local keys = shelf.keys(cx)
  if cx.option.most <= #keys then
    return "too-many"
  elseif cx.option.most_own <= n_own(cx, keys) then
    return "too-many-own"
  end
  return nil
end

local function write(cx, key, given)
  local note, text = shelf.get(cx, key), clean(cx, given)
  local why = refusal(cx, note, text)
  if why then
    return cx:reply(cx.t(why, { level = cx.option.level, n = cx.option.length, own = cx.option.most_own }))
  end
  shelf.put(cx, key, text)
  cx:reply(cx.t(if note then "changed" else "written", { key = key }))
end

local function read(cx, key)
  local note = shelf.get(cx, key)
  if not note then
    return cx:reply(cx.t("no-such", { key = key }))
  end
  -- What follows the first line stands in, so that none looks like somebody else's.
  cx:reply(key .. ": " .. string.gsub(note.versions[1].text, "\n", "\n   "))
end

local function note(cx, args)
  local at = string.find(args.note, "=", 1, true)
  local key = shelf.key(cx, if at then string.sub(args.note, 1, at - 1) else args.note)
  if not key then
    return cx:reply(cx.t("how", { prefix = cx.prefix }))
  elseif at then
    return write(cx, key, string.sub(args.note, at + 1))
  end
  read(cx, key)
end

local function list(cx)
  local keys = shelf.keys(cx)
  cx:reply(if #keys == 0 then cx.t("none") else cx.t("list", { keys = table.concat(keys, ", ") }))
end

local function delete(cx, args)
  local key = shelf.key(cx, args.key)
  local it = key and shelf.get(cx, key)
  if not it then
    return cx:reply(cx.t("no-such", { key = key or "" }))
  elseif not may_change(cx, it) then
    return cx:reply(cx.t("not-yours"))
  end
  shelf.drop(cx, key)
  cx:reply(cx.t("deleted", { key = key }))
end

local function history(cx, args)
  local key = shelf.key(cx, args.key)
  local it = key and shelf.get(cx, key)
  if not it then
    return cx:reply(cx.t("no-such", { key = key or "" }))
  end
  local lines = {}
  for _, version in it.versions do
    local at = cx.time.format(version.at, "%Y-%m-%d %H:%M", cx.time.zone())
    table.insert(lines, `{at} {version.nick}: {cx.text.plain(version.text, 100)}`)
  end
  cx:private(table.concat(lines, "\n"))
end

return {
  name = "notes",
  api = 1,
  description = { en = "Keeps notes of a room.", ru = "Хранит заметки комнаты." },
  powers = { "store" },
  options = {
    level = {
      type = "number",
      default = 11,
      min = 10,
      max = 30,
      help = { en = "The level that writing a note takes.", ru = "С какого уровня можно писать заметки." },
    },
    most = {
      type = "number",
      default = 200,
      min = 1,
      max = 500,
      help = { en = "How many notes a room has.", ru = "Сколько заметок может быть у комнаты." },
    },
    most_own = {
      type = "number",
      default = 30,
      min = 1,
      max = 500,
      help = { en = "How many of them are one person's.", ru = "Сколько из них может быть у одного человека." },
    },
    length = {
      type = "number",
      default = 1000,
      min = 50,
      max = 3000,
      help = { en = "How many characters a note has.", ru = "Сколько знаков может быть в заметке." },
    },
    keep = {
      type = "duration",
      default = "1000d",
      min = "1d",
      help = {
        en = "After how long a note that nobody changes is forgotten.",
        ru = "Через сколько забывать заметку, которую никто не меняет.",
      },
    },
  },
  commands = {
    {
      name = "note",
      names = { ru = "заметка" },
      args = { { "note", "rest", names = { ru = "заметка" } } },
      help = {
        en = "Shows a note, or writes one: key = text.",
        ru = "Показывает заметку или записывает её: ключ = текст.",
      },
      examples = { { "note wifi", "There is no note wifi." } },
      run = note,
    },
    {
      name = "notes",
      names = { ru = "заметки" },
      aliases = { "note list" },
      help = { en = "Lists the notes of this room.", ru = "Показывает список заметок комнаты." },
      examples = { { "notes", "There are no notes here." } },
      run = list,
    },
    {
      name = "note del",
      names = { ru = "заметка удалить" },
      args = { { "key", "rest", names = { ru = "ключ" } } },
      help = { en = "Deletes a note of yours; moderators any.", ru = "Удаляет вашу заметку; модераторы — любую." },
      examples = { { "note del wifi" } },
      run = delete,
    },
    {
      name = "note history",
      names = { ru = "заметка история" },
      args = { { "key", "rest", names = { ru = "ключ" } } },
      help = { en = "Tells who wrote a note and what it was.", ru = "Показывает, кто и что писал в заметке." },
      examples = { { "note history wifi" } },
      run = history,
    },
  },
}
