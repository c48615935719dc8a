//! The life of each connection.

use std::{io, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::AsyncWriteExt as _,
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::broadcast,
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::{
    ControlActions, Socket,
    answer::{Answered, Desk},
    lines::{Lines, MAX_LINE_BYTES, Read},
};
use crate::{
    host::core::Host,
    listen::{self, Door, Full},
};

/// So many connections are served at once.
pub(super) const MAX_CONNECTIONS: usize = 16;
/// Whoever neither asks nor watches for so long is let go.
const MAX_IDLE: Duration = Duration::from_secs(60);
/// Whoever does not take a line for so long is let go.
const MAX_WRITE: Duration = Duration::from_secs(10);

/// Lines for a watcher.
type Feed = broadcast::Receiver<Arc<str>>;

/// Answers on the socket until cancelled; then lets all go and removes the socket.
pub async fn serve(socket: Socket, host: Arc<Host>, actions: Arc<dyn ControlActions>, cancel: CancellationToken) {
    let desk = Arc::new(Desk::new(host, actions));
    let door = Door { name: "control", places: MAX_CONNECTIONS, full: Full::TurnAway(turn_away) };
    let talk = |stream: UnixStream| {
        let (desk, cancel) = (desk.clone(), cancel.clone());
        async move {
            let talk = Connection::new(stream).talk(&desk);
            // Dropping a talk loses nothing: a request that is not answered was not promised.
            if let Some(Err(error)) = cancel.run_until_cancelled(talk).await {
                debug!(%error, "a connection to the control socket ended");
            }
        }
    };
    let mut connections = listen::accept(&socket.listener, door, &cancel, talk).await;
    connections.shutdown().await;
}

/// Says why and hangs up, without waiting: a fresh socket takes so little at once or its owner has no need of it.
fn turn_away(stream: &UnixStream) {
    let line = format!("{}\n", failure("too many connections to the control socket; try again later"));
    stream.try_write(line.as_bytes()).ok();
}

/// An answer that says why not.
pub(super) fn failure(why: &str) -> Value {
    json!({"ok": false, "error": why})
}

struct Connection {
    lines: Lines<OwnedReadHalf>,
    out: OwnedWriteHalf,
    feed: Option<Feed>,
}

/// What a connection was woken by.
enum Woken {
    Read(Read),
    Shown(Result<Arc<str>, broadcast::error::RecvError>),
}

impl Connection {
    fn new(stream: UnixStream) -> Self {
        let (reading, out) = stream.into_split();
        Self { lines: Lines::new(reading), out, feed: None }
    }

    /// Answers requests and shows what there is to see, until either side has enough.
    async fn talk(mut self, desk: &Desk) -> io::Result<()> {
        loop {
            match self.wake().await? {
                Woken::Read(Read::End) => return Ok(()),
                Woken::Read(Read::TooLong) => {
                    return self.send(&failure(&format!("a line has at most {MAX_LINE_BYTES} bytes"))).await;
                }
                Woken::Read(Read::Line(line)) => self.answer(desk, &line).await?,
                Woken::Shown(Ok(line)) => self.write(format!("{line}\n")).await?,
                Woken::Shown(Err(broadcast::error::RecvError::Lagged(n))) => {
                    self.send(&json!({"what": "missed", "n": n})).await?;
                }
                Woken::Shown(Err(broadcast::error::RecvError::Closed)) => return Ok(()),
            }
        }
    }

    async fn wake(&mut self) -> io::Result<Woken> {
        match &mut self.feed {
            // Cancel-safe: both keep what they have.
            Some(feed) => tokio::select! {
                shown = feed.recv() => Ok(Woken::Shown(shown)),
                read = self.lines.next() => read.map(Woken::Read),
            },
            None => match timeout(MAX_IDLE, self.lines.next()).await {
                Ok(read) => read.map(Woken::Read),
                Err(_) => Ok(Woken::Read(Read::End)),
            },
        }
    }

    async fn answer(&mut self, desk: &Desk, line: &[u8]) -> io::Result<()> {
        match desk.answer(line).await {
            Answered::Value(value) => self.send(&value).await,
            Answered::Watch(feed) => {
                self.feed = Some(feed);
                self.send(&json!({"ok": true})).await
            }
            Answered::Stop => {
                let sent = self.send(&json!({"ok": true})).await;
                desk.stop();
                sent
            }
        }
    }

    async fn send(&mut self, value: &Value) -> io::Result<()> {
        self.write(format!("{value}\n")).await
    }

    async fn write(&mut self, line: String) -> io::Result<()> {
        timeout(MAX_WRITE, self.out.write_all(line.as_bytes())).await?
    }
}
