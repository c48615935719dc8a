//! Gives VMs up that are not back in time: what hangs in C is reached by no interrupt.
//!
//! A thread cannot be ended from outside. It is left behind, counted, and its plugin gets a fresh one.
//!
//! How long it is overdue is counted in CPU time of that thread, so that a VM which the machine does not let run is not
//! given up for it; where the kernel does not tell that, or the thread sleeps where it should not, the wall's clock
//! decides, with [`WALL_FACTOR`] times as much. Of the wall's time only counts what the watchdog itself was awake for: a
//! process that was stopped and goes on again has lost nothing.

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc, Condvar, LazyLock, Mutex, OnceLock, PoisonError, Weak,
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
    /// Which entry runs, in the upper half, and how many milliseconds of CPU time it may use, in the lower; 0 there while
    /// nothing runs.
    entry: AtomicU64,
    /// Where the kernel tells the CPU time of the VM's thread.
    schedstat: OnceLock<PathBuf>,
    watch: Mutex<Watch>,
    is_abandoned: AtomicBool,
    /// How many threads this plugin left behind.
    n_abandoned: Arc<AtomicU32>,
    /// Nothing comes from this VM any more.
    pub(super) gone: CancellationToken,
}

/// What the watchdog remembers of the entry that it saw last.
#[derive(Debug, Default)]
struct Watch {
    entry: u64,
    /// How long it has been seen running.
    seen_for: Duration,
    /// The thread's CPU time when it was seen first.
    cpu_at_first: Option<Duration>,
}

impl Pulse {
    /// The pulse of a VM, watched from now on.
    pub(super) fn watched(name: String, n_abandoned: Arc<AtomicU32>) -> Arc<Self> {
        let pulse = Arc::new(Self {
            name,
            entry: AtomicU64::new(0),
            schedstat: OnceLock::new(),
            watch: Mutex::default(),
            is_abandoned: AtomicBool::new(false),
            n_abandoned,
            gone: CancellationToken::new(),
        });
        let (watched, wake) = &*WATCHED;
        watched.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&pulse));
        wake.notify_one();
        pulse
    }

    /// The calling thread is the one to be watched. Elsewhere than on Linux there is no such file, and the wall decides.
    pub(super) fn is_of_this_thread(&self) {
        if let Ok(task) = fs::read_link("/proc/thread-self") {
            // The first one stays; a VM has one thread.
            self.schedstat.get_or_init(|| PathBuf::from("/proc").join(task).join("schedstat"));
        }
    }

    /// An entry begins that may use this much CPU time.
    pub(super) fn begin(&self, limit: Duration) {
        let n = (self.entry.load(Ordering::Relaxed) >> 32).wrapping_add(1) & u64::from(u32::MAX);
        let limit = u32::try_from(limit.as_millis()).unwrap_or(u32::MAX).max(1);
        self.entry.store(n << 32 | u64::from(limit), Ordering::Release);
    }

    /// The VM is back.
    pub(super) fn end(&self) {
        let n = self.entry.load(Ordering::Relaxed) >> 32;
        self.entry.store(n << 32, Ordering::Release);
    }

    /// Whether it was given up: then its thread has nothing more to do.
    pub(super) fn is_abandoned(&self) -> bool {
        self.is_abandoned.load(Ordering::Acquire)
    }

    /// The CPU time of the VM's thread, in nanoseconds the first figure of its file.
    fn cpu(&self) -> Option<Duration> {
        let text = fs::read_to_string(self.schedstat.get()?).ok()?;
        text.split_ascii_whitespace().next()?.parse().ok().map(Duration::from_nanos)
    }

    fn look(&self, passed: Duration) {
        let entry = self.entry.load(Ordering::Acquire);
        let limit = entry & u64::from(u32::MAX);
        if limit == 0 || self.is_abandoned() || !self.is_overdue(entry, Duration::from_millis(limit), passed) {
            return;
        }
        self.is_abandoned.store(true, Ordering::Release);
        let n = self.n_abandoned.fetch_add(1, Ordering::AcqRel) + 1;
        error!(plugin = %self.name, n_threads = n, "a plugin's VM does not come back and was given up with its thread");
        self.gone.cancel();
    }

    fn is_overdue(&self, entry: u64, limit: Duration, passed: Duration) -> bool {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        if watch.entry != entry {
            *watch = Watch { entry, seen_for: Duration::ZERO, cpu_at_first: None };
            return false;
        }
        watch.seen_for += passed;
        let patience = limit + ABANDON_AFTER;
        if watch.seen_for < LOOK_EVERY * 2 {
            return false;
        }
        let Some(cpu) = self.cpu() else { return limit * WALL_FACTOR + ABANDON_AFTER <= watch.seen_for };
        let first = *watch.cpu_at_first.get_or_insert(cpu);
        patience <= cpu.saturating_sub(first) || patience * WALL_FACTOR <= watch.seen_for
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
    let mut last = Clock::System.running();
    loop {
        list.retain(|it| 0 < it.strong_count());
        list = if list.is_empty() {
            wake.wait(list).unwrap_or_else(PoisonError::into_inner)
        } else {
            wake.wait_timeout(list, LOOK_EVERY).unwrap_or_else(PoisonError::into_inner).0
        };
        let now = Clock::System.running();
        let passed = now.saturating_sub(last).min(LOOK_EVERY * 2);
        last = now;
        list.iter().filter_map(Weak::upgrade).for_each(|it| it.look(passed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stopwatch;

    const SOON: Duration = Duration::from_millis(1);

    fn pulse(name: &str, n_abandoned: &Arc<AtomicU32>) -> Arc<Pulse> {
        Pulse::watched(name.to_owned(), n_abandoned.clone())
    }

    #[tokio::test]
    async fn a_vm_that_does_not_come_back_is_given_up_and_one_that_does_is_not() {
        let n_abandoned = Arc::new(AtomicU32::new(0));
        let [stuck, back, idle] = ["stuck", "back", "idle"].map(|it| pulse(it, &n_abandoned));
        let spinning = stuck.clone();
        let thread = thread::spawn(move || {
            spinning.is_of_this_thread();
            spinning.begin(SOON);
            let watch = Stopwatch::start();
            while !spinning.is_abandoned() && watch.elapsed() < Duration::from_secs(60) {
                std::hint::spin_loop();
            }
        });
        back.begin(SOON);
        back.end();
        tokio::time::timeout(Duration::from_secs(50), stuck.gone.cancelled()).await.expect("it is given up");
        thread.join().unwrap();
        assert!(stuck.is_abandoned() && !back.is_abandoned() && !idle.is_abandoned());
        assert_eq!(n_abandoned.load(Ordering::Acquire), 1);
    }

    #[test]
    fn a_thread_that_is_not_let_run_has_ten_times_as_long() {
        let asleep = pulse("asleep", &Arc::default());
        // This thread uses next to nothing while it only counts.
        asleep.is_of_this_thread();
        asleep.begin(SOON);
        let entry = asleep.entry.load(Ordering::Acquire);
        let second = Duration::from_secs(1);
        let n = (0..30).position(|_| asleep.is_overdue(entry, SOON, second)).unwrap();
        let is_counted = asleep.cpu().is_some();
        assert_eq!(n, if is_counted { 11 } else { 2 }, "seconds by the wall's clock");
        assert!(!asleep.is_overdue(entry + (1 << 32), SOON, 100 * second), "the next entry begins anew");
    }
}
