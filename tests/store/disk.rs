//! A disk that is really full: a small tmpfs, where the machine lets us mount one.
//!
//! Where it does not, the tests in `src/store` inject the same failure below the store.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use domovoi::store::{RecordsOptions, StateOptions, Store, StoreError, StoreOptions, Tree, records::From};
use domovoi_plugin::RecordKind;

use crate::{room, said};

/// A mounted tmpfs, gone when dropped.
struct Tmpfs(PathBuf);

impl Tmpfs {
    fn mount(dir: &Path) -> Option<Self> {
        fs::create_dir_all(dir).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"]).arg(dir).output();
        mounted.is_ok_and(|it| it.status.success()).then(|| Self(dir.to_owned()))
    }

    /// Takes all the space that is left.
    fn fill(&self) {
        let mut file = File::create(self.0.join("filler")).unwrap();
        while file.write_all(&[1; 4096]).is_ok() {}
        while file.write_all(&[1]).is_ok() {}
    }

    fn free(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        // Lazily, since a failing test may still have files open there.
        Command::new("umount").arg("-l").arg(&self.0).status().unwrap();
    }
}

fn open(dir: &Path, min_free_bytes: u64) -> Store {
    let retry_every = Duration::from_millis(50);
    let state = StateOptions { retry_every, min_free_bytes, ..StateOptions::default() };
    let records = RecordsOptions { retry_every, ..RecordsOptions::default() };
    Store::open(dir, StoreOptions { state, records }).unwrap().0
}

/// Commits until the disk refuses; the keys that are on disk, and the first that is not.
async fn commit_until_full(store: &Store, round: usize) -> (Vec<String>, String) {
    let mut written = Vec::new();
    for n in 0.. {
        let key = format!("{round}/{n}");
        match store.state.put(Tree::Guard, key.clone(), vec![7; 50_000]).await {
            Ok(()) => written.push(key),
            Err(error) if error.is_deferred() => return (written, key),
            Err(error) => panic!("{error}"),
        }
    }
    unreachable!("the disk was never full")
}

async fn append_until_full(store: &Store, round: usize) -> u64 {
    for n in 0.. {
        match store.records.append(said(room(1), 0, format!("{round}/{n}/{}", "x".repeat(20_000)))).await {
            Ok(_) => (),
            Err(StoreError::Dropped { .. }) => return n,
            Err(error) => panic!("{error}"),
        }
    }
    unreachable!("the disk was never full")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_nearly_full_is_left_alone_until_it_is_not() {
    check(1024 * 1024).await;
}

/// Where the space ends in the middle of a write, sled's handle can neither be used nor closed any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_all_of_a_sudden_is_survived_again_and_again() {
    check(0).await;
}

async fn check(min_free_bytes: u64) {
    let dir = tempfile::tempdir().unwrap();
    let Some(disk) = Tmpfs::mount(&dir.path().join("disk")) else {
        eprintln!("no tmpfs can be mounted here: the injected failures in src/store stand for this");
        return;
    };
    let data = disk.0.join("data");
    let store = open(&data, min_free_bytes);
    let mut expected = Vec::new();
    let mut n_records = 0;
    for round in 0..3 {
        disk.fill();
        let (written, deferred) = commit_until_full(&store, round).await;
        n_records += append_until_full(&store, round).await;
        expected.extend(written);
        expected.push(deferred);
        for key in &expected {
            assert!(store.state.get(Tree::Guard, key.as_str()).await.unwrap().is_some(), "{key}: reads go on");
        }
        let (state, records) = (store.state.health().borrow().clone(), store.records.health().borrow().clone());
        assert!(!state.writable && !records.writable, "{state:?} {records:?}");
        disk.free();
        store.state.health().wait_for(|it| it.writable && it.pending == 0).await.unwrap();
        let n_gaps = u64::try_from(round).unwrap() + 1;
        store.records.health().wait_for(|it| it.writable && it.gaps == n_gaps).await.unwrap();
        // Room for the next round.
        while 20 < expected.len() {
            store.state.delete(Tree::Guard, expected.remove(0)).await.unwrap();
        }
    }
    store.close().await;
    let store = open(&data, min_free_bytes);
    expected.sort();
    let pairs = store.state.scan(Tree::Guard, "", 10_000).await.unwrap();
    let found: Vec<_> = pairs.into_iter().map(|(key, _)| String::from_utf8(key).unwrap()).collect();
    assert_eq!(found, expected);
    let records: Vec<_> = store.records.read(&room(1), &From::Start).unwrap().map(Result::unwrap).collect();
    let n_said = records.iter().filter(|it| it.kind == RecordKind::Message).count();
    assert_eq!(u64::try_from(n_said).unwrap(), n_records);
    assert_eq!(records.iter().filter_map(|it| it.missing).sum::<u64>(), 3, "each round's lost one is marked");
    store.close().await;
}
