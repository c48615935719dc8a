//! Who may do what to whom, through the bot and without being asked.

use std::sync::Arc;

use domovoi_plugin::{
    ActError, Action, Affiliation, Asker, Identity, Level, MessageId, Moderation, Role, StanzaId, Target, View,
};

use super::{Stage, features, item, nick, presence, says};
use crate::muc::{Outbound, Permitted, Spared};

const RANKS: [(&str, Affiliation, Role); 6] = [
    ("owner", Affiliation::Owner, Role::Moderator),
    ("admin", Affiliation::Admin, Role::Moderator),
    ("moderator", Affiliation::None, Role::Moderator),
    ("member", Affiliation::Member, Role::Participant),
    ("participant", Affiliation::None, Role::Participant),
    ("visitor", Affiliation::None, Role::Visitor),
];

/// A room with one of each rank, in which we have this one.
fn court(affiliation: Affiliation, role: Role) -> Stage {
    let mut stage = Stage::joined();
    let own = item(affiliation, role, Some("domovoi@example.org/x"));
    stage.available("domovoi", presence(&[110], vec![own]));
    for (name, affiliation, role) in RANKS {
        stage.here(name, affiliation, role);
    }
    stage
}

fn target(name: &str) -> Target {
    Target { nick: nick(name), identity: Identity::Jid(format!("{name}@example.net").parse().unwrap()) }
}

fn asker(stage: &Stage, name: &str) -> Asker {
    let occupant = stage.room.occupant(&nick(name)).cloned();
    let level = occupant.as_ref().map_or(Level::VISITOR, |it| Level::of(it.role, it.affiliation));
    Asker {
        identity: target(name).identity,
        nick: name.to_owned(),
        signature: format!("by {name}"),
        level,
        occupant,
        is_override: false,
    }
}

fn kick(name: &str) -> Action {
    Action::Kick { target: target(name), reason: "r".into() }
}

fn ban(name: &str) -> Action {
    Action::Ban { jid: format!("{name}@example.net").parse().unwrap(), span: None, reason: "r".into() }
}

fn affiliate(name: &str, affiliation: Affiliation) -> Action {
    let jid = format!("{name}@example.net").parse().unwrap();
    Action::Affiliation { jid, affiliation, reason: String::new() }
}

fn ask(stage: &Stage, action: &Action, by: Option<&str>) -> Result<Permitted, ActError> {
    let by = by.map(|it| asker(stage, it));
    stage.room.permits(action, by.as_ref(), &MessageId::new("id"))
}

#[track_caller]
fn check(stage: &Stage, action: &Action, by: Option<&str>, expected: &str) {
    let word = match ask(stage, action, by) {
        Ok(Permitted::Already) => "already",
        Ok(Permitted::Send(_)) => "yes",
        Err(ActError::TooLow { .. }) => "low",
        Err(ActError::AskerTooLow { .. }) => "asker",
        Err(ActError::Above { .. }) => "above",
        Err(ActError::Gone { .. }) => "gone",
        Err(ActError::Unsupported) => "unsupported",
        Err(ActError::NotInRoom) => "out",
        Err(other) => panic!("{other}"),
    };
    assert_eq!(word, expected, "{action:?} by {by:?}");
}

#[test]
fn we_kick_only_those_below_us() {
    let rows = [
        (Affiliation::Owner, [false, true, true, true, true, true]),
        (Affiliation::Admin, [false, false, true, true, true, true]),
        (Affiliation::None, [false, false, false, true, true, true]),
    ];
    for (own, answers) in rows {
        let stage = court(own, Role::Moderator);
        let identity = Identity::Jid("boss@boss.example".parse().unwrap());
        let boss = Asker { level: Level::BOT_OWNER, is_override: true, identity, ..asker(&stage, "participant") };
        for ((name, _, _), may) in RANKS.into_iter().zip(answers) {
            let ruling = stage.room.permits(&kick(name), Some(&boss), &MessageId::new("id"));
            assert_eq!(ruling.is_ok(), may, "{own} kicks {name}: {ruling:?}");
        }
    }
    // Nobody is below themselves: that was a slip of the keyboard.
    let stage = court(Affiliation::Owner, Role::Moderator);
    for slip in ["participant", "moderator"] {
        let boss = Asker { level: Level::BOT_OWNER, is_override: true, ..asker(&stage, slip) };
        let ruling = stage.room.permits(&kick(slip), Some(&boss), &MessageId::new("id"));
        assert!(matches!(ruling, Err(ActError::Above { .. })), "{ruling:?}");
    }
    // Of its own accord the bot touches nobody who keeps the room in order.
    let answers = ["above", "above", "above", "yes", "yes", "yes"];
    for ((name, _, _), answer) in RANKS.into_iter().zip(answers) {
        check(&court(Affiliation::Owner, Role::Moderator), &kick(name), None, answer);
    }
    check(&court(Affiliation::None, Role::Participant), &kick("visitor"), None, "low");
    check(&court(Affiliation::Member, Role::Moderator), &ban("visitor"), None, "low");
}

#[test]
fn nobody_does_through_us_what_the_room_would_refuse_them() {
    let stage = court(Affiliation::Owner, Role::Moderator);
    let rows = [
        ("owner", ["above", "yes", "yes", "yes", "yes", "yes"]),
        ("admin", ["above", "above", "yes", "yes", "yes", "yes"]),
        ("moderator", ["asker", "asker", "asker", "asker", "asker", "asker"]),
        ("participant", ["asker", "asker", "asker", "asker", "asker", "asker"]),
        ("stranger", ["asker", "asker", "asker", "asker", "asker", "asker"]),
    ];
    for (by, answers) in rows {
        for ((name, _, _), answer) in RANKS.into_iter().zip(answers) {
            let got = ask(&stage, &ban(name), Some(by));
            // Who is too low to ban at all may also hear that the target is above them.
            let is_refused = matches!(got, Err(ActError::AskerTooLow { .. } | ActError::Above { .. }));
            assert_eq!(is_refused, answer != "yes", "{by} bans {name}: {got:?}");
        }
    }
    check(&stage, &kick("participant"), Some("moderator"), "yes");
    check(&stage, &kick("member"), Some("moderator"), "above");
    check(&stage, &kick("moderator"), Some("moderator"), "above");
    check(&stage, &kick("visitor"), Some("participant"), "asker");
    check(&stage, &affiliate("participant", Affiliation::Admin), Some("admin"), "asker");
    check(&stage, &affiliate("participant", Affiliation::Admin), Some("owner"), "yes");
    check(&stage, &affiliate("participant", Affiliation::Member), Some("admin"), "yes");
    check(&stage, &affiliate("participant", Affiliation::Member), Some("moderator"), "asker");
}

#[test]
fn rights_are_those_of_now_and_an_override_goes_beyond_them() {
    let mut stage = court(Affiliation::Owner, Role::Moderator);
    let mut by = asker(&stage, "moderator");
    let id = MessageId::new("id");
    let signed = || "r (by moderator)".to_owned();
    let kicks = Outbound::SetRole { nick: nick("visitor"), role: Role::None, reason: signed() };
    assert_eq!(stage.room.permits(&kick("visitor"), Some(&by), &id), Ok(kicks.into()));
    stage.here("moderator", Affiliation::None, Role::Participant);
    assert_eq!(
        stage.room.permits(&kick("visitor"), Some(&by), &id),
        Err(ActError::AskerTooLow { needed: "moderator" }),
        "they were a moderator when they asked"
    );
    by.is_override = true;
    by.level = Level::MODERATOR;
    let above = stage.room.permits(&kick("admin"), Some(&by), &id);
    assert!(matches!(above, Err(ActError::Above { .. })), "an override reaches as far as its level: {above:?}");
    by.level = Level::BOT_OWNER;
    let jid = "admin@example.net".parse().unwrap();
    let bans = Outbound::SetAffiliation { jid, affiliation: Affiliation::Outcast, reason: signed() };
    assert_eq!(stage.room.permits(&ban("admin"), Some(&by), &id), Ok(bans.into()));
    let above = stage.room.permits(&ban("owner"), Some(&by), &id);
    assert_eq!(above, Err(ActError::Above { nick: "owner".into(), what: "an owner" }), "our own limits stay");
}

#[test]
fn the_target_is_whoever_was_meant() {
    let mut stage = court(Affiliation::Admin, Role::Moderator);
    let mut away = presence(&[303], vec![item(Affiliation::None, Role::Participant, None)]);
    away.items[0].nick = Some(nick("elsewhere"));
    stage.unavailable("participant", away);
    let other = item(Affiliation::None, Role::Participant, Some("innocent@example.net/x"));
    stage.available("participant", presence(&[], vec![other]));
    let Ok(Permitted::Send(stanzas)) = ask(&stage, &kick("participant"), None) else { panic!("refused") };
    let kick_of = |name| Outbound::SetRole { nick: nick(name), role: Role::None, reason: "r".into() };
    assert_eq!(stanzas, [kick_of("elsewhere")], "the innocent stays");
    stage.unavailable("elsewhere", presence(&[], vec![]));
    check(&stage, &kick("participant"), None, "gone");
}

#[test]
fn what_is_so_already_is_not_done_again() {
    let stage = court(Affiliation::Owner, Role::Moderator);
    let mute = |name| Action::Mute { target: target(name), span: None, reason: String::new() };
    let unmute = |name| Action::Unmute { target: target(name), reason: String::new() };
    check(&stage, &mute("visitor"), None, "already");
    check(&stage, &mute("participant"), None, "yes");
    check(&stage, &unmute("visitor"), None, "yes");
    check(&stage, &unmute("participant"), None, "already");
    check(&stage, &unmute("moderator"), None, "already");
    check(&stage, &affiliate("member", Affiliation::Member), None, "already");
    check(&stage, &affiliate("nobody-here", Affiliation::Member), None, "yes");
    let role = |name, role| Action::Role { target: target(name), role, reason: String::new() };
    check(&stage, &role("participant", Role::Moderator), None, "yes");
    check(&stage, &role("participant", Role::Moderator), Some("moderator"), "asker");
    let stage = court(Affiliation::None, Role::Moderator);
    check(&stage, &role("participant", Role::Moderator), None, "low");
}

#[test]
fn a_banned_person_who_is_here_all_the_same_is_kicked_under_each_nick() {
    let mut stage = court(Affiliation::Admin, Role::Moderator);
    for name in ["ghost", "ghost2"] {
        let jid = Some("ghost@example.net/x");
        stage.available(name, presence(&[], vec![item(Affiliation::Outcast, Role::Participant, jid)]));
    }
    let Ok(Permitted::Send(stanzas)) = ask(&stage, &ban("ghost"), None) else { panic!("refused") };
    let kick_of = |name| Outbound::SetRole { nick: nick(name), role: Role::None, reason: "r".into() };
    assert_eq!(stanzas, [kick_of("ghost"), kick_of("ghost2")], "one item an iq");
}

#[test]
fn the_spared_are_not_touched_unasked_and_we_never() {
    let mut stage = court(Affiliation::Owner, Role::Moderator);
    let spared = [target("participant").identity, target("absent").identity];
    stage.room.spare(Arc::new(Spared::new(spared)));
    check(&stage, &kick("participant"), None, "above");
    check(&stage, &ban("participant"), None, "above");
    check(&stage, &ban("absent"), None, "above");
    check(&stage, &kick("participant"), Some("owner"), "yes");
    check(&stage, &kick("visitor"), None, "yes");
    let jid = "domovoi@example.org".parse().unwrap();
    let myself = Action::Ban { jid, span: None, reason: String::new() };
    check(&stage, &myself, Some("owner"), "above");
    let identity = Identity::Jid("domovoi@example.org".parse().unwrap());
    let myself = Action::Kick { target: Target { nick: nick("domovoi"), identity }, reason: String::new() };
    check(&stage, &myself, Some("owner"), "above");
}

#[test]
fn messages_are_retracted_where_the_room_can_and_the_author_is_below() {
    let mut stage = court(Affiliation::Admin, Role::Moderator);
    for name in ["owner", "participant", "domovoi"] {
        stage.says(name, says(name, "x"));
    }
    let retract = |id: &str| Action::Retract { message: StanzaId::new(id), reason: "r".into() };
    check(&stage, &retract("sid-owner"), None, "above");
    check(&stage, &retract("sid-participant"), None, "yes");
    check(&stage, &retract("sid-participant"), Some("moderator"), "yes");
    check(&stage, &retract("sid-participant"), Some("member"), "asker");
    check(&stage, &retract("sid-domovoi"), Some("moderator"), "yes");
    check(&stage, &retract("unknown"), None, "yes");
    stage.features(Ok(domovoi_plugin::Features { moderation: Moderation::None, ..features() }));
    check(&stage, &retract("sid-participant"), None, "unsupported");
    let stage = court(Affiliation::Member, Role::Participant);
    check(&stage, &retract("unknown"), None, "low");
}

#[test]
fn speaking_needs_voice_and_a_listener() {
    let say = Action::Say { text: "x".into() };
    let whisper = |to| Action::Private { to: target(to), text: "x".into() };
    let topic = Action::Subject { text: "x".into() };
    let stage = court(Affiliation::None, Role::Visitor);
    check(&stage, &say, None, "low");
    check(&stage, &topic, None, "low");
    check(&stage, &whisper("alice"), None, "yes");
    check(&stage, &whisper("nobody"), None, "gone");
    let mut taken = court(Affiliation::None, Role::Participant);
    let jid = Some("mallory@evil.example/x");
    taken.unavailable("visitor", presence(&[], vec![]));
    taken.available("visitor", presence(&[], vec![item(Affiliation::None, Role::Participant, jid)]));
    check(&taken, &whisper("visitor"), None, "gone");
    let mut stage = court(Affiliation::None, Role::Participant);
    check(&stage, &say, None, "yes");
    check(&stage, &topic, Some("moderator"), "yes");
    check(&stage, &topic, Some("participant"), "asker");
    stage.room.on_stream_reset(stage.now);
    check(&stage, &say, None, "out");
}

#[test]
fn the_reason_says_who_asked() {
    let stage = court(Affiliation::Admin, Role::Moderator);
    let reason = |action: &Action, by| {
        let Ok(Permitted::Send(stanzas)) = ask(&stage, action, by) else { panic!("refused") };
        let (Outbound::SetRole { reason, .. } | Outbound::SetAffiliation { reason, .. }) = &stanzas[0] else {
            panic!("{stanzas:?}")
        };
        reason.clone()
    };
    assert_eq!(reason(&kick("visitor"), None), "r");
    assert_eq!(reason(&kick("visitor"), Some("admin")), "r (by admin)");
    assert_eq!(reason(&affiliate("visitor", Affiliation::Member), Some("admin")), "by admin");
}
