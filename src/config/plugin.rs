//! `[plugins.NAME]`: settings of a plugin for all rooms.

use std::collections::{BTreeMap, BTreeSet};

use domovoi_plugin::PluginName;

use super::{
    PluginCatalogue,
    address::read_host_pattern,
    section::{Field, Section, did_you_mean},
    tree::Shape,
};

/// The powers that a configuration can grant to a plugin.
pub const POWERS: [&str; 18] = [
    "say",
    "private",
    "kick",
    "voice",
    "ban",
    "affiliation",
    "moderate",
    "room-config",
    "subject",
    "invite",
    "records",
    "people",
    "http",
    "upload",
    "store",
    "schedule",
    "web",
    "hook",
];

/// What is set about a plugin for all rooms.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PluginConfig {
    /// Whether it runs in rooms that do not say; none: only `admin` does.
    pub enabled: Option<bool>,
    /// The powers it is granted, each one of [`POWERS`]; none: what its kind gets by default.
    pub powers: Option<BTreeSet<String>>,
    /// The hosts it may reach by HTTP; none, any public one for a plugin that came with the bot, else no one.
    pub hosts: Vec<String>,
    /// Its own settings, which rooms may override.
    pub settings: toml::Table,
}

impl PluginConfig {
    /// Reads `[plugins]`.
    pub(super) fn read_all(root: &Section<'_>, catalogue: &dyn PluginCatalogue) -> BTreeMap<PluginName, Self> {
        let mut plugins = BTreeMap::new();
        for field in root.entries("plugins") {
            let name = read_name(&field, catalogue);
            let plugin = field.section().map(|section| Self::read(&section, name.as_ref(), catalogue));
            plugins.extend(name.zip(plugin));
        }
        plugins
    }

    fn read(section: &Section<'_>, name: Option<&PluginName>, catalogue: &dyn PluginCatalogue) -> Self {
        Self {
            enabled: section.switch("enabled"),
            powers: section.list("powers", "a power such as \"http\"", read_power).map(BTreeSet::from_iter),
            hosts: section.list("hosts", "a host such as \"api.example\"", read_host_pattern).unwrap_or_default(),
            settings: read_settings(section, name, catalogue),
        }
    }
}

fn read_power(text: &str) -> Result<String, String> {
    if POWERS.contains(&text) {
        return Ok(text.to_owned());
    }
    let hint = did_you_mean(text, POWERS.into_iter());
    let all = POWERS.join(", ");
    Err(if hint.is_empty() {
        format!("unknown power `{text}`: there are {all}")
    } else {
        format!("unknown power `{text}`{hint}")
    })
}

/// The name of a plugin that there is; else none, and a mistake.
///
/// To turn off a plugin that there is not is only worth a warning: the file may serve a build that has it.
pub(super) fn read_name(field: &Field<'_>, catalogue: &dyn PluginCatalogue) -> Option<PluginName> {
    let name = PluginName::new(field.name).map_err(|error| field.wrong(error.to_string())).ok()?;
    let Some(names) = catalogue.names() else { return Some(name) };
    if names.contains(&name) {
        return Some(name);
    }
    let hint = did_you_mean(field.name, names.iter().map(PluginName::as_str));
    if let Shape::Bool(false) = field.node.shape {
        field.warn(format!("there is no plugin `{name}` to turn off{hint}"));
    } else {
        field.wrong(format!("there is no plugin `{name}`{hint}"));
    }
    None
}

/// All keys of the table that the bot itself does not take are settings of the plugin.
pub(super) fn read_settings(
    section: &Section<'_>,
    name: Option<&PluginName>,
    catalogue: &dyn PluginCatalogue,
) -> toml::Table {
    let fields = section.other_fields();
    let settings: toml::Table = fields.iter().map(|field| (field.name.to_owned(), field.node.to_value())).collect();
    let mistakes = name.map(|name| catalogue.check_settings(name, &settings)).unwrap_or_default();
    for mistake in mistakes {
        section.wrong_below(&mistake.key, mistake.what);
    }
    settings
}
