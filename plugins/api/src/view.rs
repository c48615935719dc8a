//! The room as a guard sees it while it judges: read-only, in memory, as of now.

use std::sync::Arc;

use crate::{Nick, Occupant, RoomJid, Timestamp};

/// What a room offers, from its disco#info (XEP-0045 §6.4).
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Features {
    /// Visitors cannot speak (`muc_moderated`).
    pub is_moderated: bool,
    /// Only members may enter (`muc_membersonly`).
    pub is_members_only: bool,
    /// Everybody sees real JIDs (`muc_nonanonymous`).
    pub is_non_anonymous: bool,
    /// A password is asked for (`muc_passwordprotected`).
    pub has_password: bool,
    /// The room outlives its last occupant (`muc_persistent`).
    pub is_persistent: bool,
    /// It keeps an archive (XEP-0313, `urn:xmpp:mam:2`).
    pub has_archive: bool,
    /// It gives stanza ids (XEP-0359).
    pub has_stanza_ids: bool,
    /// It gives occupant ids (XEP-0421).
    pub has_occupant_ids: bool,
    /// How moderators may retract a message (XEP-0425).
    pub moderation: Moderation,
    /// The room's name.
    pub name: Option<String>,
    /// Its language, as its owner set it.
    pub lang: Option<String>,
}

/// Which form of message moderation a room speaks (XEP-0425).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moderation {
    /// None: what was said stays.
    #[default]
    None,
    /// `urn:xmpp:message-moderate:0` with XEP-0422.
    V0,
    /// `urn:xmpp:message-moderate:1`.
    V1,
}

/// A room, read-only.
pub trait View {
    /// Which room.
    fn room(&self) -> &RoomJid;
    /// The time of the event being judged.
    fn now(&self) -> Timestamp;
    /// Our own occupant, once we are in.
    fn me(&self) -> Option<&Arc<Occupant>>;
    /// Someone by nick.
    fn occupant(&self, nick: &Nick) -> Option<&Arc<Occupant>>;
    /// Everybody, in the order of their nicks.
    fn occupants(&self) -> Box<dyn Iterator<Item = &Arc<Occupant>> + '_>;
    /// How many are here, ourselves included.
    fn n_occupants(&self) -> usize;
    /// What the room offers.
    fn features(&self) -> &Features;
    /// Whether this occupant is one whom no automatic act may touch whatever a plugin is set to: ourselves, another
    /// account of ours, an owner of the bot, a configured bridge or bot.
    fn is_spared(&self, occupant: &Occupant) -> bool;
}
