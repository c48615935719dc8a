//! Rooms as plain values (XEP-0045 version 1.35.5): no I/O, no runtime, time is an argument.

pub mod inbound;
pub mod outbound;

pub use inbound::{Inbound, InboundKind};
pub use outbound::Outbound;
