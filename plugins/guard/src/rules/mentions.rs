//! Mentions: many people called at once, so that all of them look.

use super::{Hit, Rule};

/// So many more than a room bears are called only by someone who calls whoever is there.
const MANY: usize = 4;
/// Nicks shorter than this are words.
const SHORTEST: usize = 3;
/// Words that are looked at.
const MOST_WORDS: usize = 500;

/// Words of a text that may be nicks, without what stands around them.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &[u8]> {
    // In bytes, since all that stands between and around them is ASCII.
    let words = text.as_bytes().split(|b| matches!(b, b' ' | b'\n' | b'\t' | b','));
    words.take(MOST_WORDS).map(trimmed).filter(|it| SHORTEST <= it.len())
}

fn trimmed(mut word: &[u8]) -> &[u8] {
    let is_around = |b: &u8| b"@,:;().!?\"'".contains(b);
    while let [first, rest @ ..] = word
        && is_around(first)
    {
        word = rest;
    }
    while let [rest @ .., last] = word
        && is_around(last)
    {
        word = rest;
    }
    word
}

/// Judges a message by how many of its words are nicks of people here. Nicks are words too, so that a sentence may
/// well be made of some; one that is made of little else calls people.
pub(crate) fn judge(n_called: usize, n_words: usize, limit: usize) -> Option<Hit> {
    let are_many = limit + MANY <= n_called;
    let is_call = n_words <= n_called * 2 || are_many && n_words <= n_called * 3;
    let points = if are_many { 40 } else { 25 };
    (limit <= n_called && is_call).then(|| Hit::new(Rule::Mentions, points, "reason-mentions", n_called))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_to_all_is_an_offence_and_a_sentence_with_nicks_is_none() {
        let points = |called, words| judge(called, words, 6).map(|it| it.points);
        assert_eq!((points(5, 5), points(6, 8), points(6, 13)), (None, Some(25), None));
        assert_eq!((points(12, 12), points(12, 30), points(12, 40)), (Some(40), Some(40), None));
    }

    #[test]
    fn words_come_without_signs() {
        let words: Vec<_> = words("@alice, bob: (carol) me dave! «Ева»").map(String::from_utf8_lossy).collect();
        assert_eq!(words, ["alice", "bob", "carol", "dave", "«Ева»"]);
    }
}
