//! `prefix`, `language`, `timezone`, `config diff`: how a room, or the whole bot, is spoken to.

use domovoi_plugin::{ArgKind, ArgSpec, CommandSpec, Fault, Level, Place, Text, grammar::shown};

use super::{
    asked::{Answer, Answered, Asked},
    not_changed, not_stored, room_path,
};
use crate::{
    config::{KeyPath, Language, Prefix, TimeZoneName},
    host::{live::setting_text, overlay::Change},
};

pub(super) const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        names: &[("ru", "префикс")],
        args: &[ArgSpec::optional("prefix", ArgKind::Word)],
        level: Level::VISITOR,
        works_without_room: true,
        ..CommandSpec::new("prefix", "help-prefix")
    },
    CommandSpec {
        names: &[("ru", "язык")],
        args: &[ArgSpec::optional("language", ArgKind::Word)],
        level: Level::VISITOR,
        works_without_room: true,
        ..CommandSpec::new("language", "help-language")
    },
    CommandSpec {
        names: &[("ru", "пояс")],
        args: &[ArgSpec::optional("zone", ArgKind::Word)],
        level: Level::VISITOR,
        works_without_room: true,
        ..CommandSpec::new("timezone", "help-timezone")
    },
    CommandSpec {
        names: &[("ru", "конфиг разница"), ("ru", "конфиг")],
        aliases: &["config"],
        level: Level::BOT_OWNER,
        works_without_room: true,
        ..CommandSpec::new("config diff", "help-config-diff")
    },
];

/// What commands begin with.
pub(super) async fn prefix(it: &Asked<'_>) -> Answered {
    let config = it.host.live.config();
    let room = it.cx.room.as_ref().and_then(|room| config.rooms.get(room));
    let now = room.map_or(&config.bot.prefix, |it| &it.prefix);
    let Some(wanted) = it.call.args.text("prefix") else {
        return Ok(Answer::Here(Text::key("prefix-is").with("prefix", now.as_str())));
    };
    let wrong = || Text::key("prefix-wrong").with("given", shown(wanted, 50));
    set(it, "prefix", wanted, Prefix::new(wanted).is_err().then(wrong)).await?;
    Ok(Answer::Here(Text::key("prefix-is").with("prefix", wanted)))
}

/// The clock that times are told by.
pub(super) async fn timezone(it: &Asked<'_>) -> Answered {
    if let Some(wanted) = it.call.args.text("zone") {
        let wrong = || Text::key("timezone-unknown").with("given", shown(wanted, 50));
        set(it, "timezone", wanted, TimeZoneName::new(wanted).is_err().then(wrong)).await?;
    }
    let config = it.host.live.config();
    let room = it.cx.room.as_ref().and_then(|room| config.rooms.get(room));
    let zone = room.map_or(&config.bot.timezone, |it| &it.timezone).as_str();
    let time = it.cx.now().in_zone(zone);
    Ok(Answer::Here(Text::key("timezone-is").with("zone", zone).with("time", time)))
}

/// The language of the room; in private, of whoever asks.
pub(super) async fn language(it: &Asked<'_>) -> Answered {
    let Some(wanted) = it.call.args.text("language") else {
        return Ok(Answer::Here(Text::key("language-is").with("language", it.cx.lang.as_ref())));
    };
    let tag = Language::new(tag_of(wanted)).map_err(|_| {
        let spoken = Language::SPOKEN.join(", ");
        Fault::answer(Text::key("language-unknown").with("given", wanted).with("spoken", spoken))
    })?;
    let is_own = match it.cx.place {
        Place::Room => false,
        Place::Private(_) => true,
        // In a direct chat a room is meant by naming it.
        Place::Direct(_) => it.cx.room.is_none(),
    };
    let text = if is_own {
        let who = (it.cx.room.as_ref(), &it.call.asker.identity);
        let done = it.host.languages.set(&it.host.store.state, who, Some(tag.as_str())).await;
        let key = if done.map_err(|error| not_stored(&error))? { "language-yours" } else { "language-too-many" };
        Text::key(key)
    } else {
        set(it, "language", tag.as_str(), None).await?;
        Text::key("language-room")
    };
    // Said in the language that was just chosen.
    Ok(Answer::Here(Text::plain(it.host.words.translate(tag.as_str(), &text))))
}

fn tag_of(given: &str) -> &str {
    match given.to_lowercase().as_str() {
        "english" | "английский" => "en",
        "russian" | "русский" => "ru",
        _ => given,
    }
}

/// Sets a key of the room, or of the whole bot where no room is named, unless something is wrong with the value. That is
/// told to whoever may set it only.
async fn set(it: &Asked<'_>, key: &str, value: &str, wrong: Option<Text>) -> Result<(), Fault> {
    let path = match &it.cx.room {
        Some(room) => {
            it.need(Level::ROOM_OWNER)?;
            room_path(room)
        }
        None => {
            it.need_bot_owner()?;
            KeyPath::new(["bot"])
        }
    };
    if let Some(wrong) = wrong {
        return Err(Fault::answer(wrong));
    }
    let change = Change::set(path.join(key), value);
    it.host.change(vec![change], &it.by()).await.map_err(|error| not_changed(&error))
}

/// What was changed by chat, against the file.
pub(super) async fn diff(it: &Asked<'_>) -> Answered {
    it.need_bot_owner()?;
    let changed = it.host.changed().await;
    if changed.is_empty() {
        return Ok(Answer::Private(Text::key("config-same")));
    }
    let zone = it.host.live.config().bot.timezone.clone();
    let line = |(key, entry, file): &(KeyPath, crate::host::overlay::Entry, Option<toml::Value>)| {
        let shown = |value: &toml::Value| match entry.is_secret {
            true => "********".to_owned(),
            false => setting_text(value),
        };
        let text = match file {
            Some(file) => Text::key("config-changed").with("file", shown(file)),
            None => Text::key("config-new"),
        };
        let at = entry.at.in_zone(zone.as_str());
        text.with("key", key.to_string())
            .with("value", shown(&entry.value))
            .with("by", entry.by.as_str())
            .with("at", at)
    };
    Ok(Answer::Private(Text::Lines(changed.iter().map(line).collect())))
}
