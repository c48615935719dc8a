//! What whoever writes a plugin types: `plugin new`, `list`, `check`, `test`.

use std::{fs, path::Path};

use crate::command_line::{domovoi, folder};

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

const HELLO: &str = "return {\n  name = \"hello\", api = 1,\n  commands = { { name = \"hello\", help = \"Greets you.\", \
                     run = function(cx, args)\n    cx:reply(\"hello, \" .. cx.nick)\n  end } },\n}\n";

#[test]
fn new_plugin_works_and_nothing_is_overwritten() {
    let folder = folder();
    fs::create_dir(folder.path().join("plugins")).unwrap();
    let ended = domovoi(folder.path(), &["plugin", "new", "bees"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert!(ended.stdout.starts_with("wrote plugins/bees/init.lua"), "{}", ended.stdout);
    assert!(ended.stdout.contains("domovoi plugin test plugins/bees\n"), "{}", ended.stdout);
    let ended = domovoi(folder.path(), &["plugin", "check", "plugins/bees"]);
    let expected = "plugins/bees: nothing is wrong: 1 command, 2 examples, 1 file of tests\n";
    assert_eq!((ended.code, ended.stderr.as_str(), ended.stdout.as_str()), (0, "", expected));
    let ended = domovoi(folder.path(), &["plugin", "test", "plugins/bees"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{}", ended.stdout);
    assert!(ended.stdout.ends_with("4 passed, 0 failed\n"), "{}", ended.stdout);
    let ended = domovoi(folder.path(), &["plugin", "list"]);
    assert!(ended.stdout.contains("bees (Lua, plugins/bees): Greets people.\n  commands: bees\n"), "{}", ended.stdout);
    let ended = domovoi(folder.path(), &["plugin", "new", "bees"]);
    assert_eq!(
        (ended.code, ended.stderr.as_str()),
        (1, "domovoi: plugins/bees is there already and was left as it is\n")
    );
    for name in ["Bees!", "Bees", "my_bees", "core", "guard", ""] {
        assert_eq!(domovoi(folder.path(), &["plugin", "new", name]).code, 2, "{name}");
    }
}

#[test]
fn check_tells_all_mistakes_at_once() {
    let folder = folder();
    let code = HELLO.replace("help =", "hlp =").replace("api = 1", "api = 2");
    write(folder.path(), "plugins/hello/init.lua", &code);
    write(folder.path(), "plugins/hello/tests/a.lua", "local room = = 1\n");
    let ended = domovoi(folder.path(), &["plugin", "check", "plugins/hello"]);
    let expected = "plugins/hello/init.lua:2: there is no version 2 of the API: write `api = 1`\n\
                    plugins/hello/init.lua:3: there is no `hlp` here; did you mean `help`?\n\
                    plugins/hello/tests/a.lua:1: ";
    assert!(ended.stderr.starts_with(expected), "{}", ended.stderr);
    assert_eq!((ended.code, ended.stderr.lines().count()), (2, 3));
    let examples = "help = \"x\", examples = { { \"hello\" }, { \"hello there\" }, { \"other\" } },";
    write(folder.path(), "plugins/hello/init.lua", &HELLO.replace("help = \"Greets you.\",", examples));
    write(folder.path(), "plugins/hello/locales/en.ftl", "a = b\n");
    fs::remove_dir_all(folder.path().join("plugins/hello/tests")).unwrap();
    let ended = domovoi(folder.path(), &["plugin", "check", "plugins/hello"]);
    let lines: Vec<&str> = ended.stderr.lines().collect();
    assert!(lines[0].starts_with("plugins/hello/init.lua:3: the example `hello there` of hello is not understood: "));
    assert_eq!(lines[1], "plugins/hello/init.lua:3: the example `other` is no command of this plugin");
    assert_eq!(lines[2..], ["plugins/hello/locales: ru: no such file"]);
}

#[test]
fn failing_test_shows_what_was_expected_and_the_conversation() {
    let folder = folder();
    write(folder.path(), "plugins/hello/init.lua", HELLO);
    let test = "local room = test.room { bot = \"admin\" }\nlocal alice = room:join(\"alice\", \"none\")\n\
                alice:says \"!hello\"\nroom:answers \"hello, alice\"\nalice:says \"!hello\"\nroom:answers \"hello, bob\"\n";
    write(folder.path(), "plugins/hello/tests/hello.lua", test);
    let ended = domovoi(folder.path(), &["plugin", "test", "plugins/hello"]);
    let expected = "\
FAILED  plugins/hello/tests/hello.lua
    plugins/hello/tests/hello.lua:6: expected \"hello, bob\", the bot said \"hello, alice\"
    what happened:
      12:00:00 * alice comes in, participant
      12:00:00 <alice> !hello
      12:00:00 <domovoi> alice: hello, alice
      12:00:00 <alice> !hello
      12:00:00 <domovoi> alice: hello, alice
0 passed, 1 failed
";
    assert_eq!((ended.code, ended.stderr.as_str(), ended.stdout.as_str()), (1, "", expected));
}

/// Runs a test of a plugin with these commands; gives the last line and all that was printed.
fn run(commands: &str, powers: &str, test: &str) -> (String, String) {
    let folder = folder();
    let code = format!(
        "return {{ name = 'x', api = 1, powers = {{ {powers} }}, options = {{ text = {{ default = 'hi' }} }},\n\
         every = {{ ['10m'] = function(cx) cx:say('tick') end }},\ncommands = {{\n{commands}\n}} }}"
    );
    write(folder.path(), "plugins/x/init.lua", &code);
    write(folder.path(), "plugins/x/tests/x.lua", test);
    let ended = domovoi(folder.path(), &["plugin", "test", "plugins/x"]);
    let last = ended.stdout.lines().last().unwrap_or_default().to_owned();
    (last, ended.stdout + &ended.stderr)
}

const COMMANDS: &str = "\
{ name = 'ask', run = function(cx) local it = cx:ask('sure?', '30s') cx:reply(it and 'you said ' .. it or 'too late') end },
{ name = 'out', level = 15, args = { { 'who', 'who' } }, run = function(cx, args) cx:kick(args.who, 'enough') end },
{ name = 'keep', run = function(cx) cx.store:update('n', function(n) return (n or 0) + 1 end) \
  cx:reply(cx.option.text .. cx.store:get('n')) end },
{ name = 'roll', run = function(cx) cx:say(cx.random(1000) .. ' ' .. math.random(1000)) end },
{ name = 'boom', run = function(cx) local x = nil + 1 end },
{ name = 'nap', run = function(cx) cx:sleep('1m') cx:say('up') end },";

#[track_caller]
fn passes(test: &str) {
    let (last, all) = run(COMMANDS, "'kick', 'store'", test);
    assert_eq!(last, "1 passed, 0 failed", "{all}");
}

#[track_caller]
fn fails(test: &str, why: &str) {
    let (last, all) = run(COMMANDS, "'kick', 'store'", test);
    assert_eq!(last, "0 passed, 1 failed", "{all}");
    assert!(all.contains(why), "{all}");
}

const ROOM: &str = "local room = test.room()\nlocal alice, bob = room:join('alice', 'admin'), room:join('bob')\n";

#[test]
fn questions_wait_for_who_was_asked_and_for_the_clock_alone() {
    let ask = format!("{ROOM}bob:says '!ask'\nroom:answers 'sure?'\n");
    passes(&format!("{ask}alice:says 'no'\nroom:silent()\nbob:says 'yes'\nroom:answers 'bob: you said yes'"));
    passes(&format!("{ask}test.clock:advance '29s'\nroom:silent()\ntest.clock:advance(1)\nroom:answers 'too late'"));
    passes(&format!(
        "{ROOM}bob:says '!nap'\nroom:silent()\ntest.clock:advance '1m'\nroom:hears 'up'\ntest.clock:advance '9m'\n\
         room:hears 'tick'\ntest.clock:advance '1d'\nfor i = 1, 144 do room:hears 'tick' end\nroom:silent()"
    ));
}

#[test]
fn rights_acts_and_faults_are_the_real_ones() {
    passes(&format!("{ROOM}alice:says '!out bob'\nroom:does('kick', bob, 'enough')\nassert(not bob:is_here())"));
    passes(&format!("{ROOM}bob:says '!out alice'\nroom:answers_like 'level'\nassert(alice:is_here())"));
    passes(&format!("{ROOM}bob:says '!boom'\nroom:answers_like 'went wrong'\ntest.fails 'arithmetic'"));
    fails(
        &format!("{ROOM}bob:says '!boom'"),
        "plugins/x/tests/x.lua:3: the plugin failed: x, boom: plugins/x/init.lua:",
    );
    passes(&format!("{ROOM}test.powers {{ 'say' }}\nalice:says '!keep'\nroom:forget()\ntest.fails 'power `store`'"));
    fails(
        &format!("{ROOM}for i = 1, 10 do bob:says '!keep' end\nfor i = 1, 10 do room:answers('hi' .. i) end"),
        "let time pass",
    );
}

#[test]
fn rooms_options_chance_and_what_is_kept_are_as_the_test_says() {
    passes(
        "local room, other = test.room(), test.room { options = { text = 'moin' } }\nroom:join('alice'):says '!keep'\n\
         other:join('alice'):says '!keep'\nroom:answers 'hi1'\nother:answers 'moin1'\ntest.reload()\n\
         test.option('text', 'tach')\nroom:join('bob'):says '!keep'\nroom:answers 'tach2'\n\
         test.owner:writes('garden@chat.example keep')\ntest.owner:hears 'tach3'",
    );
    passes(&format!(
        "{ROOM}test.seed(7)\nbob:says '!roll'\nlocal first = room:answers_like '^%d+ %d+$'\ntest.seed(7)\n\
         bob:says '!roll'\nroom:answers(first)"
    ));
    fails("test.room { options = { txt = 'x' } }", "plugins/x/tests/x.lua:1: ");
    fails("test.room { langauge = 'ru' }", "there is no `langauge` of a room");
    fails("while true do end", "did not end within");
    fails(&format!("{ROOM}alice.says('hello')"), "plugins/x/tests/x.lua:3: write person:word");
}

#[test]
fn cases_have_worlds_of_their_own_and_a_filter_chooses_among_them() {
    let folder = folder();
    write(folder.path(), "plugins/hello/init.lua", HELLO);
    let test = "local room = test.room()\nlocal alice = room:join('alice')\n\
                test.case('first', function() alice:says '!hello' room:answers 'hello, alice' end)\n\
                test.case('second', function() room:silent() alice:says '!hello' room:answers 'hello' end)\n";
    write(folder.path(), "plugins/hello/tests/hello.lua", test);
    let ended = domovoi(folder.path(), &["plugin", "test", "plugins/hello"]);
    assert!(ended.stdout.starts_with("ok      plugins/hello/tests/hello.lua: first\nFAILED  "), "{}", ended.stdout);
    assert_eq!((ended.code, ended.stdout.lines().last()), (1, Some("1 passed, 1 failed")));
    let ended = domovoi(folder.path(), &["plugin", "test", "plugins/hello", "--filter", "first"]);
    assert_eq!((ended.code, ended.stdout.lines().last()), (0, Some("1 passed, 0 failed")));
    let ended = domovoi(folder.path(), &["plugin", "test", "plugins/none"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""));
    write(folder.path(), "plugins/hello/init.lua", "return {}");
    let ended = domovoi(folder.path(), &["plugin", "test", "plugins/hello"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, "0 passed, 0 failed\n"));
}

#[test]
fn bundled_plugins_in_lua_are_whole_and_pass_their_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<String> = fs::read_dir(root.join("plugins"))
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|it| it.join("init.lua").is_file())
        .map(|it| format!("plugins/{}", it.file_name().unwrap().to_str().unwrap()))
        .collect();
    folders.sort();
    assert!(15 <= folders.len(), "{folders:?}");
    let with =
        |verb: &'static str| ["plugin", verb].into_iter().chain(folders.iter().map(String::as_str)).collect::<Vec<_>>();
    let ended = domovoi(root, &with("check"));
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert_eq!(ended.stdout.lines().filter(|it| it.contains(": nothing is wrong: ")).count(), folders.len());
    let ended = domovoi(root, &with("test"));
    let last = ended.stdout.lines().last().unwrap_or_default();
    assert!(ended.code == 0 && last.ends_with(" passed, 0 failed"), "{}{}", ended.stdout, ended.stderr);
    for folder in &folders {
        let n_tests = ended.stdout.lines().filter(|it| it.contains(&format!(" {folder}/tests/"))).count();
        assert!(0 < n_tests, "{folder} has no test");
    }
}
