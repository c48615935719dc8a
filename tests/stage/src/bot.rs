//! The bot itself: the real binary as a child process, with a folder and a configuration of its own.

use std::collections::VecDeque;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::control::Control;
use crate::process::{self, Process};

/// How many lines of its log are kept; older ones are forgotten.
const LOG_LINES: usize = 50_000;
/// How long it may take to be ready, or to write a line that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A bot; dropped, it is killed and its folder removed.
#[derive(Debug)]
pub struct Bot {
    // Declared first, so dropped first: the folder goes after the process that writes to it.
    process: Option<Process>,
    dir: TempDir,
    binary: PathBuf,
    log: Arc<Log>,
    readers: JoinSet<()>,
}

#[derive(Debug, Default)]
struct Log {
    lines: Mutex<VecDeque<String>>,
    grown: Notify,
}

impl Bot {
    /// Writes the configuration and does not start anything yet.
    ///
    /// The configuration should say `data_dir = "data"`: the bot runs in its own folder.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn prepare(binary: &Path, config: &str) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("domovoi-").tempdir()?;
        let bot = Self { process: None, dir, binary: binary.to_owned(), log: Arc::default(), readers: JoinSet::new() };
        bot.write_config(config)?;
        Ok(bot)
    }

    /// Writes the configuration, starts the bot and waits until it answers on its control socket.
    ///
    /// # Errors
    /// When it does not come up; the message carries the end of its log.
    pub async fn start(binary: &Path, config: &str) -> Result<Self> {
        let mut bot = Self::prepare(binary, config)?;
        bot.up().await?;
        Ok(bot)
    }

    /// Starts it (again) in the same folder and waits until it answers on its control socket.
    ///
    /// # Errors
    /// When it does not come up; the message carries the end of its log.
    pub async fn up(&mut self) -> Result<()> {
        self.launch()?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.ask(&json!({"do": "status"})).await;
            if let Some(status) = self.exited() {
                bail!("the bot ended with {status}; the end of its log:\n{}", self.log_tail());
            }
            match answer {
                Ok(_) => return Ok(()),
                Err(err) if Instant::now() > deadline => {
                    return Err(err.context(format!("the bot is not ready; the end of its log:\n{}", self.log_tail())));
                }
                // Nothing tells when a socket appears; it is asked for until it does.
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// Starts it and waits for nothing.
    ///
    /// # Errors
    /// When the binary cannot be started.
    pub fn launch(&mut self) -> Result<()> {
        let mut command = process::command(&self.binary.to_string_lossy(), None);
        command.arg("--config").arg(self.config()).arg("run").current_dir(self.dir.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let (process, stderr) = Process::spawn(command)?;
        self.process = Some(process);
        self.readers.spawn(read_log(stderr.context("standard error was not piped")?, Arc::clone(&self.log)));
        Ok(())
    }

    /// Runs another verb with the same configuration and waits for its end.
    ///
    /// # Errors
    /// When it cannot be run, or takes longer than 30 s.
    pub async fn verb(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = tokio::process::Command::new(&self.binary);
        command.arg("--config").arg(self.config()).args(arguments).current_dir(self.dir.path());
        command.stdin(Stdio::null()).kill_on_drop(true);
        timeout(PATIENCE, command.output())
            .await
            .with_context(|| format!("{arguments:?} takes too long"))?
            .with_context(|| format!("cannot run {}", self.binary.display()))
    }

    /// Writes the configuration anew; the bot reads it when told to.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_config(&self, config: &str) -> Result<()> {
        Ok(fs::write(self.config(), config)?)
    }

    /// Its configuration file.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.dir.path().join("domovoi.toml")
    }

    /// The folder it runs in.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Its state.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Its control socket.
    #[must_use]
    pub fn control(&self) -> PathBuf {
        self.data_dir().join("control.sock")
    }

    /// Asks something on a fresh connection to the control socket.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn ask(&self, request: &Value) -> Result<Value> {
        Control::connect(&self.control()).await?.ask(request).await
    }

    /// Its process id, while it is up.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.process.as_ref().filter(|it| it.exited().is_none()).map(Process::id)
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn exited(&self) -> Option<ExitStatus> {
        self.process.as_ref().and_then(Process::exited)
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        if let Some(process) = &self.process {
            process.signal(signal);
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it is still up after `limit`; the message carries the end of its log.
    pub async fn wait_exit(&mut self, limit: Duration) -> Result<ExitStatus> {
        let process = self.process.as_mut().context("the bot was not started")?;
        match process.wait(limit).await {
            Ok(status) => Ok(status),
            Err(err) => Err(err.context(format!("the end of its log:\n{}", self.log_tail()))),
        }
    }

    /// Asks it to stop (SIGTERM) and waits for its end.
    ///
    /// # Errors
    /// When it is still up after `limit`.
    pub async fn stop(&mut self, limit: Duration) -> Result<ExitStatus> {
        self.signal(Signal::TERM);
        self.wait_exit(limit).await
    }

    /// Kills it as `kill -9` does.
    ///
    /// # Errors
    /// When it does not go away.
    pub async fn kill(&mut self) -> Result<ExitStatus> {
        self.process.as_mut().context("the bot was not started")?.kill().await
    }

    /// Waits for a line of its log that contains `part`; those written before count too.
    ///
    /// # Errors
    /// When none comes in time, or the bot ends without it.
    pub async fn expect_log(&self, part: &str) -> Result<String> {
        self.expect_log_with(&[part]).await
    }

    /// Waits for a line of its log that contains all of `parts`; those written before count too.
    ///
    /// # Errors
    /// When none comes in time.
    pub async fn expect_log_with(&self, parts: &[&str]) -> Result<String> {
        let wait = async {
            loop {
                let mut grown = std::pin::pin!(self.log.grown.notified());
                grown.as_mut().enable();
                let fits = |line: &&String| parts.iter().all(|it| line.contains(it));
                if let Some(line) = self.log.lines().iter().find(fits) {
                    return line.clone();
                }
                grown.await;
            }
        };
        let waited = timeout(PATIENCE, wait).await;
        waited.with_context(|| format!("no {parts:?} in the log, which ends with\n{}", self.log_tail()))
    }

    /// Forgets the log so far.
    pub fn forget_log(&self) {
        self.log.lines().clear();
    }

    /// The lines of its log.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.log.lines().iter().cloned().collect()
    }

    /// The last lines of its log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let lines = self.log();
        lines.get(lines.len().saturating_sub(40)..).unwrap_or_default().join("\n")
    }
}

impl Log {
    fn lines(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read_log(stderr: ChildStderr, log: Arc<Log>) {
    let Ok(stderr) = tokio::process::ChildStderr::from_std(stderr) else { return };
    let mut lines = BufReader::new(stderr).lines();
    // It ends with the process; a line that is no text ends it too, and the tests that wait for more then say so.
    while let Ok(Some(line)) = lines.next_line().await {
        let mut kept = log.lines();
        kept.push_back(line);
        if kept.len() > LOG_LINES {
            kept.pop_front();
        }
        drop(kept);
        log.grown.notify_waiters();
    }
}

/// Fetches a page by plain HTTP/1.1; gives the status code and all that follows the headers.
///
/// # Errors
/// When nobody answers within 10 s, or the answer is not HTTP.
pub async fn http_get(address: SocketAddr, path: &str) -> Result<(u16, String)> {
    let fetch = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        anyhow::Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = timeout(Duration::from_secs(10), fetch).await.context("no answer by HTTP")??;
    let (head, body) = answer.split_once("\r\n\r\n").with_context(|| format!("not HTTP: {answer}"))?;
    let code = head.split_whitespace().nth(1).and_then(|it| it.parse().ok()).context("no status code")?;
    Ok((code, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A stand-in for the binary: says what it was called with, ends well when asked to.
    const STAND_IN: &str = "#!/bin/sh\ntrap 'echo stopping >&2; exit 0' TERM\necho \"called with $*\" >&2\n\
                            [ \"$3\" = run ] || exit 2\nwhile :; do sleep 0.01; done\n";

    fn stand_in(dir: &TempDir) -> PathBuf {
        let path = dir.path().join("stand-in");
        fs::write(&path, STAND_IN).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[tokio::test]
    async fn is_started_heard_asked_and_stopped() {
        let dir = tempfile::tempdir().unwrap();
        let mut bot = Bot::prepare(&stand_in(&dir), "[bot]\n").unwrap();
        fs::create_dir_all(bot.data_dir()).unwrap();
        let listener = tokio::net::UnixListener::bind(bot.control()).unwrap();
        let mut answering = JoinSet::new();
        answering.spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            let mut line = String::new();
            stream.read_line(&mut line).await.unwrap();
            assert_eq!(line, "{\"do\":\"status\"}\n");
            stream.get_mut().write_all(b"{\"ok\":true}\n").await.unwrap();
        });
        bot.up().await.unwrap();
        answering.join_next().await.unwrap().unwrap();
        let line = bot.expect_log("called with").await.unwrap();
        assert_eq!(line, format!("called with --config {} run", bot.config().display()));
        assert!(bot.stop(Duration::from_secs(5)).await.unwrap().success());
        bot.expect_log("stopping").await.unwrap();
        assert_eq!(bot.verb(&["check"]).await.unwrap().status.code(), Some(2));
    }

    #[tokio::test]
    async fn one_that_ends_at_once_is_an_error_with_its_log() {
        let mut bot = Bot::prepare(Path::new("ls"), "").unwrap();
        let err = format!("{:#}", bot.up().await.unwrap_err());
        assert!(err.contains("the bot ended with"), "{err}");
    }

    #[tokio::test]
    async fn is_killed_with_its_value() {
        let dir = tempfile::tempdir().unwrap();
        let mut bot = Bot::prepare(&stand_in(&dir), "").unwrap();
        bot.launch().unwrap();
        bot.expect_log("called with").await.unwrap();
        let pid = bot.id().unwrap();
        drop(bot);
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
    }
}
