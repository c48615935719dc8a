//! Timed acts against a room that is a mere list of people.

use std::sync::Arc;

use domovoi_plugin::{Change, Phase, Show, Snapshot, jid::Jid};

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000 + seconds * 1000)
}

fn alice(role: Role) -> Occupant {
    Occupant {
        nick: Nick::new("alice").unwrap(),
        role,
        affiliation: Affiliation::None,
        jids: vec![Jid::new("alice@people.example/phone").unwrap()],
        occupant_id: None,
        show: Show::Online,
        status: None,
        caps: None,
        avatar: None,
        joined_at: at(0),
        stay: 1,
        is_self: false,
    }
}

/// The room with these people in it.
struct Room(domovoi_plugin::RoomJid, Snapshot, Timestamp);

fn room(people: Vec<Occupant>, now: Timestamp) -> Room {
    let occupants = people.into_iter().map(|it| (it.nick.clone(), Arc::new(it))).collect();
    Room("garden@chat.example".parse().unwrap(), Snapshot { occupants, ..Snapshot::default() }, now)
}

impl View for Room {
    fn room(&self) -> &domovoi_plugin::RoomJid {
        &self.0
    }
    fn now(&self) -> Timestamp {
        self.2
    }
    fn me(&self) -> Option<&Arc<Occupant>> {
        None
    }
    fn occupant(&self, nick: &Nick) -> Option<&Arc<Occupant>> {
        self.1.occupants.get(nick)
    }
    fn occupants(&self) -> Box<dyn Iterator<Item = &Arc<Occupant>> + '_> {
        Box::new(self.1.occupants.values())
    }
    fn n_occupants(&self) -> usize {
        self.1.occupants.len()
    }
    fn features(&self) -> &domovoi_plugin::Features {
        &self.1.features
    }
    fn is_spared(&self, _: &Occupant) -> bool {
        false
    }
}

fn event(kind: EventKind, occupant: Occupant, now: Timestamp) -> Event {
    let room = "garden@chat.example".parse().unwrap();
    Event { at: now, room, phase: Phase::Live, is_own: false, occupant: Some(Arc::new(occupant)), kind }
}

fn muted(span: Duration, is_new: bool) -> Timed {
    let it = alice(Role::Visitor);
    let target = Target { nick: it.nick.clone(), identity: it.identity() };
    let mut timed = Timed::default();
    timed.acted(&Action::Mute { target, span: Some(span), reason: "flood".to_owned() }, is_new, "olga", at(0));
    timed
}

/// What is done when alice comes in with this role.
fn returns(timed: &mut Timed, role: Role, now: Timestamp) -> Vec<&'static str> {
    let it = alice(role);
    words(&timed.event(&event(EventKind::Join, it.clone(), now), &room(vec![it], now)))
}

fn words(wants: &[Want]) -> Vec<&'static str> {
    let word = |want: &Want| match want {
        Want::Act(action) => action.as_str(),
        Want::Lift(_) => "lift",
        Want::Check(_) => "check",
        Want::Keep(_) => "keep",
        Want::Forget(..) => "forget",
        Want::Intend(_) => "intend",
        Want::Unintend(..) => "unintend",
    };
    wants.iter().map(word).collect()
}

#[test]
fn a_mute_is_renewed_at_each_return_while_it_lasts() {
    let mut timed = muted(10 * MINUTE, true);
    assert_eq!(returns(&mut timed, Role::Participant, at(60)), ["mute", "keep"]);
    assert_eq!(returns(&mut timed, Role::Visitor, at(120)), [""; 0]);
    assert_eq!(returns(&mut timed, Role::Moderator, at(180)), [""; 0]);
}

#[test]
fn a_mute_that_ends_while_they_are_away_is_ended_at_their_return() {
    let mut timed = muted(MINUTE, true);
    assert_eq!(words(&timed.tick(at(61), &room(vec![], at(61)))), [""; 0]);
    assert_eq!(returns(&mut timed.clone(), Role::Visitor, at(70)), ["unmute"], "the server kept the role");
    assert_eq!(returns(&mut timed, Role::Participant, at(70)), ["forget"], "the server forgot the role");
    assert_eq!(returns(&mut timed, Role::Visitor, at(80)), [""; 0]);
}

#[test]
fn the_end_of_a_mute_is_tried_again_until_the_room_has_agreed() {
    let mut timed = muted(MINUTE, true);
    let here = room(vec![alice(Role::Visitor)], at(61));
    assert_eq!(words(&timed.tick(at(61), &here)), ["unmute"]);
    assert_eq!(words(&timed.tick(at(62), &here)), [""; 0]);
    assert_eq!(words(&timed.tick(at(122), &here)), ["unmute"]);
    let target = Target { nick: Nick::new("alice").unwrap(), identity: alice(Role::Visitor).identity() };
    let done = timed.acted(&Action::Unmute { target, reason: String::new() }, true, "core", at(123));
    assert_eq!(words(&done), ["forget"]);
    assert_eq!(words(&timed.tick(at(300), &here)), [""; 0]);
}

#[test]
fn who_had_no_voice_is_given_none_at_the_end() {
    let mut timed = muted(MINUTE, false);
    assert_eq!(words(&timed.tick(at(61), &room(vec![alice(Role::Visitor)], at(61)))), ["forget"]);
    // A mute on top of a mute of ours is another matter.
    let mut timed = muted(MINUTE, true);
    let target = Target { nick: Nick::new("alice").unwrap(), identity: alice(Role::Visitor).identity() };
    timed.acted(&Action::Mute { target, span: Some(MINUTE), reason: String::new() }, false, "olga", at(10));
    assert_eq!(words(&timed.tick(at(71), &room(vec![alice(Role::Visitor)], at(71)))), ["unmute"]);
}

#[test]
fn someone_away_who_is_unmuted_comes_back_with_a_voice() {
    let mut timed = muted(10 * MINUTE, true);
    let identity = alice(Role::Visitor).identity();
    assert!(timed.is_muted(&identity));
    assert_eq!(words(&timed.release(&identity, at(30))), ["keep"]);
    assert_eq!(returns(&mut timed, Role::Visitor, at(40)), ["unmute"]);
}

#[test]
fn whoever_comes_back_after_a_ban_has_a_voice_where_newcomers_have_one() {
    let jid: BareJid = "alice@people.example".parse().unwrap();
    let unbanned = || {
        let mut timed = Timed::default();
        let unban = Action::Affiliation { jid: jid.clone(), affiliation: Affiliation::None, reason: String::new() };
        assert_eq!(words(&timed.acted(&unban, true, "olga", at(0))), ["keep"]);
        timed
    };
    assert_eq!(returns(&mut unbanned(), Role::Visitor, at(40)), ["unmute"]);
    assert_eq!(returns(&mut unbanned(), Role::Participant, at(40)), ["forget"]);
    let mut moderated = room(vec![alice(Role::Visitor)], at(40));
    moderated.1.features.is_moderated = true;
    let joins = event(EventKind::Join, alice(Role::Visitor), at(40));
    assert_eq!(words(&unbanned().event(&joins, &moderated)), ["forget"]);
    // ejabberd gives newcomers a voice in moderated rooms too.
    let mut timed = unbanned();
    let carl = Occupant { jids: vec![Jid::new("carl@people.example/x").unwrap()], ..alice(Role::Participant) };
    assert_eq!(words(&timed.event(&event(EventKind::Join, carl, at(30)), &moderated)), [""; 0]);
    assert_eq!(words(&timed.event(&joins, &moderated)), ["unmute"]);
    let here = room(vec![alice(Role::Visitor)], at(1));
    assert_eq!(words(&unbanned().tick(at(1), &here)), ["forget"], "whoever is here was not away");
    let mut timed = muted(10 * MINUTE, true);
    assert_eq!(words(&timed.lifted(&jid, at(5))), [""; 0], "a mute that runs on stays");
}

#[test]
fn voice_given_by_a_person_ends_the_mute() {
    let mut timed = muted(10 * MINUTE, true);
    let change = Change { was: Role::Visitor, actor: Some(Nick::new("olga").unwrap()), reason: None };
    let it = alice(Role::Participant);
    let wants = timed.event(&event(EventKind::Role(change), it.clone(), at(5)), &room(vec![it], at(5)));
    assert_eq!(words(&wants), ["forget"]);
    assert_eq!(returns(&mut timed, Role::Participant, at(60)), [""; 0]);
}

#[test]
fn whoever_stays_away_for_a_month_is_forgotten() {
    let mut timed = muted(MINUTE, true);
    let month = 31 * 86_400;
    assert_eq!(words(&timed.tick(at(month), &room(vec![], at(month)))), ["forget"]);
}

fn mute(span: Duration) -> Action {
    let it = alice(Role::Visitor);
    let target = Target { nick: it.nick.clone(), identity: it.identity() };
    Action::Mute { target, span: Some(span), reason: "flood".to_owned() }
}

/// A mute of a stay that is remembered, as it is after a restart.
fn muted_before() -> Timed {
    let mut timed = Timed::default();
    let here = room(vec![alice(Role::Participant)], at(0));
    assert_eq!(words(&timed.intend(&mute(10 * MINUTE), "olga", &here)), ["intend"]);
    timed.acted(&mute(10 * MINUTE), true, "olga", at(0));
    assert_eq!(words(&timed.answered(&mute(10 * MINUTE))), ["unintend"]);
    assert_eq!(words(&timed.answered(&mute(10 * MINUTE))), [""; 0]);
    Timed::new(timed.entries().cloned().collect(), Vec::new())
}

/// What is done when we come in and find alice like this.
fn found(timed: &mut Timed, it: Occupant) -> Vec<&'static str> {
    let now = at(60);
    let me = Occupant { nick: Nick::new("domovoi").unwrap(), is_self: true, jids: Vec::new(), ..it.clone() };
    let history = Event { phase: Phase::History, ..event(EventKind::Join, it.clone(), now) };
    let here = room(vec![it, me.clone()], now);
    assert_eq!(words(&timed.event(&history, &here)), [""; 0], "not before all are known");
    words(&timed.event(&event(EventKind::Joined, me, now), &here))
}

#[test]
fn a_voice_in_the_same_session_after_an_absence_is_a_person_s_word() {
    assert_eq!(found(&mut muted_before(), alice(Role::Participant)), ["forget"]);
    // Of neither is anything known.
    let unseen = Occupant { jids: Vec::new(), ..alice(Role::Participant) };
    assert_eq!(found(&mut muted_before(), unseen), [""; 0], "nobody who is known");
    assert_eq!(found(&mut muted(10 * MINUTE, true), alice(Role::Participant)), ["forget"]);
}

#[test]
fn a_voice_in_another_session_after_an_absence_is_a_return() {
    let jids = vec![Jid::new("alice@people.example/laptop").unwrap()];
    let anew = Occupant { jids, ..alice(Role::Participant) };
    let mut timed = muted_before();
    assert_eq!(found(&mut timed, anew.clone()), ["mute", "keep"]);
    assert_eq!(found(&mut timed, anew), ["forget"], "that session is known from here on");
    assert_eq!(found(&mut muted_before(), alice(Role::Visitor)), [""; 0]);
}

#[test]
fn what_was_never_answered_becomes_an_entry_that_is_looked_at() {
    let mut timed = Timed::default();
    let here = room(vec![alice(Role::Participant)], at(0));
    timed.intend(&mute(10 * MINUTE), "olga", &here);
    let jid = BareJid::new("bob@people.example").unwrap();
    timed.intend(&Action::Ban { jid, span: Some(MINUTE), reason: String::new() }, "olga", &here);
    let intents: Vec<Entry> = timed.intents.values().cloned().collect();
    let mut again = Timed::new(Vec::new(), intents.clone());
    assert_eq!(found(&mut again, alice(Role::Visitor)), ["keep", "unintend", "keep", "unintend", "check"]);
    assert_eq!(words(&again.tick(at(61), &room(vec![], at(61)))), ["lift"]);
    let mut again = Timed::new(Vec::new(), intents);
    assert_eq!(
        found(&mut again, alice(Role::Participant)),
        ["keep", "unintend", "keep", "unintend", "forget", "check"]
    );
}

#[test]
fn a_restart_of_the_server_takes_every_role_away() {
    for why in ["the service is shutting down", "the server was restarted"] {
        let mut timed = muted_before();
        let it = alice(Role::Participant);
        timed.event(&event(EventKind::Lost { why: why.to_owned() }, it.clone(), at(30)), &room(vec![], at(30)));
        assert_eq!(found(&mut timed, it), ["mute"], "{why}");
    }
}
