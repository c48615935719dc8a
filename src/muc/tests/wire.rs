//! What Prosody 0.12.3 and ejabberd 23.01 really sent, stanza by stanza, as values; each scene as its observer saw it.

use std::sync::Arc;

use domovoi_plugin::{Affiliation, Caps, Cause, Event, EventKind, OccupantId, Phase, Role, View};

use super::{Stage, features, item, names, nick, plan, presence, subject};
use crate::muc::{
    InboundKind, Membership, Outbound, Trouble,
    inbound::{Destroy, Message, Presence, Status},
};

/// ejabberd describes the room by presence of its bare JID, with an id and caps.
fn room_caps() -> InboundKind {
    let caps =
        Caps { node: "http://www.process-one.net/en/ejabberd/".into(), ver: "94Y7MuW5ZbbekK4bo1R7KliKmS4=".into() };
    InboundKind::Available(Presence {
        id: Some("11622629416154449581".into()),
        caps: Some(Arc::new(caps)),
        ..Presence::default()
    })
}

fn room_parts() -> InboundKind {
    InboundKind::Unavailable(Presence { id: Some("17947060043625871344".into()), ..Presence::default() })
}

fn own(statuses: &[u16], affiliation: Affiliation, role: Role) -> Presence {
    presence(statuses, vec![item(affiliation, role, Some("domovoi@example.org/x"))])
}

fn cause(event: &Event) -> Option<Cause> {
    if let EventKind::Leave(leave) = &event.kind { Some(leave.cause) } else { None }
}

#[test]
fn ejabberd_lets_us_in() {
    let mut stage = Stage::new(plan());
    stage.join();
    assert_eq!(stage.apply(None, room_caps()), []);
    // In a semi-anonymous room strangers see no JIDs.
    stage.available("owner", presence(&[], vec![item(Affiliation::Owner, Role::Moderator, None)]));
    let events = stage.available("domovoi", own(&[110], Affiliation::None, Role::Participant));
    assert_eq!(names(&events), ["Join owner"]);
    // The subject comes from whoever set it, even if they are not here.
    let events = stage.says("bob", subject("new topic"));
    assert_eq!(names(&events), ["Subject bob", "Joined domovoi"]);
    assert_eq!(events[0].phase, Phase::History);
    assert_eq!(stage.nicks(), ["domovoi", "owner"]);
    assert_eq!(stage.room.subject(), "new topic");
}

#[test]
fn ejabberd_kicks_us() {
    let mut stage = Stage::joined();
    assert_eq!(stage.apply(None, room_parts()), []);
    let mut kicked = own(&[110, 307], Affiliation::None, Role::None);
    kicked.items[0].reason = Some("kick reason".into());
    kicked.items[0].actor = Some(nick("owner"));
    assert_eq!(names(&stage.unavailable("domovoi", kicked)), ["Lost domovoi"]);
    let why = Trouble::Kicked { by: Some(nick("owner")), reason: Some("kick reason".into()) };
    assert!(matches!(stage.membership(), Membership::Waiting { why: it, .. } if *it == why));
}

#[test]
fn ejabberd_removes_us_for_an_error_stanza_without_a_status() {
    let mut stage = Stage::joined();
    stage.apply(None, room_parts());
    let mut removed = own(&[110], Affiliation::None, Role::None);
    removed.status_text = Some(Arc::from("It is not allowed to send error messages to the room."));
    assert_eq!(names(&stage.unavailable("domovoi", removed)), ["Lost domovoi"]);
    assert!(matches!(stage.membership(), Membership::Waiting { why: Trouble::Technical, .. }));
}

#[test]
fn ejabberd_destroys_the_room() {
    let mut stage = Stage::joined();
    stage.apply(None, room_parts());
    let venue = Some("new@chat.example".parse().unwrap());
    let mut gone = presence(&[], vec![item(Affiliation::None, Role::None, None)]);
    gone.destroy = Some(Destroy { venue: venue.clone(), reason: Some("moved".into()), password: None });
    assert_eq!(names(&stage.unavailable("domovoi", gone)), ["Lost domovoi"]);
    let why = Trouble::Destroyed { venue, reason: Some("moved".into()) };
    assert_eq!(*stage.membership(), Membership::Stopped { why, retry: None });
}

#[test]
fn ejabberd_shows_another_session_of_ours_as_ourselves() {
    let mut stage = Stage::joined();
    stage.available("domovoi", own(&[110], Affiliation::None, Role::Visitor));
    // To our first session the second one is presence of our nick without 110 and without a JID.
    let events = stage.available("domovoi", presence(&[], vec![item(Affiliation::None, Role::Visitor, None)]));
    assert_eq!(events, []);
    assert!(stage.room.me().unwrap().is_self);
}

#[test]
fn ejabberd_lets_a_banned_person_back_in() {
    let mut stage = Stage::joined();
    let back = presence(&[], vec![item(Affiliation::Outcast, Role::Visitor, Some("carol@localhost/x"))]);
    assert_eq!(names(&stage.available("carol", back)), ["Join carol"]);
    assert_eq!(stage.steps().len(), 1);
}

#[test]
fn both_turn_to_members_only_and_remove_everybody_else() {
    let mut stage = Stage::joined();
    stage.apply(None, room_caps());
    let changed = Message { statuses: vec![Status::from_code(104)], ..Message::default() };
    assert_eq!(names(&stage.room_says(changed)), ["Config"]);
    assert_eq!(stage.sends(), [Outbound::QueryFeatures]);
    let gone = presence(&[322], vec![item(Affiliation::None, Role::None, Some("alice@example.net/x"))]);
    let events = stage.unavailable("alice", gone);
    assert_eq!(cause(&events[0]), Some(Cause::Removed));
    stage.features(Ok(domovoi_plugin::Features { is_members_only: true, ..features() }));
    assert!(stage.room.features().is_members_only);
}

#[test]
fn prosody_shows_two_sessions_of_a_nick_and_their_ban() {
    let mut stage = Stage::joined();
    let both = |statuses: &[u16]| {
        let of = |jid| item(Affiliation::None, Role::Participant, Some(jid));
        let items = vec![of("alice@example.net/x"), of("alice@example.net/y")];
        Presence { occupant_ids: vec![OccupantId::new("oid-alice")], ..presence(statuses, items) }
    };
    assert_eq!(stage.available("alice", both(&[])), []);
    // The second one leaves: the same presence once more, with the leaving one in it.
    assert_eq!(stage.available("alice", both(&[])), []);
    assert_eq!(stage.nicks(), ["alice", "bob", "domovoi"]);
    stage.available(
        "alice-b",
        presence(&[], vec![item(Affiliation::None, Role::Participant, Some("alice@example.net/y"))]),
    );
    for (name, jid) in [("alice", "alice@example.net/x"), ("alice-b", "alice@example.net/y")] {
        let mut banned = presence(&[301], vec![item(Affiliation::Outcast, Role::None, Some(jid))]);
        banned.items[0].actor = Some(nick("owner"));
        let events = stage.unavailable(name, banned);
        assert_eq!(cause(&events[0]), Some(Cause::Banned), "{name}");
    }
    assert_eq!(stage.nicks(), ["bob", "domovoi"]);
}

#[test]
fn prosody_removes_us_for_an_error_stanza() {
    let mut stage = Stage::joined();
    let mut removed = own(&[307, 333, 110], Affiliation::None, Role::None);
    removed.items[0].reason = Some("remote server not found".into());
    assert_eq!(names(&stage.unavailable("domovoi", removed)), ["Lost domovoi"]);
    assert!(matches!(stage.membership(), Membership::Waiting { why: Trouble::Technical, .. }));
}

#[test]
fn our_own_nick_change_as_both_send_it() {
    let mut stage = Stage::joined();
    let mut away = own(&[303, 110], Affiliation::Admin, Role::Moderator);
    away.items[0].nick = Some(nick("kikimora"));
    let events = stage.unavailable("domovoi", away);
    assert_eq!(names(&events), ["Nick kikimora"]);
    assert!(events[0].is_own);
    assert_eq!(stage.available("kikimora", own(&[110], Affiliation::Admin, Role::Moderator)), []);
    assert_eq!(stage.room.own_nick(), Some(&nick("kikimora")));
    assert!(stage.room.is_joined());
}
