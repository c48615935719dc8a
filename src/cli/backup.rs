//! `domovoi backup create|verify|restore`.

use std::{
    path::{Path, PathBuf, absolute},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use domovoi_plugin::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::Context;
use crate::{
    clock::Clock,
    control::{AskError, ask},
    store::{
        Store, StoreError, StoreOptions,
        backup::{self, BackupReport},
    },
};

/// How long a running bot may take to copy its store.
const PATIENCE: Duration = Duration::from_secs(3600);

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
        /// The folder to write, which must not exist [default: a new one in DATA_DIR/backups].
        folder: Option<PathBuf>,
    },
    /// Read every byte of a copy back and say whether it is whole.
    Verify {
        /// The folder of the copy.
        folder: PathBuf,
    },
    /// Put a copy in the place of the store, which is kept aside; the bot must not be running.
    Restore {
        /// The folder of the copy.
        folder: PathBuf,
    },
}

/// Copies, verifies or restores.
///
/// # Errors
/// If the store or the copy cannot be read or written, or is damaged.
pub fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<ExitCode> {
    match &arguments.act {
        Act::Create { folder } => create(&data_dir(context)?, folder.as_deref())?,
        // A copy is verified without the store that it is of, so without a configuration.
        Act::Verify { folder } => tell("whole", &backup::verify(folder)?)?,
        Act::Restore { folder } => restore(&data_dir(context)?, folder)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn data_dir(context: &Context) -> anyhow::Result<PathBuf> {
    Ok(context.load()?.config.bot.data_dir)
}

/// What a running bot answers.
#[derive(Deserialize)]
struct Made {
    report: BackupReport,
}

fn create(data_dir: &Path, folder: Option<&Path>) -> anyhow::Result<()> {
    let folder = folder.map(absolute).transpose().context("cannot tell where that folder is")?;
    let report = match ask(data_dir, &json!({"do": "backup", "dest": folder}), PATIENCE)? {
        Some(answer) => serde_json::from_value::<Made>(answer).context("the running bot gave no report")?.report,
        None => create_here(data_dir, folder.as_deref())?,
    };
    tell("wrote", &report)
}

/// Makes a copy where no bot runs.
fn create_here(data_dir: &Path, folder: Option<&Path>) -> anyhow::Result<BackupReport> {
    // To open a store is to make it, and a copy of nothing would look like one of something.
    anyhow::ensure!(data_dir.join("state").exists(), "{} holds no store yet", data_dir.display());
    let now = Clock::System.now();
    let folder = folder.map_or_else(|| backup::default_dest(data_dir, now), Path::to_path_buf);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    Ok(runtime.block_on(copy(data_dir, &folder, now))?)
}

async fn copy(data_dir: &Path, folder: &Path, now: Timestamp) -> Result<BackupReport, StoreError> {
    let dir = data_dir.to_owned();
    let opening = tokio::task::spawn_blocking(move || Store::open(&dir, StoreOptions::default()));
    // Fails only if the runtime ends.
    let (store, _) = opening.await.map_err(|_| StoreError::Closed)??;
    let report = backup::create(&store, folder, now).await;
    store.close().await;
    report
}

fn restore(data_dir: &Path, folder: &Path) -> anyhow::Result<()> {
    // The store's lock would refuse as well; this says it in the words of whoever runs a bot.
    match ask(data_dir, &json!({"do": "status"}), Duration::from_secs(5)) {
        Ok(None) => (),
        Ok(Some(_)) | Err(AskError::Refused(_) | AskError::Garbled { .. } | AskError::Io { .. }) => {
            anyhow::bail!("a bot is running on {}: stop it first", data_dir.display())
        }
    }
    let restored = backup::restore(folder, data_dir, Clock::System.now())?;
    tell("restored", &restored.backup)?;
    match restored.replaced {
        Some(aside) => super::print(&format!("what was there before is in {}\n", aside.display())),
        None => Ok(()),
    }
}

/// Says what a copy has; on stderr what in it was damaged before it was copied.
fn tell(done: &str, report: &BackupReport) -> anyhow::Result<()> {
    let BackupReport { path, n_files, n_bytes, n_keys, n_records, damaged } = report;
    let path = path.display();
    super::print(&format!("{done} {path}: {n_keys} keys, {n_records} records, {n_files} files, {n_bytes} bytes\n"))?;
    for what in damaged {
        super::print_error(&format!("domovoi: in {path}, damaged before it was copied: {what}"));
    }
    Ok(())
}
