//! The host's own commands: what a bot must know whatever plugins it has.
//!
//! They form a plugin named `core`, which is always on and comes first. Other than plugins it holds the host itself;
//! what it may do in rooms is granted and checked like any plugin's. One file a topic; a command is found in
//! [`plugin`], described where it is carried out, and answers with a text that the reader's language words.

mod asked;
mod entities;
mod help;
mod plugin;

pub use plugin::{Slot, manifest, plugin};

#[cfg(test)]
mod tests;
