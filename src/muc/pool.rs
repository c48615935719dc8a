//! What many occupants have in common, kept once for all rooms of a process: who is in one room of a service is often
//! in others, and most use one of a few clients.

use std::{
    collections::HashSet,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use domovoi_plugin::Caps;

/// So many values are kept before it is first looked which of them nobody has any more.
const FIRST_SWEEP: usize = 1_024;

/// The pools of all rooms. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Pools {
    /// What clients say of themselves.
    pub(super) caps: Pool<Caps>,
    /// Hashes of avatars.
    pub(super) avatars: Pool<str>,
}

/// Equal values, each kept once. What nobody else has any more is forgotten now and then.
#[derive(Debug)]
pub(super) struct Pool<T: ?Sized>(Arc<Mutex<Kept<T>>>);

#[derive(Debug)]
struct Kept<T: ?Sized> {
    values: HashSet<Arc<T>>,
    sweep_at: usize,
}

impl<T: ?Sized> Clone for Pool<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: ?Sized> Default for Pool<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Kept { values: HashSet::new(), sweep_at: FIRST_SWEEP })))
    }
}

impl<T: ?Sized + Eq + Hash> Pool<T> {
    /// The one that is kept of those equal to this one.
    pub(super) fn share(&self, value: Arc<T>) -> Arc<T> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.values.get(&*value) {
            return Arc::clone(known);
        }
        if kept.sweep_at <= kept.values.len() {
            kept.values.retain(|it| 1 < Arc::strong_count(it));
            kept.sweep_at = FIRST_SWEEP.max(2 * kept.values.len());
        }
        kept.values.insert(Arc::clone(&value));
        value
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_one_and_those_of_nobody_are_forgotten() {
        let pool = Pool::<str>::default();
        let first = pool.share(Arc::from("kept"));
        for n in 0..20 * FIRST_SWEEP {
            drop(pool.share(Arc::from(n.to_string())));
            assert!(pool.len() <= 2 * FIRST_SWEEP, "{} after {n}", pool.len());
        }
        assert!(Arc::ptr_eq(&first, &pool.share(Arc::from("kept"))));
    }
}
