//! How many strangers come to this room in an ordinary minute: a raid is one by the room's own measure.

use domovoi_plugin::Timestamp;
use serde::{Deserialize, Serialize};

/// Minutes with so many joins or more count as one.
const BUCKETS: usize = 64;
/// A week of minutes; once two are counted, all counts are halved, so that the past fades.
const WEEK: u32 = 7 * 1_440;
/// Less than a day says nothing.
const ENOUGH: u32 = 1_440;

/// Minutes by how many strangers came in them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Past {
    /// How many minutes had how many joins.
    #[serde(rename = "n", skip_serializing_if = "Vec::is_empty")]
    minutes: Vec<u32>,
    /// The minute being counted, from 1970, and its joins so far.
    #[serde(rename = "c")]
    current: (i64, u32),
}

impl Past {
    /// A stranger came.
    pub(crate) fn joined(&mut self, now: Timestamp) {
        self.tick(now);
        self.current.1 = self.current.1.saturating_add(1);
    }

    /// Time went on.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        let minute = now.as_millis().div_euclid(60_000);
        let (then, n) = self.current;
        if minute == then {
            return;
        }
        self.current = (minute, 0);
        // The very first minute was not watched whole, and a clock that stepped back tells nothing.
        if then == 0 || minute < then {
            return;
        }
        self.add(usize::try_from(n).unwrap_or(usize::MAX), 1);
        let n_quiet = minute.saturating_sub(then).saturating_sub(1).min(i64::from(WEEK));
        self.add(0, u32::try_from(n_quiet).unwrap_or(WEEK));
    }

    fn add(&mut self, n_joins: usize, n_minutes: u32) {
        let bucket = n_joins.min(BUCKETS - 1);
        if self.minutes.len() <= bucket {
            self.minutes.resize(bucket + 1, 0);
        }
        if let Some(it) = self.minutes.get_mut(bucket) {
            *it = it.saturating_add(n_minutes);
        }
        if 2 * WEEK <= self.total() {
            self.minutes.iter_mut().for_each(|it| *it /= 2);
        }
    }

    fn total(&self) -> u32 {
        self.minutes.iter().fold(0, |sum, it| sum.saturating_add(*it))
    }

    /// So many strangers come in all but the busiest hundredth of its minutes; 0 while too little is known.
    pub(crate) fn usual(&self) -> usize {
        let total = self.total();
        if total < ENOUGH {
            return 0;
        }
        let mut above = total / 100;
        for (n, minutes) in self.minutes.iter().enumerate().rev() {
            if above < *minutes {
                return n;
            }
            above -= *minutes;
        }
        0
    }

    /// Makes what was read from outside obey its bounds.
    pub(crate) fn sane(mut self) -> Self {
        self.minutes.truncate(BUCKETS);
        for it in &mut self.minutes {
            *it = (*it).min(2 * WEEK);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn minute(n: i64) -> Timestamp {
        Timestamp::from_millis((1_000_000 + n) * 60_000)
    }

    #[test]
    fn a_quiet_room_expects_nobody_and_a_busy_one_what_it_is_used_to() {
        let (mut quiet, mut busy) = (Past::default(), Past::default());
        for n in 0..3_000 {
            quiet.tick(minute(n));
            for _ in 0..if n % 50 == 0 { 7 } else { 2 } {
                busy.joined(minute(n));
            }
        }
        assert_eq!((quiet.usual(), busy.usual()), (0, 7));
    }

    #[test]
    fn a_day_has_to_pass_first() {
        let mut past = Past::default();
        for n in 0..1_400 {
            past.joined(minute(n));
        }
        assert_eq!(past.usual(), 0);
        for n in 1_400..1_500 {
            past.joined(minute(n));
        }
        assert_eq!(past.usual(), 1);
    }

    #[test]
    fn the_past_fades() {
        let mut past = Past::default();
        for n in 0..i64::from(WEEK) {
            for _ in 0..9 {
                past.joined(minute(n));
            }
        }
        assert_eq!(past.usual(), 9);
        past.tick(minute(i64::from(WEEK) * 2));
        for n in 0..i64::from(WEEK) * 6 {
            past.tick(minute(i64::from(WEEK) * 2 + n));
        }
        assert_eq!(past.usual(), 0);
    }

    proptest! {
        #[test]
        fn any_clock_is_borne(steps in prop::collection::vec(any::<i64>(), 0..50)) {
            let mut past = Past::default();
            for at in steps {
                past.joined(Timestamp::from_millis(at));
                past.usual();
            }
            prop_assert!(past.minutes.len() <= BUCKETS);
        }
    }
}
