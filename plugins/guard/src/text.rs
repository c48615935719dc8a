//! Text as people see it, so that two lines that look the same compare the same.
//!
//! The raw text is never changed: what is made here is for comparing only.

use domovoi_plugin::Message;
use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Characters that are looked at; longer texts are the business of the size rule.
const MOST_CHARS: usize = 4_096;
/// Combining marks kept on one letter.
const MOST_MARKS: usize = 3;
/// Hashes kept of one text.
const SKETCH: usize = 64;

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

/// Everything in a message that some client shows as text: each body, XHTML, a subject beside a body.
pub(crate) fn shown(message: &Message) -> Vec<&str> {
    let mut texts: Vec<&str> = Vec::with_capacity(1);
    let others = message.bodies.iter().map(|it| it.body.as_str());
    let beside = message.xhtml.as_deref().into_iter().chain(message.subject.as_deref());
    for text in std::iter::once(message.body.as_str()).chain(others).chain(beside) {
        if !text.is_empty() && !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
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
const fn is_plain(c: char) -> bool {
    c.is_ascii() || matches!(c, '\u{400}'..='\u{45f}')
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

/// A fingerprint by which two texts are compared without being kept: the smallest hashes of their three-letter pieces.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Print {
    /// Characters of the normal form.
    #[serde(rename = "n")]
    pub(crate) n_chars: u32,
    /// Sorted, without doubles, at most [`SKETCH`].
    #[serde(rename = "h")]
    hashes: Vec<u32>,
}

impl Print {
    /// Of a text in normal form.
    pub(crate) fn new(normal: &str) -> Self {
        let chars: Vec<char> = normal.chars().collect();
        let mut hashes: Vec<u32> = chars.windows(3).map(hash).collect();
        if hashes.is_empty() {
            hashes.push(hash(&chars));
        }
        hashes.sort_unstable();
        hashes.dedup();
        hashes.truncate(SKETCH);
        hashes.shrink_to_fit();
        Self { n_chars: u32::try_from(chars.len()).unwrap_or(u32::MAX), hashes }
    }

    /// How alike two texts are, in thousandths: the share of pieces they have in common (Jaccard), exact for texts of
    /// up to 64 pieces, an estimate for longer ones.
    pub(crate) fn likeness(&self, other: &Self) -> u32 {
        let (mut left, mut right) = (self.hashes.iter().peekable(), other.hashes.iter().peekable());
        let (mut n_all, mut n_common) = (0_u32, 0_u32);
        while n_all < u32::try_from(SKETCH).unwrap_or(u32::MAX) {
            match (left.peek(), right.peek()) {
                (Some(a), Some(b)) if a == b => {
                    n_common += 1;
                    left.next();
                    right.next();
                }
                (Some(a), Some(b)) if a < b => drop(left.next()),
                (_, Some(_)) => drop(right.next()),
                (Some(_), None) => drop(left.next()),
                (None, None) => break,
            }
            n_all += 1;
        }
        n_common * 1_000 / n_all.max(1)
    }

    /// Makes what was read from outside obey order and bound.
    pub(crate) fn sane(mut self) -> Self {
        self.hashes.sort_unstable();
        self.hashes.dedup();
        self.hashes.truncate(SKETCH);
        self
    }
}

/// FNV-1a with a last stir: the same on every machine, which the standard hasher does not promise.
fn hash(chars: &[char]) -> u32 {
    let mix = |hash: u32, c: &char| (hash ^ u32::from(*c)).wrapping_mul(16_777_619);
    let hash = chars.iter().fold(2_166_136_261, mix);
    (hash ^ (hash >> 15)).wrapping_mul(0x2c1b_3c6d)
}

/// Whether a text wants its reader somewhere else or shouts for attention: a link, an address, a phone or wallet
/// number, or two marks of shouting. Adverts do; so does honest talk, therefore it decides nothing alone.
pub(crate) fn is_like_advert(text: &str) -> bool {
    // Whatever leads away has at least one of these in it.
    let may_lead_away = text.bytes().any(|b| matches!(b, b':' | b'.' | b'@' | b'0'..=b'9'));
    may_lead_away && text.split_whitespace().take(200).any(leads_away) || 2 <= shouts(text)
}

fn leads_away(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '+' && c != '@');
    let n_digits = word.bytes().filter(u8::is_ascii_digit).count();
    let is_number = 7 <= n_digits && word.bytes().all(|b| b.is_ascii_digit() || b"+-().".contains(&b));
    let is_wallet = 26 <= word.len() && 4 <= n_digits && word.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_handle = word.strip_prefix('@').is_some_and(|it| 4 <= it.len());
    let has_scheme = word.contains("://") || word.starts_with("xmpp:") || word.starts_with("www.");
    has_scheme || is_number || is_wallet || is_handle || is_address(word)
}

/// `name@host.tld`, `host.tld` or `host.tld/path`, with a top-level domain of letters.
fn is_address(word: &str) -> bool {
    let host = word.split('/').next().unwrap_or(word);
    let host = host.rsplit('@').next().unwrap_or(host);
    let Some((name, tld)) = host.rsplit_once('.') else {
        return false;
    };
    let fits = |it: &str| it.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '.');
    let is_tld = (2..=12).contains(&tld.len()) && tld.chars().all(char::is_alphabetic);
    is_tld && 2 <= name.len() && fits(name) && (word.contains('/') || word.contains('@') || is_common_tld(tld))
}

/// Top-level domains that adverts use without a scheme; others would take file names and method calls for links.
fn is_common_tld(tld: &str) -> bool {
    const COMMON: &[&str] = &[
        "com", "net", "org", "info", "biz", "shop", "store", "online", "site", "xyz", "top", "club", "vip", "live",
        "example", "ru", "me", "io", "cc", "tk", "ga", "cf", "рф", "onion", "link", "click", "casino", "bet",
    ];
    COMMON.iter().any(|it| it.eq_ignore_ascii_case(tld))
}

fn shouts(text: &str) -> usize {
    let (mut n_letters, mut n_upper, mut n_marks, mut n_pictures, mut has_money) = (0, 0, 0, 0, false);
    for c in text.chars() {
        match c {
            'a'..='z' => n_letters += 1,
            '!' | '！' => n_marks += 1,
            '$' | '€' | '£' | '₽' | '₿' | '%' => has_money = true,
            '\u{1f300}'..='\u{1faff}' => n_pictures += 1,
            _ if c.is_alphabetic() => {
                n_letters += 1;
                n_upper += usize::from(c.is_uppercase());
            }
            // Letters of a kind that is in no alphabet, such as ⓐ.
            _ => n_upper += usize::from(c.is_uppercase()),
        }
    }
    let is_loud = 12 <= n_letters && n_letters * 6 < n_upper * 10;
    [2 <= n_marks, is_loud, has_money, 3 <= n_pictures].into_iter().filter(|it| *it).count()
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
    fn likeness_is_the_share_of_common_pieces() {
        let likeness = |a: &str, b: &str| Print::new(&normal(a)).likeness(&Print::new(&normal(b)));
        assert_eq!(likeness("good morning everybody", "good morning everybody"), 1_000);
        assert_eq!(likeness("ok", "OK"), 1_000);
        assert!(
            850 <= likeness(
                "cheap watches at https://shop.example/ today 17",
                "Cheap watches at https://shop.example/ today 18"
            )
        );
        assert!(likeness("does anyone know how to mount a disk", "does anyone know where the manual is") < 850);
        assert!(likeness("one two three", "four five six") < 200);
    }

    #[test]
    fn adverts_lead_away_or_shout() {
        for text in [
            "see https://shop.example/now",
            "join xmpp:room@chat.example?join",
            "write to dealer@mail.example",
            "cheap at best-shop.com",
            "telegram @bestdealer",
            "call +1 (555)1234567",
            "BUY CHEAP WATCHES TODAY!!!",
            "win 1000$ now!!",
        ] {
            assert!(is_like_advert(text), "{text}");
        }
        for text in [
            "hello everybody, how are you?",
            "look into main.rs and lib.rs, and call it.next()",
            "what? really!!",
            "version 1.2.3 is out",
            "I THINK so, yes",
            "это очень интересно, расскажи ещё",
        ] {
            assert!(!is_like_advert(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn short_ways_lead_to_the_same_form(text in "[ -~\t\n\u{1}\u{7f}\u{400}-\u{45f}]*") {
            let mut long = String::new();
            fold(text.chars().filter(|c| !is_invisible(*c)).take(MOST_CHARS).nfkc(), &mut long);
            prop_assert_eq!(normal(&text), long);
        }

        #[test]
        fn normal_form_and_print_bear_anything(a in "\\PC*", b in "\\PC*") {
            let (a, b) = (Print::new(&normal(&a)), Print::new(&normal(&b)));
            prop_assert!(a.hashes.len() <= SKETCH);
            prop_assert_eq!(a.likeness(&b), b.likeness(&a));
            prop_assert_eq!(a.likeness(&a), 1_000);
            prop_assert!(a.likeness(&b) <= 1_000);
        }
    }
}
