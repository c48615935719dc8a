//! `[plugins.NAME]`: settings of a plugin for all rooms.

use std::collections::BTreeSet;

/// The powers that a configuration can grant to a plugin.
pub const POWERS: [&str; 18] = [
    "say",
    "private",
    "kick",
    "voice",
    "ban",
    "affiliation",
    "moderate",
    "room-config",
    "subject",
    "invite",
    "records",
    "people",
    "http",
    "upload",
    "store",
    "schedule",
    "web",
    "hook",
];

/// What is set about a plugin for all rooms.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PluginConfig {
    /// Whether it runs in rooms that do not say; none: only `admin` does.
    pub enabled: Option<bool>,
    /// The powers it is granted, each one of [`POWERS`]; none: what its kind gets by default.
    pub powers: Option<BTreeSet<String>>,
    /// The hosts it may reach by HTTP; none, any public one.
    pub hosts: Vec<String>,
    /// Its own settings, which rooms may override.
    pub settings: toml::Table,
}
