//! Which bytes and characters XML allows where, and what a reference stands for.

use std::borrow::Cow;

/// Ends a run of plain text: markup, references, `>` for the sake of `]]>`, control characters.
pub(super) const TEXT: u8 = 1;
/// Ends a run inside an attribute value, whichever the quote.
pub(super) const VALUE: u8 = 2;
/// May stand in a name.
pub(super) const NAME: u8 = 4;
/// White space.
pub(super) const SPACE: u8 = 8;
/// Forbidden everywhere.
pub(super) const CONTROL: u8 = 16;
/// May stand in either part of a name, and is ASCII.
const PLAIN: u8 = 32;

const CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0_usize;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "the loop ends at 255")]
        let b = byte as u8;
        let mut class = 0;
        if matches!(b, b' ' | b'\t' | b'\r' | b'\n') {
            class |= SPACE;
            if b == b'\r' {
                class |= VALUE;
            }
        } else if b < 0x20 {
            class |= CONTROL | TEXT | VALUE;
        }
        if matches!(b, b'<' | b'&' | b'>') {
            class |= TEXT;
        }
        if matches!(b, b'<' | b'&' | b'\'' | b'"') {
            class |= VALUE;
        }
        if b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'-' | b'.') || b >= 0x80 {
            class |= NAME;
            if b < 0x80 && b != b':' {
                class |= PLAIN;
            }
        }
        #[expect(clippy::indexing_slicing, reason = "evaluated when compiled, inside the table")]
        {
            table[byte] = class;
        }
        byte += 1;
    }
    table
}

/// Whether the byte belongs to one of the classes.
#[inline]
pub(super) fn is(byte: u8, class: u8) -> bool {
    #[expect(clippy::indexing_slicing, reason = "a byte is always inside a table of 256")]
    let found = CLASS[usize::from(byte)];
    found & class != 0
}

/// How many bytes at the front are outside the classes.
#[inline]
pub(super) fn until(bytes: &[u8], class: u8) -> usize {
    bytes.iter().position(|b| is(*b, class)).unwrap_or(bytes.len())
}

/// How many bytes at the front belong to neither [`TEXT`] nor [`VALUE`]; what follows may still be outside one of them.
/// Runs of text and values are long, so sixteen bytes are looked at together, which needs no table.
#[inline]
fn until_special(bytes: &[u8]) -> usize {
    let is_special = |b: &u8| *b < b' ' || matches!(b, b'<' | b'>' | b'&' | b'\'' | b'"');
    let (runs, _) = bytes.as_chunks::<16>();
    runs.iter().take_while(|run| !run.iter().fold(false, |found, b| found | is_special(b))).count() * 16
}

/// As [`until`], for [`TEXT`] and [`VALUE`].
#[inline]
pub(super) fn until_long(bytes: &[u8], class: u8) -> usize {
    let at = until_special(bytes);
    at + until(bytes.get(at..).unwrap_or_default(), class)
}

/// How many bytes at the front are inside the classes.
#[inline]
pub(super) fn while_in(bytes: &[u8], class: u8) -> usize {
    bytes.iter().position(|b| !is(*b, class)).unwrap_or(bytes.len())
}

/// Whether all of it is white space.
pub(super) fn blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| is(*b, SPACE))
}

/// Whether the bytes are UTF-8 without the two characters that XML leaves out beyond the control characters.
pub(super) fn clean_utf8(bytes: &[u8]) -> bool {
    // Both are written EF BF B., so that a text without EF has neither.
    let has_neither = |text: &str| !text.contains(['\u{FFFE}', '\u{FFFF}']);
    std::str::from_utf8(bytes).is_ok_and(|text| !bytes.contains(&0xEF) || has_neither(text))
}

/// Splits a name at its colon and says whether both parts are names.
pub(super) fn split_name(name: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let Some(colon) = name.iter().position(|b| *b == b':') else {
        return ncname(name).then_some((None, name));
    };
    let (prefix, local) = (name.get(..colon)?, name.get(colon + 1..)?);
    (ncname(prefix) && ncname(local)).then_some((Some(prefix), local))
}

fn ncname(part: &[u8]) -> bool {
    let Some(first) = part.first() else { return false };
    if while_in(part, PLAIN) == part.len() {
        return first.is_ascii_alphabetic() || *first == b'_';
    }
    let Ok(text) = std::str::from_utf8(part) else { return false };
    text.chars().next().is_some_and(name_start) && text.chars().all(|c| name_start(c) || name_more(c))
}

fn name_start(c: char) -> bool {
    matches!(c, 'A'..='Z' | 'a'..='z' | '_' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

fn name_more(c: char) -> bool {
    matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// The character of a reference, given without `&` and `;`.
pub(super) fn reference(name: &[u8]) -> Option<char> {
    let code = match name {
        b"amp" => return Some('&'),
        b"lt" => return Some('<'),
        b"gt" => return Some('>'),
        b"quot" => return Some('"'),
        b"apos" => return Some('\''),
        [b'#', b'x', digits @ ..] => number(digits, 16)?,
        [b'#', digits @ ..] => number(digits, 10)?,
        _ => return None,
    };
    let allowed = matches!(code, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    allowed.then_some(code)
}

/// At most seven digits, because the parser reads no more.
fn number(digits: &[u8], radix: u32) -> Option<char> {
    if digits.is_empty() || digits.len() > 7 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let text = std::str::from_utf8(digits).ok()?;
    u32::from_str_radix(text, radix).ok().and_then(char::from_u32)
}

/// A value with its references resolved; what is no reference stays as it is.
pub(super) fn unescape(raw: &[u8]) -> Cow<'_, [u8]> {
    if !raw.contains(&b'&') {
        return Cow::Borrowed(raw);
    }
    let mut out = Vec::with_capacity(raw.len());
    let mut parts = raw.split(|b| *b == b'&');
    out.extend_from_slice(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.iter().position(|b| *b == b';').unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        if let Some(c) = reference(name) {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            out.extend_from_slice(rest.get(1..).unwrap_or_default());
        } else {
            out.push(b'&');
            out.extend_from_slice(part);
        }
    }
    Cow::Owned(out)
}

/// A text as the value of an attribute in apostrophes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '\'' => out.push_str("&apos;"),
            _ => out.push(c),
        }
    }
    out
}
