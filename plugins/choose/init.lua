-- Chooses for people: `!choose tea, coffee or juice`.

local MOST = 50
local SHOWN = 150
local MOST_CHARS = 4000

-- Each line without what steers writing, its blanks one by one: the patterns below would run on over long gaps. Marks that
-- stand for ends and quotes there are nobody's to type.
local function tidy(cx, text)
  local narrow = string.gsub(text, "[ \t\r]+", " ")
  local lines = string.split(cx.text.cut(narrow, MOST_CHARS), "\n")
  for i, line in lines do
    lines[i] = cx.text.plain(line, MOST_CHARS)
  end
  return table.concat(lines, "\1")
end

-- One kind of quotes instead of many, so that the rest need not know them.
local function straight(text)
  for _, mark in { "«", "»", "“", "”", "„" } do
    text = string.gsub(text, mark, '"')
  end
  return text
end

-- Where options end: commas, `or`, `или`, or only blanks.
local function parts(text)
  local marked = string.gsub(text, "%s+или%s+", "\1")
  marked = string.gsub(marked, "%s+[oO][rR]%s+", "\1")
  marked = string.gsub(marked, "%s*[;|/]%s*", "\1")
  marked = string.gsub(marked, "%s*,%s+", "\1")
  if not string.find(marked, "\1", 1, true) then
    marked = string.gsub(marked, ",", "\1")
  end
  if not string.find(marked, "\1", 1, true) then
    marked = string.gsub(marked, "%s+", "\1")
  end
  return string.split(marked, "\1")
end

-- What is in quotes stays one option, whatever is in it.
local function options(text)
  local kept = {}
  text = string.gsub(straight(text), '"([^"]+)"', function(inner)
    table.insert(kept, inner)
    return "\2" .. #kept .. "\2"
  end)
  text = string.gsub(text, "\2%s+\2", "\2\1\2")
  local found = parts(text)
  for i, it in found do
    found[i] = string.gsub(it, "\2(%d+)\2", function(n)
      return kept[tonumber(n)]
    end)
  end
  return found
end

-- The options as they are shown, each once, without those that say nothing.
local function distinct(cx, given)
  local seen, found = {}, {}
  for _, it in given do
    local shown = cx.text.plain(it, SHOWN)
    local key = cx.text.key(shown)
    if key ~= "" and not seen[key] then
      seen[key] = true
      table.insert(found, shown)
    end
  end
  return found
end

local function choose(cx, args)
  local found = distinct(cx, options(tidy(cx, args.options)))
  if MOST < #found then
    return cx:reply(cx.t("too-many", { most = MOST }))
  end
  if #found < 2 then
    return cx:reply(cx.t("nothing-to-choose"))
  end
  cx:reply(found[cx.random(#found)])
end

return {
  name = "choose",
  api = 1,
  description = { en = "Chooses one of several things.", ru = "Выбирает из нескольких вещей одну." },
  commands = {
    {
      name = "choose",
      names = { ru = "выбери" },
      aliases = { "pick", "выбрать" },
      args = { { "options", "rest", names = { ru = "варианты" } } },
      help = {
        en = "Chooses one of what you name, with commas, `or` or quotes between.",
        ru = "Выбирает одно из названного: через запятую, «или» или в кавычках.",
      },
      examples = { { "choose tea or tea or coffee" }, { "выбери чай или чай или кофе" } },
      run = choose,
    },
  },
}
