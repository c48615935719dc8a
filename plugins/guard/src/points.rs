//! Points that decay: what someone has against them, rule by rule.
//!
//! Whole numbers only, so that a replay on another machine comes to the same sum to the byte.

use std::time::Duration;

use domovoi_plugin::Timestamp;
use serde::{Deserialize, Serialize};

use crate::rules::Rule;

/// The most one rule can hold against someone, in thousandths.
const MOST: u32 = 1_000_000;

/// Points of one person, at most one entry a rule, in the order of [`Rule`].
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Points(Vec<(Rule, u32, i64)>);

impl Points {
    /// Adds thousandths of points for a rule.
    pub(crate) fn add(&mut self, rule: Rule, millis: u32, now: Timestamp) {
        match self.0.binary_search_by_key(&rule, |it| it.0) {
            Ok(place) => {
                if let Some((_, value, at)) = self.0.get_mut(place) {
                    let left = decayed(*value, now.since(Timestamp::from_millis(*at)), rule.half_life());
                    *value = left.saturating_add(millis).min(MOST);
                    *at = now.as_millis();
                }
            }
            Err(place) => self.0.insert(place, (rule, millis.min(MOST), now.as_millis())),
        }
    }

    /// The sum now, in whole points.
    pub(crate) fn sum(&self, now: Timestamp) -> u32 {
        let left = |(rule, value, at): &(Rule, u32, i64)| {
            decayed(*value, now.since(Timestamp::from_millis(*at)), rule.half_life())
        };
        self.0.iter().map(left).fold(0, u32::saturating_add) / 1_000
    }

    /// What is left of each rule's points, in whole points, where that is anything.
    pub(crate) fn left(&self, now: Timestamp) -> impl Iterator<Item = (Rule, u32)> {
        let left = move |(rule, value, at): &(Rule, u32, i64)| {
            (*rule, decayed(*value, now.since(Timestamp::from_millis(*at)), rule.half_life()) / 1_000)
        };
        self.0.iter().map(left).filter(|it| 0 < it.1)
    }

    /// Forgives everything.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Drops what has decayed to less than one point.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        self.0.retain(|(rule, value, at)| {
            1_000 <= decayed(*value, now.since(Timestamp::from_millis(*at)), rule.half_life())
        });
        if self.0.is_empty() {
            self.0 = Vec::new();
        }
    }

    /// Whether nothing is held against them.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes what was read from outside obey order and bounds.
    pub(crate) fn sane(mut self) -> Self {
        self.0.sort_unstable();
        self.0.dedup_by_key(|it| it.0);
        for (_, value, _) in &mut self.0 {
            *value = (*value).min(MOST);
        }
        self
    }
}

/// Half of it after each half-life, in a straight line between.
fn decayed(value: u32, age: Duration, half_life: Duration) -> u32 {
    let (age, half_life) = (age.as_millis(), half_life.as_millis().max(1));
    let halvings = u32::try_from(age / half_life).unwrap_or(u32::MAX);
    let value = u128::from(value.checked_shr(halvings).unwrap_or(0));
    let left = value - value * (age % half_life) / (2 * half_life);
    u32::try_from(left).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn half_is_left_after_a_half_life() {
        let mut points = Points::default();
        points.add(Rule::Rate, 60_000, at(0));
        assert_eq!(points.sum(at(0)), 60);
        assert_eq!(points.sum(at(30)), 45);
        assert_eq!(points.sum(at(60)), 30);
        assert_eq!(points.sum(at(120)), 15);
        points.forget(at(600));
        assert!(points.is_empty());
    }

    #[test]
    fn rules_add_up() {
        let mut points = Points::default();
        points.add(Rule::Size, 20_000, at(0));
        points.add(Rule::Rate, 30_000, at(0));
        points.add(Rule::Rate, 10_000, at(0));
        assert_eq!(points.sum(at(0)), 60);
        assert_eq!(points.sum(at(600)), 10);
    }

    #[test]
    fn a_clock_stepping_back_does_not_freeze_points_for_ever() {
        let mut points = Points::default();
        points.add(Rule::Rate, 30_000, at(1_000_000));
        points.add(Rule::Rate, 30_000, at(0));
        assert_eq!(points.sum(at(0)), 60);
        assert_eq!(points.sum(at(60)), 30);
    }

    proptest! {
        #[test]
        fn points_only_fall_with_time(value in 0_u32..=MOST, first in 0_u64..10_000_000, then in 0_u64..10_000_000) {
            let half = Duration::from_secs(60);
            let (early, late) = (first.min(then), first.max(then));
            let left = |age| decayed(value, Duration::from_millis(age), half);
            prop_assert!(left(late) <= left(early));
            prop_assert!(left(early) <= value);
        }
    }
}
