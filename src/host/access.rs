//! Who may what: levels by role and affiliation, and the levels that were given to identities.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
};

use domovoi_plugin::{Identity, Level, Occupant, RoomJid, Timestamp};
use serde::{Deserialize, Serialize};

use super::core::Host;
use crate::store::{Batch, State, StoreError, Tree, held};

/// A level given to an identity, in a room or everywhere.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Given {
    /// Where; `None` everywhere.
    pub room: Option<RoomJid>,
    /// To whom.
    pub identity: Identity,
    /// Which.
    pub level: Level,
    /// Until when.
    pub until: Option<Timestamp>,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Whether an owner of the bot gave it, so that it goes beyond what the room itself allows.
    pub is_by_bot_owner: bool,
}

type Key = (Option<RoomJid>, Identity);

/// The levels that were given. In memory; every change is in the store before it holds.
#[derive(Debug, Default)]
pub struct Access(RwLock<BTreeMap<Key, Given>>);

impl Access {
    /// With what was kept.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn load(state: &State) -> Result<Self, StoreError> {
        let pairs = state.scan(Tree::Access, Vec::new(), 100_000).await?;
        let given = pairs.iter().filter_map(|(_, value)| serde_json::from_slice::<Given>(value).ok());
        // A stay ends with the process; its number would be somebody else's by now.
        let given = given.filter(|it| it.identity.is_lasting());
        let map = given.map(|it| ((it.room.clone(), it.identity.clone()), it)).collect();
        Ok(Self(RwLock::new(map)))
    }

    /// The level that was given, the room's before the general one.
    pub(super) fn given(&self, room: Option<&RoomJid>, identity: &Identity, now: Timestamp) -> Option<Given> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let holds = |it: &&Given| it.until.is_none_or(|until| now < until);
        let local = room.and_then(|room| map.get(&(Some(room.clone()), identity.clone()))).filter(holds);
        local.or_else(|| map.get(&(None, identity.clone())).filter(holds)).cloned()
    }

    /// What someone may, and whether that goes beyond what the room itself would let them do. An occupant id or a stay
    /// means something in its room only.
    #[must_use]
    pub fn level(
        &self,
        host: &Host,
        room: Option<&RoomJid>,
        identity: &Identity,
        occupant: Option<&Occupant>,
    ) -> (Level, bool) {
        let is_owner = identity.jid().is_some_and(|jid| host.live.config().bot.owners.contains(jid));
        if is_owner {
            return (Level::BOT_OWNER, true);
        }
        let given = self.given(room, identity, host.clock.now());
        if let Some(given) = given {
            return (given.level, given.is_by_bot_owner);
        }
        (occupant.map_or(Level::VISITOR, |it| Level::of(it.role, it.affiliation)), false)
    }

    /// Everything that was given and still holds, here or everywhere.
    #[must_use]
    pub fn list(&self, room: Option<&RoomJid>, now: Timestamp) -> Vec<Given> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let here = |it: &&Given| it.room.is_none() || it.room.as_ref() == room;
        map.values().filter(here).filter(|it| it.until.is_none_or(|until| now < until)).cloned().collect()
    }

    /// Gives a level.
    ///
    /// # Errors
    /// If the store did not take it; then it does not hold.
    pub async fn set(&self, state: &State, given: Given) -> Result<(), StoreError> {
        let key = (given.room.clone(), given.identity.clone());
        if given.identity.is_lasting() {
            held(state.commit(Batch::new().put_json(Tree::Access, store_key(&key), &given)?).await)?;
        }
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(key, given);
        Ok(())
    }

    /// Takes a given level back. Gives whether there was one.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn unset(&self, state: &State, room: Option<RoomJid>, identity: Identity) -> Result<bool, StoreError> {
        let key = (room, identity);
        held(state.commit(Batch::new().delete(Tree::Access, store_key(&key))).await)?;
        Ok(self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&key).is_some())
    }
}

fn store_key((room, identity): &Key) -> String {
    format!("{}\0{identity}", room.as_ref().map_or("", RoomJid::as_str))
}
