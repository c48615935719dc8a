//! `domovoi check`: what the configuration says, or all that is wrong in it, without connecting.

use std::{collections::BTreeMap, fmt::Write, path::Path, process::ExitCode};

use clap::Args;
use domovoi_plugin::PluginName;

use super::Context;
use crate::config::{Config, Loaded};

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Reads the configuration and prints what it comes to.
///
/// # Errors
/// All that is wrong in it.
pub fn run(_arguments: &Arguments, context: &Context) -> anyhow::Result<ExitCode> {
    let loaded = context.load()?;
    super::print(&summary(&context.config_path()?, &loaded)?)?;
    Ok(ExitCode::SUCCESS)
}

fn summary(path: &Path, loaded: &Loaded) -> Result<String, std::fmt::Error> {
    let config = &loaded.config;
    let mut text = String::new();
    writeln!(text, "{}: nothing is wrong", path.display())?;
    writeln!(text, "accounts: {}", config.accounts.len())?;
    for (id, account) in &config.accounts {
        let standby = if account.standby { ", standby" } else { "" };
        writeln!(text, "  {id}: {}, at most {} rooms{standby}", account.jid, account.max_rooms)?;
    }
    writeln!(text, "rooms: {}", config.rooms.len())?;
    for (jid, room) in &config.rooms {
        let account = room.account.as_ref().map_or_else(|| "any account".to_owned(), |id| format!("account {id}"));
        let stays_out = if room.join { "" } else { ", stays out" };
        writeln!(text, "  {jid}: {account}, as {}{stays_out}", room.nick)?;
    }
    writeln!(text, "plugins:")?;
    for (plugin, n_rooms) in rooms_of_plugins(config) {
        writeln!(text, "  {plugin}: on in {n_rooms} of {} rooms", config.rooms.len())?;
    }
    writeln!(text, "warnings: {}", loaded.warnings.len())?;
    for warning in &loaded.warnings {
        writeln!(text, "  {warning}")?;
    }
    Ok(text)
}

/// In how many rooms each plugin is on that the configuration names; `admin` is on without being named.
fn rooms_of_plugins(config: &Config) -> BTreeMap<PluginName, usize> {
    let own = config.rooms.values().flat_map(|room| room.plugins.keys());
    let named = config.plugins.keys().chain(own).cloned().chain(PluginName::new("admin"));
    let n_rooms = |plugin: &PluginName| config.rooms.keys().filter(|room| config.is_enabled(plugin, room)).count();
    named.map(|plugin| (plugin.clone(), n_rooms(&plugin))).collect()
}
