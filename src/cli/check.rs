//! `domovoi check`: what the configuration says, or all that is wrong in it, without connecting.

use std::{collections::BTreeMap, fmt::Write, path::Path, process::ExitCode};

use anyhow::Context as _;
use clap::Args;
use domovoi_plugin::PluginName;

use super::Context;
use crate::{
    config::{Config, KeyPath, Loaded, Mistake, Mistakes, Place},
    host::lua,
};

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Reads the configuration and prints what it comes to.
///
/// # Errors
/// All that is wrong in it.
pub fn run(_arguments: &Arguments, context: &Context) -> anyhow::Result<ExitCode> {
    let loaded = context.load()?;
    let wrong = wrong_plugins(&loaded.config, context)?;
    if !wrong.is_empty() {
        return Err(Mistakes::new(wrong).into());
    }
    super::print(&summary(&context.config_path()?, &loaded)?)?;
    Ok(ExitCode::SUCCESS)
}

/// What is wrong with the plugins in folders, each with its file and line: they are loaded as `run` loads them, one beside
/// the other, and thrown away.
fn wrong_plugins(config: &Config, context: &Context) -> anyhow::Result<Vec<Mistake>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().context("cannot start the runtime")?;
    let found = runtime.block_on(lua::load_all(config, context.plugins.to_vec()));
    Ok(found.wrong.iter().map(|it| mistake(it)).collect())
}

/// `plugins/hello/init.lua:5: what is wrong` as a mistake like those of the configuration.
fn mistake(text: &str) -> Mistake {
    let (file, what) = text.split_once(": ").unwrap_or(("plugins", text));
    let (path, line) =
        file.rsplit_once(':').and_then(|(path, line)| Some((path, line.parse().ok()?))).unwrap_or((file, 0));
    Mistake { place: Place::File { path: path.into(), line }, key: KeyPath::root(), what: what.to_owned() }
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
