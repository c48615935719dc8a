//! The entries of a block list in the store, in chunks that it holds.

use std::collections::BTreeSet;

use domovoi_plugin::{Context, Fault, Scope};

use super::kept;
use crate::lists::block::Key;

/// Ids in one value of the store, which holds 64 KiB.
const CHUNK: usize = 800;
/// Ids kept of one list.
pub(super) const MOST_IDS: usize = 100_000;

/// What was known of a list when the bot ended.
pub(super) async fn load(cx: &Context, name: &str) -> Result<BTreeSet<Key>, Fault> {
    let mut all = BTreeSet::new();
    for n in 0..MOST_IDS.div_ceil(CHUNK) {
        let ids: Option<Vec<String>> = kept::get(cx, &Scope::Global, &chunk_key(name, n)).await?;
        let Some(ids) = ids else { break };
        all.extend(ids.iter().map(|it| Key::of(it)));
    }
    Ok(all)
}

/// Writes down what is known of a list.
pub(super) async fn save(cx: &Context, name: &str, entries: &BTreeSet<Key>) -> Result<(), Fault> {
    let ids: Vec<String> = entries.iter().map(Key::id).collect();
    let mut n_chunks = 0;
    for (n, chunk) in ids.chunks(CHUNK).enumerate() {
        let chunk: Vec<&str> = chunk.iter().map(|it| it.get(..200).unwrap_or(it)).collect();
        kept::put(cx, &Scope::Global, &chunk_key(name, n), Some(&chunk)).await?;
        n_chunks = n + 1;
    }
    // The chunks behind the last are from when the list was longer.
    for n in n_chunks..MOST_IDS.div_ceil(CHUNK) {
        let key = chunk_key(name, n);
        if cx.services.state.get(&Scope::Global, &key).await?.is_none() {
            break;
        }
        kept::put::<()>(cx, &Scope::Global, &key, None).await?;
    }
    Ok(())
}

fn chunk_key(name: &str, n: usize) -> String {
    format!("ids/{name}/{n:04}")
}
