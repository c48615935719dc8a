//! Which mechanism, and the exchange itself.
//!
//! The library's own choice takes only the `-PLUS` forms on TLS 1.3 and falls to PLAIN where there are none, and it does
//! not look at the server's proof. Here channel binding is used only where the server says that it knows the one kind that
//! this program has (XEP-0440), and the login counts only once the server has proved that it knows the password.

use std::collections::BTreeSet;

use futures::SinkExt as _;
use sasl::client::Mechanism as _;
use sasl::client::mechanisms::Scram;
use sasl::common::ChannelBinding;
use sasl::common::scram::{ScramProvider, Sha1, Sha256};
use tokio::io::{AsyncBufRead, AsyncWrite};
use tokio_xmpp::xmlstream::{InitiatingStream, XmppStream, XmppStreamElement};
use xmpp_parsers::sasl::{Auth, Failure, Mechanism as Name, Nonza, Response};
use xso::AsXml as _;

use super::{ConnectError, Password};

/// More rounds than this would be a way to keep this program busy.
const MOST_ROUNDS: u32 = 1_000_000;

/// The mechanisms, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// SCRAM-SHA-256 bound to the TLS channel.
    ScramSha256Plus,
    /// SCRAM-SHA-256.
    ScramSha256,
    /// SCRAM-SHA-1.
    ScramSha1,
    /// The password itself.
    Plain,
}

impl Mechanism {
    /// Its registered name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ScramSha256Plus => "SCRAM-SHA-256-PLUS",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha1 => "SCRAM-SHA-1",
            Self::Plain => "PLAIN",
        }
    }
}

/// Chooses from what the server offers. `bound`: this stream has keying material and the server knows `tls-exporter`.
///
/// # Errors
/// Where nothing may be used. A server that offers any SCRAM never gets the password itself.
pub fn choose(offered: &BTreeSet<String>, bound: bool) -> Result<Mechanism, ConnectError> {
    let has = |mechanism: Mechanism| offered.contains(mechanism.as_str());
    let scram = offered.iter().any(|name| name.starts_with("SCRAM-"));
    if bound && has(Mechanism::ScramSha256Plus) {
        Ok(Mechanism::ScramSha256Plus)
    } else if has(Mechanism::ScramSha256) {
        Ok(Mechanism::ScramSha256)
    } else if has(Mechanism::ScramSha1) {
        Ok(Mechanism::ScramSha1)
    } else if has(Mechanism::Plain) && !scram {
        Ok(Mechanism::Plain)
    } else {
        let offered: Vec<&str> = offered.iter().map(String::as_str).collect();
        let offered = if offered.is_empty() { "nothing".to_owned() } else { offered.join(", ") };
        Err(ConnectError::NoMechanism { offered })
    }
}

/// Who logs in, and how.
pub(super) struct Credentials<'a> {
    pub(super) user: &'a str,
    pub(super) password: &'a Password,
    pub(super) mechanism: Mechanism,
    /// Keying material for the bound mechanism.
    pub(super) exporter: Option<Vec<u8>>,
}

/// Logs in. The stream comes back ready to be restarted.
pub(super) async fn authenticate<S: AsyncBufRead + AsyncWrite + Unpin>(
    stream: XmppStream<S>,
    with: Credentials<'_>,
) -> Result<InitiatingStream<S>, ConnectError> {
    match with.mechanism {
        Mechanism::Plain => plain(stream, &with).await,
        Mechanism::ScramSha1 => scram::<Sha1, S>(stream, &with, Name::ScramSha1).await,
        Mechanism::ScramSha256 => scram::<Sha256, S>(stream, &with, Name::ScramSha256).await,
        Mechanism::ScramSha256Plus => scram::<Sha256, S>(stream, &with, Name::ScramSha256Plus).await,
    }
}

async fn plain<S: AsyncBufRead + AsyncWrite + Unpin>(
    mut stream: XmppStream<S>,
    with: &Credentials<'_>,
) -> Result<InitiatingStream<S>, ConnectError> {
    let data = format!("\0{}\0{}", with.user, with.password.reveal()).into_bytes();
    send(&mut stream, Nonza::Auth(Auth { mechanism: Name::Plain, data })).await?;
    let answer = receive(&mut stream).await?;
    if matches!(answer, Nonza::Success(_)) { Ok(stream.initiate_reset()) } else { Err(unexpected(&answer)) }
}

async fn scram<P: ScramProvider, S: AsyncBufRead + AsyncWrite + Unpin>(
    mut stream: XmppStream<S>,
    with: &Credentials<'_>,
    name: Name,
) -> Result<InitiatingStream<S>, ConnectError> {
    // Without a binding the flag is "n": a "y" would accuse the server of a downgrade, and servers with -PLUS refuse it.
    let binding = match (with.mechanism, &with.exporter) {
        (Mechanism::ScramSha256Plus, Some(key)) => ChannelBinding::TlsExporter(key.clone()),
        _ => ChannelBinding::None,
    };
    let user = with.user.replace('=', "=3D").replace(',', "=2C");
    let mut scram = Scram::<P>::new(user, with.password.reveal(), binding)
        .map_err(|_| ConnectError::Io("no random numbers to be had".to_owned()))?;
    send(&mut stream, Nonza::Auth(Auth { mechanism: name, data: scram.initial() })).await?;
    let first = receive(&mut stream).await?;
    let Nonza::Challenge(first) = first else { return Err(unexpected(&first)) };
    check_rounds(&first.data)?;
    let data = scram.response(&first.data).map_err(|e| ConnectError::Protocol(format!("SCRAM: {e}")))?;
    send(&mut stream, Nonza::Response(Response { data })).await?;
    let mut last = receive(&mut stream).await?;
    if let Nonza::Challenge(challenge) = &last {
        // RFC 6120 lets a server put its proof into a challenge of its own.
        scram.success(&challenge.data).map_err(|_| ConnectError::NotProven)?;
        send(&mut stream, Nonza::Response(Response { data: Vec::new() })).await?;
        last = receive(&mut stream).await?;
        if matches!(&last, Nonza::Success(_)) {
            return Ok(stream.initiate_reset());
        }
    }
    let Nonza::Success(success) = last else { return Err(unexpected(&last)) };
    scram.success(&success.data).map_err(|_| ConnectError::NotProven)?;
    Ok(stream.initiate_reset())
}

fn check_rounds(challenge: &[u8]) -> Result<(), ConnectError> {
    let text = String::from_utf8_lossy(challenge);
    let rounds = text.split(',').find_map(|part| part.strip_prefix("i=")).and_then(|i| i.parse::<u32>().ok());
    match rounds {
        Some(rounds) if (1..=MOST_ROUNDS).contains(&rounds) => Ok(()),
        Some(_) | None => Err(ConnectError::Protocol("SCRAM: no sensible number of rounds".to_owned())),
    }
}

async fn send<S: AsyncBufRead + AsyncWrite + Unpin>(
    stream: &mut XmppStream<S>,
    nonza: Nonza,
) -> Result<(), ConnectError> {
    stream.send(&XmppStreamElement::Sasl(nonza)).await.map_err(|e| ConnectError::Io(e.to_string()))
}

async fn receive<S: AsyncBufRead + AsyncWrite + Unpin>(stream: &mut XmppStream<S>) -> Result<Nonza, ConnectError> {
    loop {
        let element = super::attempt::next_element(stream).await?;
        let XmppStreamElement::Sasl(nonza) = element else {
            tracing::debug!("ignored an element while logging in");
            continue;
        };
        return if let Nonza::Failure(failure) = &nonza { Err(refused(failure)) } else { Ok(nonza) };
    }
}

fn unexpected(nonza: &Nonza) -> ConnectError {
    ConnectError::Protocol(format!("unexpected during the login: {nonza:?}"))
}

fn refused(failure: &Failure) -> ConnectError {
    let condition = condition(&failure.defined_condition);
    let text = failure.texts.values().next().cloned().unwrap_or_default();
    ConnectError::Refused { condition, text }
}

/// The name of the condition on the wire.
fn condition(condition: &xmpp_parsers::sasl::DefinedCondition) -> String {
    let named = condition.as_xml_iter().ok().and_then(|mut items| {
        items.find_map(|item| match item {
            Ok(xso::Item::ElementHeadStart(_, name)) => Some(name.as_str().to_owned()),
            _ => None,
        })
    });
    named.unwrap_or_else(|| format!("{condition:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(offered: &[&str], bound: bool, expected: Option<Mechanism>) {
        let offered = offered.iter().map(|s| (*s).to_owned()).collect();
        assert_eq!(choose(&offered, bound).ok(), expected, "{offered:?} bound={bound}");
    }

    #[test]
    fn mechanisms_are_chosen_by_what_both_sides_can() {
        let prosody = ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"];
        let ejabberd = ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "PLAIN", "X-OAUTH2"];
        let modern = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN"];
        check(&prosody, false, Some(Mechanism::ScramSha256));
        check(&prosody, true, Some(Mechanism::ScramSha256));
        check(&ejabberd, false, Some(Mechanism::ScramSha1));
        check(&ejabberd, true, Some(Mechanism::ScramSha1));
        check(&modern, false, Some(Mechanism::ScramSha256));
        check(&modern, true, Some(Mechanism::ScramSha256Plus));
        check(&["PLAIN"], false, Some(Mechanism::Plain));
        check(&["PLAIN", "SCRAM-SHA-512"], true, None);
        check(&["PLAIN", "SCRAM-SHA-1-PLUS"], false, None);
        check(&["DIGEST-MD5", "ANONYMOUS"], false, None);
        check(&[], false, None);
    }

    #[test]
    fn absurd_numbers_of_rounds_are_refused() {
        assert!(check_rounds(b"r=a,s=b,i=4096").is_ok());
        assert!(check_rounds(b"r=a,s=b,i=4000000000").is_err());
        assert!(check_rounds(b"r=a,s=b,i=0").is_err());
        assert!(check_rounds(b"r=a,s=b").is_err());
    }
}
