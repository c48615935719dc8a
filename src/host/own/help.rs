//! `help`, `commands`, `more`, `about`: what the bot can do, for whoever asks.

use domovoi_plugin::{
    ArgKind, ArgSpec, CommandSpec, Level, Nick, Place, RoomJid, Text,
    grammar::{Entry, example_in, level_text, shows_more, usage_text},
};

use super::asked::{Answer, Answered, Asked};
use crate::host::{
    answers::{RestKey, rest_key},
    below::Asking,
    commands::Line,
    core::Host,
};

/// A room that nobody has.
const EXAMPLE_ROOM: &str = "garden@chat.example.org";

pub(super) const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        names: &[("ru", "помощь")],
        aliases: &["?"],
        level: Level::VISITOR,
        args: &[ArgSpec::optional("command", ArgKind::Rest)],
        works_without_room: true,
        example: "help ping",
        ..CommandSpec::new("help", "help-help")
    },
    CommandSpec {
        names: &[("ru", "команды")],
        level: Level::VISITOR,
        works_without_room: true,
        ..CommandSpec::new("commands", "help-commands")
    },
    CommandSpec {
        names: &[("ru", "ещё"), ("ru", "еще")],
        level: Level::VISITOR,
        works_without_room: true,
        ..CommandSpec::new("more", "help-more")
    },
    CommandSpec {
        names: &[("ru", "кто ты")],
        level: Level::VISITOR,
        works_without_room: true,
        ..CommandSpec::new("about", "help-about")
    },
];

/// Where the sources are.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What can be given here by whoever asks; or one command in full.
pub(super) fn help(it: &Asked<'_>) -> Answered {
    let Some(wanted) = it.call.args.text("command").map(str::trim).filter(|it| !it.is_empty()) else {
        return Ok(Answer::List(overview(it)));
    };
    let is_on = |plugin: &_| it.host.is_command_on(plugin, it.cx.room.as_ref());
    let found = it.roster.commands.find(wanted, &it.cx.lang, is_on).filter(|it| it.rest.is_empty());
    let below: Vec<_> = it.roster.commands.below(wanted).into_iter().filter(|entry| is_open(it, entry)).collect();
    // `guard` is short for `guard status`, but whoever asks for help with it wants to know what else there is.
    if 1 < below.len() || found.is_none() && !below.is_empty() {
        let lines = below.iter().map(|entry| one_line(it, entry)).collect();
        return Ok(Answer::List(Text::Lines(lines)));
    }
    if let Some(found) = found {
        return Ok(Answer::Here(in_full(it, found.entry)));
    }
    let meant = it.roster.commands.did_you_mean(wanted, &it.cx.lang, it.call.asker.level, is_on);
    Ok(Answer::Here(match meant {
        Some(meant) => Text::key("did-you-mean").with("command", meant),
        None => Text::key("command-unknown"),
    }))
}

/// All commands in one list.
pub(super) fn commands(it: &Asked<'_>) -> Answered {
    let names: Vec<String> = open(it).map(|entry| name_of(entry, &it.cx.lang)).collect();
    Ok(Answer::List(Text::key("commands-list").with("commands", names.join(", "))))
}

/// The rest of the last long answer.
pub(super) fn more(it: &Asked<'_>) -> Answered {
    let [here, in_private] = rest_keys(it.cx.room.as_ref(), &it.cx.place, it.cx.nick.as_ref());
    if let Some(rest) = here.and_then(|key| it.host.rests.take(&key, it.cx.now())) {
        return Ok(Answer::Here(Text::Plain(rest)));
    }
    let rest = in_private.and_then(|key| it.host.rests.take(&key, it.cx.now()));
    Ok(rest.map_or_else(|| Answer::Here(Text::key("more-nothing")), |rest| Answer::Private(Text::Plain(rest))))
}

/// Whether there is a rest of an answer for whoever gave this line.
pub(in crate::host) fn has_more(host: &Host, line: &Line) -> bool {
    let keys = rest_keys(line.room.as_ref(), &line.place, line.occupant.as_ref().map(|it| &it.nick));
    keys.into_iter().flatten().any(|key| host.rests.is_waiting(&key, host.clock.now()))
}

/// Where the rest of an answer waits: here, or, since what was said in private stays there wherever the rest is asked for,
/// in private.
fn rest_keys(room: Option<&RoomJid>, place: &Place, nick: Option<&Nick>) -> [Option<RestKey>; 2] {
    let in_private = nick.map(|nick| RestKey::Private(room.cloned(), nick.clone()));
    [Some(rest_key(room, place, nick)), in_private]
}

/// What the bot is.
pub(super) fn about(it: &Asked<'_>) -> Answered {
    Ok(Answer::Here(Text::key("about").with("version", VERSION).with("prefix", it.prefix())))
}

fn overview(it: &Asked<'_>) -> Text {
    let mut lines = Vec::new();
    for installed in &it.roster.plugins {
        let own = open(it).filter(|entry| entry.plugin == *installed.name());
        // `access show`, `access set`: one word says that there are several.
        let mut names: Vec<String> = Vec::new();
        for entry in own {
            let name = name_of(entry, &it.cx.lang);
            let word = name.split(' ').next().unwrap_or_default();
            let has_kin = name.contains(' ') || open(it).any(|other| is_below(word, &name_of(other, &it.cx.lang)));
            let shown = if is_alone(it, entry) || !has_kin { name.clone() } else { format!("{word} …") };
            if !names.contains(&shown) {
                names.push(shown);
            }
        }
        if !names.is_empty() {
            lines.push(Text::plain(format!("{}: {}", installed.name(), names.join(", "))));
        }
    }
    lines.push(Text::key("help-footer").with("prefix", it.prefix()));
    if it.cx.room.is_none() {
        lines.push(Text::key("help-of-rooms").with("room", example_room(it)));
    }
    Text::Lines(lines)
}

/// A room to show how one is named: of ours only to whoever may know them all.
fn example_room(it: &Asked<'_>) -> String {
    let config = it.host.live.config();
    let ours = config.rooms.keys().next().filter(|_| it.is_bot_owner());
    ours.map_or_else(|| EXAMPLE_ROOM.to_owned(), ToString::to_string)
}

/// Whether a command's name is this word and more.
fn is_below(word: &str, name: &str) -> bool {
    name.strip_prefix(word).is_some_and(|it| it.starts_with(' '))
}

/// Whether no other command begins with the same word.
fn is_alone(it: &Asked<'_>, entry: &Entry) -> bool {
    let word = entry.spec.name.split(' ').next().unwrap_or_default();
    it.roster.commands.below(word).len() < 2
}

fn in_full(it: &Asked<'_>, entry: &Entry) -> Text {
    let spec = &entry.spec;
    let mut lines = vec![
        Text::key("help-usage").with("usage", usage_of(it, entry)).with("what", what_of(it, entry)),
        Text::key("help-level").with("level", level_text(spec.level)).with("number", spec.level.0),
    ];
    if shows_more(spec) {
        let example = format!("{}{}", it.prefix(), example_in(spec, &it.cx.lang));
        lines.insert(1, Text::key("help-example").with("example", example));
    }
    let names = other_names(spec, &name_of(entry, &it.cx.lang), &it.cx.lang);
    if !names.is_empty() {
        lines.push(Text::key("help-aliases").with("names", names.join(", ")));
    }
    if spec.is_direct_only {
        lines.push(Text::key("help-direct-only"));
    }
    Text::Lines(lines)
}

fn one_line(it: &Asked<'_>, entry: &Entry) -> Text {
    Text::key("help-usage").with("usage", usage_of(it, entry)).with("what", what_of(it, entry))
}

/// How a command is given; what its arguments are called is the plugin's to say.
fn usage_of(it: &Asked<'_>, entry: &Entry) -> String {
    it.host.words_of(&entry.plugin, &it.cx.lang, &usage_text(&entry.spec, &it.cx.lang))
}

fn what_of(it: &Asked<'_>, entry: &Entry) -> String {
    it.host.purpose_of(&entry.plugin, &it.cx.lang, entry.spec.help)
}

/// What else it is called here: a word of another language is not heard in public.
fn other_names(spec: &CommandSpec, shown: &str, lang: &str) -> Vec<String> {
    let local = spec.names.iter().filter(|it| base(it.0) == base(lang)).map(|it| it.1);
    let all = std::iter::once(spec.name).chain(spec.aliases.iter().copied()).chain(local);
    all.filter(|it| *it != shown).map(str::to_owned).collect()
}

fn base(lang: &str) -> String {
    lang.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

/// A command's name in this language.
pub(in crate::host) fn name_of(entry: &Entry, lang: &str) -> String {
    let local = entry.spec.names.iter().find(|it| base(it.0) == base(lang));
    local.map_or(entry.spec.name, |it| it.1).to_owned()
}

/// The commands that whoever asks may give here.
fn open<'a>(it: &'a Asked<'_>) -> impl Iterator<Item = &'a Entry> {
    it.roster.commands.iter().filter(|entry| is_open(it, entry))
}

fn is_open(it: &Asked<'_>, entry: &Entry) -> bool {
    let asking = Asking { room: it.cx.room.as_ref(), level: it.call.asker.level, lang: &it.cx.lang };
    it.host.is_open(entry, &asking)
}
