//! Someone in a room: nick, role, affiliation and what else the room tells.

use std::{fmt, str::FromStr, sync::Arc};

use compact_str::CompactString;
use jid::{BareJid, Jid};
use serde::{Deserialize, Serialize};

use crate::{Identity, Nick, OccupantId, Timestamp};

macro_rules! word_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// The word that XMPP uses.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord(text.to_owned())),
                }
            }
        }
    };
}

/// A word that the protocol does not know at this place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not one of the words known here")]
pub struct UnknownWord(
    /// What was given.
    pub String,
);

word_enum! {
    /// What an occupant may do in this stay (XEP-0045 §5.1); the later the more.
    Role {
        /// Not in the room, or being removed from it.
        None = "none",
        /// Without voice in a moderated room.
        Visitor = "visitor",
        /// May speak.
        Participant = "participant",
        /// May kick, and give and take voice.
        Moderator = "moderator",
    }
}

word_enum! {
    /// The lasting relation of a JID to a room (XEP-0045 §5.2); the later the more.
    Affiliation {
        /// Banned.
        Outcast = "outcast",
        /// Nothing in particular.
        None = "none",
        /// On the member list.
        Member = "member",
        /// May ban, and make members.
        Admin = "admin",
        /// May do everything, configure and destroy the room included.
        Owner = "owner",
    }
}

word_enum! {
    /// Availability (RFC 6121 §4.7.2.1).
    Show {
        /// Available; no `show` was sent.
        Online = "online",
        /// Would like to chat.
        Chat = "chat",
        /// Away.
        Away = "away",
        /// Away for longer.
        Xa = "xa",
        /// Do not disturb.
        Dnd = "dnd",
    }
}

/// What a client says of itself in every presence (XEP-0115 §4).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Caps {
    /// The software's address.
    pub node: CompactString,
    /// The hash of its features.
    pub ver: CompactString,
}

/// Someone in a room, as the room last described them. Shared and read-only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Occupant {
    /// The nick, unique in the room.
    pub nick: Nick,
    /// What they may do in this stay.
    pub role: Role,
    /// Their lasting relation to the room.
    pub affiliation: Affiliation,
    /// The real JIDs of their sessions, as far as we may see them; a nick can have several.
    pub jids: Vec<Jid>,
    /// The occupant id, only where the room's disco offers it (XEP-0421).
    pub occupant_id: Option<OccupantId>,
    /// Availability.
    pub show: Show,
    /// The status text, as sent.
    pub status: Option<Arc<str>>,
    /// The client's capabilities.
    pub caps: Option<Arc<Caps>>,
    /// Hash of the avatar (XEP-0153), as sent.
    pub avatar: Option<Arc<str>>,
    /// When they came, or when we did if they were here before us.
    pub joined_at: Timestamp,
    /// A number for this stay, which survives nick changes and is never used twice by one process.
    pub stay: u64,
    /// Whether this is our own occupant.
    pub is_self: bool,
}

impl Occupant {
    /// Someone of whom nothing else is known: an unaffiliated participant, online, of no visible JID.
    #[must_use]
    pub const fn new(nick: Nick, joined_at: Timestamp, stay: u64) -> Self {
        Self {
            nick,
            role: Role::Participant,
            affiliation: Affiliation::None,
            jids: Vec::new(),
            occupant_id: None,
            show: Show::Online,
            status: None,
            caps: None,
            avatar: None,
            joined_at,
            stay,
            is_self: false,
        }
    }

    /// Who this is, as well as we know.
    #[must_use]
    pub fn identity(&self) -> Identity {
        if let Some(jid) = self.bare_jid() {
            return Identity::Jid(jid);
        }
        self.occupant_id.clone().map_or(Identity::Occupancy(self.stay), Identity::OccupantId)
    }

    /// The real bare JID, where the room shows it.
    #[must_use]
    pub fn bare_jid(&self) -> Option<BareJid> {
        // A copy cut short: `to_bare` would put the address together anew, and this is asked at every event.
        self.jids.first().map(|it| it.clone().into_bare())
    }

    /// Whether one of the sessions behind this nick has this bare JID.
    #[must_use]
    pub fn has_jid(&self, jid: &BareJid) -> bool {
        self.jids.iter().any(|it| it.node() == jid.node() && it.domain() == jid.domain())
    }

    /// Whether this occupant is who `identity` says, by any of the things known.
    #[must_use]
    pub fn is(&self, identity: &Identity) -> bool {
        match identity {
            Identity::Jid(jid) => self.has_jid(jid),
            Identity::OccupantId(id) => self.occupant_id.as_ref() == Some(id),
            Identity::Occupancy(stay) => self.stay == *stay,
        }
    }
}
