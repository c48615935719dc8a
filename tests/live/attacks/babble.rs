//! Lines of nothing, each different, the same in every run.

const SYLLABLES: [&str; 20] = [
    "ba", "do", "ku", "mi", "ra", "te", "zo", "fi", "lu", "ne", "pa", "sha", "gri", "plo", "vex", "wum", "tak", "jor",
    "hil", "sno",
];

/// So many words that mean nothing.
pub(super) fn babble(seed: usize, n_words: usize) -> String {
    let mut dice = seed.wrapping_mul(2_654_435_761).wrapping_add(97);
    let mut throw = |sides: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % sides
    };
    let mut words = Vec::new();
    for _ in 0..n_words {
        let n_syllables = 1 + throw(3);
        words.push((0..n_syllables).map(|_| SYLLABLES[throw(SYLLABLES.len())]).collect::<String>());
    }
    words.join(" ")
}
