//! What a configuration must know about plugins to be checked.

use domovoi_plugin::PluginName;

use super::KeyPath;

/// A setting that a plugin does not understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingMistake {
    /// The key, from the plugin's own table.
    pub key: KeyPath,
    /// What is wrong, in words.
    pub what: String,
}

/// The plugins there are, and what their settings mean.
pub trait PluginCatalogue {
    /// The names of all plugins; none if that is not known and every name passes.
    fn names(&self) -> Option<Vec<PluginName>>;

    /// What is wrong with these settings of a plugin. A room's own settings come without those for all rooms, so a
    /// missing key is never a mistake here.
    fn check_settings(&self, plugin: &PluginName, settings: &toml::Table) -> Vec<SettingMistake>;
}

/// Knows no plugin and lets everything pass.
impl PluginCatalogue for () {
    fn names(&self) -> Option<Vec<PluginName>> {
        None
    }

    fn check_settings(&self, _plugin: &PluginName, _settings: &toml::Table) -> Vec<SettingMistake> {
        Vec::new()
    }
}
