//! Keeps a paused clock still while a thread of the store works for somebody.
//!
//! Tests run the engine with tokio's clock paused; it jumps ahead whenever the runtime has nothing to do, and a wait for
//! our writer thread looks like nothing to do. A blocking task is what stops it, so one runs as long as anyone waits.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// How many calls wait for the writer thread.
#[derive(Debug, Default)]
pub(crate) struct Hold {
    n_waiting: Mutex<usize>,
    changed: Condvar,
}

/// One call that waits; goes into the job and is dropped when that is answered.
#[derive(Debug)]
pub(crate) struct Waiting(Arc<Hold>);

impl Hold {
    /// Counts one more. Must be called on a tokio runtime.
    pub(crate) fn enter(self: &Arc<Self>) -> Waiting {
        let mut n_waiting = self.n_waiting.lock().unwrap_or_else(PoisonError::into_inner);
        *n_waiting += 1;
        if *n_waiting == 1 {
            let hold = Arc::clone(self);
            // Ends as soon as nobody waits; nothing depends on its result.
            drop(tokio::task::spawn_blocking(move || hold.wait()));
        }
        Waiting(Arc::clone(self))
    }

    fn wait(&self) {
        let mut n_waiting = self.n_waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while 0 < *n_waiting {
            n_waiting = self.changed.wait(n_waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut n_waiting = self.0.n_waiting.lock().unwrap_or_else(PoisonError::into_inner);
        *n_waiting = n_waiting.saturating_sub(1);
        self.0.changed.notify_all();
    }
}
