//! Fingerprints, by which two texts are compared without being kept.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Hashes kept of one text.
const SKETCH: usize = 64;

/// The smallest hashes of the three-letter pieces of a text's skeleton.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Written")]
pub(crate) struct Print {
    /// Characters that somebody sees, white space counted once.
    #[serde(rename = "n")]
    pub(crate) n_chars: u32,
    /// Sorted, without doubles, at most [`SKETCH`]. Whoever remembers the same text shares them.
    #[serde(rename = "h")]
    hashes: Arc<[u32]>,
    /// Of which of 128 kinds they are. It is not written down, since it follows from them.
    #[serde(skip)]
    kinds: [u64; 2],
}

/// As it is written down; whatever was read breaks no bound.
#[derive(Deserialize)]
struct Written {
    n: u32,
    h: Vec<u32>,
}

impl From<Written> for Print {
    fn from(it: Written) -> Self {
        Self::told(it.n, it.h)
    }
}

impl Print {
    /// Of a skeleton, and how many characters the text had.
    pub(crate) fn new(skeleton: &str, n_chars: u32) -> Self {
        let mut hashes: Vec<u32> = Vec::with_capacity(skeleton.len());
        if skeleton.is_ascii() {
            hashes.extend(pieces(skeleton.bytes().map(u32::from)));
        } else {
            hashes.extend(pieces(skeleton.chars().map(u32::from)));
        }
        if hashes.is_empty() {
            let mut short = skeleton.chars().map(u32::from);
            hashes.push(hash([(); 3].map(|()| short.next().unwrap_or(0))));
        }
        Self::told(n_chars, hashes)
    }

    /// Of hashes that were told, by another room perhaps; anything is borne.
    pub(crate) fn told(n_chars: u32, hashes: Vec<u32>) -> Self {
        let hashes = tidy(hashes);
        let kinds = kinds(&hashes);
        Self { n_chars, hashes, kinds }
    }

    /// Its hashes, in order.
    pub(crate) fn hashes(&self) -> &[u32] {
        &self.hashes
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

    /// Whether they are at least so alike, as [`likeness`](Self::likeness) has it; most texts that are not show it early.
    pub(crate) fn is_like(&self, other: &Self, least: u32) -> bool {
        let (n_left, n_right) = (self.hashes.len(), other.hashes.len());
        let wanted = usize::try_from(least).unwrap_or(usize::MAX);
        // Of how many pieces both are at least, if no more are common than may be.
        let common = self.most_common(other);
        if common * 1_000 < (n_left + n_right - common).min(SKETCH).saturating_mul(wanted) {
            return false;
        }
        // So many pieces may be in one of them only; with one more, whatever follows cannot make up for it.
        let bearable = (n_left + n_right).min(SKETCH) * 1_000_usize.saturating_sub(wanted) / 1_000;
        let (mut left, mut right) = (self.hashes.iter(), other.hashes.iter());
        let (mut a, mut b) = (left.next(), right.next());
        let (mut n_all, mut n_alone) = (0, 0);
        while n_all < SKETCH {
            match (a, b) {
                (Some(x), Some(y)) if x == y => (a, b) = (left.next(), right.next()),
                (None, None) => break,
                _ => {
                    n_alone += 1;
                    if bearable < n_alone {
                        return false;
                    }
                    if b.is_none_or(|y| a.is_some_and(|x| x < y)) { a = left.next() } else { b = right.next() }
                }
            }
            n_all += 1;
        }
        n_all.max(1) * wanted <= (n_all - n_alone) * 1_000
    }

    /// How much of this text is in `other` as well, in thousandths.
    pub(crate) fn share_in(&self, other: &Self) -> u32 {
        let n_common = self.hashes.iter().filter(|it| other.hashes.binary_search(it).is_ok()).count();
        u32::try_from(n_common * 1_000 / self.hashes.len().max(1)).unwrap_or(0)
    }

    /// How many pieces can be in both: those of a kind that the other has none of cannot.
    fn most_common(&self, other: &Self) -> usize {
        let shared = |it: &Self, other: &Self| {
            let alone = it.kinds.iter().zip(&other.kinds).map(|(a, b)| (a & !b).count_ones());
            it.hashes.len().saturating_sub(alone.sum::<u32>() as usize)
        };
        shared(self, other).min(shared(other, self))
    }
}

/// Hashes of all pieces of three.
fn pieces(mut chars: impl Iterator<Item = u32>) -> impl Iterator<Item = u32> {
    let (mut a, mut b) = (chars.next().unwrap_or(0), chars.next().unwrap_or(0));
    chars.map(move |c| {
        let piece = [a, b, c];
        (a, b) = (b, c);
        hash(piece)
    })
}

/// Of which of 128 kinds hashes are, by their lowest bits: the highest are alike where only the smallest were kept.
fn kinds(hashes: &[u32]) -> [u64; 2] {
    let [mut even, mut odd] = [0, 0];
    for hash in hashes {
        let bit = 1_u64 << (hash >> 1 & 63);
        if hash & 1 == 0 { even |= bit } else { odd |= bit }
    }
    [even, odd]
}

fn tidy(mut hashes: Vec<u32>) -> Arc<[u32]> {
    // Of a long text only the smallest are wanted in order; twice as many are enough unless they recur.
    if 2 * SKETCH < hashes.len() {
        let (smallest, ..) = hashes.select_nth_unstable(2 * SKETCH);
        smallest.sort_unstable();
        if SKETCH <= smallest.chunk_by(u32::eq).count() {
            hashes.truncate(2 * SKETCH);
        }
    }
    hashes.sort_unstable();
    hashes.dedup();
    hashes.truncate(SKETCH);
    hashes.into()
}

/// FNV-1a with a last stir: the same on every machine, which the standard hasher does not promise.
fn hash(chars: [u32; 3]) -> u32 {
    let mix = |hash: u32, c: &u32| (hash ^ c).wrapping_mul(16_777_619);
    let hash = chars.iter().fold(2_166_136_261, mix);
    (hash ^ (hash >> 15)).wrapping_mul(0x2c1b_3c6d)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::print_of;

    #[test]
    fn likeness_is_the_share_of_common_pieces() {
        let likeness = |a: &str, b: &str| print_of(a).likeness(&print_of(b));
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
    fn a_text_that_is_continued_is_still_in_it() {
        let (short, long) = (print_of("look at this"), print_of("look at this https://shop.example/x"));
        assert!(900 <= short.share_in(&long), "{}", short.share_in(&long));
        assert!(print_of("good evening to you").share_in(&long) < 200);
    }

    proptest! {
        #[test]
        fn prints_bear_anything(a in "\\PC*", b in "\\PC*") {
            let (a, b) = (print_of(&a), print_of(&b));
            prop_assert!(a.hashes.len() <= SKETCH);
            prop_assert_eq!(a.likeness(&b), b.likeness(&a));
            prop_assert_eq!(a.likeness(&a), 1_000);
            prop_assert!(a.likeness(&b) <= 1_000);
        }

        #[test]
        fn what_was_written_is_read_whole(text in "\\PC*") {
            let print = print_of(&text);
            let again: Print = serde_json::from_str(&serde_json::to_string(&print).unwrap()).unwrap();
            prop_assert_eq!(print, again);
        }

        #[test]
        fn of_many_hashes_the_smallest_are_kept(hashes in prop::collection::vec(0_u32..400, 0..600)) {
            let smallest: std::collections::BTreeSet<u32> = hashes.iter().copied().collect();
            let smallest: Vec<u32> = smallest.into_iter().take(SKETCH).collect();
            prop_assert_eq!(tidy(hashes).to_vec(), smallest);
        }

        #[test]
        fn the_short_way_to_likeness_comes_to_the_same(
            a in prop::collection::vec(0_u32..90, 0..100),
            b in prop::collection::vec(0_u32..90, 0..100),
            least in 0_u32..=1_000,
        ) {
            let (a, b) = (Print::told(1, a), Print::told(1, b));
            prop_assert_eq!(a.is_like(&b, least), least <= a.likeness(&b));
            let exact = a.likeness(&b);
            prop_assert!(a.is_like(&b, exact) && !a.is_like(&b, exact + 1));
        }
    }
}
