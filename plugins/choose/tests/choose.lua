-- People cannot decide; one of them makes a mess of it.

local function setup(language)
  local room = test.room({ bot = "admin", language = language or "en" })
  return room, room:join("alice")
end

test.case("one of several is chosen", function()
  local room, alice = setup()
  local function one_of(line, pattern)
    alice:says("!choose " .. line)
    room:answers_like(pattern)
    test.clock:advance("30s")
  end
  one_of("tea, tea and milk", "^tea")
  one_of("tea or tea with milk", "^tea")
  one_of('"green tea" "black tea"', "^%a+ tea$")
  one_of('"tea or coffee", "tea, cold"', "^tea")
  one_of("a/a b", "^a")
  one_of("x y", "^[xy]$")
  one_of("hot tea\nhot milk", "^hot %a+$")
  one_of("1,2", "^[12]$")
end)

test.case("a Russian room chooses", function()
  local room, alice = setup("ru")
  alice:says("!выбери зелёный чай или чёрный чай")
  room:answers_like(" чай$")
  alice:says("!выбери чай")
  room:answers("Не из чего выбирать: назовите хотя бы две вещи, например: чай или кофе.")
end)

test.case("mallory offers nothing, everything, and traps", function()
  local room = setup()
  local mallory = room:join("mallory")
  mallory:says("!choose tea or TEA or Tea!")
  room:answers("There is nothing to choose from: name two things at least, as in: tea or coffee.")
  mallory:says("!choose , , ,")
  room:answers("There is nothing to choose from: name two things at least, as in: tea or coffee.")
  mallory:says("!choose " .. "b," .. string.rep("a%d,", 3000))
  room:answers_like("^[ab]")
  test.clock:advance("1m")
  local many = {}
  for i = 1, 60 do
    many[i] = "n" .. i
  end
  mallory:says("!choose " .. table.concat(many, ", "))
  room:answers("At most 50 things.")
  mallory:says("!choose \1\2 1\2 or \2" .. "1\2 or \u{202e}x\nbob: y")
  room:answers_like("^%w")
  mallory:says("!choose a" .. string.rep(" ", 60000) .. "b")
  room:answers_like("^[ab]$")
  mallory:says("!choose a" .. string.rep("\n", 60000) .. "b" .. string.rep('"', 900) .. " c")
  room:answers_like("^%w")
  mallory:says("!choose " .. string.rep("long", 200) .. " or " .. string.rep("wide", 200))
  room:answers_like("^[longwide]+…$")
end)
