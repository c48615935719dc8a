//! `backup create|verify|restore` where no bot runs: opens the store itself.
//!
//! While a bot runs, `create` goes to it through the control socket instead.

use std::path::{Path, PathBuf};

use domovoi_plugin::Timestamp;

use crate::store::{
    Store, StoreError, StoreOptions,
    backup::{self, BackupReport, Restored},
};

/// Where a backup goes if nobody says where: `backups` in the data folder, by its time.
#[must_use]
pub fn default_dest(data_dir: &Path, now: Timestamp) -> PathBuf {
    data_dir.join("backups").join(now.to_string().replace(':', "-"))
}

/// Makes a backup of the store in a data folder that no bot runs on.
///
/// # Errors
/// If a bot runs on it, the store cannot be opened, or the backup not be written.
pub async fn create(data_dir: &Path, dest: Option<&Path>, now: Timestamp) -> Result<BackupReport, StoreError> {
    let dir = data_dir.to_owned();
    let opening = tokio::task::spawn_blocking(move || Store::open(&dir, StoreOptions::default()));
    // Fails only if the runtime ends.
    let (store, _) = opening.await.map_err(|_| StoreError::Closed)??;
    let dest = dest.map_or_else(|| default_dest(data_dir, now), Path::to_owned);
    let report = backup::create(&store, &dest, now).await;
    store.close().await;
    report
}

/// Reads every byte of a backup back. Blocks.
///
/// # Errors
/// If anything in it is not as it was written.
pub fn verify(path: &Path) -> Result<BackupReport, StoreError> {
    backup::verify(path)
}

/// Puts a backup in place of what is in a data folder that no bot runs on. Blocks.
///
/// # Errors
/// If a bot runs on it, the backup is bad, or the disk refuses.
pub fn restore(path: &Path, data_dir: &Path, now: Timestamp) -> Result<Restored, StoreError> {
    backup::restore(path, data_dir, now)
}

/// What a backup has, in a line for people.
#[must_use]
pub fn describe(report: &BackupReport) -> String {
    let BackupReport { path, n_files, n_bytes, n_keys, n_records, damaged } = report;
    let damage = if damaged.is_empty() { String::new() } else { format!("; damaged: {}", damaged.join(", ")) };
    let path = path.display();
    format!("{path}: {n_keys} keys of state, {n_records} records, {n_files} files, {n_bytes} bytes{damage}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Tree;

    #[tokio::test]
    async fn a_stopped_store_is_backed_up_and_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let (data, now) = (dir.path().join("data"), Timestamp::from_millis(1_795_361_341_123));
        let (store, _) = Store::open(&data, StoreOptions::default()).unwrap();
        store.state.put(Tree::Access, "alice", "20").await.unwrap();
        let error = create(&data, None, now).await.unwrap_err().to_string();
        assert!(error.contains("in use by process"), "{error}");
        store.close().await;

        let report = create(&data, None, now).await.unwrap();
        assert_eq!(report.path, data.join("backups/2026-11-22T15-29-01.123Z"));
        assert!(describe(&verify(&report.path).unwrap()).contains("1 keys of state, 0 records"));
        std::fs::remove_dir_all(data.join("state")).unwrap();
        restore(&report.path, &data, now).unwrap();
        let (store, _) = Store::open(&data, StoreOptions::default()).unwrap();
        assert_eq!(store.state.get(Tree::Access, "alice").await.unwrap().unwrap(), b"20");
    }
}
