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
pub mod testing;
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

use domovoi_plugin::Plugin;

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

/// All plugins in these folders, and what is wrong with those that are not among them. The names of those compiled in are
/// taken.
pub async fn load_all(dirs: &[PathBuf], compiled_in: &[Arc<dyn Plugin>]) -> (Vec<Arc<dyn Plugin>>, Vec<String>) {
    let (mut plugins, mut wrong): (Vec<Arc<dyn Plugin>>, _) = (Vec::new(), Vec::new());
    for folder in folders(dirs) {
        match LuaPlugin::load(&folder, limits::Limits::default()).await {
            Ok(plugin) if is_taken(&plugin, compiled_in) || is_taken(&plugin, &plugins) => {
                wrong.push(format!("{}: there is another plugin of this name", folder.display()));
            }
            Ok(plugin) => plugins.push(Arc::new(plugin)),
            Err(mistakes) => wrong.extend(mistakes),
        }
    }
    (plugins, wrong)
}

fn is_taken(plugin: &LuaPlugin, others: &[Arc<dyn Plugin>]) -> bool {
    others.iter().any(|it| it.manifest().name == plugin.shape().manifest.name)
}
