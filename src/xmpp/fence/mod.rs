//! The fence: a scanner between the byte stream and the XML parser that lets no stanza of a stranger hurt the session.
//!
//! The parser underneath has no limit on depth or size, calls an attribute over 8,192 bytes a fatal error of the whole
//! stream (and after a resumption meets the same stanza again, for ever), and drops without a word every stanza that does
//! not fit its types. Whoever may speak in a room can make use of all three. So the fence reads the bytes first. It holds
//! back one top-level element until it is whole, and
//!
//! - passes on what is fine, byte for byte, but for what is on nearly every stanza and nothing behind the fence reads:
//!   chat states, markers, hints, requests for receipts, the sender's own id, and to which address of ours a message or a
//!   presence came. Parsing these costs more than parsing what is said;
//! - takes the offending part out of what is not, and adds one child,
//!   `<malformed xmlns='urn:x-domovoi:fence:0' why='…'/>`, so that the session hears of it as an event of that sender;
//! - empties what is over a [limit](Limits) down to its outer attributes, the payloads that a *service* adds (occupant id,
//!   stanza id, delay, `muc#user`) and that child. What is skipped is not held in memory.
//!
//! A stanza in is always a stanza out, because stream management counts them. Only what is no stanza may be dropped: text
//! and unknown elements directly in the stream, which the parser would answer by closing it.
//!
//! What comes out is promised to be well-formed, within the parser's limits, and to parse as a stanza; tests and a fuzz
//! target hold the fence to that. It knows the shape of XML and of the three stanzas, and of their payloads only which are
//! worth keeping or leaving out.

mod adapter;
mod chars;
mod error_child;
mod flight;
mod header;
mod jid;
mod outgoing;
mod scanner;
mod stanza;
mod tag;
#[cfg(test)]
mod tests;
mod token;
mod top;

pub use adapter::{Counters, Fence, Reports};
pub use scanner::Scanner;

/// Namespace of the child that marks a stanza which the fence has changed.
pub const NS: &str = "urn:x-domovoi:fence:0";

/// How much of one top-level element the fence lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nested elements, the stanza itself counted; 64. Builders of elements recurse, so depth costs stack.
    pub depth: usize,
    /// Bytes in one attribute value or name; 8,000. The parser gives up the stream at 8,192.
    pub value: usize,
    /// Attributes of one element; 256.
    pub attributes: usize,
    /// Bytes of a message, a presence or an element of the stream's own; 256 KiB.
    pub stanza_bytes: usize,
    /// Elements in a message or a presence; 4,096.
    pub stanza_elements: usize,
    /// Bytes of an iq; 4 MiB, since archives and member lists arrive in them.
    pub iq_bytes: usize,
    /// Elements in an iq; 65,536.
    pub iq_elements: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 64,
            value: 8_000,
            attributes: 256,
            stanza_bytes: 256 * 1024,
            stanza_elements: 4_096,
            iq_bytes: 4 * 1024 * 1024,
            iq_elements: 65_536,
        }
    }
}

/// Makes [`Why`] together with its names on the wire.
macro_rules! whys {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)+) => {
        /// Why the fence changed or dropped something; the `why` attribute of the marker.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Why { $($(#[$doc])* $name,)+ }

        impl Why {
            /// Every reason, for tables of counters.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name in the marker, in logs and in metrics.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

whys! {
    /// Elements nested deeper than the limit.
    TooDeep => "too-deep",
    /// More bytes than the limit.
    TooLarge => "too-large",
    /// More elements than the limit, or more namespace declarations in scope than anyone needs.
    TooWide => "too-wide",
    /// An attribute value over the limit.
    LongAttribute => "long-attribute",
    /// A name over the limit.
    LongName => "long-name",
    /// More attributes on one element than the limit.
    ManyAttributes => "many-attributes",
    /// Not well-formed: tags that do not match, an attribute twice, a stray `<`.
    BadXml => "bad-xml",
    /// A character, a reference or an encoding that XML forbids.
    BadText => "bad-text",
    /// A prefix that nobody declared, or a reserved one declared.
    BadNamespace => "bad-namespace",
    /// A comment or a processing instruction, which XMPP forbids.
    Comment => "comment",
    /// Text directly in a stanza or in the stream.
    StrayText => "stray-text",
    /// A second `<thread/>`.
    TwoThreads => "two-threads",
    /// A second body, subject or status in the same language; it is kept under a language of its own.
    SameLanguage => "same-language",
    /// A `<show/>` that does not exist, or a second one.
    BadShow => "bad-show",
    /// A `<priority/>` that is no number of one byte, or a second one.
    BadPriority => "bad-priority",
    /// A `type` that does not exist.
    BadType => "bad-type",
    /// An address in `from` or `to` that cannot be one.
    BadJid => "bad-jid",
    /// An iq without id or type, or with the wrong number of children.
    BadIq => "bad-iq",
    /// An iq error without a proper `<error/>`.
    BadError => "bad-error",
    /// Somebody sent the fence's own marker.
    Forged => "forged",
    /// An element of the stream that nobody here knows; dropped.
    Unknown => "unknown-element",
}

impl Why {
    /// Whether the stanza is over a limit and is therefore emptied, not mended.
    pub(crate) const fn is_limit(self) -> bool {
        matches!(
            self,
            Self::TooDeep
                | Self::TooLarge
                | Self::TooWide
                | Self::LongAttribute
                | Self::LongName
                | Self::ManyAttributes
        )
    }
}

/// What the fence saw in passing and the session cannot see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// A stanza was mended or emptied, or (where it is no stanza) dropped.
    Changed(Why),
    /// The server closed the stream with an error.
    StreamError(StreamError),
}

/// A `<stream:error/>`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamError {
    /// The defined condition, such as `conflict`.
    pub condition: String,
    /// What the server said about it; for `see-other-host`, the host.
    pub text: String,
}
