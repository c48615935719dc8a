//! The short way for what nearly every tag is: whole in the piece that was read, with nothing in it to be mended.
//!
//! It finds exactly what the lexer would find, and takes nothing but that; whatever it is in doubt about, the lexer reads
//! byte by byte. So both say the same, which tests hold them to by feeding the same bytes whole and in single bytes.

use super::super::chars::{NAME, SPACE, VALUE, until_long, while_in};
use super::super::tag::{Attribute, Span};

/// A start tag from the first byte of its name.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::xmpp::fence) struct Whole {
    /// How many bytes stand before its `>`.
    pub(in crate::xmpp::fence) length: usize,
    /// The name ends before this byte.
    pub(in crate::xmpp::fence) name_end: usize,
    /// Whether it closes itself.
    pub(in crate::xmpp::fence) closed: bool,
}

/// The most that a tag may hold to be read in the short way.
#[derive(Debug, Clone, Copy)]
pub(in crate::xmpp::fence) struct Bounds {
    /// Bytes of it.
    pub(in crate::xmpp::fence) bytes: usize,
    /// Bytes of a name or a value.
    pub(in crate::xmpp::fence) value: usize,
    /// Attributes.
    pub(in crate::xmpp::fence) attributes: usize,
}

/// Reads a whole tag, and adds its attributes with `base` added to their places. `None`, and attributes of no meaning, if
/// it is not whole or not plain.
pub(in crate::xmpp::fence) fn read(
    bytes: &[u8],
    base: usize,
    bounds: Bounds,
    attributes: &mut Vec<Attribute>,
) -> Option<Whole> {
    let bytes = bytes.get(..bounds.bytes.min(bytes.len()))?;
    let name_end = while_in(bytes, NAME);
    if bounds.value < name_end {
        return None;
    }
    let mut at = name_end;
    loop {
        let n_spaces = while_in(bytes.get(at..)?, SPACE);
        at += n_spaces;
        match bytes.get(at)? {
            b'>' => return Some(Whole { length: at, name_end, closed: false }),
            b'/' if bytes.get(at + 1) == Some(&b'>') => return Some(Whole { length: at + 1, name_end, closed: true }),
            _ if n_spaces == 0 || attributes.len() == bounds.attributes => return None,
            _ => {}
        }
        let attribute = attribute(bytes, at, bounds.value)?;
        at = attribute.value.end + 1;
        let moved = |span: Span| Span { start: base + span.start, end: base + span.end };
        attributes.push(Attribute { name: moved(attribute.name), value: moved(attribute.value) });
    }
}

/// `name='value'` without anything between, and without a reference or the other quote in its value.
fn attribute(bytes: &[u8], start: usize, most: usize) -> Option<Attribute> {
    let key_end = start + while_in(bytes.get(start..)?, NAME);
    let value = key_end + 2;
    let quote = match bytes.get(key_end..value)? {
        [b'=', quote @ (b'\'' | b'"')] => quote,
        _ => return None,
    };
    let end = value + until_long(bytes.get(value..)?, VALUE);
    let is_plain = start < key_end && key_end - start <= most && end - value <= most && bytes.get(end) == Some(quote);
    is_plain.then_some(Attribute { name: Span { start, end: key_end }, value: Span { start: value, end } })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { bytes: 100, value: 20, attributes: 2 };

    /// What was read: how much, whether the tag closes itself, and its attributes; nothing if it is left to the lexer.
    fn check(tag: &str, expected: &str) {
        let mut attributes = Vec::new();
        let whole = read(tag.as_bytes(), 7, BOUNDS, &mut attributes);
        let text = |span: Span| tag.get(span.start - 7..span.end - 7).unwrap();
        let mut found = whole.map_or_else(String::new, |it| format!("{} {}", it.length, it.closed));
        if !found.is_empty() {
            attributes.iter().for_each(|it| found.push_str(&format!(" {}={}", text(it.name), text(it.value))));
        }
        assert_eq!(found, expected, "{tag}");
    }

    #[test]
    fn plain_tags_are_read_at_once() {
        check("a>text", "1 false");
        check("a/>", "2 true");
        check("a b='c' d=\"\"\n/><x", "14 true b=c d=");
    }

    #[test]
    fn everything_else_is_left_to_the_lexer() {
        for tag in
            ["a", "a b", "a b='c", "a b='c'", "a b='c'/", "a b='c'd='e'>", "a b ='c'>", "a b= 'c'>", "a b='&lt;'>"]
        {
            check(tag, "");
        }
        for tag in
            ["a b='\"'>", "a b='\r'>", "a ='c'>", "a / >", "a b='1' c='2' d='3'>", "a b='123456789012345678901'>"]
        {
            check(tag, "");
        }
        check(&format!("a{}>", " ".repeat(100)), "");
    }
}
