//! What happened in a room, typed.
//!
//! Everything here comes from the room and was checked for origin: a forged payload is not an event.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Affiliation, MessageId, Nick, Occupant, Role, RoomJid, StanzaId, Timestamp};

/// One thing that happened in one room.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// When it reached us; for [`Phase::Filled`] when the archive says it happened.
    pub at: Timestamp,
    /// Where.
    pub room: RoomJid,
    /// Whether it is happening now.
    pub phase: Phase,
    /// Whether we did it ourselves: our own message coming back, our own presence.
    pub is_own: bool,
    /// Who did it, or to whom it happened; `None` where the room itself speaks, or the sender is not here (any more).
    pub occupant: Option<Arc<Occupant>>,
    /// What it is.
    pub kind: EventKind,
}

/// Whether an event is happening now. Commands and kicks belong to [`Phase::Live`] only.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Between our join and the subject (XEP-0045 §7.2.15): what happened before we came.
    History,
    /// Now, whatever `<delay/>` a stanza claims.
    Live,
    /// Fetched from the room's archive after an absence (XEP-0313).
    Filled,
}

/// What kind of thing happened, with its particulars.
#[derive(Clone, PartialEq, Debug)]
pub enum EventKind {
    /// Someone said something to the room.
    Message(Message),
    /// Someone said something to us alone, through the room (XEP-0045 §7.5).
    Private(Message),
    /// Someone corrected an earlier message of their own (XEP-0308).
    Correction(Correction),
    /// A message was taken back, by its author (XEP-0424) or by a moderator (XEP-0425).
    Retraction(Retraction),
    /// Someone reacted to a message (XEP-0444).
    Reaction(Reaction),
    /// The subject was changed, or told to us after the join (then without an occupant where the server forgot who).
    Subject {
        /// The new subject; may be empty.
        text: String,
    },
    /// Someone came in.
    Join,
    /// Someone left or was removed.
    Leave(Leave),
    /// Someone took another nick; the occupant has the new one already.
    Nick {
        /// The nick until now.
        old: Nick,
    },
    /// Someone's availability, status text, client or avatar changed.
    Presence,
    /// Someone's role changed, their affiliation did not.
    Role(Change<Role>),
    /// Someone's affiliation changed, and perhaps the role with it.
    Affiliation(Change<Affiliation>),
    /// The affiliation of someone who is not here changed (XEP-0045 §9.1, as moderators are told).
    Absent(AbsentChange),
    /// A visitor asks for voice (XEP-0045 §7.13).
    VoiceRequest {
        /// Who asks, by nick.
        nick: Nick,
    },
    /// The room's configuration changed (status 104, 170-174); its features were asked for again.
    Config,
    /// We are in the room and history is over.
    Joined,
    /// We are no longer in the room.
    Lost {
        /// Why, in words for the log.
        why: String,
    },
    /// A stanza that could not be understood; what it said is not used.
    Malformed {
        /// What was wrong with it.
        why: String,
    },
}

/// Something said.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Message {
    /// The sender's id of it.
    pub id: Option<MessageId>,
    /// The room's id of it, if the room gives such ids.
    pub stanza_id: Option<StanzaId>,
    /// The text, in the best language where there are several; empty if there is none.
    pub body: String,
    /// All texts with their languages, where there are several.
    pub bodies: Vec<LangText>,
    /// The text of its XHTML-IM form, where there is one (XEP-0071).
    pub xhtml: Option<String>,
    /// Addresses attached to it (XEP-0066).
    pub oob: Vec<String>,
    /// The message that this one answers (XEP-0461).
    pub reply_to: Option<String>,
    /// Which characters of `body` stand for that message, for those who cannot show it: from and up to (XEP-0428). Only
    /// its sender says so; nothing says that they are a quote of anything.
    pub fallback: Option<(u32, u32)>,
    /// Whether the real text is encrypted, so that `body` is only a note about that (XEP-0380, XEP-0384).
    pub is_encrypted: bool,
    /// A subject sent together with a body, which changes nothing (XEP-0045 §8.1).
    pub subject: Option<String>,
}

/// A text and its language (RFC 5646), empty if unknown.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct LangText {
    /// The language tag.
    pub lang: String,
    /// The text.
    pub body: String,
}

/// A corrected message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Correction {
    /// The sender's id of the message that is corrected.
    pub replaces: MessageId,
    /// What it says now.
    pub message: Message,
}

/// A message taken back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Retraction {
    /// The message: the room's id of it where known, else the sender's.
    pub target: String,
    /// The moderator who did it; `None` if the author did.
    pub moderator: Option<Nick>,
    /// The moderator's reason.
    pub reason: Option<String>,
}

/// Reactions of one occupant to one message; they replace that occupant's earlier ones.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reaction {
    /// The message reacted to.
    pub target: String,
    /// The emojis, none if they were taken back.
    pub emojis: Vec<String>,
}

/// How someone went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leave {
    /// By what.
    pub cause: Cause,
    /// The moderator who did it, where the room says.
    pub actor: Option<Nick>,
    /// The reason given, or the parting status text.
    pub reason: Option<String>,
}

/// Why someone is no longer in a room.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// On their own.
    Left,
    /// Kicked (status 307).
    Kicked,
    /// Banned (status 301).
    Banned,
    /// Lost their membership, or the room became members-only (321, 322).
    Removed,
    /// Technical: an error, or their server went away (333).
    Lost,
    /// The service is shutting down (332).
    Shutdown,
    /// The room was destroyed.
    Destroyed,
}

/// A role or affiliation that changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change<T> {
    /// What it was.
    pub was: T,
    /// Who changed it, where the room says.
    pub actor: Option<Nick>,
    /// Why, where the room says.
    pub reason: Option<String>,
}

/// The affiliation of someone absent that changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AbsentChange {
    /// Whose.
    pub jid: jid::BareJid,
    /// What it is now.
    pub affiliation: Affiliation,
    /// Who changed it, where the room says.
    pub actor: Option<Nick>,
    /// Why, where the room says.
    pub reason: Option<String>,
}

impl Event {
    /// What was said, if this is a message, a private one or a correction.
    #[must_use]
    pub fn message(&self) -> Option<&Message> {
        match &self.kind {
            EventKind::Message(it) | EventKind::Private(it) => Some(it),
            EventKind::Correction(it) => Some(&it.message),
            EventKind::Retraction(_)
            | EventKind::Reaction(_)
            | EventKind::Subject { .. }
            | EventKind::Join
            | EventKind::Leave(_)
            | EventKind::Nick { .. }
            | EventKind::Presence
            | EventKind::Role(_)
            | EventKind::Affiliation(_)
            | EventKind::Absent(_)
            | EventKind::VoiceRequest { .. }
            | EventKind::Config
            | EventKind::Joined
            | EventKind::Lost { .. }
            | EventKind::Malformed { .. } => None,
        }
    }

    /// The nick of whom it is about.
    #[must_use]
    pub fn nick(&self) -> Option<&Nick> {
        self.occupant.as_ref().map(|it| &it.nick)
    }
}
