//! How much the host has in hand: commands that were taken and not yet answered, notices not yet sent.
//!
//! Shown as a queue depth; and whoever ends the bot, or tests it, can wait until nothing is left.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Notify;

/// The count. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct InHand(Arc<Count>);

/// One thing in hand, until it is dropped.
#[derive(Debug)]
pub struct Held(Arc<Count>);

#[derive(Debug, Default)]
struct Count {
    n: AtomicUsize,
    /// Wakes those who wait for nothing to be left.
    idle: Notify,
}

impl InHand {
    /// Takes one more thing in hand.
    #[must_use]
    pub fn hold(&self) -> Held {
        self.0.n.fetch_add(1, Ordering::AcqRel);
        Held(self.0.clone())
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.n.load(Ordering::Acquire)
    }

    /// Waits until there is nothing.
    pub async fn idle(&self) {
        loop {
            let mut woken = std::pin::pin!(self.0.idle.notified());
            // Listens before it looks, so that the last one cannot go in between.
            woken.as_mut().enable();
            if self.count() == 0 {
                return;
            }
            woken.await;
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.0.n.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.idle.notify_waiters();
        }
    }
}
