//! How much the host has in hand: commands that were taken and not yet answered, notices not yet sent.
//!
//! Shown as a queue depth; and whoever ends the bot, or tests it, can wait until nothing is left. What waits for a person
//! or for time to pass is laid [`aside`] meanwhile: nothing is done about it until then.

mod aside;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Notify;

pub use aside::aside;

/// The count. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct InHand(Arc<Count>);

/// One thing in hand, until it is dropped.
#[derive(Debug)]
pub struct Held(Arc<Count>);

tokio::task_local! {
    /// Where the work of the present task is counted.
    static PRESENT: Arc<Count>;
}

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
        self.0.take();
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

impl Held {
    /// Marks what is done in this future as the thing in hand, so that parts of it can be laid [`aside`].
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        PRESENT.scope(self.0.clone(), work).await
    }
}

impl Count {
    fn take(&self) {
        self.n.fetch_add(1, Ordering::AcqRel);
    }

    fn give_back(&self) {
        if self.n.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.idle.notify_waiters();
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.give_back();
    }
}
