//! Backups of a store in use: they verify, they restore, and a bad one is refused.

use std::{fs, path::Path};

use domovoi_plugin::{Record, RecordKind, RoomJid, Timestamp};

use super::*;
use crate::store::{
    State, StateOptions, Store, StoreError, StoreOptions, Tree,
    records::From,
    state::{Image, Schema},
};

const DAY: i64 = 86_400_000;

fn room() -> RoomJid {
    "garden@chat.example".parse().unwrap()
}

fn record(day: i64) -> Record {
    Record::new(Timestamp::from_millis(20_779 * DAY + day * DAY), room(), RecordKind::Join)
}

async fn filled(dir: &Path) -> Store {
    let (store, _) = Store::open(dir, StoreOptions::default()).unwrap();
    store.state.put(Tree::Access, "alice", "20").await.unwrap();
    for day in [0, 0, 1, 1, 1] {
        store.records.append(record(day)).await.unwrap();
    }
    store
}

fn n_records(store: &Store) -> usize {
    store.records.read(&room(), &From::Start).unwrap().map(Result::unwrap).count()
}

fn now() -> Timestamp {
    Timestamp::from_millis(20_790 * DAY)
}

#[tokio::test]
async fn a_backup_of_a_running_store_restores_it() {
    let dir = tempfile::tempdir().unwrap();
    let (data, dest) = (dir.path().join("data"), dir.path().join("backup"));
    let store = filled(&data).await;
    let report = create(&store, &dest, now()).await.unwrap();
    assert_eq!((report.n_keys, report.n_records), (1, 5));
    assert_eq!(verify(&dest).unwrap(), report);
    assert!(create(&store, &dest, now()).await.is_err(), "never over another backup");
    assert!(matches!(restore(&dest, &data, now()), Err(StoreError::InUse { .. })), "never under a running bot");
    store.state.put(Tree::Access, "alice", "0").await.unwrap();
    store.records.append(record(2)).await.unwrap();
    store.close().await;

    let restored = restore(&dest, &data, now()).unwrap();
    let replaced = restored.replaced.unwrap();
    let (store, _) = Store::open(&data, StoreOptions::default()).unwrap();
    assert_eq!(store.state.get(Tree::Access, "alice").await.unwrap().unwrap(), b"20");
    assert_eq!(n_records(&store), 5);
    store.close().await;
    let (store, _) = Store::open(&replaced, StoreOptions::default()).unwrap();
    assert_eq!(store.state.get(Tree::Access, "alice").await.unwrap().unwrap(), b"0");
    assert_eq!(n_records(&store), 6, "what was there is still there");
}

#[tokio::test]
async fn a_backup_restores_into_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(&dir.path().join("data")).await;
    create(&store, &dir.path().join("backup"), now()).await.unwrap();
    let other = dir.path().join("other");
    assert_eq!(restore(&dir.path().join("backup"), &other, now()).unwrap().replaced, None);
    let (store, _) = Store::open(&other, StoreOptions::default()).unwrap();
    assert_eq!(n_records(&store), 5);
    assert_eq!(store.records.append(record(3)).await.unwrap(), 6);
}

#[tokio::test]
async fn every_changed_byte_of_a_backup_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let (data, dest) = (dir.path().join("data"), dir.path().join("backup"));
    let store = filled(&data).await;
    let report = create(&store, &dest, now()).await.unwrap();
    store.close().await;
    let mut files = vec![dest.join("state.zst")];
    for entry in fs::read_dir(dest.join("records/garden@chat.example")).unwrap() {
        files.push(entry.unwrap().path());
    }
    assert!(3 <= files.len());
    for path in files {
        let bytes = fs::read(&path).unwrap();
        for n in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[n] ^= 0x10;
            fs::write(&path, bad).unwrap();
            assert!(matches!(verify(&dest), Err(StoreError::BadBackup { .. })), "{} byte {n}", path.display());
        }
        fs::write(&path, &bytes[1..]).unwrap();
        assert!(restore(&dest, &data, now()).is_err());
        fs::write(&path, bytes).unwrap();
    }
    assert_eq!(verify(&dest).unwrap(), report);
    fs::write(dest.join("extra"), "x").unwrap();
    assert!(verify(&dest).unwrap_err().to_string().contains("extra"));
    assert!(verify(&data).unwrap_err().to_string().contains("manifest"));
}

#[tokio::test]
async fn a_restore_that_was_cut_short_is_finished_or_thrown_away() {
    let dir = tempfile::tempdir().unwrap();
    let (data, dest) = (dir.path().join("data"), dir.path().join("backup"));
    let store = filled(&data).await;
    create(&store, &dest, now()).await.unwrap();
    store.state.put(Tree::Access, "alice", "0").await.unwrap();
    store.close().await;
    // Not ready: thrown away.
    fs::create_dir_all(data.join("restore.new/state")).unwrap();
    let (store, _) = Store::open(&data, StoreOptions::default()).unwrap();
    assert_eq!(store.state.get(Tree::Access, "alice").await.unwrap().unwrap(), b"0");
    store.close().await;
    // Ready, and the state already aside: finished.
    let other = dir.path().join("other");
    restore(&dest, &other, now()).unwrap();
    fs::create_dir_all(data.join("restore.new")).unwrap();
    fs::rename(other.join("state"), data.join("restore.new/state")).unwrap();
    fs::write(data.join("restore.new/ready"), "replaced-x").unwrap();
    fs::create_dir(data.join("replaced-x")).unwrap();
    fs::rename(data.join("state"), data.join("replaced-x/state")).unwrap();
    let (store, _) = Store::open(&data, StoreOptions::default()).unwrap();
    assert_eq!(store.state.get(Tree::Access, "alice").await.unwrap().unwrap(), b"20");
    assert_eq!(n_records(&store), 5, "records were not part of it");
}

#[tokio::test]
async fn a_manifest_that_leads_outside_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(&dir.path().join("data")).await;
    let dest = dir.path().join("backup");
    create(&store, &dest, now()).await.unwrap();
    let manifest = dest.join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap().replace("\"state.zst\"", "\"../state.zst\"");
    fs::write(&manifest, text).unwrap();
    assert!(verify(&dest).unwrap_err().to_string().contains("outside"));
}

fn add_key(image: &mut Image) -> Result<(), String> {
    image.insert(("kv".to_owned(), b"new".to_vec()), b"1".to_vec());
    Ok(())
}

#[tokio::test]
async fn the_backup_before_an_upgrade_restores_the_older_state() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    filled(&data).await.close().await;
    let schema = Schema { version: 2, steps: &[add_key] };
    let options = StateOptions { schema, ..StateOptions::default() };
    let (store, opened) = Store::open(&data, StoreOptions { state: options, ..StoreOptions::default() }).unwrap();
    assert!(store.state.get(Tree::Kv, "new").await.unwrap().is_some());
    store.close().await;
    let backup = opened.backup.unwrap();
    assert_eq!(verify(&backup).unwrap().n_keys, 1);
    assert!(matches!(Store::open(&data, StoreOptions::default()), Err(StoreError::Newer { .. })));
    restore(&backup, &data, now()).unwrap();
    let (state, _) = State::open(&data.join("state"), StateOptions::default()).unwrap();
    assert_eq!(state.get(Tree::Access, "alice").await.unwrap().unwrap(), b"20");
    assert!(data.join("records/garden@chat.example").exists(), "the records stay");
}
