//! `domovoi plugin list`: the plugins that a bot with this configuration has.

use std::{fmt::Write as _, path::PathBuf, process::ExitCode, sync::Arc};

use clap::Args;
use domovoi_plugin::{Manifest, PluginName, Text};

use crate::{
    cli::{Context, UsageError, plugins::said, print, print_error},
    host::lua,
    i18n,
};

/// Arguments of `plugin list`.
#[derive(Debug, Args)]
pub(super) struct Arguments {}

/// Prints a line a plugin, and on stderr what is wrong with those that are none.
pub(super) fn run(_: &Arguments, context: &Context) -> anyhow::Result<ExitCode> {
    let (mut text, mut is_wrong) = (String::new(), false);
    let mut in_folders: Vec<(PathBuf, Arc<Manifest>)> = Vec::new();
    for folder in lua::folders(&dirs(context)?) {
        match said(&folder) {
            Ok(manifest) => in_folders.push((folder, manifest)),
            Err(mistakes) => {
                is_wrong = true;
                mistakes.iter().for_each(|it| print_error(it));
            }
        }
    }
    let is_in_folder = |name: &PluginName| in_folders.iter().any(|it| it.1.name == *name);
    for manifest in context.plugins.iter().map(|it| it.manifest()).filter(|it| !is_in_folder(&it.name)) {
        let kind = if lua::bundled::has(&manifest.name) { "Lua, built in" } else { "Rust, built in" };
        put(&mut text, &manifest, kind)?;
    }
    for (folder, manifest) in &in_folders {
        put(&mut text, manifest, &format!("Lua, {}", folder.display()))?;
    }
    print(&text)?;
    Ok(if is_wrong { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// The folders of plugins, as the configuration says; where there is none, `plugins` here.
fn dirs(context: &Context) -> anyhow::Result<Vec<PathBuf>> {
    match context.load() {
        Ok(loaded) => Ok(loaded.config.bot.plugin_dirs.clone()),
        Err(error) if matches!(error.downcast_ref(), Some(UsageError::NoConfiguration | UsageError::NotNamed)) => {
            Ok(vec!["plugins".into()])
        }
        Err(error) => Err(error),
    }
}

fn put(text: &mut String, manifest: &Manifest, kind: &str) -> Result<(), std::fmt::Error> {
    let words = i18n::words(Some(manifest));
    writeln!(text, "{} ({kind}): {}", manifest.name, words.translate("en", &described(manifest)))?;
    let commands: Vec<&str> = manifest.commands.iter().map(|it| it.name).collect();
    if !commands.is_empty() {
        writeln!(text, "  commands: {}", commands.join(", "))?;
    }
    Ok(())
}

fn described(manifest: &Manifest) -> Text {
    Text::key(manifest.description)
}
