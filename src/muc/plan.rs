//! What a room is to be for us: where, as whom, and whom it must never touch.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use domovoi_plugin::{Identity, Nick, Occupant, OccupantId, RoomJid, jid::BareJid};

use super::{occupants::bare_str, pool::Pools};

/// What is wanted of one room. Has no `Debug`, because it holds a password.
#[derive(Clone)]
pub struct Plan {
    /// The room.
    pub room: RoomJid,
    /// The nick we want; another is taken while this one is in use.
    pub nick: Nick,
    /// The room's password.
    pub password: Option<String>,
    /// Whether the room may be created if it does not exist.
    pub create: bool,
    /// The account that serves the room.
    pub account: BareJid,
    /// Whom no automatic act may touch.
    pub spared: Arc<Spared>,
    /// Where numbers of stays come from, one source for the whole process.
    pub stays: Stays,
    /// What occupants of all rooms have in common, one for the whole process.
    pub pools: Pools,
}

/// Whom no automatic act may touch: our accounts, owners of the bot, configured bridges and bots. Asked about everybody
/// who does anything, so nothing is copied for that.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Spared {
    /// Bare JIDs.
    jids: BTreeSet<Box<str>>,
    occupant_ids: BTreeSet<OccupantId>,
}

impl Spared {
    /// Of these. A stay is nobody who could be named beforehand.
    pub fn new(identities: impl IntoIterator<Item = Identity>) -> Self {
        let mut spared = Self::default();
        for identity in identities {
            match identity {
                Identity::Jid(jid) => drop(spared.jids.insert(jid.as_str().into())),
                Identity::OccupantId(id) => drop(spared.occupant_ids.insert(id)),
                Identity::Occupancy(_) => (),
            }
        }
        spared
    }

    /// Whether this occupant is among them, by any of its sessions or by its occupant id.
    #[must_use]
    pub fn has(&self, occupant: &Occupant) -> bool {
        let by_jid = !self.jids.is_empty() && occupant.jids.iter().any(|jid| self.jids.contains(bare_str(jid)));
        by_jid || occupant.occupant_id.as_ref().is_some_and(|id| self.occupant_ids.contains(id))
    }

    /// Whether this JID is among them.
    #[must_use]
    pub fn has_jid(&self, jid: &BareJid) -> bool {
        self.jids.contains(jid.as_str())
    }
}

/// A source of numbers for stays, shared by all rooms of a process, so that none is used twice.
#[derive(Clone, Debug, Default)]
pub struct Stays(Arc<AtomicU64>);

impl Stays {
    /// A number that was not given before; the first is 1.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }
}
