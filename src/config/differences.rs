//! What is different between two configurations, so that a running bot changes only that.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use domovoi_plugin::{AccountId, PluginName, RoomJid};

use super::{Account, Bot, Config, KeyPath, PluginConfig, Room};

/// One difference. Keys are named as the file names them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Keys that are read at the start only: the running bot goes on with the old values.
    NeedsRestart(KeyPath),
    /// A key outside the tables of accounts, rooms and plugins, such as `bot.owners` or `log.level`.
    Key(KeyPath),
    /// A new account.
    AccountAdded(AccountId),
    /// An account is gone.
    AccountRemoved(AccountId),
    /// These keys of an account are different.
    AccountChanged {
        /// The account.
        account: AccountId,
        /// Keys of its table.
        keys: BTreeSet<&'static str>,
    },
    /// A new room, or one to join again.
    RoomAdded(RoomJid),
    /// A room is gone, or no longer to be joined.
    RoomRemoved(RoomJid),
    /// These keys of a room are different, be it by a default of `[bot]`.
    RoomChanged {
        /// The room.
        room: RoomJid,
        /// Keys of its table.
        keys: BTreeSet<&'static str>,
    },
    /// The settings of a plugin for all rooms are different.
    PluginChanged(PluginName),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |keys: &BTreeSet<&str>| keys.iter().copied().collect::<Vec<_>>().join(", ");
        match self {
            Self::NeedsRestart(key) => write!(f, "{key} changed, which needs a restart"),
            Self::Key(key) => write!(f, "{key} changed"),
            Self::AccountAdded(account) => write!(f, "account {account} is new"),
            Self::AccountRemoved(account) => write!(f, "account {account} is gone"),
            Self::AccountChanged { account, keys } => write!(f, "account {account} changed: {}", list(keys)),
            Self::RoomAdded(room) => write!(f, "room {room} is new"),
            Self::RoomRemoved(room) => write!(f, "room {room} is gone"),
            Self::RoomChanged { room, keys } => write!(f, "room {room} changed: {}", list(keys)),
            Self::PluginChanged(plugin) => write!(f, "settings of plugin {plugin} changed"),
        }
    }
}

/// What has to change in a bot that runs with the old configuration to run with the new one, in a fixed order.
#[must_use]
pub fn differences(old: &Config, new: &Config) -> Vec<Change> {
    let mut changes = Vec::new();
    add_general(old, new, &mut changes);
    add_accounts(old, new, &mut changes);
    add_rooms(old, new, &mut changes);
    add_plugins(old, new, &mut changes);
    changes.sort();
    changes
}

fn add_general(old: &Config, new: &Config, changes: &mut Vec<Change>) {
    let key = |table: &str, key: &str| KeyPath::new([table, key]);
    let mut add = |is_different: bool, change: Change| changes.extend(is_different.then_some(change));
    let Bot { owners, nick, language, prefix, timezone, data_dir, plugin_dirs, avatar, presence } = &old.bot;
    add(*data_dir != new.bot.data_dir, Change::NeedsRestart(key("bot", "data_dir")));
    add(*plugin_dirs != new.bot.plugin_dirs, Change::NeedsRestart(key("bot", "plugin_dirs")));
    add(*owners != new.bot.owners, Change::Key(key("bot", "owners")));
    add(*nick != new.bot.nick, Change::Key(key("bot", "nick")));
    add(*language != new.bot.language, Change::Key(key("bot", "language")));
    add(*prefix != new.bot.prefix, Change::Key(key("bot", "prefix")));
    add(*timezone != new.bot.timezone, Change::Key(key("bot", "timezone")));
    add(*avatar != new.bot.avatar, Change::Key(key("bot", "avatar")));
    add(*presence != new.bot.presence, Change::Key(key("bot", "presence")));
    add(old.http != new.http, Change::Key(key("http", "allow")));
    let listen = |config: &Config| config.web.as_ref().map(|web| web.listen);
    let public_url = |config: &Config| config.web.as_ref().and_then(|web| web.public_url.clone());
    add(listen(old) != listen(new), Change::NeedsRestart(key("web", "listen")));
    add(public_url(old) != public_url(new), Change::Key(key("web", "public_url")));
    add(old.log.level != new.log.level, Change::Key(key("log", "level")));
    add(old.log.format != new.log.format, Change::NeedsRestart(key("log", "format")));
}

fn add_accounts(old: &Config, new: &Config, changes: &mut Vec<Change>) {
    for (id, account) in &old.accounts {
        match new.accounts.get(id) {
            None => changes.push(Change::AccountRemoved(id.clone())),
            Some(now) if now != account => {
                changes.push(Change::AccountChanged { account: id.clone(), keys: account_keys(account, now) });
            }
            Some(_) => {}
        }
    }
    changes.extend(only_in(&new.accounts, &old.accounts).map(Change::AccountAdded));
}

fn account_keys(old: &Account, new: &Account) -> BTreeSet<&'static str> {
    let Account { jid, password, address, tls, ca_file, max_rooms, words_per_second, standby } = old;
    different([
        ("jid", *jid != new.jid),
        ("password", *password != new.password),
        ("address", *address != new.address),
        ("tls", *tls != new.tls),
        ("ca_file", *ca_file != new.ca_file),
        ("max_rooms", *max_rooms != new.max_rooms),
        ("words_per_second", *words_per_second != new.words_per_second),
        ("standby", *standby != new.standby),
    ])
}

/// A room with `join = false` is as good as absent.
fn add_rooms(old: &Config, new: &Config, changes: &mut Vec<Change>) {
    let joined = |config: &Config| -> BTreeMap<RoomJid, Room> {
        config.rooms.iter().filter(|(_, room)| room.join).map(|(jid, room)| (jid.clone(), room.clone())).collect()
    };
    let (old, new) = (joined(old), joined(new));
    for (jid, room) in &old {
        let Some(now) = new.get(jid) else {
            changes.push(Change::RoomRemoved(jid.clone()));
            continue;
        };
        let keys = room_keys(room, now);
        if !keys.is_empty() {
            changes.push(Change::RoomChanged { room: jid.clone(), keys });
        }
    }
    changes.extend(only_in(&new, &old).map(Change::RoomAdded));
}

/// Whether a value is the room's own or a default makes no difference to a running bot.
fn room_keys(old: &Room, new: &Room) -> BTreeSet<&'static str> {
    let Room { account, nick, password, language, prefix, timezone, .. } = old;
    let Room { join: _, create, records, retention, alerts, plugins, own_keys: _, .. } = old;
    different([
        ("account", *account != new.account),
        ("nick", *nick != new.nick),
        ("password", *password != new.password),
        ("language", *language != new.language),
        ("prefix", *prefix != new.prefix),
        ("timezone", *timezone != new.timezone),
        ("create", *create != new.create),
        ("records", *records != new.records),
        ("retention", *retention != new.retention),
        ("alerts", *alerts != new.alerts),
        ("plugins", *plugins != new.plugins),
    ])
}

fn add_plugins(old: &Config, new: &Config, changes: &mut Vec<Change>) {
    let nothing = PluginConfig::default();
    let names: BTreeSet<&PluginName> = old.plugins.keys().chain(new.plugins.keys()).collect();
    for name in names {
        if old.plugins.get(name).unwrap_or(&nothing) != new.plugins.get(name).unwrap_or(&nothing) {
            changes.push(Change::PluginChanged(name.clone()));
        }
    }
}

fn only_in<'m, K: Ord + Clone, V>(here: &'m BTreeMap<K, V>, not_here: &'m BTreeMap<K, V>) -> impl Iterator<Item = K> {
    here.keys().filter(|key| !not_here.contains_key(key)).cloned()
}

fn different<const N: usize>(keys: [(&'static str, bool); N]) -> BTreeSet<&'static str> {
    keys.into_iter().filter(|(_, is_different)| *is_different).map(|(key, _)| key).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Surroundings, load_text};

    const BASE: &str = r#"
[bot]
owners = ["juliet@capulet.example"]
[accounts.main]
jid = "domovoi@example.org"
password = "p"
[rooms."garden@chat.example.org"]
[rooms."hall@chat.example.org"]
nick = "brownie"
[plugins.guard]
preset = "public"
[log]
level = "info"
"#;

    fn config(text: &str) -> Config {
        let around = Surroundings { env: &|_| None, catalogue: &|_| Box::new(()) };
        load_text(Path::new("domovoi.toml"), text, around, &[]).unwrap().config
    }

    #[test]
    fn each_edit_is_one_change() {
        for (old, new, expected) in [
            ("", "", ""),
            ("\"juliet@capulet.example\"", "\"romeo@montague.example\"", "bot.owners changed"),
            ("[accounts", "data_dir = \"d\"\n[accounts", "bot.data_dir changed, which needs a restart"),
            ("\"p\"", "\"q\"\nmax_rooms = 5", "account main changed: max_rooms, password"),
            ("[rooms.\"g", "[accounts.b]\njid=\"b@x.example\"\npassword=\"p\"\n[rooms.\"g", "account b is new"),
            ("[rooms.\"hall@chat.example.org\"]\nnick = \"brownie\"", "", "room hall@chat.example.org is gone"),
            ("nick = \"brownie\"", "join = false", "room hall@chat.example.org is gone"),
            ("hall@", "yard@", "room yard@chat.example.org is new\nroom hall@chat.example.org is gone"),
            ("brownie", "domovoi", "room hall@chat.example.org changed: nick"),
            // A default that comes to the same value is no change for that room.
            (
                "[accounts",
                "nick=\"brownie\"\n[accounts",
                "bot.nick changed\nroom garden@chat.example.org changed: nick",
            ),
            ("public", "strict", "settings of plugin guard changed"),
            ("[log]", "[plugins.links]\n[log]", ""),
            ("\"info\"", "\"debug\"\nformat=\"json\"", "log.format changed, which needs a restart\nlog.level changed"),
            ("[log]", "[web]\nlisten=\"127.0.0.1:1\"\n[log]", "web.listen changed, which needs a restart"),
        ] {
            let after = BASE.replacen(old, new, 1);
            let changes = differences(&config(BASE), &config(&after));
            let lines: Vec<String> = changes.iter().map(ToString::to_string).collect();
            assert_eq!(lines.join("\n"), expected, "{old} -> {new}");
        }
    }
}
