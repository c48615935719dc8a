//! The commands: names, levels, arguments, examples, and the function of each.

use domovoi_plugin::{Command, Commands, Level, arg, commands::BoundCommand};

use crate::{Admin, deeds, lists, say, subject};

/// All of them.
pub(crate) static COMMANDS: Commands<Admin> = Commands::new(|| {
    let mut all = of_moderators();
    all.extend(of_admins());
    all.extend(of_owners());
    all
});

type Names = &'static [(&'static str, &'static str)];
type Example = (&'static str, Names);
type Bound = BoundCommand<Admin>;

/// A command about people, with its example in English and, where that has words of people, in other languages.
fn people(level: Level, name: &'static str, names: Names, help: &'static str, example: Example) -> Bound {
    let command = Command::new(name, help).names(names).level(level).example(example.0).examples(example.1);
    command.arg(arg::several("who")).arg(arg::rest("reason").optional()).run(deeds::people)
}

/// The same, for a while.
fn people_for(level: Level, name: &'static str, names: Names, help: &'static str, example: Example) -> Bound {
    let command = Command::new(name, help).names(names).level(level).example(example.0).examples(example.1);
    let command = command.arg(arg::several("who")).arg(arg::span("span").optional());
    command.arg(arg::rest("reason").optional()).run(deeds::people_for)
}

fn of_moderators() -> Vec<Bound> {
    let level = Level::MODERATOR;
    vec![
        people(
            level,
            "kick",
            &[("ru", "кик"), ("ru", "выгнать")],
            "help-kick",
            ("kick bob please calm down", &[("ru", "кик bob хватит шуметь")]),
        ),
        people_for(
            level,
            "mute",
            &[("ru", "мут"), ("ru", "заглушить")],
            "help-mute",
            ("mute bob 10m flood", &[("ru", "мут bob 10m флуд")]),
        ),
        people(level, "unmute", &[("ru", "размут")], "help-unmute", ("unmute bob", &[])),
        people(level, "voice", &[("ru", "войс"), ("ru", "голос")], "help-voice", ("voice bob", &[])),
        people(level, "devoice", &[("ru", "девойс")], "help-devoice", ("devoice bob", &[])),
        Command::new("who", "help-who")
            .names(&[("ru", "кто")])
            .level(level)
            .arg(arg::nick("nick").optional())
            .run(lists::who),
        Command::new("recent", "help-recent")
            .names(&[("ru", "кто был"), ("ru", "недавние")])
            .level(level)
            .arg(arg::number("number", 1..=50).optional())
            .example("recent 5")
            .run(lists::recent),
    ]
}

fn of_admins() -> Vec<Bound> {
    let level = Level::ADMIN;
    vec![
        people(
            level,
            "ban",
            &[("ru", "бан"), ("ru", "забанить")],
            "help-ban",
            ("ban bob spam", &[("ru", "бан bob спам")]),
        ),
        people_for(
            level,
            "tempban",
            &[("ru", "темпбан")],
            "help-tempban",
            ("tempban bob 2h spam", &[("ru", "темпбан bob 2h спам")]),
        ),
        people(level, "unban", &[("ru", "разбан")], "help-unban", ("unban eve@people.example", &[])),
        Command::new("banlist", "help-banlist")
            .names(&[("ru", "банлист")])
            .level(level)
            .arg(arg::word("part").optional())
            .run(lists::bans),
        people(level, "moderator", &[("ru", "модер")], "help-moderator", ("moderator bob", &[])),
        people(level, "member", &[("ru", "мембер")], "help-member", ("member bob", &[])),
        people(level, "none", &[("ru", "никто")], "help-none", ("none bob", &[])),
        Command::new("subject", "help-subject")
            .names(&[("ru", "тема")])
            .level(level)
            .arg(arg::rest("text").optional())
            .example("subject Weeds and roses")
            .examples(&[("ru", "тема Розы и сорняки")])
            .run(subject),
        Command::new("say", "help-say")
            .names(&[("ru", "скажи")])
            .level(level)
            .arg(arg::rest("text"))
            .example("say Tea is ready.")
            .examples(&[("ru", "скажи Чай готов.")])
            .run(say),
    ]
}

fn of_owners() -> Vec<Bound> {
    let level = Level::ROOM_OWNER;
    vec![
        people(level, "admin", &[("ru", "админ")], "help-admin", ("admin bob", &[])),
        people(level, "owner", &[("ru", "овнер"), ("ru", "владелец")], "help-owner", ("owner bob", &[])),
    ]
}
