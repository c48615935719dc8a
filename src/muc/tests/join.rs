//! Getting in and being refused: a test for each answer that rooms give.

use std::time::Duration;

use domovoi_plugin::{Affiliation, Role, View};

use super::{Stage, error, features, item, names, nick, plan, presence, subject};
use crate::muc::{
    InboundKind, Membership, Outbound, StanzaError, Step, Trouble,
    inbound::{Destroy, Message},
};

/// How long a room waits now, in seconds; `None` if it does not.
fn waits(stage: &Stage) -> Option<u64> {
    let Membership::Waiting { until, .. } = stage.membership() else { return None };
    Some(until.since(stage.now).as_secs())
}

fn stops(stage: &mut Stage, trouble: &Trouble, retry_hours: Option<u64>) {
    let retry = retry_hours.map(|it| stage.now + Duration::from_secs(it * 3600));
    assert_eq!(*stage.membership(), Membership::Stopped { why: trouble.clone(), retry });
    assert_eq!(stage.steps(), [Step::Tell(trouble.clone())]);
}

#[test]
fn refusals_that_need_a_person_stop_and_are_told_once() {
    let rows = [
        (error("auth", "forbidden"), Trouble::Banned, Some(24)),
        (error("auth", "registration-required"), Trouble::MembersOnly, None),
        (error("auth", "not-authorized"), Trouble::Password, None),
        (error("cancel", "item-not-found"), Trouble::Missing, Some(1)),
        (error("cancel", "not-allowed"), Trouble::MayNotCreate, None),
        (
            StanzaError { address: Some("xmpp:new@chat.example?join".into()), ..error("cancel", "gone") },
            Trouble::Gone { address: Some("xmpp:new@chat.example?join".into()) },
            None,
        ),
    ];
    for (answer, trouble, retry) in rows {
        let mut stage = Stage::new(plan());
        stage.join();
        stage.refuse(answer);
        stops(&mut stage, &trouble, retry);
        assert_eq!(stage.nicks(), [""; 0]);
    }
}

#[test]
fn banned_rooms_are_tried_once_a_day_and_told_once() {
    let mut stage = Stage::new(plan());
    stage.join();
    stage.refuse(error("auth", "forbidden"));
    stops(&mut stage, &Trouble::Banned, Some(24));
    stage.wait(86_399);
    assert_eq!(stage.steps(), []);
    stage.wait(1);
    stage.join();
    stage.refuse(error("auth", "forbidden"));
    assert_eq!(stage.steps(), [], "the owner knows already");
}

#[test]
fn refusals_that_pass_are_tried_again_ever_more_slowly() {
    let rows = [
        (error("wait", "service-unavailable"), 60),
        (error("wait", "resource-constraint"), 60),
        (error("cancel", "remote-server-not-found"), 5),
        (error("wait", "remote-server-timeout"), 5),
        (error("cancel", "service-unavailable"), 5),
        (error("cancel", "undefined-condition"), 5),
    ];
    for (answer, base) in rows {
        let mut stage = Stage::new(plan());
        for n in 0..12_u32 {
            stage.join();
            stage.refuse(answer.clone());
            let middle = (base * 2_u64.pow(n)).min(900);
            let wait = waits(&stage).unwrap();
            assert!((middle * 7 / 10 - 1..=middle * 13 / 10).contains(&wait), "{answer:?} {n}: {wait}");
            stage.steps();
            stage.wait(wait + 1);
        }
    }
}

#[test]
fn a_taken_nick_is_varied_five_times() {
    let mut stage = Stage::new(plan());
    stage.join();
    for other in ["domovoi_", "domovoi2", "domovoi3", "domovoi4", "domovoi5"] {
        stage.refuse(error("cancel", "conflict"));
        assert_eq!(stage.sends(), [Outbound::Join { nick: nick(other), password: None }]);
    }
    stage.refuse(error("cancel", "conflict"));
    assert_eq!(stage.steps(), [Step::Tell(Trouble::NickTaken)]);
    assert!((42..=78).contains(&waits(&stage).unwrap()));
}

#[test]
fn our_own_nick_is_taken_back_when_it_is_free() {
    let mut stage = Stage::new(plan());
    stage.join();
    stage.refuse(error("cancel", "conflict"));
    stage.steps();
    stage.here("domovoi", Affiliation::None, Role::Participant);
    let own = item(Affiliation::Admin, Role::Moderator, Some("domovoi@example.org/x"));
    stage.available("domovoi_", presence(&[110], vec![own]));
    stage.room_says(subject(""));
    stage.wait(100);
    assert_eq!(stage.sends(), [], "it is still taken");
    stage.unavailable("domovoi", presence(&[], vec![]));
    assert_eq!(stage.sends(), [Outbound::ChangeNick { nick: nick("domovoi") }]);
    stage.apply(Some("domovoi"), InboundKind::PresenceError(error("cancel", "conflict")));
    stage.wait(10);
    assert_eq!(stage.sends(), [], "a refusal is not answered by insistence");
    let mut renamed = presence(&[303, 110], vec![item(Affiliation::Admin, Role::Moderator, None)]);
    renamed.items[0].nick = Some(nick("domovoi"));
    assert_eq!(names(&stage.unavailable("domovoi_", renamed)), ["Nick domovoi"]);
    stage.enter(&[110]);
    assert_eq!(stage.room.own_nick(), Some(&nick("domovoi")));
    assert_eq!(stage.nicks(), ["domovoi"]);
    stage.wait(3000);
    assert!(!stage.sends().iter().any(|it| matches!(it, Outbound::ChangeNick { .. })));
}

#[test]
fn a_room_with_a_nick_policy_is_asked_for_the_nick_it_keeps() {
    for condition in ["jid-malformed", "not-acceptable"] {
        let mut stage = Stage::new(plan());
        stage.join();
        stage.refuse(error("modify", condition));
        assert_eq!(stage.sends(), [Outbound::QueryReservedNick]);
        stage.room.on_reserved_nick(Some(nick("thirdwitch")), stage.now);
        assert_eq!(stage.sends(), [Outbound::Join { nick: nick("thirdwitch"), password: None }]);
        stage.refuse(error("modify", condition));
        stops(&mut stage, &Trouble::NickPolicy, None);

        let mut stage = Stage::new(plan());
        stage.join();
        stage.refuse(error("modify", condition));
        stage.steps();
        stage.room.on_reserved_nick(None, stage.now);
        stops(&mut stage, &Trouble::NickPolicy, None);
    }
}

#[test]
fn no_answer_for_thirty_seconds_means_leave_and_later() {
    let mut stage = Stage::new(plan());
    stage.join();
    stage.wait(29);
    assert_eq!(stage.steps(), []);
    assert_eq!(stage.room.next_wake(), Some(stage.now + Duration::from_secs(1)));
    stage.wait(1);
    assert_eq!(stage.steps(), [Step::Send(Outbound::Leave { nick: nick("domovoi"), status: None })]);
    assert!(matches!(stage.membership(), Membership::Waiting { why: Trouble::NoAnswer, .. }));
    // The answer comes after all, crossing our parting: we are not in.
    stage.available("domovoi", presence(&[110], vec![item(Affiliation::None, Role::Participant, None)]));
    assert!(!stage.room.is_joined());
}

#[test]
fn a_captcha_is_a_persons_business() {
    let mut stage = Stage::new(plan());
    stage.join();
    let captcha = Message { has_captcha: true, body: Some("look here".into()), ..Message::default() };
    assert_eq!(stage.apply(None, InboundKind::Notice(captcha.clone())), []);
    stage.wait(30);
    assert_eq!(stage.steps().pop(), Some(Step::Tell(Trouble::Captcha)));
    // From an occupant it means nothing.
    let mut stage = Stage::new(plan());
    stage.join();
    stage.apply(Some("mallory"), InboundKind::Notice(captcha));
    stage.wait(30);
    assert!(matches!(stage.membership(), Membership::Waiting { why: Trouble::NoAnswer, .. }));
}

#[test]
fn disco_before_the_join_decides_whether_to_join() {
    let mut stage = Stage::new(plan());
    stage.ask_to_join();
    stage.features(Err(error("cancel", "item-not-found")));
    stops(&mut stage, &Trouble::Missing, Some(1));

    let mut stage = Stage::new(plan());
    stage.ask_to_join();
    stage.features(Err(error("cancel", "remote-server-timeout")));
    assert!(matches!(stage.membership(), Membership::Waiting { why: Trouble::RemoteServer, .. }));

    // A service that tells strangers nothing is asked again once we are in.
    let mut stage = Stage::new(plan());
    stage.ask_to_join();
    stage.features(Err(error("auth", "forbidden")));
    assert_eq!(stage.sends().len(), 1);
    stage.here("alice", Affiliation::None, Role::Participant);
    stage.enter(&[110]);
    assert_eq!(stage.sends(), [Outbound::QueryFeatures]);
    assert_eq!(stage.room.occupant(&nick("alice")).unwrap().occupant_id, None);
    stage.features(Ok(features()));
    assert!(stage.room.occupant(&nick("alice")).unwrap().occupant_id.is_some(), "it was the room's after all");
    assert!(stage.room.features().has_stanza_ids);
}

#[test]
fn a_room_is_created_only_if_we_were_told_to() {
    let mut stage = Stage::new(plan());
    stage.join();
    stage.available("domovoi", presence(&[201, 110], vec![item(Affiliation::Owner, Role::Moderator, None)]));
    assert_eq!(
        stage.steps(),
        [Step::Send(Outbound::Leave { nick: nick("domovoi"), status: None }), Step::Tell(Trouble::Created)]
    );
    assert!(matches!(stage.membership(), Membership::Stopped { why: Trouble::Created, retry: None }));

    let mut stage = Stage::new(super::Plan { create: true, ..plan() });
    stage.ask_to_join();
    stage.features(Err(error("cancel", "item-not-found")));
    stage.steps();
    stage.available("domovoi", presence(&[201, 110], vec![item(Affiliation::Owner, Role::Moderator, None)]));
    assert_eq!(stage.sends(), [Outbound::AcceptDefaults, Outbound::QueryFeatures]);
    assert!(stage.room.is_joined());
}

#[test]
fn the_service_may_give_us_another_nick() {
    let mut stage = Stage::new(plan());
    stage.join();
    stage.available("guest7", presence(&[110, 210], vec![item(Affiliation::None, Role::Participant, None)]));
    assert_eq!(stage.room.own_nick(), Some(&nick("guest7")));
    stage.wait(2000);
    assert!(!stage.sends().iter().any(|it| matches!(it, Outbound::ChangeNick { .. })), "it is not ours to argue");
}

#[test]
fn a_room_that_shows_jids_says_so_at_the_door() {
    for (statuses, expected) in [(&[110][..], false), (&[100, 110], true)] {
        let mut stage = Stage::new(plan());
        stage.join();
        stage.enter(statuses);
        assert_eq!(stage.room.features().is_non_anonymous, expected);
    }
}

#[test]
fn services_without_110_are_understood() {
    // By our JID under our nick.
    let mut stage = Stage::new(plan());
    stage.join();
    stage.here("alice", Affiliation::None, Role::Participant);
    assert!(!stage.room.is_joined());
    stage.enter(&[]);
    assert!(stage.room.is_joined());
    assert!(stage.room.me().unwrap().is_self);

    // By the subject, if our nick is among those here.
    let mut stage = Stage::new(plan());
    stage.join();
    stage.available("domovoi", presence(&[], vec![item(Affiliation::None, Role::Participant, None)]));
    assert!(!stage.room.is_joined());
    let events = stage.room_says(subject("welcome"));
    assert_eq!(names(&events), ["Subject", "Joined domovoi"]);
    assert!(stage.room.me().unwrap().is_self);
}

#[test]
fn ejabberd_destroys_without_110() {
    let mut stage = Stage::joined();
    let mut gone = presence(&[], vec![item(Affiliation::None, Role::None, None)]);
    let venue = Some("new@chat.example".parse().unwrap());
    gone.destroy = Some(Destroy { venue: venue.clone(), reason: Some("moved".into()), password: None });
    assert_eq!(names(&stage.unavailable("domovoi", gone)), ["Lost domovoi"]);
    stops(&mut stage, &Trouble::Destroyed { venue, reason: Some("moved".into()) }, None);
    assert_eq!(stage.nicks(), [""; 0]);
}
