//! The login against scripted servers on loopback: real sockets, real TLS.

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::*;

/// Certificates with a hundred years to live, made by hand: an authority, and leaves that it has signed for `localhost`,
/// for another name, and for a time that has passed; and two that have signed themselves, for `localhost` (`own`) and for
/// another name (`own-other`). Their keys open nothing.
const CERTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/xmpp/connect/tests/certs");

/// Serves one connection after the other and hands each to the script.
async fn serve<F>(tasks: &TaskTracker, script: impl Fn(TcpStream) -> F + Send + 'static) -> Address
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let connections = tasks.clone();
    tasks.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            connections.spawn(script(stream));
        }
    });
    Address { host: "127.0.0.1".to_owned(), port }
}

fn offer(mechanisms: &str, more: &str) -> String {
    let all: String = mechanisms.split_whitespace().map(|m| format!("<mechanism>{m}</mechanism>")).collect();
    format!(
        "{HEADER}<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{all}</mechanisms>{more}</stream:features>"
    )
}

/// Offers mechanisms in the clear and answers whatever comes with the words given. Returns the error or the facts, and
/// which mechanism the client asked for.
async fn attempt(mechanisms: &str, answer: &str) -> (Result<Facts, ConnectError>, Option<String>) {
    let tasks = TaskTracker::new();
    let (offer, answer, (asked, mut log)) = (offer(mechanisms, ""), answer.to_owned(), mpsc::channel(4));
    let address = serve(&tasks, move |stream| {
        let (offer, answer, asked) = (offer.clone(), answer.clone(), asked.clone());
        async move {
            let mut peer = Peer::new(stream);
            peer.opened().await;
            peer.say(&offer).await;
            let Some(auth) = peer.until("</auth>").await else { return };
            let mechanism = auth.split("mechanism='").nth(1).and_then(|rest| rest.split('\'').next());
            asked.send(mechanism.unwrap_or_default().to_owned()).await.expect("the test runs");
            peer.say(&answer).await;
            if answer.starts_with("<challenge") {
                peer.until("</response>").await;
                peer.say("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>dj1BQUFB</success>").await;
            }
            peer.opened().await;
            peer.say(HEADER).await;
            peer.say(AFTER).await;
            peer.until("</stream:stream>").await;
        }
    })
    .await;
    let result = probe(&Login { address: Some(address), ..login() }).await;
    (result, log.try_recv().ok())
}

const SUCCESS: &str = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";

fn failure(condition: &str) -> String {
    format!("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><{condition}/><text>words</text></failure>")
}

#[tokio::test]
async fn plain_is_used_only_where_there_is_no_scram() {
    let (result, asked) = attempt("PLAIN", SUCCESS).await;
    let facts = result.expect("logged in");
    assert_eq!((facts.mechanism.as_str(), asked.as_deref(), facts.resumption), ("PLAIN", Some("PLAIN"), true));
    for (offered, expected) in [
        ("PLAIN SCRAM-SHA-1", "SCRAM-SHA-1"),
        ("SCRAM-SHA-1-PLUS SCRAM-SHA-1 PLAIN", "SCRAM-SHA-1"),
        ("PLAIN SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"),
    ] {
        let (result, asked) = attempt(offered, &failure("not-authorized")).await;
        assert_eq!(asked.as_deref(), Some(expected), "{offered}");
        assert!(result.is_err_and(|e| e.is_final()));
    }
    let (result, asked) = attempt("PLAIN SCRAM-SHA-512", SUCCESS).await;
    assert!(matches!(result, Err(ConnectError::NoMechanism { .. })));
    assert_eq!(asked, None);
}

#[tokio::test]
async fn refusals_are_final_unless_the_server_says_otherwise() {
    for condition in ["not-authorized", "account-disabled", "credentials-expired", "invalid-authzid"] {
        let (result, _) = attempt("PLAIN", &failure(condition)).await;
        let error = result.expect_err("refused");
        assert_eq!(error, ConnectError::Refused { condition: condition.to_owned(), text: "words".to_owned() });
        assert!(error.is_final());
    }
    let (result, _) = attempt("PLAIN", &failure("temporary-auth-failure")).await;
    assert!(result.is_err_and(|e| !e.is_final()));
    let unknown = "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
    let (result, _) = attempt("PLAIN", unknown).await;
    assert!(result.is_err_and(|e| e.is_final() && e.to_string().contains("does not serve this domain")));
}

#[tokio::test]
async fn a_server_that_does_not_know_the_password_is_not_believed() {
    // The nonce is not the client's, and the proof is made up. The client must not go on.
    let challenge = "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>cj1hYmMscz1jMkZzZEE9PSxpPTQwOTY=</challenge>";
    let (result, _) = attempt("SCRAM-SHA-256", challenge).await;
    assert_eq!(result, Err(ConnectError::NotProven));
}

#[tokio::test]
async fn nothing_is_sent_in_the_clear_to_another_machine() {
    let far = |host: &str| Login { address: Some(Address { host: host.to_owned(), port: 9 }), ..login() };
    assert_eq!(probe(&far("192.0.2.1")).await, Err(ConnectError::Plaintext));
    assert_eq!(probe(&login()).await, Err(ConnectError::Plaintext));
    let tasks = TaskTracker::new();
    let address = serve(&tasks, |stream| async {
        let mut peer = Peer::new(stream);
        peer.opened().await;
        peer.say(&offer("PLAIN", "")).await;
        assert_eq!(peer.until("auth").await, None, "the password must not come");
    })
    .await;
    let result = probe(&Login { address: Some(address), tls: Tls::StartTls, ..login() }).await;
    assert_eq!(result, Err(ConnectError::NoTls));
}

fn acceptor(certificate: &str) -> TlsAcceptor {
    let path = format!("{CERTS}/{certificate}.pem");
    let chain = CertificateDer::pem_file_iter(&path).expect("readable").map(|c| c.expect("valid")).collect();
    let key = PrivateKeyDer::from_pem_file(&path).expect("a key");
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a certificate");
    TlsAcceptor::from(Arc::new(config))
}

/// A server with a certificate, asked with STARTTLS or directly.
async fn encrypted(certificate: &str, tls: Tls, ca: &str, injected: &'static str) -> Result<Facts, ConnectError> {
    let (tasks, acceptor) = (TaskTracker::new(), acceptor(certificate));
    let address = serve(&tasks, move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let mut peer = Peer::new(stream);
            if tls == Tls::StartTls {
                peer.opened().await;
                let starttls = "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";
                peer.say(&format!("{HEADER}{starttls}")).await;
                peer.until("starttls>").await;
                peer.say(&format!("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>{injected}")).await;
            }
            let Ok(stream) = acceptor.accept(peer.io).await else { return };
            let mut peer = Peer::new(stream);
            peer.opened().await;
            let binding = "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-exporter'/></sasl-channel-binding>";
            peer.say(&offer("PLAIN", binding)).await;
            peer.until("</auth>").await;
            peer.say(SUCCESS).await;
            peer.opened().await;
            peer.say(HEADER).await;
            peer.say(AFTER).await;
            peer.until("</stream:stream>").await;
        }
    })
    .await;
    let ca_file = (!ca.is_empty()).then(|| PathBuf::from(format!("{CERTS}/{ca}.pem")));
    probe(&Login { address: Some(address), tls, ca_file, ..login() }).await
}

#[tokio::test]
async fn certificates_are_checked_against_the_domain() {
    for tls in [Tls::StartTls, Tls::Direct] {
        let facts = encrypted("good", tls, "ca", "").await.expect("trusted");
        assert_eq!(facts.tls.map(|t| t.version).as_deref(), Some("TLS 1.3"));
    }
    for (certificate, ca, expected) in [
        ("good", "", CertificateFault::UnknownIssuer),
        ("other", "ca", CertificateFault::WrongName),
        ("expired", "ca", CertificateFault::Expired),
        ("own", "", CertificateFault::SelfSigned),
        ("own", "ca", CertificateFault::SelfSigned),
        ("own", "own-other", CertificateFault::SelfSigned),
        ("own-other", "own-other", CertificateFault::WrongName),
    ] {
        let error = encrypted(certificate, Tls::StartTls, ca, "").await.expect_err("not trusted");
        assert!(error.is_final());
        assert_eq!(error, ConnectError::Certificate { domain: "localhost".to_owned(), fault: expected });
    }
    encrypted("own", Tls::StartTls, "own", "").await.expect("it is in the file itself");
    let missing = encrypted("good", Tls::Direct, "missing", "").await;
    assert!(matches!(missing, Err(ConnectError::CaFile { .. })));
}

#[tokio::test]
async fn what_comes_before_tls_is_not_taken_for_the_servers_word() {
    let injected = encrypted("good", Tls::StartTls, "ca", "<message><body>x</body></message>").await;
    assert!(matches!(injected, Err(ConnectError::Protocol(_))), "{injected:?}");
}
