//! How long to wait before the next attempt: "full jitter", so that a thousand clients of a restarted server do not come
//! back at once, and a ceiling, so that nobody waits for hours.

use std::collections::VecDeque;
use std::time::Duration;

use rand::RngExt as _;

const BASE: Duration = Duration::from_secs(1);
const CEILING: Duration = Duration::from_secs(60);
/// Two bots with one address would throw each other out for ever; they are made to wait long from the first time on.
const CONFLICT_BASE: Duration = Duration::from_secs(15);
const CONFLICT_CEILING: Duration = Duration::from_secs(300);
/// A connection that stood as long as this was a success.
const STABLE: Duration = Duration::from_secs(60);
/// So many conflicts within so much time are no accident.
const CONFLICTS: usize = 3;
const CONFLICT_WINDOW: Duration = Duration::from_secs(600);

/// Counts failures. Time is given as what has passed since some fixed point.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
    conflicts: VecDeque<Duration>,
}

impl Backoff {
    /// Attempts since the last success, the one that comes next included.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.failures.saturating_add(1)
    }

    /// A connection that was logged in has ended after standing for so long.
    pub fn ended_after(&mut self, stood: Duration) {
        if stood >= STABLE {
            self.failures = 0;
        }
    }

    /// How long to wait after a failure.
    pub fn next(&mut self, rng: &mut impl rand::Rng) -> Duration {
        let most = BASE.saturating_mul(1 << self.failures.min(6)).min(CEILING);
        self.failures = self.failures.saturating_add(1);
        most.mul_f64(rng.random_range(0.0..=1.0))
    }

    /// How long to wait after a conflict at `now`; `None`: too many, give up.
    pub fn next_conflict(&mut self, now: Duration, rng: &mut impl rand::Rng) -> Option<Duration> {
        self.conflicts.retain(|at| now.saturating_sub(*at) < CONFLICT_WINDOW);
        self.conflicts.push_back(now);
        if self.conflicts.len() >= CONFLICTS {
            return None;
        }
        let most = CONFLICT_BASE.saturating_mul(1 << self.failures.min(6)).min(CONFLICT_CEILING);
        self.failures = self.failures.saturating_add(1);
        // Never at once: half of it is certain.
        Some(most.mul_f64(rng.random_range(0.5..=1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_ceiling_and_start_over_after_a_stable_minute() {
        let mut rng = rand::rng();
        let mut backoff = Backoff::default();
        for most in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            assert!(backoff.next(&mut rng) <= Duration::from_secs(most));
        }
        backoff.ended_after(Duration::from_secs(59));
        assert_eq!(backoff.attempt(), 10);
        backoff.ended_after(Duration::from_secs(60));
        assert_eq!(backoff.attempt(), 1);
    }

    #[test]
    fn jitter_is_full() {
        let mut rng = rand::rng();
        let waits: Vec<f64> = (0..2_000)
            .map(|_| {
                let mut backoff = Backoff { failures: 20, ..Backoff::default() };
                backoff.next(&mut rng).as_secs_f64()
            })
            .collect();
        assert!(waits.iter().any(|w| *w < 3.0) && waits.iter().any(|w| *w > 57.0));
        let mean = waits.iter().sum::<f64>() / 2_000.0;
        assert!((28.0..32.0).contains(&mean), "{mean}");
    }

    #[test]
    fn the_third_conflict_in_ten_minutes_is_final() {
        let mut rng = rand::rng();
        let mut backoff = Backoff::default();
        let seconds = Duration::from_secs;
        assert!(backoff.next_conflict(seconds(0), &mut rng).is_some_and(|w| w >= seconds(7)));
        assert!(backoff.next_conflict(seconds(300), &mut rng).is_some());
        assert!(backoff.next_conflict(seconds(601), &mut rng).is_some(), "the first one is out of the window");
        assert_eq!(backoff.next_conflict(seconds(700), &mut rng), None);
    }
}
