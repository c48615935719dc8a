//! The time of others (XEP-0202), as they write it.

use xso::{AsXml, FromXml};

/// The namespace.
pub const NS: &str = "urn:xmpp:time";

/// The query and its answer.
#[derive(FromXml, AsXml, Clone, PartialEq, Eq, Debug, Default)]
#[xml(namespace = NS, name = "time")]
pub struct Time {
    /// The offset of the zone, `+02:00`; only in an answer.
    #[xml(extract(default, name = "tzo", fields(text(type_ = String))))]
    pub tzo: Option<String>,
    /// The instant in UTC; only in an answer.
    #[xml(extract(default, name = "utc", fields(text(type_ = String))))]
    pub utc: Option<String>,
}
