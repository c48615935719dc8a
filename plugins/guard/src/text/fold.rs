//! The normal form: what is written the same way compares the same.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Characters that are looked at; longer texts are the business of the size rule.
const MOST_CHARS: usize = 4_096;
/// Combining marks kept on one letter.
const MOST_MARKS: usize = 3;
/// Characters that show nothing (Default_Ignorable_Code_Point of Unicode 16), first and last of each range.
const IGNORABLE: &[(char, char)] = &[
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fff8}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Whether it shows nothing and takes no room.
pub(crate) fn is_invisible(c: char) -> bool {
    let is_ignorable = '\u{ad}' <= c && IGNORABLE.iter().any(|(first, last)| (*first..=*last).contains(&c));
    is_ignorable || (c.is_control() && !c.is_whitespace())
}

/// The normal form: compatibility forms composed, case folded, invisible characters dropped, marks capped, runs of
/// white space made one space.
pub(crate) fn normal(text: &str) -> String {
    let mut normal = String::with_capacity(text.len().min(MOST_CHARS));
    if text.is_ascii() {
        fold_ascii(text.bytes().take(MOST_CHARS), &mut normal);
    } else if text.chars().all(is_plain) {
        fold(text.chars().take(MOST_CHARS), &mut normal);
    } else {
        fold(text.chars().filter(|c| !is_invisible(*c)).take(MOST_CHARS).nfkc(), &mut normal);
    }
    normal
}

/// Whether the compatibility forms leave a character alone, whatever stands beside it: ASCII and the Cyrillic of most
/// languages. Nearly all of what is said is made of these, and composing costs more than everything else here.
pub(super) const fn is_plain(c: char) -> bool {
    c.is_ascii() || matches!(c, '\u{400}'..='\u{45f}')
}

/// Any letter; those of the scripts that are written most without a look into the tables, which takes long.
pub(super) fn is_letter(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphabetic();
    }
    // Cyrillic, Hebrew, Arabic, Devanagari, Thai; parts of Hangul, kana, Chinese, Hangul.
    let is_common = matches!(c, '\u{400}'..='\u{481}' | '\u{5d0}'..='\u{5ea}' | '\u{620}'..='\u{64a}' | '\u{904}'..='\u{939}')
        || matches!(c, '\u{e01}'..='\u{e3a}' | '\u{e40}'..='\u{e46}' | '\u{1100}'..='\u{11ff}')
        || matches!(c, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}')
        || matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}');
    is_common || c.is_alphabetic()
}

/// As [`fold`], for texts without marks and other scripts.
fn fold_ascii(bytes: impl Iterator<Item = u8>, out: &mut String) {
    let mut is_gap = false;
    for byte in bytes {
        if char::from(byte).is_whitespace() {
            is_gap = true;
        } else if !byte.is_ascii_control() {
            if is_gap && !out.is_empty() {
                out.push(' ');
            }
            is_gap = false;
            out.push(char::from(byte.to_ascii_lowercase()));
        }
    }
}

fn fold(chars: impl Iterator<Item = char>, out: &mut String) {
    let (mut is_gap, mut n_marks) = (false, 0);
    for c in chars {
        if c.is_whitespace() {
            is_gap = true;
            continue;
        }
        if is_invisible(c) {
            continue;
        }
        n_marks = if '\u{300}' <= c && is_combining_mark(c) { n_marks + 1 } else { 0 };
        if MOST_MARKS < n_marks {
            continue;
        }
        if is_gap && !out.is_empty() {
            out.push(' ');
        }
        is_gap = false;
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
        } else {
            out.extend(c.to_lowercase());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_looks_the_same_compares_the_same() {
        let check = |a: &str, b: &str| assert_eq!(normal(a), normal(b), "{a:?} {b:?}");
        check("Buy  NOW", "buy now");
        check("b\u{200b}uy\u{2060} n\u{ad}ow", "buy now");
        check("ＢＵＹ ｎｏｗ", "buy now");
        check("  buy\n\tnow \u{3000}", "buy now");
        check("ПРИВЕТ", "привет");
        check("e\u{301}", "é");
        check("a\u{330}\u{330}\u{330}\u{330}\u{330}\u{330}\u{330}", "a\u{330}\u{330}\u{330}");
    }

    #[test]
    fn letters_are_what_the_tables_say() {
        for c in '\0'..=char::MAX {
            assert_eq!(is_letter(c), c.is_alphabetic(), "{c:?}");
        }
    }

    proptest! {
        #[test]
        fn short_ways_lead_to_the_same_form(text in "[ -~\t\n\u{1}\u{7f}\u{400}-\u{45f}]*") {
            let mut long = String::new();
            fold(text.chars().filter(|c| !is_invisible(*c)).take(MOST_CHARS).nfkc(), &mut long);
            prop_assert_eq!(normal(&text), long);
        }
    }
}
