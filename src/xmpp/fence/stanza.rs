//! What the three stanzas may hold so that the parser takes them.

use super::chars::{blank, clean_utf8, split_name, unescape};
use super::error_child::{self, Found};
use super::header::STREAM;
use super::jid::{Cache, Checked, valid};
use super::tag::{Attribute, Scope};
use super::{NS, StreamError, Why, header::Header, token};

const CLIENT: &[u8] = b"jabber:client";
const SASL: &[u8] = b"urn:ietf:params:xml:ns:xmpp-sasl";
const TLS: &[u8] = b"urn:ietf:params:xml:ns:xmpp-tls";
const SM: &[u8] = b"urn:xmpp:sm:3";
const CHAT_STATES: &[u8] = b"http://jabber.org/protocol/chatstates";
const CHAT_MARKERS: &[u8] = b"urn:xmpp:chat-markers:0";
const HINTS: &[u8] = b"urn:xmpp:hints";
const RECEIPTS: &[u8] = b"urn:xmpp:receipts";
const STREAM_ERRORS: &[u8] = b"urn:ietf:params:xml:ns:xmpp-streams";

/// What an element of the stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Kind {
    /// Its tag is not read yet.
    #[default]
    Open,
    Message,
    Presence,
    Iq,
    /// `<stream:error/>`.
    StreamError,
    /// An element of stream negotiation or stream management.
    Nonza,
    /// An acknowledgement (XEP-0198).
    Ack,
    /// From here on the stream is managed (XEP-0198).
    Managed,
    /// A refused resumption. The parser wants its optional `h`; without it, it fails, keeps the state that cannot be
    /// resumed, and tries the same again at every connection.
    Failed,
    /// A stream header.
    Header,
    /// None of these.
    Unknown,
}

impl Kind {
    /// Whether stream management counts it.
    pub(super) const fn is_stanza(self) -> bool {
        matches!(self, Self::Message | Self::Presence | Self::Iq)
    }

    /// What a name stands for; only elements that the parser takes from a server are known.
    pub(super) fn of(namespace: &[u8], local: &[u8]) -> Self {
        match (namespace, local) {
            (CLIENT, b"message") => Self::Message,
            (CLIENT, b"presence") => Self::Presence,
            (CLIENT, b"iq") => Self::Iq,
            (STREAM, b"stream") => Self::Header,
            (STREAM, b"error") => Self::StreamError,
            (STREAM, b"features")
            | (SASL, b"challenge" | b"success" | b"failure")
            | (TLS, b"proceed" | b"failure")
            | (SM, b"r") => Self::Nonza,
            (SM, b"a") => Self::Ack,
            (SM, b"enabled" | b"resumed") => Self::Managed,
            (SM, b"failed") => Self::Failed,
            _ => Self::Unknown,
        }
    }
}

/// What a child directly in an element of the stream is to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Role {
    #[default]
    Other,
    /// Text of which there is one per language: body, subject, status.
    PerLanguage(&'static str),
    Thread,
    Show,
    Priority,
    /// Added by a service and worth keeping even in an emptied stanza.
    Essential,
    /// Signs between clients that nothing here reads.
    Idle,
    /// The error of an iq.
    Error,
    /// The fence's own marker, which nobody else may send.
    Marker,
    /// The condition in a stream error.
    Condition,
    /// The text in a stream error.
    Text,
}

impl Role {
    pub(super) fn of(kind: Kind, namespace: &[u8], local: &[u8]) -> Self {
        match (kind, namespace, local) {
            (Kind::Message, CLIENT, b"body") => Self::PerLanguage("body"),
            (Kind::Message, CLIENT, b"subject") => Self::PerLanguage("subject"),
            (Kind::Presence, CLIENT, b"status") => Self::PerLanguage("status"),
            (Kind::Message, CLIENT, b"thread") => Self::Thread,
            (Kind::Presence, CLIENT, b"show") => Self::Show,
            (Kind::Presence, CLIENT, b"priority") => Self::Priority,
            (Kind::Iq, CLIENT, b"error") => Self::Error,
            (Kind::Message | Kind::Presence, b"http://jabber.org/protocol/muc#user", b"x")
            | (Kind::Message | Kind::Presence, b"urn:xmpp:occupant-id:0", b"occupant-id")
            | (Kind::Message | Kind::Presence, b"urn:xmpp:sid:0", b"stanza-id")
            | (Kind::Message | Kind::Presence, b"urn:xmpp:delay", b"delay") => Self::Essential,
            (Kind::Message, CHAT_STATES | CHAT_MARKERS | HINTS | RECEIPTS, _)
            | (Kind::Message, b"urn:xmpp:sid:0", b"origin-id") => Self::Idle,
            (Kind::StreamError, STREAM_ERRORS, b"text") => Self::Text,
            (Kind::StreamError, STREAM_ERRORS, _) => Self::Condition,
            (Kind::Message | Kind::Presence | Kind::Iq, namespace, _) if *namespace == *NS.as_bytes() => Self::Marker,
            _ => Self::Other,
        }
    }
}

/// The type of an iq as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum IqType {
    #[default]
    Request,
    Result,
    Error,
}

/// What has been seen of the stanza.
#[derive(Debug, Default)]
pub(super) struct Seen {
    thread: bool,
    show: bool,
    priority: bool,
    languages: Vec<(&'static str, Vec<u8>)>,
    payloads: usize,
    errors: Vec<Found>,
    pub(super) iq: IqType,
    pub(super) lang: Vec<u8>,
    /// The address that was mended, as it was written, escaped.
    pub(super) from: Option<String>,
    pub(super) stream_error: StreamError,
}

/// What happens with a child that is whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Keep,
    /// It stays, and its place is remembered.
    Remember,
    Drop(Why),
    /// It goes without a word, since nothing is wrong with it.
    Leave,
    /// It stays, under this language.
    Rename(String),
}

impl Seen {
    /// Judges a whole child.
    pub(super) fn child(&mut self, role: Role, child: &[u8]) -> Fate {
        match role {
            Role::Thread => Self::once(&mut self.thread, true, Why::TwoThreads),
            Role::Show => Self::once(&mut self.show, show(child), Why::BadShow),
            Role::Priority => Self::once(&mut self.priority, priority(child), Why::BadPriority),
            Role::PerLanguage(what) => self.per_language(what, child),
            Role::Essential => Fate::Remember,
            Role::Idle => Fate::Leave,
            Role::Marker => Fate::Drop(Why::Forged),
            Role::Error => {
                // Two are as wrong as any number of them.
                if self.errors.len() < 2 {
                    self.errors.push(error_child::read(child));
                }
                Fate::Keep
            }
            Role::Condition => {
                let name = child.get(1..).map(token::name).and_then(split_name).map_or(&[][..], |(_, local)| local);
                self.stream_error.condition = String::from_utf8_lossy(name).into_owned();
                if let Some(text) = token::only_text(child).filter(|text| !blank(text)) {
                    self.stream_error.text = String::from_utf8_lossy(&unescape(text)).into_owned();
                }
                Fate::Keep
            }
            Role::Text => {
                if self.stream_error.text.is_empty() {
                    let text = token::only_text(child).unwrap_or_default();
                    self.stream_error.text = String::from_utf8_lossy(&unescape(text)).into_owned();
                }
                Fate::Keep
            }
            Role::Other => {
                self.payloads += 1;
                Fate::Keep
            }
        }
    }

    fn once(seen: &mut bool, good: bool, why: Why) -> Fate {
        if *seen || !good {
            return Fate::Drop(why);
        }
        *seen = true;
        Fate::Keep
    }

    fn per_language(&mut self, what: &'static str, child: &[u8]) -> Fate {
        let tag = child.get(1..).unwrap_or_default();
        let lang = token::attribute(tag, b"xml:lang").map_or_else(|| self.lang.clone(), |l| unescape(l).into_owned());
        if !self.languages.iter().any(|(w, l)| *w == what && *l == lang) {
            self.languages.push((what, lang));
            return Fate::Keep;
        }
        let mut number = self.languages.len() + 1;
        loop {
            let name = format!("zzz-x-repeat-{number}");
            if !self.languages.iter().any(|(w, l)| *w == what && *l == name.as_bytes()) {
                self.languages.push((what, name.clone().into_bytes()));
                return Fate::Rename(name);
            }
            number += 1;
        }
    }

    /// What is wrong with an iq whose end was read.
    pub(super) fn iq_fault(&self) -> Option<Why> {
        match self.iq {
            IqType::Request => (self.payloads + self.errors.len() != 1).then_some(Why::BadIq),
            IqType::Result => (self.payloads + self.errors.len() > 1).then_some(Why::BadIq),
            IqType::Error if self.payloads > 1 => Some(Why::BadIq),
            IqType::Error => match self.errors.as_slice() {
                [one] if one.strict => None,
                _ => Some(Why::BadError),
            },
        }
    }

    /// What replaces the content of an iq besides the marker.
    pub(super) fn iq_error(&self) -> Option<String> {
        (self.iq == IqType::Error)
            .then(|| self.errors.first().map_or_else(|| Found::default().rebuilt(), Found::rebuilt))
    }
}

fn show(child: &[u8]) -> bool {
    matches!(token::only_text(child), Some(b"away" | b"chat" | b"dnd" | b"xa"))
}

fn priority(child: &[u8]) -> bool {
    let text = token::only_text(child).and_then(|text| std::str::from_utf8(text).ok());
    text.is_some_and(|text| text.parse::<i8>().is_ok())
}

/// One attribute of a stanza's tag as it shall be: kept, left out, or with another value.
pub(super) enum Mended {
    Keep,
    Leave(Why),
    Replace(Why, String),
}

/// Judges the attributes of a stanza's own tag that the parser reads.
pub(super) fn attribute(kind: Kind, name: &[u8], raw: &[u8], seen: &mut Seen, jids: &mut Cache) -> Mended {
    if !clean_utf8(raw) {
        return Mended::Leave(Why::BadText);
    }
    let value = unescape(raw);
    match (name, kind) {
        (b"from", _) => match jids.check(&value) {
            Checked::Good => Mended::Keep,
            Checked::Mended(jid) => {
                seen.from = Some(super::chars::escape(&String::from_utf8_lossy(&value)));
                Mended::Replace(Why::BadJid, jid)
            }
        },
        (b"to", _) if !valid_cached(&value, jids) => Mended::Leave(Why::BadJid),
        (b"type", Kind::Message) => known(&value, &[b"chat", b"error", b"groupchat", b"headline", b"normal"]),
        (b"type", Kind::Presence) => known(
            &value,
            &[b"error", b"probe", b"subscribe", b"subscribed", b"unavailable", b"unsubscribe", b"unsubscribed"],
        ),
        (b"type", Kind::Iq) => match value.as_ref() {
            b"get" | b"set" => Mended::Keep,
            b"result" => {
                seen.iq = IqType::Result;
                Mended::Keep
            }
            b"error" => {
                seen.iq = IqType::Error;
                Mended::Keep
            }
            _ => Mended::Replace(Why::BadIq, "get".to_owned()),
        },
        (b"xml:lang", _) => {
            seen.lang = value.into_owned();
            Mended::Keep
        }
        _ => Mended::Keep,
    }
}

fn valid_cached(value: &[u8], jids: &mut Cache) -> bool {
    jids.check(value) == Checked::Good || valid(value)
}

fn known(value: &[u8], types: &[&[u8]]) -> Mended {
    if types.contains(&value) { Mended::Keep } else { Mended::Leave(Why::BadType) }
}

/// What a tag's name stands for.
pub(super) fn resolve<'a>(
    scope: &Scope,
    element: &'a [u8],
    header: &'a Header,
    name: &'a [u8],
) -> Option<(std::borrow::Cow<'a, [u8]>, &'a [u8])> {
    let (prefix, local) = split_name(name)?;
    let namespace = scope.resolve(prefix, element, header);
    match (namespace, prefix) {
        (Some(namespace), _) => Some((unescape(namespace), local)),
        (None, None) => Some((std::borrow::Cow::Borrowed(&[]), local)),
        (None, Some(_)) => None,
    }
}

/// Whether a tag has an attribute of this name.
pub(super) fn has(attributes: &[Attribute], element: &[u8], name: &[u8]) -> bool {
    attributes.iter().any(|a| a.name.of(element) == name)
}
