//! The doctor through the real program: without a bot, and with one that answers at the control socket.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    os::unix::net::UnixListener,
    path::Path,
    thread,
};

use domovoi::store::{Batch, State, StateOptions, Tree};

use crate::command_line::{domovoi, folder};

/// A configuration whose account is at an address where nobody answers.
fn with_config(folder: &Path) {
    // The port was ours a moment ago, so nobody else has it.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let text = format!(
        "[accounts.main]\njid = \"a@b.example\"\npassword = \"p\"\naddress = \"127.0.0.1:{port}\"\n\
         [rooms.\"garden@chat.example\"]\n"
    );
    fs::write(folder.join("d.toml"), text).unwrap();
}

#[test]
fn server_that_cannot_be_reached_is_broken_and_rooms_are_not_guessed() {
    let folder = folder();
    with_config(folder.path());
    let ended = domovoi(folder.path(), &["--config", "d.toml", "doctor"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (1, ""));
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(
        lines.first(),
        Some(&"no bot is running; each account was tried, and rooms were looked at from outside")
    );
    assert_eq!(lines.get(2), Some(&"account main (a@b.example)"));
    assert!(lines.get(3).unwrap().starts_with("  !!  cannot reach the server: "), "{}", ended.stdout);
    assert_eq!(lines.get(6), Some(&"rooms: garden@chat.example"));
    assert!(lines.get(7).unwrap().starts_with("  ??  not looked at"), "{}", ended.stdout);
}

/// The owner of a bot changed something by chat, then the bot was stopped.
fn with_changes(folder: &Path, key: &str, value: &str) {
    let entry = format!(r#"{{"value":{value},"by":"olga","at":"2026-11-22T12:00:00Z"}}"#);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (state, _) = State::open(&folder.join("data/state"), StateOptions::default()).unwrap();
        state.commit(Batch::new().put(Tree::Overlay, key, entry)).await.unwrap();
        state.close().await;
    });
}

#[test]
fn what_was_changed_by_chat_is_looked_at_too() {
    let folder = folder();
    with_config(folder.path());
    with_changes(folder.path(), "rooms.\"hall@chat.example\".nick", "\"brownie\"");
    let ended = domovoi(folder.path(), &["--config", "d.toml", "doctor"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (1, ""));
    assert_eq!(ended.stdout.lines().nth(1), Some("what was changed by chat holds here too"), "{}", ended.stdout);
    assert!(ended.stdout.contains("rooms: garden@chat.example, hall@chat.example"), "{}", ended.stdout);
}

#[test]
fn a_store_that_somebody_has_is_left_alone() {
    let folder = folder();
    with_config(folder.path());
    let dir = folder.path().join("data/state");
    let (state, _) =
        tokio::runtime::Runtime::new().unwrap().block_on(async { State::open(&dir, StateOptions::default()).unwrap() });
    let ended = domovoi(folder.path(), &["--config", "d.toml", "doctor"]);
    let line = ended.stdout.lines().nth(1).unwrap_or_default();
    assert!(line.starts_with("what was changed by chat could not be read: "), "{}", ended.stdout);
    drop(state);
}

#[test]
fn unknown_account_is_wrong_usage() {
    let folder = folder();
    with_config(folder.path());
    let ended = domovoi(folder.path(), &["--config", "d.toml", "doctor", "--account", "other"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert_eq!(ended.stderr, "domovoi: there is no account `other` in the configuration\n");
}

#[test]
fn running_bot_is_asked_instead() {
    let folder = folder();
    with_config(folder.path());
    fs::create_dir(folder.path().join("data")).unwrap();
    let listener = UnixListener::bind(folder.path().join("data/control.sock")).unwrap();
    let bot = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = String::new();
        BufReader::new(stream.try_clone().unwrap()).read_line(&mut request).unwrap();
        let account = r#"{"account":"main","jid":"a@b.example","is_online":true,"state":"online"}"#;
        let room = r#"{"room":"garden@chat.example","account":"main","state":"joined","is_joined":true,"lacks":[]}"#;
        writeln!(stream, r#"{{"ok":true,"report":{{"accounts":[{account}],"rooms":[{room}]}}}}"#).unwrap();
        request
    });
    let ended = domovoi(folder.path(), &["--config", "d.toml", "doctor"]);
    assert_eq!(bot.join().unwrap(), "{\"do\":\"doctor\"}\n");
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let expected = "\
a bot is running; this is what it knows

account main (a@b.example)
  ok  online

room garden@chat.example (account main)
  ok  joined
  ok  the bot may do there what its plugins want to do
";
    assert_eq!(ended.stdout, expected);
}
