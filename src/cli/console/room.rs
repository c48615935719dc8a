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

/// A stage with the room in it, at this instant.
pub(super) async fn open(at: Timestamp, is_typed: bool, given: &Given<'_>) -> anyhow::Result<(Stage, RoomJid)> {
    let in_folders = load(given.folders).await?;
    let names: Vec<_> = in_folders.iter().map(|it| it.manifest().name).collect();
    let plugins = lua::joined(given.compiled.to_vec(), in_folders);
    let manifests: Vec<_> = plugins.iter().map(|it| Arc::new(it.manifest())).collect();
    let setup = Setup {
        clock: Clock::by_hand(at),
        config: config(&plugins, (&names, given.hosts)),
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
    let (mut told, names) = (Vec::new(), names(given));
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
    if let Err(wrong) = stage.configure(&config(&plugins, (&names, given.hosts))).await {
        told.extend(wrong.iter().map(ToString::to_string));
    }
    told
}

/// The commands of the plugins in these folders, as they are typed.
pub(super) fn commands(stage: &Stage, given: &Given<'_>) -> Vec<String> {
    let (names, roster) = (names(given), stage.host.roster());
    let plugins = roster.plugins.iter().filter(|it| names.contains(it.name()));
    plugins.flat_map(|it| it.manifest.commands.iter().map(|it| format!("!{}", it.name))).collect()
}

/// The names of the plugins in these folders.
fn names(given: &Given<'_>) -> Vec<PluginName> {
    let name = |it: &PathBuf| PluginName::new(fs::canonicalize(it).ok()?.file_name()?.to_str()?).ok();
    given.folders.iter().filter_map(name).collect()
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
    let plugin = lua::load_folder(&folder).await;
    plugin.map_err(|wrong| anyhow::anyhow!("{}", wrong.join("\n")))
}

/// The room, with some plugins on and all with every power they ask for: nobody but who tries them out is there. Those
/// in Lua that come with the program are on when they are named; else their welcomes would get in everybody's way.
fn config(plugins: &[Arc<dyn Plugin>], (names, hosts): (&[PluginName], &[String])) -> String {
    let manifests = || plugins.iter().map(|it| it.manifest());
    let on = |it: Manifest| match it.name.as_str() {
        GUARD => format!("{GUARD} = {{ preset = \"public\" }}\n"),
        name => format!("\"{name}\" = true\n"),
    };
    let is_on = |it: &Manifest| !lua::bundled::has(&it.name) || names.contains(&it.name);
    let on: String = manifests().filter(is_on).map(on).collect();
    let powers = |it: &Manifest| it.powers.iter().map(|it| format!("\"{}\", ", it.as_str())).collect::<String>();
    let hosts: String = hosts.iter().map(|it| format!("{}, ", Json::from(it.as_str()))).collect();
    let granted = |it: Manifest| {
        let hosts = if it.is_bundled { String::new() } else { format!("hosts = [{hosts}]\n") };
        format!("[plugins.\"{}\"]\npowers = [{}]\n{hosts}", it.name, powers(&it))
    };
    let granted: String = manifests().map(granted).collect();
    format!("[rooms.\"{ROOM}\"]\n[rooms.\"{ROOM}\".plugins]\n{on}{granted}")
}
