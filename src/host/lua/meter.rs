//! Deadlines: how much CPU time an entry into a VM has used, asked from within whenever Lua can be interrupted.
//!
//! Reading the CPU clock of a thread is a call into the kernel; reading the wall's is not. Since a thread cannot use
//! more CPU time than passes on the wall, the former is only asked once the latter says that it may be too late, and
//! where an entry begins a grain of time or more after it was asked last. And not even the wall's is asked at each
//! interrupt, but so often that a fifth of a millisecond or so passes in between.

use std::{cell::Cell, time::Duration};

use rustix::time::{ClockId, clock_gettime};

use super::limits::WALL_FACTOR;
use crate::clock::Stopwatch;

/// The longest row of interrupts at which no clock is read.
const MAX_STRIDE: u32 = 256;
/// The clock is read about so often.
const GRAIN: Duration = Duration::from_micros(100);

/// Counts the time of one VM's entries. Belongs to the thread of the VM.
#[derive(Debug)]
pub(super) struct Meter {
    limit: Cell<Option<Duration>>,
    wall: Cell<Stopwatch>,
    cpu_at_start: Cell<Duration>,
    /// What the CPU clock said when it was read last, and since when that is on the wall.
    cpu: Cell<Option<(Duration, Stopwatch)>>,
    wall_at_check: Cell<Duration>,
    stride: Cell<u32>,
    countdown: Cell<u32>,
    is_over: Cell<bool>,
}

impl Meter {
    pub(super) fn new() -> Self {
        Self {
            limit: Cell::new(None),
            wall: Cell::new(Stopwatch::start()),
            cpu_at_start: Cell::new(Duration::ZERO),
            cpu: Cell::new(None),
            wall_at_check: Cell::new(Duration::ZERO),
            stride: Cell::new(1),
            countdown: Cell::new(0),
            is_over: Cell::new(false),
        }
    }

    /// An entry begins that may use this much CPU time.
    pub(super) fn start(&self, limit: Duration) {
        let wall = Stopwatch::start();
        self.wall.set(wall);
        self.cpu_at_start.set(self.cpu_at(wall));
        self.wall_at_check.set(Duration::ZERO);
        self.stride.set(1);
        self.countdown.set(0);
        self.is_over.set(false);
        self.limit.set(Some(limit));
    }

    /// The CPU time at this instant, no more than a grain too late: what passed on the wall since the clock was read last is
    /// the most that can have been used since.
    fn cpu_at(&self, now: Stopwatch) -> Duration {
        if let Some((cpu, at)) = self.cpu.get() {
            let passed = now.since(at);
            if passed < GRAIN {
                return cpu + passed;
            }
        }
        let cpu = thread_cpu();
        self.cpu.set(Some((cpu, now)));
        cpu
    }

    /// The entry is over; whether it was too long.
    pub(super) fn stop(&self) -> bool {
        self.limit.set(None);
        self.is_over.get()
    }

    /// How much CPU time the present entry has used.
    pub(super) fn used(&self) -> Duration {
        thread_cpu().saturating_sub(self.cpu_at_start.get())
    }

    /// Whether the present entry has had its time. Called at every interrupt, so it must be quick.
    pub(super) fn is_due(&self) -> bool {
        let countdown = self.countdown.get();
        if 0 < countdown {
            self.countdown.set(countdown - 1);
            return false;
        }
        self.check()
    }

    /// The same, asked where much may have passed since: the clock is read each time.
    pub(super) fn is_due_now(&self) -> bool {
        self.countdown.set(0);
        self.check()
    }

    #[cold]
    fn check(&self) -> bool {
        let Some(limit) = self.limit.get() else { return false };
        if self.is_over.get() {
            return true;
        }
        let wall = self.wall.get().elapsed();
        let passed = wall.saturating_sub(self.wall_at_check.get());
        self.wall_at_check.set(wall);
        let stride = if passed < GRAIN { (self.stride.get() * 2).min(MAX_STRIDE) } else { 1 };
        self.stride.set(stride);
        self.countdown.set(stride - 1);
        if wall < limit || self.used() < limit && wall < limit * WALL_FACTOR {
            return false;
        }
        // From here on every interrupt is an error, so that nothing that catches errors gets far.
        self.countdown.set(0);
        self.is_over.set(true);
        true
    }
}

/// The CPU time that the calling thread has used so far.
fn thread_cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_over_once_its_cpu_time_is_used() {
        let meter = Meter::new();
        assert!(!meter.is_due(), "nothing runs");
        let limit = Duration::from_millis(20);
        meter.start(limit);
        while !meter.is_due() {
            std::hint::spin_loop();
        }
        let wall = meter.wall.get().elapsed();
        assert!(limit <= meter.used() || limit * WALL_FACTOR <= wall, "{:?} of CPU time", meter.used());
        assert!(meter.is_due(), "and stays over");
        assert!(meter.stop());
        meter.start(limit);
        assert!(!meter.is_due());
        assert!(!meter.stop());
    }
}
