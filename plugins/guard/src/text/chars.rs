//! Which characters a text has, of those that anything here asks for.
//!
//! Found in one go over its bytes, so that most questions about most texts are answered without another look at them.

/// The signs of code.
const SIGNS: &[u8] = b"{}()[];=<>/\\|_#$%&*+:~\"";
/// What else is asked for by itself.
const OTHERS: &[u8] = b".@?!";

/// Digits, capitals, what clients begin a new line at, all as far as they are ASCII; and whatever is not.
const DIGIT: u64 = 1 << 60;
const CAPITAL: u64 = 1 << 61;
const BREAK: u64 = 1 << 62;
const FOREIGN: u64 = 1 << 63;
const SIGN: u64 = (1 << SIGNS.len()) - 1;

/// What each byte stands for; nothing, where nobody asks for it.
#[expect(clippy::indexing_slicing, reason = "a constant: an index out of bounds would not compile")]
const BITS: [u64; 256] = {
    let mut bits = [0; 256];
    let mut n = 0;
    while n < SIGNS.len() {
        bits[SIGNS[n] as usize] = 1 << n;
        n += 1;
    }
    while n < SIGNS.len() + OTHERS.len() {
        bits[OTHERS[n - SIGNS.len()] as usize] = 1 << n;
        n += 1;
    }
    let mut b = 0;
    while b < 256 {
        bits[b] |= match b {
            0x30..=0x39 => DIGIT,
            0x41..=0x5a => CAPITAL,
            0x0a..=0x0c => BREAK,
            0x80.. => FOREIGN,
            _ => 0,
        };
        b += 1;
    }
    bits
};

fn bit(b: u8) -> u64 {
    BITS.get(usize::from(b)).copied().unwrap_or(0)
}

/// Whether a byte is a sign of code.
pub(super) fn is_sign(b: u8) -> bool {
    bit(b) & SIGN != 0
}

/// Which of them are there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Chars(u64);

impl Chars {
    /// Those of a text.
    pub(super) fn of(text: &str) -> Self {
        Self(text.bytes().fold(0, |all, b| all | bit(b)))
    }

    /// Those of either.
    pub(super) const fn plus(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether any of these signs is there.
    pub(super) fn has(self, any: &[u8]) -> bool {
        debug_assert!(any.iter().all(|b| bit(*b) != 0), "signs that nobody looked for");
        any.iter().any(|b| self.0 & bit(*b) != 0)
    }

    /// Whether all is ASCII.
    pub(super) const fn is_ascii(self) -> bool {
        self.0 & FOREIGN == 0
    }

    /// Whether there is a digit of ASCII.
    pub(super) const fn has_digit(self) -> bool {
        self.0 & DIGIT != 0
    }

    /// Whether there is a capital of ASCII.
    pub(super) const fn has_capital(self) -> bool {
        self.0 & CAPITAL != 0
    }

    /// Whether a new line begins somewhere, by a sign of ASCII.
    pub(super) const fn has_break(self) -> bool {
        self.0 & BREAK != 0
    }

    /// How many different signs of code there are.
    pub(super) const fn n_signs(self) -> u32 {
        (self.0 & SIGN).count_ones()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_there_is_found_and_nothing_else() {
        let chars = Chars::of("Mail me: a@b.example (7)\n");
        assert!(chars.has(b"@") && chars.has(b"?.") && chars.has_digit() && chars.has_capital() && chars.has_break());
        assert!(!chars.has(b"?!>") && chars.is_ascii());
        assert_eq!(chars.n_signs(), 3);
        assert_eq!(Chars::of("plain words"), Chars::default());
        assert!(!Chars::of("ой").is_ascii() && !Chars::of("ой").has_capital());
        assert_eq!(Chars::of("a?").plus(Chars::of("b!")), Chars::of("?!"));
    }

    proptest! {
        #[test]
        fn each_question_is_answered_as_by_a_look(text in "[ -~\n\u{b}а-яé]{0,40}") {
            let chars = Chars::of(&text);
            for sign in SIGNS.iter().chain(OTHERS) {
                prop_assert_eq!(chars.has(&[*sign]), text.contains(char::from(*sign)));
            }
            prop_assert_eq!(chars.is_ascii(), text.is_ascii());
            prop_assert_eq!(chars.has_digit(), text.contains(|c: char| c.is_ascii_digit()));
            prop_assert_eq!(chars.has_capital(), text.contains(|c: char| c.is_ascii_uppercase()));
            prop_assert_eq!(chars.has_break(), text.contains(['\n', '\u{b}', '\u{c}']));
            prop_assert_eq!(usize::try_from(chars.n_signs()).unwrap(), SIGNS.iter().filter(|it| text.as_bytes().contains(it)).count());
        }
    }
}
