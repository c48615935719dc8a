//! TLS with rustls over ring: the certificate is checked against the account's domain, always.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{self, CertificateError, ProtocolVersion};

use super::{CertificateFault, ConnectError, Login, address};
use crate::trust::{self, TrustError};

/// What TLS settled on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFacts {
    /// The protocol version.
    pub version: String,
    /// The cipher suite.
    pub cipher: String,
}

/// A byte stream of whatever kind.
pub(super) trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// A stream to a server, encrypted or not.
pub(super) struct Wire {
    io: Box<dyn Io>,
    /// The server's address.
    pub(super) peer: Option<SocketAddr>,
    /// What TLS settled on.
    pub(super) tls: Option<TlsFacts>,
    /// The keying material of RFC 9266, where TLS has it.
    pub(super) exporter: Option<Vec<u8>>,
}

impl Wire {
    /// An unencrypted stream.
    pub(super) fn plain(io: impl Io + 'static, peer: Option<SocketAddr>) -> Self {
        Self { io: Box::new(io), peer, tls: None, exporter: None }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// Encrypts a stream.
pub(super) async fn secure(wire: Wire, login: &Login, direct: bool) -> Result<Wire, ConnectError> {
    let domain = address::ascii(login.jid.domain().as_str())?;
    let name = ServerName::try_from(domain.clone())
        .map_err(|e| ConnectError::Settings(format!("{domain} cannot be the name in a certificate: {e}")))?;
    let ca_file = login.ca_file.clone();
    let config = tokio::task::spawn_blocking(move || trust::client(ca_file.as_deref())).await;
    let mut config = config.map_err(|e| ConnectError::Tls(e.to_string()))?.map_err(not_trusting)?;
    if direct {
        config.alpn_protocols = vec![b"xmpp-client".to_vec()];
    }
    let peer = wire.peer;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, wire.io).await;
    let stream = stream.map_err(|e| explain(&e, &domain))?;
    Ok(describe(stream, peer))
}

fn describe(stream: TlsStream<Box<dyn Io>>, peer: Option<SocketAddr>) -> Wire {
    let (_, connection) = stream.get_ref();
    let version = connection.protocol_version();
    let cipher = connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str());
    let facts = TlsFacts {
        version: match version {
            Some(ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
            Some(ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
            other => format!("{other:?}"),
        },
        cipher: cipher.unwrap_or("unknown").to_owned(),
    };
    let exporter = (version == Some(ProtocolVersion::TLSv1_3))
        .then(|| connection.export_keying_material(vec![0; 32], b"EXPORTER-Channel-Binding", None).ok())
        .flatten();
    Wire { io: Box::new(stream), peer, tls: Some(facts), exporter }
}

fn not_trusting(error: TrustError) -> ConnectError {
    match error {
        TrustError::File { path, why } => ConnectError::CaFile { path, why },
        TrustError::Tls(why) => ConnectError::Tls(why),
    }
}

fn explain(error: &std::io::Error, domain: &str) -> ConnectError {
    let inner = error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(fault)) = inner else {
        return ConnectError::Tls(error.to_string());
    };
    let fault = if matches!(fault, CertificateError::UnknownIssuer) {
        CertificateFault::UnknownIssuer
    } else if matches!(fault, CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }) {
        CertificateFault::WrongName
    } else if matches!(
        fault,
        CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. }
    ) {
        CertificateFault::Expired
    } else if trust::is_authority(fault) {
        CertificateFault::SelfSigned
    } else {
        CertificateFault::Other(fault.to_string())
    };
    ConnectError::Certificate { domain: domain.to_owned(), fault }
}
