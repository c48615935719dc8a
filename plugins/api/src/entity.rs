//! Other entities: clients and servers, and what they are asked.

use std::time::Duration;

use async_trait::async_trait;
use jid::{BareJid, Jid};

use crate::{RoomJid, ServiceError, Timestamp};

/// Clients and servers, asked directly.
#[async_trait]
pub trait Entities: Send + Sync {
    /// How long a ping takes there and back (XEP-0199).
    ///
    /// # Errors
    /// If there is no answer within 15 s, or an error one.
    async fn ping(&self, room: Option<&RoomJid>, to: &Jid) -> Result<Duration, ServiceError>;

    /// The software: name, version, system (XEP-0092).
    ///
    /// # Errors
    /// As for [`Entities::ping`].
    async fn version(&self, room: Option<&RoomJid>, of: &Jid) -> Result<String, ServiceError>;

    /// The time there, as its own clock and zone tell (XEP-0202).
    ///
    /// # Errors
    /// As for [`Entities::ping`].
    async fn time(&self, room: Option<&RoomJid>, of: &Jid) -> Result<String, ServiceError>;

    /// Seconds since the last activity; for a server, since it was started (XEP-0012).
    ///
    /// # Errors
    /// As for [`Entities::ping`].
    async fn last(&self, room: Option<&RoomJid>, of: &Jid) -> Result<Duration, ServiceError>;

    /// What the server of an account says of it (XEP-0489).
    ///
    /// # Errors
    /// As for [`Entities::ping`]; most servers refuse.
    async fn account(&self, room: Option<&RoomJid>, of: &BareJid) -> Result<Account, ServiceError>;
}

/// What a server says of one of its accounts (XEP-0489).
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Account {
    /// `anonymous`, `registered`, `member`, `admin`, or what the server calls it.
    pub affiliation: String,
    /// Since when there is such an account, often only to the day.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// How far the server trusts it, 0 to 100.
    #[serde(default)]
    pub trust: Option<u8>,
}

/// A question to another entity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Question {
    /// XEP-0199.
    Ping,
    /// XEP-0092.
    Version,
    /// XEP-0202.
    Time,
    /// XEP-0012.
    Last,
    /// What kind of thing it is, `category/type` (XEP-0030 §3.1): `client/bot`, `client/pc`, `server/im`.
    Identity,
    /// What its server says of it (XEP-0489).
    Account,
}

/// Its answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// Words: a version, a time.
    Words(String),
    /// A span: a round trip, the time since the last activity.
    Span(Duration),
    /// An account as its server sees it.
    Account(Account),
}
