//! The guard in scenes: what is stopped, how soon, and who is left alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]
#![allow(unreachable_pub, missing_docs, reason = "the scene is a module of this test only")]

mod scene;

use domovoi_plugin::{Affiliation, Answer, Cause, EventKind, GuardSetup, Phase, Role, Settings, StanzaId, Text};
use proptest::prelude::*;
use scene::{Scene, millis, nick, seconds};

fn lines(n: usize, line: impl Fn(usize) -> String) -> Vec<String> {
    (0..n).map(line).collect()
}

/// Lines that have nothing in common.
fn babble(n: usize) -> String {
    const WORDS: [&str; 8] = ["river", "candle", "mutex", "potato", "window", "gravel", "sonnet", "bishop"];
    (0..5).map(|k| WORDS[(n * 3 + k * (n % 5 + 1)) % 8]).collect::<Vec<_>>().join(" ") + &format!(" {}", n * 7_919)
}

const MUTE: Answer = Answer::Mute { span: std::time::Duration::from_secs(300) };

// What is stopped.

#[test]
fn a_flooder_gets_five_messages_through() {
    for gap in [10, 200, 500, 1_000] {
        let mut scene = Scene::new();
        scene.join("mallory");
        assert_eq!(scene.floods("mallory", millis(gap), &lines(50, babble)), (5, MUTE), "every {gap} ms");
    }
}

#[test]
fn a_flood_without_real_jids_or_any_identity_is_stopped_as_soon() {
    let mut scene = Scene::new();
    scene.join_as("mallory", |it| it.jids.clear());
    assert_eq!(scene.floods("mallory", millis(100), &lines(50, babble)), (5, MUTE));
}

#[test]
fn an_advert_gets_two_messages_through_however_it_is_varied() {
    let adverts = [
        "Cheap watches at https://shop.example/sale today only",
        "CHEAP  watches at https://shop.example/sale today only!",
        "ｃheap watches at https://shop.exam\u{200b}ple/sale today only",
    ];
    for second in adverts {
        let mut scene = Scene::new();
        scene.join("mallory");
        let said = [adverts[0].to_owned(), second.to_owned(), adverts[0].to_owned()];
        assert_eq!(scene.floods("mallory", seconds(20), &said).0, 2, "{second}");
    }
}

#[test]
fn the_same_line_of_no_advert_gets_three_messages_through() {
    let mut scene = Scene::new();
    scene.join("mallory");
    assert_eq!(scene.floods("mallory", seconds(15), &lines(9, |_| "long live the king of rock".to_owned())), (3, MUTE));
}

#[test]
fn a_wipe_is_taken_back_and_the_second_one_ends_it() {
    let mut scene = Scene::new();
    scene.join("mallory");
    let first = scene.says("mallory", &format!("{}.", "\n".repeat(60)));
    assert_eq!((first.answer, first.rule, first.retract.len()), (Answer::Retract, "size", 1));
    scene.wait(seconds(10));
    let second = scene.says("mallory", &"WIPE\n".repeat(40));
    assert_eq!(second.answer, MUTE);
    assert_eq!(second.retract, [StanzaId::new("s2"), StanzaId::new("s1")]);
}

#[test]
fn a_flood_of_corrections_costs_as_messages_do() {
    let mut scene = Scene::new();
    scene.join("mallory");
    scene.says("mallory", "an innocent line");
    let answers: Vec<Answer> = (0..4)
        .map(|n| {
            scene.wait(millis(300));
            scene.corrects("mallory", "m1", &babble(n)).answer
        })
        .collect();
    assert_eq!(answers, [Answer::Pass, Answer::Pass, Answer::Pass, MUTE]);
}

#[test]
fn an_edit_into_text_said_twice_already_is_judged_as_new_text() {
    let mut scene = Scene::new();
    scene.join("mallory");
    let advert = "Cheap watches at https://shop.example/sale today only";
    scene.says("mallory", "good morning to all of you");
    scene.wait(seconds(5));
    scene.says("mallory", advert);
    scene.wait(seconds(5));
    assert_eq!(scene.corrects("mallory", "m1", advert).answer, MUTE);
}

#[test]
fn an_encrypted_flood_is_stopped_by_its_rate_alone() {
    let mut scene = Scene::new();
    scene.join("mallory");
    let answers: Vec<Answer> = (0..5)
        .map(|_| {
            scene.wait(millis(200));
            let mut message =
                scene.message("I sent you an OMEMO encrypted message but your client does not support it");
            message.is_encrypted = true;
            scene.event(Some("mallory"), Phase::Live, EventKind::Message(message)).answer
        })
        .collect();
    assert_eq!(answers, [Answer::Pass, Answer::Pass, Answer::Pass, Answer::Pass, MUTE]);
}

#[test]
fn a_flood_of_private_messages_is_stopped_and_nothing_is_retracted() {
    let mut scene = Scene::new();
    scene.join("mallory");
    let verdicts: Vec<_> = (0..5)
        .map(|n| {
            let message = scene.message(&babble(n));
            scene.event(Some("mallory"), Phase::Live, EventKind::Private(message))
        })
        .collect();
    assert_eq!((verdicts[4].answer, verdicts[4].retract.len()), (MUTE, 0));
}

#[test]
fn another_nick_in_the_middle_of_a_flood_changes_nothing() {
    let mut scene = Scene::new();
    scene.join("mallory");
    assert_eq!(scene.floods("mallory", millis(200), &lines(3, babble)).1, Answer::Pass);
    assert!(scene.renick("mallory", "trudy").is_pass());
    assert_eq!(scene.floods("trudy", millis(200), &lines(50, |n| babble(n + 3))), (2, MUTE));
}

#[test]
fn coming_back_sheds_no_points() {
    let mut scene = Scene::new();
    scene.join("mallory");
    assert_eq!(scene.floods("mallory", millis(200), &lines(4, babble)).1, Answer::Pass);
    scene.leave("mallory", Cause::Left);
    scene.join("mallory");
    assert_eq!(scene.floods("mallory", millis(200), &lines(4, |n| babble(n + 4))), (1, MUTE));
    scene.leave("mallory", Cause::Left);
    scene.wait(millis(300));
    scene.join("mallory");
    let (n, answer) = scene.floods("mallory", millis(200), &lines(9, |n| babble(n + 8)));
    assert!(n <= 2 && MUTE < answer, "{n} {answer:?}");
}

#[test]
fn answers_grow_until_the_flooder_is_kept_out() {
    let mut scene = Scene::new();
    let mut answers = Vec::new();
    for round in 0..6 {
        let at_the_door = scene.join("mallory");
        scene.apply(&at_the_door);
        if Answer::Retract < at_the_door.answer {
            answers.push(at_the_door.answer.as_str());
            continue;
        }
        let (n, answer) = scene.floods("mallory", millis(100), &lines(50, |n| babble(n + round * 50)));
        assert!(n <= 5, "{n} {answers:?} {answer:?}");
        answers.push(answer.as_str());
        if answer.as_str() != "mute" {
            continue;
        }
        scene.leave("mallory", Cause::Left);
        scene.wait(seconds(2));
    }
    assert!(answers.starts_with(&["mute"]) && answers.contains(&"ban"), "{answers:?}");
}

#[test]
fn where_visitors_may_speak_a_muted_flooder_is_kicked() {
    let mut scene = Scene::new();
    scene.join("mallory");
    assert_eq!(scene.floods("mallory", millis(100), &lines(50, babble)), (5, MUTE));
    let (n, answer) = scene.floods("mallory", millis(100), &lines(50, |n| babble(n + 50)));
    assert_eq!((n, answer), (1, Answer::Kick));
}

#[test]
fn messages_on_their_way_are_taken_back_and_not_judged_again() {
    let mut scene = Scene::new();
    scene.join("mallory");
    let answers: Vec<Answer> = (0..12)
        .map(|n| {
            scene.wait(millis(50));
            scene.says("mallory", &babble(n)).answer
        })
        .collect();
    assert_eq!(answers[4], MUTE);
    assert!(answers[5..].iter().all(|it| *it == Answer::Retract), "{answers:?}");
    scene.wait(seconds(5));
    let again = scene.says("mallory", "after five seconds nothing has happened, so once more and harder");
    assert!(again.answer <= MUTE, "one line is no flood: {again:?}");
    assert!(MUTE < scene.floods("mallory", millis(50), &lines(9, |n| babble(n + 20))).1);
}

#[test]
fn a_sentence_takes_back_what_it_is_for_newest_first() {
    let mut scene = Scene::new();
    scene.join("mallory");
    let verdict = (0..5).map(|n| scene.says("mallory", &babble(n))).last().unwrap();
    let ids: Vec<_> = (1..=5).rev().map(|n| StanzaId::new(format!("s{n}"))).collect();
    assert_eq!(verdict.retract, ids);
    assert_eq!(verdict.target.unwrap().nick, nick("mallory"));
}

#[test]
fn where_nothing_can_be_taken_back_nothing_is_asked_for() {
    let mut scene = Scene::new();
    scene.room.features.moderation = domovoi_plugin::Moderation::None;
    scene.join("mallory");
    let wipe = scene.says("mallory", &"WIPE\n".repeat(40));
    assert_eq!((wipe.answer, wipe.retract.len()), (Answer::Warn, 0));
    scene.wait(seconds(700));
    let verdict = (0..5).map(|n| scene.says("mallory", &babble(n))).last().unwrap();
    assert!(MUTE <= verdict.answer && verdict.retract.is_empty(), "{verdict:?}");
}

#[test]
fn a_regulars_account_in_wrong_hands_is_muted_and_no_more() {
    let mut scene = Scene::new();
    scene.regular("alice");
    let (n, answer) = scene.floods("alice", millis(50), &lines(200, babble));
    assert!(n <= 20 && answer == MUTE, "{n} {answer:?}");
}

#[test]
fn presence_floods_are_noticed() {
    let mut scene = Scene::new();
    scene.join("mallory");
    let strongest = (0..40)
        .map(|_| {
            scene.wait(millis(200));
            scene.event(Some("mallory"), Phase::Live, EventKind::Presence).answer
        })
        .max();
    assert!(Some(MUTE) <= strongest, "{strongest:?}");
    scene.join("trudy");
    let strongest = (0..40).map(|_| scene.reacts("trudy").answer).max();
    assert!(Some(MUTE) <= strongest, "{strongest:?}");
}

// Who is left alone.

fn assert_quiet(scene: &mut Scene, said: impl IntoIterator<Item = (u64, &'static str, String)>) {
    for (gap, who, line) in said {
        scene.wait(millis(gap));
        let verdict = scene.says(who, &line);
        assert!(verdict.answer <= Answer::Pass, "{who}: {line}: {verdict:?}");
    }
}

#[test]
fn people_who_talk_fast_in_short_lines_are_left_alone() {
    let mut scene = Scene::new();
    scene.join("newcomer");
    for _ in 0..20 {
        let burst = ["wait", "no", "not that one", "the other"];
        assert_quiet(&mut scene, burst.map(|line| (1_200, "newcomer", line.to_owned())));
        scene.wait(seconds(20));
    }
    scene.regular("alice");
    assert_quiet(&mut scene, lines(20, |n| format!("and {n}")).into_iter().map(|it| (1_600, "alice", it)));
}

#[test]
fn a_day_of_release_is_no_attack() {
    let mut scene = Scene::new();
    for who in ["a", "b", "c", "d", "e", "f"] {
        scene.join(who);
    }
    let talk = (0..300).map(|n| {
        let who = ["a", "b", "c", "d", "e", "f"][n % 6];
        let line = ["1.0 is out!!", "congratulations", "wow", "finally 🎉🎉🎉", "great work!!"][(n / 6 * 2 + n) % 5];
        let line = if n % 50 == 4 { "https://example.org/1.0" } else { line };
        (900, who, if line.len() % 2 == 1 { format!("{line} {}", babble(n)) } else { line.to_owned() })
    });
    for (gap, who, line) in talk {
        assert_quiet(&mut scene, [(gap, who, line)]);
    }
}

#[test]
fn code_logs_and_greetings_are_left_alone() {
    let mut scene = Scene::new();
    scene.regular("alice");
    scene.join("bob");
    let log: String = (0..10).map(|n| format!("[{n:04}] worker {n}: connection to shard {} reset\n", n * 3)).collect();
    let code = "```\nfor x in 0..10 {\n    println!(\"{x}\");\n}\n\n\nfn main() {\n    run();\n}\n```".to_owned();
    let greetings = ["alice", "bob"].map(|who| (400, who, "good evening everybody".to_owned()));
    assert_quiet(&mut scene, greetings);
    assert_quiet(&mut scene, [(3_000, "alice", log.clone()), (4_000, "alice", code.clone())]);
    assert_quiet(&mut scene, [(3_000, "bob", log), (40_000, "bob", code)]);
}

#[test]
fn the_same_greeting_from_many_is_left_alone() {
    let mut scene = Scene::new();
    for n in 0..30 {
        let who = format!("guest{n}");
        assert!(scene.join(&who).is_pass());
        scene.wait(millis(300));
        assert!(scene.says(&who, "Good morning, dear conference!").is_pass());
    }
}

#[test]
fn a_typo_corrected_three_times_is_left_alone() {
    let mut scene = Scene::new();
    scene.join("bob");
    scene.says("bob", "my paste is at https://paste.exmaple/12 plase look");
    for line in ["please look", "please look, it", "please look, it fails"] {
        scene.wait(seconds(4));
        let verdict = scene.corrects("bob", "m1", &format!("my paste is at https://paste.example/12 {line}"));
        assert!(verdict.is_pass(), "{verdict:?}");
    }
}

#[test]
fn encrypted_notes_that_all_read_the_same_are_no_repetition() {
    let mut scene = Scene::new();
    scene.join("bob");
    for _ in 0..50 {
        scene.wait(seconds(4));
        let mut message = scene.message("I sent you an OMEMO encrypted message but your client does not support it");
        message.is_encrypted = true;
        let verdict = scene.event(Some("bob"), Phase::Live, EventKind::Message(message));
        assert!(verdict.is_pass(), "{verdict:?}");
    }
}

#[test]
fn whoever_must_not_be_touched_is_not() {
    let mut scene = Scene::new();
    scene.join_as("owner", |it| it.affiliation = Affiliation::Owner);
    scene.join_as("admin", |it| it.affiliation = Affiliation::Admin);
    scene.join_as("member", |it| it.affiliation = Affiliation::Member);
    scene.join_as("boss", |it| it.role = Role::Moderator);
    scene.join("bridge");
    scene.room.spared.push(nick("bridge"));
    for who in ["owner", "admin", "member", "boss", "bridge", "domovoi"] {
        assert_eq!(scene.floods(who, millis(10), &lines(100, |_| "WIPE\n".repeat(50))), (100, Answer::Pass), "{who}");
    }
}

#[test]
fn members_not_spared_are_muted_at_most_and_admins_are_spared_still() {
    let mut scene = Scene::with(&[("spare_members", "false")]);
    scene.join_as("member", |it| it.affiliation = Affiliation::Member);
    scene.join_as("admin", |it| it.affiliation = Affiliation::Admin);
    assert_eq!(scene.floods("member", millis(10), &lines(100, babble)).1, MUTE);
    assert_eq!(scene.floods("admin", millis(10), &lines(100, babble)).1, Answer::Pass);
}

#[test]
fn a_flood_in_history_leads_to_nothing_then_or_later() {
    let mut scene = Scene::before_joining(&[], None);
    scene.enter("mallory", |_| {});
    for n in 0..50 {
        let message = scene.message(&babble(n));
        assert!(scene.event(Some("mallory"), Phase::History, EventKind::Message(message)).is_pass());
    }
    assert!(scene.event(None, Phase::Live, EventKind::Joined).is_pass());
    assert!(scene.says("mallory", "hello").is_pass());
}

#[test]
fn a_flood_in_the_archive_is_taken_back_and_nobody_thrown_out() {
    let mut scene = Scene::new();
    scene.join("mallory");
    let answers: Vec<Answer> = (0..7)
        .map(|n| {
            let message = scene.message(&babble(n));
            scene.event(Some("mallory"), Phase::Filled, EventKind::Message(message)).answer
        })
        .collect();
    assert!(answers[..4].iter().all(|it| *it == Answer::Pass), "{answers:?}");
    assert!(answers[4..].iter().all(|it| *it == Answer::Retract), "{answers:?}");
}

#[test]
fn observe_mode_shows_what_would_be_done_and_does_nothing() {
    let mut scene = Scene::with(&[("mode", "observe")]);
    scene.join("mallory");
    let verdict = (0..5).map(|n| scene.says("mallory", &babble(n))).last().unwrap();
    assert_eq!((verdict.answer, verdict.rule, verdict.retract.len()), (Answer::Note, "rate", 0));
    assert!(matches!(&verdict.reason, Text::Key { key, .. } if key == "observed"), "{verdict:?}");
}

#[test]
fn a_guard_that_is_off_is_not_there() {
    let plugin = domovoi_guard::plugin();
    let (settings, _) = Settings::read(&plugin.manifest().options, [("mode", "off".to_owned())]);
    let room = "garden@chat.example".parse().unwrap();
    assert!(plugin.guard(&GuardSetup { room: &room, settings: &settings, saved: None }).is_none());
}

// Trust and memory.

#[test]
fn whoever_was_there_first_is_no_stranger_and_whoever_comes_after_is() {
    let mut scene = Scene::before_joining(&[], None);
    scene.enter("alice", |_| {});
    scene.event(None, Phase::Live, EventKind::Joined);
    assert_eq!(scene.floods("alice", millis(600), &lines(7, babble)).1, Answer::Pass);
    scene.join("mallory");
    assert_eq!(scene.floods("mallory", millis(600), &lines(7, babble)), (5, MUTE));
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
    assert!(n <= 5, "{n}: not a regular any more");
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
                scene.guard.tick(scene.room.now, &scene.room);
                continue;
            }
            Step::Say(..) | Step::Edit(..) | Step::Join(_) | Step::Leave(_) => continue,
        };
        verdicts.push(format!("{verdict:?}"));
        scene.apply(&verdict);
    }
    (verdicts, String::from_utf8(scene.guard.save()).unwrap())
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
