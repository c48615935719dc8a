//! `POST /hook/PLUGIN/SECRET`: calls from outside that go to a plugin.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, StatusCode, Uri},
};
use domovoi_plugin::{Called, RoomJid};
use tokio::time::timeout;

use crate::host::{
    core::Host,
    hooks::Taken,
    signatures::{PLAIN, STAMPED},
};

/// Where the addresses begin.
pub(super) const PATH: &str = "/hook/";
/// A body is at most this long ...
const MAX_BODY: usize = 64 * 1024;
/// ... and is there after so long.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many headers are handed on, each at most so long.
const MAX_HEADERS: usize = 20;
const MAX_HEADER: usize = 300;

/// What is called: the plugin, its secret, and the room that `?room=` names.
struct Target<'a> {
    plugin: &'a str,
    secret: &'a str,
    room: Option<RoomJid>,
}

impl<'a> Target<'a> {
    fn of(uri: &'a Uri) -> Option<Self> {
        let (plugin, secret) = uri.path().strip_prefix(PATH)?.split_once('/')?;
        let asked = uri.query().into_iter().flat_map(|it| it.split('&')).find_map(|it| it.strip_prefix("room="));
        let room = match asked {
            Some(room) => Some(plain(room)?.parse().ok()?),
            None => None,
        };
        Some(Self { plugin, secret, room })
    }
}

/// Takes a call in.
pub(super) async fn take(host: &Arc<Host>, uri: &Uri, headers: &HeaderMap, body: Body) -> (StatusCode, &'static str) {
    let unknown = (StatusCode::NOT_FOUND, "there is nothing here\n");
    let Some(target) = Target::of(uri) else { return unknown };
    let body = match timeout(PATIENCE, to_bytes(body, MAX_BODY)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return (StatusCode::PAYLOAD_TOO_LARGE, "that is more than 64 KiB\n"),
        Err(_) => return (StatusCode::REQUEST_TIMEOUT, "that took too long\n"),
    };
    let Ok(body) = String::from_utf8(body.to_vec()) else {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "that is no text in UTF-8\n");
    };
    let called = Called { body, headers: handed_on(headers) };
    match host.call_hook((target.plugin, target.secret), target.room, called).await {
        Taken::Yes => (StatusCode::ACCEPTED, "taken\n"),
        Taken::Unknown => unknown,
        Taken::Busy => (StatusCode::TOO_MANY_REQUESTS, "too many at once\n"),
        // Who did not hear the first answer need not try on.
        Taken::Again => (StatusCode::OK, "taken already\n"),
        Taken::Unsigned => (StatusCode::UNAUTHORIZED, "the signature is missing, wrong, too old or too early\n"),
    }
}

/// The headers that a plugin sees: what says what the body is and who sent it. Never one that is a secret.
fn handed_on(headers: &HeaderMap) -> BTreeMap<String, String> {
    let is_meant = |name: &str| {
        matches!(name, "content-type" | "user-agent") || name.starts_with("x-") && !name.starts_with("x-forwarded")
    };
    // Signatures first: they must not get lost among many others.
    let signatures = [STAMPED, PLAIN].into_iter().filter_map(|name| Some((name, headers.get(name)?)));
    let some = headers.iter().map(|(name, value)| (name.as_str(), value)).filter(|it| is_meant(it.0));
    let all = signatures.chain(some);
    let text = all.filter_map(|(name, value)| Some((name.to_owned(), value.to_str().ok()?.to_owned())));
    text.filter(|it| it.1.len() <= MAX_HEADER).take(MAX_HEADERS).collect()
}

/// A part of an address without its `%40`.
fn plain(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut pieces = part.split('%');
    bytes.extend(pieces.next()?.bytes());
    for piece in pieces {
        let (hex, rest) = piece.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(hex, 16).ok()?);
        bytes.extend(rest.bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let read = |uri: &'static str| {
            let uri = Uri::from_static(uri);
            let it = Target::of(&uri)?;
            Some((it.plugin.to_owned(), it.secret.to_owned(), it.room.map(|it| it.to_string())))
        };
        let (plugin, secret) = ("dice".to_owned(), "abc".to_owned());
        assert_eq!(read("/hook/dice/abc"), Some((plugin.clone(), secret.clone(), None)));
        let room = Some("garden@chat.example".to_owned());
        let expected = Some((plugin, secret, room));
        assert_eq!(read("/hook/dice/abc?room=garden%40chat.example"), expected);
        assert_eq!(read("/hook/dice/abc?x=1&room=garden@chat.example"), expected);
        for wrong in ["/hook/dice", "/hook/dice/abc?room=", "/hook/dice/abc?room=%4", "/hook/dice/abc?room=%ff%ff"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn few_headers_are_handed_on() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("authorization", "secret"),
            ("cookie", "secret"),
            ("x-forwarded-for", "192.0.2.1"),
            ("x-event", "push"),
            ("content-type", "application/json"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let seen = handed_on(&headers);
        assert_eq!(seen.keys().collect::<Vec<_>>(), ["content-type", "x-event"]);
    }
}
