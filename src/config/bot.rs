//! `[bot]`: what holds for the whole bot.

use std::{collections::BTreeSet, path::PathBuf};

use domovoi_plugin::Nick;
use jid::BareJid;

use super::{Language, Prefix, TimeZoneName};

/// What holds for the whole bot, and the defaults of its rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bot {
    /// Those who have every right.
    pub owners: BTreeSet<BareJid>,
    /// The nick in rooms that set none.
    pub nick: Nick,
    /// The language of rooms that set none.
    pub language: Language,
    /// The command prefix of rooms that set none.
    pub prefix: Prefix,
    /// The time zone of rooms that set none.
    pub timezone: TimeZoneName,
    /// The folder of the store, records and the control socket.
    pub data_dir: PathBuf,
    /// Folders in which each folder is a plugin.
    pub plugin_dirs: Vec<PathBuf>,
    /// A picture for the vCard of each account.
    pub avatar: Option<PathBuf>,
    /// The status text of its presence.
    pub presence: Option<String>,
}
