//! Gives VMs up that are not back in time: what hangs in C is reached by no interrupt.
//!
//! A thread cannot be ended from outside. It is left behind, counted, and its plugin gets a fresh one.

use std::{
    sync::{
        Arc, Condvar, LazyLock, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use tokio_util::sync::CancellationToken;
use tracing::error;

use super::limits::{ABANDON_AFTER, WALL_FACTOR};
use crate::clock::Clock;

/// How often is looked.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What the watchdog sees of a VM.
#[derive(Debug)]
pub(super) struct Pulse {
    name: String,
    /// When it must be back, in milliseconds of [`Clock::running`]; 0 while nothing runs.
    due: AtomicU64,
    is_abandoned: AtomicBool,
    /// How many threads this plugin left behind.
    n_abandoned: Arc<AtomicU32>,
    /// Nothing comes from this VM any more.
    pub(super) gone: CancellationToken,
}

impl Pulse {
    /// The pulse of a VM, watched from now on.
    pub(super) fn watched(name: String, n_abandoned: Arc<AtomicU32>) -> Arc<Self> {
        let gone = CancellationToken::new();
        let pulse =
            Arc::new(Self { name, due: AtomicU64::new(0), is_abandoned: AtomicBool::new(false), n_abandoned, gone });
        let (watched, wake) = &*WATCHED;
        watched.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&pulse));
        wake.notify_one();
        pulse
    }

    /// An entry begins that may use this much CPU time.
    pub(super) fn begin(&self, limit: Duration) {
        let due = Clock::System.running() + limit * WALL_FACTOR + ABANDON_AFTER;
        self.due.store(millis(due).max(1), Ordering::Release);
    }

    /// The VM is back.
    pub(super) fn end(&self) {
        self.due.store(0, Ordering::Release);
    }

    /// Whether it was given up: then its thread has nothing more to do.
    pub(super) fn is_abandoned(&self) -> bool {
        self.is_abandoned.load(Ordering::Acquire)
    }

    fn look(&self, now: u64) {
        let due = self.due.load(Ordering::Acquire);
        if due == 0 || now < due || self.is_abandoned.swap(true, Ordering::AcqRel) {
            return;
        }
        let n = self.n_abandoned.fetch_add(1, Ordering::AcqRel) + 1;
        error!(plugin = %self.name, n_threads = n, "a plugin's VM does not come back and was given up with its thread");
        self.gone.cancel();
    }
}

type Watched = (Mutex<Vec<Weak<Pulse>>>, Condvar);

static WATCHED: LazyLock<Watched> = LazyLock::new(|| {
    let spawned = thread::Builder::new().name("lua-watchdog".to_owned()).spawn(watch);
    if let Err(error) = spawned {
        error!("plugins in Lua are not watched: {error}");
    }
    Watched::default()
});

fn watch() {
    let (watched, wake) = &*WATCHED;
    let mut list = watched.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        list.retain(|it| 0 < it.strong_count());
        list = if list.is_empty() {
            wake.wait(list).unwrap_or_else(PoisonError::into_inner)
        } else {
            wake.wait_timeout(list, LOOK_EVERY).unwrap_or_else(PoisonError::into_inner).0
        };
        let now = millis(Clock::System.running());
        list.iter().filter_map(Weak::upgrade).for_each(|it| it.look(now));
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_vm_that_does_not_come_back_is_given_up_and_one_that_does_is_not() {
        let n_abandoned = Arc::new(AtomicU32::new(0));
        let [stuck, back, idle] =
            ["stuck", "back", "idle"].map(|it| Pulse::watched(it.to_owned(), n_abandoned.clone()));
        stuck.begin(Duration::ZERO);
        back.begin(Duration::ZERO);
        back.end();
        tokio::time::timeout(Duration::from_secs(30), stuck.gone.cancelled()).await.expect("it is given up");
        assert!(stuck.is_abandoned() && !back.is_abandoned() && !idle.is_abandoned());
        assert_eq!(n_abandoned.load(Ordering::Acquire), 1);
    }
}
