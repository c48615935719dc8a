//! `domovoi doctor`.

use std::process::ExitCode;

use clap::Args;
use domovoi_plugin::AccountId;

use super::Context;

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Look at these accounts only, by the names of their tables; may be given several times.
    #[arg(long = "account", value_name = "NAME")]
    pub accounts: Vec<AccountId>,
}

/// Says what each account, its server and its rooms can do.
///
/// # Errors
/// If the configuration is wrong, or an account cannot be looked at.
pub fn run(_arguments: &Arguments, context: &Context) -> anyhow::Result<ExitCode> {
    context.load()?;
    anyhow::bail!("`doctor` is not built in")
}
