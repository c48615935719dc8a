//! The room of the console: with the guard in it, and the plugins that are tried out.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use domovoi_plugin::{Manifest, Nick, Plugin, PluginName, RoomJid, Timestamp};
use serde_json::Value as Json;

use crate::{
    cli::{
        plugins::known,
        stage::{Setup, Stage, server::Terms, transcript::Transcript},
    },
    clock::Clock,
    config::Allowed,
    host::lua::{self, LuaPlugin},
    outbox::Pace,
};

/// The room.
const ROOM: &str = "garden@chat.example";
/// How the bot is called.
const NICK: &str = "domovoi";

/// The plugin that is turned on with a preset.
const GUARD: &str = "guard";

/// The plugins in the room.
pub(super) struct Given<'a> {
    /// Those of the program.
    pub(super) compiled: &'a [Arc<dyn Plugin>],
    /// Those that the command line names.
    pub(super) folders: &'a [PathBuf],
    /// The hosts that these may reach.
    pub(super) hosts: &'a [String],
}

impl Given<'_> {
    /// What the plugins in the folders are called.
    fn names(&self) -> Vec<PluginName> {
        let paths = self.folders.iter().filter_map(|it| fs::canonicalize(it).ok());
        paths.filter_map(|it| PluginName::new(it.file_name()?.to_str()?).ok()).collect()
    }
}

/// A stage with the room in it, at this instant.
pub(super) async fn open(at: Timestamp, is_typed: bool, given: &Given<'_>) -> anyhow::Result<(Stage, RoomJid)> {
    let plugins = lua::joined(given.compiled.to_vec(), load(given.folders).await?);
    let manifests: Vec<_> = plugins.iter().map(|it| Arc::new(it.manifest())).collect();
    let setup = Setup {
        clock: Clock::by_hand(at),
        config: config(&plugins, given),
        plugins,
        catalogue: Box::new(move |_| known(manifests.clone())),
        transcript: Transcript::new(Nick::new(NICK)?, is_typed),
        pace: Pace::default(),
        web: None,
    };
    let mut stage = Stage::open(setup).await?;
    let room: RoomJid = ROOM.parse()?;
    stage.add_room(&room, Terms::default())?;
    Ok((stage, room))
}

/// Loads the plugins of these folders again, in a stage that has them. Gives what became of each.
pub(super) async fn reload(stage: &mut Stage, given: &Given<'_>) -> Vec<String> {
    let mut told = Vec::new();
    for folder in given.folders {
        match load_one(folder).await {
            Ok(plugin) => {
                told.push(format!("{} was loaded again", plugin.label()));
                stage.host.put_plugin(Arc::new(plugin));
            }
            Err(wrong) => told.extend(wrong.to_string().lines().map(str::to_owned)),
        }
    }
    let roster = stage.host.roster();
    // The first is the host itself, which nobody configures.
    let plugins: Vec<_> = roster.plugins.iter().skip(1).map(|it| it.plugin.clone()).collect();
    // What a new version asks for besides is granted, too.
    if let Err(wrong) = stage.configure(&config(&plugins, given)).await {
        told.extend(wrong.iter().map(ToString::to_string));
    }
    told
}

/// The commands of the plugins in these folders, as they are typed.
pub(super) fn commands(stage: &Stage, given: &Given<'_>) -> Vec<String> {
    let names = given.names();
    let roster = stage.host.roster();
    let plugins = roster.plugins.iter().filter(|it| names.contains(it.name()));
    plugins.flat_map(|it| it.manifest.commands.iter().map(|it| format!("!{}", it.name))).collect()
}

/// The plugins in these folders.
async fn load(folders: &[PathBuf]) -> anyhow::Result<Vec<Arc<dyn Plugin>>> {
    let mut plugins: Vec<Arc<dyn Plugin>> = Vec::new();
    for folder in folders {
        plugins.push(Arc::new(load_one(folder).await?));
    }
    Ok(plugins)
}

/// The plugin in this folder.
async fn load_one(folder: &Path) -> anyhow::Result<LuaPlugin> {
    // The name of a plugin is that of its folder, also where it was called `.`.
    let folder = fs::canonicalize(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let plugin = lua::load_folder(&folder, lua::limits::Limits::default()).await;
    plugin.map_err(|wrong| anyhow::anyhow!("{}", wrong.join("\n")))
}

/// The room, with these plugins on and with every power they ask for: nobody but who tries them out is there.
fn config(plugins: &[Arc<dyn Plugin>], given: &Given<'_>) -> String {
    let manifests = || plugins.iter().map(|it| it.manifest());
    let on = |it: Manifest| match it.name.as_str() {
        GUARD if given.folders.is_empty() => format!("{GUARD} = {{ preset = \"public\" }}\n"),
        // Whoever tries a plugin out says the same thing again and again: the guard tells what it would have done.
        GUARD => format!("{GUARD} = {{ preset = \"public\", mode = \"observe\" }}\n"),
        // Of the bundled ones in Lua those that are tried out: each is off unless somebody wants it.
        _ if lua::bundled::has(&it.name) && !given.names().contains(&it.name) => String::new(),
        name => format!("\"{name}\" = true\n"),
    };
    let on: String = manifests().map(on).collect();
    let powers = |it: &Manifest| it.powers.iter().map(|it| format!("\"{}\", ", it.as_str())).collect::<String>();
    let hosts: String = given.hosts.iter().map(|it| quoted(it)).collect();
    let granted = |it: Manifest| {
        let hosts = if it.is_bundled { String::new() } else { format!("hosts = [{hosts}]\n") };
        format!("[plugins.\"{}\"]\npowers = [{}]\n{hosts}", it.name, powers(&it))
    };
    let granted: String = manifests().map(granted).collect();
    // Whoever names an address of their own machine means it; otherwise the configuration would have to allow it, too.
    let own: String = given.hosts.iter().filter(|it| it.parse::<Allowed>().is_ok()).map(|it| quoted(it)).collect();
    format!("[http]\nallow = [{own}]\n[rooms.\"{ROOM}\"]\n[rooms.\"{ROOM}\".plugins]\n{on}{granted}")
}

/// An element of a list of texts.
fn quoted(text: &str) -> String {
    format!("{}, ", Json::from(text))
}
