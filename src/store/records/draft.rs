//! A record on its way to the writer.
//!
//! Whoever offers one is in a hurry and the writer is not. So a record may come as what makes it, and whatever is copied,
//! hashed and encoded for it is so on the writer's thread.

use std::fmt;

use domovoi_plugin::{Record, RoomJid, Timestamp};

/// A record that is to be written.
pub struct Draft {
    room: RoomJid,
    at: Timestamp,
    make: Box<dyn FnOnce() -> Record + Send>,
}

impl Draft {
    /// A record of this room and this instant, made by the writer. `make` must neither wait nor panic.
    #[must_use]
    pub fn new(room: RoomJid, at: Timestamp, make: impl FnOnce() -> Record + Send + 'static) -> Self {
        Self { room, at, make: Box::new(make) }
    }

    /// In which room it happened.
    pub(crate) fn room(&self) -> &RoomJid {
        &self.room
    }

    /// When.
    pub(crate) const fn at(&self) -> Timestamp {
        self.at
    }

    /// The record itself.
    pub(crate) fn into_record(self) -> Record {
        (self.make)()
    }
}

impl From<Record> for Draft {
    fn from(record: Record) -> Self {
        Self::new(record.room.clone(), record.at, move || record)
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Draft({} {})", self.room, self.at)
    }
}
