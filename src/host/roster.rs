//! The plugins that are installed and their commands: one value, replaced as a whole when one of them is loaded again.

use std::sync::{Arc, PoisonError, atomic::AtomicBool};

use domovoi_plugin::{Plugin, PluginName, grammar::Commands};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{
    core::{Host, WordsOf},
    instance::{self, Installed, Job},
};

/// A mailbox holds so many jobs. The session that fills it never waits: what does not fit is counted and not done.
const MAILBOX: usize = 1024;

/// The plugins, and what they can be told.
#[derive(Default)]
pub struct Roster {
    /// The plugins, in bundle order; the host's own commands first.
    pub plugins: Vec<Arc<Installed>>,
    /// Every command of every plugin.
    pub commands: Commands,
}

impl Roster {
    /// A roster of these plugins.
    #[must_use]
    pub fn new(plugins: Vec<Arc<Installed>>) -> Self {
        let (commands, collisions) = Commands::build(plugins.iter().map(|it| it.manifest.as_ref()));
        for collision in collisions {
            warn!("{collision}");
        }
        Self { plugins, commands }
    }
}

/// A mailbox, and what comes out of it.
pub(super) fn mailbox() -> (mpsc::Sender<Job>, mpsc::Receiver<Job>) {
    // 1,024 jobs; a session or command that finds it full drops the job; `queue_drops{plugin}` shows it.
    mpsc::channel(MAILBOX)
}

/// A plugin with its words and its mailbox.
pub(super) fn install(plugin: Arc<dyn Plugin>, mailbox: mpsc::Sender<Job>, words: &WordsOf) -> Arc<Installed> {
    let manifest = Arc::new(plugin.manifest());
    let (is_awake, retired) = (AtomicBool::new(false), CancellationToken::new());
    Arc::new(Installed { words: words(Some(&manifest)), manifest, plugin, mailbox, is_awake, retired })
}

impl Host {
    /// The plugins as they are now.
    #[must_use]
    pub fn roster(&self) -> Arc<Roster> {
        self.roster.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The plugin of this name.
    #[must_use]
    pub fn installed(&self, name: &PluginName) -> Option<Arc<Installed>> {
        self.roster().plugins.iter().find(|it| it.name() == name).cloned()
    }

    /// Puts a plugin in the place of the one of its name, or adds it. What the old one has begun it may end within five
    /// seconds; everything that comes from now on goes to the new one. Its mailbox stays, so that nothing in it is lost.
    pub fn put_plugin(self: &Arc<Self>, plugin: Arc<dyn Plugin>) {
        let name = plugin.manifest().name;
        let mut roster = self.roster.write().unwrap_or_else(PoisonError::into_inner);
        let mut plugins = roster.plugins.clone();
        match plugins.iter_mut().find(|it| *it.name() == name) {
            Some(place) => {
                let new = install(plugin, place.mailbox.clone(), &self.make_words);
                std::mem::replace(place, new).retired.cancel();
            }
            None => {
                let (mailbox, jobs) = mailbox();
                plugins.push(install(plugin, mailbox, &self.make_words));
                self.tasks.spawn(instance::run(self.clone(), name.clone(), jobs, self.cancel.clone()));
            }
        }
        *roster = Arc::new(Roster::new(plugins));
        drop(roster);
        self.pauses.clear(&name);
        self.live.touch();
    }

    /// Takes a plugin away; its mailbox closes with it.
    pub(super) fn remove_plugin(&self, name: &PluginName) {
        let mut roster = self.roster.write().unwrap_or_else(PoisonError::into_inner);
        let (gone, left): (Vec<_>, Vec<_>) = roster.plugins.iter().cloned().partition(|it| it.name() == name);
        gone.iter().for_each(|it| it.retired.cancel());
        *roster = Arc::new(Roster::new(left));
        drop(roster);
        self.live.touch();
    }
}
