//! What reaches a plugin from elsewhere than a room: a timer that it set, an invitation, a call from the web.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use jid::{BareJid, Jid};
use serde_json::Value;

use crate::{RoomJid, ServiceError};

/// Something that is no event of a room. The context says which room it concerns, if any.
#[derive(Clone, PartialEq, Debug)]
pub enum Signal {
    /// A timer that the plugin set has run out.
    Timer(Ring),
    /// Somebody invites the bot into a room. What becomes of that is not the plugin's to say.
    Invitation(Invited),
    /// Somebody called the plugin's address on the web.
    Hook(Called),
}

/// A timer that has run out.
#[derive(Clone, PartialEq, Debug)]
pub struct Ring {
    /// Its name.
    pub name: String,
    /// What it was given along.
    pub data: Value,
}

/// An invitation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invited {
    /// Into which room.
    pub room: RoomJid,
    /// From whom, where that is known: a JID, or someone in that room.
    pub inviter: Option<Jid>,
    /// Why.
    pub reason: Option<String>,
}

/// A call from the web.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Called {
    /// What was sent, at most 64 KiB.
    pub body: String,
    /// The type of the content, who sent it, and what begins with `x-`, in lower case.
    pub headers: BTreeMap<String, String>,
}

/// Timers that ring once. They outlive a restart, and the version of the plugin that set them.
#[async_trait]
pub trait Timers: Send + Sync {
    /// Rings after this span, in this room or outside any. One of the same name there is replaced.
    ///
    /// # Errors
    /// If it was not granted, there are too many, or the store did not take it.
    async fn set(&self, room: Option<&RoomJid>, name: &str, after: Duration, data: Value) -> Result<(), ServiceError>;

    /// Takes a timer back; gives whether there was one.
    ///
    /// # Errors
    /// If the store did not take it.
    async fn cancel(&self, room: Option<&RoomJid>, name: &str) -> Result<bool, ServiceError>;
}

/// Answers to questions asked in a direct chat. In rooms they are events like any other.
#[async_trait]
pub trait Answers: Send + Sync {
    /// What this person writes directly next, if they do within this span. Of two who wait the later one hears it.
    async fn next_from(&self, who: &BareJid, patience: Duration) -> Option<String>;
}
