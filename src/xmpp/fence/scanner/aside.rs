//! What is neither tag nor plain text: `<!…>`, `<?…?>` and references.

use super::{Cursor, Scanner, State};
use crate::xmpp::fence::Why;
use crate::xmpp::fence::chars::{self, CONTROL, is};

impl Scanner {
    pub(super) fn bang(&mut self, byte: u8, cur: &mut Cursor<'_>) {
        cur.at += 1;
        self.seen.push(byte);
        self.state = match self.seen.as_slice() {
            b"--" => {
                self.work.aside_start(cur);
                State::Comment(0)
            }
            b"[CDATA[" => {
                self.work.cdata_start(cur);
                State::Cdata(0)
            }
            seen if b"--".starts_with(seen) || b"[CDATA[".starts_with(seen) => State::Bang,
            _ => {
                self.work.aside_start(cur);
                if byte == b'>' {
                    self.work.aside_end(Why::BadXml, cur);
                    State::Text
                } else {
                    State::Declaration
                }
            }
        };
    }

    pub(super) fn comment(&mut self, byte: u8, dashes: u8, cur: &mut Cursor<'_>) {
        cur.at += 1;
        self.state = match byte {
            b'-' => State::Comment(dashes.saturating_add(1).min(2)),
            b'>' if dashes == 2 => {
                self.work.aside_end(Why::Comment, cur);
                State::Text
            }
            _ => {
                cur.at += cur.rest().iter().position(|b| *b == b'-').unwrap_or(cur.rest().len());
                State::Comment(0)
            }
        };
    }

    pub(super) fn cdata(&mut self, byte: u8, brackets: u8, cur: &mut Cursor<'_>) {
        cur.at += 1;
        self.state = match byte {
            b']' => State::Cdata(brackets.saturating_add(1).min(2)),
            b'>' if brackets == 2 => {
                self.work.keep(cur);
                self.work.cdata_end(cur);
                State::Text
            }
            _ => {
                if is(byte, CONTROL) {
                    self.work.keep(cur);
                    self.work.spoil(Why::BadText);
                }
                State::Cdata(0)
            }
        };
    }

    pub(super) fn declaration(&mut self, byte: u8, cur: &mut Cursor<'_>) {
        cur.at += 1;
        if byte == b'>' {
            self.work.aside_end(Why::BadXml, cur);
            self.state = State::Text;
        }
    }

    pub(super) fn instruction(&mut self, byte: u8, question: bool, cur: &mut Cursor<'_>) {
        cur.at += 1;
        self.work.instruction_byte(byte);
        if byte == b'>' && question {
            self.work.instruction_end(cur);
            self.state = State::Text;
        } else {
            self.state = State::Instruction { question: byte == b'?' };
        }
    }

    pub(super) fn reference(&mut self, byte: u8, quote: Option<u8>, cur: &mut Cursor<'_>) {
        let back = quote.map_or(State::Text, State::Value);
        let more = byte == b'#' || byte.is_ascii_alphanumeric();
        if more && self.seen.len() < 9 {
            self.seen.push(byte);
            cur.at += 1;
            return;
        }
        if byte != b';' || chars::reference(&self.seen).is_none() {
            self.work.keep(cur);
            match quote {
                Some(_) => self.work.bad_value(Why::BadText),
                None => self.work.spoil(Why::BadText),
            }
        } else {
            cur.at += 1;
        }
        self.state = back;
    }
}
