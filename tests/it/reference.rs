//! The examples of the Lua API's reference, each run by the real program.

use std::{fs, path::Path};

use toml::{Table, Value};

use crate::command_line::{domovoi, folder};

/// What the examples of tests are about.
const HELLO: &str = r#"return {
  name = "hello", api = 1, powers = { "kick" }, options = { text = { default = "hi" } },
  commands = {
    { name = "hello", run = function(cx) cx:reply("hello, " .. cx.nick) end },
    { name = "shout", args = { { "text", "rest" } }, run = function(cx, args) cx:say(args.text) end },
    { name = "out", args = { { "who", "who" } }, run = function(cx, args) cx:kick(args.who) end },
  },
}"#;

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// The examples of a section, with the names of their words.
fn examples(section: &Table) -> Vec<(String, String)> {
    let text = |it: &Table, key: &str| it.get(key).and_then(Value::as_str).map(str::to_owned);
    let words = section.get("word").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table);
    let own = text(section, "type").zip(text(section, "example"));
    own.into_iter().chain(words.filter_map(|it| text(it, "name").zip(text(it, "example")))).collect()
}

#[test]
fn every_example_of_the_reference_runs() {
    let folder = folder();
    let dir = folder.path().join("plugins");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/api/luau/api.toml");
    let api: Table = fs::read_to_string(path).unwrap().parse().unwrap();
    let mut tested = vec!["plugins/hello".to_owned()];
    write(&dir.join("hello/init.lua"), HELLO);
    let mut n = 0;
    for section in api["section"].as_array().unwrap().iter().filter_map(Value::as_table) {
        let kind = section.get("kind").and_then(Value::as_str);
        for (name, example) in examples(section) {
            n += 1;
            match kind.unwrap_or_else(|| panic!("examples of {name} without `kind`")) {
                "test" => write(&dir.join(format!("hello/tests/{n}_{name}.lua")), &example),
                "plugin" => write(&dir.join("hello2/init.lua"), &example.replace("\"hello\", api", "\"hello2\", api")),
                "command" => {
                    let plugin = format!("e{n}");
                    write(&dir.join(&plugin).join("init.lua"), &command(&plugin, &example));
                    for (lang, text) in [("en", "hello"), ("ru", "привет")] {
                        let words = format!("greeting = {text}, {{ $whom }}\n");
                        write(&dir.join(&plugin).join(format!("locales/{lang}.ftl")), &words);
                    }
                    write(&dir.join(&plugin).join(format!("tests/{name}.lua")), GIVES_IT);
                    tested.push(format!("plugins/{plugin}"));
                }
                other => panic!("there is no kind `{other}`"),
            }
        }
    }
    let arguments: Vec<&str> = ["plugin", "test"].into_iter().chain(tested.iter().map(String::as_str)).collect();
    let ended = domovoi(folder.path(), &arguments);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{}", ended.stdout);
    // All but the whole plugin, which is only loaded.
    assert_eq!(ended.stdout.lines().last().unwrap(), format!("{} passed, 0 failed", n - 1));
    assert_eq!(domovoi(folder.path(), &["plugin", "check", "plugins/hello2"]).stderr, "");
}

/// A command is given, and what is asked is answered.
const GIVES_IT: &str = r#"
test.http["https://example.org/"] = { body = "<title>Bees</title><p class='a'>one</p>" }
local room = test.room()
room:join("bob")
local alice = room:join("alice", "owner")
alice:says "!x"
alice:says "tea"
test.clock:advance "2m"
"#;

/// A plugin whose one command does this.
fn command(plugin: &str, body: &str) -> String {
    format!(
        "return {{ name = '{plugin}', api = 1, powers = {{ 'kick', 'ban', 'voice', 'affiliation', 'moderate',\n\
           'subject', 'invite', 'store', 'http', 'upload', 'schedule', 'command' }},\n\
         options = {{ text = {{ default = 'hi' }} }},\n\
         commands = {{ {{ name = 'x', run = function(cx, args)\n{body}\nend }} }} }}"
    )
}
