//! What the guards would have done about records: `domovoi replay`.
//!
//! Records go in line by line in order of time ([`Player::line`]), what would have been done comes out (`Report`).
//! `line` reads a record without copying it, `clock` lays out what has no seconds, `hall` is the room as records tell
//! of it, `sentences` holds whom the replay itself has muted, kicked or banned, `player` brings them together with the
//! guards, `report` is the end.
//!
//! Plugins are asked for their guards and for nothing else, as the contract has it; a guard cannot tell a replay from
//! life. The bot is taken as always having been there, as a moderator of a room that offers all that moderation needs.

mod clock;
mod events;
mod hall;
mod line;
mod place;
mod player;
mod report;
mod run;
mod sentences;

pub use line::time_of;
pub use player::{Heard, Player, Seat};
pub use report::{Deed, Done, Report};

#[cfg(test)]
mod tests;
