-- Turns text typed in the wrong keyboard layout: `!turn ghbdtn` is привет, `!turn` alone turns what you said last.

local LATIN = [[`1234567890-=qwertyuiop[]asdfghjkl;'\zxcvbnm,./~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"|ZXCVBNM<>?]]
local CYRILLIC = [[ё1234567890-=йцукенгшщзхъфывапролджэ\ячсмитьбю.Ё!"№;%:?*()_+ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭ/ЯЧСМИТЬБЮ,]]
local SHOWN = 500
-- What was said last by so many people is remembered, until then the plugin forgets it all.
local MOST_PEOPLE = 2000

local to_cyrillic, to_latin = {}, {}
local is_latin, is_cyrillic = {}, {}
local last, n_people = {}, 0

local function letters(text)
  local found = {}
  for _, code in utf8.codes(text) do
    table.insert(found, utf8.char(code))
  end
  return found
end

local function read_layouts()
  local from, to = letters(LATIN), letters(CYRILLIC)
  for i, key in from do
    to_cyrillic[key], to_latin[to[i]] = to[i], key
    is_latin[key] = string.find(key, "^%a$") ~= nil
    is_cyrillic[to[i]] = 127 < string.byte(to[i])
  end
end
read_layouts()

-- The direction is that of most letters.
local function turn(text)
  local signs = letters(text)
  local n_latin, n_cyrillic = 0, 0
  for _, sign in signs do
    n_latin += if is_latin[sign] then 1 else 0
    n_cyrillic += if is_cyrillic[sign] then 1 else 0
  end
  local map = if n_cyrillic < n_latin then to_cyrillic else to_latin
  for i, sign in signs do
    signs[i] = map[sign] or sign
  end
  return table.concat(signs)
end

local NAMES = { "turn", "раскладка", "егкт" }

-- Whether this asks for a turn: that is not what is to be turned.
local function is_command(body)
  for _, name in NAMES do
    if string.find(body, "^" .. name .. "%f[%s\0]") or string.find(body, "%f[^%s:,!]" .. name .. "$") or body == name then
      return true
    end
  end
  return false
end

local function remember(cx, event)
  if is_command(cx.text.key(event.body)) then
    return
  end
  local key = event.room .. " " .. event.identity
  if last[key] == nil then
    if MOST_PEOPLE <= n_people then
      last, n_people = {}, 0
    end
    n_people += 1
  end
  last[key] = cx.text.plain(event.body, SHOWN)
end

local function run(cx, args)
  local text = if args.text then cx.text.plain(args.text, SHOWN) else last[(cx.room or "") .. " " .. cx.identity]
  if not text or text == "" then
    return cx:reply(cx.t("nothing-said", { prefix = cx.prefix }))
  end
  cx:reply(turn(text))
end

return {
  name = "turn",
  api = 1,
  description = { en = "Turns text typed in the wrong layout.", ru = "Исправляет текст не в той раскладке." },
  on = { message = remember },
  commands = {
    {
      name = "turn",
      names = { ru = "раскладка" },
      aliases = { "егкт" },
      args = { { "text", "rest", optional = true, names = { ru = "текст" } } },
      direct = true,
      help = {
        en = "Turns a text, or what you said last, from the English layout to the Russian or back.",
        ru = "Переводит текст или вашу последнюю реплику из английской раскладки в русскую и обратно.",
      },
      examples = { { "turn ghbdtn", "привет" }, { "turn руддщ", "hello" } },
      run = run,
    },
  },
}
