//! Which certificates of servers are believed: those that an authority of the system vouches for, and what a file adds.
//!
//! A file adds authorities, or a server's own certificate. Those that servers make for themselves at their installation
//! mostly say that they are an authority, and a server may not show such a one; here it may, if it is in the file byte by
//! byte, is for the right name, and its time is not over. Nothing else is ever let through.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::ring,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
    server::ParsedCertificate,
};

/// Why nothing can be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// The file cannot be used.
    #[error("{}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// TLS cannot be set up.
    #[error("{0}")]
    Tls(String),
}

/// TLS as a client speaks it. Reads a few hundred small files.
///
/// # Errors
/// If the file cannot be used, or TLS cannot be set up.
pub fn client(file: Option<&Path>) -> Result<ClientConfig, TrustError> {
    let fail = |error: &dyn fmt::Display| TrustError::Tls(error.to_string());
    let own = file.map(read).transpose()?.unwrap_or_default();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for certificate in &own {
        let added = roots.add(certificate.clone());
        let why =
            |error: Error| TrustError::File { path: file.unwrap_or(Path::new("")).to_owned(), why: error.to_string() };
        added.map_err(why)?;
    }
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone());
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| fail(&error))?;
    if own.is_empty() {
        return Ok(builder.with_root_certificates(roots).with_no_client_auth());
    }
    let authorities = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    let verifier = Verifier { authorities: authorities.map_err(|error| fail(&error))?, own };
    // Called dangerous because a verifier may believe everything; this one asks the usual one first.
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let fail = |why: String| TrustError::File { path: path.to_owned(), why };
    let all = CertificateDer::pem_file_iter(path).map_err(|error| fail(error.to_string()))?;
    let all: Vec<_> = all.collect::<Result<_, _>>().map_err(|error| fail(error.to_string()))?;
    if all.is_empty() { Err(fail("there is no certificate in it".to_owned())) } else { Ok(all) }
}

/// Whether a server showed a certificate of an authority as its own, as self-signed ones mostly are.
#[must_use]
pub fn is_authority(error: &CertificateError) -> bool {
    // The library has no word of its own for it.
    matches!(error, CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity"))
}

/// Asks the authorities, and believes a server's own certificate where it is in the file.
#[derive(Debug)]
struct Verifier {
    authorities: Arc<WebPkiServerVerifier>,
    own: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let asked = self.authorities.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match asked {
            // Its time was looked at before that, its name was not.
            Err(Error::InvalidCertificate(error))
                if is_authority(&error) && self.own.iter().any(|it| it == end_entity) =>
            {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            asked => asked,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authorities.supported_verify_schemes()
    }
}
