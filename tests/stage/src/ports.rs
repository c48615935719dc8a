//! Ports of one's own: free now, and taken by no other stage on this machine while they are held.
//!
//! A server binds its ports itself, some time after they were chosen, and a restarted one binds them again. Two things
//! could take them in between: another stage, and an outgoing connection that the kernel gives such a source port. The
//! first is ruled out by a claim (an abstract socket named after the port, which the kernel drops with its holder),
//! the second by choosing outside the range that outgoing connections get. A bot that retries a port of that range
//! while its server is down would sooner or later connect to itself.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

/// A claimed port on 127.0.0.1; given back on drop.
#[derive(Debug)]
pub struct Port {
    number: u16,
    /// Held, never accepted from: its name is the claim.
    _claim: UnixListener,
}

impl Port {
    /// Claims some free port.
    ///
    /// # Errors
    /// When none of a few hundred tried ones is free.
    pub fn claim() -> io::Result<Self> {
        let candidates = outside_ephemeral();
        let span = u64::from(candidates.end - candidates.start);
        for _ in 0..400 {
            let offset = u16::try_from(RandomState::new().build_hasher().finish() % span).unwrap_or_default();
            let number = candidates.start + offset;
            if let Ok(claim) = try_claim(number) {
                return Ok(Self { number, _claim: claim });
            }
        }
        Err(io::Error::new(io::ErrorKind::AddrInUse, "no free port on loopback"))
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> u16 {
        self.number
    }
}

fn try_claim(number: u16) -> io::Result<UnixListener> {
    let claim = UnixListener::bind_addr(&SocketAddr::from_abstract_name(format!("domovoi-stage-{number}"))?)?;
    drop(TcpListener::bind((Ipv4Addr::LOCALHOST, number))?);
    Ok(claim)
}

/// The ports below those of outgoing connections, or above them where nothing is left below.
fn outside_ephemeral() -> Range<u16> {
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let mut bounds = text.split_whitespace().filter_map(|it| it.parse::<u16>().ok());
    let (low, high) = (bounds.next().unwrap_or(32_768), bounds.next().unwrap_or(60_999));
    if low > 12_000 {
        return 10_000..low;
    }
    if high < 64_000 { high + 1..u16::MAX } else { 10_000..u16::MAX }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_port_is_claimed_by_nobody_else() {
        let port = Port::claim().unwrap();
        assert!(try_claim(port.number()).is_err());
        let number = port.number();
        drop(port);
        assert!(try_claim(number).is_ok());
    }

    #[test]
    fn a_port_that_someone_listens_on_is_not_claimed() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        assert!(try_claim(listener.local_addr().unwrap().port()).is_err());
    }
}
