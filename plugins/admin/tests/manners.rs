//! What holds for every command: nobody gains rights, nobody is mistaken for another, every answer is true, in both
//! languages and in any script.
#![allow(clippy::indexing_slicing, reason = "the lints' exception for tests does not reach every helper")]

mod scene;

use domovoi_admin::Admin;
use domovoi_plugin::{ActError, Affiliation, Plugin, Power};

use scene::{check, garden};

#[test]
fn nobody_gets_more_rights_than_the_room_gives() {
    check(
        "
        bob: !kick mary
        bot: bob: That takes at least the level 15 (moderator).
        mike: !kick olga
        bot: mike: olga is room owner and out of reach.
        mike: !kick mike
        bot: mike: mike is moderator and out of reach.
        mike: !ban bob
        bot: mike: That takes at least the level 20 (admin).
        anna: !kick anna
        bot: anna: anna is admin and out of reach.
        anna: !ban olga@people.example
        bot: anna: olga is room owner and out of reach.
        olga leaves
        anna: !ban olga
        bot: anna: olga is room owner and out of reach.
        anna: !none olga@people.example
        bot: anna: olga@people.example is room owner and out of reach.
        anna: !kick domovoi
        bot: anna: domovoi: That is me.
        ",
    );
}

#[test]
fn someone_who_took_another_s_nick_is_not_mistaken_for_them() {
    check(
        "
        bob is now carol
        mary is now bob
        mike: !kick carol
        bot kicks carol: by mike
        bot: mike: kicked: carol
        bob leaves
        bob joins
        mike: !ban bob
        bot: mike: That takes at least the level 20 (admin).
        anna: !kick mary
        bot to anna: Nobody here, and nobody who left lately, is called “mary”. A JID works too. | Usage: kick <nick or JID…> [reason] — for example: kick bob please calm down
        ",
    );
}

#[test]
fn a_nick_that_looks_like_a_jid_wins_nothing() {
    let (bench, room) = garden();
    room.join_as("friend@elsewhere.example", Affiliation::None, "mallory@people.example");
    bench.play(
        &room,
        "
        olga: !owner friend@elsewhere.example
        bot makes friend@elsewhere.example owner: by olga
        bot: olga: owner now: friend@elsewhere.example
        olga: !kick \"friend@elsewhere.example\"
        bot kicks friend@elsewhere.example: by olga
        bot: olga: kicked: friend@elsewhere.example
        ",
    );
    assert_eq!(room.affiliation_of("mallory@people.example"), Affiliation::None);
}

#[test]
fn nicks_in_any_script_are_named_as_they_are_written() {
    let (bench, room) = garden();
    room.join("שלום עולם", Affiliation::None);
    room.join("🐺❤", Affiliation::None);
    room.join("Домовёнок Кузя", Affiliation::None);
    bench.play(
        &room,
        "
        mike: !kick \u{202b}שלום עולם\u{202c} ספאם
        bot kicks שלום עולם: ספאם (by mike)
        bot: mike: kicked: שלום עולם
        mike: !kick 🐺❤\u{fe0f}: howling
        bot kicks 🐺❤: howling (by mike)
        bot: mike: kicked: 🐺❤
        mike: !kick домовёнок кузя, bob
        bot kicks Домовёнок Кузя: by mike
        bot kicks bob: by mike
        bot: mike: kicked: Домовёнок Кузя, bob
        ",
    );
}

#[test]
fn wrong_lines_are_answered_with_the_usage() {
    check(
        "
        mike: !kick
        bot to mike: Something is missing: nick or JID (one or several nicks or JIDs). | Usage: kick <nick or JID…> [reason] — for example: kick bob please calm down
        mike: !kick bbo
        bot to mike: Nobody here, and nobody who left lately, is called “bbo”. A JID works too. | Usage: kick <nick or JID…> [reason] — for example: kick bob please calm down
        anna: !say
        bot to anna: Something is missing: text (words). | Usage: say <text> — for example: say Tea is ready.
        mike: !unknown word
        mike: ! kick bob
        ",
    );
    let (bench, room) = garden();
    room.person("anna").says(&format!("!ban {}", "x@y.example ".repeat(200)));
    assert!(bench.answers()[0].contains("at most 20 people"));
    assert_eq!(bench.acts(), []);
}

#[test]
fn the_answer_is_what_the_server_said() {
    let (bench, room) = garden();
    bench.refuse(ActError::Refused { condition: "not-allowed".to_owned() });
    bench.refuse(ActError::NoAnswer);
    bench.play(
        &room,
        "
        mike: !kick bob mary Big Bad Wolf
        bot kicks Big Bad Wolf: by mike
        bot: mike: kicked: Big Bad Wolf | bob: The server refused: it allows that to nobody like me, or not with someone of this affiliation (not-allowed). | mary: The server did not answer in time; perhaps it was done, perhaps not.
        ",
    );
    bench.dry_run();
    bench.play(&room, "mike: !kick bob\nbot: mike: dry run: it would have been done: bob");
    bench.grant(&[Power::Say]);
    bench.play(&room, "mike: !kick bob\nbot: mike: bob: I was not given the power “kick” here.");
}

#[test]
fn russian_names_and_answers() {
    let (bench, room) = garden();
    bench.language("ru");
    bench.play(
        &room,
        "
        mike: !мут bob 2ч флуд
        bot mutes bob for 2h: флуд (по команде: mike)
        bot: mike: заглушил на 2 часа: bob
        mike: !Кик bob хватит
        bot kicks bob: хватит (по команде: mike)
        bot: mike: выгнал: bob
        mike: !кик bob
        bot: mike: bob сейчас не здесь. Чтобы закрыть вход: бан bob
        mike: !бан bob
        bot: mike: Для этого нужен уровень не ниже 20 (администратор).
        anna: !темпбан bob 2д
        bot bans bob@people.example for 2d: по команде: anna
        bot: anna: забанил на 2 дня: bob
        mike: !кто был
        bot: mike: bob, 0 секунд назад, без единого слова
        mike: !мут
        bot to mike: Чего-то не хватает: ник или JID (один или несколько ников или JID). | Как писать: мут <ник или JID…> [срок] [причина] — например: мут bob 10м флуд
        ",
    );
    bench.language("en");
    bench.play(&room, "mike: !кик mary");
}

#[test]
fn every_example_runs_in_both_languages() {
    for spec in Admin.manifest().commands {
        let russian = spec.names.iter().map(|it| (it.0, spec.example.replacen(spec.name, it.1, 1)));
        let whole = spec.examples.iter().map(|it| (it.0, it.1.to_owned()));
        for (lang, line) in russian.chain(whole).chain([("en", spec.example.to_owned())]) {
            let (bench, room) = garden();
            bench.language(lang);
            room.set_affiliation("eve@people.example", Affiliation::Outcast);
            let olga = room.person("olga");
            olga.says(match spec.name {
                "unmute" | "voice" => "!devoice bob",
                "none" => "!member bob",
                _ => "no command",
            });
            drop(bench.answers());
            olga.whispers(&line);
            let answers = bench.answers();
            assert!(!answers.is_empty(), "{line}");
            let text = answers.join("\n");
            let mistake = ["Usage", "Как писать", "is not", "не здесь", "already", "уже", "level", "уровень", "{"];
            assert!(!mistake.iter().any(|it| text.contains(it)), "{line}: {text}");
            assert_eq!(bench.faults(), [], "{line}");
        }
    }
}
