//! `[plugins.NAME]`: settings of a plugin for all rooms.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use domovoi_plugin::{PluginName, format_duration, parse_duration};

use super::{
    PluginCatalogue,
    address::read_host_pattern,
    section::{Field, Section, did_you_mean},
    tree::Shape,
};

/// The powers that a configuration can grant to a plugin.
pub const POWERS: [&str; 19] = [
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
    "command",
];

/// What is set about a plugin for all rooms.
#[derive(Clone, PartialEq, Default)]
pub struct PluginConfig {
    /// Whether it runs in rooms that do not say; none: only `admin` does.
    pub enabled: Option<bool>,
    /// The powers it is granted, each one of [`POWERS`]; none: what its kind gets by default.
    pub powers: Option<BTreeSet<String>>,
    /// The hosts it may reach by HTTP; none, any public one for a plugin that came with the bot, else no one.
    pub hosts: Vec<String>,
    /// What it may use up, if it is in Lua.
    pub limits: PluginLimits,
    /// Its own settings, which rooms may override.
    pub settings: toml::Table,
}

impl fmt::Debug for PluginConfig {
    /// Of its settings only the keys: some of them are secrets, and only the plugin knows which.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { enabled, powers, hosts, limits, settings } = self;
        let keys: Vec<&String> = settings.keys().collect();
        f.debug_struct("PluginConfig")
            .field("enabled", enabled)
            .field("powers", powers)
            .field("hosts", hosts)
            .field("limits", limits)
            .field("settings", &keys)
            .finish()
    }
}

/// What a plugin in Lua may use up; what is not set is as the host has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PluginLimits {
    /// Memory of each of its VMs, in bytes.
    pub memory_bytes: Option<usize>,
    /// CPU time of a handler, from one wait to the next.
    pub handler: Option<Duration>,
    /// CPU time of its guard for one event.
    pub guard: Option<Duration>,
}

impl PluginLimits {
    /// The least and the most memory, in bytes.
    pub const MEMORY: (usize, usize) = (2 << 20, 1 << 30);
    /// The shortest and the longest time of a handler.
    pub const HANDLER: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(10));
    /// The shortest and the longest time of a guard.
    pub const GUARD: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(10));

    fn read(section: Section<'_>) -> Self {
        let limits = Self {
            memory_bytes: section.parse("memory", "a size such as \"32MiB\"", |it| read_size(it, Self::MEMORY)),
            handler: section.parse("handler", "a duration such as \"500ms\"", |it| read_span(it, Self::HANDLER)),
            guard: section.parse("guard", "a duration such as \"2ms\"", |it| read_span(it, Self::GUARD)),
        };
        section.finish();
        limits
    }
}

fn read_size(text: &str, (least, most): (usize, usize)) -> Result<usize, String> {
    let n_digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, unit) = text.split_at_checked(n_digits).unwrap_or((text, ""));
    let size = match unit.trim_start() {
        "KiB" => Some(1 << 10),
        "MiB" => Some(1 << 20),
        "GiB" => Some(1_usize << 30),
        _ => None,
    };
    let bytes = digits.parse::<usize>().ok().zip(size).and_then(|(n, size)| n.checked_mul(size));
    let bytes =
        bytes.ok_or_else(|| format!("`{text}` is no size: write a number with KiB, MiB or GiB, as \"32MiB\""))?;
    if (least..=most).contains(&bytes) {
        return Ok(bytes);
    }
    Err(format!("`{text}` is not within {} MiB and {} MiB", least >> 20, most >> 20))
}

fn read_span(text: &str, (least, most): (Duration, Duration)) -> Result<Duration, String> {
    let span = parse_duration(text).map_err(|error| error.to_string())?;
    if (least..=most).contains(&span) {
        return Ok(span);
    }
    Err(format!("`{text}` is not within {} and {}", format_duration(least), format_duration(most)))
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
            powers: read_powers(section),
            hosts: section.list("hosts", "a host such as \"api.example\"", read_host_pattern).unwrap_or_default(),
            limits: PluginLimits::read(section.section_or_empty("limits")),
            settings: read_settings(section, name, catalogue),
        }
    }
}

/// The powers that a plugin is granted, for all rooms or in one, if they are named.
pub(super) fn read_powers(section: &Section<'_>) -> Option<BTreeSet<String>> {
    section.list("powers", "a power such as \"http\"", read_power).map(BTreeSet::from_iter)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_and_bounds() {
        let read = |text: &str| read_size(text, PluginLimits::MEMORY);
        assert_eq!(read("32MiB"), Ok(32 << 20));
        assert_eq!(read("4096 KiB"), Ok(4 << 20));
        assert_eq!(read("1GiB"), Ok(1 << 30));
        assert_eq!(read("1MiB").unwrap_err(), "`1MiB` is not within 2 MiB and 1024 MiB");
        for text in ["", "32", "32MB", "MiB", "-1MiB", "99999999999999999999GiB", "9999999999999GiB", "1.5GiB"] {
            assert!(read(text).unwrap_err().contains("is no size"), "{text}");
        }
    }

    #[test]
    fn spans_have_bounds() {
        assert_eq!(read_span("500ms", PluginLimits::HANDLER), Ok(Duration::from_millis(500)));
        assert_eq!(read_span("1m", PluginLimits::HANDLER).unwrap_err(), "`1m` is not within 10ms and 10s");
        assert_eq!(read_span("20ms", PluginLimits::GUARD).unwrap_err(), "`20ms` is not within 1ms and 10ms");
        assert!(read_span("fast", PluginLimits::GUARD).is_err());
    }
}
