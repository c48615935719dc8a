//! Texts: complete in both languages, none missing, none left over.
#![allow(clippy::unwrap_used, reason = "allow-unwrap-in-tests does not reach helper functions")]

use domovoi_admin::Admin;
use domovoi_plugin::{Plugin, testing::check_texts};

#[test]
fn texts_are_complete_in_english_and_russian() {
    let sources = [
        include_str!("../src/lib.rs"),
        include_str!("../src/deeds.rs"),
        include_str!("../src/lists.rs"),
        include_str!("../src/report.rs"),
    ];
    let chosen = [
        "absent",
        "absent-kick",
        "no-jid",
        "no-jid-not-moderator",
        "who-line",
        "who-line-jid",
        "recent-line",
        "recent-line-silent",
        "done-*",
        "subject-set",
        "say-done",
    ];
    assert_eq!(check_texts(&Admin.manifest(), &sources, &chosen), [""; 0]);
}

#[test]
fn every_command_about_people_says_what_it_did() {
    let english = include_str!("../locales/en.ftl");
    for spec in Admin.manifest().commands {
        let is_about_people = spec.args.first().is_some_and(|it| it.name == "who");
        let is_said = english.contains(&format!("\ndone-{} =", spec.name));
        assert_eq!(is_about_people, is_said, "{}", spec.name);
    }
}
