//! What a room missed while we were away, as far as it is fetched from the room's archive.
//!
//! While a gap is being filled the room goes on. If we are cut off before the end, what was said since is known and
//! what was said before it is not: the gap begins where it began, and the stretches inside it that were seen are left
//! out when it is fetched again. That holds for whoever is killed as well: that a gap is open is written down before the
//! room is entered, and after a crash the records tell what of it was seen. That a room was entered for the first time is
//! written down too: else who is killed before the first record would not know that anything is missing.

use std::time::Duration;

use domovoi_plugin::{Event, EventKind, Phase, StanzaId, Timestamp};
use serde::{Deserialize, Serialize};

use super::RoomHost;
use crate::{config::Records, host::keeper::Keep, store::records::KnownIds};

/// What is missing after an absence.
#[derive(Clone, Debug, PartialEq)]
pub struct Missed {
    /// The last message before it.
    pub after: Option<StanzaId>,
    /// Its newest part goes back no further than this.
    pub since: Timestamp,
    /// And has at most so many messages.
    pub max: usize,
    /// How far back what is before that is wanted; `None` if it is not.
    pub older: Option<Timestamp>,
}

/// How much of a gap guards are shown.
const GUARD_GAP_MESSAGES: usize = 500;
/// And how far back.
const GUARD_GAP: Duration = Duration::from_secs(6 * 3600);
/// How far back a room is filled whose records are full.
const FULL_GAP: Duration = Duration::from_secs(14 * 86_400);
/// So many stretches inside a gap are known; the oldest makes way, and is told twice.
const MAX_STRETCHES: usize = 16;

/// A message of a room, and when it was said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Mark {
    /// The room's id of it.
    pub id: StanzaId,
    /// When.
    pub at: Timestamp,
}

/// What was seen of a room's messages. A plain value.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Seen {
    /// Everything up to this message was seen, or is not wanted.
    last: Mark,
    /// What was seen after it although something before is missing: first and last message.
    #[serde(default)]
    stretches: Vec<(Mark, Mark)>,
    /// Whether something after `last` is missing.
    #[serde(default)]
    is_open: bool,
    /// Whether the last stretch goes on.
    #[serde(skip)]
    goes_on: bool,
    /// Up to where what the archive tells was seen.
    #[serde(skip)]
    seen_until: Option<StanzaId>,
    /// What is in the records of an open gap, since a crash.
    #[serde(skip)]
    recorded: KnownIds,
    /// Whether this is the first visit, before which nothing is wanted.
    #[serde(skip)]
    is_first_visit: bool,
}

impl Seen {
    /// Up to this message.
    #[must_use]
    pub fn up_to(id: StanzaId, at: Timestamp) -> Self {
        let last = Mark { id, at };
        let (stretches, recorded) = (Vec::new(), KnownIds::default());
        Self { last, stretches, is_open: false, goes_on: false, seen_until: None, recorded, is_first_visit: false }
    }

    /// The room was entered for the first time. No room gives a message an id without letters.
    fn entered(at: Timestamp) -> Self {
        Self { is_first_visit: true, ..Self::up_to(StanzaId::new(""), at) }
    }

    /// A message is said now.
    fn said(&mut self, mark: Mark) {
        if !self.is_open {
            self.last = mark;
            return;
        }
        match self.stretches.last_mut().filter(|_| self.goes_on) {
            Some((_, last)) => *last = mark,
            None => {
                if MAX_STRETCHES <= self.stretches.len() {
                    self.stretches.remove(0);
                }
                self.stretches.push((mark.clone(), mark));
                self.goes_on = true;
            }
        }
    }

    /// This is the newest message in the records, which are written in order unless a gap is open.
    pub fn record(&mut self, id: StanzaId, at: Timestamp) {
        if !self.is_open && self.last.at < at {
            self.last = Mark { id, at };
        }
    }

    /// From when on the records may have what an open gap has too; `None` if none is open.
    #[must_use]
    pub fn open_since(&self, now: Timestamp) -> Option<Timestamp> {
        self.is_open.then(|| self.last.at.max(now - FULL_GAP))
    }

    /// What is in the records since then, and opens the gap that there is until the room was entered.
    pub fn reopen(&mut self, recorded: KnownIds) {
        (self.is_open, self.recorded) = (true, recorded);
    }

    /// A gap is about to be filled: it is open until it is.
    fn open(&mut self) {
        (self.is_open, self.goes_on, self.seen_until) = (true, false, None);
    }

    /// Whether a message that the archive tells was seen; each is asked for, in order of time.
    fn was_seen(&mut self, id: &StanzaId) -> bool {
        if let Some(until) = &self.seen_until {
            if until == id {
                self.seen_until = None;
            }
            return true;
        }
        let Some((first, last)) = self.stretches.iter().find(|(first, _)| first.id == *id) else {
            return self.recorded.contains(id);
        };
        self.seen_until = (first.id != last.id).then(|| last.id.clone());
        true
    }

    /// The gap is filled: what was said since is the last that was seen, else the end of the gap.
    fn close(&mut self, end: Option<Mark>) {
        let last = self.stretches.pop().map(|(_, last)| last);
        if let Some(last) = last.filter(|_| self.goes_on).or(end) {
            self.last = last;
        }
        *self = Self::up_to(self.last.id.clone(), self.last.at);
    }
}

/// What may be missed since this was said.
fn missed(last: &Mark, records: Records, now: Timestamp) -> Missed {
    // COMPAT: Prosody 0.12 tells the time of what it archived in whole seconds, cut off.
    let second = Timestamp::from_millis(last.at.as_millis().div_euclid(1000) * 1000);
    let oldest = second.max(now - FULL_GAP);
    Missed {
        after: Some(last.id.clone()).filter(|id| oldest == second && !id.as_str().is_empty()),
        since: second.max(now - GUARD_GAP),
        max: GUARD_GAP_MESSAGES,
        older: (records == Records::Full).then_some(oldest),
    }
}

impl RoomHost {
    /// What is to be fetched from the room's archive now that we are in; `None` on the first visit.
    #[must_use]
    pub fn gap(&mut self, now: Timestamp) -> Option<Missed> {
        let seen = self.seen.as_mut()?;
        if std::mem::take(&mut seen.is_first_visit) {
            return None;
        }
        seen.open();
        (self.n_filled, self.gap_end) = (0, None);
        Some(missed(&seen.last, self.records, now))
    }

    /// Whether a message of the archive was seen when it was said. Asked of each in order of time.
    pub fn was_seen(&mut self, id: &StanzaId) -> bool {
        self.n_filled += 1;
        self.seen.as_mut().is_some_and(|it| it.was_seen(id))
    }

    /// Everything that could be fetched of the gap was.
    pub fn filled(&mut self) {
        let end = self.gap_end.take();
        if let Some(seen) = &mut self.seen {
            seen.close(end);
        }
        self.save_seen();
    }

    /// Notes a message with an id of the room, and that it was entered.
    pub(super) fn note_seen(&mut self, event: &Event) {
        if matches!(event.kind, EventKind::Joined) && self.seen.is_none() {
            self.seen = Some(Seen::entered(event.at));
            self.save_seen();
        }
        let Some(id) = event.message().and_then(|it| it.stanza_id.clone()) else { return };
        let mark = Mark { id, at: event.at };
        match (event.phase, &mut self.seen) {
            (Phase::History, _) => (),
            // What is before the newest part comes after it, and is not the end.
            (Phase::Filled, _) => {
                if self.gap_end.as_ref().is_none_or(|it| it.at <= mark.at) {
                    self.gap_end = Some(mark);
                }
            }
            (Phase::Live, Some(seen)) => seen.said(mark),
            (Phase::Live, seen @ None) => *seen = Some(Seen::up_to(mark.id, mark.at)),
        }
    }

    /// Writes down what was seen.
    pub(super) fn save_seen(&mut self) {
        if let Some(seen) = self.seen.clone() {
            self.keep(Keep::Seen { room: self.room.clone(), seen });
        }
    }

    /// Whether guards see an event: of a gap only the newest part.
    pub(super) fn is_for_guards(&self, event: &Event) -> bool {
        let is_new = || self.host.clock.now().since(event.at) < GUARD_GAP;
        event.phase != Phase::Filled || (self.n_filled <= GUARD_GAP_MESSAGES && is_new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{
        keeper,
        room::Saved,
        testing::{Scene, crowd, garden},
    };

    fn mark(n: i64) -> Mark {
        Mark { id: StanzaId::new(format!("s{n}")), at: Timestamp::from_millis(n * 1000) }
    }

    /// A room whose archive goes from s0 to s99, of which all up to s9 was seen.
    fn seen() -> Seen {
        Seen::up_to(mark(9).id, mark(9).at)
    }

    /// What of the archive is told, if it is read up to here.
    fn told(seen: &mut Seen, until: i64) -> Vec<i64> {
        let from = seen.last.at.as_millis() / 1000 + 1;
        (from..until).filter(|n| !seen.was_seen(&mark(*n).id)).collect()
    }

    fn after_a_restart(seen: &Seen) -> Seen {
        serde_json::from_slice(&serde_json::to_vec(seen).unwrap()).unwrap()
    }

    #[test]
    fn guards_are_shown_six_hours_and_full_records_reach_back_two_weeks_at_most() {
        let (last, day) = (mark(2_000_000_000), Duration::from_secs(86_400));
        let check = |away: Duration, records, after: bool, since: Duration, older: Option<Duration>| {
            let now = last.at + away;
            let found = missed(&last, records, now);
            let ago = |at: Timestamp| now.since(at);
            assert_eq!((found.after.is_some(), ago(found.since)), (after, since), "{away:?}");
            assert_eq!((found.older.map(ago), found.max), (older, 500), "{away:?}");
        };
        let (hour, six) = (Duration::from_secs(3_600), Duration::from_secs(6 * 3_600));
        check(hour, Records::Events, true, hour, None);
        check(hour, Records::Full, true, hour, Some(hour));
        check(3 * day, Records::Events, true, six, None);
        check(3 * day, Records::Full, true, six, Some(3 * day));
        check(20 * day, Records::Full, false, six, Some(14 * day));
        check(20 * day, Records::Off, false, six, None);
    }

    #[test]
    fn a_gap_that_was_not_filled_is_there_at_the_next_entry_without_what_was_seen_in_it() {
        let mut seen = seen();
        seen.open();
        (20..25).for_each(|n| seen.said(mark(n)));
        // Cut off, twice; s25 to s29 and s31 to s34 are missed.
        let mut seen = after_a_restart(&seen);
        seen.open();
        seen.said(mark(30));
        let mut seen = after_a_restart(&seen);
        seen.open();
        (35..40).for_each(|n| seen.said(mark(n)));
        let expected: Vec<i64> = (10..20).chain(25..30).chain(31..35).collect();
        assert_eq!(told(&mut seen, 40), expected);
        seen.close(Some(mark(34)));
        assert_eq!(seen, Seen::up_to(mark(39).id, mark(39).at));
    }

    #[test]
    fn a_gap_that_is_filled_ends_with_what_came_last() {
        let mut quiet = seen();
        quiet.open();
        quiet.close(None);
        assert_eq!(quiet.last, mark(9), "nothing was said");
        quiet.open();
        quiet.close(Some(mark(19)));
        assert_eq!(quiet.last, mark(19));
        quiet.said(mark(20));
        assert_eq!(quiet.last, mark(20));
        quiet.open();
        quiet.said(mark(40));
        let mut again = after_a_restart(&quiet);
        again.open();
        again.close(Some(mark(45)));
        assert_eq!(again.last, mark(45), "a stretch of before is not the end");
    }

    #[test]
    fn records_that_know_more_count_unless_a_gap_is_open() {
        let mut known = seen();
        known.record(mark(12).id, mark(12).at);
        known.record(mark(5).id, mark(5).at);
        assert_eq!(known.last, mark(12));
        known.open();
        known.record(mark(30).id, mark(30).at);
        assert_eq!(known.last, mark(12), "the newest record came after what is missing");
    }

    #[test]
    fn what_a_crash_left_in_the_records_is_not_told_again() {
        // Killed while the gap was being filled: s30 was said, s10 to s14 were fetched, and nobody wrote that down.
        let mut seen = seen();
        seen.reopen(KnownIds::default());
        let mut seen = after_a_restart(&seen);
        assert_eq!(seen.open_since(mark(40).at), Some(mark(9).at));
        seen.record(mark(30).id, mark(30).at);
        seen.reopen((10..15).chain([30]).map(|n| mark(n).id).collect());
        seen.open();
        (35..37).for_each(|n| seen.said(mark(n)));
        let expected: Vec<i64> = (15..30).chain(31..35).collect();
        assert_eq!(told(&mut seen, 40).into_iter().filter(|n| *n < 35).collect::<Vec<_>>(), expected);
        seen.close(Some(mark(34)));
        assert_eq!(seen, Seen::up_to(mark(36).id, mark(36).at));
        assert_eq!(seen.open_since(mark(40).at), None);
    }

    #[tokio::test]
    async fn who_is_killed_on_the_first_visit_misses_what_was_said_since_it_began() {
        let scene = Scene::new().await;
        let at = scene.host.clock.now();
        let mut room = RoomHost::new(scene.host.clone(), garden(), Saved::default());
        let kind = EventKind::Joined;
        room.event(Event { at, room: garden(), phase: Phase::Live, is_own: true, occupant: None, kind }, &crowd(1));
        room.hand_over(&crowd(1));
        assert_eq!(room.gap(at), None, "nothing of before is wanted");
        scene.host.keeper.written().await;
        drop(room);
        let saved = keeper::load(&scene.host.store, &garden(), at).await.unwrap();
        let missed = RoomHost::new(scene.host.clone(), garden(), saved).gap(at + Duration::from_secs(60)).unwrap();
        assert_eq!((missed.after, missed.since.as_millis()), (None, at.as_millis().div_euclid(1000) * 1000));
    }

    #[test]
    fn stretches_are_bounded() {
        let mut seen = seen();
        for n in 0..100 {
            seen.open();
            seen.said(mark(10 + 2 * n));
        }
        assert_eq!(seen.stretches.len(), MAX_STRETCHES);
    }
}
