//! Rules of owners.

use domovoi_plugin::{Affiliation, Record, RecordKind, Wake};

use crate::{deeds, garden};

#[test]
fn an_admin_writes_a_rule_and_it_acts() {
    let (bench, room) = garden();
    bench.play(
        &room,
        "
        anna: !rule add adverts if links > 0 and age < 10m and trust = stranger then mute 10m
        bot: anna: The rule adverts holds for what is said: muted for 10 minutes.
        anna: !rule add kids if nick like moderator or domain = bad.example then kick expires 7d
        bot: anna: The rule kids holds for everyone who comes in, takes a nick or says something: kicked.
        anna: !rule list
        bot: anna: adverts (on, hit 0 times): adverts if links > 0 and age < 10m and trust = stranger then mute 10m | kids (on, hit 0 times): kids if nick like moderator or domain = bad.example then kick expires 7d
        anna: !rule add adverts if linkz > 0 then kick
        bot: anna: At character 12, “linkz”: expected one of nick, jid, domain, body, client, length, links, age, joins, trust, affiliation. Did you mean “links”?
        anna: !rule show kidz
        bot: anna: There is no rule “kidz”. There are: adverts, kids
        ",
    );
    let bob = room.join("bob", Affiliation::None);
    bob.says("good morning");
    assert!(deeds(&bench).is_empty());
    bob.says("see https://shop.example/");
    assert!(deeds(&bench)[0].starts_with("bot mutes bob for 10m: Against the rule “adverts” of this room"));
    room.join("m0derat0r", Affiliation::None);
    assert!(deeds(&bench)[0].starts_with("bot kicks m0derat0r"));
    let _ = room.try_join("eve", "eve@bad.example");
    assert!(deeds(&bench)[0].starts_with("bot kicks eve"));
    // Three offenders in a minute are a raid, and then everything is otherwise.
    bench.advance("30m");
    drop(bench.answers());
    let carl = room.join("carl", Affiliation::None);
    carl.renames("mоderator");
    assert!(deeds(&bench)[0].starts_with("bot kicks"), "a new nick is looked at too");
}

#[test]
fn a_rule_is_watched_turned_off_and_removed() {
    let (bench, room) = garden();
    room.person("anna").says("!rule add spam if body contains spam then kick");
    bench.play(
        &room,
        "
        anna: !rule observe spam
        bot: anna: The rule spam is watched only.
        ",
    );
    room.join("bob", Affiliation::None).says("spam");
    assert!(deeds(&bench).is_empty());
    assert!(bench.verdicts().iter().any(|it| it.rule == "own"), "it is shown all the same");
    room.person("anna").says("!rule on spam");
    room.person("bob").says("more spam, friends");
    assert!(deeds(&bench)[0].starts_with("bot kicks bob"));
    bench.advance("61s");
    drop(bench.answers());
    bench.play(
        &room,
        "
        anna: !rule
        bot: anna: spam (on, hit 2 times): spam if body contains spam then kick
        anna: !rule off spam
        bot: anna: The rule spam is skipped.
        ",
    );
    room.join("eve", Affiliation::None).says("spam");
    assert!(deeds(&bench).is_empty());
    bench.play(
        &room,
        "
        anna: !rule del spam
        bot: anna: The rule spam is gone.
        anna: !rule list
        bot: anna: There are no rules here.
        ",
    );
}

#[test]
fn a_rule_survives_a_restart_and_ends_when_it_should() {
    let (bench, room) = garden();
    room.person("anna").says("!rule add spam if body contains spam then kick expires 2h");
    bench.share(None);
    bench.wake(Wake::Config);
    room.join("bob", Affiliation::None).says("spam");
    assert!(deeds(&bench)[0].starts_with("bot kicks bob"));
    bench.advance("2h");
    room.join("eve", Affiliation::None).says("spam");
    assert!(deeds(&bench).is_empty());
    room.person("anna").says("!rule list");
    assert_eq!(bench.answers(), ["bot: anna: There are no rules here."]);
}

#[test]
fn find_says_which_rules_would_hit() {
    let (bench, room) = garden();
    room.person("anna").says("!rule add b if nick = b* then kick observe");
    room.person("anna").says("!rule add said if body contains x then kick");
    room.join("bob", Affiliation::None);
    room.join("carl", Affiliation::None);
    bench.play(
        &room,
        "
        anna: !rule find bob
        clock +1s
        bot: anna: b hits: b if nick = b* then kick observe | said depends on what they say: said if body contains x then kick
        anna: !rule find carl
        clock +1s
        bot: anna: said depends on what they say: said if body contains x then kick
        ",
    );
}

#[test]
fn find_knows_how_well_someone_is_known() {
    let (bench, room) = garden();
    room.person("anna").says("!rule add new if trust = stranger then mute 10m observe");
    room.person("anna").says("!rule add known if trust = newcomer and age > 10m then mute 10m observe");
    let bob = room.join("bob", Affiliation::None);
    bob.says("good morning");
    let found = || {
        drop(bench.answers());
        room.person("anna").says("!rule find bob");
        bench.advance("2s");
        bench.answers().join("\n")
    };
    assert!(found().contains("anna: new hits"));
    bench.advance("11m");
    bob.says("how are you all?");
    let told = found();
    assert!(told.contains("known hits") && !told.contains("new hits"), "{told}");
    // Nobody waits for a guard that is not there.
    bench.set("mode", "off");
    room.person("anna").says("!rule find bob");
    assert!(bench.answers().join("\n").contains("hits"));
}

fn record(bench_minutes: i64, kind: RecordKind, nick: &str, body: Option<&str>) -> Record {
    let start: domovoi_plugin::Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let at = start + std::time::Duration::from_secs(60 * u64::try_from(bench_minutes).unwrap());
    let mut it = Record::new(at, "garden@chat.example".parse().unwrap(), kind);
    it.nick = domovoi_plugin::Nick::new(nick).ok();
    it.jid = format!("{nick}@people.example").parse().ok();
    it.body = body.map(str::to_owned);
    it
}

#[test]
fn a_rule_is_tried_on_what_was_recorded() {
    let (bench, room) = garden();
    let mut records = vec![
        record(0, RecordKind::Join, "bob", None),
        record(1, RecordKind::Message, "bob", Some("see https://a.example and https://b.example")),
        record(2, RecordKind::Message, "bob", Some("once more https://c.example")),
        record(3, RecordKind::Message, "eve", Some("no link here")),
        record(4, RecordKind::Message, "mia", None),
        record(30, RecordKind::Message, "eve", Some("later: https://d.example")),
    ];
    records.extend((0..25_000).map(|n| record(40 + n % 60, RecordKind::Presence, "bob", None)));
    bench.recorded(records);
    room.person("anna").says("!rule add adverts if links > 0 and age < 10m then kick observe");
    drop(bench.answers());
    bench.play(
        &room,
        "
        anna: !rule test adverts last 7d
        bot to anna: adverts would have hit 1 of 3 people, 2 times in 25006 records of the last 7 days. | bob, 2 times, last at 2026-11-20 12:02: once more https://c.example | Of 1 message the words were not kept, so that nothing can be said of it.
        anna: !rule test adverts last 1h
        bot to anna: adverts would have hit 0 of 0 people, 0 times in 0 records of the last 1 hour.
        anna: !rule test adverts long ago
        bot: anna: “long ago” is no span: write last 30d, for example.
        ",
    );
}
