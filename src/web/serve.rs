//! The listener, and what a connection may take.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::routes;
use crate::{
    host::core::Host,
    listen::{self, Door, Full},
};

/// So many connections are open at once; more wait in the system's queue.
const MAX_CONNECTIONS: usize = 64;
/// A request's head must be there after so long, also on a connection that is kept open.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
/// A request's head is at most this long.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// A connection takes no further request after so long.
const MAX_AGE: Duration = Duration::from_secs(300);
/// What is being answered when no more is to come has so long to end.
const FAREWELL: Duration = Duration::from_secs(3);

/// Why there is no web listener.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The address cannot be had.
    #[error("cannot listen on {address}, the address in [web]: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the machine said.
        #[source]
        source: io::Error,
    },
}

/// Listens on an address.
///
/// # Errors
/// If the address is taken or not ours.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, WebError> {
    TcpListener::bind(address).await.map_err(|source| WebError::Bind { address, source })
}

/// Answers on the listener until cancelled; then lets what is being answered end.
pub async fn serve(listener: TcpListener, host: Arc<Host>, cancel: CancellationToken) {
    let router = routes::router(host);
    let door = Door { name: "web", places: MAX_CONNECTIONS, full: Full::Wait };
    let talk = |stream| connection(stream, router.clone(), cancel.clone());
    let mut connections = listen::accept(&listener, door, &cancel, talk).await;
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    if timeout(FAREWELL, ended).await.is_err() {
        debug!("web connections were cut off");
    }
}

async fn connection(stream: TcpStream, router: Router, cancel: CancellationToken) {
    let service = TowerToHyperService::new(router);
    let talk = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut talk = std::pin::pin!(talk);
    let ended = tokio::select! {
        ended = talk.as_mut() => Some(ended),
        () = cancel.cancelled() => None,
        () = tokio::time::sleep(MAX_AGE) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            talk.as_mut().graceful_shutdown();
            timeout(FAREWELL, talk).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a web connection ended");
    }
}
