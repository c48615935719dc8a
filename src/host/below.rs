//! What there is behind a word that alone is no command: `gate` has `gate list` and `gate add`.

use std::collections::BTreeSet;

use domovoi_plugin::{Level, RoomJid, Text, grammar::Entry};

use super::{core::Host, own::help::name_of, roster::Roster};

/// Who wants to know, and where.
pub(super) struct Asking<'a> {
    pub(super) room: Option<&'a RoomJid>,
    pub(super) level: Level,
    pub(super) lang: &'a str,
}

impl Host {
    /// The commands that begin with the first word of a line and that may be given here, unless it is just one.
    pub(super) fn below(&self, roster: &Roster, line: &str, it: &Asking<'_>) -> Option<Text> {
        let word = line.split_whitespace().next()?;
        let below = roster.commands.below(word);
        if below.len() < 2 {
            return None;
        }
        let names: BTreeSet<String> =
            below.into_iter().filter(|entry| self.is_open(entry, it)).map(|entry| name_of(entry, it.lang)).collect();
        if names.is_empty() {
            return None;
        }
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        Some(Text::key("commands-below").with("word", word).with("commands", names))
    }

    /// Whether this command may be given by someone of this level there.
    pub(super) fn is_open(&self, entry: &Entry, it: &Asking<'_>) -> bool {
        entry.spec.level <= it.level
            && (it.room.is_some() || entry.spec.works_without_room)
            && self.is_command_on(&entry.plugin, it.room)
    }
}
