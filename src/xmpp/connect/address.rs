//! Where a domain's servers are: SRV records in the order of RFC 2782, STARTTLS and direct TLS together (XEP-0368).

use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::{Name, RData};
use rand::RngExt as _;

use super::{ConnectError, Login, Tls};

/// One server to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name or IP address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// TLS from the first byte on; else STARTTLS (or none, where the settings say so).
    pub direct: bool,
}

/// One SRV record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Lower comes first.
    pub priority: u16,
    /// Among the same priority, the share of clients that should come first to this one.
    pub weight: u16,
    /// The server.
    pub target: Target,
}

/// Orders records: by priority, and within one at random by weight.
#[must_use]
pub fn order(mut records: Vec<Record>, rng: &mut impl rand::Rng) -> Vec<Target> {
    let mut ordered = Vec::with_capacity(records.len());
    while let Some(priority) = records.iter().map(|r| r.priority).min() {
        let (mut group, rest): (Vec<_>, Vec<_>) = records.into_iter().partition(|r| r.priority == priority);
        records = rest;
        while !group.is_empty() {
            // Weight 0 must not starve, so each record counts a little more than it says.
            let total: u64 = group.iter().map(share).sum();
            let mut left = rng.random_range(0..total.max(1));
            let chosen = group.iter().position(|record| {
                let hit = left < share(record);
                left = left.saturating_sub(share(record));
                hit
            });
            ordered.push(group.swap_remove(chosen.unwrap_or(0)).target);
        }
    }
    ordered
}

fn share(record: &Record) -> u64 {
    u64::from(record.weight) * 100 + 1
}

/// A domain as the DNS and certificates write it.
pub(super) fn ascii(domain: &str) -> Result<String, ConnectError> {
    if domain.parse::<std::net::IpAddr>().is_ok() {
        return Ok(domain.to_owned());
    }
    let name = Name::from_utf8(domain).map_err(|e| ConnectError::Settings(format!("{domain} is no domain: {e}")))?;
    Ok(name.to_ascii().trim_end_matches('.').to_owned())
}

/// The servers of an account, in the order in which they are to be tried.
pub(super) async fn targets(login: &Login) -> Result<Vec<Target>, ConnectError> {
    let direct = login.tls == Tls::Direct;
    if let Some(address) = &login.address {
        return Ok(vec![Target { host: address.host.clone(), port: address.port, direct }]);
    }
    if login.tls == Tls::None {
        return Err(ConnectError::Plaintext);
    }
    let domain = ascii(login.jid.domain().as_str())?;
    let resolver = TokioResolver::builder_tokio().and_then(hickory_resolver::ResolverBuilder::build);
    ask(resolver.ok().as_ref(), &domain, direct).await
}

/// The servers of a domain; those by its own name where nobody can be asked.
pub(super) async fn ask(
    resolver: Option<&TokioResolver>,
    domain: &str,
    direct: bool,
) -> Result<Vec<Target>, ConnectError> {
    let fallback = vec![Target { host: domain.to_owned(), port: if direct { 5223 } else { 5222 }, direct }];
    let Some(resolver) = resolver.filter(|_| domain.parse::<std::net::IpAddr>().is_err()) else {
        return Ok(fallback);
    };
    let (tls, plain) = tokio::join!(lookup(resolver, "_xmpps-client._tcp", domain, true), async {
        if direct { None } else { lookup(resolver, "_xmpp-client._tcp", domain, false).await }
    });
    choose(tls, plain, fallback, domain)
}

/// Merges what the DNS said; `None`: there is no such record.
fn choose(
    tls: Option<Vec<Record>>,
    plain: Option<Vec<Record>>,
    fallback: Vec<Target>,
    domain: &str,
) -> Result<Vec<Target>, ConnectError> {
    let plain_missing = plain.is_none() && !fallback.iter().all(|t| t.direct);
    if tls.is_none() && plain.is_none() {
        return Ok(fallback);
    }
    let records: Vec<Record> = tls.into_iter().chain(plain).flatten().filter(|r| !r.target.host.is_empty()).collect();
    let mut targets = order(records, &mut rand::rng());
    if plain_missing {
        targets.extend(fallback);
    }
    if targets.is_empty() {
        return Err(ConnectError::NotOffered(domain.to_owned()));
    }
    Ok(targets)
}

/// The records of a service. A target of `.` says that it is not offered; it comes out as an empty host.
async fn lookup(resolver: &TokioResolver, service: &str, domain: &str, direct: bool) -> Option<Vec<Record>> {
    let answer = match resolver.srv_lookup(format!("{service}.{domain}.")).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::debug!(%service, %domain, %error, "no SRV records");
            return None;
        }
    };
    let records: Vec<Record> = answer
        .answers()
        .iter()
        .filter_map(|record| {
            let RData::SRV(srv) = &record.data else { return None };
            let host = srv.target.to_ascii().trim_end_matches('.').to_owned();
            let target = Target { host, port: srv.port, direct };
            Some(Record { priority: srv.priority, weight: srv.weight, target })
        })
        .collect();
    (!records.is_empty()).then_some(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(priority: u16, weight: u16, host: &str, direct: bool) -> Record {
        Record { priority, weight, target: Target { host: host.to_owned(), port: 1, direct } }
    }

    #[test]
    fn priority_comes_first_and_weight_is_a_share() {
        let mut rng = rand::rng();
        let mut first = 0;
        for _ in 0..1_000 {
            let records = vec![
                record(20, 9, "late", false),
                record(10, 90, "a", true),
                record(10, 10, "b", false),
                record(10, 0, "c", false),
            ];
            let hosts: Vec<String> = order(records, &mut rng).into_iter().map(|t| t.host).collect();
            assert_eq!(hosts.len(), 4);
            assert_eq!(hosts[3], "late");
            first += usize::from(hosts[0] == "a");
        }
        assert!((850..=950).contains(&first), "{first} of 1000");
    }

    #[test]
    fn a_dot_means_not_offered() {
        let none = || vec![record(0, 0, "", false)];
        let fallback = || vec![Target { host: "d".into(), port: 5222, direct: false }];
        assert!(matches!(choose(Some(none()), Some(none()), fallback(), "d"), Err(ConnectError::NotOffered(_))));
        assert_eq!(choose(None, None, fallback(), "d"), Ok(fallback()));
        let only = choose(Some(none()), Some(vec![record(1, 1, "x", false)]), fallback(), "d");
        assert_eq!(only.map(|t| t.len()), Ok(1));
        let tls_only = choose(Some(vec![record(1, 1, "x", true)]), None, fallback(), "d").expect("offered");
        assert_eq!(tls_only.last(), fallback().last(), "no record of the other kind: its default is tried last");
    }

    #[test]
    fn domains_are_written_as_the_dns_wants_them() {
        assert_eq!(ascii("bücher.example").as_deref(), Ok("xn--bcher-kva.example"));
        assert_eq!(ascii("127.0.0.1").as_deref(), Ok("127.0.0.1"));
        assert_eq!(ascii("localhost").as_deref(), Ok("localhost"));
    }
}
