//! The host's own commands: what a bot must know whatever plugins it has.
//!
//! They form a plugin named `core`, which is always on and comes first. Other than plugins it holds the host itself;
//! what it may do in rooms is granted and checked like any plugin's. One file a topic; a command is found in
//! [`plugin`], described where it is carried out, and answers with a text that the reader's language words.

mod access;
mod alerts;
mod asked;
mod entities;
mod explain;
pub(super) mod help;
mod hooks;
mod incidents;
mod loading;
mod options;
mod plugin;
mod plugins;
mod powers;
mod report;
mod rooms;
mod settings;
pub(super) mod setup;
mod since;
mod undo;
pub(super) mod why;

use domovoi_plugin::{Fault, RoomJid, Text};

pub use plugin::{Slot, manifest, plugin};
pub use setup::Setups;

use super::overlay::ChangeError;
use crate::{config::KeyPath, store::StoreError};

/// The table of a room in the configuration.
fn room_path(room: &RoomJid) -> KeyPath {
    KeyPath::new(["rooms", room.as_str()])
}

/// Why something was not changed, as an answer.
fn not_changed(error: &ChangeError) -> Fault {
    Fault::answer(match error {
        ChangeError::Wrong(why) => Text::key("change-wrong").with("why", why.as_str()),
        ChangeError::Store(error) => return not_stored(error),
        ChangeError::Fixed => Text::key("change-fixed"),
    })
}

/// That the store did not take it, as an answer. The log has the particulars.
fn not_stored(error: &StoreError) -> Fault {
    tracing::warn!(%error, "a command was not carried out because of the store");
    Fault::answer(Text::key("change-not-stored"))
}

#[cfg(test)]
mod tests;
