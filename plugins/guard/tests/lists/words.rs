//! Word lists.

use domovoi_plugin::{Affiliation, Wake};

use crate::{deeds, garden};

#[test]
fn an_admin_keeps_words_out() {
    let (bench, room) = garden();
    bench.play(
        &room,
        "
        anna: !words add casino mute 10m
        bot: anna: The word “casino” is on the list own: muted for 10 minutes.
        anna: !words add \"buy now\" kick list ads
        bot: anna: The phrase “buy now” is on the list ads: kicked.
        anna: !words add /win \\d+/ points 30 observe
        bot: anna: The pattern “win \\d+” is on the list own: only watched (30 points).
        anna: !words add casino shoot
        bot: anna: “shoot” is none of note, warn, retract, mute, kick, ban, points.
        anna: !words add (
        bot: anna: That is too short: two letters at least.
        anna: !words add /.*/ kick
        bot: anna: That pattern matches everything.
        anna: !words
        bot to anna: ads: one entry; “words list ads” shows them | own: 2 entries; “words list own” shows them
        anna: !words test the best c4sinо in town
        bot to anna: “casino” of the list own: muted for 10 minutes
        anna: !words test nothing of that
        bot: anna: Nothing in it is on a list.
        ",
    );
    let bob = room.join("bob", Affiliation::None);
    bob.says("hello, win 1000 today");
    assert!(deeds(&bench).is_empty(), "that is watched only");
    bob.says("our c a s i n o is the best");
    assert_eq!(deeds(&bench)[..1], ["bot mutes bob for 10m: What this room does not want to read"]);
    let eve = room.join("eve", Affiliation::None);
    eve.says("you must BUY, now!");
    assert!(deeds(&bench)[0].starts_with("bot kicks eve"));
    room.person("olga").says("the casino and buy now: I may say it");
    assert!(deeds(&bench).is_empty());
}

#[test]
fn a_word_takes_back_its_own_message_and_three_who_say_it_are_no_raid() {
    let (bench, room) = garden();
    room.person("anna").says("!words add casino mute 10m");
    let people = ["bob", "eve", "carl", "dora"].map(|it| room.join(it, Affiliation::None));
    for person in &people {
        person.says("good evening, what is that film about");
    }
    bench.advance("20s");
    drop(deeds(&bench));
    for person in &people {
        person.says("they rob a casino, I think");
    }
    let done = deeds(&bench);
    assert_eq!(done.iter().filter(|it| it.contains(" mutes ")).count(), 4, "{done:?}");
    let verdicts = bench.verdicts();
    let taken_back: Vec<usize> = verdicts.iter().filter(|it| it.rule == "words").map(|it| it.retract.len()).collect();
    assert_eq!(taken_back, [1; 4], "what they said before stays");
    assert!(!done.iter().any(|it| it.contains("15m")), "nobody is hushed as in a raid: {done:?}");
    bench.advance("5s");
    room.join("fred", Affiliation::None);
    assert!(deeds(&bench).is_empty(), "whoever comes has a voice");
}

#[test]
fn hits_are_counted_and_entries_survive_a_restart() {
    let (bench, room) = garden();
    room.person("anna").says("!words add casino warn expires 1d");
    room.join("bob", Affiliation::None).says("casino");
    bench.advance("2m");
    drop(bench.answers());
    room.person("anna").says("!words list own");
    assert_eq!(bench.answers(), ["bot to anna: “casino”: warned (ends in 23 hours 58 minutes); hit once; by anna"]);
    // Made anew, as after a restart: what is in the store is what there is.
    bench.share(None);
    bench.wake(Wake::Config);
    room.join("eve", Affiliation::None).says("casino");
    let answers = bench.answers();
    assert!(answers.iter().any(|it| it.contains("eve: What this room does not want")), "{answers:?}");
    bench.advance("1d");
    room.join("carl", Affiliation::None).says("casino");
    assert!(bench.answers().is_empty());
}

#[test]
fn a_word_in_a_nick_counts_too() {
    let (bench, room) = garden();
    room.person("anna").says("!words add casino kick");
    room.join("best casino", Affiliation::None);
    assert!(deeds(&bench)[0].starts_with("bot kicks best casino"));
}

#[test]
fn a_room_names_lists_of_the_owner_and_those_to_begin_with() {
    let bench = domovoi_plugin::testing::Bench::new(domovoi_guard::plugin());
    bench.file("spam.txt", "[kick]\nflyingcar*\n");
    bench.set("word_lists", "spam starter-en nowhere");
    let room = crate::room_of(&bench, "garden@chat.example");
    bench.advance("2s");
    room.join("bob", Affiliation::None).says("buy my flyingcars");
    assert!(deeds(&bench)[0].starts_with("bot kicks bob"), "{:?}", bench.verdicts());
    let eve = room.join("eve", Affiliation::None);
    eve.says("is there a casino in this town?");
    assert!(deeds(&bench).is_empty(), "a word in passing is nothing");
    eve.says("best casino: no deposit bonus, free spins, double your money, click here");
    assert!(!bench.answers().is_empty(), "an advert full of them is");
    room.person("anna").says("!guard");
    bench.advance("2s");
    let status = bench.answers().join("\n");
    assert!(status.contains("cannot be read: nowhere"), "{status}");
}

#[test]
fn a_member_may_not_change_lists_and_russian_is_spoken() {
    let (bench, room) = garden();
    room.join("mary", Affiliation::Member);
    bench.play(
        &room,
        "
        mary: !words add casino kick
        bot: mary: That takes at least the level 20 (admin).
        ",
    );
    bench.language("ru");
    bench.play(
        &room,
        "
        anna: !слова добавить казино бан 2h
        bot: anna: Слово «казино» в списке own: бан на 2 часа.
        anna: !слова добавить рулетка мут 10м
        bot: anna: Слово «рулетка» в списке own: лишение голоса на 10 минут.
        ",
    );
}
