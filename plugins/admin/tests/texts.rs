//! Texts: complete in both languages, none missing, none left over.
#![allow(clippy::unwrap_used, reason = "allow-unwrap-in-tests does not reach helper functions")]

use domovoi_admin::{Admin, LOCALES};
use domovoi_plugin::{
    Plugin,
    testing::{check_locales, keys_in},
};

#[test]
fn texts_are_complete_in_english_and_russian() {
    let manifest = Admin.manifest();
    let sources = [
        include_str!("../src/lib.rs"),
        include_str!("../src/deeds.rs"),
        include_str!("../src/lists.rs"),
        include_str!("../src/report.rs"),
    ];
    let mut used: Vec<String> = sources.iter().flat_map(|it| keys_in(it)).collect();
    // Keys that are chosen before they are used.
    let chosen = [
        "absent",
        "absent-kick",
        "no-jid",
        "no-jid-not-moderator",
        "who-line",
        "who-line-jid",
        "recent-line",
        "recent-line-silent",
        "description",
    ];
    used.extend(chosen.map(str::to_owned));
    for spec in &manifest.commands {
        used.push(spec.help.to_owned());
        used.extend(spec.args.iter().map(|it| format!("arg-{}", it.name)));
        if spec.args.first().is_some_and(|it| it.name == "who") {
            used.push(format!("done-{}", spec.name));
        }
    }
    assert_eq!(check_locales(LOCALES, &used), [""; 0]);
}

#[test]
fn every_command_has_a_russian_name() {
    for spec in Admin.manifest().commands {
        assert!(spec.names.iter().any(|it| it.0 == "ru"), "{}", spec.name);
    }
}
