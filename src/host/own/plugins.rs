//! `plugin list|on|off|set|get|unset`: which plugins run in a room, and how they are set.
//!
//! In a room it is about that room; in a direct chat without one, about all rooms, and for owners of the bot.

use std::borrow::Cow;

use domovoi_plugin::{
    ArgKind, ArgSpec, CommandSpec, Fault, Level, OptionKind, OptionSpec, Place, Setting, Text, format_duration,
    grammar::{option_text, shown},
};
use toml::Value;

use super::{
    asked::{Answer, Answered, Asked},
    not_changed, room_path,
};
use crate::{
    config::KeyPath,
    host::{core::OWN_NAME, instance::Installed, overlay::Change},
};

pub(super) const PLUGIN: &[ArgSpec] = &[ArgSpec::needed("plugin", ArgKind::Word)];

pub(super) const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        names: &[("ru", "плагин список"), ("ru", "плагины"), ("ru", "плагин")],
        aliases: &["plugins", "plugin"],
        level: Level::MODERATOR,
        works_without_room: true,
        ..CommandSpec::new("plugin list", "help-plugin-list")
    },
    CommandSpec {
        names: &[("ru", "плагин вкл")],
        level: Level::ROOM_OWNER,
        args: PLUGIN,
        example: "plugin on guard",
        works_without_room: true,
        ..CommandSpec::new("plugin on", "help-plugin-on")
    },
    CommandSpec {
        names: &[("ru", "плагин выкл")],
        level: Level::ROOM_OWNER,
        args: PLUGIN,
        example: "plugin off guard",
        works_without_room: true,
        ..CommandSpec::new("plugin off", "help-plugin-off")
    },
    CommandSpec {
        names: &[("ru", "плагин задать")],
        level: Level::ROOM_OWNER,
        args: &[ArgSpec::needed("setting", ArgKind::Word), ArgSpec::needed("value", ArgKind::Rest)],
        example: "plugin set guard.preset strict",
        works_without_room: true,
        ..CommandSpec::new("plugin set", "help-plugin-set")
    },
    CommandSpec {
        names: &[("ru", "плагин сбросить")],
        level: Level::ROOM_OWNER,
        args: &[ArgSpec::needed("setting", ArgKind::Word)],
        example: "plugin unset guard.preset",
        works_without_room: true,
        ..CommandSpec::new("plugin unset", "help-plugin-unset")
    },
];

/// All plugins, and whether they are on.
pub(super) fn list(it: &Asked<'_>) -> Answered {
    table(it)?;
    let line = |installed: &&Installed| {
        let key = if is_on(it, installed) { "plugin-is-on" } else { "plugin-is-off" };
        let what = it.host.purpose_of(installed.name(), &it.cx.lang, installed.manifest.description);
        Text::key(key).with("plugin", installed.name().as_str()).with("what", what)
    };
    Ok(Answer::List(Text::Lines(others(it).collect::<Vec<_>>().iter().map(line).collect())))
}

/// Turns a plugin on or off.
pub(super) async fn switch(it: &Asked<'_>, is_on: bool) -> Answered {
    let installed = named(it, it.call.args.text("plugin").unwrap_or_default())?;
    let path = table(it)?.join(installed.name().as_str());
    // In a room a plugin may be a mere switch; for all rooms it is a table.
    let path = if it.cx.room.is_some() { path } else { path.join("enabled") };
    change(it, Change::set(path, is_on)).await?;
    let mode = unusual_mode(it, installed).filter(|_| is_on);
    let key = match (is_on, &mode) {
        (true, None) => "plugin-now-on",
        (true, Some(_)) => "plugin-now-on-mode",
        (false, _) => "plugin-now-off",
    };
    let text = Text::key(key).with("plugin", installed.name().as_str());
    Ok(Answer::Here(text.with("mode", mode.unwrap_or_default())))
}

/// The mode of a plugin that has one, where it is not the usual one: a guard that is on and observes does nothing.
fn unusual_mode(it: &Asked<'_>, installed: &Installed) -> Option<String> {
    let option = installed.manifest.options.iter().find(|it| it.name == "mode")?;
    let settings = it.host.live.settings(&installed.manifest, it.cx.room.as_ref());
    let mode = settings.words(option.name);
    (mode != option.default).then(|| mode.to_owned())
}

/// Changes one setting.
pub(super) async fn set(it: &Asked<'_>) -> Answered {
    let text = |name| it.call.args.text(name).unwrap_or_default().trim();
    let (given, value) = dotted(text("setting"), text("value"));
    let (installed, option) = setting(it, &given)?;
    let is_secret = option.kind == OptionKind::Secret;
    if is_secret && !matches!(it.cx.place, Place::Direct(_)) {
        let name = format!("{}.{}", installed.name(), option.name);
        return Ok(Answer::Private(Text::key("plugin-secret").with("setting", name)));
    }
    let given = unquoted(value);
    let value = option.parse(given).map_err(|_| {
        let text = Text::key("plugin-wrong-value").with("setting", option.name).with("given", shown(given, 50));
        Fault::answer(text.with("kind", option_text(&option.kind)))
    })?;
    let path = table(it)?.join(installed.name().as_str()).join(option.name);
    change(it, Change { is_secret, ..Change::set(path, to_toml(&value)) }).await?;
    Ok(Answer::Here(one(it, installed, option)))
}

/// Takes a change back.
pub(super) async fn unset(it: &Asked<'_>) -> Answered {
    let (installed, option) = setting(it, it.call.args.text("setting").unwrap_or_default())?;
    let path = table(it)?.join(installed.name().as_str()).join(option.name);
    change(it, Change::unset(path)).await?;
    Ok(Answer::Here(one(it, installed, option)))
}

/// One setting, as an answer to whoever changed it.
pub(super) fn one(it: &Asked<'_>, installed: &Installed, option: &OptionSpec) -> Text {
    let settings = it.host.live.settings(&installed.manifest, it.cx.room.as_ref());
    let value = settings.shown(std::slice::from_ref(option)).next().map(|it| it.1).unwrap_or_default();
    let name = format!("{}.{}", installed.name(), option.name);
    Text::key("plugin-setting")
        .with("setting", name)
        .with("value", if value.is_empty() { "“”".to_owned() } else { shown(&value, 200) })
        .with("what", help(it, installed, option))
}

/// What an option is for, in the language of who asks where the plugin has it in that.
fn help(it: &Asked<'_>, installed: &Installed, option: &OptionSpec) -> String {
    it.host.purpose_of(installed.name(), &it.cx.lang, option.help)
}

/// The table of plugins that is meant: the room's, else that for all rooms, which takes an owner of the bot.
pub(super) fn table(it: &Asked<'_>) -> Result<KeyPath, Fault> {
    match &it.cx.room {
        Some(room) => Ok(room_path(room).join("plugins")),
        None => {
            it.need_bot_owner()?;
            Ok(KeyPath::new(["plugins"]))
        }
    }
}

pub(super) fn others<'a>(it: &'a Asked<'_>) -> impl Iterator<Item = &'a Installed> {
    it.roster.plugins.iter().map(|it| &**it).filter(|it| it.name().as_str() != OWN_NAME)
}

fn is_on(it: &Asked<'_>, installed: &Installed) -> bool {
    match &it.cx.room {
        Some(room) => it.host.is_on(&installed.manifest, room),
        None => {
            let config = it.host.live.config();
            let general = config.plugins.get(installed.name()).and_then(|it| it.enabled);
            general.unwrap_or(installed.manifest.is_on_by_default)
        }
    }
}

/// The plugin of this name. `core` is none that could be set: without it there is nobody to turn it on again.
pub(super) fn named<'a>(it: &'a Asked<'_>, name: &str) -> Result<&'a Installed, Fault> {
    let found = others(it).find(|installed| installed.name().as_str().eq_ignore_ascii_case(name));
    found.ok_or_else(|| {
        let all: Vec<&str> = others(it).map(|it| it.name().as_str()).collect();
        Fault::answer(Text::key("plugin-unknown").with("given", shown(name, 50)).with("all", all.join(", ")))
    })
}

/// `guard preset strict` is `guard.preset strict`.
fn dotted<'t>(setting: &'t str, value: &'t str) -> (Cow<'t, str>, &'t str) {
    match value.split_once(char::is_whitespace) {
        Some((name, value)) if !setting.contains('.') => (format!("{setting}.{name}").into(), value.trim_start()),
        _ => (setting.into(), value),
    }
}

/// The setting that `plugin.setting` names.
pub(super) fn setting<'a>(it: &'a Asked<'_>, given: &str) -> Result<(&'a Installed, &'a OptionSpec), Fault> {
    let Some((plugin, name)) = given.split_once('.') else {
        return Err(Fault::answer(Text::key("plugin-which-setting").with("given", shown(given, 50))));
    };
    let installed = named(it, plugin)?;
    let option = installed.manifest.options.iter().find(|it| it.name.eq_ignore_ascii_case(name));
    let option = option.ok_or_else(|| {
        let all: Vec<&str> = installed.manifest.options.iter().map(|it| it.name).collect();
        Fault::answer(Text::key("plugin-no-such-setting").with("given", shown(name, 50)).with("all", all.join(", ")))
    })?;
    Ok((installed, option))
}

async fn change(it: &Asked<'_>, change: Change) -> Result<(), Fault> {
    it.host.change(vec![change], &it.by()).await.map_err(|error| not_changed(&error))
}

/// A value without the quotation marks around it, if the whole of it is quoted.
fn unquoted(given: &str) -> &str {
    let pairs = [('"', '"'), ('“', '”'), ('«', '»'), ('„', '“')];
    let inner = |(open, close)| given.strip_prefix(open)?.strip_suffix(close).filter(|it| !it.contains([open, close]));
    pairs.into_iter().find_map(inner).unwrap_or(given)
}

fn to_toml(value: &Setting) -> Value {
    match value {
        Setting::Flag(flag) => Value::Boolean(*flag),
        Setting::Number(number) => Value::Integer(*number),
        Setting::Span(span) => Value::String(format_duration(*span)),
        Setting::Words(words) => Value::String(words.clone()),
    }
}
