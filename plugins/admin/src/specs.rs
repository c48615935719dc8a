//! The commands: names, levels, arguments, examples.

use domovoi_plugin::{ArgKind, ArgSpec, CommandSpec, Level};

const PEOPLE: &[ArgSpec] = &[ArgSpec::needed("who", ArgKind::Several), ArgSpec::optional("reason", ArgKind::Rest)];
const PEOPLE_FOR: &[ArgSpec] = &[
    ArgSpec::needed("who", ArgKind::Several),
    ArgSpec::optional("span", ArgKind::Duration),
    ArgSpec::optional("reason", ArgKind::Rest),
];
const SUBJECT: &[ArgSpec] = &[ArgSpec::optional("text", ArgKind::Rest)];
const SAY: &[ArgSpec] = &[ArgSpec::needed("text", ArgKind::Rest)];
const BANLIST: &[ArgSpec] = &[ArgSpec::optional("part", ArgKind::Word)];
const WHO: &[ArgSpec] = &[ArgSpec::optional("nick", ArgKind::Nick)];
const RECENT: &[ArgSpec] = &[ArgSpec::optional("number", ArgKind::Number { min: 1, max: 50 })];

type Names = &'static [(&'static str, &'static str)];

const fn spec(
    (name, names): (&'static str, Names),
    level: Level,
    args: &'static [ArgSpec],
    (help, example): (&'static str, &'static str),
) -> CommandSpec {
    CommandSpec { names, level, args, example, ..CommandSpec::new(name, help) }
}

/// All of them.
pub(crate) fn all() -> Vec<CommandSpec> {
    let mut all = of_moderators();
    all.extend(of_admins());
    all.extend(of_owners());
    all
}

fn of_moderators() -> Vec<CommandSpec> {
    let level = Level::MODERATOR;
    vec![
        spec(("kick", &[("ru", "кик"), ("ru", "выгнать")]), level, PEOPLE, ("help-kick", "kick bob please calm down")),
        spec(("mute", &[("ru", "мут"), ("ru", "заглушить")]), level, PEOPLE_FOR, ("help-mute", "mute bob 10m flood")),
        spec(("unmute", &[("ru", "размут")]), level, PEOPLE, ("help-unmute", "unmute bob")),
        spec(("voice", &[("ru", "войс"), ("ru", "голос")]), level, PEOPLE, ("help-voice", "voice bob")),
        spec(("devoice", &[("ru", "девойс")]), level, PEOPLE, ("help-devoice", "devoice bob")),
        spec(("who", &[("ru", "кто")]), level, WHO, ("help-who", "who")),
        spec(("recent", &[("ru", "кто был"), ("ru", "недавние")]), level, RECENT, ("help-recent", "recent 5")),
    ]
}

fn of_admins() -> Vec<CommandSpec> {
    let level = Level::ADMIN;
    vec![
        spec(("ban", &[("ru", "бан"), ("ru", "забанить")]), level, PEOPLE, ("help-ban", "ban bob spam")),
        spec(("tempban", &[("ru", "темпбан")]), level, PEOPLE_FOR, ("help-tempban", "tempban bob 2h spam")),
        spec(("unban", &[("ru", "разбан")]), level, PEOPLE, ("help-unban", "unban eve@people.example")),
        spec(("banlist", &[("ru", "банлист")]), level, BANLIST, ("help-banlist", "banlist")),
        spec(("moderator", &[("ru", "модер")]), level, PEOPLE, ("help-moderator", "moderator bob")),
        spec(("member", &[("ru", "мембер")]), level, PEOPLE, ("help-member", "member bob")),
        spec(("none", &[("ru", "никто")]), level, PEOPLE, ("help-none", "none bob")),
        spec(("subject", &[("ru", "тема")]), level, SUBJECT, ("help-subject", "subject Weeds and roses")),
        spec(("say", &[("ru", "скажи")]), level, SAY, ("help-say", "say Tea is ready.")),
    ]
}

fn of_owners() -> Vec<CommandSpec> {
    let level = Level::ROOM_OWNER;
    vec![
        spec(("admin", &[("ru", "админ")]), level, PEOPLE, ("help-admin", "admin bob")),
        spec(("owner", &[("ru", "овнер"), ("ru", "владелец")]), level, PEOPLE, ("help-owner", "owner bob")),
    ]
}
