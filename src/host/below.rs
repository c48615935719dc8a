//! What there is behind a word that alone is no command: `gate` has `gate list` and `gate add`; that a command is there,
//! but its plugin is off; and why one is not taken.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domovoi_plugin::{
    Level, PluginName, RoomJid, Text, Timestamp,
    grammar::{Entry, PlaceKind, Refusal, shown},
};

use super::{commands::Line, core::Host, own::help::name_of, roster::Roster};

/// In public the same is hinted at again after this long: perhaps another bot listens to the same word.
const HINT_AGAIN: Duration = Duration::from_secs(86_400);
/// So many hints are remembered; beyond that none is given in public.
const MAX_HINTS: usize = 2000;

/// Which owners of rooms were told lately that a plugin is off.
#[derive(Debug, Default)]
pub(super) struct Hints(Mutex<BTreeMap<(RoomJid, PluginName), Timestamp>>);

/// That there is no such command, or, in a direct chat that begins with one, no such room of ours.
pub(super) fn unknown(host: &Host, kind: PlaceKind, line: &Line) -> Text {
    let first = line.text.split_whitespace().next().unwrap_or_default();
    let is_ours = |room: &RoomJid| host.live.config().rooms.contains_key(room);
    match first.parse::<RoomJid>() {
        Ok(room) if kind == PlaceKind::Direct && !is_ours(&room) => {
            Text::key("room-unknown").with("room", shown(first, 100))
        }
        Ok(_) | Err(_) => Text::key("command-unknown"),
    }
}

impl Hints {
    /// That a command is one of a plugin that is off in this room, for whoever could turn it on.
    pub(super) fn switched_off(
        &self,
        host: &Host,
        roster: &Roster,
        line: &Line,
        level: Level,
        lang: &str,
    ) -> Option<Text> {
        let room = line.room.as_ref().filter(|_| Level::ROOM_OWNER <= level)?;
        let found = roster.commands.find(&line.text, lang, |_| true)?;
        let plugin = &found.entry.plugin;
        // A plugin that gives lines itself never finds its own commands, whether it is on or not.
        let is_off = line.from.as_ref() != Some(plugin) && !host.is_command_on(plugin, Some(room));
        let is_due = is_off && (line.kind() != PlaceKind::Room || self.is_due(room, plugin, host.clock.now()));
        is_due.then(|| Text::key("plugin-off-here").with("plugin", plugin.as_str()))
    }

    fn is_due(&self, room: &RoomJid, plugin: &PluginName, now: Timestamp) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.retain(|_, at| now.since(*at) < HINT_AGAIN);
        let key = (room.clone(), plugin.clone());
        let is_due = told.len() < MAX_HINTS && !told.contains_key(&key);
        if is_due {
            told.insert(key, now);
        }
        is_due
    }
}

/// Why a command is not taken, and what an owner of the bot can do whom the room does not show as one.
pub(super) fn refused(refusal: Refusal, line: &Line) -> Text {
    let is_unseen = line.occupant.as_ref().is_some_and(|it| it.bare_jid().is_none());
    if is_unseen && refusal == (Refusal::Level { needed: Level::BOT_OWNER }) {
        return Text::Lines(vec![refusal.text(), Text::key("refusal-unseen")]);
    }
    refusal.text()
}

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
