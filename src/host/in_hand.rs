//! How much the host has in hand: commands that were taken and not yet answered, notices not yet sent.
//!
//! Shown as a queue depth; and whoever ends the bot, or tests it, can wait until nothing is left.

use std::sync::Arc;

use tokio::sync::watch;

/// The count. Cheap to clone.
#[derive(Clone, Debug)]
pub struct InHand(Arc<watch::Sender<usize>>);

/// One thing in hand, until it is dropped.
#[derive(Debug)]
pub struct Held(Arc<watch::Sender<usize>>);

impl Default for InHand {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl InHand {
    /// Takes one more thing in hand.
    #[must_use]
    pub fn hold(&self) -> Held {
        self.0.send_modify(|n| *n += 1);
        Held(self.0.clone())
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        *self.0.borrow()
    }

    /// Waits until there is nothing.
    pub async fn idle(&self) {
        let mut count = self.0.subscribe();
        // An error means that the count is gone, and with it everything that was in hand.
        drop(count.wait_for(|n| *n == 0).await);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.send_modify(|n| *n = n.saturating_sub(1));
    }
}
