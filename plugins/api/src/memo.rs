//! What a guard tells beside its verdicts: to the records, to the other rooms, to its plugin's reacting half.
//!
//! A guard is pure and waits for nothing. What needs waiting (changing the room's form, asking a server, writing a
//! list down) it puts into a memo; the host hands that on as soon as the event is judged.

use serde_json::Value;

use crate::{RoomJid, Target, Text, Timestamp};

/// What a memo is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum MemoKind {
    /// The room is under attack; recorded as `raid_on`.
    RaidOn,
    /// The attack is over; recorded as `raid_off`.
    RaidOff,
    /// Something between the halves of the plugin, by a name of its own; not recorded.
    Own(&'static str),
    /// The same, where what was said is dealt with by that: unless it is a command all the same, nobody is told that it
    /// is none.
    Heard(&'static str),
}

impl MemoKind {
    /// The word for it in records, logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RaidOn => "raid_on",
            Self::RaidOff => "raid_off",
            Self::Own(name) | Self::Heard(name) => name,
        }
    }
}

/// Something a guard tells.
#[derive(Clone, PartialEq, Debug)]
pub struct Memo {
    /// When, in room time.
    pub at: Timestamp,
    /// Where.
    pub room: RoomJid,
    /// What it is.
    pub kind: MemoKind,
    /// Whom it concerns, if anybody.
    pub about: Option<Target>,
    /// The rule behind it, for records and metrics.
    pub rule: &'static str,
    /// How many points there were.
    pub score: u32,
    /// In words, for moderators.
    pub reason: Text,
    /// Particulars that only the plugin itself reads.
    pub data: Value,
}
