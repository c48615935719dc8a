//! `domovoi completions SHELL`.

use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell.
    pub shell: Shell,
}

/// Prints a script that teaches the shell our verbs and options.
///
/// # Errors
/// If stdout cannot be written.
pub fn run(arguments: &Arguments, mut command: Command) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "domovoi", &mut script);
    super::print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
