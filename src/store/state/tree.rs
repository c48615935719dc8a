//! The closed set of trees in the state, and the batch in which changes to them travel.
//!
//! What the keys and values mean is the business of whoever owns a tree; here they are bytes.

use std::fmt;

use serde::Serialize;

use crate::store::error::StoreError;

/// The longest key, in bytes; a full JID fits twice.
pub const MAX_KEY_BYTES: usize = 8 * 1024;
/// The longest value, in bytes.
pub const MAX_VALUE_BYTES: usize = 1024 * 1024;
/// The most that one batch may carry, keys and values together, in bytes.
pub const MAX_BATCH_BYTES: usize = 8 * 1024 * 1024;

/// A part of the state. The names are stable: they are in every store and every backup.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tree {
    /// Settings changed by chat, which win over the file.
    Overlay,
    /// Who changed which setting when, and what it was before.
    OverlayHistory,
    /// Levels given to identities, in a room or everywhere.
    Access,
    /// What ends by itself: mutes, temporary bans.
    Timed,
    /// What is known of an identity: nicks, first and last seen.
    Identities,
    /// Numbers that survive a restart.
    Counters,
    /// Keys and values of plugins.
    Kv,
    /// What is known of a room: last stanza id, placement.
    Rooms,
    /// What the bot did, for whom and why.
    Acts,
    /// Invitations that wait for an owner.
    Invites,
    /// What guards remember: trust, points, incidents.
    Guard,
}

impl Tree {
    /// Every tree.
    pub const ALL: [Self; 11] = [
        Self::Overlay,
        Self::OverlayHistory,
        Self::Access,
        Self::Timed,
        Self::Identities,
        Self::Counters,
        Self::Kv,
        Self::Rooms,
        Self::Acts,
        Self::Invites,
        Self::Guard,
    ];

    /// The name in the store and in backups.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Overlay => "overlay",
            Self::OverlayHistory => "overlay-history",
            Self::Access => "access",
            Self::Timed => "timed",
            Self::Identities => "identities",
            Self::Counters => "counters",
            Self::Kv => "kv",
            Self::Rooms => "rooms",
            Self::Acts => "acts",
            Self::Invites => "invites",
            Self::Guard => "guard",
        }
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One key that gets a value or loses it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Change {
    pub(crate) tree: Tree,
    pub(crate) key: Vec<u8>,
    /// `None` deletes.
    pub(crate) value: Option<Vec<u8>>,
}

impl Change {
    pub(crate) fn n_bytes(&self) -> usize {
        self.key.len() + self.value.as_ref().map_or(0, Vec::len)
    }
}

/// Changes that are made together or not at all, perhaps only if some keys still are what they were.
///
/// ```
/// use domovoi::store::{Batch, Tree};
/// let batch = Batch::new().put(Tree::Access, "alice@example.org", b"20".to_vec()).delete(Tree::Kv, "old");
/// assert_eq!(batch.len(), 2);
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[must_use = "a batch does nothing until it is committed"]
pub struct Batch {
    pub(crate) changes: Vec<Change>,
    pub(crate) expected: Vec<Change>,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a key a value. Of several changes to one key the last wins.
    pub fn put(mut self, tree: Tree, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        self.changes.push(Change { tree, key: key.into(), value: Some(value.into()) });
        self
    }

    /// Gives a key a value, written as JSON.
    ///
    /// # Errors
    /// [`StoreError::Json`] if the value cannot be written as JSON.
    pub fn put_json<T: Serialize + ?Sized>(
        self,
        tree: Tree,
        key: impl Into<Vec<u8>>,
        value: &T,
    ) -> Result<Self, StoreError> {
        let key = key.into();
        let text = serde_json::to_vec(value).map_err(|source| StoreError::json(tree, &key, source))?;
        Ok(self.put(tree, key, text))
    }

    /// Takes a key away; no mistake if it is not there.
    pub fn delete(mut self, tree: Tree, key: impl Into<Vec<u8>>) -> Self {
        self.changes.push(Change { tree, key: key.into(), value: None });
        self
    }

    /// Makes the batch hold only if this key has this value (`None`: is not there) when it is written; otherwise
    /// nothing of it is done and the commit says [`StoreError::Conflict`].
    pub fn expect(mut self, tree: Tree, key: impl Into<Vec<u8>>, value: Option<Vec<u8>>) -> Self {
        self.expected.push(Change { tree, key: key.into(), value });
        self
    }

    /// The number of changes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether there is nothing to change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    pub(crate) fn n_bytes(&self) -> usize {
        self.changes.iter().map(Change::n_bytes).sum()
    }

    /// Refuses what is too long to store.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        for change in &self.changes {
            let n_value = change.value.as_ref().map_or(0, Vec::len);
            if MAX_KEY_BYTES < change.key.len() || MAX_VALUE_BYTES < n_value {
                let n_bytes = change.n_bytes();
                return Err(StoreError::TooLarge { tree: change.tree.name(), n_bytes });
            }
        }
        match (self.changes.first(), self.n_bytes()) {
            (Some(first), n_bytes) if MAX_BATCH_BYTES < n_bytes => {
                Err(StoreError::TooLarge { tree: first.tree.name(), n_bytes })
            }
            _ => Ok(()),
        }
    }
}
