//! Between a call and its VM: the VM says one thing at a time, and the call hears it.
//!
//! One small allocation a call: most calls hear one thing, that they are done.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

struct State<T> {
    said: Option<T>,
    waker: Option<Waker>,
    /// Whether one of the two is gone.
    is_closed: bool,
}

struct Line<T>(Mutex<State<T>>);

impl<T> Line<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Of whoever says something. Dropped, nothing more comes.
pub(super) struct Mouth<T>(Arc<Line<T>>);

/// Of whoever hears it. Dropped, nobody listens.
pub(super) struct Ear<T>(Arc<Line<T>>);

/// Both ends.
pub(super) fn line<T>() -> (Mouth<T>, Ear<T>) {
    let line = Arc::new(Line(Mutex::new(State { said: None, waker: None, is_closed: false })));
    (Mouth(line.clone()), Ear(line))
}

impl<T> Mouth<T> {
    /// Says it. What was said before and not heard is forgotten; it comes to that only if nobody listens.
    pub(super) fn say(&self, it: T) {
        let waker = {
            let mut state = self.0.state();
            state.said = Some(it);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether nobody listens any more.
    pub(super) fn is_closed(&self) -> bool {
        self.0.state().is_closed
    }
}

impl<T> Ear<T> {
    /// What is said next; none if nothing more comes. Cancel-safe: what was not heard stays.
    pub(super) async fn hear(&mut self) -> Option<T> {
        std::future::poll_fn(|cx| {
            let mut state = self.0.state();
            if let Some(it) = state.said.take() {
                return Poll::Ready(Some(it));
            }
            if state.is_closed {
                return Poll::Ready(None);
            }
            if !state.waker.as_ref().is_some_and(|it| it.will_wake(cx.waker())) {
                state.waker = Some(cx.waker().clone());
            }
            Poll::Pending
        })
        .await
    }

    /// What was said already.
    pub(super) fn heard(&mut self) -> Option<T> {
        self.0.state().said.take()
    }
}

impl<T> Drop for Mouth<T> {
    fn drop(&mut self) {
        let waker = {
            let mut state = self.0.state();
            state.is_closed = true;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Drop for Ear<T> {
    fn drop(&mut self) {
        self.0.state().is_closed = true;
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn what_is_said_is_heard_in_turn_and_then_nothing_more() {
        let (mouth, mut ear) = line();
        let saying = thread::spawn(move || {
            for n in 0..1000 {
                mouth.say(n);
                while mouth.0.state().said.is_some() {
                    thread::yield_now();
                }
            }
        });
        for n in 0..1000 {
            assert_eq!(ear.hear().await, Some(n));
        }
        assert_eq!(ear.hear().await, None);
        saying.join().unwrap();
    }

    #[test]
    fn what_was_said_last_is_heard_though_the_mouth_is_gone_and_a_gone_ear_is_noticed() {
        let (mouth, mut ear) = line();
        assert!(ear.hear().now_or_never().is_none());
        assert!(!mouth.is_closed());
        mouth.say(1);
        drop(mouth);
        assert_eq!(ear.hear().now_or_never(), Some(Some(1)));
        assert_eq!(ear.hear().now_or_never(), Some(None));
        let (mouth, ear) = line();
        drop(ear);
        assert!(mouth.is_closed());
        mouth.say(1);
    }
}
