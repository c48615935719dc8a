//! CPU time and memory, of this thread and of other processes, as the kernel counts them.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result};

/// CPU time of the calling thread so far.
pub(crate) fn of_thread() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").expect("the kernel counts CPU time of threads");
    let nanos = text.split_whitespace().next().and_then(|it| it.parse().ok());
    Duration::from_nanos(nanos.expect("the first figure is in nanoseconds"))
}

/// CPU time of a process so far, user and system together. The kernel gives it in hundredths of a second.
pub(crate) fn of_process(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in brackets may hold anything; what follows it is numbers.
    let (_, rest) = stat.rsplit_once(')').context("odd line in /proc")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |n: usize| fields.get(n).and_then(|it| it.parse::<u64>().ok()).context("odd line in /proc");
    Ok(Duration::from_millis((ticks(11)? + ticks(12)?) * 10))
}

/// Memory of a process that is really there (RSS), in bytes.
pub(crate) fn memory_of(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:")).context("no VmRSS in /proc")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kilobytes * 1024)
}

/// The load of the machine over the last minute, as the kernel writes it.
pub(crate) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("?").to_owned()
}
