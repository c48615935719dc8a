//! `domovoi run`.

use std::process::ExitCode;

use clap::Args;

use super::Context;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Runs the bot until it is told to stop.
///
/// # Errors
/// If the configuration is wrong, or the bot cannot start.
pub fn run(_arguments: &Arguments, context: &Context) -> anyhow::Result<ExitCode> {
    let loaded = context.load()?;
    super::logging::Logging::begin(loaded.config.log)?;
    anyhow::bail!("`run` is not built in")
}
