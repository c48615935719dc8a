//! State and records together, in their places below the data folder.

use std::{path::Path, sync::Arc};

use crate::store::{
    backup::finish_restore,
    error::StoreError,
    lock::DirLock,
    records::{Records, RecordsOptions},
    state::{Opened, State, StateOptions},
};

/// How a store is opened.
#[derive(Clone, Debug, Default)]
pub struct StoreOptions {
    /// For the state; its backups go to `backups` in the data folder unless it says otherwise.
    pub state: StateOptions,
    /// For the records.
    pub records: RecordsOptions,
}

/// What survives a restart. A handle is cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    /// What the bot must remember.
    pub state: State,
    /// What happened in the rooms.
    pub records: Records,
    lock: Arc<DirLock>,
}

impl Store {
    /// Opens `state` and `records` in the data folder, making them where needed. Blocks.
    ///
    /// # Errors
    /// If another process has them, the state is damaged or too new, or the disk refuses.
    pub fn open(data_dir: &Path, mut options: StoreOptions) -> Result<(Self, Opened), StoreError> {
        std::fs::create_dir_all(data_dir).map_err(StoreError::io("create", data_dir))?;
        let lock = Arc::new(DirLock::take(data_dir)?);
        finish_restore(data_dir)?;
        options.state.backup_dir.get_or_insert_with(|| data_dir.join("backups"));
        let (state, opened) = State::open(&data_dir.join("state"), options.state)?;
        let records = Records::open(&data_dir.join("records"), options.records)?;
        Ok((Self { state, records, lock }, opened))
    }

    /// Writes what waits, closes all files and gives the folder free.
    pub async fn close(self) {
        self.records.close().await;
        self.state.close().await;
        drop(self.lock);
    }
}
