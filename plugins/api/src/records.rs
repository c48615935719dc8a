//! What was recorded of a room, asked for page by page.

use async_trait::async_trait;

use crate::{Record, RoomJid, ServiceError, Timestamp};

/// Which records are asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Query {
    /// Of which room.
    pub room: RoomJid,
    /// Nothing before this instant.
    pub since: Timestamp,
    /// Nothing at this instant or after it.
    pub until: Timestamp,
    /// Where the page before ended: [`Page::next`].
    pub after: Option<u64>,
    /// At most so many on the page; the host gives 10,000 at most.
    pub limit: usize,
}

impl Query {
    /// The first page of everything in this span.
    #[must_use]
    pub const fn new(room: RoomJid, since: Timestamp, until: Timestamp) -> Self {
        Self { room, since, until, after: None, limit: 10_000 }
    }
}

/// One page of records.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Page {
    /// The records, in order of arrival.
    pub records: Vec<Record>,
    /// Where the next page begins, for [`Query::after`]; `None` if this is the last.
    pub next: Option<u64>,
}

/// What was recorded. Needs the power `records`.
#[async_trait]
pub trait Records: Send + Sync {
    /// One page of what was recorded of a room.
    ///
    /// # Errors
    /// If the plugin was not given the power, or the disk refuses.
    async fn query(&self, query: &Query) -> Result<Page, ServiceError>;
}
