//! The plugins that are installed and their commands: one value, replaced as a whole when one of them is loaded again.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, atomic::AtomicBool},
};

use domovoi_plugin::{Plugin, PluginName, grammar::Commands};
use tokio::sync::mpsc;
use tracing::{info, warn};

use super::{
    core::{Host, WordsOf},
    instance::{self, Installed, Job},
    lua::{self, bundled},
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
    Arc::new(Installed { words: words(Some(&manifest)), manifest, plugin, mailbox, is_awake: AtomicBool::new(false) })
}

/// Why a plugin was not loaded again. The one that was there runs on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReloadError {
    /// It is compiled in.
    #[error("{0} is part of the program and cannot be loaded again")]
    CompiledIn(PluginName),
    /// There is no folder of this name.
    #[error("there is no folder {0} with an init.lua in any of the plugin folders")]
    NoFolder(String),
    /// It is wrong: each mistake with file and line.
    #[error("{}", .0.join("; "))]
    Wrong(Vec<String>),
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

    /// Puts a plugin in the place of the one of its name, or adds it. What the old one has begun it ends; everything
    /// that comes from now on goes to the new one. Its mailbox stays, so that nothing in it is lost.
    pub fn put_plugin(self: &Arc<Self>, plugin: Arc<dyn Plugin>) {
        let name = plugin.manifest().name;
        let mut roster = self.roster.write().unwrap_or_else(PoisonError::into_inner);
        let mut plugins = roster.plugins.clone();
        match plugins.iter_mut().find(|it| *it.name() == name) {
            Some(place) => *place = install(plugin, place.mailbox.clone(), &self.make_words),
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
    fn remove_plugin(&self, name: &PluginName) {
        let mut roster = self.roster.write().unwrap_or_else(PoisonError::into_inner);
        let left = roster.plugins.iter().filter(|it| it.name() != name).cloned().collect();
        *roster = Arc::new(Roster::new(left));
        drop(roster);
        self.live.touch();
    }

    /// Loads a plugin in Lua again from its folder: the new one is loaded and checked before the old one goes.
    ///
    /// # Errors
    /// Why not; then nothing was changed.
    pub async fn reload_plugin(self: &Arc<Self>, name: &str) -> Result<PluginName, ReloadError> {
        let no_folder = || ReloadError::NoFolder(name.to_owned());
        let name = PluginName::new(name).map_err(|_| no_folder())?;
        if !bundled::has(&name) && self.installed(&name).is_some_and(|it| it.manifest.is_bundled) {
            return Err(ReloadError::CompiledIn(name));
        }
        let folders = self.plugin_folders().await;
        let folder = folders.into_iter().find(|it| it.file_name().is_some_and(|it| it == name.as_str()));
        let plugin = match folder {
            Some(folder) => lua::load_folder(&folder).await.map_err(ReloadError::Wrong)?,
            // Only if it is one of this program's: there are programs with plugins of their own.
            None => bundled::plugin(&name).filter(|_| self.installed(&name).is_some()).ok_or_else(no_folder)?,
        };
        self.put_plugin(Arc::new(plugin));
        info!(plugin = %name, "a plugin was loaded again");
        Ok(name)
    }

    /// Loads all plugins in Lua again, finds new ones, and drops those whose folders are gone. Gives what is wrong; a
    /// plugin that is wrong runs on as it was.
    pub async fn reload_plugins(self: &Arc<Self>) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut found = Vec::new();
        for folder in self.plugin_folders().await {
            let Some(name) = folder.file_name().and_then(|it| it.to_str()) else { continue };
            found.push(name.to_owned());
            match self.reload_plugin(name).await {
                Ok(_) | Err(ReloadError::CompiledIn(_) | ReloadError::NoFolder(_)) => (),
                Err(ReloadError::Wrong(mistakes)) => wrong.extend(mistakes),
            }
        }
        let roster = self.roster();
        let is_gone =
            |it: &&Arc<Installed>| !it.manifest.is_bundled && !found.iter().any(|name| name == it.name().as_str());
        for gone in roster.plugins.iter().filter(is_gone) {
            match bundled::plugin(gone.name()) {
                Some(plugin) => self.put_plugin(Arc::new(plugin)),
                None => self.remove_plugin(gone.name()),
            }
        }
        wrong
    }

    async fn plugin_folders(&self) -> Vec<PathBuf> {
        let dirs = self.live.config().bot.plugin_dirs.clone();
        // An error means that the runtime ends: then there is nothing to load any more.
        tokio::task::spawn_blocking(move || lua::folders(&dirs)).await.unwrap_or_default()
    }
}
