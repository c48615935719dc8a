//! domovoi: a conference bot for XMPP rooms, and the framework under it.
//!
//! # Map
//!
//! - [`clock`], [`metrics`]: the time and what is counted, for whoever is handed them.
//! - [`trust`]: which certificates of servers are believed.
//! - [`config`]: what the file says, and what it means.
//! - [`xmpp`]: the wire. The only module that names `tokio_xmpp` and `xmpp_parsers`.
//! - [`muc`]: rooms as plain values; no I/O, no runtime, time is an argument.
//! - [`outbox`]: what waits to be sent: granted, paced, in lanes.
//! - [`host`]: runs plugins and trusts none of them. [`host::lua`] is the only module that names `mlua`.
//! - [`fetch`]: the guarded HTTP client. The only module that names `reqwest`.
//! - [`fleet`]: which account serves which room.
//! - [`store`]: what survives a restart. The only module that names `sled`.
//! - [`i18n`]: words in every language.
//! - [`control`], [`web`]: the socket by which verbs talk to a running bot; health and metrics. [`listen`]: how both accept.
//! - [`bot`]: builds the parts and owns every task. [`bundle`]: the compiled-in plugins. [`cli`]: one file a verb.
//! - [`main()`]: the whole program, with a list of plugins; `src/main.rs` calls it with the bundled ones.
//!
//! Plugins are crates of their own on `domovoi-plugin`; `tests/tidy.rs` holds the table of who may use whom.
//!
//! # One message's path
//!
//! Someone floods a room and is muted:
//!
//! 1. [`xmpp::fence`] lets the bytes through, or empties a stanza that would hurt the parser and marks it.
//! 2. [`xmpp::session`] reads the stanza; its task owns the account's stream and rooms.
//! 3. [`xmpp::decode`] says what it is, pure and total.
//! 4. [`muc::Room::apply`] knows the occupant, the history phase, our own echo and what is forged, and makes events.
//! 5. [`host::room`] has the guards judge ([`host::guard_chain`]), writes the record, hands the event to plugins and a
//!    command to [`host::commands`], and gives back what is to be done.
//! 6. [`outbox`] holds it: granted? only watched? whose turn?
//! 7. [`muc::Room::permits`] asks once more, as of now; [`xmpp::encode`] makes the stanza; [`xmpp::iq`] brings the
//!    server's answer back to who asked.
//!
//! # Invariants
//!
//! - A session never waits for a plugin, the store or another session; every queue is bounded, and its drops are counted.
//! - Identity is never a nick. What identifies someone came from the room, not from what they sent.
//! - Exactly one session serves a room: only it judges, records, answers and acts.
//! - What the network sends is never a panic and never ends a stream.
//! - Time is read in [`clock`] and nowhere else.

pub mod bot;
pub mod bundle;
pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
pub mod fetch;
pub mod fleet;
pub mod host;
pub mod i18n;
pub mod listen;
pub mod metrics;
pub mod muc;
pub mod outbox;
mod program;
pub mod store;
pub mod trust;
pub mod web;
pub mod xmpp;

pub use bot::Bot;
pub use program::main;
