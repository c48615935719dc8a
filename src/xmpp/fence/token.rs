//! A small reader over bytes that the scanner has already found well-formed, for the few payloads that are looked into.

use super::chars::{self, NAME};

/// One piece of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A start tag: what stands between `<` and `>`, and whether it closes itself.
    Start(&'a [u8], bool),
    /// An end tag.
    End,
    /// Text as it was written, references not resolved. A CDATA section counts as text.
    Text(&'a [u8]),
}

/// Walks over the tokens of an element.
pub(super) struct Tokens<'a>(&'a [u8]);

impl<'a> Tokens<'a> {
    /// Reads from the first byte on.
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (head, rest) = self.0.split_at_checked(length).unwrap_or((self.0, &[]));
        self.0 = rest;
        head
    }

    fn tag_end(&self) -> usize {
        let mut quote = None;
        for (at, byte) in self.0.iter().enumerate() {
            match (quote, *byte) {
                (None, b'>') => return at,
                (None, q @ (b'"' | b'\'')) => quote = Some(q),
                (Some(q), b) if q == b => quote = None,
                _ => {}
            }
        }
        self.0.len()
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let first = *self.0.first()?;
        if first != b'<' {
            let length = self.0.iter().position(|b| *b == b'<').unwrap_or(self.0.len());
            return Some(Token::Text(self.take(length)));
        }
        if self.0.starts_with(b"<![CDATA[") {
            let length = self.0.windows(3).position(|w| w == b"]]>").map_or(self.0.len(), |at| at + 3);
            let section = self.take(length);
            return Some(Token::Text(section.get(9..section.len().saturating_sub(3)).unwrap_or_default()));
        }
        let end = self.tag_end();
        let tag = self.take(end + 1);
        let inside = tag.get(1..tag.len().saturating_sub(1)).unwrap_or_default();
        Some(match inside {
            [b'/', ..] => Token::End,
            [head @ .., b'/'] => Token::Start(head, true),
            _ => Token::Start(inside, false),
        })
    }
}

/// The name at the front of a start tag.
pub(super) fn name(tag: &[u8]) -> &[u8] {
    tag.get(..chars::while_in(tag, NAME)).unwrap_or_default()
}

/// The attributes of a start tag, as written.
pub(super) fn attributes(tag: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = tag.get(name(tag).len()..).unwrap_or_default();
    std::iter::from_fn(move || {
        let start = rest.iter().position(|b| chars::is(*b, NAME))?;
        let at_name = rest.get(start..)?;
        let key = name(at_name);
        let open = at_name.iter().position(|b| matches!(b, b'"' | b'\''))?;
        let quote = *at_name.get(open)?;
        let after = at_name.get(open + 1..)?;
        let close = after.iter().position(|b| *b == quote)?;
        rest = after.get(close + 1..)?;
        Some((key, after.get(..close)?))
    })
}

/// One attribute, by the name as written.
pub(super) fn attribute<'a>(tag: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    attributes(tag).find(|(key, _)| *key == wanted).map(|(_, value)| value)
}

/// The text of an element that has nothing but plain text in it.
pub(super) fn only_text(element: &[u8]) -> Option<&[u8]> {
    let mut tokens = Tokens::new(element);
    match tokens.next()? {
        Token::Start(_, true) => return Some(&[]),
        Token::Start(_, false) => {}
        Token::End | Token::Text(_) => return None,
    }
    match tokens.next()? {
        Token::End => Some(&[]),
        Token::Text(text) => (tokens.next() == Some(Token::End)).then_some(text),
        Token::Start(..) => None,
    }
}
