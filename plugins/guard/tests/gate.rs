//! The newcomers' gate as a conversation: who is asked, who gets voice, and what an owner may change.
#![allow(clippy::unwrap_used, reason = "allow-unwrap-in-tests does not reach helper functions")]

use domovoi_plugin::{
    Affiliation, FormField, Role,
    testing::{Bench, BenchRoom},
};

/// A room where every stranger is asked.
fn garden() -> (Bench, BenchRoom) {
    let bench = Bench::new(domovoi_guard::plugin());
    bench.set("gate", "always");
    let room = bench.room("garden@chat.example", Affiliation::Owner);
    room.join("anna", Affiliation::Admin);
    (bench, room)
}

fn check(script: &str) {
    let (bench, room) = garden();
    bench.play(&room, script);
    assert_eq!(bench.faults(), []);
}

const QUESTION: &str = "In this room newcomers answer a question before they may speak. Answer this in one line and you may: How many paws does a cat have?";

#[test]
fn whoever_answers_has_voice() {
    check(&format!(
        "
        bob joins
        bot mutes bob for 15m: Newcomers answer a question before they may speak
        bot to bob: {QUESTION}
        bob whispers: what?
        bot to bob: That is not it. 2 more tries.
        bob whispers: four, of course
        bot unmutes bob: answered the newcomers' question
        bot to bob: Thank you! You have voice now.
        bob: hello everybody
        "
    ));
}

#[test]
fn three_wrong_answers_are_enough() {
    check(&format!(
        "
        bob joins
        bot mutes bob for 15m: Newcomers answer a question before they may speak
        bot to bob: {QUESTION}
        bob whispers: Why?
        bob whispers: help
        bob whispers: buy watches
        bot to bob: That is not it. 2 more tries.
        bob whispers: cheap watches
        bot to bob: That is not it. One more try.
        bob whispers: best watches
        bot to bob: That is not it either. Ask a moderator for voice, or come again a little later.
        bob whispers: four
        "
    ));
}

#[test]
fn an_owner_asks_questions_of_their_own() {
    check(
        "
        anna: !gate list
        bot: anna: This room has no questions of its own; mine are asked.
        anna: !gate add What is our mascot?
        bot: anna: Write it as: QUESTION = ANSWER, or QUESTION = ANSWER | ANSWER
        anna: !gate add What is our mascot? = penguin | a penguin
        bot: anna: Added; this room has one question of its own now, asked instead of mine.
        anna: !gate list
        bot to anna: 1. What is our mascot? = penguin | a penguin
        bob joins
        bot mutes bob for 15m: Newcomers answer a question before they may speak
        bot to bob: In this room newcomers answer a question before they may speak. Answer this in one line and you may: What is our mascot?
        bob whispers: Penguin!
        bot unmutes bob: answered the newcomers' question
        bot to bob: Thank you! You have voice now.
        anna: !gate del 2
        bot: anna: There is no such question; this room has one.
        anna: !gate del 1
        bot: anna: Removed; mine are asked now.
        ",
    );
}

#[test]
fn in_russian_too() {
    let (bench, room) = garden();
    bench.language("ru");
    bench.play(
        &room,
        "
        bob joins
        bot mutes bob for 15m: Новички сначала отвечают на вопрос
        bot to bob: В этой комнате новички отвечают на вопрос, прежде чем говорить. Ответьте одной строкой, и можно будет: Сколько лап у кошки?
        bob whispers: три
        bot to bob: Не то. Осталось 2 попытки.
        bob whispers: Четыре
        bot unmutes bob: ответ на вопрос для новичков
        bot to bob: Спасибо! Голос есть.
        ",
    );
}

const MODERATED: &str = "muc#roomconfig_moderatedroom";
const MEMBERS_ONLY: &str = "muc#roomconfig_membersonly";

/// A room in which the bot has this affiliation.
fn room_with(bench: &Bench, bot: Affiliation) -> BenchRoom {
    let room = bench.room("garden@chat.example", bot);
    room.offers_field(MODERATED, FormField::flag(false));
    room.offers_field(MEMBERS_ONLY, FormField::flag(false));
    room
}

/// A raid of two, whatever rule each of them breaks.
fn raid(room: &BenchRoom) {
    for name in ["r1", "r2", "r3", "r4", "r5"] {
        drop(room.join(name, Affiliation::None));
    }
    for name in ["r1", "r2"] {
        room.person(name).says(&format!("{name} wipes\n").repeat(100));
    }
}

#[test]
fn a_raid_closes_the_room_to_newcomers_and_its_end_opens_it_again() {
    let bench = Bench::new(domovoi_guard::plugin());
    let room = room_with(&bench, Affiliation::Owner);
    room.join("anna", Affiliation::Admin);
    raid(&room);
    assert_eq!(room.field(MODERATED).as_deref(), Some("1"));
    let status = || {
        drop(bench.answers());
        room.person("anna").says("!guard status");
        bench.advance("2s");
        bench.answers().join("\n")
    };
    let told = status();
    assert!(told.contains("A raid has been on for") && told.contains("Without voice until they answer"), "{told}");
    bench.advance("16m");
    let told = status();
    assert!(!told.contains("A raid") && !told.contains("Without voice"), "{told}");
    assert_eq!(room.field(MODERATED).as_deref(), Some("0"));
    assert_eq!(voice(&room, "r4"), Role::Participant, "hushed for nothing");
    assert_eq!(bench.faults(), []);
}

#[test]
fn in_a_raid_they_are_told_that_it_is_because_of_spam() {
    let bench = Bench::new(domovoi_guard::plugin());
    let room = room_with(&bench, Affiliation::Owner);
    raid(&room);
    let asked: Vec<String> = bench.answers().into_iter().filter(|it| it.contains("Answer this in one line")).collect();
    assert!(!asked.is_empty() && asked.iter().all(|it| it.contains("because of spam")), "{asked:?}");
}

#[test]
fn a_guard_that_is_told_to_act_no_more_lets_go_at_once() {
    for mode in ["observe", "off"] {
        let bench = Bench::new(domovoi_guard::plugin());
        let room = room_with(&bench, Affiliation::Owner);
        raid(&room);
        assert_eq!((room.field(MODERATED).as_deref(), voice(&room, "r4")), (Some("1"), Role::Visitor));
        bench.set("mode", mode);
        bench.restart_guard(&room);
        bench.advance("2s");
        assert_eq!((room.field(MODERATED).as_deref(), voice(&room, "r4")), (Some("0"), Role::Participant), "{mode}");
        drop(bench.answers());
        bench.dry_run();
        room.person("r4").says(&"r4 wipes\n".repeat(100));
        drop(room.join("r6", Affiliation::None));
        bench.advance("1m");
        assert_eq!(bench.answers(), [""; 0], "{mode}");
        assert_eq!(bench.faults(), []);
    }
}

#[test]
fn where_it_is_only_observed_nobody_is_asked_at_the_gate() {
    let bench = Bench::new(domovoi_guard::plugin());
    bench.set("mode", "observe");
    bench.set("gate", "always");
    bench.dry_run();
    let room = room_with(&bench, Affiliation::Owner);
    raid(&room);
    bench.advance("16m");
    assert_eq!(bench.answers(), [""; 0]);
}

fn voice(room: &BenchRoom, nick: &str) -> Role {
    room.occupant(nick).unwrap().role
}

#[test]
fn what_a_person_changed_meanwhile_stays() {
    let bench = Bench::new(domovoi_guard::plugin());
    let room = room_with(&bench, Affiliation::Owner);
    raid(&room);
    room.offers_field(MODERATED, FormField::flag(false));
    room.offers_field(MEMBERS_ONLY, FormField::flag(true));
    bench.advance("16m");
    assert_eq!(room.field(MODERATED).as_deref(), Some("0"));
    assert_eq!(room.field(MEMBERS_ONLY).as_deref(), Some("1"));
}

#[test]
fn where_the_form_is_not_ours_newcomers_are_hushed_one_by_one() {
    let bench = Bench::new(domovoi_guard::plugin());
    let room = room_with(&bench, Affiliation::Admin);
    raid(&room);
    assert_eq!(room.field(MODERATED).as_deref(), Some("0"));
    assert_eq!(voice(&room, "r4"), Role::Visitor);
    assert_eq!(bench.faults(), []);
}
