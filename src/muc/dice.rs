//! Chance from a seed, so that a room stays a plain value: the same seed gives the same waits.

use std::time::Duration;

/// A small generator (SplitMix64); good for jitter, not for secrets.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The span, give or take this many per cent.
    pub(super) fn around(&mut self, span: Duration, percent: u32) -> Duration {
        let percent = percent.min(100);
        let low = span.saturating_mul(100 - percent) / 100;
        let width = span.saturating_mul(2 * percent) / 100;
        let width_ms = u64::try_from(width.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        low.saturating_add(Duration::from_millis(self.roll() % width_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_within_its_bounds_and_moves() {
        let mut dice = Dice::new(7);
        let rolls: Vec<_> = (0..1000).map(|_| dice.around(Duration::from_secs(100), 30)).collect();
        assert!(rolls.iter().all(|it| (70_000..=130_000).contains(&it.as_millis())));
        assert!(rolls.iter().any(|it| it.as_millis() < 80_000) && rolls.iter().any(|it| 120_000 < it.as_millis()));
        assert_eq!(Dice::new(7).around(Duration::from_secs(100), 30), rolls[0]);
    }
}
