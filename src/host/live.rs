//! The configuration as it is now, and the settings of plugins in rooms read from it.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use domovoi_plugin::{Manifest, PluginName, RoomJid, Settings};

use super::overlay::Overlay;
use crate::config::Config;

/// Settings read already, by plugin and room.
type Known = HashMap<(PluginName, Option<RoomJid>), Arc<Settings>>;

/// The configuration of a running bot. Replaced as a whole; whoever keeps something read from it compares
/// [`Live::generation`].
#[derive(Debug)]
pub struct Live {
    config: RwLock<Arc<Config>>,
    generation: AtomicU64,
    settings: RwLock<Known>,
    overlay: Option<Overlay>,
}

impl Live {
    /// With this configuration, which nobody can change by chat.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::make(config, None)
    }

    /// With the configuration that was read together with this overlay.
    #[must_use]
    pub fn with_overlay(config: Config, overlay: Overlay) -> Self {
        Self::make(config, Some(overlay))
    }

    fn make(config: Config, overlay: Option<Overlay>) -> Self {
        Self {
            config: RwLock::new(Arc::new(config)),
            generation: AtomicU64::new(0),
            settings: RwLock::new(HashMap::new()),
            overlay,
        }
    }

    /// What was changed by chat, if it can be.
    #[must_use]
    pub fn overlay(&self) -> Option<&Overlay> {
        self.overlay.as_ref()
    }

    /// As it is now.
    #[must_use]
    pub fn config(&self) -> Arc<Config> {
        self.config.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Rises with every change.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Replaces it; gives what it was.
    pub fn replace(&self, config: Config) -> Arc<Config> {
        let mut current = self.config.write().unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *current, Arc::new(config));
        self.settings.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.generation.fetch_add(1, Ordering::Release);
        old
    }

    /// The plugins changed, and with them perhaps what their settings mean: whoever keeps something reads it again.
    pub fn touch(&self) {
        self.settings.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// The settings of a plugin in a room, or outside any.
    #[must_use]
    pub fn settings(&self, manifest: &Manifest, room: Option<&RoomJid>) -> Arc<Settings> {
        let key = (manifest.name.clone(), room.cloned());
        if let Some(known) = self.settings.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let config = self.config();
        let table = match room {
            Some(room) => config.plugin_settings(&manifest.name, room),
            None => config.plugins.get(&manifest.name).map(|it| it.settings.clone()).unwrap_or_default(),
        };
        let settings = Arc::new(read_settings(manifest, &table));
        self.settings.write().unwrap_or_else(PoisonError::into_inner).insert(key, settings.clone());
        settings
    }
}

/// The settings in a table; what is wrong stays at its default, since `check` has told it already.
#[must_use]
pub fn read_settings(manifest: &Manifest, table: &toml::Table) -> Settings {
    let given = table.iter().map(|(key, value)| (key.as_str(), setting_text(value)));
    Settings::read(&manifest.options, given).0
}

/// A value as it would be written in a command.
#[must_use]
pub fn setting_text(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Boolean(flag) => flag.to_string(),
        toml::Value::Datetime(at) => at.to_string(),
        toml::Value::Array(many) => many.iter().map(setting_text).collect::<Vec<_>>().join(", "),
        toml::Value::Table(_) => "{…}".to_owned(),
    }
}
