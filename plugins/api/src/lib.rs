//! What a plugin of domovoi and its host say to each other.

pub mod ids;
pub mod time;

pub use ids::{AccountId, IdError, Identity, MessageId, Nick, OccupantId, OccupantJid, PluginName, RoomJid, StanzaId};
pub use time::{Timestamp, format_duration, parse_duration};
