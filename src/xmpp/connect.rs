//! Stand-in until the connector lands.
use std::net::SocketAddr;
/// Status.
#[derive(Debug)]
pub enum Status {
    /// x
    Connecting {
        /// x
        attempt: u32,
    },
    /// x
    LoggedIn(SocketAddr),
    /// x
    Retrying {
        /// x
        error: std::io::Error,
    },
    /// x
    StreamError {
        /// x
        condition: String,
        /// x
        text: String,
    },
    /// x
    Final(std::io::Error),
}
