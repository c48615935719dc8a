//! XMPP: the only place that names the wire.

pub mod fence;
#[doc(hidden)]
pub mod fuzz;
