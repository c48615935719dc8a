//! The plugins that a configuration can name: those compiled in, and the folders with an `init.lua`.

use std::{fs, path::Path};

use domovoi_plugin::PluginName;

use crate::config::{Bot, PluginCatalogue, SettingMistake};

/// The names of all plugins there are.
struct Installed(Vec<PluginName>);

/// The plugins of this program and of the folders that `[bot]` names.
pub(super) fn installed(bot: &Bot) -> Box<dyn PluginCatalogue> {
    let compiled = [cfg!(feature = "admin").then_some("admin"), cfg!(feature = "guard").then_some("guard")];
    let compiled = compiled.into_iter().flatten().filter_map(|name| PluginName::new(name).ok());
    let in_folders = bot.plugin_dirs.iter().flat_map(|folder| lua_plugins(folder));
    Box::new(Installed(compiled.chain(in_folders).collect()))
}

fn lua_plugins(folder: &Path) -> Vec<PluginName> {
    // A folder that cannot be read is a mistake of its own, named where `plugin_dirs` is checked.
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let with_code = entries.filter(|entry| entry.path().join("init.lua").is_file());
    with_code.filter_map(|entry| PluginName::new(entry.file_name().to_str()?).ok()).collect()
}

impl PluginCatalogue for Installed {
    fn names(&self) -> Option<Vec<PluginName>> {
        Some(self.0.clone())
    }

    fn check_settings(&self, _plugin: &PluginName, _settings: &toml::Table) -> Vec<SettingMistake> {
        Vec::new()
    }
}
