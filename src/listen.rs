//! Accepts connections, a bounded number at a time, until it is told to stop. What is said on them is others' business.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tracing::error;

/// When no connection can be accepted, usually for want of file descriptors, the next try is after so long.
const ACCEPT_AGAIN: Duration = Duration::from_secs(1);

/// Something that connections come from. Accepting is cancel-safe.
pub trait Listener {
    /// A connection.
    type Stream: Send + 'static;

    /// The next connection.
    fn accept(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn accept(&self) -> io::Result<TcpStream> {
        self.accept().await.map(|(stream, _)| stream)
    }
}

impl Listener for UnixListener {
    type Stream = UnixStream;

    async fn accept(&self) -> io::Result<UnixStream> {
        self.accept().await.map(|(stream, _)| stream)
    }
}

/// What becomes of a connection when as many are open as may be.
#[derive(Clone, Copy, Debug)]
pub enum Full<S> {
    /// It waits in the system's queue.
    Wait,
    /// It is told so, without waiting, and closed.
    TurnAway(fn(&S)),
}

/// How connections are accepted.
#[derive(Clone, Copy, Debug)]
pub struct Door<S> {
    /// Of what kind they are, for the log.
    pub name: &'static str,
    /// So many are open at once.
    pub places: usize,
    /// What becomes of one more.
    pub full: Full<S>,
}

/// Has each connection talked to in a task of its own until cancelled; gives back those that are still talked to.
pub async fn accept<L, T>(
    listener: &L,
    door: Door<L::Stream>,
    cancel: &CancellationToken,
    talk: impl Fn(L::Stream) -> T,
) -> JoinSet<()>
where
    L: Listener,
    T: Future<Output = ()> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(door.places));
    let mut connections = JoinSet::new();
    loop {
        // Cancel-safe: a place that was not used is given back, accepting and joining lose nothing.
        let accepted = tokio::select! {
            biased;
            () = cancel.cancelled() => return connections,
            Some(ended) = connections.join_next(), if !connections.is_empty() => {
                if let Err(error) = ended {
                    error!(%error, "a {} connection failed", door.name);
                }
                continue;
            }
            accepted = next(listener, &door, &places) => accepted,
        };
        match accepted {
            Ok((stream, Some(place))) => {
                let talk = talk(stream);
                connections.spawn(async move {
                    talk.await;
                    drop(place);
                });
            }
            Ok((stream, None)) => {
                if let Full::TurnAway(tell) = door.full {
                    tell(&stream);
                }
            }
            Err(error) => {
                error!(%error, "cannot accept {} connections", door.name);
                // Cancelled or not, the loop sees it next.
                cancel.run_until_cancelled(tokio::time::sleep(ACCEPT_AGAIN)).await;
            }
        }
    }
}

/// The next connection, with its place if there is one.
async fn next<L: Listener>(
    listener: &L,
    door: &Door<L::Stream>,
    places: &Arc<Semaphore>,
) -> io::Result<(L::Stream, Option<OwnedSemaphorePermit>)> {
    match door.full {
        Full::Wait => {
            let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
            Ok((listener.accept().await?, Some(place)))
        }
        Full::TurnAway(_) => {
            let stream = listener.accept().await?;
            Ok((stream, places.clone().try_acquire_owned().ok()))
        }
    }
}
