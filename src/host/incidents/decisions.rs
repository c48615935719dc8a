//! What guards decided last in each room, also where nothing was done: for `explain`. Only in memory.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use domovoi_plugin::{Answer, PluginName, RoomJid, Timestamp, Verdict};

use super::case::{Ground, Person};

/// So many decisions of a room are remembered.
const MAX_DECISIONS: usize = 100;

/// One decision.
#[derive(Clone, PartialEq, Debug)]
pub struct Decision {
    /// Which plugin decided.
    pub plugin: PluginName,
    /// About whom.
    pub about: Person,
    /// What and why.
    pub ground: Ground,
    /// Whether it was only observed.
    pub is_observed: bool,
    /// Whether anything was to be done.
    pub is_act: bool,
    /// The incident it belongs to.
    pub incident: Option<u64>,
}

impl Decision {
    /// Of a verdict.
    #[must_use]
    pub fn of(plugin: &PluginName, verdict: &Verdict, about: Person, at: Timestamp) -> Self {
        Self {
            plugin: plugin.clone(),
            about,
            ground: Ground::of(verdict, at),
            is_observed: verdict.observed.is_some(),
            is_act: Answer::Note < verdict.answer,
            incident: None,
        }
    }
}

/// The last decisions in all rooms.
#[derive(Debug, Default)]
pub struct Decisions(Mutex<BTreeMap<RoomJid, VecDeque<Decision>>>);

impl Decisions {
    /// Remembers one.
    pub fn add(&self, room: &RoomJid, decision: Decision) {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let list = rooms.entry(room.clone()).or_default();
        if MAX_DECISIONS <= list.len() {
            list.pop_front();
        }
        list.push_back(decision);
    }

    /// The last one that fits.
    #[must_use]
    pub fn last(&self, room: &RoomJid, fits: impl Fn(&Decision) -> bool) -> Option<Decision> {
        let rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.get(room)?.iter().rev().find(|it| fits(it)).cloned()
    }

    /// A room is not served any more.
    pub fn forget(&self, room: &RoomJid) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(room);
    }
}
