//! XMPP: the only place that names the wire.

pub mod connect;
pub mod fence;
#[doc(hidden)]
pub mod fuzz;
