//! Headers that a plugin may set, and those that go along when it is sent elsewhere.

use domovoi_plugin::HttpError;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

/// So many headers of a request are taken.
const MAX_HEADERS: usize = 32;
/// And so many bytes of them.
const MAX_BYTES: usize = 8 * 1024;

/// Headers that are the client's business: they decide where a message ends, over which connection it goes, and how it
/// is packed.
const OURS: [&str; 13] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// Headers that are no secret of the plugin's: they go along to another host too.
const HARMLESS: [&str; 5] = ["accept", "accept-language", "content-type", "range", "user-agent"];

/// The headers of a request, checked.
///
/// # Errors
/// Which of them cannot be set.
pub(super) fn checked(headers: &[(String, String)]) -> Result<HeaderMap, HttpError> {
    let refused = |why: String| HttpError::Request { why };
    let n_bytes: usize = headers.iter().map(|it| it.0.len() + it.1.len()).sum();
    if MAX_HEADERS < headers.len() || MAX_BYTES < n_bytes {
        return Err(refused(format!("at most {MAX_HEADERS} headers and {} KiB of them", MAX_BYTES >> 10)));
    }
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let shown: String = name.chars().take(40).collect();
        let wrong = || refused(format!("`{shown}` is no header, or its value is none"));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        if OURS.contains(&name.as_str()) {
            return Err(refused(format!("the header `{name}` is set by the client itself")));
        }
        map.append(name, HeaderValue::from_str(value).map_err(|_| wrong())?);
    }
    Ok(map)
}

/// What is left of them on the way to another host: nothing that could be a key.
pub(super) fn harmless(headers: &HeaderMap) -> HeaderMap {
    let is_harmless = |it: &(&HeaderName, &HeaderValue)| HARMLESS.contains(&it.0.as_str());
    headers.iter().filter(is_harmless).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: &str, expected: bool) {
        assert_eq!(checked(&[(name.to_owned(), value.to_owned())]).is_ok(), expected, "{name}: {value}");
    }

    #[test]
    fn headers_that_steer_the_connection_are_refused() {
        check("X-Api-Key", "k", true);
        check("Authorization", "Bearer k", true);
        check("Host", "evil.example", false);
        check("Transfer-Encoding", "chunked", false);
        check("content-length", "0", false);
        check("x\r\ny", "1", false);
        check("x", "1\r\nHost: evil.example", false);
        check("", "1", false);
        let many = vec![("x".to_owned(), "1".to_owned()); MAX_HEADERS + 1];
        assert!(checked(&many).is_err());
    }

    #[test]
    fn keys_do_not_go_along_to_another_host() {
        let all = [("X-Api-Key", "k"), ("Accept", "text/html"), ("Authorization", "k"), ("Cookie", "k")];
        let all = checked(&all.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap();
        let left: Vec<String> = harmless(&all).keys().map(ToString::to_string).collect();
        assert_eq!(left, ["accept"]);
    }
}
