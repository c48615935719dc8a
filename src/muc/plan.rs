//! What a room is to be for us: where, as whom, and whom it must never touch.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use domovoi_plugin::{Identity, Nick, Occupant, RoomJid, jid::BareJid};

use super::pool::Pools;

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

/// Whom no automatic act may touch: our accounts, owners of the bot, configured bridges and bots.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Spared(BTreeSet<Identity>);

impl Spared {
    /// Of these.
    pub fn new(identities: impl IntoIterator<Item = Identity>) -> Self {
        Self(identities.into_iter().collect())
    }

    /// Whether this occupant is among them, by any of its sessions or by its occupant id.
    #[must_use]
    pub fn has(&self, occupant: &Occupant) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let by_jid = occupant.jids.iter().any(|jid| self.has_jid(&jid.to_bare()));
        by_jid || occupant.occupant_id.as_ref().is_some_and(|id| self.0.contains(&Identity::OccupantId(id.clone())))
    }

    /// Whether this JID is among them.
    #[must_use]
    pub fn has_jid(&self, jid: &BareJid) -> bool {
        self.0.contains(&Identity::Jid(jid.clone()))
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
