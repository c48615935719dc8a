//! What was changed by chat: laid over the file, written to the store before it holds, never written to the file.
//!
//! A change is first tried: if the configuration would be wrong with it, it is refused in the words of that mistake and
//! nothing has happened. What an earlier version took and this one does not is left out at the start, not fatal.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use domovoi_plugin::{RoomJid, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use toml::Value;
use tracing::warn;

use super::core::{Host, Replaced};
use crate::{
    config::{self, Bot, Config, KeyPath, Loaded, Mistakes, OverlayEntry, PluginCatalogue, Surroundings},
    store::{Batch, State, StoreError, Tree, held},
};

/// So many changes of the past are remembered.
const HISTORY: usize = 1000;

type EnvOf = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;
/// What gives the plugins that a configuration can name.
pub type CatalogueOf = Box<dyn Fn(&Bot) -> Box<dyn PluginCatalogue> + Send + Sync>;

/// What a configuration is read from.
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// The environment, for `password_env`.
    pub env: EnvOf,
    /// The plugins there are.
    pub catalogue: CatalogueOf,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({})", self.path.display())
    }
}

impl Source {
    fn read(&self, text: &str, entries: &[OverlayEntry]) -> Result<Loaded, Mistakes> {
        let around = Surroundings { env: &*self.env, catalogue: &*self.catalogue };
        config::load_text(&self.path, text, around, entries)
    }

    fn read_file(&self, entries: &[OverlayEntry]) -> Result<(String, Loaded), Mistakes> {
        let text = std::fs::read_to_string(&self.path);
        let text = text.map_err(|error| whole(&self.path, format!("cannot read the configuration: {error}")))?;
        self.read(&text, entries).map(|loaded| (text, loaded))
    }
}

/// One key as it was changed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Its value.
    pub value: Value,
    /// Who changed it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Whether it is nobody's to see.
    #[serde(default)]
    pub is_secret: bool,
}

/// A change of one key.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// Which.
    pub key: KeyPath,
    /// Its new value; `None` takes the change back, so that the file holds again.
    pub value: Option<Value>,
    /// Whether it is nobody's to see.
    pub is_secret: bool,
}

impl Change {
    /// Sets a key.
    #[must_use]
    pub fn set(key: KeyPath, value: impl Into<Value>) -> Self {
        Self { key, value: Some(value.into()), is_secret: false }
    }

    /// Takes back what was changed.
    #[must_use]
    pub fn unset(key: KeyPath) -> Self {
        Self { key, value: None, is_secret: false }
    }
}

/// What is remembered of a change.
#[derive(Serialize, Deserialize)]
struct Past {
    at: Timestamp,
    by: String,
    key: String,
    before: Option<Value>,
    after: Option<Value>,
}

/// Why something was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The configuration would be wrong.
    #[error("{0}")]
    Wrong(String),
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// This bot runs without a file, so that there is nothing to lay a change over.
    #[error("this bot's configuration cannot be changed while it runs")]
    Fixed,
}

/// Why the configuration could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file is wrong.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The changes made by chat, over a file.
#[derive(Debug)]
pub struct Overlay {
    source: Arc<Source>,
    /// Held over waits on purpose: changes are made one after the other, each from trying it to its being in force.
    now: Mutex<Now>,
}

#[derive(Debug)]
struct Now {
    /// The file as it was when it was last good.
    text: String,
    entries: BTreeMap<KeyPath, Entry>,
    /// What of the entries does not fit.
    skipped: Mistakes,
    n_past: usize,
    last_past: i64,
}

impl Overlay {
    /// Reads the file with everything over it that was ever changed by chat.
    ///
    /// # Errors
    /// All that is wrong in the file, or why the store cannot be read.
    pub async fn open(state: &State, source: Source) -> Result<(Self, Loaded), OpenError> {
        let entries = load(state).await?;
        let n_past = state.scan(Tree::OverlayHistory, Vec::new(), 10 * HISTORY).await?.len();
        let source = Arc::new(source);
        let (text, loaded) = read_file(&source, listed(&entries)).await?;
        let now = Now { text, entries, skipped: loaded.skipped.clone(), n_past, last_past: 0 };
        Ok((Self { source, now: Mutex::new(now) }, loaded))
    }

    /// The folder of the file.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.source.path.parent()
    }

    /// Whether nothing was changed.
    pub async fn is_empty(&self) -> bool {
        self.now.lock().await.entries.is_empty()
    }
}

/// The entries in the store.
async fn load(state: &State) -> Result<BTreeMap<KeyPath, Entry>, StoreError> {
    let pairs = state.scan(Tree::Overlay, Vec::new(), 100_000).await?;
    let read = |(key, value): &(Vec<u8>, Vec<u8>)| {
        let key = String::from_utf8_lossy(key);
        let entry = serde_json::from_slice(value);
        let path = key.parse::<KeyPath>();
        if entry.is_err() || path.is_err() {
            warn!(%key, "a change made by chat cannot be read and does not hold");
        }
        Some((path.ok()?, entry.ok()?))
    };
    Ok(pairs.iter().filter_map(read).collect())
}

fn listed(entries: &BTreeMap<KeyPath, Entry>) -> Vec<OverlayEntry> {
    entries.iter().map(|(key, entry)| (key.clone(), entry.value.clone())).collect()
}

/// Files are read where waiting for a disk holds up nobody.
async fn read_file(source: &Arc<Source>, entries: Vec<OverlayEntry>) -> Result<(String, Loaded), Mistakes> {
    let (reader, path) = (source.clone(), source.path.clone());
    let read = tokio::task::spawn_blocking(move || reader.read_file(&entries)).await;
    read.unwrap_or_else(|error| Err(whole(&path, format!("reading the configuration failed: {error}"))))
}

async fn read_text(source: &Arc<Source>, text: String, entries: Vec<OverlayEntry>) -> Result<Loaded, Mistakes> {
    let (reader, path) = (source.clone(), source.path.clone());
    let read = tokio::task::spawn_blocking(move || reader.read(&text, &entries)).await;
    read.unwrap_or_else(|error| Err(whole(&path, format!("reading the configuration failed: {error}"))))
}

/// A mistake of the file as a whole.
fn whole(path: &Path, what: String) -> Mistakes {
    let place = config::Place::File { path: path.to_owned(), line: 0 };
    Mistakes::new(vec![config::Mistake { place, key: KeyPath::root(), what }])
}

impl Host {
    /// Changes the configuration, all of it or nothing: tried, written down, in force.
    ///
    /// # Errors
    /// Why not; then nothing was changed.
    pub async fn change(&self, changes: Vec<Change>, by: &str) -> Result<(), ChangeError> {
        let overlay = self.live.overlay().ok_or(ChangeError::Fixed)?;
        let mut now = overlay.now.lock().await;
        let at = self.clock.now();
        let mut entries = now.entries.clone();
        for change in &changes {
            match &change.value {
                Some(value) => {
                    let (value, by, is_secret) = (value.clone(), by.to_owned(), change.is_secret);
                    entries.insert(change.key.clone(), Entry { value, by, at, is_secret });
                }
                None => {
                    entries.remove(&change.key);
                }
            }
        }
        let loaded = read_text(&overlay.source, now.text.clone(), listed(&entries)).await;
        let loaded = loaded.map_err(|mistakes| ChangeError::Wrong(sentence(&mistakes)))?;
        let new_mistakes = loaded.skipped.iter().filter(|it| !now.skipped.iter().any(|old| old == *it));
        let new_mistakes: Vec<_> = new_mistakes.cloned().collect();
        if !new_mistakes.is_empty() {
            return Err(ChangeError::Wrong(sentence(&Mistakes::new(new_mistakes))));
        }
        self.write(&mut now, &entries, &changes, by).await?;
        now.entries = entries;
        now.skipped = loaded.skipped;
        self.set_config(loaded.config, false);
        Ok(())
    }

    async fn write(
        &self,
        now: &mut Now,
        entries: &BTreeMap<KeyPath, Entry>,
        changes: &[Change],
        by: &str,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        for change in changes {
            let name = change.key.to_string();
            batch = match entries.get(&change.key) {
                Some(entry) => batch.put_json(Tree::Overlay, name.clone(), entry)?,
                None => batch.delete(Tree::Overlay, name.clone()),
            };
            let before = now.entries.get(&change.key);
            let is_secret = change.is_secret || before.is_some_and(|it| it.is_secret);
            let shown =
                |value: Option<&Value>| value.map(|it| if is_secret { Value::from("********") } else { it.clone() });
            let past = Past {
                at: self.clock.now(),
                by: by.to_owned(),
                key: name,
                before: shown(before.map(|it| &it.value)),
                after: shown(change.value.as_ref()),
            };
            now.last_past = past.at.as_millis().max(now.last_past + 1);
            batch = batch.put_json(Tree::OverlayHistory, format!("{:016}", now.last_past), &past)?;
            now.n_past += 1;
        }
        if HISTORY < now.n_past {
            let oldest = self.store.state.scan(Tree::OverlayHistory, Vec::new(), now.n_past - HISTORY).await?;
            now.n_past -= oldest.len();
            batch = oldest.into_iter().fold(batch, |batch, (key, _)| batch.delete(Tree::OverlayHistory, key));
        }
        held(self.store.state.commit(batch).await)
    }

    /// Reads the file again, with the changes by chat over it. A broken file changes nothing.
    ///
    /// # Errors
    /// All that is wrong in it.
    pub async fn reload(&self) -> Result<Mistakes, Mistakes> {
        let Some(overlay) = self.live.overlay() else { return Ok(Mistakes::default()) };
        let mut now = overlay.now.lock().await;
        let (text, loaded) = read_file(&overlay.source, listed(&now.entries)).await?;
        now.text = text;
        now.skipped = loaded.skipped.clone();
        self.set_config(loaded.config, true);
        Ok(loaded.warnings)
    }

    /// Reads the file as [`Host::reload`] does, and changes nothing.
    ///
    /// # Errors
    /// All that is wrong in it.
    pub async fn check_file(&self) -> Result<(), Mistakes> {
        let Some(overlay) = self.live.overlay() else { return Ok(()) };
        let entries = listed(&overlay.now.lock().await.entries);
        read_file(&overlay.source, entries).await.map(drop)
    }

    /// What was changed by chat, in the order of the keys, and what the file says of each.
    pub async fn changed(&self) -> Vec<(KeyPath, Entry, Option<Value>)> {
        let Some(overlay) = self.live.overlay() else { return Vec::new() };
        let now = overlay.now.lock().await;
        let file: toml::Table = now.text.parse().unwrap_or_default();
        now.entries.iter().map(|(key, entry)| (key.clone(), entry.clone(), look_up(&file, key))).collect()
    }

    /// Whether the file itself names a room.
    pub async fn is_room_in_file(&self, room: &RoomJid) -> bool {
        let Some(overlay) = self.live.overlay() else { return true };
        let now = overlay.now.lock().await;
        let file: toml::Table = now.text.parse().unwrap_or_default();
        let rooms = file.get("rooms").and_then(Value::as_table);
        rooms.is_some_and(|rooms| rooms.keys().any(|it| it.parse::<RoomJid>().is_ok_and(|it| it == *room)))
    }

    /// The new configuration is in force from here on; whoever must act on it is told.
    fn set_config(&self, config: Config, is_reload: bool) {
        let old = self.live.replace(config);
        self.config_changed(Replaced { old: &old, new: &self.live.config(), is_reload });
    }
}

fn look_up(file: &toml::Table, key: &KeyPath) -> Option<Value> {
    let (last, above) = key.keys().split_last()?;
    let table = above.iter().try_fold(file, |table, key| table.get(key)?.as_table())?;
    table.get(last).cloned()
}

/// The mistakes as one sentence to answer with: without places, which are all "the change just made".
fn sentence(mistakes: &Mistakes) -> String {
    let said = mistakes.iter().map(|it| match it.key.is_empty() {
        true => it.what.clone(),
        false => format!("{}: {}", it.key, it.what),
    });
    said.collect::<Vec<_>>().join("; ")
}
