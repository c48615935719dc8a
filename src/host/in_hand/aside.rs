//! What waits for a person or for time to pass is not in hand meanwhile, and is again the moment that it is woken.
//!
//! Whoever wakes it counts it, not the task when it comes to run: so nobody who looks in between takes the host for idle.

use std::{
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Wake, Waker},
};

use super::{Count, PRESENT};

/// Waits for something that the host can do nothing about. Outside [`super::Held::during`] nothing is counted.
pub async fn aside<T>(wait: impl Future<Output = T>) -> T {
    match PRESENT.try_with(Arc::clone) {
        Ok(count) => Aside { wait: pin!(wait), alarm: Arc::new(Alarm { count, state: Mutex::default() }) }.await,
        // The handlers of no job wait here.
        Err(_) => wait.await,
    }
}

struct Aside<'a, F> {
    wait: Pin<&'a mut F>,
    alarm: Arc<Alarm>,
}

/// Wakes the task, and counts it.
struct Alarm {
    count: Arc<Count>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Whether the work is not counted at this moment.
    is_aside: bool,
    /// Whether it was woken since it was last looked at.
    is_woken: bool,
    waker: Option<Waker>,
}

impl Alarm {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts the work again, if it is not.
    fn take(&self, state: &mut State) {
        if std::mem::take(&mut state.is_aside) {
            self.count.take();
        }
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        let waker = {
            let mut state = self.state();
            state.is_woken = true;
            self.take(&mut state);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<F: Future> Future for Aside<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        {
            let mut state = self.alarm.state();
            self.alarm.take(&mut state);
            state.is_woken = false;
            state.waker = Some(cx.waker().clone());
        }
        let waker = Waker::from(self.alarm.clone());
        let polled = self.wait.as_mut().poll(&mut Context::from_waker(&waker));
        let mut state = self.alarm.state();
        // Whoever was woken while it was looked at is looked at again soon.
        if polled.is_pending() && !state.is_woken {
            state.is_aside = true;
            self.alarm.count.give_back();
        }
        drop(state);
        polled
    }
}

impl<F> Drop for Aside<'_, F> {
    fn drop(&mut self) {
        // Whoever holds the work gives it back once more.
        let mut state = self.alarm.state();
        self.alarm.take(&mut state);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domovoi_plugin::Timestamp;
    use futures::FutureExt as _;

    use super::*;
    use crate::{clock::Clock, host::in_hand::InHand};

    #[test]
    fn what_waits_for_time_is_not_in_hand_until_it_is_woken() {
        let (in_hand, clock) = (InHand::default(), Clock::by_hand(Timestamp::default()));
        let held = in_hand.hold();
        let mut work = Box::pin(async move { held.during(aside(clock.sleep(Duration::from_secs(1)))).await });
        assert_eq!(in_hand.count(), 1);
        assert!((&mut work).now_or_never().is_none());
        assert_eq!(in_hand.count(), 0, "nothing can be done");
        clock.turn(Duration::from_secs(1));
        assert_eq!(in_hand.count(), 1, "it was woken, though it did not run yet");
        assert!(work.now_or_never().is_some());
        assert_eq!(in_hand.count(), 0);
    }

    #[test]
    fn what_is_dropped_while_it_waits_is_counted_once() {
        let (in_hand, clock) = (InHand::default(), Clock::by_hand(Timestamp::default()));
        let (held, other) = (in_hand.hold(), in_hand.hold());
        let mut work = Box::pin(async move { held.during(aside(clock.sleep(Duration::from_secs(1)))).await });
        assert!((&mut work).now_or_never().is_none());
        drop(work);
        assert_eq!(in_hand.count(), 1);
        drop(other);
        assert_eq!(in_hand.count(), 0);
    }
}
