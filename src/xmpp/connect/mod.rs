//! From an account's settings to a logged-in stream, again and again.
//!
//! [`Connector::start`] gives a `StanzaStream`, which binds, resumes and keeps time, and a channel that says how it stands.
//! Below it, one task of ours makes every connection: it finds the server ([`address`]), secures the stream (`tls`),
//! logs in with the best mechanism that the server really can do ([`sasl`]), puts the fence around it, and waits longer
//! after every failure ([`backoff`]), also after those that come once the login has succeeded.
//!
//! What is wrong for good (a password, a certificate) is reported once as [`Status::Final`]; then nothing happens until the
//! account is cancelled.

pub mod address;
mod attempt;
pub mod backoff;
mod error;
mod grave;
pub mod sasl;
mod supervise;
#[cfg(test)]
mod tests;
mod tls;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_xmpp::stanzastream::StanzaStream;

pub use self::error::{CertificateFault, ConnectError};
pub use self::tls::TlsFacts;
use super::fence::Counters;

/// How many stanzas wait in each direction between the stream and its session. Full, the one direction stands still
/// (TCP passes that on to the server) and the other goes on.
const QUEUE: usize = 64;
/// News of the connection. Full, news other than the final one are dropped: whoever does not read them misses only that.
const NEWS: usize = 32;

/// A password, which does not show in logs.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Takes a password.
    #[must_use]
    pub const fn new(password: String) -> Self {
        Self(password)
    }

    fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Where to connect instead of asking the DNS for the domain's servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// A name or an IP address.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// How the stream is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tls {
    /// STARTTLS, and direct TLS where the domain's records offer it (XEP-0368).
    #[default]
    StartTls,
    /// Only direct TLS.
    Direct,
    /// None, for a server on the same machine only.
    None,
}

/// What it takes to log in.
#[derive(Debug, Clone)]
pub struct Login {
    /// The account; with a resource, that one is asked for.
    pub jid: jid::Jid,
    /// Its password.
    pub password: Password,
    /// A given address instead of the domain's records.
    pub address: Option<Address>,
    /// How the stream is secured.
    pub tls: Tls,
    /// A trust anchor besides the system's, PEM.
    pub ca_file: Option<PathBuf>,
}

/// What is known of a connection that is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The server's address.
    pub peer: Option<SocketAddr>,
    /// `None`: not encrypted.
    pub tls: Option<TlsFacts>,
    /// The mechanisms that the server offered.
    pub offered: Vec<String>,
    /// The one that was used.
    pub mechanism: String,
    /// Whether the server can resume streams (XEP-0198).
    pub resumption: bool,
    /// The stream features after the login, as `name namespace`.
    pub features: Vec<String>,
}

/// News of an account's connection.
#[derive(Debug)]
pub enum Status {
    /// A connection is being made; `attempt` counts from 1 and starts over after a stable minute.
    Connecting {
        /// Which attempt it is.
        attempt: u32,
    },
    /// The login succeeded; the stream binds or resumes next.
    LoggedIn(Facts),
    /// It failed, or a connection that stood has ended.
    Retrying {
        /// What was wrong.
        error: ConnectError,
        /// When the next attempt starts.
        after: Duration,
    },
    /// The server closed the stream with an error.
    StreamError {
        /// The defined condition.
        condition: String,
        /// The server's words.
        text: String,
    },
    /// It cannot succeed. Nothing more is tried.
    Final(ConnectError),
}

/// Opens a way to a server other than TCP: for tests, whose server lives in the same process, where time can be paused.
#[derive(Clone)]
pub struct Dialer(Arc<dyn Fn(SocketAddr) -> io::Result<DuplexStream> + Send + Sync>);

impl Dialer {
    /// A dialer that asks this function.
    #[must_use]
    pub fn new(dial: impl Fn(SocketAddr) -> io::Result<DuplexStream> + Send + Sync + 'static) -> Self {
        Self(Arc::new(dial))
    }

    fn dial(&self, peer: SocketAddr) -> io::Result<DuplexStream> {
        (self.0)(peer)
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dialer")
    }
}

/// Makes the connections of one account.
#[derive(Debug, Clone)]
pub struct Connector {
    login: Login,
    counters: Arc<Counters>,
    dialer: Option<Dialer>,
}

impl Connector {
    /// A connector; nothing happens yet.
    #[must_use]
    pub fn new(login: Login) -> Self {
        Self { login, counters: Arc::default(), dialer: None }
    }

    /// The same, by another way than TCP.
    #[must_use]
    pub fn over(self, dialer: Option<Dialer>) -> Self {
        Self { dialer, ..self }
    }

    /// How often the fence stepped in, over all connections of the account.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Starts connecting. Must be called inside a tokio runtime.
    ///
    /// After `cancel` no connection is made any more, and what the stream has not finished after four seconds is cut off.
    /// The task on `tasks` ends once the returned stream is closed or dropped, so both are needed to stop.
    #[must_use]
    pub fn start(&self, tasks: &TaskTracker, cancel: CancellationToken) -> (StanzaStream, mpsc::Receiver<Status>) {
        let (connector, kill) = (self.clone(), CancellationToken::new());
        let killed = kill.clone();
        let attempt = move || {
            let (connector, kill) = (connector.clone(), killed.clone());
            async move { attempt::log_in(&connector, kill).await }
        };
        supervise::start(attempt, self.login.jid.clone(), tasks, cancel, kill)
    }
}

/// Logs in once, looks around and leaves without binding a resource.
///
/// # Errors
/// Why it did not succeed.
pub async fn probe(login: &Login) -> Result<Facts, ConnectError> {
    let session = attempt::log_in(&Connector::new(login.clone()), CancellationToken::new()).await?;
    let mut stream = session.connection.stream;
    // The facts are here; whether the server says good-bye in time does not matter to them.
    drop(tokio::time::timeout(Duration::from_secs(2), stream.shutdown()).await);
    Ok(session.facts)
}
