//! The bot's control socket, from the outside: one JSON object a line, both ways.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::time::timeout;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection to a running bot.
#[derive(Debug)]
pub struct Control {
    stream: BufReader<UnixStream>,
    /// What was read of a line that is not over yet; kept here, so that an abandoned [`next`](Self::next) loses nothing.
    line: Vec<u8>,
}

impl Control {
    /// Connects to the socket of a running bot.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn connect(socket: &Path) -> Result<Self> {
        let stream = UnixStream::connect(socket).await.with_context(|| format!("no bot at {}", socket.display()))?;
        Ok(Self { stream: BufReader::new(stream), line: Vec::new() })
    }

    /// Sends one request without waiting for anything.
    ///
    /// # Errors
    /// When the bot has hung up.
    pub async fn send(&mut self, request: &Value) -> Result<()> {
        Ok(self.stream.get_mut().write_all(format!("{request}\n").as_bytes()).await?)
    }

    /// Sends one request and reads one line.
    ///
    /// # Errors
    /// When no answer comes in time, or it is not JSON.
    pub async fn ask(&mut self, request: &Value) -> Result<Value> {
        self.send(request).await?;
        let answer = timeout(PATIENCE, self.next()).await.with_context(|| format!("no answer to {request}"))??;
        answer.context("the bot hung up")
    }

    /// The next line, or nothing when the bot has hung up.
    ///
    /// # Errors
    /// When a line is not JSON.
    pub async fn next(&mut self) -> Result<Option<Value>> {
        self.stream.read_until(b'\n', &mut self.line).await?;
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return Ok(None);
        }
        let value = serde_json::from_slice(&line);
        Ok(Some(value.with_context(|| format!("not JSON: {}", String::from_utf8_lossy(&line)))?))
    }
}
