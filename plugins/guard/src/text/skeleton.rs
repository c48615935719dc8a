//! The skeleton of a text: what is left when everything is taken away by which the same words can be written anew.
//!
//! Case, marks, look-alike letters, digits for letters, letters drawn out or set apart, signs and pictures go. What is
//! left is good for comparing and for finding words of a list that went the same way, and for nothing else.

use unicode_normalization::char::decompose_compatible;

use super::{
    confusable::read_as,
    fold::{is_invisible, is_letter, is_plain},
};

/// Characters that are looked at; longer texts are the business of the size rule.
const MOST_CHARS: usize = 4_096;

/// A skeleton, and how many characters it was made of.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Skeleton {
    /// Words with one space between them.
    pub(crate) text: String,
    /// Characters that somebody sees, white space counted once.
    pub(crate) n_chars: u32,
    /// Letters that stood apart and were joined.
    pub(crate) n_joined: u32,
}

/// Makes it of a text. Nearly all of what is said is ASCII and plain Cyrillic, which need no decomposing.
pub(crate) fn skeleton(text: &str) -> Skeleton {
    let mut builder = Builder { text: String::with_capacity(text.len().min(MOST_CHARS)), ..Builder::default() };
    if text.is_ascii() {
        builder.push_ascii(text.get(..MOST_CHARS).unwrap_or(text));
    } else if text.chars().all(is_plain) {
        for c in text.chars().take(MOST_CHARS) {
            builder.push(lower_plain(c));
        }
    } else {
        let shown = text.chars().filter(|c| !is_invisible(*c)).take(MOST_CHARS);
        shown.for_each(|c| builder.push_any(c));
    }
    builder.finish()
}

/// Lower case of what [`is_plain`].
const fn lower_plain(c: char) -> char {
    match c {
        'А'..='Я' => shifted(c, 0x20),
        '\u{400}'..='\u{40f}' => shifted(c, 0x50),
        _ => c.to_ascii_lowercase(),
    }
}

const fn shifted(c: char, by: u32) -> char {
    match char::from_u32(c as u32 + by) {
        Some(it) => it,
        None => c,
    }
}

/// Marks that letters of Latin, Greek and Cyrillic do without. Those of other scripts are letters of their own.
const fn is_dispensable(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}')
        || matches!(c, '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Whether a mark of another script belongs to the word it stands in.
const fn is_sign_of_script(c: char) -> bool {
    matches!(c, '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{65f}' | '\u{900}'..='\u{e4e}' | '\u{3099}'..='\u{309a}')
}

/// The letters and digits of ASCII that a text begins with.
#[derive(Debug, Default)]
struct Piece {
    n: usize,
    n_digits: usize,
    /// The last one, in lower case, and how many of it stand there.
    last: u8,
    run: u32,
    /// Whether any letter stands there three times in a row.
    is_drawn_out: bool,
}

impl Piece {
    fn of(text: &str) -> Self {
        let mut piece = Self::default();
        for b in text.bytes() {
            // Lower case, where it is a letter; nothing else becomes one by it.
            let (lower, is_digit) = (b | 0x20, b.is_ascii_digit());
            if !is_digit && !lower.is_ascii_lowercase() {
                break;
            }
            piece.run = if lower == piece.last && !is_digit { piece.run + 1 } else { 1 };
            piece.is_drawn_out |= piece.run == 3;
            piece.last = lower;
            piece.n_digits += usize::from(is_digit);
            piece.n += 1;
        }
        piece
    }
}

#[derive(Debug, Default)]
struct Builder {
    text: String,
    /// Where the word begins that is being written, in bytes.
    start: usize,
    /// Its letters, digits, and letters at its end that are all the same.
    n_letters: u32,
    n_digits: u32,
    run: u32,
    last: char,
    /// How many single letters came right before it.
    n_single: u32,
    n_chars: u32,
    n_joined: u32,
    is_gap: bool,
}

impl Builder {
    /// Of any script: in its parts, the marks of which go.
    fn push_any(&mut self, c: char) {
        if is_plain(c) {
            return self.push(lower_plain(c));
        }
        decompose_compatible(c, |part| {
            for lower in part.to_lowercase() {
                self.push(lower);
            }
        });
    }

    fn push(&mut self, c: char) {
        if c.is_ascii_alphanumeric() {
            return self.letter(c);
        }
        if matches!(c, 'а'..='я') {
            return self.letter(read_as(c));
        }
        if c.is_whitespace() {
            self.is_gap = true;
            return self.end_word();
        }
        if c.is_ascii() {
            return self.sign(c);
        }
        if is_dispensable(c) || is_invisible(c) {
            return;
        }
        let c = read_as(c);
        if is_sign_of_script(c) || is_letter(c) || c.is_numeric() {
            self.letter(c);
        } else {
            self.sign(c);
        }
    }

    /// As [`push`](Self::push), for texts of ASCII.
    fn push_ascii(&mut self, mut rest: &str) {
        while let Some(first) = rest.bytes().next() {
            let piece = Piece::of(rest);
            let (word, after) = rest.split_at(piece.n.max(1));
            if piece.n == 0 {
                self.push(char::from(first));
            } else if self.n_letters + self.n_digits == 0 && !piece.is_drawn_out {
                self.begin_word(word, &piece);
            } else {
                word.bytes().for_each(|it| self.letter(char::from(it.to_ascii_lowercase())));
            }
            rest = after;
        }
    }

    /// Letters and digits with which a word begins, as if each were added by itself; none is drawn out.
    fn begin_word(&mut self, word: &str, piece: &Piece) {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.count(count(piece.n));
        if 0 < self.start {
            self.text.push(' ');
        }
        let place = self.text.len();
        self.text.push_str(word);
        if let Some(written) = self.text.get_mut(place..) {
            written.make_ascii_lowercase();
        }
        (self.n_letters, self.n_digits) = (count(piece.n - piece.n_digits), count(piece.n_digits));
        (self.run, self.last) = (piece.run, char::from(piece.last));
    }

    fn count(&mut self, n: u32) {
        self.n_chars += n + u32::from(std::mem::take(&mut self.is_gap) && 0 < self.n_chars);
    }

    fn letter(&mut self, c: char) {
        self.count(1);
        let is_digit = c.is_ascii_digit();
        if c == self.last && !is_digit && 0 < self.n_letters {
            self.run += 1;
            if self.run == 3 {
                self.text.pop();
            }
            if 3 <= self.run {
                return;
            }
        } else {
            self.run = 1;
        }
        if self.start == self.text.len() && 0 < self.start {
            self.text.push(' ');
        }
        self.last = c;
        self.n_digits += u32::from(is_digit);
        self.n_letters += u32::from(!is_digit);
        self.text.push(c);
    }

    /// Signs stand between words; two of them stand for letters inside one.
    fn sign(&mut self, c: char) {
        if c.is_ascii_control() {
            return;
        }
        match c {
            '@' if 0 < self.n_letters => self.letter('a'),
            '$' if 0 < self.n_letters => self.letter('s'),
            _ => {
                self.count(1);
                self.end_word();
            }
        }
    }

    fn end_word(&mut self) {
        let n = self.n_letters + self.n_digits;
        if n == 0 {
            return;
        }
        if 0 < self.n_digits && self.n_digits <= self.n_letters * 3 {
            self.read_digits();
        }
        let is_single = n == 1 && self.n_letters == 1;
        if is_single && self.n_single != 0 {
            // The space before a letter that stands alone, after another that does.
            let word = self.text.split_off(self.start);
            self.text.push_str(word.trim_start());
            // Two of them are an abbreviation.
            self.n_joined += match self.n_single {
                1 => 0,
                2 => 2,
                _ => 1,
            };
        }
        self.n_single = if is_single { self.n_single + 1 } else { 0 };
        self.start = self.text.len();
        (self.n_letters, self.n_digits, self.run) = (0, 0, 0);
    }

    /// Digits among letters are read as letters.
    fn read_digits(&mut self) {
        let word = self.text.split_off(self.start);
        self.text.extend(word.chars().map(|c| match c {
            '0' => 'o',
            '1' => 'i',
            '3' => 'e',
            '4' => 'a',
            '5' => 's',
            '7' => 't',
            '8' => 'b',
            _ => c,
        }));
    }

    fn finish(mut self) -> Skeleton {
        self.end_word();
        Skeleton { text: self.text, n_chars: self.n_chars, n_joined: self.n_joined }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(skeleton(text).text, skeleton(expected).text, "{text:?}");
    }

    #[test]
    fn the_same_words_written_otherwise_have_the_same_skeleton() {
        for text in [
            "Buy CHEAP watches",
            "buy\u{200b} ch\u{ad}eap w\u{2060}atches",
            "ＢＵＹ ｃｈｅａｐ ｗａｔｃｈｅｓ",
            "𝐛𝐮𝐲 𝒸𝒽ℯ𝒶𝓅 ⓦⓐⓣⓒⓗⓔⓢ",
            "buу сhеар wаtсhеs",
            "b.u.y cheap w-a-t-c-h-e-s",
            "b u y cheap w a t c h e s",
            "b\nu\ny\ncheap watches",
            "buy cheeeeeap waaaaatches",
            "buy ch3ap w4tches",
            "búy chéap wàtchęs",
            "buy, cheap... watches!!! 🔥🔥",
            "ʙᴜʏ ᴄʜᴇᴀᴘ ᴡᴀᴛᴄʜᴇꜱ",
            "b🔥u🔥y cheap watches",
        ] {
            check(text, "buy cheap watches");
        }
        check("КУПИ дёшево", "купи дешево");
        check("kупи дeшeвo", "купи дешево");
        check("К у п и дешево", "купи дешево");
    }

    #[test]
    fn words_that_differ_keep_differing() {
        let pairs = [
            ("see you at 12", "see you at 13"),
            ("мама", "папа"),
            ("नमस्ते दोस्तों", "नमस्ते भाई"),
            ("你好", "再见"),
            ("مرحبا", "شكرا"),
            ("שלום", "תודה"),
            ("kuusi palaa", "kuusi palaa vielä"),
        ];
        for (a, b) in pairs {
            assert_ne!(skeleton(a).text, skeleton(b).text);
        }
    }

    #[test]
    fn letters_apart_are_counted_from_three_on() {
        let n_joined = |text: &str| skeleton(text).n_joined;
        assert_eq!([n_joined("l-k and l-k and l-k"), n_joined("b u y"), n_joined("b u y s it")], [0, 2, 3]);
    }

    #[test]
    fn characters_are_counted_as_seen() {
        for (text, n) in [("hello", 5), ("  a \n b ", 3), ("", 0), ("ну да", 5), ("a\u{200b}b", 2), ("ok!", 3)] {
            assert_eq!(skeleton(text).n_chars, n, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_borne_and_words_have_one_space_between(text in "\\PC*") {
            let bones = skeleton(&text).text;
            prop_assert!(!bones.contains("  ") && bones.trim() == bones, "{:?}", bones);
        }

        /// The short way for ASCII and Cyrillic leads where the long one does.
        #[test]
        fn short_ways_lead_to_the_same_form(text in "[ -~\u{410}-\u{44f}ёЁіїў]*", ascii in "[ \n\t\u{1}aAbB13@$.-]*") {
            for text in [text, ascii] {
                let mut builder = Builder::default();
                for c in text.chars() {
                    decompose_compatible(c, |part| part.to_lowercase().for_each(|it| builder.push(it)));
                }
                prop_assert_eq!(skeleton(&text), builder.finish());
            }
        }
    }
}
