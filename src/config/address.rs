//! Network addresses as a configuration writes them.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// A host and a port: `127.0.0.1:5222`, `[::1]:5222`, `xmpp.example.org:5222`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// A name, or an IP address without brackets.
    pub host: String,
    /// The port, from 1.
    pub port: u16,
}

impl Address {
    /// Whether it surely is this machine: a loopback IP address, or `localhost`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let ip: Option<IpAddr> = self.host.parse().ok();
        ip.map_or(self.host.eq_ignore_ascii_case("localhost"), |ip| ip.is_loopback())
    }
}

impl FromStr for Address {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let error = || format!("`{text}` is not an address: write host:port, such as `127.0.0.1:5222`");
        let (host, port) = text.rsplit_once(':').ok_or_else(error)?;
        let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(error)?;
        let host = read_host(host).ok_or_else(error)?;
        Ok(Self { host, port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// A host name, an IPv4 address, or an IPv6 address in brackets (taken off).
fn read_host(text: &str) -> Option<String> {
    if let Some(inner) = text.strip_prefix('[') {
        let ip: Ipv6Addr = inner.strip_suffix(']')?.parse().ok()?;
        return Some(ip.to_string());
    }
    let is_label =
        |it: &str| !it.is_empty() && it.len() <= 63 && it.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let looks_like_ip = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let fits = if looks_like_ip { text.parse::<Ipv4Addr>().is_ok() } else { text.split('.').all(is_label) };
    (fits && text.len() <= 253).then(|| text.to_owned())
}

/// A host that a plugin may reach: `api.example`, `api.example:8443`, `*.example`, an IP address; `*` for all.
pub(super) fn read_host_pattern(text: &str) -> Result<String, String> {
    let error = || format!("`{text}` is not a host: write `api.example`, `api.example:8443` or `*.example`");
    let name = text.strip_prefix("*.").unwrap_or(text);
    let fits = text == "*" || name.parse::<Address>().is_ok() || read_host(name).is_some();
    if fits { Ok(text.to_ascii_lowercase()) } else { Err(error()) }
}

/// What the guarded HTTP client may reach besides public addresses.
///
/// Written as an IP address or a network, with or without a port: `127.0.0.1:8099`, `10.0.0.0/8`, `[::1]:80`. Names
/// are not taken, since whoever answers for a name could point it anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed {
    network: IpAddr,
    prefix_bits: u8,
    port: Option<u16>,
}

impl Allowed {
    /// Whether it lets any address pass on this port.
    #[must_use]
    pub fn opens_port(&self, port: u16) -> bool {
        self.port.is_none_or(|it| it == port)
    }

    /// Whether it lets this address and port pass.
    #[must_use]
    pub fn matches(&self, ip: IpAddr, port: u16) -> bool {
        self.port.is_none_or(|it| it == port) && is_within(self.network, ip, self.prefix_bits)
    }
}

fn is_within(network: IpAddr, ip: IpAddr, prefix_bits: u8) -> bool {
    let above = |all: u32| all.saturating_sub(u32::from(prefix_bits));
    match (network, ip) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).checked_shr(above(32)).unwrap_or(0) == 0,
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).checked_shr(above(128)).unwrap_or(0) == 0,
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

impl FromStr for Allowed {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let error = || {
            format!(
                "`{text}` is not an address or network: write `127.0.0.1:8099`, `10.0.0.5`, `10.0.0.0/8` or `[::1]:80`"
            )
        };
        if let Some((network, bits)) = text.split_once('/') {
            let network: IpAddr = network.parse().map_err(|_| error())?;
            let most = if network.is_ipv4() { 32 } else { 128 };
            let prefix_bits = bits.parse().ok().filter(|bits| *bits <= most).ok_or_else(error)?;
            return Ok(Self { network, prefix_bits, port: None });
        }
        let whole =
            |network: IpAddr, port| Self { network, prefix_bits: if network.is_ipv4() { 32 } else { 128 }, port };
        if let Ok(network) = text.trim_start_matches('[').trim_end_matches(']').parse() {
            return Ok(whole(network, None));
        }
        let address: Address = text.parse().map_err(|_| error())?;
        Ok(whole(address.host.parse().map_err(|_| error())?, Some(address.port)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_and_write() {
        for text in ["127.0.0.1:5222", "[::1]:5222", "xmpp.example.org:5223", "localhost:1"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        for text in ["127.0.0.1", "::1:5222", "a:0", "a:65536", ":5222", "a b:1", "300.0.0.1:1", "http://a:1", "a..b:1"]
        {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (text, expected) in [
            ("127.0.0.1:1", true),
            ("127.9.9.9:1", true),
            ("[::1]:1", true),
            ("LocalHost:1", true),
            ("localhost.example.org:1", false),
            ("10.0.0.1:1", false),
        ] {
            assert_eq!(text.parse::<Address>().unwrap().is_loopback(), expected, "{text}");
        }
    }

    #[test]
    fn allowed_networks_match_their_addresses_only() {
        for (allowed, ip, port, expected) in [
            ("127.0.0.1:8099", "127.0.0.1", 8099, true),
            ("127.0.0.1:8099", "127.0.0.1", 80, false),
            ("127.0.0.1", "127.0.0.1", 80, true),
            ("10.0.0.0/8", "10.9.8.7", 80, true),
            ("10.0.0.0/8", "11.0.0.1", 80, false),
            ("0.0.0.0/0", "8.8.8.8", 80, true),
            ("0.0.0.0/0", "::1", 80, false),
            ("[::1]:80", "::1", 80, true),
            ("fd00::/8", "fd12::1", 1, true),
            ("fd00::/8", "fe80::1", 1, false),
        ] {
            assert_eq!(
                allowed.parse::<Allowed>().unwrap().matches(ip.parse().unwrap(), port),
                expected,
                "{allowed} {ip}"
            );
        }
        for text in ["intranet:80", "10.0.0.0/33", "", "10.0.0.0/8:80"] {
            assert!(text.parse::<Allowed>().is_err(), "{text}");
        }
    }
}
