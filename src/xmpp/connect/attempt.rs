//! One attempt: from the DNS to a stream that is logged in and not yet bound.

use std::borrow::Cow;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncBufRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_xmpp::stanzastream::Connection;
use tokio_xmpp::xmlstream::{
    PendingFeaturesRecv, ReadError, RecvFeaturesError, StreamHeader, Timeouts, XmppStream, XmppStreamElement,
    initiate_stream,
};
use xmpp_parsers::stream_features::StreamFeatures;
use xmpp_parsers::{sasl_cb, starttls};

use super::address::{self, Target};
use super::sasl::{self, Credentials};
use super::tls::{Wire, secure};
use super::{ConnectError, Connector, Dialer, Facts, Login, Tls};
use crate::xmpp::fence::{Counters, Fence, Limits, Reports};

/// For one address, up to the end of TLS.
const STAGE: Duration = Duration::from_secs(10);
/// For everything.
pub(super) const WHOLE: Duration = Duration::from_secs(30);
/// Silence after which the server is asked whether it is there, and how long it may take to answer.
const TIMEOUTS: Timeouts =
    Timeouts { read_timeout: Duration::from_secs(35), response_timeout: Duration::from_secs(15) };

/// A stream that is logged in.
pub(super) struct Session {
    pub(super) connection: Connection,
    pub(super) facts: Facts,
    pub(super) reports: Reports,
}

/// What every stream of one attempt gets.
struct Setup<'a> {
    login: &'a Login,
    dialer: Option<&'a Dialer>,
    counters: Arc<Counters>,
    kill: CancellationToken,
}

/// Tries one server after the other.
pub(super) async fn log_in(connector: &Connector, kill: CancellationToken) -> Result<Session, ConnectError> {
    let Connector { login, counters, dialer } = connector;
    let setup = Setup { login, dialer: dialer.as_ref(), counters: Arc::clone(counters), kill };
    timeout(WHOLE, setup.any_server()).await.unwrap_or(Err(ConnectError::TimedOut("the login")))
}

impl Setup<'_> {
    async fn any_server(&self) -> Result<Session, ConnectError> {
        if self.login.jid.node().is_none() {
            return Err(ConnectError::Settings(format!("{} has no name before the @", self.login.jid)));
        }
        let mut failed = None;
        for target in address::targets(self.login).await? {
            for peer in self.addresses(&target, &mut failed).await? {
                match self.one_server(&target, peer).await {
                    Ok(session) => return Ok(session),
                    Err(error) if error.ends_attempt() => return Err(error),
                    Err(error) => {
                        tracing::debug!(host = target.host, port = target.port, %peer, %error, "this server failed");
                        // What may pass by itself is the better reason to go on trying.
                        if failed.as_ref().is_none_or(ConnectError::is_final) || !error.is_final() {
                            failed = Some(error);
                        }
                    }
                }
            }
        }
        Err(failed.unwrap_or_else(|| ConnectError::Unreachable("it has no address".to_owned())))
    }

    async fn addresses(
        &self,
        target: &Target,
        failed: &mut Option<ConnectError>,
    ) -> Result<Vec<SocketAddr>, ConnectError> {
        let host = target.host.trim_start_matches('[').trim_end_matches(']');
        let found = match timeout(STAGE, tokio::net::lookup_host((host, target.port))).await {
            Ok(Ok(found)) => found.collect(),
            Ok(Err(error)) => {
                *failed = Some(ConnectError::Unreachable(format!("{}: {error}", target.host)));
                Vec::new()
            }
            Err(_) => {
                *failed = Some(ConnectError::TimedOut("the lookup of its address"));
                Vec::new()
            }
        };
        if self.login.tls == Tls::None && found.iter().any(|peer: &SocketAddr| !peer.ip().is_loopback()) {
            return Err(ConnectError::Plaintext);
        }
        Ok(found)
    }

    async fn one_server(&self, target: &Target, peer: SocketAddr) -> Result<Session, ConnectError> {
        let wire = self.open(peer).await?;
        let wire = timeout(STAGE, self.encrypt(wire, target.direct))
            .await
            .map_err(|_| ConnectError::TimedOut("setting up encryption"))??;
        self.authenticate(wire).await
    }

    async fn open(&self, peer: SocketAddr) -> Result<Wire, ConnectError> {
        let unreachable = |e: io::Error| ConnectError::Unreachable(format!("{peer}: {e}"));
        if let Some(dialer) = self.dialer {
            return Ok(Wire::plain(dialer.dial(peer).map_err(unreachable)?, Some(peer)));
        }
        let tcp = timeout(STAGE, TcpStream::connect(peer))
            .await
            .map_err(|_| ConnectError::TimedOut("opening a connection"))?
            .map_err(unreachable)?;
        // Stanzas are small, and each is written whole; waiting for more only delays them.
        tcp.set_nodelay(true).map_err(|e| ConnectError::Io(e.to_string()))?;
        Ok(Wire::plain(tcp, Some(peer)))
    }

    async fn encrypt(&self, wire: Wire, direct: bool) -> Result<Wire, ConnectError> {
        if self.login.tls == Tls::None {
            return Ok(wire);
        }
        let wire = if direct { wire } else { self.ask_for_tls(wire).await? };
        secure(wire, self.login, direct).await
    }

    fn fence(&self, wire: Wire) -> (Fence<Wire>, Reports) {
        let reports = Reports::new(Arc::clone(&self.counters));
        (Fence::new(wire, Limits::default(), reports.clone(), self.kill.clone()), reports)
    }

    fn header(&self) -> StreamHeader<'_> {
        StreamHeader { to: Some(Cow::Borrowed(self.login.jid.domain().as_str())), from: None, id: None }
    }

    async fn ask_for_tls(&self, wire: Wire) -> Result<Wire, ConnectError> {
        let (fence, reports) = self.fence(wire);
        let pending = initiate_stream(fence, "jabber:client", self.header(), TIMEOUTS).await;
        let (features, mut stream) = features(pending, &reports).await?;
        if !features.can_starttls() {
            return Err(ConnectError::NoTls);
        }
        let request = XmppStreamElement::Starttls(starttls::Nonza::Request(starttls::Request));
        stream.send(&request).await.map_err(|e| ConnectError::Io(e.to_string()))?;
        let answer = next_element(&mut stream).await.map_err(|e| better(e, &reports))?;
        if !matches!(answer, XmppStreamElement::Starttls(starttls::Nonza::Proceed(_))) {
            return Err(ConnectError::Protocol(format!("no answer to STARTTLS: {answer:?}")));
        }
        let (wire, unread) = stream.into_inner().into_inner();
        if unread {
            return Err(ConnectError::Protocol("it went on in the clear after agreeing to TLS".to_owned()));
        }
        Ok(wire)
    }

    async fn authenticate(&self, wire: Wire) -> Result<Session, ConnectError> {
        let (peer, tls, exporter) = (wire.peer, wire.tls.clone(), wire.exporter.clone());
        let (fence, reports) = self.fence(wire);
        let pending = initiate_stream(fence, "jabber:client", self.header(), TIMEOUTS).await;
        let (offer, stream) = features(pending, &reports).await?;
        let known = offer.sasl_cb.as_ref().is_some_and(|cb| cb.types.contains(&sasl_cb::Type::TlsExporter));
        let mechanism = sasl::choose(&offer.sasl_mechanisms, known && exporter.is_some())?;
        let user = self.login.jid.node().map(|node| node.as_str()).unwrap_or_default();
        let credentials = Credentials { user, password: &self.login.password, mechanism, exporter };
        let stream = sasl::authenticate(stream, credentials).await.map_err(|e| better(e, &reports))?;
        let (after, stream) = features(stream.send_header(self.header()).await, &reports).await?;
        if !after.can_bind() {
            return Err(ConnectError::Protocol("it offers no resource binding after the login".to_owned()));
        }
        let facts = Facts {
            peer,
            tls,
            offered: offer.sasl_mechanisms.into_iter().collect(),
            mechanism: mechanism.as_str().to_owned(),
            resumption: after.stream_management.is_some(),
            features: names(&after),
        };
        let stream = stream.box_stream();
        let connection = Connection { stream, features: after, identity: self.login.jid.clone() };
        Ok(Session { connection, facts, reports })
    }
}

type Features<S> = (StreamFeatures, XmppStream<S>);

async fn features<S: AsyncBufRead + AsyncWrite + Unpin>(
    pending: io::Result<PendingFeaturesRecv<S>>,
    reports: &Reports,
) -> Result<Features<S>, ConnectError> {
    let pending = pending.map_err(|e| better(ConnectError::Io(e.to_string()), reports))?;
    pending.recv_features().await.map_err(|e| match e {
        RecvFeaturesError::Io(e) => better(ConnectError::Io(e.to_string()), reports),
        RecvFeaturesError::StreamError(e) => better(ConnectError::Protocol(e.to_string()), reports),
    })
}

/// The stream error, where there was one: it says more than what came of it.
fn better(error: ConnectError, reports: &Reports) -> ConnectError {
    match reports.take_stream_error() {
        Some(stream_error) if !matches!(error, ConnectError::Refused { .. }) => ConnectError::Stream(stream_error),
        Some(_) | None => error,
    }
}

/// The next element of a stream that is not yet logged in.
pub(super) async fn next_element<S: AsyncBufRead + AsyncWrite + Unpin>(
    stream: &mut XmppStream<S>,
) -> Result<XmppStreamElement, ConnectError> {
    loop {
        match stream.next().await.map(|item| item.and_then(|element| element.into_read_error())) {
            // The fence knows what it says; see `better`.
            Some(Ok(XmppStreamElement::StreamError(e))) => return Err(ConnectError::Protocol(e.to_string())),
            Some(Ok(element)) => return Ok(element),
            Some(Err(ReadError::SoftTimeout)) => {}
            Some(Err(ReadError::HardError(e))) => return Err(ConnectError::Io(e.to_string())),
            Some(Err(ReadError::ParseError(e))) => return Err(ConnectError::Protocol(e.to_string())),
            Some(Err(ReadError::StreamFooterReceived)) | None => return Err(ConnectError::Lost),
        }
    }
}

fn names(features: &StreamFeatures) -> Vec<String> {
    let known = [
        (features.bind.is_some(), "bind urn:ietf:params:xml:ns:xmpp-bind"),
        (features.stream_management.is_some(), "sm urn:xmpp:sm:3"),
        (features.limits.is_some(), "limits urn:xmpp:stream-limits:0"),
        (features.in_band_registration, "register http://jabber.org/features/iq-register"),
    ];
    let others = features.others.iter().map(|element| format!("{} {}", element.name(), element.ns()));
    known.iter().filter(|(has, _)| *has).map(|(_, name)| (*name).to_owned()).chain(others).collect()
}
