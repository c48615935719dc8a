//! What is stopped, and how soon.

use domovoi_plugin::{Answer, Cause, EventKind, Phase, StanzaId};

use crate::scene::{MUTE, Scene, babble, lines, millis, nick, seconds};

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
    assert!(MUTE <= scene.corrects("mallory", "m1", advert).answer);
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
    assert!(MUTE < again.answer, "it goes on: {again:?}");
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

#[test]
fn whoever_came_back_in_the_archive_to_flood_on_is_kept_out_for_an_hour_only() {
    let mut scene = Scene::new();
    scene.join("mallory");
    let advert = "Cheap watches at https://shop.example/sale today only";
    let mut answers = Vec::new();
    for _ in 0..8 {
        let message = scene.message(advert);
        answers.push(scene.event(Some("mallory"), Phase::Filled, EventKind::Message(message)).answer);
        scene.room.now = scene.room.now + seconds(7);
    }
    let hour = Answer::Ban { span: Some(seconds(3_600)) };
    assert!(answers.contains(&hour), "{answers:?}");
    assert!(answers.iter().all(|it| matches!(it, Answer::Pass | Answer::Retract) || *it == hour), "{answers:?}");
}

#[test]
fn a_flood_of_single_letters_is_stopped_too() {
    let mut scene = Scene::new();
    scene.join("mallory");
    let letters = lines(60, |n| char::from(b'a' + u8::try_from(n % 26).unwrap()).to_string());
    assert_eq!(scene.floods("mallory", millis(300), &letters), (5, MUTE));
}
