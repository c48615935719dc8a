//! What Lua lacks for texts in any script: letters of every size, and making what a stranger typed fit to be shown.

use mlua::{Lua, Result, Table};

/// No more than so many bytes of a text are looked at.
const MAX_BYTES: usize = 64 * 1024;
/// So many characters of a text are shown unless it says.
const MAX_SHOWN: usize = 1000;
/// So many marks may stand over one letter; more are a joke that covers the lines around it.
const MAX_MARKS: usize = 3;

/// The functions of `cx.text`.
pub(super) fn table(lua: &Lua) -> Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("lower", lua.create_function(|_, text: String| Ok(cut(&text).to_lowercase()))?)?;
    table.raw_set("upper", lua.create_function(|_, text: String| Ok(cut(&text).to_uppercase()))?)?;
    table.raw_set("fold", lua.create_function(|_, text: String| Ok(fold(cut(&text))))?)?;
    table.raw_set("len", lua.create_function(|_, text: String| Ok(text.chars().count()))?)?;
    let plain = |_: &Lua, (text, max): (String, Option<usize>)| Ok(plain(cut(&text), max.unwrap_or(MAX_SHOWN)));
    table.raw_set("plain", lua.create_function(plain)?)?;
    Ok(table)
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_BYTES)).unwrap_or(text)
}

/// One line without control characters, marks that turn the direction of writing, or towers of accents; blanks one by
/// one; cut to so many characters, the last then a `…`.
fn plain(text: &str, max: usize) -> String {
    let mut out = String::new();
    let (mut n, mut n_marks, mut is_gap) = (0, 0, false);
    for c in text.chars() {
        if is_blank(c) {
            is_gap = true;
            continue;
        }
        n_marks = if is_mark(c) { n_marks + 1 } else { 0 };
        if MAX_MARKS < n_marks {
            continue;
        }
        if is_gap && !out.is_empty() {
            out.push(' ');
            n += 1;
        }
        is_gap = false;
        if max <= n {
            out.truncate(out.trim_end().len());
            out.push('…');
            return out;
        }
        out.push(c);
        n += 1;
    }
    out
}

fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        )
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}')
        || matches!(c, '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// A text as it is compared: without size of letters, signs at its ends, or the dots of `ё`.
fn fold(text: &str) -> String {
    let lower = plain(text, MAX_BYTES).to_lowercase().replace('ё', "е");
    lower.trim_matches(|it: char| it.is_ascii_punctuation() || matches!(it, '«' | '»' | '“' | '”' | '…')).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_one_line_of_plain_signs() {
        let check = |text: &str, max: usize, expected: &str| assert_eq!(plain(text, max), expected, "{text:?}");
        check("  two \n lines\t here ", 100, "two lines here");
        check("left\u{202e}thgir\u{200f}\u{0}", 100, "left thgir");
        check("абвгд", 3, "абв…");
        check("ab cd", 3, "ab…");
        check("abc", 3, "abc");
        check("abc  ", 3, "abc");
        check(&format!("e{}x", "\u{301}".repeat(50)), 100, "e\u{301}\u{301}\u{301}x");
        check("👩\u{200d}🚀\u{fe0f}", 100, "👩\u{200d}🚀\u{fe0f}");
        check("", 3, "");
    }

    #[test]
    fn texts_are_compared_without_what_does_not_count() {
        let check = |text: &str, expected: &str| assert_eq!(fold(text), expected, "{text:?}");
        check(" «Ёлка!» ", "елка");
        check("New   YORK.", "new york");
        check("...", "");
        assert_eq!(cut(&"я".repeat(MAX_BYTES)).len(), MAX_BYTES);
    }
}
