//! `domovoi doctor`: what accounts, servers and rooms can do, and which right the bot lacks for what.
//!
//! A running bot is asked, since it knows. Where none runs, each account logs in once to see that it can, and once more
//! under a resource of its own, so that nobody's session is disturbed, to look at its rooms without entering them. What
//! was changed by chat is read from the store then.

mod changes;
mod probe;
mod render;
mod rooms;

use std::{io::IsTerminal as _, process::ExitCode, time::Duration};

use anyhow::Context as _;
use clap::Args;
use domovoi_plugin::AccountId;
use serde::Deserialize;
use serde_json::json;

use self::changes::Changes;
use super::{Context, UsageError};
use crate::{
    config::Config,
    control::{
        ask,
        doctor::{AccountReport, Report},
    },
};

/// How long a running bot may take to answer: it looks at every room.
const PATIENCE: Duration = Duration::from_secs(60);

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Look at these accounts only, by the names of their tables; may be given several times.
    #[arg(long = "account", value_name = "NAME")]
    pub accounts: Vec<AccountId>,
}

/// What a running bot answers.
#[derive(Deserialize)]
struct Found {
    report: Report,
}

/// Says what each account, its server and its rooms can do.
///
/// # Errors
/// If the configuration is wrong, or a running bot gives no answer.
pub fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<ExitCode> {
    let config = context.load()?.config;
    if let Some(name) = arguments.accounts.iter().find(|it| !config.accounts.contains_key(*it)) {
        return Err(UsageError::NoSuchAccount(name.clone()).into());
    }
    let (report, how) = match ask(&config.bot.data_dir, &json!({"do": "doctor"}), PATIENCE)? {
        Some(answer) => {
            let found: Found = serde_json::from_value(answer).context("the running bot gave no report")?;
            (found.report, "a bot is running; this is what it knows".to_owned())
        }
        None => look(context, config, &arguments.accounts)?,
    };
    let report = only(report, &arguments.accounts);
    let has_colours = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    super::print(&render::text(&report, &how, has_colours))?;
    Ok(if report.is_broken() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The part of a report that is about these accounts; all of it if none is named.
fn only(mut report: Report, accounts: &[AccountId]) -> Report {
    let is_meant = |name: &str| accounts.is_empty() || accounts.iter().any(|it| it.as_str() == name);
    report.accounts.retain(|it| is_meant(&it.account));
    report.rooms.retain(|it| accounts.is_empty() || it.account.as_deref().is_some_and(is_meant));
    report
}

/// Looks for itself; says how, and what does not show that way.
fn look(context: &Context, config: Config, wanted: &[AccountId]) -> anyhow::Result<(Report, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let how = "no bot is running; each account was tried, and rooms were looked at from outside";
    runtime.block_on(async {
        let (config, by) = match changes::read(context, &config.bot.data_dir).await? {
            Changes::None => (config, String::new()),
            Changes::Of(changed) => (*changed, "\nwhat was changed by chat holds here too".to_owned()),
            Changes::Unread(why) => (config, format!("\nwhat was changed by chat could not be read: {why}")),
        };
        let accounts = config.accounts.iter().filter(|(name, _)| wanted.is_empty() || wanted.contains(name));
        let probes = accounts.map(|(name, account)| probe::account(name, account));
        let accounts: Vec<AccountReport> = futures::future::join_all(probes).await;
        let rooms = rooms::look(&config, &accounts, &context.plugins).await;
        Ok((Report { accounts, rooms }, format!("{how}{by}")))
    })
}
