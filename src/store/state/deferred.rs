//! Changes that the disk does not take now: the newest value of each key, within bounds.

use std::collections::BTreeMap;

use crate::store::state::tree::{Batch, Change, Tree};

/// The changes, by tree and key, so that rewriting one key does not make it grow.
#[derive(Debug)]
pub(crate) struct Deferred {
    changes: BTreeMap<(Tree, Vec<u8>), Option<Vec<u8>>>,
    n_bytes: usize,
    max: usize,
    max_bytes: usize,
}

impl Deferred {
    pub(crate) fn new(max: usize, max_bytes: usize) -> Self {
        Self { changes: BTreeMap::new(), n_bytes: 0, max, max_bytes }
    }

    pub(crate) fn len(&self) -> usize {
        self.changes.len()
    }

    /// The value a key will have: `Some(None)` if it will be gone, `None` if nothing waits for it.
    #[expect(clippy::option_option, reason = "no change, a change to nothing and a value are three answers")]
    pub(crate) fn get(&self, tree: Tree, key: &[u8]) -> Option<Option<&[u8]>> {
        self.changes.get(&(tree, key.to_vec())).map(Option::as_deref)
    }

    pub(crate) fn with_prefix(&self, tree: Tree, prefix: &[u8]) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
        let from = (tree, prefix.to_vec());
        let fits = |(it, key): &(Tree, Vec<u8>)| *it == tree && key.starts_with(prefix);
        let range = self.changes.range(from..).take_while(|(place, _)| fits(place));
        range.map(|((_, key), value)| (key.clone(), value.clone())).collect()
    }

    /// Takes the whole batch, or nothing of it if that is too much.
    pub(crate) fn try_take(&mut self, batch: &Batch) -> bool {
        let n_new = batch.changes.iter().filter(|it| self.get(it.tree, &it.key).is_none()).count();
        if self.max < self.changes.len() + n_new || self.max_bytes < self.n_bytes + batch.n_bytes() {
            return false;
        }
        for change in &batch.changes {
            let place = (change.tree, change.key.clone());
            self.n_bytes += change.n_bytes();
            if let Some(old) = self.changes.insert(place, change.value.clone()) {
                self.n_bytes -= change.key.len() + old.map_or(0, |it| it.len());
            }
        }
        true
    }

    pub(crate) fn to_changes(&self) -> Vec<Change> {
        let change = |((tree, key), value): (&(Tree, Vec<u8>), &Option<Vec<u8>>)| Change {
            tree: *tree,
            key: key.clone(),
            value: value.clone(),
        };
        self.changes.iter().map(change).collect()
    }

    pub(crate) fn clear(&mut self) {
        self.changes.clear();
        self.n_bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_and_batches_stay_whole() {
        let mut deferred = Deferred::new(2, 100);
        assert!(deferred.try_take(&Batch::new().put(Tree::Kv, "a", "1").delete(Tree::Kv, "b")));
        assert!(!deferred.try_take(&Batch::new().put(Tree::Kv, "a", "2").put(Tree::Kv, "c", "3")));
        assert_eq!(deferred.get(Tree::Kv, b"a"), Some(Some(&b"1"[..])));
        assert_eq!(deferred.get(Tree::Kv, b"b"), Some(None));
        assert_eq!(deferred.get(Tree::Kv, b"c"), None);
        for _ in 0..50 {
            assert!(deferred.try_take(&Batch::new().put(Tree::Kv, "a", [7; 40])));
        }
        assert!(!deferred.try_take(&Batch::new().put(Tree::Kv, "a", [7; 70])));
        deferred.clear();
        assert!(deferred.try_take(&Batch::new().put(Tree::Kv, "a", [7; 70])));
    }
}
