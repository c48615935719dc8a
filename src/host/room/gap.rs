//! What a room missed while we were away, as far as it is fetched from the room's archive.

use std::time::Duration;

use domovoi_plugin::{Event, EventKind, Phase, StanzaId, Timestamp};

use super::RoomHost;
use crate::config::Records;

/// What is missing after an absence.
#[derive(Clone, Debug, PartialEq)]
pub struct Missed {
    /// The last message that was seen.
    pub after: Option<StanzaId>,
    /// Nothing older than this.
    pub since: Timestamp,
    /// At most so many.
    pub max: usize,
}

/// How much of a gap guards are shown.
const GUARD_GAP_MESSAGES: usize = 500;
/// And how far back.
const GUARD_GAP: Duration = Duration::from_secs(6 * 3600);
/// How far back a room is filled whose records are full.
const FULL_GAP: Duration = Duration::from_secs(14 * 86_400);

impl RoomHost {
    /// What is to be fetched from the room's archive now that we are in; `None` on the first visit, or without records.
    #[must_use]
    pub fn gap(&self, now: Timestamp) -> Option<Missed> {
        let (after, at) = self.last_seen.clone()?;
        let (max, span) = match self.records {
            Records::Full => (usize::MAX, FULL_GAP),
            Records::Events | Records::Off => (GUARD_GAP_MESSAGES, GUARD_GAP),
        };
        // COMPAT: Prosody 0.12 tells the time of what it archived in whole seconds, cut off.
        let second = Timestamp::from_millis(at.as_millis().div_euclid(1000) * 1000);
        let since = second.max(now - span);
        // After a longer absence only its newest part counts: from there by time, lest the oldest part use up the number.
        Some(Missed { after: Some(after).filter(|_| since <= at), since, max })
    }

    /// Whether guards see an event: of a gap only the newest part.
    pub(super) fn is_for_guards(&mut self, event: &Event) -> bool {
        if matches!(event.kind, EventKind::Joined) {
            self.n_filled = 0;
        }
        if event.phase != Phase::Filled {
            return true;
        }
        self.n_filled += 1;
        let age = self.host.clock.now().since(event.at);
        self.n_filled <= GUARD_GAP_MESSAGES && age < GUARD_GAP
    }
}
