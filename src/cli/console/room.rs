//! The room of the console: with the guard in it, and the plugins that are tried out.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use domovoi_plugin::{Manifest, Nick, Plugin, RoomJid, Timestamp};

use crate::{
    cli::stage::{Setup, Stage, server::Terms, transcript::Transcript},
    host::lua::{LuaPlugin, limits::Limits},
    outbox::Pace,
};

/// The room.
const ROOM: &str = "garden@chat.example";
/// How the bot is called.
const NICK: &str = "domovoi";

/// A stage with the room in it, at this instant.
pub(super) async fn open(at: Timestamp, is_typed: bool, folders: &[PathBuf]) -> anyhow::Result<(Stage, RoomJid)> {
    let plugins = load(folders).await?;
    let setup = Setup {
        at,
        config: config(&plugins),
        plugins,
        catalogue: Box::new(|_| Box::new(())),
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
    let on: String = manifests().map(|it| format!("\"{}\" = true\n", it.name)).collect();
    let powers = |it: &Manifest| it.powers.iter().map(|it| format!("\"{}\", ", it.as_str())).collect::<String>();
    let granted: String =
        manifests().map(|it| format!("[plugins.\"{}\"]\npowers = [{}]\n", it.name, powers(&it))).collect();
    let guard = if cfg!(feature = "guard") { "guard = { preset = \"public\" }\n" } else { "" };
    format!("[rooms.\"{ROOM}\"]\n[rooms.\"{ROOM}\".plugins]\n{guard}{on}{granted}")
}
