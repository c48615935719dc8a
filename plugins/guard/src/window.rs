//! A sliding window: what happened lately, with when, in bounded memory.
//!
//! Pure: time comes as an argument. If the clock steps back, everything kept moves back with it, as if no time had
//! passed: nothing that is now "in the future" lingers, and nothing bunches up at one instant.

use std::{collections::VecDeque, time::Duration};

use domovoi_plugin::Timestamp;
use serde::{Deserialize, Serialize};

/// The latest `N` things, oldest first, each with its time in milliseconds.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Window<T, const N: usize> {
    entries: VecDeque<(i64, T)>,
}

impl<T, const N: usize> Default for Window<T, N> {
    fn default() -> Self {
        Self { entries: VecDeque::new() }
    }
}

impl<T, const N: usize> Window<T, N> {
    /// Adds what happened now; the oldest entry gives way where there are `N` already.
    pub(crate) fn push(&mut self, now: Timestamp, it: T) {
        self.follow(now);
        while N <= self.entries.len() {
            self.entries.pop_front();
        }
        if self.entries.len() == self.entries.capacity() {
            // Most people say one thing and are gone: room for four would be room for three too many.
            self.entries.reserve_exact(self.entries.len().clamp(1, N - self.entries.len()));
        }
        self.entries.push_back((now.as_millis(), it));
    }

    /// How many lie within `span` before `now`, an entry exactly `span` old not included.
    pub(crate) fn count(&self, now: Timestamp, span: Duration) -> usize {
        self.entries.len() - self.first_within(now, span)
    }

    /// Those within `span` before `now`, newest first.
    pub(crate) fn within(&self, now: Timestamp, span: Duration) -> impl Iterator<Item = &T> {
        self.entries.range(self.first_within(now, span)..).rev().map(|(_, it)| it)
    }

    /// Where those begin that lie within `span`, in whole milliseconds; all are in the order of time.
    fn first_within(&self, now: Timestamp, span: Duration) -> usize {
        let (now, span) = (now.as_millis(), i64::try_from(span.as_millis()).unwrap_or(i64::MAX));
        self.entries.partition_point(|(at, _)| span <= now.saturating_sub(*at).max(0))
    }

    /// All, newest first, with their age.
    pub(crate) fn newest(&self, now: Timestamp) -> impl Iterator<Item = (Duration, &T)> {
        self.entries.iter().rev().map(move |(at, it)| (now.since(Timestamp::from_millis(*at)), it))
    }

    /// All, newest first, whatever their age.
    pub(crate) fn all(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().rev().map(|(_, it)| it)
    }

    /// All, newest first, to be changed.
    pub(crate) fn newest_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.iter_mut().rev().map(|(_, it)| it)
    }

    /// Forgets what is `span` old or older, and gives memory back once nothing is left.
    pub(crate) fn forget(&mut self, now: Timestamp, span: Duration) {
        if self.entries.capacity() == 0 {
            return;
        }
        self.follow(now);
        while self.entries.front().is_some_and(|(at, _)| span <= now.since(Timestamp::from_millis(*at))) {
            self.entries.pop_front();
        }
        if self.entries.is_empty() {
            self.entries = VecDeque::new();
        }
    }

    /// Keeps only what is wanted.
    pub(crate) fn retain(&mut self, is_wanted: impl Fn(&T) -> bool) {
        self.entries.retain(|(_, it)| is_wanted(it));
    }

    /// Keeps only what is wanted, by what it is and when it happened.
    pub(crate) fn retain_at(&mut self, is_wanted: impl Fn(Timestamp, &T) -> bool) {
        self.entries.retain(|(at, it)| is_wanted(Timestamp::from_millis(*at), it));
    }

    /// Whether nothing is kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Makes what was read from outside obey the bound and the order.
    pub(crate) fn sane(mut self) -> Self {
        while N < self.entries.len() {
            self.entries.pop_front();
        }
        self.entries.make_contiguous().sort_by_key(|(at, _)| *at);
        self
    }

    fn follow(&mut self, now: Timestamp) {
        let step = self.entries.back().map_or(0, |(at, _)| at.saturating_sub(now.as_millis()));
        if 0 < step {
            for (at, _) in &mut self.entries {
                *at = at.saturating_sub(step).min(now.as_millis());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SPAN: Duration = Duration::from_secs(5);

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn what_is_older_than_the_span_does_not_count() {
        let mut window = Window::<(), 8>::default();
        for millis in [0, 1_000, 5_000] {
            window.push(at(millis), ());
        }
        assert_eq!(window.count(at(5_000), SPAN), 2);
        window.forget(at(5_999), SPAN);
        assert_eq!(window.entries.len(), 2);
        window.forget(at(60_000), SPAN);
        assert!(window.is_empty());
    }

    #[test]
    fn a_clock_stepping_back_an_hour_neither_forgets_nor_bunches_up() {
        let mut window = Window::<(), 8>::default();
        window.push(at(3_600_000), ());
        window.push(at(3_604_000), ());
        window.push(at(4_000), ());
        assert_eq!(window.count(at(4_000), SPAN), 3);
        window.push(at(8_000), ());
        assert_eq!(window.count(at(8_000), SPAN), 3);
        assert_eq!(window.count(at(20_000), SPAN), 0);
    }

    proptest! {
        #[test]
        fn counts_as_a_plain_list_would_while_time_goes_forward(gaps in prop::collection::vec(0_i64..4_000, 1..80)) {
            let mut window = Window::<(), 16>::default();
            let (mut now, mut list) = (0, Vec::new());
            for gap in gaps {
                now += gap;
                window.push(at(now), ());
                list.push(now);
                let plain = list.iter().rev().take(16).filter(|it| now - **it < 5_000).count();
                prop_assert_eq!(window.count(at(now), SPAN), plain);
            }
        }

        #[test]
        fn stays_bounded_and_ordered_whatever_the_clock_does(times in prop::collection::vec(any::<i64>(), 0..60)) {
            let mut window = Window::<(), 16>::default();
            for time in times {
                window.push(at(time), ());
                prop_assert!(window.entries.len() <= 16);
                prop_assert!(window.entries.iter().is_sorted_by_key(|(at, _)| *at));
                prop_assert!(window.entries.iter().all(|(at, _)| *at <= time));
            }
        }
    }
}
