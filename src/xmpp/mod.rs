//! The protocol: from bytes to values and back. The only place that names `tokio_xmpp` and `xmpp_parsers`.
//!
//! A stream comes in through the [`fence`], before any parser sees it. A [`session`] owns the stream; what it carries
//! becomes values in [`decode`] and stanzas in [`encode`], with the payloads that no library has in `payload`. [`iq`]
//! keeps our own questions, [`entity`] answers those of others.

pub mod connect;
pub mod decode;
pub mod encode;
pub mod entity;
pub mod fence;
pub mod fuzz;
pub mod iq;
pub mod legal;
pub mod look;
pub mod payload;
pub mod query;
pub mod session;
