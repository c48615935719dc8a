//! What the reacting half keeps in the store, in the form in which it stands there.

use std::collections::{BTreeMap, BTreeSet};

use domovoi_plugin::{Context, Fault, RoomJid, Scope, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::lists::{
    deed::Deed,
    own::{Mode, OwnRule},
    parse,
    words::{Book, Entry, Kind},
};

/// Entries of one list that is kept by chat; a longer one is better a file.
pub(crate) const MOST_IN_LIST: usize = 300;

/// An entry of a word list.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct WordEntry {
    #[serde(rename = "k")]
    pub(crate) kind: Kind,
    #[serde(rename = "t")]
    pub(crate) text: String,
    #[serde(rename = "d")]
    pub(crate) deed: String,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Timestamp>,
    #[serde(rename = "o", default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_observed: bool,
    /// How often it hit.
    #[serde(rename = "n", default)]
    pub(crate) n_hits: u32,
    #[serde(rename = "b", default)]
    pub(crate) by: String,
}

impl WordEntry {
    fn entry(&self, list: &str) -> Option<Entry> {
        let (deed, text, list) = (Deed::parse(&self.deed).ok()?, self.text.as_str().into(), list.into());
        Some(Entry { list, kind: self.kind, text, deed, until: self.until, is_observed: self.is_observed })
    }

    /// Whether it holds no more.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

/// A rule of an owner.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct RuleEntry {
    /// As it was written.
    pub(crate) source: String,
    #[serde(default)]
    pub(crate) mode: Mode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Timestamp>,
    #[serde(default)]
    pub(crate) n_hits: u32,
    #[serde(default)]
    pub(crate) by: String,
    pub(crate) at: Timestamp,
}

impl RuleEntry {
    /// Ready to be asked.
    pub(crate) fn rule(&self) -> Option<OwnRule> {
        let parsed = parse::parse(&self.source).ok()?;
        let (name, until) = (parsed.name.into(), self.until);
        Some(OwnRule { name, condition: parsed.condition, deed: parsed.deed, until, mode: self.mode })
    }
}

/// What one room keeps, or all rooms together.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Kept {
    /// Word lists by name.
    pub(crate) words: BTreeMap<String, Vec<WordEntry>>,
    /// Rules by name.
    pub(crate) rules: BTreeMap<String, RuleEntry>,
    /// JIDs and domains that block lists do not count against.
    pub(crate) exceptions: BTreeSet<String>,
}

impl Kept {
    /// As it stands in the store.
    pub(crate) async fn load(cx: &Context, scope: &Scope) -> Result<Self, Fault> {
        let mut kept = Self::default();
        for key in cx.services.state.keys(scope, "words/").await? {
            let Some(name) = key.strip_prefix("words/") else { continue };
            if let Some(list) = get(cx, scope, &key).await? {
                kept.words.insert(name.to_owned(), list);
            }
        }
        for key in cx.services.state.keys(scope, "rule/").await? {
            let Some(name) = key.strip_prefix("rule/") else { continue };
            if let Some(rule) = get(cx, scope, &key).await? {
                kept.rules.insert(name.to_owned(), rule);
            }
        }
        kept.exceptions = get(cx, scope, "except").await?.unwrap_or_default();
        Ok(kept)
    }

    /// Its word lists, ready to be asked.
    pub(crate) fn book(&self) -> Book {
        Book::new(self.words.iter().flat_map(|(name, list)| list.iter().filter_map(|it| it.entry(name))))
    }

    /// Its rules, ready to be asked.
    pub(crate) fn rules(&self) -> Vec<OwnRule> {
        self.rules.values().filter_map(RuleEntry::rule).collect()
    }
}

/// Where something of a room stands, or of all rooms.
pub(crate) fn scope(room: Option<&RoomJid>) -> Scope {
    room.map_or(Scope::Global, |it| Scope::Room(it.clone()))
}

/// Reads a value; what an older version wrote and this one cannot read is as if it were not there.
pub(crate) async fn get<T: DeserializeOwned>(cx: &Context, scope: &Scope, key: &str) -> Result<Option<T>, Fault> {
    let value = cx.services.state.get(scope, key).await?;
    Ok(value.and_then(|it| serde_json::from_value(it).ok()))
}

/// Writes a value, or removes it.
pub(crate) async fn put<T: Serialize + Sync>(
    cx: &Context,
    scope: &Scope,
    key: &str,
    value: Option<&T>,
) -> Result<(), Fault> {
    let value = value.map(serde_json::to_value).transpose().map_err(|it| Fault::Broken(it.to_string()))?;
    Ok(cx.services.state.set(scope, key, value, None).await?)
}
