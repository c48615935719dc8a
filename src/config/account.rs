//! `[accounts.NAME]`: the accounts that the bot uses.

use std::path::PathBuf;

use jid::Jid;

use super::{Address, Secret};

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Begins in the clear and must turn to TLS (RFC 6120 §5).
    StartTls,
    /// TLS from the first byte (XEP-0368).
    Direct,
    /// No encryption; only where the address is this machine.
    None,
}

/// One account of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its JID, with a resource if one was asked for.
    pub jid: Jid,
    /// Its password.
    pub password: Secret,
    /// Where to connect; none: SRV records of the domain, then the domain.
    pub address: Option<Address>,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// An extra trust anchor, in PEM.
    pub ca_file: Option<PathBuf>,
    /// How many rooms it may serve, 1 to 10,000.
    pub max_rooms: u32,
    /// Whether it only takes over rooms of accounts that are offline.
    pub standby: bool,
}
