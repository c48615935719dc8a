//! Why there is no connection, in words that say what to do about it.

use std::path::PathBuf;

use crate::xmpp::fence::StreamError;

/// What is wrong with a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// Nobody that this machine trusts has signed it.
    #[error("nobody that this machine trusts has signed it; if the server has its own authority, set ca_file")]
    UnknownIssuer,
    /// It is an authority's, as those are mostly that servers make for themselves.
    #[error("nobody has signed it but the server itself; if it is the right one, set ca_file to a copy of it")]
    SelfSigned,
    /// It is for other names.
    #[error("it is for another name; the server must present one for the domain of the account's address")]
    WrongName,
    /// Its time is over or has not come.
    #[error("it has expired or is not valid yet; the server must renew it, or this machine's clock is wrong")]
    Expired,
    /// Something else.
    #[error("{0}")]
    Other(String),
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The settings cannot work.
    #[error("{0}")]
    Settings(String),
    /// The trust anchor cannot be read.
    #[error("ca_file {}: {why}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// No encryption, and not on this machine.
    #[error("tls = \"none\" is allowed only with an address on this machine, such as 127.0.0.1:5222")]
    Plaintext,
    /// The domain has no such service.
    #[error("the DNS records of {0} say that it offers no such XMPP service; set an address, or tls = \"starttls\"")]
    NotOffered(String),
    /// No address, or none that answers.
    #[error("cannot reach the server: {0}")]
    Unreachable(String),
    /// It took too long.
    #[error("the server did not finish {0} in time")]
    TimedOut(&'static str),
    /// The server cannot encrypt.
    #[error("the server offers no STARTTLS; the password is not sent without encryption (is tls = \"direct\" meant?)")]
    NoTls,
    /// The certificate is not good.
    #[error("the certificate of {domain} is not trusted: {fault}")]
    Certificate {
        /// For whom it should be.
        domain: String,
        /// What is wrong.
        fault: CertificateFault,
    },
    /// TLS failed otherwise.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// The server offers no mechanism that may be used.
    #[error(
        "no way to log in: the server offers {offered}; SCRAM-SHA-256 or SCRAM-SHA-1 is needed (PLAIN is used only inside TLS, and only where no SCRAM is offered)"
    )]
    NoMechanism {
        /// What it offers.
        offered: String,
    },
    /// The server refused the login.
    #[error("{}", refusal(condition, text))]
    Refused {
        /// The defined condition.
        condition: String,
        /// The server's words.
        text: String,
    },
    /// The server did not prove that it knows the password.
    #[error("the server did not prove that it knows the account's password; somebody may stand between")]
    NotProven,
    /// The server closed the stream with an error.
    #[error("{}", stream_error(.0))]
    Stream(StreamError),
    /// Somebody else logs in with the same full address, again and again.
    #[error("another session logs in with the same address and resource; give each bot a resource of its own")]
    Replaced,
    /// The connection was lost.
    #[error("the connection was lost")]
    Lost,
    /// The server said something that has no place there.
    #[error("the server does not follow the protocol: {0}")]
    Protocol(String),
    /// Reading or writing failed.
    #[error("{0}")]
    Io(String),
}

impl ConnectError {
    /// Whether trying again makes no sense until a person has changed something.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Settings(_)
            | Self::CaFile { .. }
            | Self::Plaintext
            | Self::NoTls
            | Self::Certificate { .. }
            | Self::NoMechanism { .. }
            | Self::NotProven
            | Self::Replaced => true,
            Self::Refused { condition, .. } => !matches!(condition.as_str(), "temporary-auth-failure" | "aborted"),
            Self::Stream(error) => error.condition == "host-unknown",
            Self::NotOffered(_)
            | Self::Unreachable(_)
            | Self::TimedOut(_)
            | Self::Tls(_)
            | Self::Lost
            | Self::Protocol(_)
            | Self::Io(_) => false,
        }
    }

    /// Whether another server of the same domain would say the same.
    pub(super) fn ends_attempt(&self) -> bool {
        self.is_final() && !matches!(self, Self::Certificate { .. } | Self::NoTls | Self::Stream(_))
    }

    pub(super) fn is_conflict(&self) -> bool {
        matches!(self, Self::Stream(error) if error.condition == "conflict")
    }
}

fn refusal(condition: &str, text: &str) -> String {
    let what = match condition {
        "not-authorized" => "the server does not accept the address and password; check both",
        "account-disabled" => "the account is disabled; ask the server's operator",
        "credentials-expired" => "the password has expired; set a new one",
        "invalid-authzid" => "the account may not log in under this address; check the address",
        "encryption-required" | "mechanism-too-weak" => "the server wants a stronger way to log in",
        "temporary-auth-failure" => "the server cannot check the password at the moment",
        _ => "the server refused the login",
    };
    if text.is_empty() { format!("{what} ({condition})") } else { format!("{what} ({condition}: {text})") }
}

fn stream_error(error: &StreamError) -> String {
    let what = match error.condition.as_str() {
        "host-unknown" => "the server does not serve this domain; check the address of the account",
        "conflict" => "another session has logged in with the same address and resource",
        "policy-violation" => "the server closed the stream, because it saw its rules broken",
        "resource-constraint" => "the server is out of resources for this account",
        "system-shutdown" => "the server is shutting down",
        "see-other-host" => "the server sends its clients to another one",
        _ => "the server closed the stream",
    };
    if error.text.is_empty() {
        format!("{what} ({})", error.condition)
    } else {
        format!("{what} ({}: {})", error.condition, error.text)
    }
}
