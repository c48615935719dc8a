//! The plugins that a configuration can name: those compiled in, and the folders with an `init.lua`.

use std::{fs, path::Path, sync::Arc};

use domovoi_plugin::{Manifest, PluginName, Settings};

use crate::{
    bundle,
    config::{Bot, KeyPath, PluginCatalogue, SettingMistake},
    host::live::setting_text,
};

/// All plugins there are.
struct Installed {
    /// What the compiled-in ones say of themselves.
    manifests: Vec<Arc<Manifest>>,
    /// Those in folders.
    in_folders: Vec<PluginName>,
}

/// The plugins of this program and of the folders that `[bot]` names.
pub(super) fn installed(bot: &Bot) -> Box<dyn PluginCatalogue> {
    let manifests = bundle::plugins().iter().map(|it| Arc::new(it.manifest())).collect();
    let in_folders = bot.plugin_dirs.iter().flat_map(|folder| lua_plugins(folder)).collect();
    Box::new(Installed { manifests, in_folders })
}

fn lua_plugins(folder: &Path) -> Vec<PluginName> {
    // A folder that cannot be read is a mistake of its own, named where `plugin_dirs` is checked.
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let with_code = entries.filter(|entry| entry.path().join("init.lua").is_file());
    with_code.filter_map(|entry| PluginName::new(entry.file_name().to_str()?).ok()).collect()
}

impl PluginCatalogue for Installed {
    fn names(&self) -> Option<Vec<PluginName>> {
        Some(self.manifests.iter().map(|it| it.name.clone()).chain(self.in_folders.iter().cloned()).collect())
    }

    fn check_settings(&self, plugin: &PluginName, settings: &toml::Table) -> Vec<SettingMistake> {
        let Some(manifest) = self.manifests.iter().find(|it| it.name == *plugin) else { return Vec::new() };
        let given = settings.iter().map(|(key, value)| (key.as_str(), setting_text(value)));
        let (_, wrong) = Settings::read(&manifest.options, given);
        wrong.into_iter().map(|it| SettingMistake { key: KeyPath::new([it.name]), what: it.what }).collect()
    }
}
