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

-- Puts the arguments in. The body is split before that, so that no argument is ever a command of its own.
function reading.fill(command, values)
  local names = { nick = values.nick, ["ник"] = values.nick, room = values.room }
  local filled = string.gsub(command, "%$(%d)", function(n)
    return values.words[tonumber(n)] or ""
  end)
  filled = string.gsub(filled, "%$%*", function()
    return values.all
  end)
  for name, value in names do
    filled = string.gsub(filled, "%$" .. name, function()
      return value
    end)
  end
  return (string.match(filled, "^%s*(.-)%s*$"))
end

return reading
