//! Faults of plugins: numbered, kept for a while, told to an owner of the bot once.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use domovoi_plugin::{PluginName, RoomJid, Timestamp};

/// So many faults are kept; older ones are forgotten.
const KEPT: usize = 200;
/// What is kept of what went wrong, in characters.
const MAX_WHAT: usize = 2000;

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number, from 1 on since the start.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub plugin: PluginName,
    /// Where, if in a room.
    pub room: Option<RoomJid>,
    /// What was being done: `judge`, `event`, `command kick`.
    pub doing: String,
    /// What went wrong.
    pub what: String,
    /// How often the same happened.
    pub n_times: u64,
}

#[derive(Debug, Default)]
struct Inner {
    last_number: u64,
    kept: VecDeque<Record>,
}

/// The faults since the start. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Inner>>);

impl Faults {
    /// Writes a fault down. Gives its number, and whether it is new: the same one again only counts.
    pub fn add(
        &self,
        at: Timestamp,
        plugin: &PluginName,
        room: Option<&RoomJid>,
        doing: &str,
        what: &str,
    ) -> (u64, bool) {
        let what: String = what.chars().take(MAX_WHAT).collect();
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |it: &&mut Record| it.plugin == *plugin && it.doing == doing && it.what == what;
        if let Some(known) = inner.kept.iter_mut().find(is_same) {
            known.n_times += 1;
            known.at = at;
            return (known.number, false);
        }
        inner.last_number += 1;
        let number = inner.last_number;
        if inner.kept.len() == KEPT {
            inner.kept.pop_front();
        }
        inner.kept.push_back(Record {
            number,
            at,
            plugin: plugin.clone(),
            room: room.cloned(),
            doing: doing.to_owned(),
            what,
            n_times: 1,
        });
        (number, true)
    }

    /// The fault of this number, if it is still kept.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<Record> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.kept.iter().find(|it| it.number == number).cloned()
    }

    /// How many different ones there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).last_number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_fault_counts_and_old_ones_are_forgotten() {
        let faults = Faults::default();
        let plugin = PluginName::new("dice").unwrap();
        let add = |what: &str| faults.add(Timestamp::default(), &plugin, None, "event", what);
        assert_eq!(add("broken"), (1, true));
        assert_eq!(add("broken"), (1, false));
        assert_eq!(faults.get(1).unwrap().n_times, 2);
        let long = "x".repeat(3 * MAX_WHAT);
        assert_eq!(add(&long), (2, true));
        assert_eq!(add(&long), (2, false), "the same again, however long it is");
        assert_eq!(faults.get(2).unwrap().what.len(), MAX_WHAT);
        for n in 0..KEPT {
            add(&n.to_string());
        }
        assert_eq!(faults.get(1), None);
        assert_eq!(faults.count(), 2 + KEPT as u64);
    }
}
