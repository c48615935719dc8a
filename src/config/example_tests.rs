//! Tests that `config/domovoi.example.toml` shows every key, no other, and the defaults that hold.

use std::{collections::BTreeSet, fs, path::Path};

use proptest::prelude::*;

use super::{load::asked_keys, *};

const EXAMPLE: &str = include_str!("../../config/domovoi.example.toml");

fn around() -> Surroundings<'static> {
    Surroundings { env: &|_| Some("x".to_owned()), catalogue: &|_| Box::new(()) }
}

/// The keys of the example, those too that are switched off in it.
fn example_keys() -> BTreeSet<String> {
    let is_key = |line: &&str| line.chars().next().is_some_and(|c| c.is_ascii_lowercase() || c == '[');
    let mut table = String::new();
    let mut keys = BTreeSet::new();
    for line in EXAMPLE.lines().map(|line| line.strip_prefix('#').unwrap_or(line)).filter(is_key) {
        let is_header = line.starts_with('[');
        let path = if is_header { line.trim_matches(['[', ']']) } else { line.split(" =").next().unwrap() };
        if is_header {
            table = path.to_owned();
        }
        let path: KeyPath = if is_header { path.parse() } else { format!("{table}.{path}").parse() }.unwrap();
        let mut names = path.keys().to_vec();
        if matches!(names[0].as_str(), "accounts" | "rooms" | "plugins") {
            names[1] = "*".to_owned();
        }
        if names[0] == "rooms" && names.len() == 4 {
            names[3] = "*".to_owned();
        }
        for n in 1..=names.len() {
            keys.insert(names[..n].join("."));
        }
    }
    keys
}

#[test]
fn example_is_right() {
    let loaded = load_text(Path::new("d.toml"), EXAMPLE, around(), &[]).unwrap();
    let warned =
        "d.toml:37: accounts.main.password: this is still the password of the example: put the account's own here";
    assert_eq!(loaded.warnings.to_string(), warned);
    assert_eq!((loaded.config.accounts.len(), loaded.config.rooms.len()), (1, 1));
}

#[test]
fn example_shows_every_key_and_no_other() {
    let mut asked = asked_keys(EXAMPLE, around());
    // The names of tables of tables are not keys, and a plugin's switch in a room is shown in an inline table.
    asked.extend(["accounts.*", "rooms.*", "rooms.*.plugins.*", "plugins.*"].map(str::to_owned));
    assert!(asked.remove("rooms.*.plugins.*.enabled") && EXAMPLE.contains("greet = { enabled = false"));
    assert!(asked.remove("rooms.*.plugins.*.powers") && EXAMPLE.contains("greet = { enabled = false, powers ="));
    assert_eq!(asked, example_keys());
}

#[test]
fn keys_that_are_off_in_the_example_are_right_when_on() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("plugins")).unwrap();
    fs::write(folder.path().join("avatar.png"), b"\x89PNG").unwrap();
    fs::write(folder.path().join("ca.pem"), b"-----BEGIN CERTIFICATE-----").unwrap();
    fs::write(folder.path().join("main.password"), b"x").unwrap();
    fs::write(folder.path().join("garden.password"), b"x").unwrap();
    let lines: Vec<&str> = EXAMPLE.lines().collect();
    let is_off =
        |line: &str| line.strip_prefix('#').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
    let n_off = lines.iter().filter(|line| is_off(line)).count();
    assert!(10 < n_off, "{n_off}");
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| is_off(line)) {
        let mut text: Vec<&str> = lines.clone();
        text[index] = line.trim_start_matches('#');
        // An account has its password in one of three ways.
        if line.contains("main.password") || line.contains("DOMOVOI_PASSWORD") {
            text.retain(|line| !line.starts_with("password ="));
        }
        let found = load_text(&folder.path().join("d.toml"), &text.join("\n"), around(), &[]);
        assert!(found.is_ok(), "{line}: {}", found.unwrap_err());
    }
}

#[test]
fn defaults_that_the_example_shows_are_the_defaults() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("plugins")).unwrap();
    let read = |text: &str| load_text(&folder.path().join("d.toml"), text, around(), &[]).unwrap().config;
    let shown = read(&EXAMPLE.replace("#plugin_dirs", "plugin_dirs"));
    let bare = read(
        "[bot]\nowners = [\"juliet@capulet.example\"]\n[accounts.main]\njid = \"domovoi@example.org\"\n\
         password = \"change me\"\n[rooms.\"garden@chat.example.org\"]\naccount = \"main\"\n",
    );
    assert_eq!(shown.bot, bare.bot);
    assert_eq!(shown.accounts, bare.accounts);
    assert_eq!((&shown.http, shown.log), (&bare.http, bare.log));
    let room = |config: &Config| {
        let mut room = config.rooms.values().next().unwrap().clone();
        room.own_keys.clear();
        room.plugins.clear();
        room
    };
    assert_eq!(room(&shown), room(&bare));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is in the file, reading it neither panics nor finds nothing to say about garbage.
    #[test]
    fn cut_and_spoilt_files_are_read_without_panic(cut in 0..EXAMPLE.len(), byte in any::<char>(), n_gone in 0usize..40) {
        let head: String = EXAMPLE.chars().take(cut).collect();
        let tail: String = EXAMPLE.chars().skip(cut + n_gone).collect();
        if let Err(mistakes) = load_text(Path::new("d.toml"), &format!("{head}{byte}{tail}"), around(), &[]) {
            prop_assert!(!mistakes.is_empty());
            prop_assert!(mistakes.iter().all(|mistake| !mistake.to_string().contains('\n')));
        }
    }
}
