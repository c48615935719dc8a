//! Addresses in `from`: which ones the parser takes, and what stands in for one that it does not.
//!
//! Servers let in nicknames that the address rules of this program's parser refuse (any character newer than Unicode 3.2,
//! so most emoji). Every stanza of such an occupant would be lost. The fence gives it a resource that says the same in
//! characters that pass: `%!`, then the nickname with everything but letters, digits, `.`, `-` and `_` percent-encoded.
//! No two nicknames share one: a real nickname that starts with `%!` is encoded in the same way.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jid::Jid;

/// Stands in for an address of which not even the bare part is one. `.invalid` belongs to nobody (RFC 2606).
const NOBODY: &str = "malformed.invalid";
const PREFIX: &str = "%!";
/// A resource may have 1,023 bytes; what is longer is cut and told apart by a hash.
const LONGEST: usize = 1_000;

/// What to do with an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Checked {
    /// It parses.
    Good,
    /// It does not; this one does.
    Mended(String),
}

/// Remembers which addresses were good, since a room sends the same few hundred again and again.
pub(super) struct Cache(Vec<Option<Box<[u8]>>>);

impl Cache {
    /// 512 addresses; the memory is bounded by the limit on attribute values.
    pub(super) fn new() -> Self {
        Self(vec![None; 512])
    }

    /// Looks at an address whose references are resolved.
    pub(super) fn check(&mut self, raw: &[u8]) -> Checked {
        let mut hasher = DefaultHasher::new();
        raw.hash(&mut hasher);
        let length = self.0.len().max(1);
        let slot = usize::try_from(hasher.finish() % length as u64).ok().and_then(|at| self.0.get_mut(at));
        if let Some(Some(known)) = &slot
            && **known == *raw
        {
            return Checked::Good;
        }
        let checked = check(raw);
        // Long ones are not worth keeping and would let a stranger fill the table with megabytes.
        if checked == Checked::Good
            && raw.len() < 256
            && let Some(slot) = slot
        {
            *slot = Some(raw.into());
        }
        checked
    }
}

/// Whether the bytes are an address at all.
pub(super) fn valid(raw: &[u8]) -> bool {
    std::str::from_utf8(raw).is_ok_and(|text| Jid::new(text).is_ok())
}

fn check(raw: &[u8]) -> Checked {
    let Ok(text) = std::str::from_utf8(raw) else { return Checked::Mended(NOBODY.to_owned()) };
    let (bare, resource) = match text.split_once('/') {
        Some((bare, resource)) => (bare, Some(resource)),
        None => (text, None),
    };
    if resource.is_none_or(|r| !r.starts_with(PREFIX)) && Jid::new(text).is_ok() {
        return Checked::Good;
    }
    let bare = if Jid::new(bare).is_ok() { bare } else { NOBODY };
    Checked::Mended(format!("{bare}/{}", encode(resource.unwrap_or(text))))
}

fn encode(resource: &str) -> String {
    let mut out = PREFIX.to_owned();
    for byte in resource.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    if out.len() > LONGEST {
        let mut hasher = DefaultHasher::new();
        resource.hash(&mut hasher);
        out.truncate(LONGEST - 20);
        out.push_str(&format!("%!{:016x}", hasher.finish()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mended_addresses_parse_and_differ() {
        let long = format!("room@c.example/{}", "🦀".repeat(300));
        let longer = format!("{long}x");
        let all =
            ["room@c.example/🦀", "room@c.example/%!%F0%9F%A6%80", "a b@/x", "@", "", &long, &longer, "x@c.example/"];
        let mended: std::collections::BTreeSet<String> = all
            .iter()
            .map(|raw| match check(raw.as_bytes()) {
                Checked::Mended(text) => text,
                Checked::Good => panic!("{raw} should not pass"),
            })
            .collect();
        assert_eq!(mended.len(), all.len());
        for text in &mended {
            assert!(Jid::new(text).is_ok(), "{text}");
        }
        assert!(mended.contains("room@c.example/%!%F0%9F%A6%80"));
    }

    #[test]
    fn good_addresses_pass_and_are_remembered() {
        let mut cache = Cache::new();
        for raw in ["room@c.example/Алиса", "room@c.example", "c.example", "room@c.example/a b"] {
            assert_eq!(cache.check(raw.as_bytes()), Checked::Good, "{raw}");
            assert_eq!(cache.check(raw.as_bytes()), Checked::Good, "{raw}");
        }
    }
}
