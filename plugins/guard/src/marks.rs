//! Hashes by which the room's memory knows texts and people without keeping them.
//!
//! For telling what was there already, not for keeping anything secret: whoever wants two of them to be the same can
//! have that.

use domovoi_plugin::{Identity, Occupant};

/// Somebody, by who they are and by what they are called. Made once an event: many ask for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Marks {
    /// Of the identity.
    pub(crate) who: u32,
    /// Of the nick.
    pub(crate) nick: u32,
}

impl Marks {
    /// Of someone in the room, and who that is.
    pub(crate) fn new(occupant: &Occupant, identity: &Identity) -> Self {
        Self { who: mark(identity), nick: hash(occupant.nick.as_str()) }
    }
}

fn mark(identity: &Identity) -> u32 {
    match identity {
        Identity::Jid(jid) => hash(jid.as_str()),
        Identity::OccupantId(id) => hash(id.as_str()),
        Identity::Occupancy(stay) => u32::try_from(stay & 0xffff_ffff).unwrap_or(0),
    }
}

/// FNV-1a, the same on every machine.
pub(crate) fn hash(text: impl AsRef<[u8]>) -> u32 {
    let mix = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(16_777_619);
    text.as_ref().iter().fold(2_166_136_261, mix)
}
