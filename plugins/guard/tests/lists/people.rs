//! What everybody may ask and say.

use domovoi_plugin::{Account, Affiliation, MemoKind};

use crate::{deeds, garden};

#[test]
fn everybody_sees_what_is_kept_and_may_have_it_cleared() {
    let (bench, room) = garden();
    let bob = room.join("bob", Affiliation::None);
    bob.says("good morning");
    bob.says("how are you?");
    bob.whispers("mydata");
    bench.advance("2s");
    let told = bench.answers().join("\n");
    assert!(told.starts_with("bot to bob: The guard of this room has known you for 1 second: 2 messages"), "{told}");
    assert!(told.contains("0 points held against you"), "{told}");
    bob.whispers("forgetme");
    bench.advance("2s");
    assert!(bench.answers().join("\n").starts_with("bot to bob: You are a stranger to the guard"));
    bob.whispers("mydata");
    bench.advance("2s");
    assert!(bench.answers().join("\n").contains("0 messages without fault"));
    bob.whispers("forgetme");
    assert_eq!(bench.answers(), ["bot to bob: That can be done once a day."]);
}

#[test]
fn a_guard_that_is_off_says_so_instead_of_nothing() {
    let (bench, room) = garden();
    let bob = room.join("bob", Affiliation::None);
    bench.set("mode", "off");
    for command in ["mydata", "forgetme"] {
        bob.whispers(command);
        assert!(bench.answers().join("\n").contains("is off: it can say and forget nothing"), "{command}");
    }
    room.person("anna").says("!guard");
    assert!(bench.answers().join("\n").contains("The guard looks away."));
    bench.set("mode", "enforce");
    bob.whispers("forgetme");
    bench.advance("2s");
    assert!(bench.answers().join("\n").contains("You are a stranger"), "what was refused does not count as done");
}

#[test]
fn being_forgotten_sheds_no_points() {
    let (bench, room) = garden();
    room.person("anna").says("!words add casino points 25");
    let bob = room.join("bob", Affiliation::None);
    bob.says("casino");
    bob.whispers("forgetme");
    bench.advance("2s");
    bob.whispers("mydata");
    bench.advance("2s");
    let told = bench.answers().join("\n");
    assert!(told.contains(" 37 points") || told.contains(" 36 points"), "{told}");
}

#[test]
fn who_was_only_observed_is_not_told_of_a_sentence() {
    let (bench, room) = garden();
    bench.set("mode", "observe");
    bench.restart_guard(&room);
    let bob = room.join("bob", Affiliation::None);
    for n in 0..12 {
        bob.says(&format!("BUY NOW cheap pills {n} http://spam.example/{n}"));
    }
    bob.whispers("mydata");
    bench.advance("2s");
    let told = bench.answers().join("\n");
    assert!(told.contains("Lately it would have muted, kicked or banned you"), "{told}");
    assert!(!told.contains("You were muted"), "{told}");
}

#[test]
fn reports_reach_moderators_once_and_two_people_are_heard() {
    let (bench, room) = garden();
    for name in ["mia", "tom", "una", "bob"] {
        let person = room.join(name, Affiliation::None);
        person.says(&format!("hello, I am {name}"));
    }
    bench.advance("11m");
    drop(bench.answers());
    room.person("mia").whispers("report bob adverts in private");
    assert_eq!(
        bench.answers(),
        [
            "bot tells anna: mia reports bob (bob@people.example): adverts in private\nAnswer with: kick bob · mute bob · case bob · explain bob",
            "bot tells olga: mia reports bob (bob@people.example): adverts in private\nAnswer with: kick bob · mute bob · case bob · explain bob",
            "bot to mia: Thank you. What you said of bob is known to the guard, and to the moderators who are here."
        ]
    );
    bench.advance("1m");
    assert!(deeds(&bench).is_empty(), "one is not enough");
    room.person("mia").whispers("report bob again");
    assert_eq!(bench.answers(), ["bot to mia: You have reported them already, a short while ago."]);
    room.person("tom").whispers("report bob");
    assert_eq!(bench.answers().len(), 1, "moderators are told once");
    bench.advance("2s");
    assert!(bench.verdicts().iter().any(|it| it.rule == "report"), "{:?}", bench.verdicts());
    assert!(!deeds(&bench).is_empty());
    let n = bench.verdicts().len();
    room.person("una").whispers("report bob");
    bench.advance("2s");
    assert_eq!(bench.verdicts().len(), n, "the same is not held against them twice");
}

#[test]
fn nobody_is_told_that_moderators_know_where_there_are_none() {
    let bench = domovoi_plugin::testing::Bench::new(domovoi_guard::plugin());
    let room = bench.room("garden@chat.example", Affiliation::Admin);
    room.join("bob", Affiliation::None);
    room.join("mia", Affiliation::None).whispers("report bob adverts");
    let told = bench.answers().join("\n");
    assert!(told.contains("no moderator is here just now"), "{told}");
}

#[test]
fn the_word_of_two_strangers_is_not_enough() {
    let (bench, room) = garden();
    for name in ["sock1", "sock2", "bob"] {
        room.join(name, Affiliation::None);
    }
    room.person("sock1").whispers("report bob");
    room.person("sock2").whispers("report bob");
    bench.advance("2s");
    assert!(bench.verdicts().is_empty());
}

#[test]
fn nobody_reports_themselves_or_people_who_are_nowhere() {
    let (bench, room) = garden();
    room.join("bob", Affiliation::None);
    bench.play(
        &room,
        "
        bob whispers: report bob
        bot to bob: That is you.
        bob whispers: report stranger@nowhere.example
        bot to bob: Name someone who is here or was here lately.
        ",
    );
}

#[test]
fn a_stranger_s_server_is_asked_once_and_what_it_says_counts() {
    let (bench, room) = garden();
    let account = Account { affiliation: "anonymous".to_owned(), since: None, trust: None };
    bench.account("bob@people.example", account);
    let bob = room.join("bob", Affiliation::None);
    bench.advance("2s");
    assert!(bench.verdicts().iter().any(|it| it.rule == "account"), "{:?}", bench.verdicts());
    assert!(deeds(&bench).is_empty(), "that alone is a note");
    bob.leaves();
    let n = bench.verdicts().len();
    room.join("bob", Affiliation::None);
    bench.advance("2s");
    assert_eq!(bench.verdicts().len(), n, "asked once a day");
    room.join("mary", Affiliation::Member);
    let strangers = bench.memos().into_iter().filter(|it| it.kind == MemoKind::Own("stranger"));
    assert!(strangers.into_iter().all(|it| it.about.unwrap().nick.as_str() != "mary"));
}

#[test]
fn an_owner_sets_the_guard_by_its_own_command() {
    let (bench, room) = garden();
    bench.play(
        &room,
        "
        olga: !guard preset strict
        bot: olga: preset is strict here. What kind of room it is: public, support, friends, strict.
        olga: !guard set rate_burst 8
        bot: olga: rate_burst is 8 here. Pasted messages of one newcomer in 5 s that are a flood; 0: as the preset says.
        olga: !guard set rate_burst many
        bot: olga: rate_burst stays as it was: “many” is not a whole number from 0 to 20.
        olga: !guard set rules_off link, media
        bot: olga: rules_off is link, media here. Rules that are not asked, by name, such as: link, media.
        olga: !guard set rules_off default
        bot: olga: rules_off is as the configuration says again.
        olga: !guard observe
        bot: olga: The guard decides and shows; nothing is done.
        anna: !guard off
        bot: anna: That takes at least the level 30 (room owner).
        anna: !words add casino note
        bot: anna: The word “casino” is on the list own: a note.
        anna: !guard
        clock +1s
        bot: anna: The guard decides and shows; nothing is done. Preset: strict. | It knows 0 people here; of them regulars: 0. | Word lists: 1 entry of this room, 0 of the lists that it names, 0 of all rooms. | Set: rate_burst = 8 | Kept of at most 4096 people: times, counts, points and fingerprints, never what was said; of strangers for 30 days, of those who never spoke for one, of regulars for a year; fingerprints for 10 minutes. Of incidents the last 500, with evidence, for 30 days.
        ",
    );
}
