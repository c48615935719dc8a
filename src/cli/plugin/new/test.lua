test.case("greets whoever asks", function()
  local room = test.room()
  local alice = room:join("alice")
  alice:says "!NAME"
  room:answers "Hello, alice!"
end)

test.case("greets in Russian where Russian is spoken", function()
  local room = test.room { language = "ru" }
  local alice = room:join("alice")
  alice:says "!NAME bob"
  room:answers "Здравствуйте, bob!"
  room:silent()
end)
