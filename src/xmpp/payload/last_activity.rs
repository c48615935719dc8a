//! Last activity, and the uptime of servers (XEP-0012).

use xso::{AsXml, FromXml};

/// The namespace.
pub const NS: &str = "jabber:iq:last";

/// The query and its answer.
#[derive(FromXml, AsXml, Clone, PartialEq, Eq, Debug, Default)]
#[xml(namespace = NS, name = "query")]
pub struct LastActivity {
    /// Since how many seconds; only in an answer.
    #[xml(attribute(default))]
    pub seconds: Option<u64>,
}
