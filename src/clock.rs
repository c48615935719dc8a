//! The one place where the time is read.

use std::{
    sync::{
        LazyLock, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use domovoi_plugin::{Timestamp, async_trait};
use tokio::sync::oneshot;

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
    /// Stands still until someone turns it on.
    Hand(&'static Hand),
}

/// A clock that is turned by hand, and who sleeps by it.
#[derive(Debug)]
pub struct Hand {
    /// Milliseconds after 1970.
    millis: AtomicI64,
    sleepers: Mutex<Vec<Sleeper>>,
}

/// Someone who waits for the clock to be turned on.
#[derive(Debug)]
struct Sleeper {
    until: Timestamp,
    wake: oneshot::Sender<()>,
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
        Self::Hand(Box::leak(Box::new(Hand { millis: AtomicI64::new(at.as_millis()), sleepers: Mutex::default() })))
    }

    /// Turns a clock by hand on and wakes those whose time has come; every other runs by itself.
    pub fn turn(&self, span: Duration) {
        match self {
            Self::Hand(hand) => {
                hand.millis.fetch_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX), Ordering::Relaxed);
                hand.wake(self.now());
            }
            Self::System | Self::Tokio { .. } => (),
        }
    }

    /// Waits. Dropped, nobody is woken.
    pub async fn sleep(&self, span: Duration) {
        match self {
            Self::System | Self::Tokio { .. } => tokio::time::sleep(span).await,
            // An error would mean that the clock is gone, and it never is.
            Self::Hand(hand) => hand.sleeper(self.now() + span).await.unwrap_or_default(),
        }
    }

    /// When the next of those who sleep by a clock by hand is to be woken.
    #[must_use]
    pub fn next_sleeper(&self) -> Option<Timestamp> {
        match self {
            Self::System | Self::Tokio { .. } => None,
            Self::Hand(hand) => {
                let sleepers = hand.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
                sleepers.iter().filter(|it| !it.wake.is_closed()).map(|it| it.until).min()
            }
        }
    }

    /// The time since some instant that stays the same: never steps back, and says nothing of the day.
    #[must_use]
    pub fn running(&self) -> Duration {
        match self {
            Self::System => BEGIN.elapsed(),
            Self::Tokio { start, .. } => start.elapsed(),
            Self::Hand(hand) => Duration::from_millis(hand.millis.load(Ordering::Relaxed).unsigned_abs()),
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
            Self::Hand(hand) => Timestamp::from_millis(hand.millis.load(Ordering::Relaxed)),
        }
    }

    /// How long until that instant; zero if it has passed.
    #[must_use]
    pub fn until(&self, at: Timestamp) -> Duration {
        at.since(self.now())
    }
}

#[async_trait]
impl domovoi_plugin::Clock for Clock {
    fn now(&self) -> Timestamp {
        Self::now(self)
    }

    async fn sleep(&self, span: Duration) {
        Self::sleep(self, span).await;
    }
}

impl Hand {
    fn sleeper(&self, until: Timestamp) -> oneshot::Receiver<()> {
        let (wake, woken) = oneshot::channel();
        let mut sleepers = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        sleepers.retain(|it| !it.wake.is_closed());
        sleepers.push(Sleeper { until, wake });
        woken
    }

    /// Wakes whose time has come, in the order of their times.
    fn wake(&self, now: Timestamp) {
        let mut sleepers = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut due, later): (Vec<_>, _) = std::mem::take(&mut *sleepers).into_iter().partition(|it| it.until <= now);
        *sleepers = later;
        drop(sleepers);
        due.sort_by_key(|it| it.until);
        for sleeper in due {
            // Whoever went away need not be woken.
            sleeper.wake.send(()).ok();
        }
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

    /// The time from the start of an earlier one to that of this one.
    #[must_use]
    pub fn since(&self, earlier: Self) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }

    /// The time since.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn a_clock_by_hand_wakes_whose_time_has_come() {
        let clock = Clock::by_hand(Timestamp::from_millis(1000));
        let mut short = Box::pin(clock.sleep(Duration::from_secs(1)));
        let mut long = Box::pin(clock.sleep(Duration::from_secs(60)));
        assert!((&mut short).now_or_never().is_none() && (&mut long).now_or_never().is_none());
        assert_eq!(clock.next_sleeper(), Some(Timestamp::from_millis(2000)));
        clock.turn(Duration::from_millis(999));
        assert!((&mut short).now_or_never().is_none());
        clock.turn(Duration::from_millis(1));
        assert!(short.now_or_never().is_some() && (&mut long).now_or_never().is_none());
        assert_eq!(clock.next_sleeper(), Some(Timestamp::from_millis(61_000)));
        drop(long);
        assert_eq!(clock.next_sleeper(), None);
    }
}
