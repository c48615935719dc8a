//! `plugin load|reload|unload`: plugins in Lua, while the bot runs. For owners of the bot.

use domovoi_plugin::{CommandSpec, Fault, Identity, Level, Text, grammar::shown};

use super::{
    asked::{Answer, Answered, Asked},
    plugins::{PLUGIN, named},
};
use crate::host::{
    loading::{LoadError, Loaded, Which},
    watching,
};

pub(super) const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        names: &[("ru", "плагин загрузить")],
        level: Level::BOT_OWNER,
        args: PLUGIN,
        example: "plugin load hello",
        works_without_room: true,
        ..CommandSpec::new("plugin load", "help-plugin-load")
    },
    CommandSpec {
        names: &[("ru", "плагин перезагрузить")],
        level: Level::BOT_OWNER,
        args: PLUGIN,
        example: "plugin reload hello",
        works_without_room: true,
        ..CommandSpec::new("plugin reload", "help-plugin-reload")
    },
    CommandSpec {
        names: &[("ru", "плагин выгрузить")],
        level: Level::BOT_OWNER,
        args: PLUGIN,
        example: "plugin unload hello",
        works_without_room: true,
        ..CommandSpec::new("plugin unload", "help-plugin-unload")
    },
];

/// Loads a plugin, again if it was there. What is wrong with it is told here, and the old one runs on.
pub(super) async fn load(it: &Asked<'_>) -> Answered {
    it.need_bot_owner()?;
    let given = it.call.args.text("plugin").unwrap_or_default();
    let by = match &it.call.asker.identity {
        Identity::Jid(jid) => Some(jid.clone()),
        Identity::OccupantId(_) | Identity::Occupancy(_) => None,
    };
    match it.host.load_plugin(given, Which::Any, by).await {
        Ok(Loaded::Now(name) | Loaded::Already(name)) => {
            Ok(Answer::Here(Text::key("plugin-reloaded").with("plugin", name.as_str())))
        }
        Err(LoadError::Wrong(mistakes)) => Ok(Answer::Here(watching::wrong(given, &mistakes))),
        Err(error @ (LoadError::CompiledIn(_) | LoadError::NoFolder(_))) => Err(refused(&error)),
    }
}

/// Takes a plugin away, with everything that is of it.
pub(super) async fn unload(it: &Asked<'_>) -> Answered {
    it.need_bot_owner()?;
    let installed = named(it, it.call.args.text("plugin").unwrap_or_default())?;
    it.host.unload_plugin(installed.name()).await.map_err(|error| refused(&error))?;
    Ok(Answer::Here(Text::key("plugin-unloaded").with("plugin", installed.name().as_str())))
}

fn refused(error: &LoadError) -> Fault {
    Fault::answer(match error {
        LoadError::CompiledIn(name) => Text::key("plugin-compiled-in").with("plugin", name.as_str()),
        LoadError::NoFolder(given) => Text::key("plugin-no-folder").with("given", shown(given, 50)),
        LoadError::Wrong(mistakes) => return Fault::Broken(mistakes.join("; ")),
    })
}
