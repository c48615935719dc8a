//! A token bucket over a clock that is an argument.

use domovoi_plugin::Timestamp;

/// So many at once, so many a second after that.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    burst: u32,
    per_second: u32,
    /// In thousandths of a token, so that a millisecond is never lost to rounding.
    millitokens: u64,
    at: Timestamp,
}

impl Bucket {
    /// A full bucket.
    #[must_use]
    pub fn new(burst: u32, per_second: u32, now: Timestamp) -> Self {
        Self { burst, per_second, millitokens: u64::from(burst) * 1000, at: now }
    }

    /// Takes a token if there is one.
    pub fn try_take(&mut self, now: Timestamp) -> bool {
        self.refill(now);
        if self.millitokens < 1000 {
            return false;
        }
        self.millitokens -= 1000;
        true
    }

    /// When there will be a token again, as of the last look; that look's instant if there is one.
    #[must_use]
    pub fn ready_at(&self) -> Timestamp {
        let missing = 1000_u64.saturating_sub(self.millitokens);
        self.at + std::time::Duration::from_millis(missing.div_ceil(u64::from(self.per_second.max(1))))
    }

    /// Whether nothing is missing, so that it may be forgotten.
    pub fn is_full(&mut self, now: Timestamp) -> bool {
        self.refill(now);
        self.millitokens == u64::from(self.burst) * 1000
    }

    fn refill(&mut self, now: Timestamp) {
        let millis = u64::try_from(now.since(self.at).as_millis()).unwrap_or(u64::MAX);
        let gained = millis.saturating_mul(u64::from(self.per_second));
        self.millitokens = self.millitokens.saturating_add(gained).min(u64::from(self.burst) * 1000);
        // A clock that stepped back starts anew from there, or nothing would flow until it caught up.
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn never_more_than_burst_and_rate_in_any_window(steps in prop::collection::vec(0_i64..400, 1..300)) {
            let (burst, rate) = (5, 2);
            let mut now = Timestamp::from_millis(1_000_000);
            let mut bucket = Bucket::new(burst, rate, now);
            let mut taken: Vec<Timestamp> = Vec::new();
            for step in steps {
                now = Timestamp::from_millis(now.as_millis() + step);
                if bucket.try_take(now) {
                    taken.push(now);
                }
            }
            for (i, from) in taken.iter().enumerate() {
                for (j, to) in taken.iter().enumerate().skip(i) {
                    let allowed = u128::from(burst) * 1000 + to.since(*from).as_millis() * u128::from(rate);
                    prop_assert!((j - i + 1) as u128 * 1000 <= allowed);
                }
            }
        }
    }

    #[test]
    fn ready_when_it_says_and_after_a_step_back() {
        let mut bucket = Bucket::new(1, 3, Timestamp::from_millis(10_000));
        assert!(bucket.try_take(Timestamp::from_millis(10_000)));
        assert!(!bucket.try_take(Timestamp::from_millis(10_001)));
        let at = bucket.ready_at();
        assert!(bucket.try_take(at));
        assert!(!bucket.try_take(Timestamp::from_millis(5_000)));
        assert!(bucket.try_take(Timestamp::from_millis(5_400)));
    }
}
