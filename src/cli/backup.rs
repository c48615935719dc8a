//! `domovoi backup create|verify|restore`.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};

use super::Context;

/// Arguments of `backup`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub act: Act,
}

/// What can be done with copies of the store.
#[derive(Debug, Subcommand)]
pub enum Act {
    /// Write a consistent copy of the store, also while the bot runs.
    Create {
        /// The file to write [default: a new one in DATA_DIR/backups].
        file: Option<PathBuf>,
    },
    /// Read every byte of a copy back and say whether it is whole.
    Verify {
        /// The copy.
        file: PathBuf,
    },
    /// Put a copy in the place of the store, which is kept aside; the bot must not be running.
    Restore {
        /// The copy.
        file: PathBuf,
    },
}

/// Copies, verifies or restores.
///
/// # Errors
/// If the store or the copy cannot be read or written, or is damaged.
pub fn run(_arguments: &Arguments, context: &Context) -> anyhow::Result<ExitCode> {
    context.load()?;
    anyhow::bail!("`backup` is not built in")
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
