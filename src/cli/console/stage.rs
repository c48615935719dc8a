//! Sets the console up: a host with a store in a folder of its own, and a room with nobody in it but the bot.

use std::{
    fs,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use domovoi_plugin::{Manifest, Plugin, RoomJid, Timestamp};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{outlet::MadeOutlet, play::Play, server::Server, transcript::Transcript};
use crate::{
    bundle,
    clock::Clock,
    config::{Config, Surroundings, load_text},
    host::{
        access::Access,
        core::{Host, Parts},
        live::Live,
        lua::{LuaPlugin, limits::Limits},
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
    pub(super) async fn new(at: Timestamp, is_typed: bool, folders: &[PathBuf]) -> anyhow::Result<Self> {
        let folder = Folder::new()?;
        let in_lua = load(folders).await?;
        let config = config(&folder.0, &in_lua)?;
        let data_dir = config.bot.data_dir.clone();
        let opening = tokio::task::spawn_blocking(move || Store::open(&data_dir, StoreOptions::default()));
        let (store, _) = opening.await.context("opening the store failed")??;
        let (tasks, cancel) = (TaskTracker::new(), CancellationToken::new());
        let (nick, room): (_, RoomJid) = (config.bot.nick.clone(), ROOM.parse()?);
        let parts = Parts {
            plugins: bundle::plugins().into_iter().chain(in_lua).collect(),
            live: Live::new(config),
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
        let plugin = LuaPlugin::load(&folder, Limits::default()).await;
        plugins.push(Arc::new(plugin.map_err(|wrong| anyhow::anyhow!("{}", wrong.join("\n")))?));
    }
    Ok(plugins)
}

/// The room, with these plugins on and with every power they ask for: nobody but who tries them out is there.
fn config(folder: &Path, plugins: &[Arc<dyn Plugin>]) -> anyhow::Result<Config> {
    let manifests = || plugins.iter().map(|it| it.manifest());
    let on: String = manifests().map(|it| format!("\"{}\" = true\n", it.name)).collect();
    let powers = |it: &Manifest| it.powers.iter().map(|it| format!("\"{}\", ", it.as_str())).collect::<String>();
    let granted: String = manifests()
        .map(|it| format!("[plugins.\"{}\"]\npowers = [{}]\nhosts = [\"*\"]\n", it.name, powers(&it)))
        .collect();
    let guard = if cfg!(feature = "guard") { "guard = { preset = \"public\" }\n" } else { "" };
    let text = format!(
        "[accounts.{}]\njid = \"{}\"\npassword = \"none\"\n[rooms.\"{ROOM}\"]\n[rooms.\"{ROOM}\".plugins]\n{guard}{on}{granted}",
        super::ACCOUNT,
        super::ACCOUNT_JID
    );
    let around = Surroundings { env: &|_| None, catalogue: &|_| Box::new(()) };
    Ok(load_text(&folder.join("domovoi.toml"), &text, around, &[])?.config)
}
