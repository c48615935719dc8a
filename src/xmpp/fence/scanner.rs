//! The lexer: one pass over the bytes, whatever pieces they come in, that finds tags, attributes and text.
//!
//! What they mean is decided in [`super::top`] (one element of the stream) and [`super::stanza`] (the three stanzas).

mod aside;
pub(super) mod whole;

use super::chars::{self, CONTROL, NAME, SPACE, TEXT, VALUE, is};
use super::top::Work;
use super::{Limits, Report, Why};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between tags.
    Text,
    /// After `<`.
    Less,
    /// In the name of a start tag.
    Name,
    /// After a name or a value; the next attribute needs white space before it.
    Blank { spaced: bool },
    /// In an attribute's name.
    Key,
    /// Before its `=`.
    Equals,
    /// Before its opening quote.
    Quote,
    /// In its value, which this quote ends.
    Value(u8),
    /// After the `/` of a tag that closes itself.
    Slash,
    /// In a tag that is none, up to `>`.
    BadTag { slash: bool },
    /// In an end tag.
    End,
    /// After `<!`, finding out what it is.
    Bang,
    /// In a comment, after so many dashes.
    Comment(u8),
    /// In a CDATA section, after so many brackets.
    Cdata(u8),
    /// In a declaration such as a document type, up to `>`.
    Declaration,
    /// In a processing instruction, after a `?` or not.
    Instruction { question: bool },
    /// In a reference, in a value with this quote or in text.
    Reference(Option<u8>),
}

/// A piece of input: what stands before `at` was read, what stands before `from` is in the buffer or dropped.
pub(super) struct Cursor<'a> {
    input: &'a [u8],
    at: usize,
    from: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a [u8] {
        self.input.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.input.get(self.at).copied()
    }

    /// What was read and is not yet in the buffer.
    pub(super) fn take(&mut self) -> &'a [u8] {
        let piece = self.input.get(self.from..self.at).unwrap_or_default();
        self.from = self.at;
        piece
    }
}

/// The pure part of the fence: bytes in, bytes to pass on out.
///
/// The output depends on the input alone, not on the pieces in which it comes. Memory is bounded by the limits, plus what
/// was not [consumed](Self::consume).
pub struct Scanner {
    state: State,
    /// The few bytes that decide what a `<!` or a `&` is.
    seen: Vec<u8>,
    work: Work,
}

impl Scanner {
    /// A scanner for a stream of which nothing was read.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { state: State::Text, seen: Vec::with_capacity(16), work: Work::new(limits) }
    }

    /// Reads on.
    pub fn feed(&mut self, input: &[u8]) {
        self.work.make_room();
        let mut cur = Cursor { input, at: 0, from: 0 };
        while let Some(byte) = cur.peek() {
            self.step(byte, &mut cur);
        }
        self.work.keep(&mut cur);
        self.work.check_length(matches!(self.state, State::Name | State::Key));
    }

    /// What may be passed on.
    #[must_use]
    pub fn ready(&self) -> &[u8] {
        self.work.ready()
    }

    /// Forgets so many bytes of what is ready.
    pub fn consume(&mut self, length: usize) {
        self.work.consume(length);
    }

    /// Bytes held, ready and not.
    #[must_use]
    pub fn held(&self) -> usize {
        self.work.held()
    }

    /// Whether something stands unfinished, so that more of it must come.
    #[must_use]
    pub fn inside(&self) -> bool {
        self.work.in_stream() && (self.state != State::Text || self.work.depth() > 1)
    }

    /// Whether an element of the stream has begun and is not yet complete. A tag alone does not count: at a restart it may
    /// be that of a new header, which must stand at the very beginning.
    #[must_use]
    pub fn mid_element(&self) -> bool {
        self.work.in_stream() && self.work.depth() > 1
    }

    /// Stream headers passed on: one per (re)start.
    #[must_use]
    pub fn roots(&self) -> usize {
        self.work.roots()
    }

    /// Stanzas passed on since the server began to manage the stream (XEP-0198); `None` before, and after the stream's end.
    #[must_use]
    pub fn managed(&self) -> Option<u64> {
        self.work.managed().filter(|_| self.work.in_stream())
    }

    /// Asks for an acknowledgement as the server would, behind what is ready. Only for a [managed](Self::managed) stream.
    pub fn ask_for_ack(&mut self) {
        self.work.put(b"<r xmlns='urn:xmpp:sm:3'/>");
    }

    /// Acknowledgements passed on since the stream is [managed](Self::managed).
    #[must_use]
    pub fn acks(&self) -> Option<u64> {
        self.managed().map(|_| self.work.acks())
    }

    /// Whether the server has resumed a stream here.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        self.work.is_resumed()
    }

    /// Ends the stream as the server would, behind what is ready.
    pub fn end_with_error(&mut self) {
        self.work.put(
            b"<error xmlns='http://etherx.jabber.org/streams'>\
            <undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></error>",
        );
    }

    /// Takes what was seen in passing since the last call.
    pub fn reports(&mut self) -> Vec<Report> {
        self.work.reports()
    }

    fn step(&mut self, byte: u8, cur: &mut Cursor<'_>) {
        match self.state {
            State::Text => self.text(cur),
            State::Less => self.less(byte, cur),
            State::Name => self.name(cur),
            State::Blank { spaced } => self.blank(byte, spaced, cur),
            State::Key => self.key(cur),
            State::Equals | State::Quote => self.around_equals(byte, cur),
            State::Value(quote) => self.value(quote, cur),
            State::Slash if byte == b'>' => self.tag_end(true, cur),
            State::Slash => self.bad_tag(cur),
            State::BadTag { slash } => self.in_bad_tag(byte, slash, cur),
            State::End => self.end(cur),
            State::Bang => self.bang(byte, cur),
            State::Comment(dashes) => self.comment(byte, dashes, cur),
            State::Cdata(brackets) => self.cdata(byte, brackets, cur),
            State::Declaration => self.declaration(byte, cur),
            State::Instruction { question } => self.instruction(byte, question, cur),
            State::Reference(quote) => self.reference(byte, quote, cur),
        }
    }

    fn text(&mut self, cur: &mut Cursor<'_>) {
        let rest = cur.rest();
        let checked = self.work.checks_text();
        let length = if checked {
            chars::until_long(rest, TEXT)
        } else {
            rest.iter().position(|b| *b == b'<').unwrap_or(rest.len())
        };
        cur.at += length;
        if !checked {
            self.work.plain_text(cur);
        }
        match cur.peek() {
            Some(b'<') => {
                self.work.text_end(cur);
                cur.at += 1;
                self.state = State::Less;
            }
            Some(b'&') => {
                self.work.keep(cur);
                cur.at += 1;
                self.seen.clear();
                self.state = State::Reference(None);
            }
            Some(b'>') => {
                self.work.keep(cur);
                if self.work.ends_with(b"]]") {
                    self.work.spoil(Why::BadText);
                }
                cur.at += 1;
            }
            Some(_) => {
                self.work.spoil(Why::BadText);
                cur.at += 1;
            }
            None => {}
        }
    }

    fn less(&mut self, byte: u8, cur: &mut Cursor<'_>) {
        match byte {
            b'/' => {
                cur.at += 1;
                self.state = State::End;
            }
            b'!' => {
                cur.at += 1;
                self.seen.clear();
                self.state = State::Bang;
            }
            b'?' => {
                cur.at += 1;
                self.work.instruction_start(cur);
                self.state = State::Instruction { question: false };
            }
            _ => {
                self.work.keep(cur);
                self.work.tag_start();
                if is(byte, NAME) {
                    self.name_start(cur);
                } else {
                    self.bad_tag(cur);
                }
            }
        }
    }

    fn name_start(&mut self, cur: &mut Cursor<'_>) {
        match self.work.whole_tag(cur.rest()) {
            Some(whole) => {
                cur.at += whole.length;
                self.tag_end(whole.closed, cur);
            }
            None => self.state = State::Name,
        }
    }

    fn name(&mut self, cur: &mut Cursor<'_>) {
        cur.at += chars::while_in(cur.rest(), NAME);
        if cur.peek().is_some() {
            self.work.keep(cur);
            self.work.check_length(true);
            self.work.name_end();
            self.state = State::Blank { spaced: false };
        }
    }

    fn blank(&mut self, byte: u8, spaced: bool, cur: &mut Cursor<'_>) {
        let spaces = chars::while_in(cur.rest(), SPACE);
        if spaces > 0 {
            cur.at += spaces;
            self.work.keep_space(cur);
            self.state = State::Blank { spaced: true };
            return;
        }
        self.work.keep(cur);
        match byte {
            b'>' => self.tag_end(false, cur),
            b'/' => {
                cur.at += 1;
                self.state = State::Slash;
            }
            _ if spaced && is(byte, NAME) => {
                self.work.key_start();
                self.state = State::Key;
            }
            _ => self.bad_tag(cur),
        }
    }

    fn key(&mut self, cur: &mut Cursor<'_>) {
        cur.at += chars::while_in(cur.rest(), NAME);
        if cur.peek().is_some() {
            self.work.keep(cur);
            self.work.check_length(true);
            self.work.key_end();
            self.state = State::Equals;
        }
    }

    fn around_equals(&mut self, byte: u8, cur: &mut Cursor<'_>) {
        match (self.state, byte) {
            (_, b' ' | b'\t' | b'\r' | b'\n') => cur.at += 1,
            (State::Equals, b'=') => {
                cur.at += 1;
                self.state = State::Quote;
            }
            (State::Quote, b'"' | b'\'') => {
                cur.at += 1;
                self.work.keep(cur);
                self.work.value_start();
                self.state = State::Value(byte);
            }
            _ => self.bad_tag(cur),
        }
    }

    fn value(&mut self, quote: u8, cur: &mut Cursor<'_>) {
        cur.at += chars::until_long(cur.rest(), VALUE);
        self.work.keep(cur);
        self.work.check_value();
        match cur.peek() {
            Some(byte) if byte == quote => {
                self.work.value_end();
                cur.at += 1;
                self.work.keep(cur);
                self.work.attribute_end();
                self.state = State::Blank { spaced: false };
            }
            Some(b'&') => {
                cur.at += 1;
                self.seen.clear();
                self.state = State::Reference(Some(quote));
            }
            Some(b'"' | b'\'') => cur.at += 1,
            Some(b'\r') => {
                // XML reads it as a space. The parser calls it a fatal error, and some servers write it as it is.
                cur.at += 1;
                self.work.keep_as_space(cur);
            }
            Some(byte) => {
                self.work.bad_value(if is(byte, CONTROL) { Why::BadText } else { Why::BadXml });
                cur.at += 1;
            }
            None => {}
        }
    }

    fn tag_end(&mut self, closed: bool, cur: &mut Cursor<'_>) {
        cur.at += 1;
        self.work.keep(cur);
        self.work.tag_end(closed, cur);
        self.state = State::Text;
    }

    fn bad_tag(&mut self, cur: &mut Cursor<'_>) {
        self.work.keep(cur);
        self.work.bad_tag();
        self.state = State::BadTag { slash: false };
    }

    fn in_bad_tag(&mut self, byte: u8, slash: bool, cur: &mut Cursor<'_>) {
        if byte == b'>' {
            self.tag_end(slash, cur);
            return;
        }
        cur.at += 1;
        self.state = State::BadTag { slash: byte == b'/' };
    }

    fn end(&mut self, cur: &mut Cursor<'_>) {
        let rest = cur.rest();
        let Some(length) = rest.iter().position(|b| *b == b'>') else {
            cur.at += rest.len();
            return;
        };
        cur.at += length + 1;
        self.work.keep(cur);
        self.work.end_tag(cur);
        self.state = State::Text;
    }
}
