//! A service that hosts rooms, as one session knows it: how fast rooms on it may be joined.

use std::collections::VecDeque;

use domovoi_plugin::{RoomJid, Timestamp};

use crate::outbox::Bucket;

/// Joins on one service: at once, and a second after that.
const JOINS: (u32, u32) = (10, 3);

/// A service that hosts rooms: its join bucket, and whether it is going down.
pub(super) struct Service {
    pub(super) joins: Bucket,
    /// No join before this, after a shutdown was announced.
    pub(super) not_before: Timestamp,
    /// Rooms that wait for a token, first come, first served.
    pub(super) waiting: VecDeque<RoomJid>,
}

impl Service {
    pub(super) fn new(now: Timestamp) -> Self {
        let (burst, per_second) = JOINS;
        Self { joins: Bucket::new(burst, per_second, now), not_before: now, waiting: VecDeque::new() }
    }

    pub(super) fn next_join(&self) -> Option<Timestamp> {
        (!self.waiting.is_empty()).then(|| self.joins.ready_at().max(self.not_before))
    }

    pub(super) fn is_idle(&mut self, now: Timestamp) -> bool {
        self.waiting.is_empty() && self.not_before <= now && self.joins.is_full(now)
    }
}
