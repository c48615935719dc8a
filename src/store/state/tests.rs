//! The promises of the state, one by one, on real files.

use std::{collections::BTreeMap, path::Path, time::Duration};

use tempfile::TempDir;

use super::*;
use crate::store::{Faults, StoreError};

fn open(dir: &Path) -> Result<(State, Opened), StoreError> {
    State::open(dir, StateOptions::default())
}

async fn reopen(state: State, dir: &Path) -> State {
    state.close().await;
    open(dir).unwrap().0
}

fn faulty(dir: &TempDir, options: StateOptions) -> (State, Faults) {
    let faults = Faults::new();
    let retry_every = Duration::from_millis(20);
    let options = StateOptions { faults: Some(faults.clone()), retry_every, ..options };
    (State::open(&dir.path().join("state"), options).unwrap().0, faults)
}

async fn text(state: &State, tree: Tree, key: &str) -> Option<String> {
    state.get(tree, key).await.unwrap().map(|it| String::from_utf8(it).unwrap())
}

#[tokio::test]
async fn what_is_committed_is_there_after_closing() {
    let dir = tempfile::tempdir().unwrap();
    let (state, opened) = open(dir.path()).unwrap();
    assert_eq!(opened, Opened { created: true, ..Opened::default() });
    state.commit(Batch::new().put(Tree::Access, "alice", "20").put(Tree::Kv, "alice", "x")).await.unwrap();
    state.put(Tree::Access, "bob", "10").await.unwrap();
    state.put(Tree::Access, "alice", "30").await.unwrap();
    state.delete(Tree::Kv, "alice").await.unwrap();
    state.put_json(Tree::Counters, "joins", &BTreeMap::from([("garden", 7)])).await.unwrap();
    let state = reopen(state, dir.path()).await;
    assert_eq!(text(&state, Tree::Access, "alice").await.as_deref(), Some("30"));
    assert_eq!(text(&state, Tree::Kv, "alice").await, None);
    let counters: Option<BTreeMap<String, u32>> = state.get_json(Tree::Counters, "joins").await.unwrap();
    assert_eq!(counters, Some(BTreeMap::from([("garden".to_owned(), 7)])));
    let pairs = state.scan(Tree::Access, "", 10).await.unwrap();
    assert_eq!(pairs, [(b"alice".to_vec(), b"30".to_vec()), (b"bob".to_vec(), b"10".to_vec())]);
    assert_eq!(state.scan(Tree::Access, "", 1).await.unwrap().len(), 1);
    assert_eq!(state.scan(Tree::Access, "bo", 10).await.unwrap().len(), 1);
    assert_eq!(state.health().borrow().commits, 6);
    state.close().await;
}

#[tokio::test]
async fn a_batch_with_a_wrong_expectation_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (state, _) = open(dir.path()).unwrap();
    let take = |from: Option<&str>, to: &str| {
        let from = from.map(|it| it.as_bytes().to_vec());
        Batch::new().expect(Tree::Rooms, "owner", from).put(Tree::Rooms, "owner", to).put(Tree::Rooms, to, "1")
    };
    state.commit(take(None, "a")).await.unwrap();
    assert!(matches!(state.commit(take(None, "b")).await, Err(StoreError::Conflict)));
    assert_eq!(text(&state, Tree::Rooms, "b").await, None);
    state.commit(take(Some("a"), "b")).await.unwrap();
    let (one, two) = tokio::join!(state.commit(take(Some("b"), "c")), state.commit(take(Some("b"), "d")));
    assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1, "{one:?} {two:?}");
}

#[tokio::test]
async fn too_long_values_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (state, _) = open(dir.path()).unwrap();
    let long = state.put(Tree::Kv, "k", vec![0; MAX_VALUE_BYTES + 1]).await;
    assert!(matches!(long, Err(StoreError::TooLarge { .. })), "{long:?}");
    state.put(Tree::Kv, "k", vec![0; MAX_VALUE_BYTES]).await.unwrap();
    let state = reopen(state, dir.path()).await;
    assert_eq!(state.get(Tree::Kv, "k").await.unwrap().unwrap().len(), MAX_VALUE_BYTES);
}

#[tokio::test]
async fn a_second_opener_is_told_who_has_it() {
    let dir = tempfile::tempdir().unwrap();
    let (state, _) = open(dir.path()).unwrap();
    let error = open(dir.path()).unwrap_err().to_string();
    assert!(error.contains(&format!("in use by process {}", std::process::id())), "{error}");
    state.close().await;
    open(dir.path()).unwrap();
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let (state, _) = open(dir.path()).unwrap();
    state.clone().close().await;
    assert!(matches!(state.put(Tree::Kv, "k", "v").await, Err(StoreError::Closed)));
    assert!(state.get(Tree::Kv, "k").await.is_err());
}

#[tokio::test]
async fn a_full_disk_defers_and_recovers_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let (state, faults) = faulty(&dir, StateOptions::default());
    state.put(Tree::Timed, "a", "1").await.unwrap();
    state.put(Tree::Timed, "b", "1").await.unwrap();
    faults.fill_disk();
    assert!(state.put(Tree::Timed, "a", "2").await.unwrap_err().is_deferred());
    assert!(state.put(Tree::Timed, "c", "2").await.unwrap_err().is_deferred());
    assert!(state.delete(Tree::Timed, "b").await.unwrap_err().is_deferred());
    let keys = state.scan(Tree::Timed, "", 9).await.unwrap();
    assert_eq!(keys, [(b"a".to_vec(), b"2".to_vec()), (b"c".to_vec(), b"2".to_vec())], "reads see what waits");
    let mut health = state.health();
    assert!(!health.borrow().writable);
    assert_eq!(health.borrow().pending, 3);
    assert!(health.borrow().last_error.as_ref().unwrap().contains("no space"));
    faults.free_disk();
    health.wait_for(|it| it.writable).await.unwrap();
    assert_eq!((health.borrow().pending, health.borrow().dropped), (0, 0));
    state.put(Tree::Timed, "d", "3").await.unwrap();
    let state = reopen(state, &dir.path().join("state")).await;
    assert_eq!(state.scan(Tree::Timed, "", 9).await.unwrap().len(), 3);
    assert_eq!(text(&state, Tree::Timed, "a").await.as_deref(), Some("2"));
}

#[tokio::test]
async fn a_walk_ends_where_its_visitor_says_so_on_disk_or_before() {
    let dir = tempfile::tempdir().unwrap();
    let (state, faults) = faulty(&dir, StateOptions::default());
    for key in ["a", "b", "c"] {
        state.put(Tree::Kv, key, "1").await.unwrap();
    }
    faults.fill_disk();
    for key in ["c", "d", "e"] {
        assert!(state.put(Tree::Kv, key, "2").await.unwrap_err().is_deferred());
    }
    for (most, expected) in [(1, "a1"), (2, "a1b1"), (3, "a1b1c2"), (4, "a1b1c2d2"), (9, "a1b1c2d2e2")] {
        let visit = move |seen: &mut String, key: &[u8], value: &[u8]| {
            seen.push_str(&String::from_utf8_lossy(&[key, value].concat()));
            seen.len() < 2 * most
        };
        assert_eq!(state.each((Tree::Kv, ""), String::new(), visit).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn what_waits_for_a_full_disk_is_bounded_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let (state, faults) = faulty(&dir, StateOptions { max_deferred: 2, ..StateOptions::default() });
    faults.fill_disk();
    assert!(state.put(Tree::Kv, "a", "1").await.unwrap_err().is_deferred());
    assert!(state.put(Tree::Kv, "b", "1").await.unwrap_err().is_deferred());
    assert!(matches!(state.put(Tree::Kv, "c", "1").await, Err(StoreError::Dropped { .. })));
    assert_eq!(state.health().borrow().dropped, 1);
    faults.free_disk();
    state.health().wait_for(|it| it.writable).await.unwrap();
    assert_eq!(state.scan(Tree::Kv, "", 9).await.unwrap().len(), 2);
    assert_eq!(state.health().borrow().dropped, 1);
}

#[tokio::test]
async fn a_newer_store_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let newer = StateOptions { schema: Schema { version: 2, steps: &[] }, ..StateOptions::default() };
    State::open(dir.path(), newer).unwrap().0.close().await;
    let error = open(dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 2, known: 1, .. }), "{error}");
}

fn rename_levels(image: &mut Image) -> Result<(), String> {
    for ((tree, _), value) in image.iter_mut() {
        if tree == "access" {
            value.insert(0, b'L');
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_older_store_is_upgraded_after_a_backup() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state");
    let (state, _) = open(&path).unwrap();
    state.commit(Batch::new().put(Tree::Access, "alice", "20").put(Tree::Kv, "k", "v")).await.unwrap();
    state.close().await;
    let schema = Schema { version: 2, steps: &[rename_levels] };
    let (state, opened) = State::open(&path, StateOptions { schema, ..StateOptions::default() }).unwrap();
    assert_eq!(opened.upgraded_from, Some(1));
    assert!(opened.backup.unwrap().starts_with(dir.path().join("backups")));
    assert_eq!(text(&state, Tree::Access, "alice").await.as_deref(), Some("L20"));
    assert_eq!(text(&state, Tree::Kv, "k").await.as_deref(), Some("v"));
    state.put(Tree::Kv, "k", "w").await.unwrap();
    state.close().await;
    let (_, opened) = State::open(&path, StateOptions { schema, ..StateOptions::default() }).unwrap();
    assert_eq!(opened, Opened::default(), "only once");
}

#[tokio::test]
async fn a_failed_upgrade_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state");
    let (state, _) = open(&path).unwrap();
    state.put(Tree::Access, "alice", "20").await.unwrap();
    state.close().await;
    let schema = Schema { version: 2, steps: &[|_| Err("no such level".to_owned())] };
    let error = State::open(&path, StateOptions { schema, ..StateOptions::default() }).unwrap_err();
    assert!(matches!(error, StoreError::Upgrade { from: 1, to: 2, .. }), "{error}");
    let (state, _) = open(&path).unwrap();
    assert_eq!(text(&state, Tree::Access, "alice").await.as_deref(), Some("20"));
}

#[tokio::test]
async fn what_an_interrupted_replacement_left_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let (state, _) = open(dir.path()).unwrap();
    state.put(Tree::Access, "alice", "20").await.unwrap();
    state.close().await;
    let (current, older) = (dir.path().join("sled-1"), dir.path().join("sled-0"));
    copy(&current, &older);
    std::fs::create_dir(dir.path().join("sled.new")).unwrap();
    let (state, _) = open(dir.path()).unwrap();
    assert_eq!(text(&state, Tree::Access, "alice").await.as_deref(), Some("20"));
    assert!(!older.exists() && !dir.path().join("sled.new").exists());
}

#[tokio::test]
async fn a_missing_folder_is_not_taken_for_a_new_store() {
    let dir = tempfile::tempdir().unwrap();
    let (state, _) = open(dir.path()).unwrap();
    state.put(Tree::Access, "alice", "20").await.unwrap();
    state.close().await;
    std::fs::remove_dir_all(dir.path().join("sled-1")).unwrap();
    let error = open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("is missing") && error.contains("domovoi backup restore"), "{error}");
}

/// sled goes back to an older state of its own when the end of its log is gone; only `acked` knows better.
#[tokio::test]
async fn a_store_that_went_back_in_time_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (state, _) = open(dir.path()).unwrap();
    state.put(Tree::Access, "alice", "20").await.unwrap();
    state.close().await;
    let (sled, kept) = (dir.path().join("sled-1"), dir.path().join("kept"));
    copy(&sled, &kept);
    let (state, _) = open(dir.path()).unwrap();
    state.put(Tree::Access, "alice", "0").await.unwrap();
    state.close().await;
    std::fs::remove_dir_all(&sled).unwrap();
    std::fs::rename(&kept, &sled).unwrap();
    let error = open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("its last 1 acknowledged changes are missing"), "{error}");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to)
        } else {
            std::fs::copy(entry.path(), to).map(|_| ()).unwrap()
        }
    }
}

/// A paused clock would run through this hour while the writer works, if nothing held it.
#[tokio::test(start_paused = true)]
async fn a_paused_clock_stands_still_while_the_writer_works() {
    let dir = tempfile::tempdir().unwrap();
    let (state, _) = open(dir.path()).unwrap();
    let writes = async {
        for n in 0..50 {
            state.put(Tree::Counters, "n", n.to_string()).await.unwrap();
            assert!(state.get(Tree::Counters, "n").await.unwrap().is_some());
        }
    };
    tokio::time::timeout(Duration::from_secs(3600), writes).await.unwrap();
}
