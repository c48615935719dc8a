//! Compares the reference with what a VM holds, both ways.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc, time::Duration};

use domovoi_plugin::{
    AbsentChange, Affiliation, Called, Cause, Change, Correction, Event, EventKind, Invited, Leave, Message, MessageId,
    Nick, Occupant, Phase, Reaction, Retraction, Ring, Role, Secret, Signal, StanzaId, Timestamp,
    jid::{BareJid, Jid},
};
use mlua::{Lua, Table, Value};

use super::Api;
use crate::host::{
    lua::{
        code::Code,
        event::{self, Sight},
        limits::Limits,
        load::load,
        options, shape,
    },
    testing::garden,
};

/// Sections that are tables in `cx`, with the key under which they are there.
const IN_CX: &[(&str, &str)] = &[
    ("base64", "Base64"),
    ("html", "Html"),
    ("json", "Json"),
    ("regex", "Regex"),
    ("text", "TextTools"),
    ("time", "Time"),
    ("toml", "Toml"),
];
/// What is not written down one by one: it has no words of its own.
const PROXIES: &[&str] = &["option", "store", "http"];

fn differ(what: &str, written: &BTreeSet<&str>, there: &BTreeSet<String>) {
    let there: BTreeSet<&str> = there.iter().map(String::as_str).collect();
    let missing: Vec<_> = there.difference(written).collect();
    let left_over: Vec<_> = written.difference(&there).collect();
    assert!(
        missing.is_empty() && left_over.is_empty(),
        "{what}: api.toml lacks {missing:?}, and has {left_over:?}, which there is not"
    );
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|it| (*it).to_owned()).collect()
}

/// The names after this in a text: `function Cx.` gives `reply`.
fn names_after(text: &str, before: &str) -> BTreeSet<String> {
    let name = |it: &str| it.chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect::<String>();
    text.split(before).skip(1).map(name).filter(|it| !it.is_empty()).collect()
}

#[test]
fn tables_of_plugins_are_written_down() {
    let api = Api::read();
    differ("Plugin", &api.words("Plugin"), &set(shape::KEYS));
    differ("Command", &api.words("Command"), &set(shape::COMMAND_KEYS));
    differ("Option", &api.words("Option"), &set(options::OPTION_KEYS));
    differ("Arg", &api.words("Arg"), &set(options::ARG_KEYS));
    differ("Handlers", &api.words("Handlers"), &set(shape::EVENTS));
}

#[test]
fn words_of_cx_are_written_down() {
    let api = Api::read();
    let text = "return { name = 'hello', api = 1, on = { join = function() end } }";
    let code = Code::of_text("hello".parse().unwrap(), text);
    let (loaded, _) = load(&Arc::new(code), &Limits { load: Duration::from_secs(10), ..Limits::default() }).unwrap();
    let lua = &loaded.vm.lua;
    let (slot, cx) = (lua.create_table().unwrap(), lua.create_table().unwrap());
    let nothing = lua.create_function(|_, ()| Ok(())).unwrap();
    loaded.starts.any.call::<()>((slot, nothing, &cx)).unwrap();
    let luau = include_str!("../../api.luau");
    // What might be in it is looked for in the sources, what is in it in the VM.
    let mut there: BTreeSet<String> = candidates().into_iter().filter(|it| is_there(&cx, it)).collect();
    there.extend(names_after(luau, "function Cx."));
    there.extend(names_after(include_str!("../../start.rs"), "fields.raw_set(\""));
    there.extend(names_after(luau, "if key == \""));
    differ("Cx", &api.words("Cx"), &there);
    let mut store = names_after(luau, "function Store.");
    store.extend(["plugin", "room", "person", "person_here"].map(str::to_owned));
    differ("Store", &api.words("Store"), &store);
    differ("Http", &api.words("Http"), &names_after(luau, "function Http."));
    let element = names_after(include_str!("../../html.rs"), "methods.add_method(\"");
    differ("Element", &api.words("Element"), &element);
    for key in there.iter().filter(|it| !PROXIES.contains(&it.as_str())) {
        let Ok(Value::Table(table)) = cx.get::<Value>(key.as_str()) else { continue };
        let section = IN_CX.iter().find(|it| it.0 == key).unwrap_or_else(|| panic!("cx.{key} has no section"));
        let keys = table.pairs::<String, Value>().map(|it| it.unwrap().0).collect();
        differ(section.1, &api.words(section.1), &keys);
    }
}

fn is_there(cx: &Table, key: &str) -> bool {
    // A proxy may refuse to be read while there is nobody to read it for.
    cx.get::<Value>(key).map_or(true, |it| !it.is_nil())
}

/// Every word under which the sources put something into a table.
fn candidates() -> BTreeSet<String> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/host/lua");
    let sources = fs::read_dir(dir).unwrap().map(|it| it.unwrap().path()).filter(|it| it.is_file());
    sources.flat_map(|it| names_after(&fs::read_to_string(it).unwrap(), "raw_set(\"")).collect()
}

#[test]
fn words_of_tests_are_written_down() {
    let api = Api::read();
    let luau = include_str!("../../testing/bench.luau");
    for (section, table) in [("Room", "Room"), ("Person", "Person"), ("TestClock", "Clock"), ("Test", "test")] {
        let mut there = names_after(luau, &format!("\nfunction {table}."));
        there.extend(names_after(luau, &format!("\n{table}.")));
        there.extend((table == "test").then(|| "clock".to_owned()));
        differ(section, &api.words(section), &there);
    }
}

#[test]
fn fields_of_events_are_written_down() {
    let (api, lua) = (Api::read(), Lua::new());
    let sight = Sight { plugin: "hello".parse().unwrap(), sees_jids: true, secret: Secret::default() };
    let mut there = set(&["command", "level"]);
    for kind in kinds() {
        let event = Event {
            at: Timestamp::default(),
            room: garden(),
            phase: Phase::History,
            is_own: true,
            occupant: Some(Arc::new(occupant())),
            kind,
        };
        let table = event::table(&lua, &event, &sight).unwrap();
        there.extend(table.pairs::<String, Value>().map(|it| it.unwrap().0));
    }
    for signal in signals() {
        let table = event::signal(&lua, &signal, &sight).unwrap();
        there.extend(table.pairs::<String, Value>().map(|it| it.unwrap().0));
    }
    differ("Event", &api.words("Event"), &there);
}

/// Whatever reaches a plugin from elsewhere than a room, with all that there is.
fn signals() -> [Signal; 3] {
    let inviter = Some(Jid::new("eve@example.org/phone").unwrap());
    [
        Signal::Timer(Ring { name: "tea".to_owned(), data: true.into() }),
        Signal::Invitation(Invited { room: garden(), inviter, reason: Some("come".to_owned()) }),
        Signal::Hook(Called { body: "{}".to_owned(), headers: std::collections::BTreeMap::new() }),
    ]
}

/// An event of each kind that has something of its own, with all of it.
fn kinds() -> Vec<EventKind> {
    let (actor, reason) = (Some(Nick::new("nurse").unwrap()), Some("enough".to_owned()));
    let message = || Message {
        body: "hello".to_owned(),
        id: Some(MessageId::new("m1")),
        stanza_id: Some(StanzaId::new("s1")),
        reply_to: Some("s0".to_owned()),
        oob: vec!["https://example.org/".to_owned()],
        is_encrypted: true,
        ..Message::default()
    };
    let role = Change { was: Role::Visitor, actor: actor.clone(), reason: reason.clone() };
    let left = Leave { cause: Cause::Kicked, actor: actor.clone(), reason: reason.clone() };
    let taken_back = Retraction { target: "s1".to_owned(), moderator: actor.clone(), reason: reason.clone() };
    let jid = BareJid::new("eve@example.org").unwrap();
    vec![
        EventKind::Message(message()),
        EventKind::Correction(Correction { replaces: MessageId::new("m0"), message: message() }),
        EventKind::Retraction(taken_back),
        EventKind::Reaction(Reaction { target: "s1".to_owned(), emojis: vec!["👍".to_owned()] }),
        EventKind::Subject { text: "bees".to_owned() },
        EventKind::Leave(left),
        EventKind::Nick { old: Nick::new("alice").unwrap() },
        EventKind::Role(role),
        EventKind::Absent(AbsentChange { jid, affiliation: Affiliation::Outcast, actor, reason }),
        EventKind::Malformed { why: "odd".to_owned() },
    ]
}

fn occupant() -> Occupant {
    Occupant {
        nick: Nick::new("alice").unwrap(),
        role: Role::Participant,
        affiliation: Affiliation::None,
        jids: vec![Jid::new("alice@example.org/phone").unwrap()],
        occupant_id: None,
        show: domovoi_plugin::Show::Online,
        status: None,
        caps: None,
        avatar: None,
        joined_at: Timestamp::default(),
        stay: 1,
        is_self: false,
    }
}
