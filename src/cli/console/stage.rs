//! Sets the console up: a host with a store in a folder of its own, and a room with nobody in it but the bot.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use domovoi_plugin::{Manifest, Plugin, PluginName, RoomJid, Timestamp};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{outlet::MadeOutlet, play::Play, server::Server, transcript::Transcript};
use crate::{
    cli::plugins,
    clock::Clock,
    config::{Bot, Loaded},
    host::{
        access::Access,
        core::{Host, Parts},
        live::Live,
        lua,
        overlay::{Overlay, Source},
        room::{RoomHost, Saved},
    },
    i18n,
    metrics::Metrics,
    muc::{Plan, Pools, Room, Spared, Stays},
    outbox::{Outbox, Pace},
    store::{Store, StoreOptions},
};

/// The room.
const ROOM: &str = "garden@chat.example";

/// The plugin that is turned on with a preset.
const GUARD: &str = "guard";

/// The plugins in the room.
pub(super) struct Given<'a> {
    /// Those of the program.
    pub(super) compiled: &'a [Arc<dyn Plugin>],
    /// Those that the command line names.
    pub(super) folders: &'a [PathBuf],
}

/// A folder for the store, removed with everything in it when dropped.
pub(super) struct Folder(PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let base = std::env::temp_dir();
        let name = |n: u32| base.join(format!("domovoi-console-{}-{n}", std::process::id()));
        for path in (0..100).map(name) {
            match fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => (),
                Err(error) => return Err(error).with_context(|| format!("cannot make {}", path.display())),
            }
        }
        anyhow::bail!("cannot make a folder of our own in {}", base.display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind is in the folder for temporary files and holds nothing of anybody.
        fs::remove_dir_all(&self.0).ok();
    }
}

/// Everything that runs.
pub(super) struct Stage {
    pub(super) play: Play,
    tasks: TaskTracker,
    cancel: CancellationToken,
    _folder: Folder,
}

impl Stage {
    /// A room with the bot in it, at this instant.
    pub(super) async fn new(at: Timestamp, is_typed: bool, given: &Given<'_>) -> anyhow::Result<Self> {
        let folder = Folder::new()?;
        let in_folders = load(given.folders).await?;
        let is_named = |name: &PluginName| in_folders.iter().any(|it| it.manifest().name == *name);
        let on: BTreeSet<PluginName> = given
            .compiled
            .iter()
            .chain(&in_folders)
            .map(|it| it.manifest().name)
            .filter(|it| !lua::bundled::has(it) || is_named(it))
            .collect();
        let plugins = lua::joined(given.compiled.to_vec(), in_folders);
        let data_dir = folder.0.join("data");
        let opening = tokio::task::spawn_blocking(move || Store::open(&data_dir, StoreOptions::default()));
        let (store, _) = opening.await.context("opening the store failed")??;
        let source = source(&folder.0, &plugins, &configuration(&plugins, &on))?;
        let (overlay, Loaded { config, .. }) = Overlay::open(&store.state, source).await?;
        let (tasks, cancel) = (TaskTracker::new(), CancellationToken::new());
        let (nick, room): (_, RoomJid) = (config.bot.nick.clone(), ROOM.parse()?);
        let parts = Parts {
            plugins,
            live: Live::with_overlay(config, overlay),
            store,
            clock: Clock::by_hand(at),
            metrics: Metrics::default(),
            access: Access::default(),
            words: Box::new(i18n::words),
        };
        let host = Host::start(parts, &tasks, &cancel);
        // 64 requests; a handler that finds it full waits, and whoever plays the room answers without waiting.
        let (sender, requests) = mpsc::channel(64);
        host.connect(Arc::new(MadeOutlet { room: room.clone(), requests: sender }));
        let plan = Plan {
            room: room.clone(),
            nick: nick.clone(),
            password: None,
            create: false,
            account: super::ACCOUNT_JID.parse()?,
            spared: Arc::new(Spared::default()),
            stays: Stays::default(),
            pools: Pools::default(),
        };
        let play = Play {
            server: Server::new(room.clone(), nick.clone(), plan.account.clone()),
            room: Room::new(plan, 1),
            watched: RoomHost::new(host.clone(), room, Saved::default()),
            outbox: Outbox::new(Pace::default()),
            requests,
            feed: host.feed.watch(),
            transcript: Transcript::new(nick, is_typed),
            n_ids: 0,
            host,
        };
        Ok(Self { play, tasks, cancel, _folder: folder })
    }

    /// Ends everything, so that the folder can go.
    pub(super) async fn end(self) {
        self.cancel.cancel();
        self.tasks.close();
        // A handler may wait for an answer of the room: it gets none from here on.
        let Play { host, requests, .. } = self.play;
        drop(requests);
        self.tasks.wait().await;
        host.store.clone().close().await;
    }
}

/// The plugins in these folders.
async fn load(folders: &[PathBuf]) -> anyhow::Result<Vec<Arc<dyn Plugin>>> {
    let mut plugins: Vec<Arc<dyn Plugin>> = Vec::new();
    for folder in folders {
        // The name of a plugin is that of its folder, also where it was called `.`.
        let folder = fs::canonicalize(folder).with_context(|| format!("cannot read {}", folder.display()))?;
        let plugin = lua::load_folder(&folder).await;
        plugins.push(Arc::new(plugin.map_err(|wrong| anyhow::anyhow!("{}", wrong.join("\n")))?));
    }
    Ok(plugins)
}

/// A configuration file of this text, which changes by chat can be laid over.
fn source(folder: &Path, plugins: &[Arc<dyn Plugin>], text: &str) -> anyhow::Result<Source> {
    let path = folder.join("domovoi.toml");
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    let manifests: Vec<_> = plugins.iter().map(|it| Arc::new(it.manifest())).collect();
    let catalogue = Box::new(move |_: &Bot| plugins::known(manifests.clone()));
    Ok(Source { path, env: Box::new(|_| None), catalogue })
}

/// The room, with some plugins on and all with every power they ask for: nobody but who tries them out is there. Those
/// in Lua that come with the program are on when they are named; else their welcomes would get in everybody's way.
fn configuration(plugins: &[Arc<dyn Plugin>], on: &BTreeSet<PluginName>) -> String {
    let manifests = || plugins.iter().map(|it| it.manifest());
    let line = |it: &PluginName| match it.as_str() {
        GUARD => format!("{GUARD} = {{ preset = \"public\" }}\n"),
        name => format!("\"{name}\" = true\n"),
    };
    let on: String = on.iter().map(line).collect();
    let powers = |it: &Manifest| it.powers.iter().map(|it| format!("\"{}\", ", it.as_str())).collect::<String>();
    let granted: String =
        manifests().map(|it| format!("[plugins.\"{}\"]\npowers = [{}]\n", it.name, powers(&it))).collect();
    format!(
        "[accounts.{}]\njid = \"{}\"\npassword = \"none\"\n[rooms.\"{ROOM}\"]\n[rooms.\"{ROOM}\".plugins]\n{on}{granted}",
        super::ACCOUNT,
        super::ACCOUNT_JID
    )
}
