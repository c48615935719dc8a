-- Reads `"what shall we drink?" tea, coffee, juice` into a question and its options.

local reading = {}

local function straight(text)
  for _, mark in { "«", "»", "“", "”", "„" } do
    text = string.gsub(text, mark, '"')
  end
  return text
end

-- The question in quotes, or up to its question mark, or the first line.
local function question_of(text)
  for _, pattern in { '^%s*"([^"]+)"%s*(.*)$', "^%s*([^?\n]+%?)%s*(.*)$", "^%s*([^\n]+)\n(.*)$" } do
    local question, rest = string.match(text, pattern)
    if question then
      return question, rest
    end
  end
end

-- Gives the question and a list of options, each once; nil if there is no telling them apart.
function reading.poll(cx, text)
  local question, rest = question_of(straight(text))
  if not question then
    return nil
  end
  local by = if string.find(rest, "\n", 1, true) then "\n" elseif string.find(rest, ";", 1, true) then ";" else ","
  local options, seen = {}, {}
  for _, part in string.split(rest, by) do
    local shown = cx.text.plain(string.gsub(part, '"', ""), cx.option.option_chars)
    local key = cx.text.key(shown)
    if key ~= "" and not seen[key] then
      seen[key] = true
      table.insert(options, shown)
    end
  end
  return cx.text.plain(question, 200), options
end

-- The option that a vote means: its number, or its words.
function reading.option(cx, poll, given)
  local number = tonumber(string.match(given, "^%s*#?(%d+)[.)]?%s*$"))
  if number then
    return if poll.options[number] then number else nil
  end
  local wanted = cx.text.key(given)
  for i, it in poll.options do
    if cx.text.key(it) == wanted then
      return i
    end
  end
end

return reading
