//! Tests of reading a whole configuration: mistakes and their places, secrets, defaults, the overlay.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use domovoi_plugin::PluginName;

use domovoi_plugin::RoomJid;

use super::*;

const ACCOUNT: &str = "[accounts.main]\njid = \"domovoi@example.org\"\npassword = \"p\"\n";

/// Knows two plugins, and of `guard` the settings `preset` and `limits.burst`.
struct TwoPlugins;

impl PluginCatalogue for TwoPlugins {
    fn names(&self) -> Option<Vec<PluginName>> {
        Some(vec![PluginName::new("admin").unwrap(), PluginName::new("guard").unwrap()])
    }

    fn check_settings(&self, _plugin: &PluginName, settings: &toml::Table) -> Vec<SettingMistake> {
        let mut mistakes = Vec::new();
        if settings.get("preset").is_some_and(|preset| preset.as_str().is_none()) {
            mistakes.push(SettingMistake { key: KeyPath::new(["preset"]), what: "expected a preset".to_owned() });
        }
        if settings.get("limits").and_then(|limits| limits.get("burst")).is_some_and(|it| it.as_integer() == Some(0)) {
            mistakes.push(SettingMistake { key: KeyPath::new(["limits", "burst"]), what: "at least 1".to_owned() });
        }
        mistakes
    }
}

fn around() -> Surroundings<'static> {
    let env = &|name: &str| (name == "SET").then(|| "from env".to_owned());
    Surroundings { env, catalogue: &|_| Box::new(TwoPlugins) }
}

fn read(text: &str) -> Result<Loaded, Mistakes> {
    load_text(Path::new("/nowhere/d.toml"), text, around(), &[])
}

fn good(text: &str) -> Config {
    read(text).unwrap().config
}

/// What is wrong in a text, without the file's name.
fn mistakes(text: &str) -> String {
    let lines = read(text).map(|_| String::new()).unwrap_or_else(|mistakes| mistakes.to_string());
    lines.replace("/nowhere/d.toml:", "")
}

/// What is wrong when this stands after a good account of three lines.
fn mistakes_after(text: &str) -> String {
    mistakes(&format!("{ACCOUNT}{text}"))
}

/// What stands after a good account of three lines, and what is wrong in it.
const MISTAKES: &[(&str, &str)] = &[
    ("[bot]\nlangauge = \"en\"", "5: bot.langauge: unknown key; did you mean `language`?"),
    ("[bott]", "4: bott: unknown key; did you mean `bot`?"),
    ("[bot]\nlanguage = \"de\"", "5: bot.language: `de` is a language that domovoi does not speak: use `en` or `ru`"),
    ("[bot]\nprefix = \"! \"", "5: bot.prefix: a prefix has no blanks"),
    ("[bot]\nnick = \"\"", "5: bot.nick: a nick needs at least one letter"),
    ("[bot]\nnick = \"  \"", "5: bot.nick: a nick needs at least one letter"),
    ("[bot]\nnick = \"a\\nb\"", "5: bot.nick: `a b` cannot be a nick: it has characters that no nick may have"),
    ("[bot]\nnick = 7", "5: bot.nick: expected a nick in quotes, found the number 7"),
    (
        "[bot]\nowners = [\n  \"a@b.example\",\n  \"a@b.example/c\",\n]",
        "7: bot.owners: `a@b.example/c` is not a bare JID such as `juliet@capulet.example`: resource found while \
             parsing a bare JID",
    ),
    ("[bot]\nplugin_dirs = [true]", "5: bot.plugin_dirs: expected a folder in quotes, found true"),
    ("max_rooms = 0", "4: accounts.main.max_rooms: expected a whole number from 1 to 10000, found the number 0"),
    ("standby = \"no\"", "4: accounts.main.standby: expected true or false, without quotes, found the text \"no\""),
    (
        "tls = \"startls\"",
        "4: accounts.main.tls: expected one of \"starttls\", \"direct\", \"none\", found \"startls\"; did you mean \
             `starttls`?",
    ),
    (
        "address = \"xmpp.example.org:5222\"\ntls = \"none\"",
        "5: accounts.main.tls: `none` is only for a server on this machine: it needs `address = \
             \"127.0.0.1:5222\"` or the like",
    ),
    ("password_env = \"SET\"", "4: accounts.main.password_env: `password` is here already: write only one of them"),
    (
        "[accounts.b]\njid = \"domovoi@example.org/x\"\npassword_env = \"SET\"",
        "1: accounts.main: `domovoi@example.org` is the JID of account `b` already",
    ),
    (
        "[rooms.\"garden@chat.example.org\"]\nretention = 10",
        "5: rooms.\"garden@chat.example.org\".retention: expected a duration such as \"90d\", or \"forever\", found \
             the number 10",
    ),
    (
        "[rooms.\"garden@chat.example.org\"]\naccount = \"mian\"",
        "5: rooms.\"garden@chat.example.org\".account: there is no account `mian`; did you mean `main`?",
    ),
    ("[rooms.garden]", "4: rooms.garden: `garden` is not a JID of the form name@domain: the part before @ is missing"),
    (
        "[rooms.\"Garden@chat.example.org\"]\n[rooms.\"garden@chat.example.org\"]",
        "5: rooms.\"garden@chat.example.org\": the room `garden@chat.example.org` is here twice",
    ),
    (
        "[rooms.\"a@b.example\".plugins]\ngaurd = true",
        "5: rooms.\"a@b.example\".plugins.gaurd: there is no plugin `gaurd`; did you mean `guard`?",
    ),
    (
        "[rooms.\"a@b.example\".plugins]\nguard = { limits = { burst = 0 } }",
        "5: rooms.\"a@b.example\".plugins.guard.limits.burst: at least 1",
    ),
    ("[plugins.guard]\nmode = 1\npreset = 2", "6: plugins.guard.preset: expected a preset"),
    ("[plugins.guard]\npowers = [\"htp\"]", "5: plugins.guard.powers: unknown power `htp`; did you mean `http`?"),
    (
        "[plugins.guard.limits]\nmemory = \"1MiB\"",
        "5: plugins.guard.limits.memory: `1MiB` is not within 2 MiB and 1024 MiB",
    ),
    (
        "[plugins.guard]\nlimits = { handler = 500 }",
        "5: plugins.guard.limits.handler: expected a duration such as \"500ms\", found the number 500",
    ),
    ("[plugins.guard.limits]\nmemry = \"32MiB\"", "5: plugins.guard.limits.memry: unknown key; did you mean `memory`?"),
    ("[web]", "4: web.listen: it is missing: the address to listen on, such as `127.0.0.1:8480`"),
    (
        "[web]\nlisten = \"localhost\"",
        "5: web.listen: `localhost` is not an IP address and port such as `127.0.0.1:8480`",
    ),
    ("bot = 3", "4: accounts.main.bot: unknown key"),
    ("x = 99999999999999999999", "4: accounts.main.x: the number is too large"),
];

#[test]
fn each_mistake_has_line_key_and_reason() {
    for (text, expected) in MISTAKES {
        assert_eq!(mistakes_after(text), *expected, "{text}");
    }
}

#[test]
fn accounts_are_needed_and_complete() {
    assert_eq!(
        mistakes(""),
        "1: accounts: there is no account: write a table such as [accounts.main] with jid and password"
    );
    assert_eq!(
        mistakes("\n[accounts.main]"),
        "2: accounts.main.jid: it is missing: the account's address, such as `domovoi@example.org`\n\
         2: accounts.main.password: it is missing: write password, password_file or password_env"
    );
    assert_eq!(
        mistakes_after("standby = true"),
        "1: accounts.main: every account is a standby, so none would serve a room: one needs `standby = false`"
    );
    let standby = "[accounts.b]\njid = \"b@x.example\"\npassword = \"p\"\nstandby = true\n[rooms.\"a@b.example\"]\n";
    assert_eq!(
        mistakes_after(&format!("{standby}account = \"b\"")),
        "9: rooms.\"a@b.example\".account: account `b` is a standby, which serves no room of its own"
    );
    assert!(good(&format!("{ACCOUNT}{standby}")).accounts["b"].standby);
}

#[test]
fn all_mistakes_come_at_once_in_order_of_lines() {
    let text = "[web]\nlisten = 1\n[bot]\nlanguage = \"xx\"\nprefix = \"\"\n[accounts.\"a b\"]\njid = \"x\"\n";
    let found = mistakes(text);
    let keys: Vec<&str> = found.lines().filter_map(|line| line.split(": ").nth(1)).collect();
    assert_eq!(
        keys,
        [
            "web.listen",
            "bot.language",
            "bot.prefix",
            "accounts.\"a b\"",
            "accounts.\"a b\".password",
            "accounts.\"a b\".jid"
        ],
        "{found}"
    );
}

#[test]
fn broken_syntax_is_named_with_its_line_and_hides_no_other_mistake() {
    let found = mistakes("[bot]\nprefix = \"\"\nnick = \"domovoi\n[accounts.main]\njid = 1\n");
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(lines[0], "2: bot.prefix: a prefix has 1 to 8 characters, found 0");
    assert!(lines[1].starts_with("3: bot.nick: not TOML: "), "{found}");
    assert_eq!(lines[2], "5: accounts.main.jid: expected a JID such as \"domovoi@example.org\", found the number 1");
    assert_eq!(lines.len(), 3, "{found}");
    let found = mistakes_after("[rooms.a@b.example]\n");
    assert!(found.ends_with("; put the room's address in quotes"), "{found}");
    assert!(mistakes_after("[accounts.main]\n").contains("4: accounts.main: not TOML: duplicate key"));
}

#[test]
fn a_file_that_cannot_be_read_is_a_sentence() {
    let found = load(Path::new("/nowhere/d.toml"), around(), &[]).unwrap_err().to_string();
    assert!(found.starts_with("/nowhere/d.toml: cannot read the configuration: "), "{found}");
}

#[test]
fn passwords_come_from_three_places_and_show_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("secret"), "from file\n").unwrap();
    fs::write(folder.path().join("empty"), "\n").unwrap();
    let path = folder.path().join("d.toml");
    let read = |password: &str| {
        load_text(&path, &format!("[accounts.main]\njid = \"a@b.example\"\n{password}"), around(), &[])
    };
    for (written, expected) in [
        ("password = \"plain\"", "plain"),
        ("password_file = \"secret\"", "from file"),
        ("password_env = \"SET\"", "from env"),
    ] {
        let loaded = read(written).unwrap();
        assert_eq!(loaded.config.accounts["main"].password.reveal(), expected);
        assert!(!format!("{loaded:?}").contains(expected), "{written}");
    }
    for (written, expected) in [
        ("password = \"\"", "the password is empty"),
        ("password_file = \"empty\"", "the password is empty"),
        ("password_file = \"none\"", "cannot read "),
        ("password_env = \"UNSET\"", "the environment variable `UNSET` is not set"),
    ] {
        let found = read(written).unwrap_err().to_string();
        assert!(found.contains(expected), "{found}");
    }
    let found = read("password = 271828").unwrap_err().to_string();
    assert!(!found.contains("271828"), "{found}");
}

#[cfg(unix)]
#[test]
fn a_password_that_others_can_read_is_worth_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "x").unwrap();
    let text =
        "[bot]\nowners = [\"a@b.example\"]\n[accounts.main]\njid = \"a@b.example\"\npassword_file = \"secret\"\n";
    for (mode, expected) in [(0o600, 0), (0o640, 1), (0o604, 1)] {
        fs::set_permissions(&secret, fs::Permissions::from_mode(mode)).unwrap();
        let loaded = load_text(&folder.path().join("d.toml"), text, around(), &[]).unwrap();
        assert_eq!(loaded.warnings.len(), expected, "{mode:o}: {}", loaded.warnings);
    }
}

#[test]
fn defaults_are_filled_in_and_rooms_take_those_of_the_bot() {
    let config = good(&format!(
        "{ACCOUNT}[bot]\nlanguage = \"ru\"\nnick = \"brownie\"\n[rooms.\"a@b.example\"]\nnick = \"cat\"\n\
         [rooms.\"c@b.example\"]\nretention = \"forever\"\nrecords = \"full\"\n"
    ));
    assert_eq!(config.bot.data_dir, Path::new("/nowhere/data"));
    let account = &config.accounts["main"];
    assert_eq!((account.tls, account.max_rooms, account.address.clone()), (Tls::StartTls, 100, None));
    let room = &config.rooms[&"a@b.example".parse::<RoomJid>().unwrap()];
    assert_eq!((room.nick.as_str(), room.language.as_str(), room.prefix.as_str()), ("cat", "ru", "!"));
    assert_eq!((room.records, room.retention), (Records::Events, Some(Duration::from_secs(90 * 86_400))));
    assert_eq!(room.own_keys.iter().collect::<Vec<_>>(), ["nick"]);
    let other = &config.rooms[&"c@b.example".parse::<RoomJid>().unwrap()];
    assert_eq!((other.nick.as_str(), other.records, other.retention), ("brownie", Records::Full, None));
    assert!(config.web.is_none());
}

#[test]
fn a_rooms_settings_win_over_those_for_all_rooms() {
    let config = good(&format!(
        "{ACCOUNT}[plugins.guard]\nenabled = true\npreset = \"public\"\nbounds = {{ burst = 5, size = 7 }}\n\
         [rooms.\"on@b.example\".plugins]\nguard = {{ bounds = {{ burst = 9 }} }}\n\
         [rooms.\"off@b.example\".plugins]\nguard = false\nadmin = false\n[rooms.\"none@b.example\"]\n"
    ));
    let (guard, admin) = (PluginName::new("guard").unwrap(), PluginName::new("admin").unwrap());
    let room = |name: &str| format!("{name}@b.example").parse().unwrap();
    for (name, is_guarded, has_admin) in [("on", true, true), ("off", false, false), ("none", true, true)] {
        assert_eq!(config.is_enabled(&guard, &room(name)), is_guarded, "{name}");
        assert_eq!(config.is_enabled(&admin, &room(name)), has_admin, "{name}");
    }
    let expected = |text: &str| text.parse::<toml::Table>().unwrap();
    let all = expected("preset = \"public\"\nbounds = { burst = 5, size = 7 }");
    assert_eq!(config.plugin_settings(&guard, &room("none")), all);
    assert_eq!(
        config.plugin_settings(&guard, &room("on")),
        expected("preset = \"public\"\nbounds = { burst = 9, size = 7 }")
    );
}

fn with_overlay(text: &str, overlay: &[(&str, &str)]) -> Loaded {
    let entry = |(key, value): &(&str, &str)| {
        let table: toml::Table = format!("v = {value}").parse().unwrap();
        (key.parse().unwrap(), table["v"].clone())
    };
    let overlay: Vec<OverlayEntry> = overlay.iter().map(entry).collect();
    load_text(Path::new("d.toml"), &format!("{ACCOUNT}{text}"), around(), &overlay).unwrap()
}

#[test]
fn a_plugin_folder_that_is_not_there_is_a_warning() {
    let loaded = read(&format!("[bot]\nowners = [\"a@b.example\"]\nplugin_dirs = [\"no\"]\n{ACCOUNT}")).unwrap();
    assert_eq!(loaded.warnings.to_string(), "/nowhere/d.toml:3: bot.plugin_dirs: there is no folder /nowhere/no");
    assert_eq!(loaded.config.bot.plugin_dirs, [Path::new("/nowhere/no")]);
}

#[test]
fn turning_off_a_plugin_that_there_is_not_is_a_warning() {
    let loaded =
        read(&format!("[bot]\nowners = [\"a@b.example\"]\n{ACCOUNT}[rooms.\"a@b.example\".plugins]\ngaurd = false"));
    assert_eq!(
        loaded.unwrap().warnings.to_string(),
        "/nowhere/d.toml:7: rooms.\"a@b.example\".plugins.gaurd: there is no plugin `gaurd` to turn off; did you mean \
         `guard`?"
    );
}

#[test]
fn overlay_wins_and_keeps_what_it_does_not_name() {
    let guard = PluginName::new("guard").unwrap();
    let text = "[rooms.\"Garden@b.example\".plugins]\nguard = { preset = \"public\" }\n[plugins]\n";
    let room: RoomJid = "garden@b.example".parse().unwrap();
    let loaded = with_overlay(
        text,
        &[
            ("rooms.\"garden@B.example\".language", "\"ru\""),
            ("rooms.\"garden@b.example\".plugins.guard", "false"),
            ("rooms.\"new@b.example\".plugins.guard", "true"),
            ("rooms.\"new@b.example\".plugins.guard.preset", "\"strict\""),
            ("bot.prefix", "\"?\""),
        ],
    );
    assert!(loaded.skipped.is_empty(), "{}", loaded.skipped);
    let config = &loaded.config;
    assert_eq!(config.rooms[&room].language.as_str(), "ru");
    assert_eq!(config.rooms[&room].prefix.as_str(), "?");
    // Switched off by chat, with the settings of the file kept for the day it is on again.
    let settings: toml::Table = "preset = \"public\"".parse().unwrap();
    assert_eq!(config.rooms[&room].plugins[&guard], RoomPlugin { enabled: false, powers: None, settings });
    assert!(config.is_enabled(&guard, &"new@b.example".parse().unwrap()));
    assert_eq!(config.plugin_settings(&guard, &"new@b.example".parse().unwrap())["preset"].as_str(), Some("strict"));
    let place = |key: &str| loaded.place(&key.parse().unwrap()).cloned();
    assert_eq!(place("rooms.\"garden@b.example\".language"), Some(Place::Overlay));
    let line = |line| Some(Place::File { path: "d.toml".into(), line });
    assert_eq!(place("rooms.\"garden@b.example\".plugins.guard.preset"), line(5));
    assert_eq!(place("accounts.main.tls"), line(1));
    assert_eq!(place("web.listen"), None);
}

#[test]
fn overlay_entries_that_make_no_sense_are_named_and_left_out() {
    let loaded = with_overlay(
        "",
        &[
            ("bot.nick", "\"brownie\""),
            ("bot.langauge", "\"ru\""),
            ("rooms.\"a@b.example\".account", "\"gone\""),
            ("plugins.guard.preset", "7"),
            // Each of these is right by itself, and wrong beside what the file says.
            ("accounts.main.password_env", "\"SET\""),
            ("accounts.b.jid", "\"domovoi@example.org\""),
            ("bot.language", "\"ru\""),
        ],
    );
    assert_eq!((loaded.config.bot.nick.as_str(), loaded.config.bot.language.as_str()), ("brownie", "ru"));
    let keys: BTreeSet<String> = loaded.skipped.iter().map(|mistake| mistake.key.to_string()).collect();
    let expected = ["accounts.b.password", "accounts.main.password_env", "bot.langauge", "plugins.guard.preset"];
    assert!(expected.iter().all(|key| keys.contains(*key)), "{}", loaded.skipped);
    assert!(loaded.skipped.iter().all(|mistake| mistake.place == Place::Overlay));
    assert!(loaded.skipped.to_string().contains("overlay: bot.langauge: unknown key; did you mean `language`?"));
    assert_eq!(loaded.config.accounts.len(), 1);
}

#[test]
fn overlay_entry_that_makes_a_line_of_the_file_wrong_is_found() {
    let text = "standby = false\n[accounts.b]\njid = \"b@x.example\"\npassword = \"p\"\n[rooms.\"a@b.example\"]\naccount = \"b\"\n";
    let loaded = with_overlay(text, &[("bot.nick", "\"brownie\""), ("accounts.b.standby", "true")]);
    assert!(!loaded.config.accounts["b"].standby);
    assert_eq!(loaded.config.bot.nick.as_str(), "brownie");
    assert_eq!(
        loaded.skipped.to_string(),
        "overlay: accounts.b.standby: with it, rooms.\"a@b.example\".account is wrong: account `b` is a standby, which \
         serves no room of its own"
    );
}
