//! The way out: nicknames that came in encoded (see [`super::jid`]) leave as what they are, and elements leave whole.
//!
//! Only `to` attributes are touched. A value is held back until it is complete; nothing else is.
//!
//! Where the elements of the stream end is known here, so that each can be handed to TLS in one piece that fits into one
//! record: what a cut leaves behind at the server is then never half an element (see [`super::flight`] for why).

use std::collections::VecDeque;

use super::flight::{Piece, REQUEST};

/// Marks an encoded nickname.
const MARK: &[u8] = b"/%!";
/// A value that is longer is no address; it passes as it is.
const LONGEST: usize = 8_192;

/// Turns addresses back in what is written, and keeps it until it has been.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    state: State,
    name: Vec<u8>,
    value: Vec<u8>,
    /// What the tag being read begins with, after its `<`, and what its last byte was.
    first: Option<u8>,
    last: u8,
    /// Whether the element being read asks for an acknowledgement.
    is_request: bool,
    /// Open elements, the stream itself counted.
    depth: usize,
    /// What is to be written.
    out: Vec<u8>,
    /// The whole elements in it, from the front: how long, and whether they ask for an acknowledgement.
    whole: VecDeque<(usize, bool)>,
    /// What of it stands behind the last whole element.
    n_behind: usize,
    /// So much of a piece that was begun is left.
    begun: usize,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    /// Inside a tag, outside of values.
    Tag,
    /// Inside a value that is let through.
    Other { quote: u8 },
    /// Inside the value of `to`.
    To { quote: u8 },
}

impl Outgoing {
    /// Takes bytes that are to be written.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some((byte, after)) = rest.split_first() {
            let (plain, special) = rest.split_at(self.plain(rest));
            if plain.is_empty() {
                self.step(*byte);
                rest = after;
            } else {
                self.out.extend_from_slice(plain);
                self.n_behind += plain.len();
                rest = special;
            }
        }
    }

    /// How much of this passes without being looked at.
    fn plain(&self, bytes: &[u8]) -> usize {
        let end = match self.state {
            State::Text => b'<',
            State::Other { quote } => quote,
            State::Tag | State::To { .. } => return 0,
        };
        bytes.iter().position(|it| *it == end).unwrap_or(bytes.len())
    }

    /// Whether nothing is to be written.
    pub(super) fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Whether what was taken ends with a whole element.
    pub(super) const fn is_whole(&self) -> bool {
        self.depth == 1 && self.n_behind == 0 && matches!(self.state, State::Text)
    }

    /// How much is to be written.
    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    /// Begins a piece: whole elements, as many as there is room for. The first of them may be larger if `exceeds`.
    /// `None` if there is no room.
    pub(super) fn begin(&mut self, room: usize, exceeds: bool) -> Option<Piece> {
        let mut piece = Piece::default();
        while let Some((n_bytes, is_request)) = self.whole.front().copied() {
            if room < piece.n_bytes + n_bytes && !(exceeds && piece.n_bytes == 0) {
                break;
            }
            piece.add(n_bytes, is_request);
            self.whole.pop_front();
        }
        if self.whole.is_empty() && piece.n_bytes == 0 {
            // Only the beginning of an element is here: whoever writes wants it to leave.
            piece.add(std::mem::take(&mut self.n_behind), false);
        }
        self.begun = piece.n_bytes;
        (0 < piece.n_bytes).then_some(piece)
    }

    /// Asks for an acknowledgement before everything that is to be written.
    pub(super) fn ask(&mut self) -> Piece {
        self.out.splice(0..0, REQUEST.iter().copied());
        self.begun = REQUEST.len();
        Piece { n_bytes: REQUEST.len(), n_requests: 1, n_behind: 0 }
    }

    /// What is left of the piece that was begun.
    pub(super) fn piece(&self) -> &[u8] {
        self.out.get(..self.begun).unwrap_or_default()
    }

    /// Whether no piece is begun.
    pub(super) const fn is_fresh(&self) -> bool {
        self.begun == 0
    }

    /// Forgets what was written.
    pub(super) fn written(&mut self, length: usize) {
        self.out.drain(..length.min(self.out.len()));
        self.begun = self.begun.saturating_sub(length);
    }

    fn step(&mut self, byte: u8) {
        match self.state {
            State::Text if byte == b'<' => {
                self.name.clear();
                self.first = None;
                self.state = State::Tag;
            }
            State::Text => (),
            State::Tag => self.in_tag(byte),
            State::Other { quote } if byte == quote => self.state = State::Tag,
            State::Other { .. } => (),
            State::To { quote } if byte == quote => {
                let before = self.out.len();
                turn_back(&self.value, &mut self.out);
                self.n_behind += self.out.len() - before;
                self.value.clear();
                self.state = State::Tag;
            }
            State::To { quote } => {
                self.value.push(byte);
                if LONGEST < self.value.len() {
                    self.n_behind += self.value.len();
                    self.out.append(&mut self.value);
                    self.state = State::Other { quote };
                }
                return;
            }
        }
        self.out.push(byte);
        self.n_behind += 1;
        if byte == b'>' && self.state == State::Text && self.first.is_some() {
            self.tag_end();
        }
    }

    fn in_tag(&mut self, byte: u8) {
        self.first.get_or_insert(byte);
        match byte {
            b'>' => {
                self.state = State::Text;
                return;
            }
            b'\'' | b'"' if self.name == b"to" => self.state = State::To { quote: byte },
            b'\'' | b'"' => self.state = State::Other { quote: byte },
            b'=' => (),
            byte if byte.is_ascii_whitespace() => {
                self.is_request |= self.depth == 1 && self.first == Some(b'r') && self.name == b"r";
                self.name.clear();
            }
            byte if self.name.len() < 64 => self.name.push(byte),
            _ => (),
        }
        self.last = byte;
    }

    /// After the `>` of a tag.
    fn tag_end(&mut self) {
        match self.first.take() {
            // A declaration: a stream begins (again), whatever was open.
            Some(b'?') => self.depth = 0,
            Some(b'/') => self.depth = self.depth.saturating_sub(1),
            _ if self.last == b'/' => (),
            _ => self.depth += 1,
        }
        if self.depth <= 1 {
            self.whole.push_back((std::mem::take(&mut self.n_behind), std::mem::take(&mut self.is_request)));
        }
    }
}

/// Writes an address with its nickname as it is; anything else unchanged.
fn turn_back(value: &[u8], out: &mut Vec<u8>) {
    let at = value.windows(MARK.len()).position(|it| it == MARK);
    let parts = at.and_then(|at| Some((value.get(..=at)?, value.get(at + MARK.len()..)?)));
    let Some((bare, nick)) = parts.and_then(|(bare, nick)| Some((bare, decoded(nick)?))) else {
        return out.extend_from_slice(value);
    };
    out.extend_from_slice(bare);
    for byte in nick {
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            b'\'' => out.extend_from_slice(b"&apos;"),
            b'"' => out.extend_from_slice(b"&quot;"),
            other => out.push(other),
        }
    }
}

/// The nickname that was encoded; `None` if this is none, or would not be text that XML can carry.
fn decoded(encoded: &[u8]) -> Option<Vec<u8>> {
    let mut nick = Vec::new();
    let mut rest = encoded.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            nick.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|it| char::from(it).to_digit(16));
        nick.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
    }
    let is_legal = |c: char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    std::str::from_utf8(&nick).ok().filter(|it| it.chars().all(is_legal))?;
    Some(nick)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROOM: usize = 16_384;

    fn passed(parts: &[&str]) -> String {
        let mut outgoing = Outgoing::default();
        for part in parts {
            outgoing.feed(part.as_bytes());
        }
        pieces(&mut outgoing).concat()
    }

    fn pieces(outgoing: &mut Outgoing) -> Vec<String> {
        let mut all = Vec::new();
        while !outgoing.is_empty() && outgoing.begin(ROOM, true).is_some() {
            let piece = String::from_utf8(outgoing.piece().to_vec()).unwrap();
            outgoing.written(piece.len());
            assert!(outgoing.is_fresh());
            all.push(piece);
        }
        all
    }

    fn head() -> String {
        "<?xml version='1.0'?><stream:stream to='c.example' xmlns='jabber:client'>".to_owned()
    }

    #[test]
    fn elements_leave_whole_and_as_many_at_once_as_fit() {
        let small = "<r xmlns='urn:xmpp:sm:3'/><iq id='/>'><a><b/></a></iq>";
        let large = format!("<message to='a@b'><body>{}</body></message>", "x".repeat(ROOM / 3));
        let huge = format!("<iq>{}</iq>", "<y></y>".repeat(ROOM));
        let all =
            [head(), small.to_owned(), large.clone(), large.clone(), large.clone(), huge.clone(), small.to_owned()];
        let expected =
            [[head(), small.to_owned(), large.clone(), large.clone()].concat(), large, huge, small.to_owned()];
        let mut outgoing = Outgoing::default();
        outgoing.feed(all.concat().as_bytes());
        assert_eq!(pieces(&mut outgoing), expected);
    }

    #[test]
    fn restarted_stream_begins_at_its_beginning() {
        let mut outgoing = Outgoing::default();
        for _ in 0..3 {
            outgoing.feed(head().as_bytes());
            outgoing.feed(b"<auth/>");
            assert_eq!(pieces(&mut outgoing), [head() + "<auth/>"]);
            assert_eq!(outgoing.depth, 1);
        }
        outgoing.feed(b"</stream:stream>");
        assert_eq!(pieces(&mut outgoing), ["</stream:stream>"]);
    }

    #[test]
    fn half_an_element_leaves_only_where_nothing_is_whole() {
        let mut outgoing = Outgoing::default();
        outgoing.feed((head() + "<a/><message><bo").as_bytes());
        assert!(outgoing.begin(ROOM, true).is_some());
        assert_eq!(outgoing.piece(), (head() + "<a/>").as_bytes());
        outgoing.written(3);
        assert!(!outgoing.is_fresh());
        assert_eq!(outgoing.piece().len(), head().len() + 1, "what was begun is finished first");
        outgoing.written(outgoing.piece().len());
        assert!(outgoing.begin(ROOM, true).is_some());
        assert_eq!(outgoing.piece(), b"<message><bo");
        outgoing.written(12);
        outgoing.feed(b"dy/></message><r/>");
        assert_eq!(pieces(&mut outgoing), ["dy/></message><r/>"]);
    }

    #[test]
    fn encoded_nick_leaves_as_it_is_however_it_is_cut() {
        let stanza = "<message to='r@c.example/%!%F0%9F%A6%80%26%27' type=\"chat\"><body>hi</body></message>";
        let expected = "<message to='r@c.example/🦀&amp;&apos;' type=\"chat\"><body>hi</body></message>";
        assert_eq!(passed(&[stanza]), expected);
        for at in 0..stanza.len() {
            let (a, b) = stanza.split_at(at);
            assert_eq!(passed(&[a, b]), expected, "cut at {at}");
        }
    }

    #[test]
    fn texts_and_other_attributes_are_nobodys_business() {
        for stanza in [
            "<message to='r@c.example'><body>to='a/%!41' &lt;</body></message>",
            "<iq id='to' xml:to='a/%!41' from=\"a/%!41\"/>",
            "<message to='r@c.example/%!%FF%FE'/>",
            "<message to='r@c.example/%!%00'/>",
            "<message to='r@c.example/%!%4'/>",
        ] {
            assert_eq!(passed(&[stanza]), stanza);
        }
    }

    #[test]
    fn requests_are_counted_and_made_where_there_is_no_room() {
        let mut outgoing = Outgoing::default();
        let request = "<r xmlns='urn:xmpp:sm:3'/>";
        outgoing.feed((head() + request + "<iq><r a=''/></iq><message/>" + request + "<ready a=''/>").as_bytes());
        let piece = outgoing.begin(ROOM, false).unwrap();
        assert_eq!((piece.n_requests, piece.n_behind), (2, "<ready a=''/>".len()));
        outgoing.written(piece.n_bytes);
        outgoing.feed(b"<message/>");
        assert_eq!(outgoing.begin(9, false), None);
        let piece = outgoing.ask();
        assert_eq!((outgoing.piece(), piece.n_requests), (request.as_bytes(), 1));
        outgoing.written(piece.n_bytes);
        assert_eq!(outgoing.begin(9, true).map(|it| it.n_bytes), Some(10), "it is larger, and the first");
    }

    proptest! {
        #[test]
        fn bytes_without_the_mark_pass_unchanged(text in "[^%]{0,400}") {
            let whole = format!("<message to='{}'>{}</message>", "a@b/c", text);
            prop_assert_eq!(passed(&[&whole]), whole);
        }
    }
}
