//! The outbox: grants, lanes, pace, joining, expiry.

use domovoi_plugin::{Identity, Level, Nick, StanzaId, Target, jid::BareJid};

use super::*;

const T0: Timestamp = Timestamp::from_millis(1_000_000);

fn grant(powers: &[Power]) -> Grant {
    Grant { powers: Arc::new(powers.iter().copied().collect()), is_dry_run: false }
}

fn offer(n: u32, action: Action) -> Offer<u32> {
    Offer {
        room: "garden@chat.example".parse().unwrap(),
        plugin: PluginName::new("guard").unwrap(),
        action,
        by: None,
        is_bulk: false,
        reply: n,
    }
}

fn say(text: &str) -> Action {
    Action::Say { text: text.to_owned() }
}

fn mute(nick: &str, seconds: u64) -> Action {
    let jid = BareJid::new(&format!("{nick}@example.org")).unwrap();
    let target = Target { nick: Nick::new(nick).unwrap(), identity: Identity::Jid(jid) };
    Action::Mute { target, span: Some(Duration::from_secs(seconds)), reason: String::new() }
}

fn retract(n: u32) -> Offer<u32> {
    let message = StanzaId::new(format!("said-{n}"));
    offer(n, Action::Retract { message, reason: String::new() })
}

fn asker() -> Asker {
    Asker {
        identity: Identity::Occupancy(1),
        nick: "olga".to_owned(),
        signature: String::new(),
        level: Level::MODERATOR,
        occupant: None,
        is_override: false,
    }
}

fn all() -> Grant {
    grant(Power::ALL)
}

#[test]
fn what_was_not_granted_is_refused() {
    let mut outbox = Outbox::new(Pace::default());
    let refused = outbox.offer(offer(1, say("hi")), &grant(&[Power::Kick]), T0);
    assert_eq!(refused, Err((1, ActError::NotGranted(Power::Say))));
    assert!(outbox.next(T0).is_none());
}

#[test]
fn moderation_goes_before_words_and_dry_run_marks_it() {
    let mut outbox = Outbox::new(Pace::default());
    let observed = Grant { is_dry_run: true, ..all() };
    outbox.offer(offer(1, say("hi")), &observed, T0).unwrap();
    outbox.offer(offer(2, mute("bob", 60)), &observed, T0).unwrap();
    let first = outbox.next(T0).unwrap();
    assert_eq!((first.offer.reply, first.is_dry_run), (2, true));
    let second = outbox.next(T0).unwrap();
    assert_eq!((second.offer.reply, second.is_dry_run), (1, false));
    let by = Some(asker());
    outbox.offer(Offer { by, ..offer(3, mute("bob", 60)) }, &observed, T0).unwrap();
    assert!(!outbox.next(T0).unwrap().is_dry_run, "what a person asks for is done");
}

#[test]
fn same_moderation_of_same_target_is_one_and_the_longer_wins() {
    let mut outbox = Outbox::new(Pace::default());
    outbox.offer(offer(1, mute("bob", 60)), &all(), T0).unwrap();
    outbox.offer(offer(2, mute("bob", 600)), &all(), T0).unwrap();
    outbox.offer(offer(3, mute("bob", 30)), &all(), T0).unwrap();
    outbox.offer(offer(4, mute("eve", 30)), &all(), T0).unwrap();
    let due = outbox.next(T0).unwrap();
    assert_eq!(due.offer.action, mute("bob", 600));
    assert_eq!(due.also, [2, 3]);
    assert_eq!(outbox.next(T0).unwrap().offer.reply, 4);
}

#[test]
fn a_room_is_paced_in_order_and_another_is_not_held_up() {
    let mut outbox = Outbox::new(Pace { moderation: (1, 1), words: (2, 1) });
    for n in 0..4 {
        outbox.offer(offer(n, say("hi")), &all(), T0).unwrap();
    }
    let mut elsewhere = offer(9, say("hi"));
    elsewhere.room = "cellar@chat.example".parse().unwrap();
    outbox.offer(elsewhere, &all(), T0).unwrap();
    let now: Vec<_> = std::iter::from_fn(|| outbox.next(T0)).map(|it| it.offer.reply).collect();
    assert_eq!(now, [0, 1, 9]);
    let wake = outbox.wake(T0).unwrap();
    assert_eq!(wake, T0 + Duration::from_secs(1));
    assert_eq!(outbox.next(wake).unwrap().offer.reply, 2);
}

#[test]
fn what_waits_too_long_is_given_back_and_never_sent() {
    let mut outbox = Outbox::new(Pace { moderation: (1, 1), words: (1, 1) });
    outbox.offer(offer(1, say("hi")), &all(), T0).unwrap();
    outbox.offer(offer(2, say("ho")), &all(), T0).unwrap();
    assert_eq!(outbox.next(T0).unwrap().offer.reply, 1);
    let late = T0 + Duration::from_secs(30);
    assert!(outbox.next(late).is_none());
    let gone: Vec<_> = outbox.expired(late).into_iter().map(|it| it.offer.reply).collect();
    assert_eq!(gone, [2]);
    assert!(outbox.is_empty());
}

#[test]
fn a_full_lane_refuses_and_keeps_what_it_has() {
    let mut outbox = Outbox::new(Pace::default());
    for n in 0..512 {
        outbox.offer(offer(n, say("hi")), &all(), T0).unwrap();
    }
    assert_eq!(outbox.offer(offer(999, say("hi")), &all(), T0), Err((999, ActError::Busy)));
    assert_eq!(outbox.depths(), [("moderation", 0), ("retractions", 0), ("answers", 512), ("bulk", 0)]);
}

#[test]
fn who_floods_is_stopped_before_what_others_said_is_taken_back() {
    let mut outbox = Outbox::new(Pace::default());
    for n in 0..4 {
        outbox.offer(retract(n), &all(), T0).unwrap();
    }
    outbox.offer(offer(9, mute("bob", 60)), &all(), T0).unwrap();
    let next = |outbox: &mut Outbox<u32>| outbox.next(T0).map(|it| it.offer.reply);
    assert_eq!(next(&mut outbox), Some(9));
    let first = outbox.next(T0).unwrap();
    assert_eq!(
        (first.offer.reply, next(&mut outbox), next(&mut outbox)),
        (0, Some(1), None),
        "two are with the server"
    );
    assert_eq!(outbox.wake(T0), None, "no time brings an answer");
    outbox.offer(offer(10, mute("eve", 60)), &all(), T0).unwrap();
    outbox.offer(offer(11, say("hi")), &all(), T0).unwrap();
    assert_eq!((next(&mut outbox), next(&mut outbox)), (Some(10), Some(11)), "and hold up nothing else");
    outbox.finished(&first);
    assert_eq!((next(&mut outbox), next(&mut outbox)), (Some(2), None));
}

#[test]
fn another_service_and_what_never_left_do_not_count() {
    let mut outbox = Outbox::new(Pace::default());
    for n in 0..3 {
        outbox.offer(retract(n), &all(), T0).unwrap();
    }
    let mut elsewhere = retract(3);
    elsewhere.room = "garden@chat.elsewhere".parse().unwrap();
    outbox.offer(elsewhere, &all(), T0).unwrap();
    let left: Vec<_> = std::iter::from_fn(|| outbox.next(T0)).collect();
    assert_eq!(left.iter().map(|it| it.offer.reply).collect::<Vec<_>>(), [0, 1, 3]);
    let late = T0 + Duration::from_secs(600);
    for gone in outbox.expired(late) {
        outbox.finished(&gone);
    }
    outbox.offer(retract(4), &all(), late).unwrap();
    assert!(outbox.next(late).is_none(), "the first two are still with the server");
    outbox.finished(&left[0]);
    assert_eq!(outbox.next(late).unwrap().offer.reply, 4);
}
