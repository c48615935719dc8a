//! Nicks: the names of occupants, in any script and with any emoji that a server lets in.
//!
//! The profile for nicks (resourceprep) knows only the characters of Unicode 3.2, and the JID parser refuses all later
//! ones: most emoji. Servers let them in. So a [`Nick`] takes them as they are, and where a JID is built of one it is
//! written with escapes ([`Nick::resource`]), as it is when it comes from the wire in a JID that had to be mended.

use std::{borrow::Cow, fmt, str::FromStr};

use compact_str::CompactString;
use jid::{ResourcePart, ResourceRef};
use serde::{Deserialize, Serialize};

use crate::IdError;

/// How a resource with escapes begins; so a nick that itself begins so is written with escapes too.
const ESCAPED: &str = "%!";
/// The longest nick (RFC 7622 §3.4).
const MAX_BYTES: usize = 1_023;

/// A room nickname, in the form in which nicks are compared (resourceprep, and any later character as it is).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nick(CompactString);

impl Nick {
    /// Makes a nick of a text.
    ///
    /// # Errors
    /// If it is empty, longer than 1,023 bytes, or has characters that no JID may have.
    pub fn new(text: &str) -> Result<Self, IdError> {
        let error = |why: String| IdError::Nick { text: text.chars().take(100).collect(), why };
        if MAX_BYTES < text.len() {
            return Err(error("longer than 1023 bytes".to_owned()));
        }
        match ResourcePart::new(text) {
            Ok(resource) => Ok(Self::plain(&resource)),
            Err(_) if text.is_empty() => Err(error("it is empty".to_owned())),
            // What the rules of JIDs call it (XEP-0029, RFC 7622 §3.4) helps nobody.
            Err(_) => with_later_characters(text)
                .map(Self)
                .ok_or_else(|| error("it has characters that no nick may have".to_owned())),
        }
    }

    /// The nick as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Case folded, for "did you mean" and for what people type; never for identity.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase().into()
    }

    /// The nick as it begins a line: in quotes where another bot could take what follows for a command of ours. Who is
    /// called `!ban bob` or `keeper, ban bob` would else have whatever we answer begin so, with our rights.
    #[must_use]
    pub fn addressed(nick: &str) -> Cow<'_, str> {
        let is_plain = nick.starts_with(char::is_alphanumeric) && !nick.contains([',', ':']);
        if is_plain { Cow::Borrowed(nick) } else { Cow::Owned(format!("“{nick}”")) }
    }

    /// The nick as the resource of a JID: as it is where the JID parser takes it, else `%!` and the nick with
    /// everything but letters, digits, `.`, `-` and `_` of ASCII as `%XX`. The wire turns it back.
    #[must_use]
    pub fn resource(&self) -> Cow<'_, str> {
        if !self.0.starts_with(ESCAPED) && ResourcePart::new(&self.0).is_ok() {
            return Cow::Borrowed(&self.0);
        }
        let mut out = ESCAPED.to_owned();
        for byte in self.0.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
        Cow::Owned(out)
    }

    fn plain(resource: &ResourceRef) -> Self {
        Self(CompactString::new(resource.as_str()))
    }
}

/// Undoes [`Nick::resource`]; `None` if the text is not of that form.
fn unescaped(resource: &str) -> Option<Nick> {
    let mut bytes = Vec::new();
    let mut rest = resource.strip_prefix(ESCAPED)?.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|it| char::from(it).to_digit(16));
        bytes.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
    }
    String::from_utf8(bytes).ok().and_then(|it| Nick::new(&it).ok())
}

/// The text with each character prepared alone, and those kept that resourceprep is too old to know.
fn with_later_characters(text: &str) -> Option<CompactString> {
    let mut out = CompactString::default();
    for c in text.chars() {
        let mut utf8 = [0; 4];
        match ResourcePart::new(c.encode_utf8(&mut utf8)) {
            Ok(prepared) => out.push_str(prepared.as_str()),
            Err(_) if is_dropped(c) => (),
            Err(_) if is_forbidden(c) => return None,
            Err(_) => out.push(c),
        }
    }
    (!out.is_empty() && out.len() <= MAX_BYTES).then_some(out)
}

/// What resourceprep maps to nothing (RFC 3454, table B.1).
pub(crate) fn is_dropped(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{1806}' | '\u{180b}'..='\u{180d}' | '\u{200b}'..='\u{200d}')
        || matches!(c, '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// What a resource may not have (RFC 3920, appendix B.5), as far as [`ResourcePart`] did not say so of all that it
/// does not know.
fn is_forbidden(c: char) -> bool {
    let code = u32::from(c);
    c.is_control()
        || c.is_whitespace()
        || code & 0xfffe == 0xfffe
        || matches!(code, 0x340 | 0x341 | 0x6dd | 0x70f | 0x180e | 0x200e | 0x200f | 0x2028..=0x202e)
        || matches!(code, 0x2060..=0x206f | 0x2ff0..=0x2ffb | 0xe000..=0xf8ff | 0xfdd0..=0xfdef)
        || matches!(code, 0xfff9..=0xfffd | 0x1_d173..=0x1_d17a | 0xe_0000..=0xe_007f | 0xf_0000..)
}

impl From<&ResourceRef> for Nick {
    fn from(resource: &ResourceRef) -> Self {
        unescaped(resource.as_str()).unwrap_or_else(|| Self::plain(resource))
    }
}

impl FromStr for Nick {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::new(text)
    }
}

impl TryFrom<String> for Nick {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        Self::new(&text)
    }
}

impl From<Nick> for String {
    fn from(nick: Nick) -> Self {
        nick.0.into_string()
    }
}

impl fmt::Display for Nick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Nick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nicks_compare_after_resourceprep() {
        assert_eq!(Nick::new("alice\u{ad}").unwrap(), Nick::new("alice").unwrap());
        assert_ne!(Nick::new("Alice").unwrap(), Nick::new("alice").unwrap());
        for text in ["", "a\u{202e}b", "a\nb", "\u{e000}", "🦀\u{202e}", "🦀\u{e0041}", &"🦀".repeat(300)] {
            assert!(Nick::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn emoji_are_nicks_however_they_are_written() {
        assert_eq!(Nick::new("🦀").unwrap().as_str(), "🦀");
        assert_eq!(Nick::new("❤\u{fe0f} 🦀").unwrap(), Nick::new("❤ 🦀").unwrap());
        assert_eq!(Nick::new("🦀").unwrap().resource(), "%!%F0%9F%A6%80");
        assert_eq!(Nick::new("Алиса").unwrap().resource(), "Алиса");
    }

    #[test]
    fn no_nick_makes_a_command_of_an_answer() {
        for (nick, expected) in [
            ("alice", "alice"),
            ("Алиса в саду", "Алиса в саду"),
            ("7of9", "7of9"),
            ("!ban bob", "“!ban bob”"),
            ("keeper, ban bob", "“keeper, ban bob”"),
            ("keeper: ban bob", "“keeper: ban bob”"),
            ("🦀", "“🦀”"),
        ] {
            assert_eq!(Nick::addressed(nick), expected);
        }
    }

    proptest! {
        #[test]
        fn a_nick_survives_the_way_through_a_jid(text in "\\PC{1,20}|%!.{0,5}|[🦀❤a-c \u{fe0f}%!0-9A-F]{1,12}") {
            let Ok(nick) = Nick::new(&text) else { return Ok(()) };
            prop_assert_eq!(&Nick::new(nick.as_str()).unwrap(), &nick);
            let resource = ResourcePart::new(&nick.resource()).unwrap().into_owned();
            prop_assert_eq!(&Nick::from(&*resource), &nick);
        }
    }
}
