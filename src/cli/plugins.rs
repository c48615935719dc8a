//! The plugins that a configuration can name: those compiled in, and the folders with an `init.lua`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use domovoi_plugin::{Manifest, Plugin, PluginName, Settings};

use crate::{
    config::{Bot, KeyPath, PluginCatalogue, SettingMistake},
    host::{
        live::setting_text,
        lua::{self, LuaPlugin, bundled, code::Code, limits::Limits},
    },
};

/// All plugins there are.
struct Installed {
    /// What they say of themselves.
    manifests: Vec<Arc<Manifest>>,
    /// Those in folders that are wrong.
    in_folders: Vec<PluginName>,
}

/// The plugins that are compiled in: those of [`crate::bundle`], or the list of somebody's own program.
pub(super) type Compiled = Arc<[Arc<dyn Plugin>]>;

/// The plugins of this program and of the folders that `[bot]` names.
pub(super) fn installed(compiled: &Compiled, bot: &Bot) -> Box<dyn PluginCatalogue> {
    let mut manifests: Vec<_> = compiled.iter().map(|it| Arc::new(it.manifest())).collect();
    let mut in_folders = Vec::new();
    for folder in lua::folders(&bot.plugin_dirs) {
        match said(&folder) {
            Ok(manifest) => {
                manifests.retain(|it| it.name != manifest.name || !bundled::has(&it.name));
                manifests.push(manifest);
            }
            // It is wrong, but it is there: its settings are nobody's mistake.
            Err(_) => in_folders.extend(folder.file_name().and_then(|it| PluginName::new(it.to_str()?).ok())),
        }
    }
    Box::new(Installed { manifests, in_folders })
}

/// These plugins, and no other.
pub(super) fn known(manifests: Vec<Arc<Manifest>>) -> Box<dyn PluginCatalogue> {
    Box::new(Installed { manifests, in_folders: Vec::new() })
}

/// What the plugins in folders said of themselves, with the code that said it: a configuration is read at each change
/// by chat, and to load a plugin takes a thread.
static SAID: LazyLock<Mutex<BTreeMap<PathBuf, (Code, Said)>>> = LazyLock::new(Mutex::default);

/// What a plugin said of itself, or what is wrong with it.
type Said = Result<Arc<Manifest>, Vec<String>>;

/// What the plugin in this folder says of itself.
pub(super) fn said(folder: &Path) -> Said {
    let code = Code::read(folder)?;
    let mut known = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, said)) = known.get(folder).filter(|(of, _)| *of == code) {
        return said.clone();
    }
    let said = LuaPlugin::load_blocking(folder, Limits::default()).map(|it| Arc::new(it.shape().manifest.clone()));
    known.insert(folder.to_owned(), (code, said.clone()));
    said
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
