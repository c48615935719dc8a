//! Loading: what a plugin says of itself, and every mistake at once.

use domovoi_plugin::{ArgKind, Level, OptionKind, PluginName, Power, grammar};

use super::super::{LuaPlugin, code::Code, limits::Limits, shape::Shape};

pub(super) fn code(name: &str, text: &str) -> Code {
    Code::of_text(PluginName::new(name).unwrap(), text)
}

pub(super) async fn plugin(name: &str, text: &str) -> LuaPlugin {
    let limits = Limits { handler: std::time::Duration::from_millis(100), ..Limits::default() };
    LuaPlugin::of_code(code(name, text), limits).await.unwrap()
}

async fn shape(text: &str) -> Shape {
    plugin("hello", text).await.shape().clone()
}

async fn mistakes(text: &str) -> Vec<String> {
    match LuaPlugin::of_code(code("hello", text), Limits::default()).await {
        Ok(_) => panic!("nothing wrong with {text}"),
        Err(mistakes) => mistakes,
    }
}

pub(super) const HELLO: &str = r#"return {
  name = "hello", api = 1,
  commands = { { name = "hello", help = "Greets you.", run = function(cx, args)
    cx:reply("hello, " .. cx.nick)
  end } },
}
"#;

#[tokio::test]
async fn seven_lines_are_a_plugin() {
    let shape = shape(HELLO).await;
    let manifest = &shape.manifest;
    assert_eq!(manifest.name.as_str(), "hello");
    assert_eq!(manifest.powers, [Power::Say, Power::Private]);
    assert!(!manifest.is_bundled && !manifest.is_on_by_default);
    assert_eq!(manifest.commands[0].name, "hello");
    assert_eq!(manifest.commands[0].level, Level::PARTICIPANT);
    assert_eq!(manifest.commands[0].help, "Greets you.");
}

#[tokio::test]
async fn a_whole_table_becomes_a_manifest() {
    let shape = shape(
        r#"return {
        name = "hello", api = 1, description = { en = "Says {hello} \"you\".", ru = "Здоровается." },
        powers = { "kick", "store" }, flagged = true,
        options = {
          text = { type = "string", default = "hi", max = 20, help = "What." },
          times = { type = "number", default = 3, min = 1, max = 9 },
          loud = { type = "boolean" },
          wait = { type = "duration", default = "10s", min = "1s", max = "1h" },
          how = { type = "choice", choices = { "fast", "slow" }, default = "slow" },
        },
        commands = { {
          name = "greet", names = { ru = "привет" }, aliases = { "hi" }, level = 15, help = "x",
          args = { { "who", "nick" }, { "n", "number", min = 1, max = 5 }, { "text", "rest", optional = true } },
          examples = { { "greet bob 2 hey", "hey, bob" } }, run = function() end,
        } },
        on = { message = function() end, join = function() end },
        guard = function() end,
        every = { ["10m"] = function() end }, cron = { ["0 9 * * 1-5"] = function() end },
      }"#,
    )
    .await;
    let manifest = &shape.manifest;
    assert_eq!(manifest.powers, [Power::Say, Power::Private, Power::Kick, Power::Store, Power::Schedule]);
    let command = &manifest.commands[0];
    assert_eq!((command.names, command.aliases), (&[("ru", "привет")][..], &["hi"][..]));
    let kinds: Vec<ArgKind> = command.args.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [ArgKind::Nick, ArgKind::Number { min: 1, max: 5 }, ArgKind::Rest]);
    let times = manifest.options.iter().find(|it| it.name == "times").unwrap();
    assert_eq!((&times.kind, times.default), (&OptionKind::Number { min: 1, max: 9 }, "3"));
    assert_eq!(manifest.options.len(), 5);
    assert_eq!(shape.events, ["join", "message"]);
    let example = &shape.examples[0];
    assert_eq!((example.typed.as_str(), example.answer.as_deref()), ("greet bob 2 hey", Some("hey, bob")));
    let mut schedules: Vec<&str> = manifest.schedules.iter().map(|it| it.name).collect();
    schedules.sort_unstable();
    assert_eq!(schedules, ["cron 0 9 * * 1-5", "every 10m"]);
    assert!(shape.has_guard && manifest.wants_flagged);
    let words = crate::i18n::words(Some(manifest));
    let key = domovoi_plugin::Text::key(manifest.description);
    assert_eq!(words.translate("en", &key), "Says {hello} \"you\".");
    assert_eq!(words.translate("ru", &key), "Здоровается.");
}

#[tokio::test]
async fn what_people_read_is_said_in_several_languages() {
    let shape = shape(
        r#"return { name = "hello", api = 1,
        options = {
            text = { help = { en = "What to say.", ru = "Что сказать." } },
            times = { type = "number", help = "How often." },
        },
        commands = { {
            name = "greet", names = { ru = "привет" }, run = print or error,
            args = { { "whom", "nick", names = { ru = "кого", de = "wen" } }, { "text", "rest", optional = true } },
            examples = { { "greet bob" }, { "привет bob как дела" }, { "greet carol" } },
        } } }"#,
    )
    .await;
    let (manifest, words) = (&shape.manifest, crate::i18n::words(Some(&shape.manifest)));
    let help = |lang: &str, n: usize| words.translate(lang, &domovoi_plugin::Text::key(manifest.options[n].help));
    assert_eq!((help("en", 0), help("ru", 0)), ("What to say.".to_owned(), "Что сказать.".to_owned()));
    assert_eq!((help("en", 1), help("ru", 1)), ("How often.".to_owned(), "How often.".to_owned()));
    let spec = &manifest.commands[0];
    for (lang, usage, example) in [
        ("en", "greet <whom> [text]", "greet bob"),
        ("ru", "привет <кого> [text]", "привет bob как дела"),
        ("de", "greet <wen> [text]", "greet bob"),
    ] {
        assert_eq!(grammar::usage(spec, lang, words.as_ref()), usage);
        assert_eq!(grammar::example_in(spec, lang), example);
    }
    let langs: Vec<_> = shape.examples.iter().map(|it| it.lang).collect();
    assert_eq!(langs, [None, Some("ru"), None], "each is tried in a room of its language");
}

#[tokio::test]
async fn an_argument_of_one_name_is_called_the_same_everywhere() {
    let told = mistakes(
        r#"return { name = "hello", api = 1, options = {
    text = { help = { [1] = "What to say." } },
  },
  commands = {
    { name = "a", run = print or error, args = { { "whom", "word", names = { ru = "кого" } } } },
    { name = "b", run = print or error, args = { { "whom", "word", names = { ru = "кого" } } } },
    { name = "c", run = print or error, args = { { "whom", "word", names = { ru = "кому" } } } },
    { name = "d", run = print or error, args = { { "to whom", "word", names = { ru = "кому" } } } },
    { name = "e", run = print or error, args = { { "what", "word", names = "что" } } },
  } }"#,
    )
    .await;
    let expected = [
        "plugins/hello/init.lua:2: `help` is a text, or a table such as { en = \"…\", ru = \"…\" }",
        "plugins/hello/init.lua:7: `whom` is called `кого` in another command: choose another name",
        "plugins/hello/init.lua:8: only an argument whose name is of a-z, 0-9, - and _ has others: `to whom`",
        "plugins/hello/init.lua:9: `names` must be a table, this is a string",
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn all_mistakes_are_told_at_once_with_their_lines() {
    let told = mistakes(
        r#"local help = "x"
return {
  name = "helo",
  api = 2,
  comands = {},
  powers = { "kik" },
  options = {
    text = { type = "sting" },
    n = { type = "number", default = 5, max = 3 },
  },
  on = { mesage = function() end },
  every = { ["5 parsecs"] = function() end },
  cron = {
    ["99 * * * *"] = function() end },
  commands = {
    { name = "Bad Name", run = function() end },
    { name = "good", levl = 3,
      level = 1000 },
    { name = "other", run = "x",
      args = { { "who", "nik" },
        { "a", "rest" }, { "b", "word" } } },
  },
}"#,
    )
    .await;
    let expected = [
        "plugins/hello/init.lua:3: the name is `helo`, the folder `hello`",
        "plugins/hello/init.lua:4: there is no version 2 of the API: write `api = 1`",
        "plugins/hello/init.lua:5: there is no `comands` here; did you mean `commands`?",
        "plugins/hello/init.lua:6: there is no power `kik`; did you mean `kick`?",
        "plugins/hello/init.lua:8: there is no type `sting`; did you mean `string`?",
        "plugins/hello/init.lua:9: the default does not fit: `5` is not a whole number from -9223372036854775808 to 3",
        "plugins/hello/init.lua:11: there is no `mesage` here; did you mean `message`?",
        "plugins/hello/init.lua:14: `99` is no minute: write *, a number from 0 to 59, 1-5, 1,3 or */2",
        "plugins/hello/init.lua:16: `Bad Name` cannot be typed as a command: lower case letters, digits and `-`, at most 64",
        "plugins/hello/init.lua:17: a command needs `run = function(cx, args) … end`",
        "plugins/hello/init.lua:17: there is no `levl` here; did you mean `level`?",
        "plugins/hello/init.lua:18: 1000 is no level: 0 visitor, 10 participant, 11 member, 15 moderator, 20 admin, 30 room owner, 100 bot owner",
        "plugins/hello/init.lua:19: `run` must be a function, this is a string",
        "plugins/hello/init.lua:20: there is no type `nik`; did you mean `nick`?",
        "plugins/hello/init.lua:21: nothing is left for `b`: `a` takes the rest of the line",
    ];
    for line in expected {
        assert!(told.iter().any(|it| it == line), "{line}\nis not in\n{}", told.join("\n"));
    }
    assert_eq!(told.len(), expected.len() + 1, "and one about parsecs: {told:#?}");
}

#[tokio::test]
async fn code_that_does_not_run_is_told_with_its_line() {
    let check = async |text: &str, start: &str| {
        let told = mistakes(text).await;
        assert!(told.len() == 1 && told[0].starts_with(start), "{told:?}");
    };
    check("return {\n name = \"hello\"\n api = 1 }", "plugins/hello/init.lua:3: ").await;
    check("local x = nil\nreturn x.y", "plugins/hello/init.lua:2: attempt to index nil").await;
    check("return 5", "plugins/hello/init.lua:1: a plugin returns a table").await;
    check("\nwhile true do end", "plugins/hello/init.lua:2: did not end within 1000 ms").await;
    check("require('other')", "plugins/hello/init.lua:1: there is no file `other.lua` in plugins/hello").await;
    check("\nerror('no')", "plugins/hello/init.lua:2: no").await;
    check("\nerror({})", "plugins/hello/init.lua:2: an error without words").await;
    check("return { name = 'hello', api = 1 }", "plugins/hello/init.lua:1: it does nothing").await;
}

#[tokio::test]
async fn other_files_of_the_folder_are_required_once() {
    let main = r#"
        local words, again = require("words"), require("./words.lua")
        assert(words == again and require("lib/deep").n == 3)
        return { name = "hello", api = 1, commands = { { name = words[1], run = function() end } } }"#;
    let mut it = code("hello", main);
    let mut add = |path: &str, text: &str| drop(it.lua.insert(path.to_owned(), text.to_owned()));
    add("words.lua", "count = (count or 0) + 1 assert(count == 1) return { 'hi' }");
    add("lib/deep.lua", "return { n = 3 }");
    add("circle.lua", "return require('circle')");
    let loaded = LuaPlugin::of_code(it.clone(), Limits::default()).await.unwrap();
    assert_eq!(loaded.shape().manifest.commands[0].name, "hi", "the word came from the other file");
    it.lua.insert("init.lua".to_owned(), "require('circle')".to_owned());
    let told = LuaPlugin::of_code(it, Limits::default()).await.err().unwrap();
    assert!(told[0].contains("circle.lua") && told[0].contains("requires itself"), "{told:?}");
}

#[tokio::test]
async fn what_a_plugin_says_of_itself_is_kept_once_however_often_it_is_loaded() {
    let (first, second) = (shape(HELLO).await, shape(HELLO).await);
    let name = |it: &Shape| it.manifest.commands[0].name.as_ptr();
    assert_eq!(name(&first), name(&second));
}

#[tokio::test]
async fn a_table_that_lies_is_told_in_few_words_and_leaves_nothing_behind() {
    for (table, what) in [
        ("commands = { { name = long, run = error } }", "…` cannot be typed as a command"),
        (
            "commands = { { name = 'x', help = long, run = error } }",
            "a text that people read here has at most 500 characters",
        ),
        ("description = '\\u{202e}exe', on = { join = error }", "has no marks that steer the terminal"),
        ("description = { en = '\\27[2J' }, on = { join = error }", "has no marks that steer the terminal"),
        ("[long] = 1, on = { join = error }", "…` here: there are name, api,"),
        ("['\\u{202e}\\n'] = 1, on = { join = error }", "there is no `  ` here"),
        (
            "commands = setmetatable({}, { __len = function() return 9 end, __index = function() return {} end })",
            "it does nothing",
        ),
        (
            "commands = { { name = 'x', run = error, args = table.create(30, { 'a', 'word' }) } }",
            "at most 20 arguments",
        ),
        (
            "commands = { { name = 'x', run = error, level = 1e300 } }",
            "must be a whole number, this is a number of another kind",
        ),
        (
            "on = { join = error }, options = (function() local o = {} for n = 1, 200 do o['o' .. n] = {} end return o end)()",
            "at most 100 options",
        ),
    ] {
        let long = "local long = string.rep('я', 100000)";
        let told = mistakes(&format!("{long}\n\nreturn {{ name = 'hello', api = 1, {table} }}")).await;
        assert!(told.iter().any(|it| it.starts_with("plugins/hello/init.lua:3: ") && it.contains(what)), "{told:?}");
        assert!(
            told.iter().all(|it| it.chars().count() < 600 && !it.contains(['\u{202e}', '\n', '\u{1b}'])),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn where_loading_ended_is_told_also_where_the_error_does_not_say_it() {
    for (code, what) in [
        ("\nerror({})", ":2: an error without words: error(…) was given a table and no text"),
        ("\nlocal s = 'x' while true do s = s .. s end", ":2: wanted more than 16 MiB of memory"),
        ("\nwhile true do end", ":2: did not end within 1000 ms of CPU time"),
        ("\ncoroutine.yield(1)", ":2: coroutine.yield outside any coroutine"),
        ("\nprint('x')", ":2: attempt to call a nil value: there is no `print` here, cx.log writes a line to the log"),
    ] {
        assert_eq!(mistakes(code).await, [format!("plugins/hello/init.lua{what}")], "{code}");
    }
}
