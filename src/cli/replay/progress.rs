//! How far a long replay is, on the terminal.

use std::{
    io::{self, IsTerminal as _, Write as _},
    time::Duration,
};

use crate::clock::Stopwatch;

/// Nothing is shown before, nor more often.
const EVERY: Duration = Duration::from_millis(500);
/// The clock is looked at once in so many lines.
const LINES: u32 = 4_096;

/// How far it is. Silent where stderr is no terminal.
pub(super) struct Progress {
    total: u64,
    is_shown: bool,
    watch: Option<Stopwatch>,
    n_lines: u32,
}

impl Progress {
    /// Of so many bytes.
    pub(super) fn new(total: u64) -> Self {
        let watch = io::stderr().is_terminal().then(Stopwatch::start);
        Self { total: total.max(1), is_shown: false, watch, n_lines: 0 }
    }

    /// So many bytes are done.
    pub(super) fn at(&mut self, n_bytes: u64) {
        let Some(watch) = &self.watch else { return };
        self.n_lines += 1;
        if self.n_lines < LINES {
            return;
        }
        self.n_lines = 0;
        if EVERY <= watch.elapsed() {
            self.watch = Some(Stopwatch::start());
            self.is_shown = true;
            let percent = (n_bytes.min(self.total) * 100) / self.total;
            // A terminal that is gone misses nothing.
            io::stderr().write_all(format!("\rreplay: {percent:3} % of {} MB", self.total >> 20).as_bytes()).ok();
        }
    }

    /// Takes the line away again.
    pub(super) fn end(&self) {
        if self.is_shown {
            // As above.
            io::stderr().write_all(b"\r\x1b[K").ok();
        }
    }
}
