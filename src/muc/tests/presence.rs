//! Occupants: several sessions, renames, swaps, changes, and going in every way there is.

use std::sync::Arc;

use domovoi_plugin::{Affiliation, Caps, Cause, Change, EventKind, Leave, OccupantId, Role, Show, Target, View};

use super::{Stage, item, names, nick, presence};
use crate::muc::{InboundKind, Outbound, Step, inbound::Presence};

fn plain(role: Role) -> Presence {
    presence(&[], vec![item(Affiliation::None, role, None)])
}

fn renamed(statuses: &[u16], to: &str, jid: Option<&str>) -> Presence {
    let mut presence = presence(statuses, vec![item(Affiliation::None, Role::Participant, jid)]);
    presence.items[0].nick = Some(nick(to));
    presence
}

#[test]
fn going_has_a_cause_by_its_statuses() {
    let rows: [(&[u16], Cause); 9] = [
        (&[], Cause::Left),
        (&[307], Cause::Kicked),
        (&[307, 333], Cause::Lost),
        (&[333], Cause::Lost),
        (&[301], Cause::Banned),
        (&[301, 307], Cause::Banned),
        (&[321], Cause::Removed),
        (&[322], Cause::Removed),
        (&[332], Cause::Shutdown),
    ];
    for (statuses, cause) in rows {
        let mut stage = Stage::joined();
        let mut gone = presence(statuses, vec![item(Affiliation::None, Role::None, None)]);
        gone.items[0].actor = Some(nick("bob"));
        gone.items[0].reason = Some("because".into());
        let events = stage.unavailable("alice", gone);
        let leave = Leave { cause, actor: Some(nick("bob")), reason: Some("because".into()) };
        assert_eq!(events.iter().map(|it| it.kind.clone()).collect::<Vec<_>>(), [EventKind::Leave(leave)]);
        assert_eq!(stage.nicks(), ["bob", "domovoi"]);
        assert_eq!(stage.room.gone().map(|it| it.occupant.nick.as_str()).collect::<Vec<_>>(), ["alice"]);
    }
}

#[test]
fn parting_words_are_the_reason_where_there_is_no_other() {
    let mut stage = Stage::joined();
    let gone = Presence { status_text: Some(Arc::from("good night")), ..plain(Role::None) };
    let events = stage.unavailable("alice", gone);
    let leave = Leave { cause: Cause::Left, actor: None, reason: Some("good night".into()) };
    assert_eq!(events[0].kind, EventKind::Leave(leave));
    assert_eq!(stage.unavailable("alice", plain(Role::None)), [], "nobody leaves twice");
}

#[test]
fn a_rename_keeps_the_stay() {
    let mut stage = Stage::joined();
    let stay = stage.room.occupant(&nick("alice")).unwrap().stay;
    let events = stage.unavailable("alice", renamed(&[303], "queen", None));
    assert_eq!(names(&events), ["Nick queen"]);
    assert_eq!(events[0].kind, EventKind::Nick { old: nick("alice") });
    assert_eq!(stage.available("queen", plain(Role::Participant)), []);
    let queen = stage.room.occupant(&nick("queen")).unwrap();
    assert_eq!((queen.stay, queen.bare_jid().unwrap().to_string()), (stay, "alice@example.net".to_owned()));
    assert_eq!(stage.nicks(), ["bob", "domovoi", "queen"]);
}

#[test]
fn two_who_swap_nicks_stay_who_they_are() {
    for has_jids in [true, false] {
        let mut stage = Stage::joined();
        let [alice, bob] = ["alice", "bob"].map(|it| Arc::clone(stage.room.occupant(&nick(it)).unwrap()));
        let jid = |it| Some(it).filter(|_| has_jids);
        stage.unavailable("alice", renamed(&[303], "bob", jid("alice@example.net/x")));
        stage.unavailable("bob", renamed(&[303], "alice", jid("bob@example.net/x")));
        stage.available("bob", plain(Role::Participant));
        stage.available("alice", plain(Role::Participant));
        assert_eq!(stage.room.occupant(&nick("bob")).unwrap().stay, alice.stay);
        assert_eq!(stage.room.occupant(&nick("alice")).unwrap().stay, bob.stay);
        assert_eq!(stage.wait(11), []);
        assert_eq!(stage.nicks(), ["alice", "bob", "domovoi"]);
    }
}

#[test]
fn whoever_loses_their_nick_to_a_rename_and_is_not_seen_again_has_left() {
    let mut stage = Stage::joined();
    assert_eq!(names(&stage.unavailable("alice", renamed(&[303], "bob", None))), ["Nick bob"]);
    assert_eq!(stage.nicks(), ["bob", "domovoi"]);
    assert_eq!(stage.wait(9), []);
    let events = stage.wait(1);
    assert_eq!(names(&events), ["Leave bob"]);
    assert_eq!(stage.nicks(), ["bob", "domovoi"]);
}

#[test]
fn a_session_that_joins_another_of_the_same_person_leaves_one_occupant() {
    let mut stage = Stage::joined();
    let second = presence(&[], vec![item(Affiliation::None, Role::Participant, Some("alice@example.net/y"))]);
    assert_eq!(names(&stage.available("alice2", second)), ["Join alice2"]);
    assert_eq!(names(&stage.unavailable("alice2", renamed(&[303], "alice", None))), ["Leave alice2"]);
    assert_eq!(stage.nicks(), ["alice", "bob", "domovoi"]);
}

#[test]
fn sessions_of_one_nick_are_a_set_of_jids() {
    let mut stage = Stage::joined();
    let of = |jids: &[&str]| {
        let items = jids.iter().map(|it| item(Affiliation::None, Role::Participant, Some(it))).collect();
        presence(&[], items)
    };
    assert_eq!(stage.available("alice", of(&["alice@example.net/x", "alice@example.net/y"])), []);
    let alice = stage.room.occupant(&nick("alice")).unwrap();
    assert_eq!(alice.jids.len(), 2);
    // Prosody lists the leaving session once more; whoever is left comes with the next presence.
    assert_eq!(stage.available("alice", of(&["alice@example.net/y"])), []);
    assert_eq!(stage.room.occupant(&nick("alice")).unwrap().jids.len(), 1);
    // What we knew is not forgotten when we see no JIDs any more.
    assert_eq!(stage.available("alice", of(&[])), []);
    assert_eq!(stage.available("alice", plain(Role::Participant)), []);
    assert_eq!(stage.room.occupant(&nick("alice")).unwrap().jids.len(), 1);
}

#[test]
fn somebody_else_under_a_known_nick_is_a_leave_and_a_join() {
    let mut stage = Stage::joined();
    let stay = stage.room.occupant(&nick("alice")).unwrap().stay;
    let other = presence(&[], vec![item(Affiliation::None, Role::Participant, Some("mallory@evil.example/x"))]);
    assert_eq!(names(&stage.available("alice", other)), ["Leave alice", "Join alice"]);
    assert_ne!(stage.room.occupant(&nick("alice")).unwrap().stay, stay);
}

#[test]
fn one_jid_may_have_two_nicks() {
    let mut stage = Stage::joined();
    let second = presence(&[], vec![item(Affiliation::None, Role::Participant, Some("alice@example.net/y"))]);
    stage.available("alice-b", second);
    assert_eq!(names(&stage.unavailable("alice-b", presence(&[307], vec![]))), ["Leave alice-b"]);
    assert_eq!(stage.nicks(), ["alice", "bob", "domovoi"]);
}

#[test]
fn changes_name_what_was_and_who_did_it() {
    let mut stage = Stage::joined();
    let mut muted = plain(Role::Visitor);
    muted.items[0].actor = Some(nick("bob"));
    muted.items[0].reason = Some("calm down".into());
    let change = Change { was: Role::Participant, actor: Some(nick("bob")), reason: Some("calm down".into()) };
    assert_eq!(stage.available("alice", muted)[0].kind, EventKind::Role(change));
    let admin = presence(&[], vec![item(Affiliation::Admin, Role::Moderator, None)]);
    let change = Change { was: Affiliation::None, actor: None, reason: None };
    let events = stage.available("alice", admin.clone());
    assert_eq!(events.iter().map(|it| it.kind.clone()).collect::<Vec<_>>(), [EventKind::Affiliation(change)]);
    let mut away = admin.clone();
    away.show = Some(Show::Away);
    away.status_text = Some(Arc::from("gone fishing"));
    away.caps = Some(Arc::new(Caps { node: "n".into(), ver: "v".into() }));
    assert_eq!(names(&stage.available("alice", away.clone())), ["Presence alice"]);
    assert_eq!(stage.available("alice", away), [], "a flood of the same is nothing new");
    let ours = presence(&[110], vec![item(Affiliation::None, Role::Visitor, None)]);
    let events = stage.available("domovoi", ours);
    assert!(events[0].is_own && matches!(events[0].kind, EventKind::Affiliation(_)));
    assert_eq!(stage.room.me().unwrap().role, Role::Visitor);
}

#[test]
fn banned_people_with_a_role_are_to_be_expelled_each_time() {
    let mut stage = Stage::joined();
    for _ in 0..2 {
        let outcast = item(Affiliation::Outcast, Role::Participant, Some("carol@example.net/x"));
        stage.available("carol", presence(&[], vec![outcast]));
        let identity = domovoi_plugin::Identity::Jid("carol@example.net".parse().unwrap());
        assert_eq!(stage.steps(), [Step::Expel(Target { nick: nick("carol"), identity })]);
        stage.unavailable("carol", presence(&[307], vec![]));
    }
    stage.available("dave", presence(&[], vec![item(Affiliation::Outcast, Role::None, None)]));
    assert_eq!(stage.steps(), []);
}

#[test]
fn occupant_ids_count_only_from_rooms_that_give_them() {
    let with_ids = |ids: &[&str]| Presence {
        occupant_ids: ids.iter().map(|it| OccupantId::new(*it)).collect(),
        ..plain(Role::Participant)
    };
    let mut stage = Stage::joined();
    stage.available("carol", with_ids(&["one"]));
    stage.available("dave", with_ids(&["one", "forged"]));
    assert_eq!(stage.room.occupant(&nick("carol")).unwrap().occupant_id, Some(OccupantId::new("one")));
    assert_eq!(stage.room.occupant(&nick("dave")).unwrap().occupant_id, None);

    let mut stage = Stage::joined();
    stage.features(Ok(domovoi_plugin::Features::default()));
    stage.available("carol", with_ids(&["FORGED"]));
    assert_eq!(stage.room.occupant(&nick("carol")).unwrap().occupant_id, None);
}

#[test]
fn presence_of_the_room_itself_is_nobody() {
    let mut stage = Stage::joined();
    let caps = Some(Arc::new(Caps { node: "http://www.process-one.net/en/ejabberd/".into(), ver: "v".into() }));
    assert_eq!(stage.apply(None, InboundKind::Available(Presence { caps, ..Presence::default() })), []);
    assert_eq!(stage.nicks(), ["alice", "bob", "domovoi"]);
    // ejabberd parts so before it says why; if it never does, we ask.
    assert_eq!(stage.apply(None, InboundKind::Unavailable(Presence::default())), []);
    assert_eq!(stage.sends(), [Outbound::SelfPing { nick: nick("domovoi") }]);
}

#[test]
fn what_was_not_understood_is_said_and_the_rest_counts() {
    let mut stage = Stage::joined();
    let odd = Presence { malformed: Some("bad jid".into()), ..plain(Role::Participant) };
    assert_eq!(names(&stage.available("carol", odd)), ["Join carol", "Malformed carol"]);
    let events = stage.apply(Some("carol"), InboundKind::Malformed { why: "too deep".into() });
    assert_eq!(events[0].kind, EventKind::Malformed { why: "too deep".into() });
    assert_eq!(events[0].nick(), Some(&nick("carol")));
}
