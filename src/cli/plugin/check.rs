//! `domovoi plugin check`: all that is wrong with plugins, told at once.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::Args;

use super::{Context, inspect};
use crate::cli::{print, print_error};

/// Arguments of `plugin check`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folders of plugins.
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,
}

/// Prints each mistake as a line on stderr, or that there is none.
pub(super) fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<ExitCode> {
    let others = inspect::company(context);
    let mut is_wrong = false;
    for given in &arguments.folders {
        // The name of a plugin is that of its folder, also where it was called `.`.
        let folder = fs::canonicalize(given).with_context(|| format!("cannot read {}", given.display()))?;
        match inspect::inspect(&folder, &others).map(|it| it.summary()) {
            Ok(summary) => print(&format!("{summary}\n"))?,
            Err(mistakes) => {
                is_wrong = true;
                mistakes.iter().for_each(|it| print_error(it));
            }
        }
    }
    Ok(if is_wrong { ExitCode::from(2) } else { ExitCode::SUCCESS })
}
