//! Plugins in Lua, loaded, loaded again and taken away while the bot runs.
//!
//! A new version is loaded, checked and fitted between the others before the old one goes; if anything is wrong with it
//! the old one runs on. One at a time, so that of two versions the newer stays.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domovoi_plugin::{PluginName, jid::BareJid};
use tracing::info;

use super::{
    core::Host,
    lua::{self, LuaPlugin, bundled, code::Code, limits::Limits},
};

/// Why a plugin was not loaded. The one that was there runs on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
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

/// Which versions are loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    /// Whatever there is: an owner of the bot says so.
    Any,
    /// Only what is not running already, and was not taken away by an owner of the bot.
    Changed,
}

/// What became of loading.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Loaded {
    /// This plugin runs now, or its new version.
    Now(PluginName),
    /// It has been running already.
    Already(PluginName),
}

/// What runs.
#[derive(Clone)]
struct Known {
    code: Arc<Code>,
    limits: Limits,
    /// Who loaded it last by a command.
    by: Option<BareJid>,
}

#[derive(Default)]
struct Inner {
    known: BTreeMap<PluginName, Known>,
    /// Taken away by a command: they stay away until a command brings them back, or the bot starts again.
    away: BTreeSet<PluginName>,
}

/// What of the plugins in Lua is loaded.
#[derive(Default)]
pub(super) struct Loading {
    inner: Mutex<Inner>,
    /// Held over waits on purpose: plugins are loaded one after the other.
    turn: tokio::sync::Mutex<()>,
}

impl Loading {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Host {
    /// A plugin was loaded before the host was started.
    pub fn adopt(&self, plugin: &LuaPlugin) {
        let it = Known { code: plugin.code().clone(), limits: plugin.limits(), by: None };
        self.loading.inner().known.insert(it.code.name.clone(), it);
    }

    /// Who loaded a plugin last by a command.
    #[must_use]
    pub fn loader_of(&self, plugin: &PluginName) -> Option<BareJid> {
        self.loading.inner().known.get(plugin).and_then(|it| it.by.clone())
    }

    /// The plugins in Lua whose limits are not those of the configuration any more, and what those are.
    #[must_use]
    pub fn with_old_limits(&self) -> BTreeMap<PluginName, Limits> {
        let config = self.live.config();
        let inner = self.loading.inner();
        let limits = |name: &PluginName| inner.known.get(name).map_or_else(Limits::default, |it| it.limits);
        let all = inner
            .known
            .keys()
            .cloned()
            .chain(bundled::names().filter(|it| !inner.known.contains_key(it) && self.installed(it).is_some()));
        let all = all.filter(|name| !inner.away.contains(name)).map(|name| (Limits::of(&config, &name), name));
        all.filter(|(wanted, name)| *wanted != limits(name)).map(|(wanted, name)| (name, wanted)).collect()
    }

    /// Loads a plugin from its folder, again if it was there.
    ///
    /// # Errors
    /// Why not; then nothing was changed.
    pub async fn load_plugin(
        self: &Arc<Self>,
        name: &str,
        which: Which,
        by: Option<BareJid>,
    ) -> Result<Loaded, LoadError> {
        let no_folder = || LoadError::NoFolder(name.to_owned());
        let name = PluginName::new(name).map_err(|_| no_folder())?;
        if self.is_in_rust(&name) {
            return Err(LoadError::CompiledIn(name));
        }
        let _turn = self.loading.turn.lock().await;
        let folders = self.plugin_folders().await;
        let folder = folders.into_iter().find(|it| it.file_name().is_some_and(|it| it == name.as_str()));
        let limits = Limits::of(&self.live.config(), &name);
        let code = match folder {
            // An error means that the runtime ends: then nothing is loaded any more.
            Some(folder) => tokio::task::spawn_blocking(move || Code::read(&folder)).await.map_err(|_| no_folder())?,
            // Only if it is one of this program's: there are programs with plugins of their own.
            None => bundled::plugin(&name, limits)
                .filter(|_| self.is_of_program(&name))
                .map(|it| Code::clone(it.code()))
                .ok_or_else(Vec::new),
        };
        let code = code.map_err(|it| if it.is_empty() { no_folder() } else { LoadError::Wrong(it) })?;
        let old = self.loading.inner().known.get(&name).cloned();
        let is_same = old.as_ref().is_some_and(|it| *it.code == code && it.limits == limits);
        if which == Which::Changed && (is_same || self.loading.inner().away.contains(&name)) {
            return Ok(Loaded::Already(name));
        }
        let plugin = lua::load_code(code, limits).await.map_err(LoadError::Wrong)?;
        self.fit(&plugin)?;
        let by = by.or_else(|| old.and_then(|it| it.by));
        let known = Known { code: plugin.code().clone(), limits, by };
        self.put_plugin(Arc::new(plugin));
        let mut inner = self.loading.inner();
        inner.known.insert(name.clone(), known);
        inner.away.remove(&name);
        drop(inner);
        info!(plugin = %name, "a plugin was loaded");
        Ok(Loaded::Now(name))
    }

    fn fit(&self, plugin: &LuaPlugin) -> Result<(), LoadError> {
        let roster = self.roster();
        match lua::misfits(plugin, &self.live.config(), roster.plugins.iter().map(|it| &*it.manifest)) {
            wrong if wrong.is_empty() => Ok(()),
            wrong => Err(LoadError::Wrong(wrong)),
        }
    }

    /// Takes a plugin in Lua away, with everything that is of it, until a command loads it or the bot starts again.
    ///
    /// # Errors
    /// If it is compiled in, or there is none of this name.
    pub async fn unload_plugin(&self, name: &PluginName) -> Result<(), LoadError> {
        let _turn = self.loading.turn.lock().await;
        if self.is_in_rust(name) {
            return Err(LoadError::CompiledIn(name.clone()));
        }
        self.installed(name).ok_or_else(|| LoadError::NoFolder(name.to_string()))?;
        self.remove_plugin(name);
        let mut inner = self.loading.inner();
        inner.known.remove(name);
        inner.away.insert(name.clone());
        drop(inner);
        info!(plugin = %name, "a plugin was taken away");
        Ok(())
    }

    /// Loads all plugins in Lua whose code or limits changed, finds new ones, and drops those whose folders are gone.
    /// Gives what is wrong; a plugin that is wrong runs on as it was.
    pub async fn reload_plugins(self: &Arc<Self>) -> Vec<String> {
        let mut wrong = Vec::new();
        for folder in self.plugin_folders().await {
            let Some(name) = folder.file_name().and_then(|it| it.to_str()) else { continue };
            match self.load_plugin(name, Which::Changed, None).await {
                Ok(_) | Err(LoadError::CompiledIn(_) | LoadError::NoFolder(_)) => (),
                Err(LoadError::Wrong(mistakes)) => wrong.extend(mistakes),
            }
        }
        self.drop_plugins_without_folder().await;
        wrong
    }

    /// Takes away the plugins in Lua whose folders are gone; gives which.
    pub(super) async fn drop_plugins_without_folder(self: &Arc<Self>) -> Vec<PluginName> {
        let _turn = self.loading.turn.lock().await;
        let folders = self.plugin_folders().await;
        let is_there =
            |name: &PluginName| folders.iter().any(|it| it.file_name().is_some_and(|it| it == name.as_str()));
        let mut inner = self.loading.inner();
        let is_as_bundled =
            |it: &Known| bundled::plugin(&it.code.name, it.limits).is_some_and(|own| *own.code() == it.code);
        let gone = inner.known.iter().filter(|(name, it)| !is_there(name) && !is_as_bundled(it));
        let gone: Vec<PluginName> = gone.map(|(name, _)| name.clone()).collect();
        inner.known.retain(|name, _| !gone.contains(name));
        drop(inner);
        for name in &gone {
            match bundled::plugin(name, Limits::of(&self.live.config(), name)) {
                Some(plugin) => {
                    self.adopt(&plugin);
                    self.put_plugin(Arc::new(plugin));
                }
                None => self.remove_plugin(name),
            }
            info!(plugin = %name, "the folder of a plugin is gone, and the plugin with it");
        }
        gone
    }

    /// Whether this program has a plugin of this name, or had it until it was taken away.
    fn is_of_program(&self, name: &PluginName) -> bool {
        self.installed(name).is_some() || self.loading.inner().away.contains(name)
    }

    /// Whether a plugin is a part of the program that cannot be another one.
    fn is_in_rust(&self, name: &PluginName) -> bool {
        !bundled::has(name) && self.installed(name).is_some_and(|it| it.manifest.is_bundled)
    }

    async fn plugin_folders(&self) -> Vec<PathBuf> {
        let dirs = self.live.config().bot.plugin_dirs.clone();
        // An error means that the runtime ends: then there is nothing to load any more.
        tokio::task::spawn_blocking(move || lua::folders(&dirs)).await.unwrap_or_default()
    }
}
