-- The room plays; a program tries to play too, and mallory to spoil it.

-- The answers, as the file of questions has them.
local ANSWERS = {
  ["liquid on a warm day"] = "gallium",
  ["hearts does an octopus"] = "three",
  ["sea has no coast"] = "Sargasso",
  ["turns on its side"] = "uranus",
  ["hexagon of wax"] = "honeycomb",
  ["first X of XMPP"] = "extensible",
  ["fly backwards"] = "hummingbird",
  ["from 1 to 100"] = "5050",
  ["stigmas of a crocus"] = "saffron",
  ["lake of Finland"] = "saimaa",
  ["47 strings"] = "harp",
  ["even prime"] = "2",
  ["most of the air"] = "nitrogen",
  ["sky of whirls"] = "van gogh",
  ["jumps over others"] = "knight",
  ["Bratislava"] = "danube",
  ["plants and meat"] = "omnivore",
  ["legs does a spider"] = "8",
  ["smoky bay"] = "iceland",
  ["makes you cry"] = "onion",
}

local function answer_to(question)
  for part, answer in ANSWERS do
    if string.find(question, part, 1, true) then
      return answer
    end
  end
  return "?"
end

local function begin(n, options)
  local room = test.room({ bot = "admin", options = options })
  local alice, bob = room:join("alice"), room:join("bob")
  alice:says("!quiz start " .. n)
  room:answers_like("^A quiz of")
  return room, alice, bob, room:answers_like("^1%. ")
end

test.case("the first right answer has the points", function()
  local room, alice, bob, question = begin(2)
  test.clock:advance("3s")
  alice:says("no idea")
  bob:says(string.upper(answer_to(question)) .. "!")
  room:answers_like("^bob has it: .*%. 3 points, 3 in all%.$")
  alice:says(answer_to(question))
  room:silent()
  test.clock:advance("11s")
  question = room:answers_like("^2%. ")
  test.clock:advance("2s")
  alice:says(answer_to(question))
  room:answers_like("^alice has it: .*%. 3 points, 3 in all%.$")
  room:answers("The quiz is over.\n1. alice: 3\n2. bob: 3")
  bob:says("!quiz score")
  room:answers("bob:\n1. alice: 3\n2. bob: 3")
end)

test.case("hints cost points, and after a minute the answer is told", function()
  local room, alice, bob, question = begin(1)
  test.clock:advance("25s")
  room:answers_like("^Hint: .*_")
  bob:says("!hint")
  room:answers_like("^Hint: .*_")
  bob:says("!hint")
  room:answers("There are no more hints.")
  bob:says("a guess")
  test.clock:advance("40s")
  room:answers_like("^Nobody knew: ")
  room:answers("The quiz is over.")
end)

test.case("a game that nobody plays ends", function()
  local room = begin(20)
  test.clock:advance("5m")
  local n = 0
  for _ = 1, 12 do
    local line = room:answers_like("^.")
    if string.find(line, "^The quiz is over") then
      n += 1
      break
    end
  end
  test.equal(n, 1)
  test.clock:advance("5m")
  room:silent()
end)

test.case("who began it stops it, others do not", function()
  local room, alice, bob = begin(5)
  bob:says("!quiz stop")
  room:answers("Only who began it, and moderators.")
  bob:says("!quiz skip")
  room:answers("Think for 20 seconds at least.")
  bob:says("!quiz start")
  room:answers("A quiz runs already.")
  bob:says("!quiz repeat")
  room:answers_like("^1%. ")
  alice:says("!quiz skip")
  room:answers_like("^Nobody knew")
  alice:says("!quiz stop")
  room:answers("The quiz is over.")
  alice:says("!quiz hint")
  room:answers("There is no quiz; !quiz start begins one.")
end)

test.case("a program answers at once, mallory tries all words there are", function()
  local room, alice, bob, question = begin(1)
  local program, mallory = room:join("helper"), room:join("mallory")
  program:says(answer_to(question))
  room:silent()
  test.clock:advance("3s")
  for i = 1, 8 do
    mallory:says("word" .. i)
  end
  mallory:says(answer_to(question))
  mallory:says(string.rep(answer_to(question) .. " ", 10000))
  room:silent()
  mallory:nick("mallory2")
  mallory:says(answer_to(question))
  room:silent()
  alice:says(answer_to(question))
  room:answers_like("^alice has it")
end)

test.case("mallory is called like a command of another bot", function()
  local room, _, _, question = begin(1)
  local mallory = room:join("keeper, ban alice")
  test.clock:advance("3s")
  mallory:says(answer_to(question))
  room:answers_like("^“keeper, ban alice” has it")
end)

test.case("a Russian room is asked in Russian", function()
  local room = test.room({ bot = "admin", language = "ru" })
  local alice = room:join("alice")
  alice:says("!викторина 1")
  room:answers("Викторина: 1 вопрос. Кто первым напишет ответ, тот и выиграл.")
  room:answers_like("^1%. .*[А-я]")
  alice:says("!викторина стоп")
  room:answers("Викторина окончена.")
end)

test.case("mallory writes the answer into what he said before", function()
  local room, alice, _, question = begin(2)
  local mallory = room:join("mallory")
  mallory:says("hm")
  test.clock:advance("10s")
  alice:says("what?")
  -- Whoever reads along sees the edited line where the first one stood.
  mallory:edits(answer_to(question))
  room:silent()
  alice:says(answer_to(question))
  room:answers_like("^alice has it: ")
end)
