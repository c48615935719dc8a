//! Stub of `xmpp`.

pub mod decode;
pub mod encode;
pub mod entity;
pub mod iq;
pub mod payload;
pub mod query;
