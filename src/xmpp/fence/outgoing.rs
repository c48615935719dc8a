//! The way out: nicknames that came in encoded (see [`super::jid`]) leave as what they are.
//!
//! Only `to` attributes are touched. A value is held back until it is complete; nothing else is.

/// Marks an encoded nickname.
const MARK: &[u8] = b"/%!";
/// A value that is longer is no address; it passes as it is.
const LONGEST: usize = 8_192;

/// Turns addresses back in what is written.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    state: State,
    name: Vec<u8>,
    value: Vec<u8>,
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
    /// Appends to `out` what is to be written for these bytes.
    pub(super) fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut rest = bytes;
        while let Some((byte, after)) = rest.split_first() {
            let end = match self.state {
                State::Text => b'<',
                State::Other { quote } => quote,
                State::Tag | State::To { .. } => {
                    self.step(*byte, out);
                    rest = after;
                    continue;
                }
            };
            // Nothing is looked at before that.
            let (passing, from_end) = rest.split_at(rest.iter().position(|it| *it == end).unwrap_or(rest.len()));
            out.extend_from_slice(passing);
            rest = from_end;
            if let Some((byte, after)) = rest.split_first() {
                self.step(*byte, out);
                rest = after;
            }
        }
    }

    fn step(&mut self, byte: u8, out: &mut Vec<u8>) {
        match self.state {
            State::Text if byte == b'<' => {
                self.name.clear();
                self.state = State::Tag;
            }
            State::Text => (),
            State::Tag => self.in_tag(byte),
            State::Other { quote } if byte == quote => self.state = State::Tag,
            State::Other { .. } => (),
            State::To { quote } if byte == quote => {
                turn_back(&self.value, out);
                self.value.clear();
                self.state = State::Tag;
            }
            State::To { quote } => {
                self.value.push(byte);
                if LONGEST < self.value.len() {
                    out.append(&mut self.value);
                    self.state = State::Other { quote };
                }
                return;
            }
        }
        out.push(byte);
    }

    fn in_tag(&mut self, byte: u8) {
        match byte {
            b'>' => self.state = State::Text,
            b'\'' | b'"' if self.name == b"to" => self.state = State::To { quote: byte },
            b'\'' | b'"' => self.state = State::Other { quote: byte },
            b'=' => (),
            byte if byte.is_ascii_whitespace() => self.name.clear(),
            byte if self.name.len() < 64 => self.name.push(byte),
            _ => (),
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

    fn passed(parts: &[&str]) -> String {
        let (mut outgoing, mut out) = (Outgoing::default(), Vec::new());
        for part in parts {
            outgoing.feed(part.as_bytes(), &mut out);
        }
        String::from_utf8(out).unwrap()
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

    proptest! {
        #[test]
        fn bytes_without_the_mark_pass_unchanged(text in "[^%]{0,400}") {
            let whole = format!("<message to='{}'>{}</message>", "a@b/c", text);
            prop_assert_eq!(passed(&[&whole]), whole);
        }
    }
}
