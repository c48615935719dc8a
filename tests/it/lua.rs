//! Plugins in Lua as whoever writes them tries them out: in the console, and by `check`.

use std::{fs, path::Path};

use crate::command_line::{domovoi, folder};

const HELLO: &str = "return {\n  name = \"hello\", api = 1,\n  commands = { { name = \"hello\", help = \"Greets you.\", \
                     run = function(cx, args)\n    cx:reply(\"hello, \" .. cx.nick)\n  end } },\n}\n";

fn write(folder: &Path, code: &str) {
    let plugin = folder.join("plugins/hello");
    fs::create_dir_all(&plugin).unwrap();
    fs::write(plugin.join("init.lua"), code).unwrap();
}

#[test]
fn seven_lines_of_lua_answer_in_the_console() {
    let folder = folder();
    write(folder.path(), HELLO);
    fs::write(folder.path().join("scene.txt"), "/as alice\n!hello\n").unwrap();
    let ended = domovoi(folder.path(), &["console", "--plugin", "plugins/hello", "--script", "scene.txt"]);
    assert_eq!(ended.stderr, "");
    assert!(ended.stdout.contains("hello, alice"), "{}", ended.stdout);
}

#[test]
fn check_tells_what_is_wrong_with_a_plugin_by_file_and_line() {
    let folder = folder();
    write(folder.path(), &HELLO.replace("help =", "hlp ="));
    let config = "[bot]\nowners = [\"juliet@capulet.example\"]\n[accounts.main]\njid = \"domovoi@example.org\"\n\
                  password = \"p\"\n[plugins.hello]\nenabled = true\n";
    fs::write(folder.path().join("domovoi.toml"), config).unwrap();
    let check = || domovoi(folder.path(), &["--config", "domovoi.toml", "check"]);
    let ended = check();
    let expected = "plugins/hello/init.lua:3: there is no `hlp` here; did you mean `help`?\n";
    assert_eq!((ended.code, ended.stderr.as_str()), (2, expected));
    write(folder.path(), HELLO);
    let ended = check();
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
}
