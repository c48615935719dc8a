//! `[rooms."JID"]`: the rooms that the bot serves.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domovoi_plugin::{AccountId, Nick, PluginName};

use super::{Language, Prefix, Secret, TimeZoneName};

/// What is kept of what happens in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Records {
    /// Everything that is said: the room's log is on.
    Full,
    /// Joins, acts and fingerprints, not what members say.
    Events,
    /// Nothing.
    Off,
}

/// One room, with the defaults of `[bot]` filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Room {
    /// The account that serves it; none: one with room to spare.
    pub account: Option<AccountId>,
    /// Our nick in it.
    pub nick: Nick,
    /// The room's password.
    pub password: Option<Secret>,
    /// The language of answers.
    pub language: Language,
    /// What commands begin with.
    pub prefix: Prefix,
    /// The clock on its wall.
    pub timezone: TimeZoneName,
    /// Whether to be in it; `false` keeps the settings and stays out.
    pub join: bool,
    /// Whether to create it if it does not exist.
    pub create: bool,
    /// What is kept of it.
    pub records: Records,
    /// How long records are kept; none: for ever.
    pub retention: Option<Duration>,
    /// Plugins that this room turns on, off or tunes.
    pub plugins: BTreeMap<PluginName, RoomPlugin>,
    /// The keys set in the room's own table; the others came from `[bot]` or are defaults.
    pub own_keys: BTreeSet<String>,
}

/// What a room says about a plugin.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomPlugin {
    /// Whether it runs here.
    pub enabled: bool,
    /// The room's own settings of it.
    pub settings: toml::Table,
}
