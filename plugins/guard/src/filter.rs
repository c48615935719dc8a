//! Which hashes cannot be among those that are remembered: nearly all that are not are told at a glance.

/// Hashes by some of their bits; none can be taken out again.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Filter([u64; 32]);

impl Filter {
    /// Of these.
    pub(crate) fn of(hashes: impl Iterator<Item = u32>) -> Self {
        let mut filter = Self::default();
        hashes.for_each(|it| filter.add(it));
        filter
    }

    /// Adds one.
    pub(crate) fn add(&mut self, hash: u32) {
        let (word, bit) = place(hash);
        if let Some(it) = self.0.get_mut(word) {
            *it |= bit;
        }
    }

    /// Whether it may have been added; whatever was, may.
    pub(crate) fn may_have(&self, hash: u32) -> bool {
        let (word, bit) = place(hash);
        self.0.get(word).is_some_and(|it| it & bit != 0)
    }
}

/// In which word, and which bit of it.
const fn place(hash: u32) -> (usize, u64) {
    ((hash >> 6) as usize % 32, 1 << (hash % 64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::marks::hash;

    #[test]
    fn most_of_what_was_not_added_is_told_at_once() {
        let filter = Filter::of((0..128).map(|n| hash(format!("said {n}"))));
        let n_taken = (0..1_000).filter(|n| filter.may_have(hash(format!("never said {n}")))).count();
        assert!(n_taken < 100, "{n_taken} of a thousand");
        assert!(!Filter::default().may_have(0));
    }

    proptest! {
        #[test]
        fn what_was_added_is_never_denied(hashes in prop::collection::vec(any::<u32>(), 0..300)) {
            let filter = Filter::of(hashes.iter().copied());
            prop_assert!(hashes.iter().all(|it| filter.may_have(*it)));
        }
    }
}
