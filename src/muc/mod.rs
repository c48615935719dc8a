//! Rooms as plain values (XEP-0045 version 1.35.5): no I/O, no runtime, time is an argument.
//!
//! [`Room`] is told what the room sent ([`Inbound`]), what time it is and what came of the stream; it answers with
//! events and says by [`Room::poll`] what is to be sent ([`Step`]). In reading order: what goes in and out
//! ([`inbound`], [`outbound`], [`plan`], [`membership`]), the room itself ([`room`]), then one file for each thing that
//! a room does.

pub mod inbound;
pub mod membership;
pub mod outbound;
pub mod permits;
pub mod plan;
pub mod room;

mod dice;
mod gone;
mod join;
mod message;
mod occupants;
mod pool;
mod presence;
mod removal;
mod selfping;
mod talk;
mod told;

#[cfg(test)]
mod tests;

pub use inbound::{Inbound, InboundKind, StanzaError};
pub use membership::{Membership, Step, Trouble};
pub use outbound::{ArchivePage, Outbound};
pub use permits::Permitted;
pub use plan::{Plan, Spared, Stays};
pub use pool::Pools;
pub use room::Room;
pub use selfping::PingAnswer;
pub use told::trouble_text;
