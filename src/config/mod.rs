//! The configuration: what the file says, and what it means.
//!
//! [`load`] reads a TOML file, lays the changes made by chat over it, and gives a [`Config`] of checked values, or
//! every [`Mistake`] at once, each with its line and key path. Nothing here connects, and nothing here knows what a
//! plugin's settings mean: that a [`PluginCatalogue`] says.

mod account;
mod address;
mod bot;
mod catalogue;
mod differences;
mod http;
mod key_path;
mod load;
mod log;
mod mistake;
mod plugin;
mod room;
mod secret;
mod section;
mod tree;
mod web;
mod words;

#[cfg(test)]
mod example_tests;
#[cfg(test)]
mod load_tests;

use std::collections::BTreeMap;

use domovoi_plugin::{AccountId, PluginName, RoomJid};

pub use account::{Account, Tls};
pub use address::{Address, Allowed};
pub use bot::Bot;
pub use catalogue::{PluginCatalogue, SettingMistake};
pub use differences::{Change, differences};
pub use http::Http;
pub use key_path::{KeyPath, KeyPathError};
pub use load::{Env, Loaded, OverlayEntry, Surroundings, load, load_text};
pub use log::{Log, LogFormat, LogLevel};
pub use mistake::{Mistake, Mistakes, Place};
pub use plugin::{POWERS, PluginConfig, PluginLimits};
pub use room::{Alerts, Records, Room, RoomPlugin};
pub use secret::Secret;
pub use web::Web;
pub use words::{Language, Prefix, TimeZoneName};

/// Everything that can be configured, checked, with defaults filled in and paths made whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// What holds for the whole bot.
    pub bot: Bot,
    /// The accounts it uses, by the name of their table.
    pub accounts: BTreeMap<AccountId, Account>,
    /// The rooms it serves.
    pub rooms: BTreeMap<RoomJid, Room>,
    /// Settings of plugins for all rooms.
    pub plugins: BTreeMap<PluginName, PluginConfig>,
    /// The guarded HTTP client of plugins.
    pub http: Http,
    /// The listener for pages and metrics; none, no listener.
    pub web: Option<Web>,
    /// The log of the process.
    pub log: Log,
}

impl Config {
    /// Whether this plugin runs in this room: what the room says, else `[plugins.NAME] enabled`, else only `admin`.
    #[must_use]
    pub fn is_enabled(&self, plugin: &PluginName, room: &RoomJid) -> bool {
        self.switch(plugin, room).unwrap_or(plugin.as_str() == "admin")
    }

    /// What the file says about whether this plugin runs in this room, if it says anything.
    #[must_use]
    pub fn switch(&self, plugin: &PluginName, room: &RoomJid) -> Option<bool> {
        let own = self.rooms.get(room).and_then(|room| room.plugins.get(plugin)).map(|own| own.enabled);
        own.or_else(|| self.plugins.get(plugin).and_then(|general| general.enabled))
    }

    /// The settings of this plugin in this room: those for all rooms, under the room's own, table by table.
    #[must_use]
    pub fn plugin_settings(&self, plugin: &PluginName, room: &RoomJid) -> toml::Table {
        let mut settings = self.plugins.get(plugin).map(|general| general.settings.clone()).unwrap_or_default();
        if let Some(own) = self.rooms.get(room).and_then(|room| room.plugins.get(plugin)) {
            lay_over(&mut settings, &own.settings);
        }
        settings
    }
}

/// Lays a table over another: tables merge, everything else is replaced.
fn lay_over(below: &mut toml::Table, above: &toml::Table) {
    for (key, value) in above {
        match (below.get_mut(key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => lay_over(below, above),
            _ => {
                below.insert(key.clone(), value.clone());
            }
        }
    }
}
