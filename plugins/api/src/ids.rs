//! The names of things: accounts, rooms, nicks, occupants, stanzas, plugins.
//!
//! Each id is a type of its own, parsed once at the edge, so that a nick is never taken for a JID. Nicks and JIDs
//! compare only through these types, which apply the profiles of RFC 7622 (nicks: resourceprep).

use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

use compact_str::CompactString;
use jid::{BareJid, FullJid, Jid};
use serde::{Deserialize, Serialize};

use crate::Nick;

/// Why a text is not the id it was meant to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text is not a bare JID.
    #[error("`{text}` is not a JID of the form name@domain: {why}")]
    Jid {
        /// What was given.
        text: String,
        /// What the JID rules say.
        why: String,
    },
    /// The text cannot be a room nickname.
    #[error("`{text}` cannot be a nick: {why}")]
    Nick {
        /// What was given.
        text: String,
        /// What the JID rules say.
        why: String,
    },
    /// The text has characters a name may not have.
    #[error("`{text}` is not a name: use 1 to 64 of a-z, 0-9, - and _")]
    Name {
        /// What was given.
        text: String,
    },
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Makes the name of a text.
            ///
            /// # Errors
            /// If it is empty, longer than 64 characters, or has other characters than `a-z`, `A-Z`, `0-9`, `-`, `_`.
            pub fn new(text: &str) -> Result<Self, IdError> {
                let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
                if text.is_empty() || 64 < text.len() || !text.chars().all(fits) {
                    return Err(IdError::Name { text: text.to_owned() });
                }
                Ok(Self(Arc::from(text)))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.as_ref().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

name_type! {
    /// An account of ours, by its name in the configuration (`[accounts.main]`: `main`).
    AccountId
}
name_type! {
    /// A plugin, by its name in the configuration and its folder.
    PluginName
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(CompactString);

        impl $name {
            /// Takes the text as it came.
            pub fn new(text: impl Into<CompactString>) -> Self {
                Self(text.into())
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

text_type! {
    /// An id that the room gives a message (XEP-0359 §3, `stanza-id` with `by` = the room).
    StanzaId
}
text_type! {
    /// The `id` attribute of a message, chosen by its sender.
    MessageId
}
text_type! {
    /// An id that the room gives an occupant, stable over nick changes and sessions (XEP-0421).
    OccupantId
}

/// A room, by its bare JID.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoomJid(Arc<BareJid>);

impl RoomJid {
    /// Makes it of a bare JID.
    #[must_use]
    pub fn new(jid: BareJid) -> Self {
        Self(Arc::new(jid))
    }

    /// The bare JID.
    #[must_use]
    pub fn as_bare(&self) -> &BareJid {
        &self.0
    }

    /// The room's name as text, the whole JID.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The service that hosts the room, such as `chat.example.org`.
    #[must_use]
    pub fn service(&self) -> &str {
        self.0.domain().as_str()
    }

    /// The part before the `@`, such as `garden`; the whole domain where there is none.
    #[must_use]
    pub fn local(&self) -> &str {
        self.0.node().map_or(self.0.domain().as_str(), |node| node.as_str())
    }

    /// The JID of the occupant with this nick.
    #[must_use]
    pub fn occupant(&self, nick: &Nick) -> OccupantJid {
        OccupantJid { room: self.clone(), nick: nick.clone() }
    }
}

impl Borrow<BareJid> for RoomJid {
    fn borrow(&self) -> &BareJid {
        &self.0
    }
}

impl FromStr for RoomJid {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = |why: String| IdError::Jid { text: text.to_owned(), why };
        let jid = BareJid::new(text).map_err(|it| error(it.to_string()))?;
        if jid.node().is_none() {
            return Err(error("the part before @ is missing".to_owned()));
        }
        Ok(Self::new(jid))
    }
}

impl TryFrom<String> for RoomJid {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<RoomJid> for String {
    fn from(room: RoomJid) -> Self {
        room.as_str().to_owned()
    }
}

impl fmt::Display for RoomJid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RoomJid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// The id of something that we said ourselves, small enough to be passed about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct SaidId(pub u64);

impl fmt::Display for SaidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "d{:x}", self.0)
    }
}

impl From<SaidId> for MessageId {
    fn from(id: SaidId) -> Self {
        Self::new(id.to_string())
    }
}

/// `room@service/nick`: someone in a room, as the room names them (XEP-0045 §4.1).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct OccupantJid {
    /// The room.
    pub room: RoomJid,
    /// The nick in it.
    pub nick: Nick,
}

impl OccupantJid {
    /// As a full JID, to send to, with the nick's [resource](Nick::resource); `None` if that is too long for one.
    #[must_use]
    pub fn to_full(&self) -> Option<FullJid> {
        self.room.as_bare().with_resource_str(&self.nick.resource()).ok()
    }
}

impl fmt::Display for OccupantJid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.room, self.nick)
    }
}

/// Who someone is, as well as the room lets us know. Rights, mutes and counters hang on this, never on a nick.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// The real bare JID, where the room shows it.
    Jid(BareJid),
    /// The occupant id, where the room's disco offers it (XEP-0421); means something in its room only.
    OccupantId(OccupantId),
    /// Nobody we would know again: this stay in the room only.
    Occupancy(u64),
}

impl Identity {
    /// The real bare JID, if that is what is known.
    #[must_use]
    pub fn jid(&self) -> Option<&BareJid> {
        match self {
            Self::Jid(jid) => Some(jid),
            Self::OccupantId(_) | Self::Occupancy(_) => None,
        }
    }

    /// Whether we would know this identity again after a rejoin.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        !matches!(self, Self::Occupancy(_))
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jid(jid) => write!(f, "{jid}"),
            Self::OccupantId(id) => write!(f, "occupant:{id}"),
            Self::Occupancy(n) => write!(f, "stay:{n}"),
        }
    }
}

/// The bare JID of a JID that may be full.
#[must_use]
pub fn bare(jid: &Jid) -> BareJid {
    // Cut off, not put together anew: it is asked of everybody who says anything.
    jid.clone().into_bare()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_jid_has_a_local_part_and_no_resource() {
        assert_eq!("Garden@Chat.Example".parse::<RoomJid>().unwrap().as_str(), "garden@chat.example");
        assert!("chat.example".parse::<RoomJid>().is_err());
        assert!("garden@chat.example/nick".parse::<RoomJid>().is_err());
    }

    #[test]
    fn names_are_plain() {
        assert!(PluginName::new("guard").is_ok());
        assert!(PluginName::new("../guard").is_err());
        assert!(AccountId::new("").is_err());
    }
}
