-- What can be written here, with an example of each word: plugins/api/luau/REFERENCE.md in the sources of domovoi.
return {
  name = "NAME", api = 1,
  description = { en = "Greets people.", ru = "Здоровается с людьми." },
  commands = {
    {
      name = "NAME",
      help = { en = "Greets you, or whom you name.", ru = "Здоровается с вами или с тем, кого вы назовёте." },
      args = { { "whom", "rest", optional = true } },
      examples = { { "NAME", "Hello, alice!" }, { "NAME bob", "Hello, bob!" } },
      run = function(cx, args)
        cx:reply(cx.t("NAME-hello", { whom = args.whom or cx.nick }))
      end,
    },
  },
}
