//! Who may go where: the hosts of a plugin, and which addresses may be connected to for one of them.

use std::net::IpAddr;

use reqwest::Url;

use super::public::is_public;
use crate::config::Allowed;

/// Ports that are open without being named.
const PORTS: [u16; 2] = [80, 443];

/// The hosts that a plugin may reach, as its configuration names them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Hosts {
    /// Every public one.
    Any,
    /// These: `api.example`, `api.example:8443`, `*.example`, an IP address, `*` for every public one.
    Only(Vec<String>),
}

/// What a plugin's configuration says of one address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Named {
    /// Nothing: it is not to be reached.
    No,
    /// It may be reached on the ports that are open to all.
    Host,
    /// It may be reached on just this port.
    Port,
}

impl Hosts {
    /// What they say of the host and port of an address.
    pub(super) fn say_of(&self, url: &Url) -> Named {
        let Self::Only(patterns) = self else { return Named::Host };
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return Named::No };
        let host = host.trim_end_matches('.');
        let mut said = Named::No;
        for pattern in patterns {
            let (name, only) = split_port(pattern);
            if is_meant(name, host) && only.is_none_or(|only| only == port) {
                let found = if only.is_some() { Named::Port } else { Named::Host };
                said = if found == Named::Port { found } else { said.max_of(found) };
            }
        }
        said
    }
}

impl Named {
    fn max_of(self, other: Self) -> Self {
        if self == Self::No { other } else { self }
    }
}

/// A pattern's host and, if it names one, its port. An IPv6 address has its port after brackets.
fn split_port(pattern: &str) -> (&str, Option<u16>) {
    if pattern.parse::<IpAddr>().is_ok() {
        return (pattern, None);
    }
    match pattern.rsplit_once(':').and_then(|(name, port)| Some((name, port.parse().ok()?))) {
        Some((name, port)) => (name, Some(port)),
        None => (pattern, None),
    }
}

/// Whether a host, as an address has it, is what a pattern means. Both are brought into one form first.
fn is_meant(pattern: &str, host: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    if let Some(domain) = pattern.strip_prefix("*.") {
        let Some(domain) = canonical(domain) else { return false };
        return host.strip_suffix(domain.as_str()).is_some_and(|it| 1 < it.len() && it.ends_with('.'));
    }
    canonical(pattern).is_some_and(|it| it == host)
}

/// A host as addresses have it: lower case, names of other scripts in their ASCII form, IPv6 in brackets.
fn canonical(host: &str) -> Option<String> {
    let is_v6 = host.parse::<std::net::Ipv6Addr>().is_ok();
    let text = if is_v6 { format!("http://[{host}]/") } else { format!("http://{host}/") };
    let url = Url::parse(&text).ok()?;
    Some(url.host_str()?.trim_end_matches('.').to_owned())
}

/// Which addresses may be connected to for one request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Gate {
    /// On this port.
    pub(super) port: u16,
    /// Whether the port is open, whatever it is.
    pub(super) opens_port: bool,
    /// Whether addresses that are not public are open.
    pub(super) opens_closed: bool,
}

impl Gate {
    /// Whether there is any address that may be connected to on this port.
    pub(super) fn is_port_open(&self, allow: &[Allowed]) -> bool {
        self.opens_port || PORTS.contains(&self.port) || allow.iter().any(|it| it.opens_port(self.port))
    }

    /// Whether this address may be connected to.
    pub(super) fn lets_through(&self, ip: IpAddr, allow: &[Allowed]) -> bool {
        // A mapped address goes where the one inside it goes.
        let ip = ip.to_canonical();
        let is_named = allow.iter().any(|it| it.matches(ip, self.port));
        let is_open = self.opens_port || PORTS.contains(&self.port);
        is_named || (is_open && (self.opens_closed || is_public(ip)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(hosts: &[&str], url: &str, expected: Named) {
        let hosts = Hosts::Only(hosts.iter().map(|it| (*it).to_owned()).collect());
        assert_eq!(hosts.say_of(&Url::parse(url).unwrap()), expected, "{hosts:?} {url}");
    }

    #[test]
    fn a_host_is_reached_if_it_is_named() {
        check(&["api.example"], "https://api.example/x", Named::Host);
        check(&["api.example"], "https://API.Example./x", Named::Host);
        check(&["api.example"], "https://api.example.evil.example/", Named::No);
        check(&["api.example"], "https://xapi.example/", Named::No);
        check(&["api.example:8443"], "https://api.example:8443/", Named::Port);
        check(&["api.example:8443"], "https://api.example/", Named::No);
        check(&["api.example", "api.example:8443"], "https://api.example:8443/", Named::Port);
        check(&["api.example:8443", "api.example"], "https://api.example:8443/", Named::Port);
        check(&["*.example"], "https://a.b.example/", Named::Host);
        check(&["*.example"], "https://example/", Named::No);
        check(&["*.example"], "https://badexample/", Named::No);
        check(&["пример.example"], "https://xn--e1afmkfd.example/", Named::Host);
        check(&["127.0.0.1"], "http://2130706433/", Named::Host);
        check(&["::1"], "http://[::1]/", Named::Host);
        check(&["[::1]:80"], "http://[0:0::1]/", Named::Port);
        check(&["*"], "https://api.example/", Named::Host);
        check(&[], "https://api.example/", Named::No);
    }

    #[test]
    fn an_address_is_let_through_if_it_is_public_or_named() {
        let allow: Vec<Allowed> = ["127.0.0.1:8099", "10.1.0.0/16"].map(|it| it.parse().unwrap()).to_vec();
        let gate = |port| Gate { port, opens_port: false, opens_closed: false };
        let check = |gate: Gate, ip: &str, expected: bool| {
            assert_eq!(gate.lets_through(ip.parse().unwrap(), &allow), expected, "{gate:?} {ip}");
        };
        check(gate(443), "8.8.8.8", true);
        check(gate(8099), "8.8.8.8", false);
        check(gate(443), "127.0.0.1", false);
        check(gate(8099), "127.0.0.1", true);
        check(gate(8099), "::ffff:127.0.0.1", true);
        check(gate(8099), "127.0.0.2", false);
        check(gate(5), "10.1.2.3", true);
        check(gate(443), "10.2.0.1", false);
        check(Gate { opens_port: true, ..gate(5281) }, "8.8.8.8", true);
        check(Gate { opens_port: true, ..gate(5281) }, "127.0.0.1", false);
        check(Gate { opens_port: true, opens_closed: true, ..gate(5281) }, "127.0.0.1", true);
    }
}
