//! Words and quotes of a line, in any script, without ever looking at more of it than needed.

use std::borrow::Cow;

/// Longer lines are no commands; a server's usual limit on a stanza.
pub const MAX_LINE_BYTES: usize = 65_536;

/// A quoted word may be this long; a quote that is not closed by then is a character like any other.
const MAX_QUOTED_BYTES: usize = 4_096;

/// A word of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// The word, without its quotes and backslashes.
    pub(super) text: Cow<'a, str>,
    /// Whether it stood in quotes, so that it is one thing whatever it looks like.
    pub(super) is_quoted: bool,
    /// What follows it, without leading blanks.
    pub(super) after: &'a str,
}

/// Blanks between words: white space, and marks that have no width and only steer the direction of writing.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The text without blanks at both ends.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// The first word of `rest`, or nothing where only blanks are left.
pub(super) fn next_word(rest: &str) -> Option<Word<'_>> {
    let rest = rest.trim_start_matches(is_blank);
    let first = rest.chars().next()?;
    quoted(rest, first).or_else(|| Some(plain(rest)))
}

/// Where the first `n` words end, as offsets from the start of `rest`; quotes mean nothing here.
pub(super) fn word_ends(rest: &str, n: usize) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut was_blank = true;
    for (at, c) in rest.char_indices() {
        let blank = is_blank(c);
        if blank && !was_blank {
            ends.push(at);
            if ends.len() == n {
                return ends;
            }
        }
        was_blank = blank;
    }
    if !was_blank {
        ends.push(rest.len());
    }
    ends
}

fn plain(rest: &str) -> Word<'_> {
    let mut text = String::new();
    let mut is_escaped = false;
    let mut end = rest.len();
    for (at, c) in rest.char_indices() {
        if is_escaped {
            if !is_blank(c) && !is_quote(c) && c != '\\' {
                text.push('\\');
            }
            text.push(c);
            is_escaped = false;
        } else if is_blank(c) {
            end = at;
            break;
        } else if c == '\\' {
            is_escaped = true;
        } else {
            text.push(c);
        }
    }
    if is_escaped {
        text.push('\\');
    }
    let (raw, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let text = if raw == text { Cow::Borrowed(raw) } else { Cow::Owned(text) };
    Word { text, is_quoted: false, after: after.trim_start_matches(is_blank) }
}

/// A quoted word; `None` where no quote opens here, or none closes. A closing quote is followed by a blank, a comma, a
/// colon or the end, so that `'don't'` is one word.
fn quoted(rest: &str, open: char) -> Option<Word<'_>> {
    let closing: &[char] = match open {
        '"' => &['"'],
        '\'' => &['\''],
        '«' => &['»'],
        '“' => &['”'],
        '„' => &['“', '”'],
        _ => return None,
    };
    let mut text = String::new();
    let mut is_escaped = false;
    let inner = rest.strip_prefix(open)?;
    for (at, c) in inner.char_indices() {
        if MAX_QUOTED_BYTES < at {
            return None;
        }
        if is_escaped {
            if !is_quote(c) && c != '\\' {
                text.push('\\');
            }
            text.push(c);
            is_escaped = false;
        } else if closing.contains(&c) && closes(inner, at, c) {
            let after = inner.get(at + c.len_utf8()..).unwrap_or_default();
            return Some(Word { text: Cow::Owned(text), is_quoted: true, after: after.trim_start_matches(is_blank) });
        } else if c == '\\' {
            is_escaped = true;
        } else {
            text.push(c);
        }
    }
    None
}

fn closes(inner: &str, at: usize, c: char) -> bool {
    let next = inner.get(at + c.len_utf8()..).and_then(|it| it.chars().next());
    next.is_none_or(|next| is_blank(next) || matches!(next, ',' | ':' | ';'))
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '«' | '»' | '“' | '”' | '„')
}

/// What someone typed, fit to be shown back: cut to so many characters, on one line, without marks that would turn
/// the writing of the rest of the answer.
#[must_use]
pub fn shown(text: &str, max_chars: usize) -> String {
    let clean = |c: char| if c.is_control() || is_blank(c) { ' ' } else { c };
    let mut out: String = text.chars().take(max_chars).map(clean).collect();
    if text.chars().nth(max_chars).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        let mut rest = line;
        let mut out = Vec::new();
        while let Some(word) = next_word(rest) {
            out.push(word.text.into_owned());
            rest = word.after;
        }
        out
    }

    #[test]
    fn quotes_of_all_kinds_hold_words_together() {
        let check = |line, expected: &[&str]| assert_eq!(words(line), expected, "{line}");
        check("kick  bob\tspam", &["kick", "bob", "spam"]);
        check(r#"kick "Big Bad Wolf" x"#, &["kick", "Big Bad Wolf", "x"]);
        check("kick «Серый Волк» “a b” „c d“ 'e f'", &["kick", "Серый Волк", "a b", "c d", "e f"]);
        check(r#""say \"hi\"" 'don't'"#, &[r#"say "hi""#, "don't"]);
        check(r"Big\ Bad\ Wolf ¯\_(ツ)_/¯ end\", &["Big Bad Wolf", r"¯\_(ツ)_/¯", r"end\"]);
        check("'tis \"open", &["'tis", "\"open"]);
        check("\u{200f}kick\u{202b} בוב\u{202c} \u{feff}", &["kick", "בוב"]);
        check(" \u{200b} ", &[]);
    }

    #[test]
    fn ends_of_words_are_found_in_the_raw_line() {
        assert_eq!(word_ends("a bb  c", 5), [1, 4, 7]);
        assert_eq!(word_ends("a bb  c", 2), [1, 4]);
        assert_eq!(word_ends("", 2), [0; 0]);
    }

    #[test]
    fn what_is_shown_back_is_one_short_line() {
        assert_eq!(shown("a\nb\u{202e}c", 9), "a b c");
        assert_eq!(shown("абвгд", 3), "абв…");
    }
}
