//! Which messages are in the records, by the room's ids of them: eight bytes each, since it may be many.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use domovoi_plugin::StanzaId;

/// A set of ids. Cheap to clone. Of a million ids and as many others, two look alike once in ten million times.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct KnownIds(Arc<[u64]>);

impl KnownIds {
    /// Whether it is one of them.
    #[must_use]
    pub fn contains(&self, id: &StanzaId) -> bool {
        self.0.binary_search(&print_of(id)).is_ok()
    }

    /// How many they are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn of_prints(mut prints: Vec<u64>) -> Self {
        prints.sort_unstable();
        Self(prints.into())
    }
}

impl FromIterator<StanzaId> for KnownIds {
    fn from_iter<T: IntoIterator<Item = StanzaId>>(ids: T) -> Self {
        Self::of_prints(ids.into_iter().map(|it| print_of(&it)).collect())
    }
}

/// What is kept of an id. It never leaves the process.
pub(crate) fn print_of(id: &StanzaId) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}
