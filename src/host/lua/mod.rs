//! Plugins in Lua: one more kind of plugin, trusted as little as any.
//!
//! A folder is read ([`code`]), loaded and checked as a whole ([`shape`], made a manifest). Each plugin has a VM on a
//! thread of its own (`thread`), in which nothing of the machine is in reach, memory is limited ([`limits`]) and every
//! entry has a deadline (`meter`); one that does not come back is given up by the `watchdog`. Calls that wait suspend
//! a coroutine, and are seen to where waiting is possible (`serve`, `acts`). A `guard` function runs in a second VM
//! (`guard`). To the rest of the host all this is one type that implements `Plugin` ([`plugin`]).

mod acts;
mod asks;
mod bounded;
pub mod code;
mod event;
mod fit;
mod guard;
mod here;
mod intern;
pub mod limits;
mod load;
mod meter;
mod native;
mod options;
mod outline;
pub mod plugin;
mod reader;
mod regex;
mod serve;
pub mod shape;
pub mod stamp;
mod thread;
mod value;
mod vm;
mod watchdog;
mod words;

#[cfg(test)]
mod tests;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use domovoi_plugin::{Manifest, Plugin, PluginName};

use self::limits::Limits;
use super::own;
use crate::config::Config;

pub use fit::misfits;
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

/// What was found in the folders of a configuration.
#[derive(Default)]
pub struct Found {
    /// Plugins that are right.
    pub plugins: Vec<Arc<LuaPlugin>>,
    /// What is wrong with the others, each with its file.
    pub wrong: Vec<String>,
}

/// All plugins in the folders that a configuration names. The names and commands of those compiled in are taken.
pub async fn load_all(config: &Config, compiled_in: &[Arc<dyn Plugin>]) -> Found {
    let mut found = Found::default();
    let own = std::iter::once(own::manifest());
    let mut manifests: Vec<Manifest> = own.chain(compiled_in.iter().map(|it| it.manifest())).collect();
    for folder in folders(&config.bot.plugin_dirs) {
        let name = folder.file_name().and_then(|it| PluginName::new(it.to_str()?).ok());
        if manifests.iter().any(|it| Some(&it.name) == name.as_ref()) {
            found.wrong.push(format!("{}: there is another plugin of this name", folder.display()));
            continue;
        }
        let limits = name.map_or_else(Limits::default, |it| Limits::of(config, &it));
        let loaded =
            LuaPlugin::load(&folder, limits).await.and_then(|plugin| match misfits(&plugin, manifests.iter()) {
                wrong if wrong.is_empty() => Ok(plugin),
                wrong => Err(wrong),
            });
        match loaded {
            Ok(plugin) => {
                manifests.push(plugin.shape().manifest.clone());
                found.plugins.push(Arc::new(plugin));
            }
            Err(mistakes) => found.wrong.extend(mistakes),
        }
    }
    found
}
