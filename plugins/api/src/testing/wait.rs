//! Runs a future to its end on this thread: on the bench nothing ever really waits.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

/// How often a future may say that it waits, for those that only let others go first.
const MAX_POLLS: usize = 10_000;

/// The future's value.
///
/// # Panics
/// If it waits for something that no bench will ever bring.
pub(super) fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..MAX_POLLS {
        if let Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return value;
        }
    }
    panic!("the plugin waits for something that is not on the bench");
}
