//! How long the handlers of an instance may take: one alarm for all of them, since nearly all are done long before.

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Poll, Waker},
    time::Duration,
};

use domovoi_plugin::Timestamp;

use crate::clock::Clock;

/// What a handler may take, waiting included, before it is dropped and counted as a fault.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);
/// What a handler that is under way may take yet once its plugin is not there any more.
const GRACE: Duration = Duration::from_secs(5);
/// From so many leashes on, those whose handlers are done are looked for.
const MANY: usize = 256;

/// Why a handler is to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Why {
    /// It took too long.
    Late,
    /// Its plugin was replaced, and it was not done yet.
    Replaced,
}

/// What ends one handler, or the handlers of one row.
#[derive(Debug, Default)]
pub(super) struct Leash(Mutex<(Option<Why>, Option<Waker>)>);

impl Leash {
    fn state(&self) -> MutexGuard<'_, (Option<Why>, Option<Waker>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is to end. One task at a time waits for it.
    pub(super) async fn pulled(&self) -> Why {
        poll_fn(|cx| {
            let mut state = self.state();
            if let Some(why) = state.0 {
                return Poll::Ready(why);
            }
            if !state.1.as_ref().is_some_and(|it| it.will_wake(cx.waker())) {
                state.1 = Some(cx.waker().clone());
            }
            Poll::Pending
        })
        .await
    }

    fn pull(&self, why: Why) {
        let waker = {
            let mut state = self.state();
            state.0.get_or_insert(why);
            state.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// A leash that was given out, of which version of the plugin, and when it is pulled.
struct Given {
    until: Timestamp,
    version: u64,
    leash: Weak<Leash>,
}

/// The leashes of one instance.
pub(super) struct Leashes {
    clock: Clock,
    /// In the order of their times.
    given: VecDeque<Given>,
    /// How many there may be before those that are done are looked for.
    many: usize,
    /// The version of the plugin, and until when handlers of those before it may go on.
    version: u64,
    graces: VecDeque<(Timestamp, u64)>,
    alarm: Option<Alarm>,
}

/// Rings at this time.
struct Alarm {
    at: Timestamp,
    sleep: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Leashes {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, given: VecDeque::new(), many: MANY, version: 0, graces: VecDeque::new(), alarm: None }
    }

    /// A leash for what begins now.
    pub(super) fn give(&mut self) -> Arc<Leash> {
        if self.many <= self.given.len() {
            self.given.retain(|it| 0 < it.leash.strong_count());
            self.many = MANY.max(self.given.len() * 2);
        }
        let leash = Arc::new(Leash::default());
        let until = self.clock.now() + PATIENCE;
        self.given.push_back(Given { until, version: self.version, leash: Arc::downgrade(&leash) });
        if self.alarm.is_none() {
            self.set_alarm();
        }
        leash
    }

    /// Another version of the plugin took the place of the present one, or it was taken away.
    pub(super) fn replaced(&mut self) {
        self.graces.push_back((self.clock.now() + GRACE, self.version));
        self.version += 1;
        self.set_alarm();
    }

    /// Pulls those whose time has come, each time that there are such; for ever. Cancel-safe: what is due stays due.
    pub(super) async fn look_after(&mut self) {
        loop {
            match &mut self.alarm {
                Some(alarm) => alarm.sleep.as_mut().await,
                None => std::future::pending().await,
            }
            self.pull_due();
            self.set_alarm();
        }
    }

    fn pull_due(&mut self) {
        let now = self.clock.now();
        let is_due = |until: Timestamp| until <= now;
        while let Some((_, version)) = self.graces.pop_front_if(|it| is_due(it.0)) {
            let old = self.given.iter().filter(|it| it.version <= version);
            old.filter_map(|it| it.leash.upgrade()).for_each(|it| it.pull(Why::Replaced));
            self.given.retain(|it| version < it.version);
        }
        while let Some(late) = self.given.pop_front_if(|it| is_due(it.until)) {
            if let Some(leash) = late.leash.upgrade() {
                leash.pull(Why::Late);
            }
        }
    }

    /// Sets the alarm to what is due next, unless it rings before that anyway.
    fn set_alarm(&mut self) {
        while self.given.front().is_some_and(|it| it.leash.strong_count() == 0) {
            self.given.pop_front();
        }
        let late = self.given.front().map(|it| it.until);
        let next = late.into_iter().chain(self.graces.front().map(|it| it.0)).min();
        let now = self.clock.now();
        let rings_first = |at: Timestamp| self.alarm.as_ref().is_some_and(|it| now < it.at && it.at <= at);
        match next {
            Some(at) if !rings_first(at) => {
                let clock = self.clock;
                let sleep = async move {
                    let span = clock.until(at);
                    if !span.is_zero() {
                        clock.sleep(span).await;
                    }
                };
                self.alarm = Some(Alarm { at, sleep: Box::pin(sleep) });
            }
            Some(_) => (),
            None => self.alarm = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn pulled(leash: &Leash) -> Option<Why> {
        leash.pulled().now_or_never()
    }

    #[test]
    fn a_handler_that_takes_too_long_is_ended_and_one_that_came_later_is_not() {
        let clock = Clock::by_hand(Timestamp::default());
        let mut leashes = Leashes::new(clock);
        let first = leashes.give();
        drop(leashes.give());
        clock.turn(PATIENCE / 2);
        let second = leashes.give();
        assert!(leashes.look_after().now_or_never().is_none());
        assert_eq!((pulled(&first), pulled(&second)), (None, None));
        clock.turn(PATIENCE / 2);
        assert!(leashes.look_after().now_or_never().is_none());
        assert_eq!((pulled(&first), pulled(&second)), (Some(Why::Late), None));
        clock.turn(PATIENCE / 2);
        assert!(leashes.look_after().now_or_never().is_none());
        assert_eq!(pulled(&second), Some(Why::Late));
        assert!(leashes.alarm.is_none() && clock.next_sleeper().is_none(), "nobody is waited for");
    }

    #[test]
    fn what_an_old_version_began_has_a_few_seconds_and_what_the_new_one_began_has_its_time() {
        let clock = Clock::by_hand(Timestamp::default());
        let mut leashes = Leashes::new(clock);
        let old = leashes.give();
        leashes.replaced();
        let new = leashes.give();
        clock.turn(GRACE - Duration::from_millis(1));
        assert!(leashes.look_after().now_or_never().is_none());
        assert_eq!(pulled(&old), None);
        clock.turn(Duration::from_millis(1));
        assert!(leashes.look_after().now_or_never().is_none());
        assert_eq!((pulled(&old), pulled(&new)), (Some(Why::Replaced), None));
        clock.turn(PATIENCE);
        assert!(leashes.look_after().now_or_never().is_none());
        assert_eq!(pulled(&new), Some(Why::Late));
    }

    #[test]
    fn those_that_are_done_are_forgotten() {
        let clock = Clock::by_hand(Timestamp::default());
        let mut leashes = Leashes::new(clock);
        let waiting = leashes.give();
        for _ in 0..10 * MANY {
            drop(leashes.give());
        }
        assert!(leashes.given.len() <= MANY);
        clock.turn(PATIENCE);
        assert!(leashes.look_after().now_or_never().is_none());
        assert_eq!(pulled(&waiting), Some(Why::Late));
    }
}
