//! The one place where the time is read.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use domovoi_plugin::Timestamp;

/// Tells the time: the system's; in tests tokio's, which can be paused; in a made-up room one that is turned by hand.
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
    /// This many milliseconds after 1970, until someone turns it on.
    Hand(&'static AtomicI64),
}

/// The first instant that a duration is measured from.
#[expect(clippy::disallowed_methods, reason = "this is the place")]
static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock {
    /// A clock that starts at this instant and runs with tokio's.
    #[must_use]
    pub fn tokio(base: Timestamp) -> Self {
        Self::Tokio { base, start: tokio::time::Instant::now() }
    }

    /// A clock that stands at this instant and is turned by hand. It is never given free: a process makes one or two.
    #[must_use]
    pub fn by_hand(at: Timestamp) -> Self {
        Self::Hand(Box::leak(Box::new(AtomicI64::new(at.as_millis()))))
    }

    /// Turns a clock by hand on; every other runs by itself.
    pub fn turn(&self, span: Duration) {
        match self {
            Self::Hand(millis) => {
                millis.fetch_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX), Ordering::Relaxed);
            }
            Self::System | Self::Tokio { .. } => (),
        }
    }

    /// The time since some instant that stays the same: never steps back, and says nothing of the day.
    #[must_use]
    pub fn running(&self) -> Duration {
        match self {
            Self::System => BEGIN.elapsed(),
            Self::Tokio { start, .. } => start.elapsed(),
            Self::Hand(millis) => Duration::from_millis(millis.load(Ordering::Relaxed).unsigned_abs()),
        }
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
            Self::Hand(millis) => Timestamp::from_millis(millis.load(Ordering::Relaxed)),
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

/// The clock as governor reads it.
#[derive(Clone, Copy, Debug)]
pub struct Ticking(pub Clock);

impl governor::clock::Clock for Ticking {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.running()
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
