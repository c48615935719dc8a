//! Being removed ourselves, silent loss, streams that break, and coming back.

use std::time::Duration;

use domovoi_plugin::{Affiliation, EventKind, MessageId, Role, View};

use super::{Stage, error, features, item, names, nick, presence};
use crate::muc::{
    InboundKind, Membership, Outbound, PingAnswer, Step, Trouble,
    inbound::{Destroy, Presence},
};

fn removed(statuses: &[u16]) -> Presence {
    let mut presence = presence(statuses, vec![item(Affiliation::None, Role::None, None)]);
    presence.items[0].actor = Some(nick("bob"));
    presence.items[0].reason = Some("r".into());
    presence
}

fn wait_of(stage: &Stage) -> u64 {
    let Membership::Waiting { until, .. } = stage.membership() else { panic!("{:?}", stage.membership()) };
    until.since(stage.now).as_secs()
}

/// Back in the room after any wait.
fn rejoin(stage: &mut Stage) {
    stage.join();
    stage.enter(&[110]);
    assert_eq!(stage.wait(3).len(), 1);
    stage.steps();
}

#[test]
fn removals_that_were_meant_are_not_undone() {
    let by = || Some(nick("bob"));
    let reason = || Some("r".to_owned());
    let rows: [(&[u16], Trouble); 5] = [
        (&[110, 301], Trouble::Outcast { by: by(), reason: reason() }),
        (&[301], Trouble::Outcast { by: by(), reason: reason() }),
        (&[110, 301, 307], Trouble::Outcast { by: by(), reason: reason() }),
        (&[110, 321], Trouble::Removed { by: by(), reason: reason() }),
        (&[110, 322], Trouble::Removed { by: by(), reason: reason() }),
    ];
    for (statuses, why) in rows {
        let mut stage = Stage::joined();
        let events = stage.unavailable("domovoi", removed(statuses));
        assert_eq!(names(&events), ["Lost domovoi"], "{statuses:?}");
        assert!(events[0].is_own);
        assert_eq!(*stage.membership(), Membership::Stopped { why: why.clone(), retry: None });
        assert_eq!(stage.steps(), [Step::Tell(why)]);
        assert_eq!(stage.room.next_wake(), None);
        // Until a person says so.
        stage.room.rejoin(stage.now);
        rejoin(&mut stage);
    }
}

#[test]
fn a_kick_is_forgiven_twice() {
    let mut stage = Stage::joined();
    for wait in [60, 600] {
        stage.unavailable("domovoi", removed(&[110, 307]));
        assert_eq!(stage.steps(), []);
        assert_eq!(wait_of(&stage), wait);
        stage.wait(wait - 1);
        assert_eq!(stage.steps(), []);
        stage.wait(1);
        rejoin(&mut stage);
    }
    stage.unavailable("domovoi", removed(&[110, 307]));
    let why = Trouble::Kicked { by: Some(nick("bob")), reason: Some("r".into()) };
    assert_eq!(stage.steps(), [Step::Tell(why.clone())]);
    assert_eq!(*stage.membership(), Membership::Stopped { why, retry: None });
}

#[test]
fn a_kick_after_an_hour_inside_counts_as_the_first() {
    let mut stage = Stage::joined();
    for _ in 0..5 {
        stage.unavailable("domovoi", removed(&[110, 307]));
        assert_eq!(wait_of(&stage), 60);
        stage.wait(60);
        rejoin(&mut stage);
        stage.now = stage.now + Duration::from_secs(3600);
    }
}

#[test]
fn technical_removals_are_undone_soon() {
    for statuses in [&[110, 333][..], &[110, 307, 333], &[110], &[]] {
        let mut stage = Stage::joined();
        stage.now = stage.now + Duration::from_secs(120);
        assert_eq!(names(&stage.unavailable("domovoi", removed(statuses))), ["Lost domovoi"]);
        assert!(matches!(stage.membership(), Membership::Waiting { why: Trouble::Technical, .. }));
        assert!((3..=6).contains(&wait_of(&stage)));
    }
}

#[test]
fn a_restart_of_the_server_is_told_also_after_a_technical_removal() {
    let restarted = |stage: &mut Stage| {
        let events = stage.room.on_server_restarted(stage.now);
        let why = |it: &domovoi_plugin::Event| {
            if let EventKind::Lost { why } = &it.kind { Some(why.clone()) } else { None }
        };
        events.iter().filter_map(why).collect::<Vec<_>>()
    };
    assert_eq!(restarted(&mut Stage::joined()), ["the server was restarted"]);
    let mut stage = Stage::joined();
    stage.unavailable("domovoi", removed(&[110, 333]));
    assert_eq!(restarted(&mut stage), ["the server was restarted"]);
    let mut stage = Stage::joined();
    stage.unavailable("domovoi", removed(&[110, 301]));
    assert_eq!(restarted(&mut stage), [""; 0], "a ban is a ban");
}

#[test]
fn a_room_that_throws_us_out_at_once_each_time_is_tried_ever_more_slowly() {
    let mut stage = Stage::joined();
    let mut waits = vec![];
    for _ in 0..6 {
        stage.unavailable("domovoi", removed(&[110, 333]));
        waits.push(wait_of(&stage));
        stage.wait(*waits.last().unwrap() + 1);
        rejoin(&mut stage);
    }
    assert!(waits.windows(2).all(|it| it[0] < it[1]), "{waits:?}");
}

#[test]
fn a_minute_inside_makes_the_next_wait_short_again() {
    let mut stage = Stage::joined();
    for _ in 0..6 {
        stage.unavailable("domovoi", removed(&[110, 333]));
        assert!(wait_of(&stage) <= 6);
        stage.wait(7);
        rejoin(&mut stage);
        stage.now = stage.now + Duration::from_secs(60);
    }
}

#[test]
fn a_service_that_shuts_down_says_so_for_all_its_rooms() {
    let mut stage = Stage::joined();
    assert_eq!(names(&stage.unavailable("alice", removed(&[332]))), ["Leave alice"]);
    assert_eq!(names(&stage.unavailable("domovoi", removed(&[110, 332]))), ["Lost domovoi"]);
    assert_eq!(stage.steps(), [Step::ServiceDown, Step::AskJoin]);
}

#[test]
fn destruction_from_the_bare_jid_counts_too() {
    let mut stage = Stage::joined();
    let destroy = Some(Destroy { venue: None, reason: None, password: None });
    let events = stage.apply(None, InboundKind::Unavailable(Presence { destroy, ..Presence::default() }));
    assert_eq!(names(&events), ["Lost domovoi"]);
    assert_eq!(stage.steps(), [Step::Tell(Trouble::Destroyed { venue: None, reason: None })]);
}

#[test]
fn silence_of_two_minutes_makes_us_ask() {
    let mut stage = Stage::joined();
    for _ in 0..20 {
        let wake = stage.room.next_wake().unwrap();
        let silence = wake.since(stage.now).as_secs();
        assert!((96..=144).contains(&silence), "{silence}");
        stage.wait(silence);
        assert_eq!(stage.sends(), []);
        stage.wait(1);
        assert_eq!(stage.sends(), [Outbound::SelfPing { nick: nick("domovoi") }]);
        assert_eq!(stage.room.on_self_ping(&PingAnswer::Result, stage.now), []);
    }
    stage.wait(90);
    stage.says("alice", super::says("m", "x"));
    stage.wait(90);
    assert_eq!(stage.sends(), [], "the room is not silent");
}

fn asked() -> Stage {
    let mut stage = Stage::joined();
    stage.wait(145);
    assert_eq!(stage.sends().len(), 1);
    stage
}

#[test]
fn each_answer_to_a_self_ping_is_read() {
    let answer = |condition: &str| PingAnswer::Error { condition: condition.to_owned() };
    for condition in ["service-unavailable", "feature-not-implemented", "item-not-found"] {
        let mut stage = asked();
        assert_eq!(stage.room.on_self_ping(&answer(condition), stage.now), []);
        assert!(stage.room.is_joined() && stage.sends().is_empty());
    }
    for condition in ["not-acceptable", "not-allowed", "bad-request"] {
        let mut stage = asked();
        assert_eq!(names(&stage.room.on_self_ping(&answer(condition), stage.now)), ["Lost domovoi"]);
        assert!(matches!(stage.membership(), Membership::Waiting { why: Trouble::SilentLoss, .. }));
        assert!(wait_of(&stage) <= 6);
    }
    for answer in [answer("remote-server-not-found"), answer("remote-server-timeout"), PingAnswer::NoAnswer] {
        let mut stage = asked();
        let begin = stage.now;
        for _ in 0..3 {
            stage.wait(30);
            assert_eq!(stage.room.on_self_ping(&answer, stage.now), []);
            assert_eq!(stage.sends(), [Outbound::SelfPing { nick: nick("domovoi") }]);
        }
        stage.wait(30);
        assert_eq!(names(&stage.room.on_self_ping(&answer, stage.now)), ["Lost domovoi"]);
        assert!(stage.now.since(begin) <= Duration::from_secs(300 - 145));
        assert_eq!(stage.sends(), [Outbound::Leave { nick: nick("domovoi"), status: None }]);
    }
}

#[test]
fn a_ping_answer_that_is_never_handed_over_does_not_stop_the_clock() {
    let mut stage = asked();
    for _ in 0..3 {
        assert_eq!(stage.wait(45), []);
        assert_eq!(stage.sends().len(), 1);
    }
    assert_eq!(names(&stage.wait(45)), ["Lost domovoi"]);
}

#[test]
fn a_message_that_the_room_refuses_because_we_are_not_in_makes_us_ask() {
    let mut stage = Stage::joined();
    stage.room.said(MessageId::new("o1"), stage.now);
    let kind =
        |condition| InboundKind::MessageError { id: Some(MessageId::new("o1")), error: error("cancel", condition) };
    assert_eq!(stage.apply(None, kind("forbidden")), []);
    assert_eq!(stage.sends(), []);
    assert_eq!(stage.apply(None, kind("not-acceptable")), []);
    assert_eq!(stage.sends(), [Outbound::SelfPing { nick: nick("domovoi") }]);
}

#[test]
fn a_resumed_stream_keeps_the_room_and_asks_it() {
    let mut stage = Stage::joined();
    stage.room.on_stream_lost();
    assert_eq!(stage.wait(250), []);
    assert_eq!((stage.steps(), stage.room.next_wake()), (vec![], None));
    stage.room.on_stream_resumed(stage.now);
    assert_eq!(stage.sends(), [Outbound::SelfPing { nick: nick("domovoi") }]);
    assert_eq!(stage.nicks(), ["alice", "bob", "domovoi"]);

    let mut stage = Stage::new(super::plan());
    stage.join();
    stage.room.on_stream_lost();
    stage.wait(60);
    stage.room.on_stream_resumed(stage.now);
    stage.wait(20);
    assert!(matches!(stage.membership(), Membership::Joining { .. }), "time did not pass for the join");
}

#[test]
fn a_new_stream_means_that_we_are_nowhere() {
    let mut stage = Stage::joined();
    stage.room.on_stream_lost();
    let events = stage.room.on_stream_reset(stage.now);
    assert_eq!(names(&events), ["Lost domovoi"]);
    assert_eq!(stage.nicks(), [""; 0]);
    rejoin(&mut stage);
    assert_eq!(stage.nicks(), ["domovoi"], "nothing stale is left");

    // A ban is not forgotten by it.
    stage.unavailable("domovoi", removed(&[110, 301]));
    stage.steps();
    assert_eq!(stage.room.on_stream_reset(stage.now), []);
    assert_eq!(stage.steps(), []);

    for n_steps in 0..3 {
        let mut stage = Stage::new(super::plan());
        stage.steps();
        if 0 < n_steps {
            stage.room.join_permitted(stage.now);
        }
        if 1 < n_steps {
            stage.features(Ok(features()));
        }
        assert_eq!(stage.room.on_stream_reset(stage.now), []);
        stage.join();
    }
}

#[test]
fn losing_a_room_says_why_in_words() {
    let mut stage = Stage::joined();
    let events = stage.unavailable("domovoi", removed(&[110, 307]));
    assert_eq!(events[0].kind, EventKind::Lost { why: "we were kicked by bob: r".into() });
    let venue = Some("new@chat.example".parse().unwrap());
    let words = Trouble::Destroyed { venue, reason: None }.to_string();
    assert_eq!(words, "the room was destroyed; people went to new@chat.example");
    assert_eq!(stage.room.me(), None);
}
