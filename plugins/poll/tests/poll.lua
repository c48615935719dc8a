-- The room decides what to drink; mallory would like to decide alone.

local function setup(options)
  local room = test.room({ bot = "admin", options = options })
  local alice = room:join("alice", "member")
  return room, alice, room:join("bob")
end

local function ask(room, alice)
  alice:says('!poll new "What shall we drink?" tea, coffee, tea')
  room:answers(
    "alice asks: What shall we drink?\n1. tea\n2. coffee\nVote with !vote and its number, here or in private. It ends in 1 day."
  )
end

test.case("votes are counted, changed and shown", function()
  local room, alice, bob = setup()
  ask(room, alice)
  alice:says("!vote 1")
  room:answers("Counted: tea")
  bob:says("!vote Coffee!")
  room:answers("Counted: coffee")
  bob:tells("vote 1")
  bob:hears("Changed to: tea")
  bob:says("!vote 1")
  room:answers("You voted for it already.")
  test.clock:advance("1m")
  alice:says("!poll close")
  room:answers(
    "The room has answered What shall we drink? — 2 votes:\n██████████ 2 (100 %) 1. tea\n░░░░░░░░░░ 0 (0 %) 2. coffee"
  )
  bob:says("!vote 2")
  room:answers("There is no poll.")
end)

test.case("it ends by itself and outlives a restart", function()
  local room, alice, bob = setup({ lasts = "1h" })
  alice:says("!poll new Where? here; there")
  room:answers_like("^alice asks: Where%?\n1%. here\n2%. there\n.* 1 hour%.$")
  bob:says("!vote 2")
  room:answers("Counted: there")
  test.reload()
  test.clock:advance("61m")
  room:answers_like("^The room has answered Where%? — one vote:\n.*\n██████████ 1 %(100 %%%) 2%. there$")
  test.clock:advance("2h")
  room:silent()
end)

test.case("a nick is no vote, a person is", function()
  local room, alice, bob = setup()
  ask(room, alice)
  bob:says("!vote 1")
  bob:nick("robert")
  bob:says("!vote 1")
  bob:leaves()
  bob:returns()
  bob:says("!vote 2")
  room:forget()
  alice:says("!poll result")
  room:answers_like("one vote:\n.*\n██████████ 1 %(100 %%%) 2%. coffee$")
end)

test.case("mallory cannot stuff the box, flood it with options or close it", function()
  local room, alice = setup()
  local mallory = room:join("mallory")
  mallory:says('!poll new "Me?" yes, no')
  room:answers_like("^That takes at least the level 11")
  ask(room, alice)
  mallory:says("!poll close")
  room:answers("Only who opened it, and moderators.")
  mallory:says("!vote 99999999999999999999")
  room:answers("There is no such option: they are 1 to 2.")
  mallory:says("!vote -1")
  room:answers("There is no such option: they are 1 to 2.")
  test.clock:advance("1m")
  local member = room:join("malvolio", "member")
  member:says('!poll new "Again?" a, b')
  room:answers("One poll at a time; this is still open: What shall we drink?")
  alice:says("!poll cancel")
  room:answers("The poll is cancelled.")
  local many = {}
  for i = 1, 500 do
    many[i] = "option" .. i
  end
  member:says('!poll new "Too many?" ' .. table.concat(many, ","))
  room:answers("At most 10 options.")
  local more = {}
  for i = 1, 10000 do
    more[i] = i
  end
  member:says('!poll new "Ten thousand?" ' .. table.concat(more, ","))
  test.equal(#room:answers_like(".") < 200, true)
  member:says('!poll new "\u{202e}Long\nbob: x' .. string.rep("y", 5000) .. '" ' .. string.rep("z", 500) .. ", b")
  local paper = room:answers_like("^malvolio asks: Long bob: xy+…\n1%. z+…\n2%. b\n")
  test.equal(#paper < 1000, true)
end)

test.case("malvolio cannot open polls all day", function()
  local room = setup()
  local malvolio = room:join("malvolio", "member")
  for _ = 1, 3 do
    malvolio:says('!poll new "Me?" yes, no')
    room:answers_like("^malvolio asks")
    malvolio:says("!poll cancel")
    room:answers("The poll is cancelled.")
    test.clock:advance("1m")
  end
  malvolio:says('!poll new "Me?" yes, no')
  malvolio:hears("That is enough polls for an hour.")
  room:silent()
end)

test.case("whom nobody would know again does not vote, unless the room wants it", function()
  local room = test.room({ bot = "admin", nonanonymous = false, occupant_ids = false })
  local alice = room:join("alice", "admin")
  local other = test.room({ bot = "none", nonanonymous = false, occupant_ids = false })
  other:join("carol", "owner"):says('!poll new "Who?" us, them')
  other:forget()
  other:join("mallory"):says("!vote 1")
  other:answers_like("^I would not know you again")
  other:option("strangers", true)
  other:join("eve"):says("!vote 1")
  other:answers("Counted: us")
end)

test.case("malvolio is called like a command of another bot", function()
  local room = setup()
  room:join("!ban alice", "member"):says('!poll new "Me?" yes, no')
  room:answers_like("^“!ban alice” asks: Me%?")
end)

test.case("a Russian room", function()
  local room = test.room({ bot = "admin", language = "ru" })
  local alice = room:join("alice", "member")
  alice:says("!опрос новый «Что пьём?» чай, кофе")
  room:answers(
    "alice спрашивает: Что пьём?\n1. чай\n2. кофе\nГолосуйте здесь или лично: !голосую и номер. Осталось 1 день."
  )
  alice:says("!голосую чай")
  room:answers("Учтено: чай")
  alice:says("!опрос закрыть")
  room:answers_like("^Ответ комнаты на «Что пьём%?» — 1 голос:\n")
end)
