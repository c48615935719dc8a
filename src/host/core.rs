//! The host: the plugins that are installed, and what they share.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
};

use domovoi_plugin::{
    Context, Event, EventKind, Manifest, Place, Plugin, PluginName, Power, RoomJid, Services, Translate,
};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{error, warn};

use super::{
    fault::Faults,
    feed::Feed,
    guard_chain::SharedParts,
    instance::{self, Installed, Job},
    live::Live,
    outlet::Outlet,
    services,
};
use crate::{clock::Clock, metrics::Metrics, store::Store};

/// A mailbox holds so many jobs. The session that fills it never waits: what does not fit is counted and not done.
const MAILBOX: usize = 1024;

/// The host of all plugins. One a process, shared.
pub struct Host {
    /// The plugins, in bundle order.
    pub plugins: Vec<Installed>,
    /// The configuration.
    pub live: Live,
    /// Things kept.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Metrics,
    /// Faults of plugins.
    pub faults: Faults,
    /// What a person watching is shown.
    pub feed: Feed,
    /// Words.
    pub words: Arc<dyn Translate>,
    /// What the rooms of each guard share.
    pub shared: SharedParts,
    outlet: OnceLock<Arc<dyn Outlet>>,
}

/// The parts a host is made of.
pub struct Parts {
    /// The plugins, in bundle order.
    pub plugins: Vec<Arc<dyn Plugin>>,
    /// The configuration.
    pub live: Live,
    /// Things kept.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Metrics,
    /// Words.
    pub words: Arc<dyn Translate>,
}

impl Host {
    /// Puts a host together and starts the task of each plugin.
    #[must_use]
    pub fn start(parts: Parts, tasks: &TaskTracker, cancel: &CancellationToken) -> Arc<Self> {
        let mut receivers = Vec::new();
        let install = |plugin: Arc<dyn Plugin>| {
            // 1,024 jobs; a session or command that finds it full drops the job; `queue_drops{plugin}` shows it.
            let (mailbox, jobs) = mpsc::channel::<Job>(MAILBOX);
            receivers.push(jobs);
            Installed { manifest: Arc::new(plugin.manifest()), plugin, mailbox }
        };
        let host = Arc::new(Self {
            plugins: parts.plugins.into_iter().map(install).collect(),
            live: parts.live,
            store: parts.store,
            clock: parts.clock,
            metrics: parts.metrics,
            faults: Faults::default(),
            feed: Feed::default(),
            words: parts.words,
            shared: SharedParts::default(),
            outlet: OnceLock::new(),
        });
        for (index, jobs) in receivers.into_iter().enumerate() {
            tasks.spawn(instance::run(host.clone(), index, jobs, cancel.clone()));
        }
        host
    }

    /// Opens the way to the rooms. Until then nothing can be done in them.
    pub fn connect(&self, outlet: Arc<dyn Outlet>) {
        if self.outlet.set(outlet).is_err() {
            warn!("the host was connected twice; the first way to the rooms stays");
        }
    }

    /// The way to the rooms.
    #[must_use]
    pub fn outlet(&self) -> Option<&Arc<dyn Outlet>> {
        self.outlet.get()
    }

    /// The plugin of this name.
    #[must_use]
    pub fn installed(&self, name: &PluginName) -> Option<&Installed> {
        self.plugins.iter().find(|it| it.name() == name)
    }

    /// Whether a plugin runs in a room.
    #[must_use]
    pub fn is_on(&self, manifest: &Manifest, room: &RoomJid) -> bool {
        self.live.config().switch(&manifest.name, room).unwrap_or(manifest.is_on_by_default)
    }

    /// What a plugin may do.
    #[must_use]
    pub fn powers(&self, manifest: &Manifest) -> BTreeSet<Power> {
        // Bundled plugins get what they declare; the configuration can only take away from that.
        let declared: BTreeSet<Power> = manifest.powers.iter().copied().collect();
        let config = self.live.config();
        match config.plugins.get(&manifest.name).and_then(|it| it.powers.as_ref()) {
            Some(granted) => declared.into_iter().filter(|it| granted.contains(it.as_str())).collect(),
            None => declared,
        }
    }

    /// Writes a fault down, logs it once, and gives its number.
    pub fn fault(&self, plugin: &PluginName, room: Option<&RoomJid>, doing: &str, what: &str) -> u64 {
        let (number, is_new) = self.faults.add(self.clock.now(), plugin, room, doing, what);
        self.metrics.fault(plugin);
        if is_new {
            let room = room.map_or("", RoomJid::as_str);
            error!(%plugin, room.jid = room, number, doing, "plugin failed: {what}");
            self.tell_owners(plugin, number, doing, what);
        }
        number
    }

    fn tell_owners(&self, plugin: &PluginName, number: u64, doing: &str, what: &str) {
        self.feed.show(|| super::feed::Shown {
            at: self.clock.now(),
            what: "fault",
            text: Some(format!("{plugin}, {doing}: {what} (fault {number})")),
            ..super::feed::Shown::default()
        });
    }

    /// What a handler of an event holds.
    #[must_use]
    pub fn event_context(self: &Arc<Self>, installed: &Installed, event: &Event) -> Context {
        let nick = event.nick().cloned();
        let place = match (&event.kind, &nick) {
            (EventKind::Private(_), Some(nick)) => Place::Private(nick.clone()),
            _ => Place::Room,
        };
        Context {
            plugin: installed.name().clone(),
            room: Some(event.room.clone()),
            place,
            nick,
            lang: self.room_language(&event.room),
            settings: self.live.settings(&installed.manifest, &event.room),
            services: self.services(installed),
            replies: services::replies(self.clone(), installed.name().clone()),
        }
    }

    /// The services as this plugin sees them.
    #[must_use]
    pub fn services(self: &Arc<Self>, installed: &Installed) -> Services {
        services::of(self.clone(), installed.name().clone())
    }

    /// The language of a room.
    #[must_use]
    pub fn room_language(&self, room: &RoomJid) -> Arc<str> {
        let config = self.live.config();
        let language = config.rooms.get(room).map_or(&config.bot.language, |it| &it.language);
        Arc::from(language.as_str())
    }
}
