//! What a room sent us, decoded but not yet believed.
//!
//! `src/xmpp/decode.rs` makes these of stanzas; [`super::Room::apply`] decides what they mean. A payload is kept with
//! where it stood, so that origin can be checked here and nowhere else: anyone in a room can put anything into a message.

use std::sync::Arc;

use domovoi_plugin::{
    Affiliation, Caps, LangText, MessageId, Nick, OccupantId, Role, RoomJid, Show, StanzaId, jid::BareJid, jid::Jid,
};

/// One stanza of one room.
#[derive(Clone, PartialEq, Debug)]
pub struct Inbound {
    /// The room that it comes from.
    pub room: RoomJid,
    /// The occupant that it comes from; `None` if it comes from the room itself.
    pub nick: Option<Nick>,
    /// What it is.
    pub kind: InboundKind,
}

/// What kind of stanza.
#[derive(Clone, PartialEq, Debug)]
pub enum InboundKind {
    /// Presence without a type.
    Available(Presence),
    /// Presence of type `unavailable`.
    Unavailable(Presence),
    /// Presence of type `error`: a join or a nick change failed.
    PresenceError(StanzaError),
    /// A message of type `groupchat`.
    Groupchat(Message),
    /// A message of type `chat`, or `normal` from an occupant: private, through the room.
    Private(Message),
    /// A message of type `normal` (or none) from the bare JID of the room: notices, forms, invitations.
    Notice(Message),
    /// A message of type `error`: something we sent did not arrive.
    MessageError {
        /// The id of what we sent.
        id: Option<MessageId>,
        /// Why.
        error: StanzaError,
    },
    /// It could not be understood.
    Malformed {
        /// What was wrong.
        why: String,
    },
}

/// What a presence says.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Presence {
    /// The `id` attribute.
    pub id: Option<String>,
    /// Status codes of `muc#user`.
    pub statuses: Vec<Status>,
    /// Items of `muc#user`: one a session on Prosody, one in all elsewhere.
    pub items: Vec<Item>,
    /// Occupant ids, as many as there are; forged where the room does not offer them.
    pub occupant_ids: Vec<OccupantId>,
    /// Availability.
    pub show: Option<Show>,
    /// The status text.
    pub status_text: Option<Arc<str>>,
    /// Capabilities.
    pub caps: Option<Arc<Caps>>,
    /// Avatar hash (XEP-0153).
    pub avatar: Option<Arc<str>>,
    /// `<destroy/>`.
    pub destroy: Option<Destroy>,
    /// Something in it was not understood, and was left out.
    pub malformed: Option<String>,
}

/// An `<item/>` of `muc#user`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// Affiliation; `none` where absent.
    pub affiliation: Affiliation,
    /// Role; `none` where absent.
    pub role: Role,
    /// Real JID.
    pub jid: Option<Jid>,
    /// New nick, with status 303.
    pub nick: Option<Nick>,
    /// Who did it.
    pub actor: Option<Nick>,
    /// Why.
    pub reason: Option<String>,
}

/// A room that is gone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Destroy {
    /// Where people went.
    pub venue: Option<BareJid>,
    /// Why.
    pub reason: Option<String>,
    /// The password there.
    pub password: Option<String>,
}

/// Status codes of XEP-0045 §15.6 by what they mean; others are kept as numbers nobody acts on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// 100: everybody here sees real JIDs.
    NonAnonymous,
    /// 101: affiliation changed while absent.
    AffiliationChangedAbsent,
    /// 102, 103, 104: configuration changed.
    ConfigChanged,
    /// 110: this is about ourselves.
    OwnPresence,
    /// 170, 171: logging is on, off.
    LoggingChanged,
    /// 172, 173, 174: anonymity changed.
    AnonymityChanged,
    /// 201: the room was created for us.
    Created,
    /// 210: the service gave or changed our nick.
    NickAssigned,
    /// 301: banned.
    Banned,
    /// 303: new nick.
    NickChanged,
    /// 307: kicked.
    Kicked,
    /// 321: affiliation lost in a members-only room.
    AffiliationLost,
    /// 322: the room became members-only.
    MembersOnly,
    /// 332: the service is shutting down.
    Shutdown,
    /// 333: technical removal.
    Technical,
    /// Any other.
    Other(u16),
}

impl Status {
    /// By its number.
    #[must_use]
    pub const fn from_code(code: u16) -> Self {
        match code {
            100 => Self::NonAnonymous,
            101 => Self::AffiliationChangedAbsent,
            102..=104 => Self::ConfigChanged,
            110 => Self::OwnPresence,
            170 | 171 => Self::LoggingChanged,
            172..=174 => Self::AnonymityChanged,
            201 => Self::Created,
            210 => Self::NickAssigned,
            301 => Self::Banned,
            303 => Self::NickChanged,
            307 => Self::Kicked,
            321 => Self::AffiliationLost,
            322 => Self::MembersOnly,
            332 => Self::Shutdown,
            333 => Self::Technical,
            other => Self::Other(other),
        }
    }
}

/// What a message says, each part as it stood there.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Message {
    /// The `id` attribute.
    pub id: Option<MessageId>,
    /// Stanza ids with who claims to have given them (XEP-0359).
    pub stanza_ids: Vec<(Option<BareJid>, StanzaId)>,
    /// Occupant ids, as many as there are.
    pub occupant_ids: Vec<OccupantId>,
    /// The body in the best language; `None` without any body.
    pub body: Option<String>,
    /// All bodies, where there are several.
    pub bodies: Vec<LangText>,
    /// The subject, if there is such an element; may be empty.
    pub subject: Option<String>,
    /// Whether there is a thread, which makes a subject part of a chat.
    pub has_thread: bool,
    /// Text of XHTML-IM.
    pub xhtml: Option<String>,
    /// Attached addresses.
    pub oob: Vec<String>,
    /// The message answered (XEP-0461).
    pub reply_to: Option<String>,
    /// Which characters of the text stand for the message answered, as the sender says (XEP-0428).
    pub fallback: Option<(u32, u32)>,
    /// The message corrected (XEP-0308).
    pub replaces: Option<MessageId>,
    /// The message retracted by its author (XEP-0424, any version), without a `<moderated/>` inside.
    pub retracts: Option<String>,
    /// A retraction by a moderator (XEP-0425, both versions); believed only from the bare JID of the room.
    pub moderated: Option<Moderated>,
    /// Reactions: the message, and the emojis (XEP-0444).
    pub reactions: Option<(String, Vec<String>)>,
    /// Whether there is an encrypted payload (XEP-0380, XEP-0384).
    pub is_encrypted: bool,
    /// Status codes of `muc#user`; believed only from the bare JID of the room.
    pub statuses: Vec<Status>,
    /// Items of `muc#user`; believed only from the bare JID of the room.
    pub items: Vec<Item>,
    /// A request for voice (XEP-0045 §7.13): nick and JID in its form; believed only from the bare JID of the room.
    pub voice_request: Option<(Nick, Option<Jid>)>,
    /// Whether there is a CAPTCHA to solve (XEP-0158); believed only from the bare JID of the room.
    pub has_captcha: bool,
    /// Whether a `<delay/>` is there, which means nothing (anyone can add one).
    pub has_delay: bool,
    /// Something in it was not understood, and was left out.
    pub malformed: Option<String>,
}

/// A retraction by a moderator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Moderated {
    /// The room's id of the message.
    pub target: StanzaId,
    /// By whom.
    pub by: Option<Nick>,
    /// Why.
    pub reason: Option<String>,
}

/// An error of RFC 6120 §8.3.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StanzaError {
    /// The error's type: `auth`, `cancel`, `continue`, `modify`, `wait`.
    pub kind: String,
    /// The defined condition, such as `not-allowed`.
    pub condition: String,
    /// The server's words.
    pub text: Option<String>,
    /// A new address with `gone` or `redirect`.
    pub address: Option<String>,
}
