//! The program from outside: its configuration may name its plugin, and the plugin answers.
#![allow(clippy::unwrap_used, reason = "allow-unwrap-in-tests does not reach helper functions")]

use std::{
    path::Path,
    process::{Command, Output},
};

fn own_bot(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_own-bot"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).env("OWN_BOT_PASSWORD", "secret");
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_configuration_may_name_its_own_plugin_and_its_settings() {
    let out = own_bot(&["--config", "domovoi.toml", "check"]);
    assert_eq!((text(&out.stderr).as_str(), out.status.code()), ("", Some(0)));
    assert!(text(&out.stdout).contains("  quotes: on in 1 of 1 rooms\n"), "{}", text(&out.stdout));

    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong.toml");
    let right = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("domovoi.toml")).unwrap();
    std::fs::write(&wrong, right.replace("most = 20", "most = 1000")).unwrap();
    let out = own_bot(&["--config", wrong.to_str().unwrap(), "check"]);
    assert_eq!(out.status.code(), Some(2));
    let told = text(&out.stderr);
    assert!(told.contains("quotes.most: `1000` is not a whole number from 1 to 100"), "{told}");
}

#[test]
fn its_plugin_answers_in_the_room() {
    let out = own_bot(&["console", "--script", "scene.txt"]);
    assert_eq!((text(&out.stderr).as_str(), out.status.code()), ("", Some(0)));
    let told = text(&out.stdout);
    let answered = |nick: &str, what: &str| told.contains(&format!("<domovoi> {nick}: {what}"));
    assert!(answered("alice", "It is number 1."), "{told}");
    assert!(answered("bob", "“Tea is never a bad idea.”"), "{told}");
    assert!(told.contains("Shows a quote by its number, or the latest."), "{told}");
}
