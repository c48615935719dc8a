//! The way of one room's records to their writer, without waiting for a disk.
//!
//! A full queue is borne for two seconds; what waits longer is dropped and counted, and the room gets a gap mark.

use std::{collections::VecDeque, time::Duration};

use domovoi_plugin::Timestamp;

use super::core::Host;
use crate::store::Draft;

/// How long a record waits for a full queue.
const PATIENCE: Duration = Duration::from_secs(2);
/// So many records of a room wait at once.
const MAX_WAITING: usize = 512;

/// The records of one room that wait.
#[derive(Debug, Default)]
pub(super) struct Tape(VecDeque<(Timestamp, Draft)>);

impl Tape {
    /// Hands a record over, or keeps it for a while; order holds.
    pub(super) fn offer(&mut self, host: &Host, draft: Draft, now: Timestamp) {
        self.retry(host, now);
        let draft = if self.0.is_empty() {
            match host.store.records.offer(draft) {
                Ok(()) => return,
                Err(full) => full.0,
            }
        } else {
            draft
        };
        if MAX_WAITING <= self.0.len() {
            self.drop_oldest(host);
        }
        self.0.push_back((now, draft));
    }

    /// Hands over what waits, and drops what waited too long.
    pub(super) fn retry(&mut self, host: &Host, now: Timestamp) {
        while let Some((since, draft)) = self.0.pop_front() {
            match host.store.records.offer(draft) {
                Ok(()) => (),
                Err(full) => {
                    self.0.push_front((since, full.0));
                    break;
                }
            }
        }
        while self.0.front().is_some_and(|(since, _)| PATIENCE <= now.since(*since)) {
            self.drop_oldest(host);
        }
    }

    fn drop_oldest(&mut self, host: &Host) {
        if let Some((_, draft)) = self.0.pop_front() {
            host.metrics.queue_drop("records");
            host.store.records.missed(&draft);
        }
    }
}
