//! An incident: what was done automatically about someone, or in a raid, as one thing that people ask about by number.

use std::time::Duration;

use crate::{PluginName, RoomJid, StanzaId, Target, Timestamp};

/// So many incidents of a room are kept.
pub const MOST_INCIDENTS: u64 = 500;
/// And none for longer than this, evidence included.
pub const INCIDENTS_KEPT_FOR: Duration = Duration::from_secs(30 * 86_400);

/// An incident, as a plugin is shown it.
#[derive(Clone, PartialEq, Debug)]
pub struct Incident {
    /// Where.
    pub room: RoomJid,
    /// Its number in that room, rising from 1; people see `#12`.
    pub number: u64,
    /// Which plugin decided.
    pub plugin: PluginName,
    /// When it began.
    pub opened: Timestamp,
    /// When something was added to it last.
    pub last: Timestamp,
    /// Whether it is a raid: then everything that was done while it lasted belongs to it.
    pub is_raid: bool,
    /// Whether nothing was done, only shown.
    pub is_observed: bool,
    /// Whom it concerns, in the order in which they came into it.
    pub people: Vec<Target>,
    /// The rules that spoke, each once, with the name of the entry or own rule where there is one.
    pub rules: Vec<(String, Option<String>)>,
    /// The messages concerned, as people sent them; empty where the room keeps nothing.
    pub said: Vec<Said>,
}

/// A message that belongs to an incident.
#[derive(Clone, PartialEq, Debug)]
pub struct Said {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub nick: String,
    /// Raw, as it was sent.
    pub text: String,
    /// The room's id of it.
    pub stanza_id: Option<StanzaId>,
}
