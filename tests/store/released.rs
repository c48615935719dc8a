//! A state of every released schema is kept in `tests/fixtures`, and opens with all that was in it.
//!
//! A new schema needs one more: `DOMOVOI_WRITE_FIXTURE=1 cargo test --test store released` makes it.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use domovoi::store::{Schema, State, StateOptions, Tree};

fn fixture(schema: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/state-{schema}"))
}

/// Copies a folder, each file through `f`.
fn copy_through(from: &Path, to: &Path, f: &dyn Fn(&Path, &Path)) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() { copy_through(&entry.path(), &to, f) } else { f(&entry.path(), &to) }
    }
}

fn pack(from: &Path, to: &Path) {
    let to = format!("{}.zst", to.display());
    zstd::stream::copy_encode(File::open(from).unwrap(), File::create(to).unwrap(), 19).unwrap();
}

fn unpack(from: &Path, to: &Path) {
    zstd::stream::copy_decode(File::open(from).unwrap(), File::create(to.with_extension("")).unwrap()).unwrap();
}

/// Three keys a tree, and signs of changes and deletions.
async fn write_fixture(to: &Path) {
    let dir = tempfile::tempdir().unwrap();
    let (state, _) = State::open(dir.path(), StateOptions::default()).unwrap();
    for tree in Tree::ALL {
        for n in 0..4 {
            state.put(tree, format!("key-{n}"), "to be changed").await.unwrap();
            state.put(tree, format!("key-{n}"), format!("{tree} {n}")).await.unwrap();
        }
        state.delete(tree, "key-3").await.unwrap();
    }
    state.close().await;
    copy_through(dir.path(), to, &pack);
}

#[tokio::test]
async fn a_state_of_every_released_schema_opens() {
    let current = Schema::CURRENT.version;
    if std::env::var_os("DOMOVOI_WRITE_FIXTURE").is_some() && !fixture(current).exists() {
        write_fixture(&fixture(current)).await;
    }
    for schema in 1..=current {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        copy_through(&fixture(schema), &path, &unpack);
        let (state, opened) = State::open(&path, StateOptions::default()).unwrap();
        assert_eq!(opened.upgraded_from, (schema < current).then_some(schema));
        for tree in Tree::ALL {
            let pairs = state.scan(tree, "", 10).await.unwrap();
            let expected = (0..3).map(|n| (format!("key-{n}").into_bytes(), format!("{tree} {n}").into_bytes()));
            assert_eq!(pairs, expected.collect::<Vec<_>>(), "schema {schema}, {tree}");
        }
        state.close().await;
    }
}
