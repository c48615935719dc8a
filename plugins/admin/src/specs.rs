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
type Bound = BoundCommand<Admin>;
/// In English, and in Russian where a reason is given.
type Example = [&'static str; 2];

fn command(level: Level, name: &'static str, names: Names, help: &'static str, [english, russian]: Example) -> Command {
    let command = Command::new(name, help).names(names).level(level).example(english);
    if russian.is_empty() { command } else { command.example_in("ru", russian) }
}

/// A command about people.
fn people(level: Level, name: &'static str, names: Names, help: &'static str, example: Example) -> Bound {
    let command = command(level, name, names, help, example);
    command.arg(arg::several("who")).arg(arg::rest("reason").optional()).run(deeds::people)
}

/// The same, for a while.
fn people_for(level: Level, name: &'static str, names: Names, help: &'static str, example: Example) -> Bound {
    let command = command(level, name, names, help, example);
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
            ["kick bob please calm down", "кик bob остыньте"],
        ),
        people_for(
            level,
            "mute",
            &[("ru", "мут"), ("ru", "заглушить")],
            "help-mute",
            ["mute bob 10m flood", "мут bob 10м флуд"],
        ),
        people(level, "unmute", &[("ru", "размут")], "help-unmute", ["unmute bob", ""]),
        people(level, "voice", &[("ru", "войс"), ("ru", "голос")], "help-voice", ["voice bob", ""]),
        people(level, "devoice", &[("ru", "девойс")], "help-devoice", ["devoice bob", ""]),
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
        people(level, "ban", &[("ru", "бан"), ("ru", "забанить")], "help-ban", ["ban bob spam", "бан bob спам"]),
        people_for(
            level,
            "tempban",
            &[("ru", "темпбан")],
            "help-tempban",
            ["tempban bob 2h spam", "темпбан bob 2ч спам"],
        ),
        people(level, "unban", &[("ru", "разбан")], "help-unban", ["unban eve@people.example", ""]),
        Command::new("banlist", "help-banlist")
            .names(&[("ru", "банлист")])
            .level(level)
            .arg(arg::word("part").optional())
            .run(lists::bans),
        people(level, "moderator", &[("ru", "модер")], "help-moderator", ["moderator bob", ""]),
        people(level, "member", &[("ru", "мембер")], "help-member", ["member bob", ""]),
        people(level, "none", &[("ru", "никто")], "help-none", ["none bob", ""]),
        Command::new("subject", "help-subject")
            .names(&[("ru", "тема")])
            .level(level)
            .arg(arg::rest("text").optional())
            .example("subject Weeds and roses")
            .example_in("ru", "тема Сорняки и розы")
            .run(subject),
        Command::new("say", "help-say")
            .names(&[("ru", "скажи")])
            .level(level)
            .arg(arg::rest("text"))
            .example("say Tea is ready.")
            .example_in("ru", "скажи Чай готов.")
            .run(say),
    ]
}

fn of_owners() -> Vec<Bound> {
    let level = Level::ROOM_OWNER;
    vec![
        people(level, "admin", &[("ru", "админ")], "help-admin", ["admin bob", ""]),
        people(level, "owner", &[("ru", "овнер"), ("ru", "владелец")], "help-owner", ["owner bob", ""]),
    ]
}
