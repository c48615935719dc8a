//! What a person watching the bot is shown: one JSON object for each thing seen, decided and done.
//!
//! It goes to whoever watches through the control socket, and costs nothing while nobody does. Bodies are shown,
//! because the socket belongs to the operator; they are never logged.

use std::sync::Arc;

use domovoi_plugin::{EventKind, RoomJid, Timestamp};
use serde::Serialize;
use tokio::sync::broadcast;

/// One thing shown.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Shown {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub room: String,
    /// What kind of thing: a kind of record, or `verdict`, `act`, `result`, `answer`, `raid_on`, `raid_off`.
    pub what: &'static str,
    /// Who, or whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nick: Option<String>,
    /// What was said, or why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The rule that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
    /// Its points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<u32>,
    /// What is to be done, or was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<&'static str>,
    /// What the server said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// The number of the incident that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<u64>,
    /// Milliseconds: of judging, or from the event to the server's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ms: Option<f64>,
}

impl Shown {
    /// A thing in a room.
    #[must_use]
    pub fn new(at: Timestamp, room: &RoomJid, what: &'static str) -> Self {
        Self { at, room: room.to_string(), what, ..Self::default() }
    }
}

/// The feed. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Feed(broadcast::Sender<Arc<str>>);

impl Default for Feed {
    fn default() -> Self {
        // 1,024 lines; a watcher who is slower misses the oldest and is told how many.
        Self(broadcast::channel(1024).0)
    }
}

impl Feed {
    /// Shows what `make` makes, if anybody watches.
    pub fn show(&self, make: impl FnOnce() -> Shown) {
        if self.0.receiver_count() == 0 {
            return;
        }
        if let Ok(line) = serde_json::to_string(&make()) {
            // An error means that the last watcher went just now.
            drop(self.0.send(Arc::from(line)));
        }
    }

    /// Watches from now on.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<Arc<str>> {
        self.0.subscribe()
    }
}

/// What of an event is shown as its text.
pub(super) fn shown_text(kind: &EventKind) -> Option<String> {
    match kind {
        EventKind::Message(it) | EventKind::Private(it) => Some(it.body.clone()),
        EventKind::Correction(it) => Some(it.message.body.clone()),
        EventKind::Subject { text } => Some(text.clone()),
        EventKind::Leave(it) => it.reason.clone(),
        EventKind::Nick { old } => Some(old.to_string()),
        EventKind::Lost { why } | EventKind::Malformed { why } => Some(why.clone()),
        EventKind::Retraction(_)
        | EventKind::Reaction(_)
        | EventKind::Join
        | EventKind::Presence
        | EventKind::Role(_)
        | EventKind::Affiliation(_)
        | EventKind::Absent(_)
        | EventKind::VoiceRequest { .. }
        | EventKind::Config
        | EventKind::Joined => None,
    }
}

/// The word for a kind of event in records, metrics and the feed.
#[must_use]
pub fn kind_word(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::Message(_) => "message",
        EventKind::Private(_) => "private",
        EventKind::Correction(_) => "correction",
        EventKind::Retraction(_) => "retraction",
        EventKind::Reaction(_) => "reaction",
        EventKind::Subject { .. } => "subject",
        EventKind::Join => "join",
        EventKind::Leave(_) => "leave",
        EventKind::Nick { .. } => "nick",
        EventKind::Presence => "presence",
        EventKind::Role(_) => "role",
        EventKind::Affiliation(_) => "affiliation",
        EventKind::Absent(_) => "absent",
        EventKind::VoiceRequest { .. } => "voice-request",
        EventKind::Config => "room",
        EventKind::Joined => "joined",
        EventKind::Lost { .. } => "lost",
        EventKind::Malformed { .. } => "malformed",
    }
}
