//! `[rooms."JID"]`: the rooms that the bot serves.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use domovoi_plugin::{AccountId, Nick, PluginName, RoomJid, jid::BareJid, parse_duration};

use super::{
    Account, Bot, Language, PluginCatalogue, Prefix, Secret, TimeZoneName, plugin, secret,
    section::{Field, Section, did_you_mean},
    tree::Shape,
    words::{read_language, read_nick, read_prefix, read_timezone},
};

/// What is kept of what happens in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Records {
    /// Everything that is said: the room's log is on.
    Full,
    /// Joins, acts and fingerprints, not what members say.
    Events,
    /// Nothing.
    Off,
}

/// Who is told of what was done automatically.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alerts {
    /// The moderators who are there, in private.
    Private,
    /// Nobody.
    Off,
    /// A room, which the bot has to be in, or someone.
    To(BareJid),
}

/// One room, with the defaults of `[bot]` filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Room {
    /// The account that serves it; none: one with room to spare.
    pub account: Option<AccountId>,
    /// Our nick in it.
    pub nick: Nick,
    /// The room's password.
    pub password: Option<Secret>,
    /// The language of answers.
    pub language: Language,
    /// What commands begin with.
    pub prefix: Prefix,
    /// The clock on its wall.
    pub timezone: TimeZoneName,
    /// Whether to be in it; `false` keeps the settings and stays out.
    pub join: bool,
    /// Whether to create it if it does not exist.
    pub create: bool,
    /// What is kept of it.
    pub records: Records,
    /// How long records are kept; none: for ever.
    pub retention: Option<Duration>,
    /// Who is told of what was done automatically.
    pub alerts: Alerts,
    /// Plugins that this room turns on, off or tunes.
    pub plugins: BTreeMap<PluginName, RoomPlugin>,
    /// The keys set in the room's own table; the others came from `[bot]` or are defaults.
    pub own_keys: BTreeSet<String>,
}

/// What a room says about a plugin.
#[derive(Clone, PartialEq)]
pub struct RoomPlugin {
    /// Whether it runs here.
    pub enabled: bool,
    /// The powers it is granted here, if the room names them: they take the place of those for all rooms.
    pub powers: Option<BTreeSet<String>>,
    /// The room's own settings of it.
    pub settings: toml::Table,
}

impl fmt::Debug for RoomPlugin {
    /// Of its settings only the keys, since some may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&String> = self.settings.keys().collect();
        let (enabled, powers) = (&self.enabled, &self.powers);
        f.debug_struct("RoomPlugin").field("enabled", enabled).field("powers", powers).field("settings", &keys).finish()
    }
}

/// What the rooms of a configuration are read against.
pub(super) struct Around<'c> {
    pub(super) bot: &'c Bot,
    pub(super) accounts: &'c BTreeMap<AccountId, Account>,
    /// The names of all accounts written, those with mistakes too.
    pub(super) account_names: &'c BTreeSet<String>,
    pub(super) catalogue: &'c dyn PluginCatalogue,
}

impl Room {
    /// Reads `[rooms]`; those whose JID is wrong are left out.
    pub(super) fn read_all(root: &Section<'_>, around: &Around<'_>) -> BTreeMap<RoomJid, Self> {
        let mut rooms = BTreeMap::new();
        for field in root.entries("rooms") {
            let jid = field.name.parse::<RoomJid>().map_err(|error| field.wrong(error.to_string())).ok();
            let room = field.section().map(|section| Self::read(section, around));
            rooms.extend(jid.zip(room));
        }
        warn_of_too_many(root, around, &rooms);
        rooms
    }

    fn read(section: Section<'_>, around: &Around<'_>) -> Self {
        let bot = around.bot;
        let records = [("full", Records::Full), ("events", Records::Events), ("off", Records::Off)];
        let room = Self {
            account: read_account(&section, around),
            nick: read_nick(&section).unwrap_or_else(|| bot.nick.clone()),
            password: secret::read(&section),
            language: read_language(&section).unwrap_or_else(|| bot.language.clone()),
            prefix: read_prefix(&section).unwrap_or_else(|| bot.prefix.clone()),
            timezone: read_timezone(&section).unwrap_or_else(|| bot.timezone.clone()),
            join: section.switch("join").unwrap_or(true),
            create: section.switch("create").unwrap_or(false),
            records: section.choice("records", &records).unwrap_or(Records::Events),
            retention: read_retention(&section),
            alerts: read_alerts(&section),
            plugins: read_plugins(&section, around.catalogue),
            own_keys: section.keys().cloned().collect(),
        };
        section.finish();
        room
    }
}

fn read_account(section: &Section<'_>, around: &Around<'_>) -> Option<AccountId> {
    section.parse("account", "the name of an account in quotes", |name| {
        if !around.account_names.contains(name) {
            let hint = did_you_mean(name, around.account_names.iter().map(String::as_str));
            return Err(format!("there is no account `{name}`{hint}"));
        }
        if around.accounts.get(name).is_some_and(|account| account.standby) {
            return Err(format!("account `{name}` is a standby, which serves no room of its own"));
        }
        AccountId::new(name).map_err(|error| error.to_string())
    })
}

/// How long records are kept: 90 days unless said, `forever` for ever.
fn read_retention(section: &Section<'_>) -> Option<Duration> {
    const LEAST: Duration = Duration::from_secs(3600);
    let days = |n: u64| Duration::from_secs(n * 86_400);
    let retention = section.parse("retention", "a duration such as \"90d\", or \"forever\"", |text| {
        if text == "forever" {
            return Ok(None);
        }
        let span = parse_duration(text).map_err(|error| format!("{error}, or `forever`"))?;
        if span < LEAST { Err(format!("`{text}` is too short: at least 1h")) } else { Ok(Some(span)) }
    });
    retention.unwrap_or(Some(days(90)))
}

fn read_alerts(section: &Section<'_>) -> Alerts {
    let alerts =
        section.parse("alerts", "private, off, or the JID of a room or of someone, in quotes", |text| match text {
            "private" => Ok(Alerts::Private),
            "off" => Ok(Alerts::Off),
            jid => match BareJid::new(jid) {
                Ok(jid) if jid.node().is_some() => Ok(Alerts::To(jid)),
                Ok(_) | Err(_) => {
                    Err(format!("`{jid}` is neither `private` nor `off` nor the JID of a room or of someone"))
                }
            },
        });
    alerts.unwrap_or(Alerts::Private)
}

fn read_plugins(section: &Section<'_>, catalogue: &dyn PluginCatalogue) -> BTreeMap<PluginName, RoomPlugin> {
    let mut plugins = BTreeMap::new();
    for field in section.entries("plugins") {
        let name = plugin::read_name(&field, catalogue);
        let own = read_plugin(&field, name.as_ref(), catalogue);
        plugins.extend(name.zip(own));
    }
    plugins
}

fn read_plugin(field: &Field<'_>, name: Option<&PluginName>, catalogue: &dyn PluginCatalogue) -> Option<RoomPlugin> {
    if let Shape::Bool(enabled) = field.node.shape {
        return Some(RoomPlugin { enabled, powers: None, settings: toml::Table::new() });
    }
    if !matches!(field.node.shape, Shape::Table(_)) {
        field.wrong(format!("expected a table of settings, true or false, found {}", field.node.describe()));
        return None;
    }
    let section = field.section()?;
    let enabled = section.switch("enabled").unwrap_or(true);
    let powers = plugin::read_powers(&section);
    let settings = plugin::read_settings(&section, name, catalogue);
    Some(RoomPlugin { enabled, powers, settings })
}

/// Warns where accounts may serve fewer rooms than are named.
fn warn_of_too_many(root: &Section<'_>, around: &Around<'_>, rooms: &BTreeMap<RoomJid, Room>) {
    let serving = around.accounts.iter().filter(|(_, account)| !account.standby);
    let n_places: u64 = serving.clone().map(|(_, account)| u64::from(account.max_rooms)).sum();
    let n_rooms = rooms.values().filter(|room| room.join).count();
    if 0 < n_places && n_places < n_rooms as u64 {
        root.warn("rooms", format!("{n_rooms} rooms, but the accounts may serve {n_places} (max_rooms)"));
    }
    for (id, account) in serving {
        let n_named = rooms.values().filter(|room| room.join && room.account.as_ref() == Some(id)).count();
        if u64::from(account.max_rooms) < n_named as u64 {
            root.warn("rooms", format!("{n_named} rooms name account `{id}`, which may serve {}", account.max_rooms));
        }
    }
}
