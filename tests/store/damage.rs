//! Flipped bytes are refused with a sentence that says what to do, or do no harm; nothing is silently replaced.

use std::{
    fs,
    path::{Path, PathBuf},
};

use domovoi::store::{Batch, State, StateOptions, Store, StoreError, Tree, records::From};

use crate::{Random, copy, open, room, said};

const N_PLACES: usize = 20;

type Pairs = Vec<(Tree, Vec<u8>, Vec<u8>)>;

/// A store with some history: values rewritten and deleted, days packed.
async fn filled(dir: &Path) {
    let store = open(dir);
    for n in 0..300_u32 {
        let tree = Tree::ALL[usize::try_from(n).unwrap() % Tree::ALL.len()];
        let value = vec![u8::try_from(n % 251).unwrap(); 20 + usize::try_from(n).unwrap() * 3];
        let mut batch = Batch::new().put(tree, format!("key/{}", n % 200), value);
        if n % 7 == 0 {
            batch = batch.delete(Tree::Kv, format!("key/{}", n / 2));
        }
        store.state.commit(batch).await.unwrap();
    }
    for n in 0..600 {
        store.records.append(said(room(1), n * 5, format!("line {n}"))).await.unwrap();
    }
    store.records.health().wait_for(|it| 2 <= it.packed).await.unwrap();
    store.close().await;
}

async fn pairs(state: &State) -> Result<Pairs, StoreError> {
    let mut all = Pairs::new();
    for tree in Tree::ALL {
        all.extend(state.scan(tree, "", 10_000).await?.into_iter().map(|(key, value)| (tree, key, value)));
    }
    Ok(all)
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in fs::read_dir(dir).unwrap().map(|it| it.unwrap().path()) {
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

/// Flips a byte somewhere in what was written (not in the zeros that sled keeps in reserve); says where.
fn flip(random: &mut Random, files: &[PathBuf]) -> String {
    loop {
        let path = &files[random.below(files.len())];
        let mut bytes = fs::read(path).unwrap();
        if bytes.is_empty() {
            continue;
        }
        let n = random.below(bytes.len());
        if bytes[n] == 0 && random.below(20) != 0 {
            continue;
        }
        bytes[n] ^= u8::try_from(1 + random.below(255)).unwrap();
        fs::write(path, bytes).unwrap();
        return format!("{} byte {n}", path.display());
    }
}

fn n_places() -> usize {
    std::env::var("DOMOVOI_N_PLACES").ok().and_then(|it| it.parse().ok()).unwrap_or(N_PLACES)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_state_is_refused_or_whole() {
    let mut random = Random::new("damaged state");
    let dir = tempfile::tempdir().unwrap();
    let (good, bad) = (dir.path().join("good"), dir.path().join("bad"));
    filled(&good).await;
    let store = open(&good);
    for n in 0..100 {
        store.state.put(Tree::Kv, format!("last/{n}"), vec![1; 300]).await.unwrap();
    }
    let expected = pairs(&store.state).await.unwrap();
    // As a kill leaves it: nothing tells sled where its log ends, so damage there looks to it like the end.
    let good = dir.path().join("killed");
    copy(&dir.path().join("good"), &good);
    store.close().await;
    let (mut n_refused, mut n_whole) = (0, 0);
    for _ in 0..n_places() {
        copy(&good.join("state"), &bad);
        let place = flip(&mut random, &files_below(&bad));
        match State::open(&bad, StateOptions::default()) {
            Ok((state, _)) => {
                assert!(pairs(&state).await.unwrap() == expected, "{place}: silently changed");
                state.close().await;
                n_whole += 1;
            }
            Err(error) => {
                let text = error.to_string();
                assert!(matches!(error, StoreError::Damaged { .. }), "{place}: {error:?}");
                assert!(text.contains("is damaged") && text.contains("domovoi backup restore"), "{place}: {text}");
                n_refused += 1;
            }
        }
        fs::remove_dir_all(&bad).unwrap();
    }
    eprintln!("state: {n_refused} refused, {n_whole} whole");
}

fn bodies(store: &Store) -> Result<Vec<String>, StoreError> {
    store.records.read(&room(1), &From::Start)?.map(|it| it.map(|it| it.body.unwrap_or_default())).collect()
}

async fn check_records(test: &str, is_meant: impl Fn(&Path) -> bool) {
    let mut random = Random::new(test);
    let dir = tempfile::tempdir().unwrap();
    let (good, bad) = (dir.path().join("good"), dir.path().join("bad"));
    filled(&good).await;
    let store = open(&good);
    let expected = bodies(&store).unwrap();
    store.close().await;
    let (mut n_refused, mut n_whole) = (0, 0);
    for _ in 0..n_places() {
        copy(&good, &bad);
        let mut files = files_below(&bad.join("records"));
        files.retain(|it| is_meant(it));
        assert!(!files.is_empty());
        let place = flip(&mut random, &files);
        let store = open(&bad);
        match bodies(&store) {
            Ok(found) => {
                assert!(found == expected, "{place}: silently changed");
                n_whole += 1;
            }
            Err(error) => {
                let text = error.to_string();
                assert!(matches!(error, StoreError::Damaged { .. }), "{place}: {error:?}");
                assert!(text.contains(".jsonl") && text.contains("domovoi backup restore"), "{place}: {text}");
                n_refused += 1;
            }
        }
        // Writing goes on, with a number that was never used, and leaves the damage to be seen.
        let seq = store.records.append(said(room(1), 3001, "after".to_owned())).await.unwrap();
        assert!(600 < seq, "{place}: {seq} was used before");
        let after = store.records.read(&room(1), &From::Start).unwrap().filter_map(Result::ok).last().unwrap();
        assert_eq!(after.body.as_deref(), Some("after"), "{place}");
        store.close().await;
        fs::remove_dir_all(&bad).unwrap();
    }
    eprintln!("{test}: {n_refused} refused, {n_whole} whole");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_records_are_refused_or_whole() {
    check_records("damaged records", |it| it.extension().is_some_and(|it| it == "jsonl")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_packed_days_are_refused_or_whole() {
    check_records("damaged packed days", |it| it.extension().is_some_and(|it| it == "zst")).await;
}
