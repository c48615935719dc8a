//! Tricks that writing is hidden with: invisible characters, heaps of marks, turned direction, mixed alphabets.
//!
//! Emoji sequences, Arabic and Hebrew with their direction marks, Persian and the scripts of India with their joiners
//! use the same characters honestly; those uses are not counted.

use super::{
    confusable::{passes_for_cyrillic, passes_for_latin, read_as},
    fold::{is_invisible, is_letter},
};

/// What was found in one text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Tricks {
    /// Letters of any script.
    pub(crate) n_letters: u32,
    /// Letters that carry more than three marks.
    pub(crate) n_loaded: u32,
    /// Characters that show nothing, where writing has no use for them.
    pub(crate) n_invisible: u32,
    /// Of these, those between two letters of one word.
    pub(crate) n_splits: u32,
    /// Whether the direction of writing is turned by force.
    pub(crate) is_turned: bool,
    /// Words.
    pub(crate) n_words: u32,
    /// Words of one alphabet with letters of another that only look as if they belonged.
    pub(crate) n_mixed: u32,
}

impl Tricks {
    /// Looks through a text.
    pub(crate) fn of(text: &str) -> Self {
        let mut tricks = Self::default();
        if text.is_ascii() {
            return tricks;
        }
        tricks.count_characters(text);
        if may_mix(text) {
            let words = text.split(|c: char| !is_letter(c) && !is_invisible(c)).filter(|it| may_mix(it));
            tricks.n_mixed = words.map(|it| u32::from(is_mixed(it))).sum();
        }
        tricks
    }

    fn count_characters(&mut self, text: &str) {
        let (mut n_marks, mut seen, mut is_hidden, mut is_in_word) = (0_u32, '\0', false, false);
        for c in text.chars() {
            // Asked once: of many scripts the tables are slow to tell.
            let is_letter = is_letter(c);
            let was_in_word = std::mem::replace(&mut is_in_word, is_letter || is_invisible(c));
            self.n_words += u32::from(is_in_word && !was_in_word);
            // All that tricks are done with comes later in Unicode than most of what is written.
            let is_suspicious = '\u{300}' <= c;
            if is_suspicious && is_mark(c) {
                n_marks += 1;
                self.n_loaded += u32::from(n_marks == 4);
                continue;
            }
            n_marks = 0;
            self.is_turned |= matches!(c, '\u{202d}' | '\u{202e}');
            if is_suspicious && is_useless(c) {
                self.n_invisible += 1;
                is_hidden = true;
                continue;
            }
            self.n_splits += u32::from(is_hidden && is_alphabet(seen) && is_alphabet(c));
            self.n_letters += u32::from(is_letter);
            (seen, is_hidden) = (c, false);
        }
    }

    /// Both together.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            n_letters: self.n_letters + other.n_letters,
            n_loaded: self.n_loaded + other.n_loaded,
            n_invisible: self.n_invisible + other.n_invisible,
            n_splits: self.n_splits + other.n_splits,
            is_turned: self.is_turned || other.is_turned,
            n_words: self.n_words + other.n_words,
            n_mixed: self.n_mixed + other.n_mixed,
        }
    }
}

/// Marks that are put on letters of Latin, Greek and Cyrillic; other scripts pile up more of their own.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}')
        || matches!(c, '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Invisible, and of no use in any writing: neither a joiner nor a mark of direction, of a variant, of a flag or of a
/// place where a word may be broken.
const fn is_useless(c: char) -> bool {
    matches!(c, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{200b}' | '\u{2060}'..='\u{2064}')
        || matches!(c, '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{e0001}' | '\u{e0100}'..='\u{e01ef}')
        || matches!(c, '\u{1d173}'..='\u{1d17a}')
}

/// A letter of Latin, Greek or Cyrillic, whose words are written in one piece.
fn is_alphabet(c: char) -> bool {
    c <= '\u{52f}' && is_letter(c)
}

/// A letter of Greek or Cyrillic, in either case.
const fn is_other(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{52f}')
}

/// Whether letters of both alphabets are there, without which no word is of both; the signs of Kelvin and Ohm and a
/// Turkish capital become letters of one of them.
fn may_mix(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_alphabetic() || matches!(c, '\u{130}' | '\u{212a}'))
        && text.chars().any(|c| is_other(c) || c == '\u{2126}')
}

/// Whether all letters of the other alphabet in a word are such as pass for its own. `PDFка` and `git-репо` are not:
/// an ending may be of another alphabet than its word.
fn is_mixed(word: &str) -> bool {
    let (mut n_latin, mut n_other, mut latin_passes, mut other_passes) = (0, 0, true, true);
    let (mut n_switches, mut begins_latin) = (0, false);
    let mut was_latin = None;
    for c in word.chars().flat_map(char::to_lowercase) {
        let is_latin = c.is_ascii_alphabetic();
        if is_latin {
            n_latin += 1;
            latin_passes &= passes_for_cyrillic(c);
        } else if is_other(c) {
            n_other += 1;
            other_passes &= passes_for_latin(c);
        } else {
            continue;
        }
        n_switches += u32::from(was_latin.is_some_and(|it| it != is_latin));
        begins_latin |= was_latin.is_none() && is_latin;
        was_latin = Some(is_latin);
    }
    let has_ending = n_switches == 1 && begins_latin;
    let passes = (other_passes && n_other <= n_latin) || (latin_passes && n_latin <= n_other);
    0 < n_switches && 3 < n_latin + n_other && passes && !has_ending
}

/// What a nick looks like at a glance: two nicks of the same looks are taken for each other.
pub(crate) fn looks_of(nick: &str) -> String {
    use unicode_normalization::char::decompose_compatible;
    let mut looks = String::with_capacity(nick.len());
    let mut push = |c: char| match c {
        'I' | '1' | '|' | 'l' | 'Ӏ' | 'ӏ' | 'І' | 'Ι' => looks.push('l'),
        '0' => looks.push('o'),
        _ if is_mark(c) || is_invisible(c) || c.is_whitespace() => {}
        _ => looks.extend(c.to_lowercase().map(|lower| if looks_latin(c) { read_as(lower) } else { lower })),
    };
    for c in nick.chars() {
        if c.is_ascii() { push(c) } else { decompose_compatible(c, &mut push) }
    }
    while looks.contains("rn") || looks.contains("vv") {
        looks = looks.replace("rn", "m").replace("vv", "w");
    }
    looks
}

/// Whether a letter looks like one of a-z as it stands; of those that do in one case only, the other does not count.
const fn looks_latin(c: char) -> bool {
    match c {
        '\u{370}'..='\u{3ff}' => matches!(c, 'ο' | 'ν' | 'ι' | 'ϲ' | 'ϳ' | 'α' | 'ρ' | 'υ' | 'κ' | 'χ' | 'Α'..='Ω'),
        '\u{400}'..='\u{52f}' => {
            matches!(
                c,
                'а' | 'е'
                    | 'о'
                    | 'р'
                    | 'с'
                    | 'у'
                    | 'х'
                    | 'і'
                    | 'ј'
                    | 'ѕ'
                    | 'һ'
                    | 'ԁ'
                    | 'ԛ'
                    | 'ԝ'
                    | 'ё'
                    | 'ї'
                    | 'ѵ'
            ) || matches!(
                c,
                'А' | 'В'
                    | 'Е'
                    | 'К'
                    | 'М'
                    | 'Н'
                    | 'О'
                    | 'Р'
                    | 'С'
                    | 'Т'
                    | 'Х'
                    | 'У'
                    | 'І'
                    | 'Ј'
                    | 'Ѕ'
                    | 'Ԛ'
                    | 'Ԝ'
            )
        }
        _ => true,
    }
}

/// Whether `nick`, of these looks, is another nick than `known`, made to be taken for it: of the same looks, and not just
/// written in capitals, as people do who come twice.
pub(crate) fn is_disguise_of((nick, looks): (&str, &str), known: &str) -> bool {
    nick != known && may_look(looks, known) && looks == looks_of(known) && nick.to_lowercase() != known.to_lowercase()
}

/// Whether a nick can have these looks. One of ASCII without pairs that are taken for one letter is read as it stands, and
/// told at its first other letter: everybody in a room is compared with whoever comes.
fn may_look(looks: &str, nick: &str) -> bool {
    let is_pair = |it: &[u8]| it.eq_ignore_ascii_case(b"rn") || it.eq_ignore_ascii_case(b"vv");
    if !nick.bytes().all(|b| b.is_ascii_graphic()) || nick.as_bytes().windows(2).any(is_pair) {
        return true;
    }
    let read = nick.bytes().map(|b| match b {
        b'I' | b'1' | b'|' => b'l',
        b'0' => b'o',
        _ => b.to_ascii_lowercase(),
    });
    read.eq(looks.bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn honest_writing_has_no_tricks() {
        for text in [
            "Привет, как дела? Скинь PDFку через git-репо, IT-шник",
            "Hyvää päivää, mitä kuuluu? Äänestysvälilyönti.",
            "مرحبا بالجميع، كيف حالكم؟ \u{200f}XMPP\u{200e} رائع",
            "می\u{200c}خواهم بروم",
            "שָׁלוֹם לְכֻלָּם, מַה שְּׁלוֹמְכֶם?",
            "नमस्ते दोस्तों, क्\u{200d}षमा करें",
            "你好，大家好！今天怎么样？",
            "こんにちは、みなさん。お元気ですか",
            "👨\u{200d}👩\u{200d}👧\u{200d}👦 🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f} ❤\u{fe0f}",
            "Donau\u{ad}dampf\u{ad}schiff\u{ad}fahrt",
            "Việt Nam, xin chào các bạn",
            "สวัสดีครับทุกคน",
            "한국어를 공부합니다",
            "π ≈ 3.14, Δx, α-версия, μs",
        ] {
            let found = Tricks::of(text);
            let n = (found.n_loaded, found.n_invisible, found.is_turned, found.n_mixed);
            assert_eq!(n, (0, 0, false, 0), "{text}");
        }
    }

    #[test]
    fn tricks_are_counted() {
        assert_eq!(Tricks::of("b\u{200b}u\u{200b}y\u{2060} n\u{feff}ow é").n_splits, 3);
        assert!(Tricks::of("a\u{202e}txt.exe").is_turned);
        assert_eq!(Tricks::of("h\u{300}\u{301}\u{302}\u{303}\u{304}i").n_loaded, 1);
        assert_eq!(Tricks::of("сheap wаtches and viаgrа").n_mixed, 3);
        assert_eq!(Tricks::of("дeшeво купи").n_mixed, 1);
    }

    #[test]
    fn nicks_are_compared_by_their_looks() {
        for (a, b) in [("alice", "аlice"), ("paul", "pauI"), ("bob0", "bobo"), ("morning", "moming"), ("Zoé", "Zoe")]
        {
            assert!(is_disguise_of((a, &looks_of(a)), b), "{a} {b}");
        }
        for (a, b) in [
            ("alice", "Alice"),
            ("alice", "alice"),
            ("alice", "alice_"),
            ("ivan", "иван"),
            ("bob", "rob"),
            ("boba", "Вова"),
        ] {
            assert!(!is_disguise_of((a, &looks_of(a)), b), "{a} {b}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_borne(text in "\\PC*") {
            let found = Tricks::of(&text);
            prop_assert!(found.n_mixed <= found.n_words);
            let words = text.split(|c: char| !is_letter(c) && !is_invisible(c)).filter(|it| !it.is_empty());
            prop_assert!(text.is_ascii() || u32::try_from(words.count()).unwrap() == found.n_words);
            prop_assert!(may_look(&looks_of(&text), &text));
        }

        #[test]
        fn nobody_is_passed_over_who_has_these_looks(a in "[rnvmwIl1|0oaRNV а]{0,5}", b in "[rnvmwIl1|0oaRNV а]{0,5}") {
            prop_assert!(looks_of(&a) != looks_of(&b) || may_look(&looks_of(&a), &b));
        }
    }
}
