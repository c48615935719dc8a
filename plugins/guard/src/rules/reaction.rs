//! Reaction: a text where a picture is meant to be.

use super::{Hit, Rule};

/// Letters that a reaction may have; flags and keycaps have none.
const LETTERS: usize = 6;

/// Judges the pictures of one reaction.
pub(crate) fn judge(emojis: &[String]) -> Option<Hit> {
    let letters = |it: &String| it.chars().filter(|c| c.is_alphabetic()).take(LETTERS + 1).count();
    let n = emojis.iter().take(64).map(letters).max().unwrap_or(0);
    (LETTERS < n).then(|| Hit::new(Rule::Reaction, 25, "reason-reaction-text", n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_and_short_words_are_borne_and_sentences_are_not() {
        let is_hit = |text: &str| judge(&[text.to_owned()]).is_some();
        for text in ["👍", "🏳\u{fe0f}\u{200d}🌈", "+1", "lol", "спс", "🇫🇮", ""] {
            assert!(!is_hit(text), "{text}");
        }
        assert!(is_hit("buy at shop.example") && is_hit("купите у нас"));
    }
}
