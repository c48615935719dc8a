//! `domovoi console`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

/// Arguments of `console`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A plugin's folder, to have that plugin in the room; may be given several times.
    #[arg(long = "plugin", value_name = "DIR")]
    pub plugins: Vec<PathBuf>,
    /// Read what is said from a file instead of the terminal, line by line.
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,
}

/// Plays a room in the terminal.
///
/// # Errors
/// If a plugin or the script cannot be read.
pub fn run(_arguments: &Arguments) -> anyhow::Result<ExitCode> {
    anyhow::bail!("`console` is not built in")
}
