//! Plugins in Lua as whoever writes them tries them out: in the console, and by `check`.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    path::Path,
    thread,
};

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

/// Says what a page is called, without a word on what it is for.
const TITLE: &str = r#"return {
  name = "hello", api = 1, powers = { "http" },
  commands = { { name = "hello", args = { { "url", "word" } }, run = function(cx, args)
    local answer, why = cx.http:get(args.url)
    cx:reply(answer and cx.html.parse(answer.body):first("title"):text() or why)
  end } },
}"#;

#[test]
fn a_page_of_the_own_machine_is_fetched_in_the_console_as_often_as_one_likes() {
    let folder = folder();
    write(folder.path(), TITLE);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let server = thread::spawn(move || {
        for _ in 0..3 {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 1000];
            assert!(0 < stream.read(&mut asked).unwrap());
            let page = "<title>Bees</title>";
            let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", page.len());
            stream.write_all(format!("{head}{page}").as_bytes()).unwrap();
        }
    });
    // The guard of a real room would have something to say about the same link three times over.
    let command = format!("!hello http://{host}/\n");
    let scene = format!("/as alice\n{command}/clock +10s\n{command}/clock +40s\n{command}!hello\n");
    fs::write(folder.path().join("scene.txt"), scene + "/as juliet owner\n!plugin help hello\n").unwrap();
    let arguments = ["console", "--plugin", "plugins/hello", "--host", &host, "--script", "scene.txt"];
    let ended = domovoi(folder.path(), &arguments);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{}", ended.stdout);
    assert_eq!(ended.stdout.matches("<domovoi> alice: Bees\n").count(), 3, "{}", ended.stdout);
    // Where there is no example, none is made up.
    assert!(ended.stdout.contains("| Usage: hello <url>\n"), "{}", ended.stdout);
    assert!(ended.stdout.contains("| “hello <url>” — (nobody wrote what for)\n"), "{}", ended.stdout);
    server.join().unwrap();
}

/// What lasts, what the room is called and what it is: done with the rights of whoever asks, and with nobody's for a plugin
/// that acts by itself.
const STEWARD: &str = r#"return {
  name = "hello", api = 1, powers = { "affiliation", "subject", "invite", "people" },
  commands = {
    { name = "make", level = 0, args = { { "who", "who" }, { "what", "word" } }, run = function(cx, args)
      local ok, why = cx:affiliation(args.who, args.what, "a vote")
      cx:say(if ok then "done" else "no: " .. why)
    end },
    { name = "title", level = 0, args = { { "text", "rest" } }, run = function(cx, args)
      local ok, why = cx:subject(args.text)
      cx:say(if ok then "done" else "no: " .. why)
    end },
    { name = "call", level = 0, args = { { "jid", "jid" } }, run = function(cx, args)
      local ok, why = cx:invite(args.jid, "cake")
      cx:say(if ok then "done" else "no: " .. why)
    end },
    { name = "facts", run = function(cx)
      local it = cx:facts()
      cx:say(`{it.nick} {it.affiliation} {it.role} {it.n_occupants} {it.is_moderated} {it.subject} {it.timezone}`)
    end },
    { name = "wrong", run = function(cx) cx:affiliation("bob", "outcast") end },
  },
  on = { message = function(cx, event)
    if event.body == "me too" then
      local ok, why = cx:affiliation(event, "none")
      cx:say(if ok then "done" else "no: " .. why)
    end
  end },
}"#;

const STEWARDS_TEST: &str = r#"
local room = test.room { bot = "owner", timezone = "Europe/Helsinki" }
local juliet, alice, bob = room:join("juliet", "owner"), room:join("alice", "admin"), room:join("bob")
local function asks(who, line, answer)
  who:says(line)
  room:answers_like(answer)
end

test.case("rights are those of whoever asks", function()
  alice:says "!make bob member"
  room:does("member", bob, "a vote")
  room:answers "done"
  asks(bob, "!make bob admin", "^no: ")
  asks(alice, "!make juliet member", "^no: ")
  asks(alice, "!make alice owner", "^no: ")
  juliet:says "!make bob admin"
  room:does("admin", bob)
  room:answers "done"
  room:silent()
end)

test.case("whoever is not here is as protected as who is", function()
  juliet:leaves()
  asks(alice, "!make juliet@people.example none", "^no: ")
  room:silent()
end)

test.case("nobody's rights touch nobody who belongs there", function()
  alice:says "me too"
  room:answers_like "^no: "
  room:silent()
end)

test.case("subject and invitations", function()
  asks(bob, "!title honey", "^no: ")
  alice:says "!title honey"
  room:does "subject"
  room:answers "done"
  test.equal(room:subject(), "honey")
  alice:says "!call carol@example.org"
  room:does("invite", "carol@example.org")
  room:answers "done"
  bob:says "!facts"
  room:answers "domovoi owner moderator 4 true honey Europe/Helsinki"
end)

test.case("to keep somebody out is another power", function()
  alice:says "!wrong"
  test.fails "init%.lua:20: an affiliation is `owner`, `admin`, `member` or `none`; cx:ban keeps somebody out"
end)

test.case("what was not granted is not done", function()
  test.powers { "people" }
  for _, line in { "!make bob member", "!title honey", "!call carol@example.org" } do
    juliet:says(line)
    test.fails "was not given the power"
  end
  room:forget()
  test.equal(bob:role(), "participant")
end)
"#;

#[test]
fn what_lasts_is_done_with_the_rights_of_whoever_asks() {
    let folder = folder();
    write(folder.path(), STEWARD);
    fs::create_dir(folder.path().join("plugins/hello/tests")).unwrap();
    fs::write(folder.path().join("plugins/hello/tests/rights.lua"), STEWARDS_TEST).unwrap();
    let ended = domovoi(folder.path(), &["plugin", "test", "plugins/hello"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{}", ended.stdout);
    assert!(ended.stdout.ends_with("6 passed, 0 failed\n"), "{}", ended.stdout);
    // A name that is taken would be heard of in the room only, where nothing happens.
    write(folder.path(), &STEWARD.replace("\"title\"", "\"about\""));
    let ended = domovoi(folder.path(), &["plugin", "test", "plugins/hello"]);
    let told = "plugins/hello/init.lua:8: `about` is taken by `core`: choose another name\n";
    assert_eq!((ended.code, ended.stderr.as_str()), (2, told));
}

/// What is done for a while, and to what was said.
const MODERATOR: &str = r#"local last
local function told(cx, ok, why)
  cx:say(if ok then "done" else "no: " .. why)
end

return {
  name = "hello", api = 1, powers = { "voice", "kick", "ban", "moderate", "people" },
  commands = {
    { name = "hush", level = 0, args = { { "who", "who" }, { "span", "duration", optional = true } },
      run = function(cx, args) told(cx, cx:mute(args.who, args.span, "too loud")) end },
    { name = "talk", level = 0, args = { { "who", "who" } },
      run = function(cx, args) told(cx, cx:voice(args.who, "again")) end },
    { name = "out", level = 0, args = { { "who", "who" } },
      run = function(cx, args) told(cx, cx:kick(args.who, "enough")) end },
    { name = "never", level = 0, args = { { "who", "who" }, { "span", "duration", optional = true } },
      run = function(cx, args) told(cx, cx:ban(args.who, args.span, "adverts")) end },
    { name = "take", level = 0, run = function(cx) told(cx, cx:retract(last, "old")) end },
  },
  on = { message = function(cx, event)
    if event.body == "rude" then told(cx, cx:retract(event, "rude"))
    elseif event.body == "nice" then cx:react("❤")
    elseif event.body == "first" then last = event.stanza_id
    elseif event.body == "again" then cx:react("👍", last) end
  end },
}"#;

const MODERATORS_TEST: &str = r#"
local room = test.room { bot = "owner" }
local juliet, alice, bob, carol = room:join("juliet", "owner"), room:join("alice", "admin"), room:join("bob"), room:join("carol")

test.case("a mute is over when its span is", function()
  alice:says "!hush bob 10m"
  room:does("mute", bob, "too loud")
  room:answers "done"
  test.equal(bob:role(), "visitor")
  test.clock:advance "9m"
  test.equal(bob:role(), "visitor")
  test.clock:advance "2m"
  test.equal(bob:role(), "participant")
  room:forget()
  alice:says "!hush bob"
  test.clock:advance "1d"
  test.equal(bob:role(), "visitor")
  room:forget()
  alice:says "!talk bob"
  room:does("voice", bob)
  room:answers "done"
  test.equal(bob:role(), "participant")
end)

test.case("nobody does to others what the room would refuse them", function()
  for _, line in { "!hush alice", "!hush carol", "!out alice", "!never alice", "!never carol", "!hush juliet" } do
    bob:says(line)
    room:answers_like "^no: "
  end
  alice:says "!out juliet"
  room:answers_like "^no: "
  room:silent()
end)

test.case("who has left is banned by the JID that the room showed, and for a span", function()
  carol:leaves()
  alice:says "!never carol 1d"
  room:does("ban", "carol@people.example", "adverts")
  room:answers "done"
  test.clock:advance "25h"
  room:does("unlist", "carol@people.example")
  room:forget()
  juliet:leaves()
  alice:says "!never juliet@people.example"
  room:answers_like "^no: "
  room:silent()
end)

test.case("what was said is taken back, unless by whom nobody may touch", function()
  bob:says "rude"
  room:does("retract", "rude", "rude")
  room:answers "done"
  alice:says "rude"
  room:answers_like "^no: "
  bob:says "first"
  carol:says "!take"
  room:answers_like "^no: "
  alice:says "!take"
  room:does("retract", "first")
  room:answers "done"
  room:silent()
end)

test.case("a reaction is to the event, or to what it names", function()
  bob:says "nice"
  room:reacts "❤"
  bob:says "first"
  carol:says "again"
  room:reacts "👍"
  room:silent()
end)
"#;

#[test]
fn moderating_takes_the_rights_of_whoever_asks_and_ends_in_time() {
    let folder = folder();
    write(folder.path(), MODERATOR);
    fs::create_dir(folder.path().join("plugins/hello/tests")).unwrap();
    fs::write(folder.path().join("plugins/hello/tests/rights.lua"), MODERATORS_TEST).unwrap();
    let ended = domovoi(folder.path(), &["plugin", "test", "plugins/hello"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{}", ended.stdout);
    assert!(ended.stdout.ends_with("5 passed, 0 failed\n"), "{}", ended.stdout);
}
