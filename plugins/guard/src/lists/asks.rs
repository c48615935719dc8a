//! Words to the guard of one room from the reacting half: what others found out about someone, what someone asks.
//!
//! A guard sees them within a second. It takes each once: they are numbered, and it remembers the last number.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{Identity, RoomJid, Timestamp};

use crate::{rules::Rule, undo::Undone};

/// For how long a word waits for its guard.
const KEEP: Duration = Duration::from_secs(60);
/// So many wait.
const MOST: usize = 1_000;

/// A word to a guard.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Ask {
    /// Its number.
    pub(crate) number: u64,
    /// When it was given.
    pub(crate) at: Timestamp,
    /// To the guard of which room.
    pub(crate) room: RoomJid,
    /// About whom.
    pub(crate) identity: Identity,
    /// What.
    pub(crate) what: What,
}

/// What a guard is told or asked.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum What {
    /// This speaks against them.
    Charge {
        /// By which rule.
        rule: Rule,
        /// How many points, before trust weighs them.
        points: u32,
        /// A key of the Fluent files.
        reason: &'static str,
        /// How many of whatever is counted.
        n: u32,
    },
    /// These have reported them; what their words weigh is the guard's to say.
    Reported(Vec<Identity>),
    /// What does it keep of them?
    Tell,
    /// How does the room stand: whom it knows, whether a raid is on?
    State,
    /// It is to forget them.
    Forget,
    /// A person has taken back an incident, the people of which are named in it.
    Undo(Arc<Undone>),
}

/// All words that wait.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asks {
    last: u64,
    all: Vec<Arc<Ask>>,
}

impl Asks {
    /// With one more.
    pub(crate) fn with(&self, at: Timestamp, room: RoomJid, identity: Identity, what: What) -> Self {
        let number = self.last + 1;
        let mut all: Vec<_> = self.all.iter().filter(|it| at.since(it.at) < KEEP).cloned().collect();
        all.push(Arc::new(Ask { number, at, room, identity, what }));
        let n_over = all.len().saturating_sub(MOST);
        Self { last: number, all: all.split_off(n_over) }
    }

    /// The number of the last one.
    pub(crate) const fn last(&self) -> u64 {
        self.last
    }

    /// Those for a room after this number.
    pub(crate) fn after(&self, number: u64, room: &RoomJid) -> impl Iterator<Item = &Arc<Ask>> {
        self.all.iter().filter(move |it| number < it.number && it.room == *room)
    }
}
