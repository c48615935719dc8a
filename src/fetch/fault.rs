//! What went wrong on the way, in the words of the contract.

use std::{error::Error, io, time::Duration};

use domovoi_plugin::HttpError;
use tokio_rustls::rustls;

/// Why our resolver gave no address.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// There is none.
    #[error("no such host")]
    NoHost,
    /// None of its addresses may be connected to.
    #[error("not a public address")]
    Closed,
}

/// What an error of the client means. `limit` is how long the whole could take.
pub(super) fn meaning(error: &reqwest::Error, host: &str, limit: Duration) -> HttpError {
    let host = host.to_owned();
    if let Some(refusal) = cause::<Refusal>(error) {
        return match refusal {
            Refusal::NoHost => HttpError::NoHost { host },
            Refusal::Closed => HttpError::Closed { host },
        };
    }
    if let Some(tls) = cause::<rustls::Error>(error) {
        return HttpError::Insecure { host, why: tls.to_string() };
    }
    if error.is_timeout() {
        return HttpError::Late { host, after: limit };
    }
    if error.is_connect() { HttpError::Unreachable { host } } else { HttpError::Broken { host } }
}

/// A cause of this type, however deep. An I/O error hides the one inside it from `source`.
fn cause<T: Error + Clone + 'static>(error: &(dyn Error + 'static)) -> Option<T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found.clone());
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}
