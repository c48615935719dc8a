//! Raids: many strangers with one will; and crowds that are none.

use domovoi_plugin::{Answer, Cause, EventKind, MemoKind, Message, Phase, Role, Verdict};

use crate::scene::{Scene, millis, nick, seconds};

const ADVERT: &str = "Cheap watches and more for you at https://spam.example/offer";

/// `n` strangers come one after the other and say one thing each, as soon as they may. Gives how many were heard.
fn raid(scene: &mut Scene, n: usize, gap_millis: u64, line: impl Fn(usize) -> String) -> usize {
    let mut n_heard = 0;
    let names: Vec<String> = (0..n).map(|k| format!("raider{k}")).collect();
    for who in &names {
        let verdict = scene.join(who);
        silence(scene, &verdict);
        scene.wait(millis(gap_millis));
    }
    for (k, who) in names.iter().enumerate() {
        if !scene.has_voice(who) {
            continue;
        }
        n_heard += 1;
        let verdict = scene.says(who, &line(k));
        silence(scene, &verdict);
        for verdict in scene.others() {
            silence(scene, &verdict);
        }
    }
    n_heard
}

/// The room does what was decided.
fn silence(scene: &mut Scene, verdict: &Verdict) {
    if let (Answer::Mute { .. } | Answer::Kick | Answer::Ban { .. }, Some(target)) = (verdict.answer, &verdict.target) {
        scene.hush(target.nick.as_str());
    }
}

#[test]
fn a_raid_is_over_after_its_first_offenders() {
    let mut scene = Scene::new();
    // Each of them offends at once, whatever rule that is: a flood of one line a person needs rules of content.
    let n_heard = raid(&mut scene, 50, 100, |k| format!("{ADVERT}{k}\n").repeat(60));
    assert!(n_heard <= 4, "{n_heard}");
    let memos = scene.memos();
    assert_eq!(memos.iter().filter(|it| it.kind == MemoKind::RaidOn).count(), 1, "{memos:?}");
    assert_eq!(memos.iter().filter(|it| it.kind == MemoKind::Own("gate_ask")).count(), 51 - n_heard);
}

#[test]
fn who_is_being_removed_is_not_asked_a_question() {
    let mut scene = Scene::new();
    let names: Vec<String> = (0..30).map(|k| format!("raider{k}")).collect();
    for who in &names {
        scene.join(who);
    }
    let (mut removed, mut asked) = (Vec::new(), Vec::new());
    for (k, who) in names.iter().enumerate() {
        if !scene.has_voice(who) {
            continue;
        }
        let first = scene.says(who, &format!("{ADVERT}{k} for everybody"));
        let verdicts: Vec<Verdict> = std::iter::once(first).chain(scene.others()).collect();
        let is_own = |it: &&Verdict| it.rule != "raid" && Answer::Retract < it.answer;
        removed.extend(verdicts.iter().filter(is_own).filter_map(|it| it.target.clone()).map(|it| it.nick));
        let memos = scene.memos();
        let to_ask = memos.into_iter().filter(|it| it.kind == MemoKind::Own("gate_ask"));
        asked.extend(to_ask.filter_map(|it| it.about).map(|it| it.nick));
        verdicts.iter().for_each(|it| silence(&mut scene, it));
        scene.wait(millis(200));
    }
    assert!(2 < removed.len() && 10 < asked.len(), "{removed:?} {asked:?}");
    let both: Vec<_> = removed.iter().filter(|it| asked.contains(it)).collect();
    assert!(both.is_empty(), "{both:?}");
}

#[test]
fn whoever_comes_during_a_raid_is_asked_and_whoever_answers_is_heard() {
    let mut scene = Scene::new();
    raid(&mut scene, 10, 100, |k| format!("{ADVERT}{k}\n").repeat(60));
    scene.memos();
    let verdict = scene.join("anna");
    assert_eq!((verdict.rule, verdict.answer), ("raid", Answer::Mute { span: seconds(900) }));
    silence(&mut scene, &verdict);
    let asked = scene.memos();
    assert_eq!(asked.iter().map(|it| it.kind).collect::<Vec<_>>(), [MemoKind::Own("gate_ask")]);
    let whisper = Message { body: "fish".to_owned(), ..Message::default() };
    assert!(scene.event(Some("anna"), Phase::Live, EventKind::Private(whisper)).is_pass());
    let answered = scene.memos();
    assert_eq!(answered[0].kind, MemoKind::Heard("gate_answer"));
    assert_eq!((&answered[0].data["text"], &answered[0].data["left"]), (&"fish".into(), &2.into()));
    scene.role("anna", Role::Participant);
    assert!(scene.says("anna", "hello, what is going on here?").is_pass());
    assert!(scene.memos().is_empty());
}

#[test]
fn a_raid_ends_when_it_is_quiet_and_lets_go_of_whom_it_hushed() {
    let mut scene = Scene::new();
    let n_heard = raid(&mut scene, 10, 100, |k| format!("{ADVERT}{k}\n").repeat(60));
    scene.memos();
    scene.wait(seconds(899));
    assert!(scene.memos().is_empty());
    scene.wait(seconds(2));
    let memos = scene.memos();
    assert_eq!(memos[0].kind, MemoKind::RaidOff);
    // Of those who offended only the first, whose message was merely taken back, is hushed besides.
    assert_eq!(memos[0].data["release"].as_array().unwrap().len(), 11 - n_heard);
    assert!(scene.join("later").is_pass());
}

#[test]
fn regulars_and_those_who_talked_are_not_hushed() {
    let mut scene = Scene::new();
    scene.regular("alice");
    scene.join("bob");
    for n in 0..3 {
        scene.wait(seconds(40));
        assert!(scene.says("bob", &format!("I wonder about the {n}. question")).is_pass());
    }
    raid(&mut scene, 10, 100, |k| format!("{ADVERT}{k}\n").repeat(60));
    assert!(scene.has_voice("alice") && scene.has_voice("bob"));
    assert!(scene.says("bob", "what was that?").is_pass());
}

#[test]
fn a_netsplit_is_no_raid() {
    let mut scene = Scene::new();
    let names: Vec<String> = (0..50).map(|n| format!("p{n}")).collect();
    for who in &names {
        scene.join(who);
        scene.wait(seconds(30));
    }
    for who in &names {
        scene.leave(who, Cause::Lost);
    }
    scene.wait(seconds(120));
    for who in &names {
        assert!(scene.join(who).is_pass());
        assert!(scene.says(who, &format!("back again, that was the network of {who} I suppose")).is_pass());
    }
    assert!(scene.memos().is_empty());
}

#[test]
fn a_bridge_that_connects_and_a_release_that_is_announced_are_no_raids() {
    let mut scene = Scene::new();
    for n in 0..80 {
        let who = format!("irc{n}");
        assert!(scene.join_as(&who, |it| it.jids = vec![format!("{n}%irc@bridge.example").parse().unwrap()]).is_pass());
    }
    for n in 0..60 {
        scene.wait(seconds(2));
        let who = format!("irc{n}");
        assert!(scene.says(&who, &format!("so the new version {n} is out, has anybody tried it already?")).is_pass());
    }
    assert!(scene.memos().is_empty());
}

#[test]
fn a_domain_of_offenders_is_kept_at_the_door() {
    let mut scene = Scene::with(&[("gate", "off")]);
    for n in 0..5 {
        let who = format!("bad{n}");
        scene.join_as(&who, |it| it.jids = vec![format!("{who}@abandoned.example/x").parse().unwrap()]);
        scene.says(&who, &format!("{ADVERT}{n}\n").repeat(60));
        scene.leave(&who, Cause::Banned);
        // Too slow to be a raid.
        scene.wait(seconds(90));
    }
    let memos = scene.memos();
    let kinds = memos.iter().map(|it| it.kind).filter(|it| *it != MemoKind::Own("removed"));
    assert_eq!(kinds.collect::<Vec<_>>(), [MemoKind::Own("quarantine")]);
    let verdict = scene.join_as("worse", |it| it.jids = vec!["worse@abandoned.example/x".parse().unwrap()]);
    assert_eq!(verdict.rule, "quarantine");
    assert!(scene.join("anna").is_pass(), "of another domain");
    assert_eq!(verdict.target.unwrap().nick, nick("worse"));
}

#[test]
fn where_the_gate_is_always_closed_every_stranger_is_asked() {
    let mut scene = Scene::with(&[("gate", "always")]);
    assert_eq!(scene.join("anna").rule, "gate");
    assert_eq!(scene.memos().len(), 1);
    scene.enter("bob", |it| it.role = Role::Visitor);
    assert!(scene.event(Some("bob"), Phase::Live, EventKind::Join).is_pass(), "has no voice to lose");
    assert_eq!(scene.memos().len(), 1);
}
