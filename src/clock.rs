//! The one place where the time is read.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use domovoi_plugin::Timestamp;

/// Tells the time: the system's, or in tests tokio's, which can be paused.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The system's clock.
    System,
    /// This instant, and what tokio's clock has counted since.
    Tokio {
        /// The instant at which it was made.
        base: Timestamp,
        /// tokio's clock then.
        start: tokio::time::Instant,
    },
    /// By hand, in milliseconds since 1970; for tests only.
    #[cfg(test)]
    Hand(&'static std::sync::atomic::AtomicI64),
}

impl Clock {
    /// A clock that starts at this instant and runs with tokio's.
    #[must_use]
    pub fn tokio(base: Timestamp) -> Self {
        Self::Tokio { base, start: tokio::time::Instant::now() }
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            #[expect(clippy::disallowed_methods, reason = "this is the place")]
            Self::System => {
                let millis = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
                Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
            }
            Self::Tokio { base, start } => *base + start.elapsed(),
            #[cfg(test)]
            Self::Hand(millis) => Timestamp::from_millis(millis.load(std::sync::atomic::Ordering::Relaxed)),
        }
    }

    /// How long until that instant; zero if it has passed.
    #[must_use]
    pub fn until(&self, at: Timestamp) -> Duration {
        at.since(self.now())
    }
}

impl domovoi_plugin::Clock for Clock {
    fn now(&self) -> Timestamp {
        Self::now(self)
    }
}

/// Measures how long something takes. For metrics and limits, never for decisions about rooms.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts one.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
