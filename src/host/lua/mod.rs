//! Plugins in Lua: one more kind of plugin, trusted as little as any.
//!
//! A folder is read ([`code`]), loaded and checked as a whole ([`shape`], made a manifest). Each plugin has a VM on a
//! thread of its own (`thread`), in which nothing of the machine is in reach, memory is limited ([`limits`]) and every
//! entry has a deadline (`meter`); one that does not come back is given up by the `watchdog`. Events that come together are
//! handed over together (`rows`). Calls that wait suspend a coroutine, and are seen to where waiting is possible (`serve`,
//! `acts`). A `guard` function runs in a second VM (`guard`). Those that came with the program are in it as text
//! ([`bundled`]). To the rest of the host all this is one type that implements `Plugin` ([`plugin`]).

mod acts;
mod asks;
mod bounded;
mod budget;
pub mod bundled;
pub mod code;
mod event;
mod fit;
mod guard;
mod here;
mod hints;
mod html;
mod intern;
mod known;
pub mod limits;
mod line;
mod load;
mod meter;
mod native;
mod options;
mod outline;
mod outside;
pub mod plugin;
mod reader;
mod regex;
mod row;
mod rows;
mod serve;
pub mod shape;
mod shown;
pub mod stamp;
mod start;
pub mod testing;
mod texts;
mod thread;
mod times;
mod value;
mod vm;
mod watchdog;
mod words;
mod yielded;

#[cfg(test)]
mod tests;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use domovoi_plugin::{Manifest, Plugin, PluginName};
use tracing::info;

use self::limits::Limits;
use super::own;
use crate::config::Config;

pub use fit::{clashes, misfits};
pub use plugin::LuaPlugin;

/// The folders with a plugin in Lua in these folders, in the order of their names.
#[must_use]
pub fn folders(dirs: &[PathBuf]) -> Vec<PathBuf> {
    let entries = |dir: &PathBuf| {
        // A folder that cannot be read is a mistake of its own, named where `plugin_dirs` is checked.
        let mut paths: Vec<_> = fs::read_dir(dir).into_iter().flatten().flatten().map(|it| it.path()).collect();
        paths.sort();
        paths
    };
    dirs.iter().flat_map(entries).filter(|it| is_plugin(it)).collect()
}

/// Whether this folder is a plugin in Lua.
#[must_use]
pub fn is_plugin(folder: &Path) -> bool {
    folder.join(code::MAIN).is_file()
}

/// What there is to run.
#[derive(Default)]
pub struct Found {
    /// All plugins.
    pub plugins: Vec<Arc<dyn Plugin>>,
    /// Those of them that come from folders.
    pub in_folders: Vec<Arc<LuaPlugin>>,
    /// What is wrong with those that are not among them, each with its file.
    pub wrong: Vec<String>,
}

/// The plugins of the program and those in the folders that a configuration names. The names of those in Rust are taken;
/// a folder stands in for the bundled plugin in Lua of its name.
pub async fn load_all(config: &Config, compiled_in: Vec<Arc<dyn Plugin>>) -> Found {
    let (mut in_folders, mut wrong) = (Vec::<Arc<LuaPlugin>>::new(), Vec::new());
    for folder in folders(&config.bot.plugin_dirs) {
        let name = folder.file_name().and_then(|it| PluginName::new(it.to_str()?).ok());
        let is_taken = |name: &PluginName| {
            is_in_rust(name, &compiled_in) || in_folders.iter().any(|it| it.shape().manifest.name == *name)
        };
        if name.as_ref().is_some_and(is_taken) {
            wrong.push(format!("{}: there is another plugin of this name", folder.display()));
            continue;
        }
        let limits = name.map_or_else(Limits::default, |it| Limits::of(config, &it));
        match load_folder(&folder, limits).await {
            Ok(plugin) => {
                let own = std::iter::once(own::manifest());
                let others = compiled_in.iter().map(|it| it.manifest());
                let others: Vec<Manifest> =
                    own.chain(others).chain(in_folders.iter().map(|it| it.shape().manifest.clone())).collect();
                match misfits(&plugin, config, others.iter()) {
                    it if it.is_empty() => in_folders.push(Arc::new(plugin)),
                    it => wrong.extend(it),
                }
            }
            Err(mistakes) => wrong.extend(mistakes),
        }
    }
    let others = in_folders.iter().map(|it| it.clone() as Arc<dyn Plugin>).collect();
    Found { plugins: joined(compiled_in, others), in_folders, wrong }
}

/// The plugin in a folder: the bundled one where the folder holds just that.
///
/// # Errors
/// All that is wrong with it.
pub async fn load_folder(folder: &Path, limits: Limits) -> Result<LuaPlugin, Vec<String>> {
    let path = folder.to_owned();
    let read = tokio::task::spawn_blocking(move || code::Code::read(&path)).await;
    let code = read.unwrap_or_else(|error| Err(vec![format!("reading the folder failed: {error}")]))?;
    load_code(code, limits).await
}

/// The plugin of this code: the bundled one where it is just that.
///
/// # Errors
/// All that is wrong with it.
pub async fn load_code(code: code::Code, limits: Limits) -> Result<LuaPlugin, Vec<String>> {
    let name = code.name.clone();
    if let Some(plugin) = bundled::same(&code, limits) {
        return Ok(plugin);
    }
    let plugin = LuaPlugin::of_code(code, limits).await?;
    if bundled::has(&name) {
        info!(plugin = %name, "a folder stands in for the bundled plugin, with the powers that the configuration names");
    }
    Ok(plugin)
}

/// These plugins, each of the others in the place of the one of its name or after them.
#[must_use]
pub fn joined(plugins: Vec<Arc<dyn Plugin>>, others: Vec<Arc<dyn Plugin>>) -> Vec<Arc<dyn Plugin>> {
    let has = |name: &PluginName| others.iter().any(|it| it.manifest().name == *name);
    let kept: Vec<_> = plugins.into_iter().filter(|it| !has(&it.manifest().name)).collect();
    kept.into_iter().chain(others).collect()
}

fn is_in_rust(name: &PluginName, compiled_in: &[Arc<dyn Plugin>]) -> bool {
    !bundled::has(name) && compiled_in.iter().any(|it| it.manifest().name == *name)
}
