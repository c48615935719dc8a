//! Child processes that cannot outlive us: stopped by their own id, killed with the value that owns them, and killed by
//! the kernel when this process dies without a chance to clean up.
//!
//! The kernel ties that last promise to the *thread* that made the child, so each child has a thread of its own that
//! starts it and then waits for it.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, Command, ExitStatus};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::sync::watch;
use tokio::time::timeout;

/// A running child process, leader of a process group of its own.
#[derive(Debug)]
pub struct Process {
    pid: Pid,
    exited: watch::Receiver<Option<ExitStatus>>,
    waiter: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts `program` (see [`command`]); gives its standard error too if that was piped.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn spawn(mut program: Command) -> Result<(Self, Option<ChildStderr>)> {
        program.process_group(0);
        let (tell_exit, exited) = watch::channel(None);
        let (tell_started, started) = mpsc::sync_channel(1);
        let name = format!("{program:?}");
        let waiter = thread::Builder::new().name("stage-child".into()).spawn(move || {
            start_and_wait(program, &tell_started, &tell_exit);
        })?;
        let (id, stderr) = started.recv()?.with_context(|| format!("cannot start {name}"))?;
        let pid = i32::try_from(id).ok().and_then(Pid::from_raw).context("a child without an id")?;
        Ok((Self { pid, exited, waiter: Some(waiter) }, stderr))
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn exited(&self) -> Option<ExitStatus> {
        *self.exited.borrow()
    }

    /// Sends a signal to the process alone; nothing happens if it has ended.
    pub fn signal(&self, signal: Signal) {
        if self.exited().is_none() {
            // It may end between the question and the signal; then there is nobody left to tell.
            kill_process(self.pid, signal).ok();
        }
    }

    fn signal_group(&self, signal: Signal) {
        if self.exited().is_none() {
            // As above.
            kill_process_group(self.pid, signal).ok();
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it is still up after `limit`.
    pub async fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let ended = timeout(limit, self.exited.wait_for(Option::is_some)).await;
        let status = ended.with_context(|| format!("process {} is still up after {limit:?}", self.pid))??;
        status.context("ended without a status")
    }

    /// Asks it to stop, and kills it with its whole group if it is still up after `grace`.
    ///
    /// # Errors
    /// When even a killed process does not go away.
    pub async fn stop(&mut self, grace: Duration) -> Result<ExitStatus> {
        self.signal_group(Signal::TERM);
        match self.wait(grace).await {
            Ok(status) => Ok(status),
            Err(_) => self.kill().await,
        }
    }

    /// Kills it with its whole group, as `kill -9` does.
    ///
    /// # Errors
    /// When it does not go away.
    pub async fn kill(&mut self) -> Result<ExitStatus> {
        self.signal_group(Signal::KILL);
        self.wait(Duration::from_secs(5)).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal_group(Signal::KILL);
        if let Some(waiter) = self.waiter.take() {
            // The thread only waits; a panic in it would have nothing to add.
            drop(waiter.join());
        }
    }
}

/// A command that dies with us, as the user `user` if one is given (which needs root).
#[must_use]
pub fn command(program: &str, user: Option<&str>) -> Command {
    let mut command = Command::new("setpriv");
    if let Some(user) = user {
        command.args([&format!("--reuid={user}"), &format!("--regid={user}"), "--clear-groups", "--inh-caps=-all"]);
    }
    // If we die before the kernel was told, it will not tell anybody; so the child looks once whether we are still there.
    let look = "[ \"$PPID\" = \"$0\" ] && exec \"$@\"";
    command.args(["--pdeathsig", "KILL", "--", "sh", "-c", look, &std::process::id().to_string(), program]);
    command
}

type Started = io::Result<(u32, Option<ChildStderr>)>;

fn start_and_wait(
    mut program: Command,
    tell_started: &mpsc::SyncSender<Started>,
    tell_exit: &watch::Sender<Option<ExitStatus>>,
) {
    let mut child: Child = match program.spawn() {
        Ok(child) => child,
        Err(err) => {
            // The starter waits for exactly this; if it is gone, nobody needs to know.
            drop(tell_started.send(Err(err)));
            return;
        }
    };
    let stderr = child.stderr.take();
    // As above.
    drop(tell_started.send(Ok((child.id(), stderr))));
    if let Ok(status) = child.wait() {
        tell_exit.send_replace(Some(status));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn stops_on_request_and_by_force() {
        let mut polite = command("sleep", None);
        polite.arg("60");
        let (mut polite, _) = Process::spawn(polite).unwrap();
        assert!(!polite.stop(Duration::from_secs(5)).await.unwrap().success());

        let mut deaf = command("sh", None);
        deaf.args(["-c", "trap '' TERM; echo up >&2; while :; do sleep 60; done"]);
        deaf.stderr(std::process::Stdio::piped());
        let (mut deaf, stderr) = Process::spawn(deaf).unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(stderr.unwrap()), &mut line).unwrap();
        assert!(deaf.stop(Duration::from_millis(50)).await.is_ok());
    }

    #[tokio::test]
    async fn goes_with_its_value() {
        let mut sleeper = command("sleep", None);
        sleeper.arg("60");
        let (sleeper, _) = Process::spawn(sleeper).unwrap();
        let pid = sleeper.pid;
        drop(sleeper);
        assert!(rustix::process::test_kill_process(pid).is_err());
    }

    #[test]
    fn a_missing_program_is_an_error() {
        assert!(Process::spawn(Command::new("/nonexistent")).is_err());
    }
}
