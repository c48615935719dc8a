//! What the guard learns, keeps, and carries over a restart.

use domovoi_plugin::{Answer, Cause, EventKind, Phase, Role};
use proptest::prelude::*;

use crate::scene::{MUTE, Scene, babble, lines, millis, nick, seconds};

#[test]
fn whoever_was_there_first_is_no_stranger_and_whoever_comes_after_is() {
    let mut scene = Scene::before_joining(&[], None);
    scene.enter("alice", |_| {});
    scene.event(None, Phase::Live, EventKind::Joined);
    assert_eq!(scene.floods("alice", millis(600), &lines(7, babble)).1, Answer::Pass);
    scene.join("mallory");
    let (n, answer) = scene.floods("mallory", millis(600), &lines(7, babble));
    assert!(n <= 5 && answer == MUTE, "{n} {answer:?}");
}

#[test]
fn a_second_coming_of_the_bot_makes_nobody_a_regular() {
    let mut scene = Scene::new();
    scene.restart();
    scene.enter("mallory", |_| {});
    scene.event(None, Phase::Live, EventKind::Joined);
    assert_eq!(scene.floods("mallory", millis(600), &lines(7, babble)), (5, MUTE));
}

#[test]
fn voice_given_back_by_a_person_settles_the_account() {
    let mut scene = Scene::new();
    scene.join("bob");
    assert_eq!(scene.floods("bob", millis(100), &lines(9, babble)).1, MUTE);
    scene.role("bob", Role::Participant);
    scene.wait(seconds(31));
    assert!(scene.says("bob", "sorry, that was my cat").is_pass());
    assert!(scene.says("bob", &"WIPE\n".repeat(40)).answer <= Answer::Retract);
}

#[test]
fn what_a_moderator_takes_back_was_not_clean() {
    let mut scene = Scene::new();
    scene.regular("alice");
    scene.says("alice", "something that a moderator does not like");
    let id = format!("s{}", 25);
    scene.moderator_retracts(&id);
    let (n, _) = scene.floods("alice", millis(100), &lines(20, babble));
    assert!(n <= 7, "{n}: not a regular any more");
}

#[test]
fn a_restart_in_the_middle_of_a_flood_changes_no_decision() {
    for restart_at in 0..8 {
        let mut steady = Scene::new();
        let mut restarted = Scene::new();
        for n in 0..12 {
            if n == restart_at {
                restarted.restart();
            }
            for scene in [&mut steady, &mut restarted] {
                if n == 0 {
                    scene.join("mallory");
                    scene.says("mallory", "first words");
                }
                scene.wait(millis(400));
            }
            assert_eq!(steady.says("mallory", &babble(n)), restarted.says("mallory", &babble(n)), "{restart_at} {n}");
        }
        assert_eq!(steady.guard.save(), restarted.guard.save());
    }
}

#[test]
fn a_stay_without_identity_is_not_carried_into_another_life() {
    let mut scene = Scene::new();
    scene.join_as("mallory", |it| it.jids.clear());
    scene.floods("mallory", millis(100), &lines(9, babble));
    scene.restart();
    let saved = String::from_utf8(scene.guard.save()).unwrap();
    assert!(!saved.contains("occupancy"), "{saved}");
}

#[derive(Clone, Debug)]
enum Step {
    Say(usize, usize),
    Edit(usize, usize),
    Join(usize),
    Leave(usize),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..4_usize, 0..6_usize).prop_map(|(who, what)| Step::Say(who, what)),
        1 => (0..4_usize, 0..6_usize).prop_map(|(who, what)| Step::Edit(who, what)),
        1 => (0..4_usize).prop_map(Step::Join),
        1 => (0..4_usize).prop_map(Step::Leave),
        4 => (-4_000_000_i64..10_000).prop_map(|it| Step::Wait(if it < -1_000 { it.rem_euclid(1_500) } else { it * 10 })),
    ]
}

/// Plays the steps; gives the decisions as text and what is saved in the end.
fn play(steps: &[Step], restart_at: Option<usize>) -> (Vec<String>, String) {
    const WHO: [&str; 4] = ["a", "b", "c", "d"];
    let mut scene = Scene::new();
    let mut verdicts = Vec::new();
    for (n, step) in steps.iter().enumerate() {
        if restart_at == Some(n) {
            scene.restart();
        }
        let is_here = |scene: &Scene, who: usize| scene.room.occupants.contains_key(&nick(WHO[who]));
        let verdict = match *step {
            Step::Say(who, what) if is_here(&scene, who) => scene.says(WHO[who], &babble(what)),
            Step::Edit(who, what) if is_here(&scene, who) => scene.corrects(WHO[who], "m1", &babble(what)),
            Step::Join(who) if !is_here(&scene, who) => scene.join(WHO[who]),
            Step::Leave(who) if is_here(&scene, who) => {
                scene.leave(WHO[who], Cause::Left);
                continue;
            }
            Step::Wait(millis) => {
                scene.room.now = domovoi_plugin::Timestamp::from_millis(scene.room.now.as_millis() + millis);
                scene.guard.tick(scene.room.now, &scene.room, &None);
                continue;
            }
            Step::Say(..) | Step::Edit(..) | Step::Join(_) | Step::Leave(_) => continue,
        };
        verdicts.push(format!("{verdict:?}"));
        scene.apply(&verdict);
    }
    (verdicts, String::from_utf8(scene.guard.save()).unwrap())
}

/// Lets so many seconds pass. The guard is told of each, or only of those in which it does not rest.
fn let_pass(scene: &mut Scene, n_seconds: i64, is_every_one_told: bool) {
    let end = scene.room.now.as_millis() + n_seconds * 1_000;
    while scene.room.now.as_millis() < end {
        let next = scene.room.now.as_millis() + 1_000;
        let rest = scene.guard.rests_until().filter(|_| !is_every_one_told).map_or(next, |it| it.as_millis().max(next));
        scene.room.now = domovoi_plugin::Timestamp::from_millis(rest.min(end));
        if rest <= end {
            scene.guard.tick(scene.room.now, &scene.room, &None);
        }
    }
}

/// What is decided about people who come, talk, shout and fall silent.
fn decisions(steps: &[(usize, usize, i64)], is_every_one_told: bool) -> Vec<String> {
    let mut scene = Scene::new();
    let mut verdicts = Vec::new();
    for (n, (who, what, n_seconds)) in steps.iter().enumerate() {
        let who = format!("someone{who}");
        let verdict = match scene.room.occupants.contains_key(&nick(&who)) {
            true if *what == 0 => scene.says(&who, &format!("buy at https://shop.example/{n}")),
            true => scene.says(&who, &babble(*what)),
            false => scene.join(&who),
        };
        verdicts.push(format!("{verdict:?} {:?}", scene.others()));
        scene.apply(&verdict);
        let_pass(&mut scene, *n_seconds, is_every_one_told);
    }
    verdicts
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 60, ..ProptestConfig::default() })]

    /// A replay leaves out the seconds in which a guard rests.
    #[test]
    fn seconds_of_rest_change_no_decision(
        steps in prop::collection::vec((0..12_usize, 0..5_usize, prop_oneof![9 => 0..3_i64, 1 => 0..1_500_i64]), 1..150),
    ) {
        prop_assert_eq!(decisions(&steps, true), decisions(&steps, false));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_events_lead_to_the_same_decisions_restarted_or_not(
        steps in prop::collection::vec(step(), 1..120),
        restart_at in 0..120_usize,
    ) {
        let first = play(&steps, None);
        prop_assert!(first == play(&steps, None), "twice the same");
        prop_assert!(first == play(&steps, Some(restart_at)), "restarted");
    }
}
