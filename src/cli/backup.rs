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
