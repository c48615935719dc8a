//! The clock of a room whose records tell no seconds.
//!
//! Many logs have hours and minutes only. Taken at their word, all that was said within a minute was said at once, and
//! everybody who talks would be a flood. So where all times of a room are whole minutes, what belongs to one minute is
//! laid out over it, in its order and at the pace of typing. Where nobody has looked ahead, the first two minutes of a
//! room are taken as they stand, since a scene that happens in one instant looks the same.

use std::time::Duration;

use domovoi_plugin::Timestamp;

const MINUTE: i64 = 60_000;
/// So many different minutes show that there are no seconds.
const ENOUGH: u32 = 3;
/// Between two events: this, and so much for each byte of text.
const GAP: u64 = 1_000;
const PER_BYTE: u64 = 50;
/// And never more than this, nor more than such a part of what is left of the minute.
const MOST: u64 = 8_000;
const PART: u64 = 8;

/// What was seen of the times of one room.
#[derive(Debug, Default)]
pub(super) struct Clock {
    has_seconds: bool,
    n_minutes: u32,
    /// The last time as it stood in the records, and as it was taken.
    last: Option<(Timestamp, Timestamp)>,
}

impl Clock {
    /// Looks ahead: a record of the room will say that something happened at `at`.
    pub(super) fn foresee(&mut self, at: Timestamp) {
        self.time(at, 0);
    }

    /// The clock with which such a room begins.
    pub(super) fn begin(&self) -> Self {
        if self.has_seconds { Self::default() } else { Self { n_minutes: self.n_minutes, ..Self::default() } }
    }

    /// When something happened that a record says happened at `at`, with so many bytes of text.
    pub(super) fn time(&mut self, at: Timestamp, n_bytes: usize) -> Timestamp {
        self.has_seconds |= at.as_millis().rem_euclid(MINUTE) != 0;
        let before = self.last.filter(|(stamp, _)| *stamp == at);
        if before.is_none() {
            self.n_minutes = self.n_minutes.saturating_add(1);
        }
        let taken = match before {
            Some((_, taken)) if !self.has_seconds && ENOUGH <= self.n_minutes => taken + gap(at, taken, n_bytes),
            Some((_, taken)) => taken.max(at),
            // What was laid out ends within its minute, but the next may have seconds.
            None => self.last.map_or(at, |(_, taken)| taken.max(at)),
        };
        self.last = Some((at, taken));
        taken
    }
}

fn gap(at: Timestamp, taken: Timestamp, n_bytes: usize) -> Duration {
    let left = u64::try_from(at.as_millis() + MINUTE - taken.as_millis()).unwrap_or(0);
    let typed = u64::try_from(n_bytes).unwrap_or(MOST).min(MOST) * PER_BYTE + GAP;
    Duration::from_millis(typed.min(MOST).min(left / PART))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn what_has_seconds_or_is_short_stays_as_it_is() {
        let mut clock = Clock::default();
        for millis in [0, 0, 60_000, 60_000, 60_500, 120_000, 120_000, 180_000] {
            assert_eq!(clock.time(at(millis), 40), at(millis));
        }
        let mut clock = Clock::default();
        for millis in [0, 0, 0, 60_000, 60_000] {
            assert_eq!(clock.time(at(millis), 40), at(millis));
        }
    }

    #[test]
    fn a_minute_is_laid_out_at_the_pace_of_typing() {
        let mut clock = Clock::default();
        clock.time(at(0), 9);
        clock.time(at(60_000), 9);
        let times: Vec<i64> = (0..4).map(|_| clock.time(at(120_000), 40).as_millis() - 120_000).collect();
        assert_eq!(times, [0, 3_000, 6_000, 9_000]);
        assert_eq!(clock.time(at(180_000), 40), at(180_000));
    }

    #[test]
    fn whoever_looks_ahead_lays_out_the_first_minute_as_well() {
        let begun = |ahead: &[i64]| {
            let mut seen = Clock::default();
            ahead.iter().for_each(|it| seen.foresee(at(*it)));
            let mut clock = seen.begin();
            [0, 0].map(|it| clock.time(at(it), 40).as_millis())
        };
        assert_eq!(begun(&[0, 0, 60_000, 60_000, 120_000]), [0, 3_000]);
        assert_eq!(begun(&[0, 0]), [0, 0], "a scene of one instant");
        assert_eq!(begun(&[0, 60_000, 120_000, 180_500]), [0, 0], "has seconds later on");
    }

    proptest! {
        /// Never backwards, never out of the minute, and a flood stays one.
        #[test]
        fn order_and_minutes_are_kept(minutes in prop::collection::vec((0_i64..9, 0_usize..300), 1..300)) {
            let (mut clock, mut now, mut last) = (Clock::default(), 0, at(0));
            for (step, n_bytes) in minutes {
                now += step / 8 * MINUTE;
                let taken = clock.time(at(now), n_bytes);
                prop_assert!(last <= taken && (now..now + MINUTE).contains(&taken.as_millis()));
                last = taken;
            }
        }
    }
}
