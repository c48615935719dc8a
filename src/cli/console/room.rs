//! The room of the console: with the guard in it, and the plugins that are tried out.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use domovoi_plugin::{Manifest, Nick, Plugin, RoomJid, Timestamp};

use crate::{
    cli::{
        plugins::known,
        stage::{Setup, Stage, server::Terms, transcript::Transcript},
    },
    host::lua::{LuaPlugin, limits::Limits},
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
}

/// A stage with the room in it, at this instant.
pub(super) async fn open(at: Timestamp, is_typed: bool, given: &Given<'_>) -> anyhow::Result<(Stage, RoomJid)> {
    let plugins: Vec<_> = given.compiled.iter().cloned().chain(load(given.folders).await?).collect();
    let manifests: Vec<_> = plugins.iter().map(|it| Arc::new(it.manifest())).collect();
    let setup = Setup {
        at,
        config: config(&plugins),
        plugins,
        catalogue: Box::new(move |_| known(manifests.clone())),
        transcript: Transcript::new(Nick::new(NICK)?, is_typed),
        pace: Pace::default(),
    };
    let mut stage = Stage::open(setup).await?;
    let room: RoomJid = ROOM.parse()?;
    stage.add_room(&room, Terms::default())?;
    Ok((stage, room))
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
    let plugin = LuaPlugin::load(&folder, Limits::default()).await;
    plugin.map_err(|wrong| anyhow::anyhow!("{}", wrong.join("\n")))
}

/// The room, with these plugins on and with every power they ask for: nobody but who tries them out is there.
fn config(plugins: &[Arc<dyn Plugin>]) -> String {
    let manifests = || plugins.iter().map(|it| it.manifest());
    let on = |it: Manifest| match it.name.as_str() {
        GUARD => format!("{GUARD} = {{ preset = \"public\" }}\n"),
        name => format!("\"{name}\" = true\n"),
    };
    let on: String = manifests().map(on).collect();
    let powers = |it: &Manifest| it.powers.iter().map(|it| format!("\"{}\", ", it.as_str())).collect::<String>();
    let granted: String =
        manifests().map(|it| format!("[plugins.\"{}\"]\npowers = [{}]\n", it.name, powers(&it))).collect();
    format!("[rooms.\"{ROOM}\"]\n[rooms.\"{ROOM}\".plugins]\n{on}{granted}")
}
