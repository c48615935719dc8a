//! Words and lists that last as long as the process, each kept once.
//!
//! A manifest is made of constants, since the plugins compiled in are. What a Lua plugin says of itself is put here, so
//! that loading the same plugin again costs nothing: memory grows only by what was never said before.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt::Debug,
    sync::{LazyLock, Mutex, PoisonError},
};

type Lists = HashMap<(TypeId, String), Box<dyn Any + Send>>;

static LISTS: LazyLock<Mutex<Lists>> = LazyLock::new(Mutex::default);

/// This word, for good.
pub(super) fn word(text: &str) -> &'static str {
    let letters = list(text.as_bytes().to_vec());
    std::str::from_utf8(letters).unwrap_or_default()
}

/// This list, for good.
pub(super) fn list<T: Debug + Send + Sync + 'static>(items: Vec<T>) -> &'static [T] {
    if items.is_empty() {
        return &[];
    }
    let key = (TypeId::of::<T>(), format!("{items:?}"));
    let mut lists = LISTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lists.get(&key).and_then(|it| it.downcast_ref::<&'static [T]>()) {
        return known;
    }
    let kept: &'static [T] = Box::leak(items.into_boxed_slice());
    lists.insert(key, Box::new(kept));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_kept_once() {
        assert_eq!(word("привет").as_ptr(), word(&String::from("привет")).as_ptr());
        assert_eq!(list(vec![(1, word("a"))]).as_ptr(), list(vec![(1, word("a"))]).as_ptr());
        assert_eq!(list(vec![1_u8]), [1]);
        assert_eq!(list(vec![1_u32]), [1]);
        assert_eq!(word(""), "");
    }
}
