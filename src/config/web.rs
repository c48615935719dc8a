//! `[web]`: the listener for pages, `/health` and `/metrics`.

use std::net::SocketAddr;

/// Where pages are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The address by which people reach it, without a slash at its end.
    pub public_url: Option<String>,
}
