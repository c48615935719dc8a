//! Who is left alone.

use domovoi_plugin::{
    Affiliation, Answer, Cause, EventKind, GuardSetup, Occupant, Phase, Role, Secret, Settings, Text, Verdict,
};

use crate::scene::{MUTE, Scene, babble, lines, millis, nick, seconds};

fn is_key(text: &Text, wanted: &str) -> bool {
    matches!(text, Text::Key { key, .. } if key == wanted)
}

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

/// Verdicts on one short line after the other, said to the bot alone.
fn whispered(scene: &mut Scene, who: &str, (n_lines, gap): (usize, u64)) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for line in lines(n_lines, |n| ["help", "roll 3d6", "language ru", "commands", "who are you"][n % 5].to_owned()) {
        scene.wait(millis(gap));
        let message = scene.message(&line);
        verdicts.push(scene.event(Some(who), Phase::Live, EventKind::Private(message)));
    }
    verdicts
}

#[test]
fn who_tries_commands_out_in_private_is_left_alone_and_a_flood_is_not() {
    let mut scene = Scene::new();
    scene.join("alice");
    scene.join("bob");
    assert!(scene.says("alice", "!help").is_pass());
    let verdicts = whispered(&mut scene, "alice", (30, 1_000));
    assert!(verdicts.iter().all(|it| it.answer <= Answer::Pass), "{verdicts:?}");
    assert!(scene.says("alice", "so that is how it works").is_pass(), "in public they said little");
    let verdicts = whispered(&mut scene, "bob", (60, 200));
    assert!(verdicts.iter().any(|it| it.answer == MUTE), "{verdicts:?}");
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
    assert!(is_key(&verdict.reason, "reason-rate"), "that it is only observed is said by the host: {verdict:?}");
    // What follows is not explained by an answer that took effect, since none did.
    let next = scene.says("mallory", &babble(5));
    assert!(next.answer == Answer::Note && is_key(&next.reason, "reason-goes-on"), "{next:?}");
}

#[test]
fn a_rule_that_is_only_watched_is_told_and_does_nothing_while_the_others_act() {
    let mut scene = Scene::with(&[("rules_observe", "rate")]);
    scene.join("mallory");
    for n in 0..12 {
        let verdict = scene.says("mallory", &babble(n));
        assert!(verdict.answer <= Answer::Note, "{n}: {verdict:?}");
        assert_eq!(verdict.because.iter().any(|it| it.rule == "rate"), 4 <= n, "{n}: {verdict:?}");
    }
    let advert = "cheap watches, 70% off, at https://shop.example/sale";
    scene.join("trudy");
    scene.says("trudy", advert);
    scene.wait(seconds(20));
    assert!(Answer::Note < scene.says("trudy", advert).answer);
}

#[test]
fn a_guard_that_is_off_is_not_there() {
    let plugin = domovoi_guard::plugin();
    let (settings, _) = Settings::read(&plugin.manifest().options, [("mode", "off".to_owned())]);
    let room = "garden@chat.example".parse().unwrap();
    assert!(
        plugin
            .guard(&GuardSetup { room: &room, settings: &settings, saved: None, secret: Secret::default() })
            .is_none()
    );
}

#[test]
fn a_regular_with_another_account_and_the_same_nick_is_no_look_alike() {
    for (name, fake) in [("дед", "дeд"), ("Zoë", "Zоë")] {
        let mut scene = Scene::new();
        scene.regular(name);
        scene.leave(name, Cause::Left);
        scene.wait(seconds(3_600));
        let other = |it: &mut Occupant| it.jids = vec!["mobile@elsewhere.example/x".parse().unwrap()];
        assert!(scene.join_as(name, other).is_pass(), "{name}");
        scene.leave(name, Cause::Left);
        let verdict = scene.join_as(fake, |it| it.jids = vec!["mallory@free.example/x".parse().unwrap()]);
        assert_eq!(verdict.rule, "nick", "{fake}");
    }
}

#[test]
fn who_has_talked_with_others_may_paste_a_few_lines() {
    let mut scene = Scene::new();
    for who in ["alice", "bob", "carla"] {
        scene.join(who);
    }
    let paste = |scene: &mut Scene, who: &str, from: usize| {
        let lines = (from..from + 6).map(|n| {
            scene.wait(millis(900));
            scene.says(who, &babble(n))
        });
        lines.filter(|it| Answer::Note < it.answer).count()
    };
    assert_eq!(paste(&mut scene, "bob", 0), 2, "from the fifth line on, of somebody who has said nothing yet");
    for text in ["has anybody seen this?", "yes, it is odd", "I wonder what it means"] {
        scene.wait(seconds(20));
        scene.says("carla", text);
        scene.wait(seconds(9));
        assert!(scene.says("alice", &format!("well, {text}")).is_pass());
    }
    scene.wait(seconds(10));
    assert_eq!(paste(&mut scene, "alice", 20), 0);
}
