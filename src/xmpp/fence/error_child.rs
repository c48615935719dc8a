//! The `<error/>` of an iq error: the parser takes only a strict form, and a pending question must still be answered.

use super::chars;
use super::token::{self, Token, Tokens};

const STANZAS: &[u8] = b"urn:ietf:params:xml:ns:xmpp-stanzas";
const TYPES: &[&[u8]] = &[b"auth", b"cancel", b"continue", b"modify", b"wait"];
const CONDITIONS: &[&str] = &[
    "bad-request",
    "conflict",
    "feature-not-implemented",
    "forbidden",
    "gone",
    "internal-server-error",
    "item-not-found",
    "jid-malformed",
    "not-acceptable",
    "not-allowed",
    "not-authorized",
    "policy-violation",
    "recipient-unavailable",
    "redirect",
    "registration-required",
    "remote-server-not-found",
    "remote-server-timeout",
    "resource-constraint",
    "service-unavailable",
    "subscription-required",
    "undefined-condition",
    "unexpected-request",
];

/// What was understood of an `<error/>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// It is in the form that every server sends, which surely parses.
    pub(super) strict: bool,
    kind: Option<&'static str>,
    condition: Option<&'static str>,
}

impl Found {
    /// An `<error/>` that says the same and surely parses.
    pub(super) fn rebuilt(&self) -> String {
        let kind = self.kind.unwrap_or("cancel");
        let condition = self.condition.unwrap_or("undefined-condition");
        format!(
            "<error xmlns='jabber:client' type='{kind}'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
        )
    }
}

/// Reads an `<error/>`. The strict form: a known type, children without prefixes, one condition and at most one `<text/>`
/// in the namespace of conditions, at most one child of another namespace that says so itself, no text between them and,
/// save for `gone` and `redirect`, none in the condition.
pub(super) fn read(element: &[u8]) -> Found {
    let mut found = Found { strict: true, ..Found::default() };
    let (mut depth, mut conditions, mut others, mut bare) = (0_usize, 0_usize, 0_usize, false);
    for token in Tokens::new(element) {
        match token {
            Token::Start(tag, closed) => {
                if depth == 0 {
                    found.head(tag);
                } else if depth == 1 {
                    let name = token::name(tag);
                    if token::attribute(tag, b"xmlns") == Some(STANZAS) {
                        if let Some(condition) = known(name) {
                            found.condition.get_or_insert(condition);
                            conditions += 1;
                            bare = !matches!(condition, "gone" | "redirect");
                        } else {
                            found.strict &= name == b"text";
                            bare = false;
                        }
                    } else {
                        found.strict &= token::attribute(tag, b"xmlns").is_some() && !name.contains(&b':');
                        others += 1;
                        bare = false;
                    }
                }
                depth += usize::from(!closed);
            }
            Token::End => depth = depth.saturating_sub(1),
            Token::Text(text) => found.strict &= chars::blank(text) || depth > 2 || (depth == 2 && !bare),
        }
    }
    found.strict &= found.kind.is_some() && conditions == 1 && others <= 1;
    found
}

impl Found {
    fn head(&mut self, tag: &[u8]) {
        let kind = token::attribute(tag, b"type").and_then(|t| TYPES.iter().find(|known| **known == t));
        self.kind = kind.and_then(|k| std::str::from_utf8(k).ok());
        let by = token::attribute(tag, b"by");
        self.strict &= by.is_none_or(|by| super::jid::valid(&chars::unescape(by)));
    }
}

fn known(name: &[u8]) -> Option<&'static str> {
    CONDITIONS.iter().find(|condition| condition.as_bytes() == name).copied()
}
