//! From stanzas to values: pure, total, and without belief.
//!
//! [`decode`] says what a stanza is and keeps each payload with where it stood; who may say what is for `src/muc` to
//! judge. What cannot be understood becomes a `Malformed` of its occupant, never silence and never a panic. Nothing is
//! cut short here, and strings are moved rather than copied where the parser gives them away.

mod message;
mod presence;

use domovoi_plugin::{MessageId, Nick, Push, RoomJid, StanzaId, Timestamp, jid::BareJid, jid::Jid};
use minidom::Element;
use xmpp_parsers::{iq::Iq, stanza::Stanza};

use super::payload::{fence, stanza_error};
use crate::muc::inbound::{Inbound, InboundKind, StanzaError};

/// What a stanza is.
#[derive(Clone, PartialEq, Debug)]
pub enum Decoded {
    /// It comes from a room that we serve or are joining.
    Room(Inbound),
    /// Someone says something to us outside of rooms.
    Direct(DirectMessage),
    /// Someone invites us.
    Invite(Invite),
    /// Someone whom we invited declined, as the room says.
    Declined {
        /// To which room.
        room: RoomJid,
        /// Who, as the room claims.
        from: Option<Jid>,
        /// Why.
        reason: Option<String>,
    },
    /// An iq of type `get` or `set`, which must be answered.
    Request(IqRequest),
    /// An iq of type `result` or `error`.
    Answer(IqAnswer),
    /// A message out of a room's archive.
    Archive(Archived),
    /// A service tells of a node (XEP-0060 §7.1.2).
    Pushed(Push),
    /// About presence subscriptions between accounts.
    Subscription(Subscription),
    /// Nothing for us.
    Ignored {
        /// Why, for the log.
        why: &'static str,
    },
}

/// A message to our account, not through a room.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DirectMessage {
    /// The sender.
    pub from: Jid,
    /// The `id` attribute.
    pub id: Option<MessageId>,
    /// The text.
    pub body: String,
    /// Its language, empty if unknown.
    pub lang: String,
    /// The message that it corrects.
    pub replaces: Option<MessageId>,
    /// Whether the text is only a note about an encrypted one.
    pub is_encrypted: bool,
    /// Whether it was kept for us while we were away, so that it is no command for now.
    pub is_delayed: bool,
}

/// An invitation to a room.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invite {
    /// To which room.
    pub room: RoomJid,
    /// Who invites: for a direct one the sender, for a mediated one whom the room names.
    pub inviter: Option<Jid>,
    /// Why.
    pub reason: Option<String>,
    /// The password there.
    pub password: Option<String>,
    /// In which way.
    pub kind: InviteKind,
    /// The sender of the stanza: the room itself, a person, or an occupant of a room of ours.
    pub via: Jid,
}

/// The way of an invitation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InviteKind {
    /// Sent by the room (XEP-0045 §7.8.2), which vouches for the inviter.
    Mediated,
    /// Sent by the inviter (XEP-0249).
    Direct,
}

/// An iq that asks something of us.
#[derive(Clone, PartialEq, Debug)]
pub struct IqRequest {
    /// Who asks; `None` is our own server on behalf of our account.
    pub from: Option<Jid>,
    /// Whom they ask, which is us.
    pub to: Option<Jid>,
    /// Its id.
    pub id: String,
    /// Whether it is of type `set`.
    pub is_set: bool,
    /// What is asked.
    pub payload: Element,
}

/// An answer to an iq of ours.
#[derive(Clone, PartialEq, Debug)]
pub struct IqAnswer {
    /// Who answers; `None` is our own server on behalf of our account.
    pub from: Option<Jid>,
    /// The id of what is answered.
    pub id: String,
    /// The answer.
    pub result: Result<Option<Element>, StanzaError>,
}

/// A message out of a room's archive (XEP-0313).
#[derive(Clone, PartialEq, Debug)]
pub struct Archived {
    /// Whose archive.
    pub room: RoomJid,
    /// The id of our query.
    pub query: Option<String>,
    /// The id in the archive, which is the stanza id.
    pub id: StanzaId,
    /// When it was said; `None` if the archive gave no readable stamp.
    pub at: Option<Timestamp>,
    /// What was said.
    pub inbound: Inbound,
}

/// A word about presence subscriptions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subscription {
    /// Whose.
    pub from: BareJid,
    /// What they say.
    pub kind: SubscriptionKind,
}

/// What is said about a subscription (RFC 6121 §3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SubscriptionKind {
    /// They would like to see our presence.
    Subscribe,
    /// We may see theirs.
    Subscribed,
    /// They no longer want to see ours.
    Unsubscribe,
    /// We may no longer see theirs.
    Unsubscribed,
}

/// The sender of a stanza.
struct Sender {
    bare: BareJid,
    nick: Option<Nick>,
}

/// What a stanza is. `rooms` says whether a bare JID is a room that we serve or are joining.
#[must_use]
pub fn decode(stanza: Stanza, rooms: &impl Fn(&BareJid) -> bool) -> Decoded {
    match stanza {
        Stanza::Message(it) => message::decode(it, rooms),
        Stanza::Presence(it) => presence::decode(it, rooms),
        Stanza::Iq(it) => iq(it),
    }
}

fn iq(iq: Iq) -> Decoded {
    let answer = |from, id, result| Decoded::Answer(IqAnswer { from, id, result });
    match iq {
        Iq::Get { from, to, id, payload } => Decoded::Request(IqRequest { from, to, id, is_set: false, payload }),
        Iq::Set { from, to, id, payload } => Decoded::Request(IqRequest { from, to, id, is_set: true, payload }),
        Iq::Result { from, id, payload, .. } => {
            let result = match payload.as_ref().and_then(fence::why) {
                Some(why) => Err(StanzaError { text: Some(why.to_owned()), ..stanza_error::unknown() }),
                None => Ok(payload),
            };
            answer(from, id, result)
        }
        Iq::Error { from, id, error, .. } => answer(from, id, Err(stanza_error::of_wire(error))),
    }
}

fn sender(from: Jid) -> Sender {
    let nick = from.resource().map(Nick::from);
    Sender { bare: from.into_bare(), nick }
}

fn from_room(sender: Sender, kind: InboundKind) -> Inbound {
    Inbound { room: RoomJid::new(sender.bare), nick: sender.nick, kind }
}

/// Parses bytes as one stanza and decodes it; for fuzzing, where all that counts is that it comes back.
#[doc(hidden)]
pub fn fuzz(data: &[u8]) {
    // Depth is the business of the fence before the parser, which is not part of this target.
    let n_tags = data.iter().filter(|it| **it == b'<').count();
    if 1_000 < n_tags {
        return;
    }
    if let Ok(stanza) = xso::from_bytes::<Stanza>(data) {
        drop(decode(stanza, &|jid| jid.domain().as_str().starts_with("rooms")));
    }
}

#[cfg(test)]
#[expect(clippy::wildcard_enum_match_arm, reason = "a test panics at whatever it does not expect")]
mod tests;
