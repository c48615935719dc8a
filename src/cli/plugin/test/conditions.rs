//! The configuration of a test: what the plugin may do, how it is set, which rooms there are.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use domovoi_plugin::{Affiliation, Manifest, PluginName, Power, Role, RoomJid};
use serde_json::{Map, Value as Json};

use crate::cli::stage::server::Terms;

/// Who owns the bot in tests.
pub(super) const OWNER: &str = "owner@people.example";
/// What `test.room` can be told.
const ROOM_KEYS: &[&str] = &[
    "name",
    "bot",
    "nick",
    "language",
    "prefix",
    "timezone",
    "moderated",
    "nonanonymous",
    "occupant_ids",
    "options",
    "plugins",
];

/// Everything that the configuration of a test is made of.
pub(super) struct Conditions {
    plugin: PluginName,
    powers: BTreeSet<String>,
    options: Map<String, Json>,
    rooms: BTreeMap<RoomJid, Map<String, Json>>,
}

impl Conditions {
    /// No room yet; the plugin may do what it asks for.
    pub(super) fn new(manifest: &Manifest) -> Self {
        let powers = manifest.powers.iter().map(|it| it.as_str().to_owned()).collect();
        Self { plugin: manifest.name.clone(), powers, options: Map::new(), rooms: BTreeMap::new() }
    }

    /// A room, as `test.room` describes it.
    pub(super) fn add_room(&mut self, given: &Json) -> Result<(RoomJid, Terms), String> {
        let none = Map::new();
        let given = match given {
            Json::Null => &none,
            Json::Object(given) => given,
            Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => {
                return Err("a room is described as { bot = \"admin\", language = \"ru\" }".to_owned());
            }
        };
        if let Some(key) = given.keys().find(|it| !ROOM_KEYS.contains(&it.as_str())) {
            return Err(format!("there is no `{key}` of a room: there are {}", ROOM_KEYS.join(", ")));
        }
        let name = words(given, "name")?.map_or_else(|| self.free_name(), str::to_owned);
        let jid = if name.contains('@') { name } else { format!("{name}@chat.example") };
        let room: RoomJid = jid.parse().map_err(|error| format!("`{jid}` is no room: {error}"))?;
        if self.rooms.contains_key(&room) {
            return Err(format!("there is a room {room} already: give the other one a `name`"));
        }
        let own = match words(given, "bot")? {
            None => Affiliation::Admin,
            Some(word) => affiliation(word)?,
        };
        let newcomer = if flag(given, "moderated")?.unwrap_or(false) { Role::Visitor } else { Role::Participant };
        let terms = Terms {
            own,
            newcomer,
            is_non_anonymous: flag(given, "nonanonymous")?.unwrap_or(true),
            has_occupant_ids: flag(given, "occupant_ids")?.unwrap_or(true),
        };
        self.rooms.insert(room.clone(), given.clone());
        Ok((room, terms))
    }

    /// Takes a room back that could not be made.
    pub(super) fn remove_room(&mut self, room: &RoomJid) {
        self.rooms.remove(room);
    }

    /// Sets an option of the plugin, in one room or in all.
    pub(super) fn set_option(&mut self, room: Option<&RoomJid>, name: &str, value: Json) {
        let options = match room.and_then(|it| self.rooms.get_mut(it)) {
            None => &mut self.options,
            Some(room) => {
                let options = room.entry("options").or_insert_with(|| Json::Object(Map::new()));
                let Json::Object(options) = options else { return };
                options
            }
        };
        if value.is_null() {
            options.remove(name);
        } else {
            options.insert(name.to_owned(), value);
        }
    }

    /// The plugin may do these, and no more.
    pub(super) fn set_powers(&mut self, given: &Json) -> Result<(), String> {
        let none = Vec::new();
        // An empty table of Lua's is no list.
        let is_none = given.as_object().is_some_and(Map::is_empty);
        let list = given.as_array().or_else(|| is_none.then_some(&none));
        let list = list.ok_or("powers are a list such as { \"say\", \"kick\" }")?;
        let known = |it: &str| Power::ALL.iter().any(|power| power.as_str() == it);
        let mut powers = BTreeSet::new();
        for power in list {
            let word = power.as_str().unwrap_or_default();
            if !known(word) {
                return Err(format!("there is no power `{word}`"));
            }
            powers.insert(word.to_owned());
        }
        self.powers = powers;
        Ok(())
    }

    /// The configuration file.
    pub(super) fn text(&self) -> String {
        let mut text = format!("[bot]\nowners = [\"{OWNER}\"]\n[plugins.{}]\nenabled = true\n", self.plugin);
        let powers: Vec<String> = self.powers.iter().map(|it| format!("\"{it}\"")).collect();
        // Writing to a string does not fail.
        writeln!(text, "powers = [{}]", powers.join(", ")).ok();
        put_all(&mut text, &self.options);
        for (room, given) in &self.rooms {
            writeln!(text, "[rooms.\"{room}\"]").ok();
            for key in ["nick", "language", "prefix", "timezone"] {
                if let Some(value) = given.get(key) {
                    writeln!(text, "{key} = {}", toml_of(value)).ok();
                }
            }
            writeln!(text, "[rooms.\"{room}\".plugins]").ok();
            match given.get("options") {
                Some(Json::Object(options)) if !options.is_empty() => {
                    writeln!(text, "{} = {}", self.plugin, toml_of(&Json::Object(options.clone()))).ok();
                }
                _ => drop(writeln!(text, "{} = true", self.plugin)),
            }
            if let Some(Json::Object(plugins)) = given.get("plugins") {
                put_all(&mut text, plugins);
            }
        }
        text
    }

    fn free_name(&self) -> String {
        let is_free = |name: &String| !self.rooms.keys().any(|it| it.as_str().split('@').next() == Some(name));
        let names = ["garden", "kitchen", "attic", "cellar"].into_iter().map(str::to_owned);
        names.chain((1..).map(|n| format!("room{n}"))).find(is_free).unwrap_or_default()
    }
}

/// Lines of a TOML table.
fn put_all(text: &mut String, map: &Map<String, Json>) {
    for (key, value) in map {
        // Writing to a string does not fail.
        writeln!(text, "{} = {}", Json::from(key.as_str()), toml_of(value)).ok();
    }
}

/// A value in TOML. Its strings are written as JSON's are.
fn toml_of(value: &Json) -> String {
    match value {
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => value.to_string(),
        Json::Array(items) => format!("[{}]", items.iter().map(toml_of).collect::<Vec<_>>().join(", ")),
        Json::Object(map) => {
            let pair = |(key, value): (&String, &Json)| format!("{} = {}", Json::from(key.as_str()), toml_of(value));
            format!("{{ {} }}", map.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
    }
}

/// An affiliation, as a test calls it.
pub(super) fn affiliation(word: &str) -> Result<Affiliation, String> {
    word.parse().map_err(|_| format!("there is no affiliation `{word}`: there are owner, admin, member, none, outcast"))
}

fn words<'a>(given: &'a Map<String, Json>, key: &str) -> Result<Option<&'a str>, String> {
    match given.get(key) {
        None => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or_else(|| format!("`{key}` is a text in quotes")),
    }
}

fn flag(given: &Map<String, Json>, key: &str) -> Result<Option<bool>, String> {
    match given.get(key) {
        None => Ok(None),
        Some(value) => value.as_bool().map(Some).ok_or_else(|| format!("`{key}` is true or false")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_a_room_can_be_told_is_written_down() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/plugins/api/luau/api.toml");
        let api: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
        let sections = api["section"].as_array().unwrap();
        let section = sections.iter().find(|it| it["type"].as_str() == Some("RoomOptions")).unwrap();
        let words = section["word"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap());
        assert_eq!(words.collect::<BTreeSet<_>>(), ROOM_KEYS.iter().copied().collect());
    }

    #[test]
    fn values_are_written_as_toml_reads_them() {
        let json = serde_json::json!({ "a": "q\"uo\nte", "b": [1, true], "c": { "d e": 1.5 } });
        let text = format!("x = {}", toml_of(&json));
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["x"]["a"].as_str(), Some("q\"uo\nte"));
        assert_eq!(table["x"]["c"]["d e"].as_float(), Some(1.5));
    }
}
