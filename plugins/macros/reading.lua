-- What a macro is made of: commands with `&&` between, in which `$1`, `$*` and `$nick` stand for what comes with the call.

local reading = {}

-- The commands of a body, one by one.
function reading.commands(body)
  local found = {}
  for _, part in string.split(body, "&&") do
    local command = string.match(part, "^%s*(.-)%s*$")
    if command ~= "" then
      table.insert(found, command)
    end
  end
  return found
end

-- The words of a call, with those in quotes as one.
function reading.words(text)
  local words, rest = {}, text
  while true do
    rest = string.gsub(rest, "^%s+", "")
    if rest == "" then
      return words
    end
    local word, after = string.match(rest, '^"([^"]*)"(.*)$')
    if not word then
      word, after = string.match(rest, "^(%S+)(.*)$")
    end
    table.insert(words, word)
    rest = after
  end
end

-- Puts the arguments in, in one pass: what is put in is never looked at again. The body is split before that, so that no
-- argument is ever a command of its own.
function reading.fill(command, values)
  local names = { nick = values.nick, ["ник"] = values.nick, room = values.room }
  local filled = string.gsub(command, "%$(%*?)(%d?)([%a\128-\255]*)", function(star, digit, word)
    if star ~= "" then
      return values.all .. digit .. word
    elseif digit ~= "" then
      return (values.words[tonumber(digit)] or "") .. word
    end
    return names[word]
  end)
  return (string.match(filled, "^%s*(.-)%s*$"))
end

return reading
