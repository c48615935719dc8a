//! Copies of the store through the real program, where no bot runs.

use std::{fs, path::Path};

use domovoi::store::{Store, StoreOptions, Tree};
use domovoi_plugin::record::{Record, RecordKind};
use tempfile::TempDir;

use crate::command_line::{domovoi, folder};

const CONFIG: &str = "[accounts.main]\njid = \"a@b.example\"\npassword = \"p\"\n";
const DAY: &str = "records/garden@chat.example/2026-01-01.jsonl";

/// A folder with a configuration and a store that holds one key and one record.
fn with_store() -> TempDir {
    let folder = folder();
    fs::write(folder.path().join("d.toml"), CONFIG).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (store, _) = Store::open(&folder.path().join("data"), StoreOptions::default()).unwrap();
        let at = "2026-01-01T12:00:00Z".parse().unwrap();
        let record = Record::new(at, "garden@chat.example".parse().unwrap(), RecordKind::Message);
        store.records.append(record).await.unwrap();
        store.state.put(Tree::Kv, "key", "value").await.unwrap();
        store.close().await;
    });
    folder
}

/// What is in the one day of records.
fn day(folder: &Path) -> String {
    fs::read_to_string(folder.join("data").join(DAY)).unwrap()
}

/// Runs it; gives exit code, stdout and stderr.
fn backup(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let ended = domovoi(folder, &[&["--config", "d.toml", "backup"], arguments].concat());
    (ended.code, ended.stdout, ended.stderr)
}

#[test]
fn copy_is_made_verified_and_brought_back_and_what_was_there_is_kept() {
    let folder = with_store();
    let (code, stdout, stderr) = backup(folder.path(), &["create", "copy"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let path = fs::canonicalize(folder.path()).unwrap().join("copy");
    assert!(stdout.starts_with(&format!("wrote {}: 1 keys, 1 records, ", path.display())), "{stdout}");
    let (code, stdout, _) = backup(folder.path(), &["verify", "copy"]);
    assert_eq!((code, stdout.starts_with("whole copy: 1 keys, 1 records, ")), (0, true), "{stdout}");

    let before = day(folder.path());
    fs::write(folder.path().join("data").join(DAY), "").unwrap();
    let (code, stdout, stderr) = backup(folder.path(), &["restore", "copy"]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    assert!(stdout.contains("\nwhat was there before is in "), "{stdout}");
    assert_eq!(day(folder.path()), before);
}

#[test]
fn copy_without_a_name_goes_below_the_data_folder() {
    let folder = with_store();
    let (code, _, stderr) = backup(folder.path(), &["create"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let copies: Vec<_> = fs::read_dir(folder.path().join("data/backups")).unwrap().collect();
    assert_eq!(copies.len(), 1);
    let copy = copies.into_iter().next().unwrap().unwrap().path();
    assert_eq!(backup(folder.path(), &["verify", copy.to_str().unwrap()]).0, 0);
}

#[test]
fn damaged_copy_is_refused_by_verify_and_by_restore() {
    let folder = with_store();
    assert_eq!(backup(folder.path(), &["create", "copy"]).0, 0);
    let before = day(folder.path());
    fs::write(folder.path().join("copy").join(DAY), "something else\n").unwrap();
    for act in ["verify", "restore"] {
        let (code, stdout, stderr) = backup(folder.path(), &[act, "copy"]);
        assert_eq!((code, stdout.as_str()), (1, ""), "{act}");
        assert!(stderr.starts_with("domovoi: the backup copy cannot be used: "), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
    assert_eq!(day(folder.path()), before);
}

#[test]
fn what_is_no_copy_is_said_to_be_none() {
    let folder = with_store();
    fs::create_dir(folder.path().join("empty")).unwrap();
    for (name, why) in [("nowhere", "there is no such folder"), ("empty", "it has no manifest.json")] {
        let (code, _, stderr) = backup(folder.path(), &["verify", name]);
        assert_eq!(code, 1);
        assert!(stderr.contains(why) && stderr.lines().count() == 1, "{stderr}");
    }
}

#[test]
fn nothing_is_overwritten_and_nothing_is_made_of_nothing() {
    let folder = with_store();
    fs::create_dir(folder.path().join("copy")).unwrap();
    fs::write(folder.path().join("copy/mine"), "mine").unwrap();
    assert_eq!(backup(folder.path(), &["create", "copy"]).0, 1);
    assert_eq!(fs::read_to_string(folder.path().join("copy/mine")).unwrap(), "mine");
    fs::remove_dir_all(folder.path().join("data")).unwrap();
    let (code, _, stderr) = backup(folder.path(), &["create"]);
    assert_eq!(code, 1);
    assert!(stderr.ends_with("data holds no store yet\n"), "{stderr}");
    assert!(!folder.path().join("data").exists());
}
