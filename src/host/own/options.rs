//! `plugin get` and `plugin help`: what can be set about a plugin, to what, and what it is set to by whom.

use domovoi_plugin::{
    ArgKind, ArgSpec, CommandSpec, Level, OptionKind, OptionSpec, Text,
    grammar::{option_text, shown, usage_text},
};

use super::{
    asked::{Answer, Answered, Asked},
    plugins::{PLUGIN, named, one, setting, table},
};
use crate::{
    config::KeyPath,
    host::{instance::Installed, own::room_path},
};

pub(super) const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        names: &[("ru", "плагин показать")],
        level: Level::MODERATOR,
        args: &[ArgSpec::needed("setting", ArgKind::Word)],
        example: "plugin get guard",
        works_without_room: true,
        ..CommandSpec::new("plugin get", "help-plugin-get")
    },
    CommandSpec {
        names: &[("ru", "плагин справка")],
        level: Level::MODERATOR,
        args: PLUGIN,
        example: "plugin help guard",
        works_without_room: true,
        ..CommandSpec::new("plugin help", "help-plugin-help")
    },
];

/// One setting, or all of a plugin.
pub(super) async fn get(it: &Asked<'_>) -> Answered {
    table(it)?;
    let given = it.call.args.text("setting").unwrap_or_default();
    let by_chat = by_chat(it).await;
    if given.contains('.') {
        let (installed, option) = setting(it, given)?;
        return Ok(Answer::Here(whole(it, installed, option, &by_chat)));
    }
    let installed = named(it, given)?;
    let lines = all(it, installed, &by_chat);
    if lines.is_empty() {
        return Ok(Answer::Here(Text::key("plugin-no-settings").with("plugin", installed.name().as_str())));
    }
    Ok(Answer::List(Text::Lines(lines)))
}

/// What a plugin is for, its commands, and its settings.
pub(super) async fn help(it: &Asked<'_>) -> Answered {
    table(it)?;
    let installed = named(it, it.call.args.text("plugin").unwrap_or_default())?;
    let words = |key: &'static str| it.host.purpose_of(installed.name(), &it.cx.lang, key);
    let name = installed.name().as_str();
    let head = Text::key("plugin-is").with("plugin", name).with("what", words(installed.manifest.description));
    let commands = installed.manifest.commands.iter().map(|spec| {
        let usage = it.host.words_of(installed.name(), &it.cx.lang, &usage_text(spec, &it.cx.lang));
        Text::key("plugin-command").with("usage", usage).with("what", words(spec.help))
    });
    let settings = all(it, installed, &by_chat(it).await);
    Ok(Answer::List(Text::Lines(std::iter::once(head).chain(commands).chain(settings).collect())))
}

/// The keys that were changed by chat.
async fn by_chat(it: &Asked<'_>) -> Vec<KeyPath> {
    it.host.changed().await.into_iter().map(|it| it.0).collect()
}

fn all(it: &Asked<'_>, installed: &Installed, by_chat: &[KeyPath]) -> Vec<Text> {
    installed.manifest.options.iter().map(|option| whole(it, installed, option, by_chat)).collect()
}

/// A setting with what it may be, what it is by default, and where its value comes from.
fn whole(it: &Asked<'_>, installed: &Installed, option: &OptionSpec, by_chat: &[KeyPath]) -> Text {
    let line = it.cx.words(&one(it, installed, option));
    let text = Text::key("plugin-setting-whole").with("line", line).with("kind", option_text(&option.kind));
    let default = match option.default {
        "" => "“”",
        _ if option.kind == OptionKind::Secret => "********",
        default => default,
    };
    text.with("default", shown(default, 100))
        .with("origin", it.cx.words(&Text::key(origin(it, installed, option, by_chat))))
}

/// Where a value comes from: the nearest place that says something of it.
fn origin(it: &Asked<'_>, installed: &Installed, option: &OptionSpec, by_chat: &[KeyPath]) -> &'static str {
    let config = it.host.live.config();
    let name = installed.name();
    let own = it.cx.room.as_ref().and_then(|room| {
        let path = room_path(room).join("plugins").join(name.as_str()).join(option.name);
        Some((config.rooms.get(room)?.plugins.get(name)?.settings.contains_key(option.name), path))
    });
    let general = config.plugins.get(name).is_some_and(|it| it.settings.contains_key(option.name));
    let path = KeyPath::new(["plugins", name.as_str(), option.name]);
    match own {
        Some((true, path)) if by_chat.contains(&path) => "origin-chat-here",
        Some((true, _)) => "origin-file-here",
        _ if general && by_chat.contains(&path) => "origin-chat",
        _ if general => "origin-file",
        _ => "origin-default",
    }
}
