//! What plugins keep in the store: keys and values, by room and person, some of them only for a time.
//!
//! A plugin that did not come with domovoi has a shelf that can be full: a loop that writes must not fill the disk, where
//! others have to write too. What has run out is taken off it when it is needed, and from every plugin's once a day.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domovoi_plugin::{PluginName, Power, Scope, ServiceError, State, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing::warn;

use super::{
    core::{Host, OWN_NAME},
    services::Of,
};
use crate::store::{Batch, StoreError, Tree, held};

/// A stored value is at most this long.
const MAX_VALUE_BYTES: usize = 64 * 1024;
/// A key is at most this long.
const MAX_KEY_BYTES: usize = 512;
/// So many keys are listed at once.
const MAX_LISTED: usize = 1000;
/// A plugin that did not come with domovoi keeps at most so many values ...
const MAX_KEYS: usize = 20_000;
/// ... of so many bytes in all, keys included.
const MAX_BYTES: usize = 64 << 20;
/// A full shelf is looked through for what ran out at most so often, however often a plugin tries to write.
const SWEPT_EVERY: Duration = Duration::from_secs(10);
/// So many values that ran out are forgotten in one batch.
const AT_ONCE: usize = 1000;

/// A value with when it is to be forgotten.
#[derive(Serialize, Deserialize)]
struct Kept {
    value: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

impl Kept {
    fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// When a value is to be forgotten, whatever it is.
#[derive(Deserialize)]
struct Until {
    until: Option<Timestamp>,
}

/// How much a plugin keeps.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Size {
    n_keys: usize,
    n_bytes: usize,
}

impl Size {
    fn add(&mut self, n_bytes: usize) {
        self.n_keys += 1;
        self.n_bytes += n_bytes;
    }

    fn take(&mut self, n_bytes: usize) {
        self.n_keys = self.n_keys.saturating_sub(1);
        self.n_bytes = self.n_bytes.saturating_sub(n_bytes);
    }

    const fn is_more_than(self, most: Self) -> bool {
        most.n_keys < self.n_keys || most.n_bytes < self.n_bytes
    }
}

/// What is known of a plugin's shelf.
#[derive(Default)]
struct Shelf {
    /// How much is on it, once that was counted.
    size: Option<Size>,
    /// When what had run out was taken off it because it was full.
    swept: Option<Timestamp>,
}

impl Shelf {
    /// Whether it was swept so lately that doing it again would only burn the store.
    fn is_swept(&self, now: Timestamp) -> bool {
        self.swept.is_some_and(|it| it <= now && now.since(it) < SWEPT_EVERY)
    }
}

/// Held over waits on purpose, by who writes there.
type Held = Arc<tokio::sync::Mutex<Shelf>>;

/// The shelves of the plugins that wrote something since the start: as many as there are plugins.
pub(super) struct Shelves {
    all: Mutex<BTreeMap<PluginName, Held>>,
    most: Mutex<Size>,
}

impl Default for Shelves {
    fn default() -> Self {
        Self { all: Mutex::default(), most: Mutex::new(Size { n_keys: MAX_KEYS, n_bytes: MAX_BYTES }) }
    }
}

impl Shelves {
    fn of(&self, plugin: &PluginName) -> Held {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).entry(plugin.clone()).or_default().clone()
    }

    fn most(&self) -> Size {
        *self.most.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As if they were shorter than they are.
    #[cfg(test)]
    pub(super) fn cut(&self, n_keys: usize, n_bytes: usize) {
        *self.most.lock().unwrap() = Size { n_keys, n_bytes };
    }
}

fn prefix(plugin: &PluginName) -> Vec<u8> {
    format!("{plugin}\0").into_bytes()
}

fn store_error(error: &StoreError) -> ServiceError {
    ServiceError::Store(error.to_string())
}

impl Host {
    /// How much a plugin keeps.
    async fn measure(&self, plugin: &PluginName) -> Result<Size, StoreError> {
        let count = |size: &mut Size, key: &[u8], value: &[u8]| {
            size.add(key.len() + value.len());
            true
        };
        self.store.state.each((Tree::Kv, prefix(plugin)), Size::default(), count).await
    }

    /// Forgets what has run out of what a plugin keeps; gives how much that was.
    ///
    /// # Errors
    /// If the store cannot be read or does not take it.
    pub(super) async fn forget_expired(&self, plugin: &PluginName) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let find = move |keys: &mut Vec<Vec<u8>>, key: &[u8], value: &[u8]| {
            // What cannot be read is left alone.
            let until = serde_json::from_slice::<Until>(value).ok().and_then(|it| it.until);
            if until.is_some_and(|until| until <= now) {
                keys.push(key.to_vec());
            }
            true
        };
        let keys = self.store.state.each((Tree::Kv, prefix(plugin)), Vec::new(), find).await?;
        for some in keys.chunks(AT_ONCE) {
            let batch = some.iter().fold(Batch::new(), |batch, key| batch.delete(Tree::Kv, key.clone()));
            held(self.store.state.commit(batch).await)?;
        }
        Ok(keys.len())
    }

    /// The same for every plugin that there is.
    pub(super) async fn forget_all_expired(&self) {
        // What the host itself keeps has forms of its own.
        for installed in self.roster().plugins.iter().filter(|it| it.name().as_str() != OWN_NAME) {
            let shelf = self.shelves.of(installed.name());
            let mut shelf = shelf.lock().await;
            // Counted anew when something is written next.
            shelf.size = None;
            if let Err(error) = self.forget_expired(installed.name()).await {
                warn!(plugin = %installed.name(), %error, "what ran out was not forgotten; tried again tomorrow");
            }
        }
    }
}

impl Of {
    /// What a plugin keeps takes a power, whichever scope it is kept in.
    fn may_keep(&self, scope: &Scope) -> Result<(), ServiceError> {
        let room = match scope {
            Scope::Room(room) | Scope::PersonIn(room, _) => Some(room),
            Scope::Global | Scope::Person(_) => None,
        };
        let is_granted = if room.is_some() { self.may(room, Power::Store) } else { self.may_somewhere(Power::Store) };
        match is_granted {
            true => Ok(()),
            false => Err(ServiceError::Refused("the plugin was not given the power `store`".to_owned())),
        }
    }

    /// `plugin NUL scope NUL key`: no part can hold a NUL, so keys of two plugins never meet.
    fn key(&self, scope: &Scope, key: &str) -> Result<Vec<u8>, ServiceError> {
        let scope = match scope {
            Scope::Global => "g".to_owned(),
            Scope::Room(room) => format!("r{room}"),
            Scope::Person(identity) => format!("p{identity}"),
            Scope::PersonIn(room, identity) => format!("b{room} {identity}"),
        };
        if MAX_KEY_BYTES < key.len() || key.contains('\0') {
            return Err(ServiceError::Store(format!("a key has at most {MAX_KEY_BYTES} bytes and no NUL")));
        }
        Ok(format!("{}\0{scope}\0{key}", self.plugin).into_bytes())
    }

    async fn commit(&self, batch: Batch) -> Result<(), ServiceError> {
        held(self.host.store.state.commit(batch).await).map_err(|it| store_error(&it))
    }

    /// Puts a value on a shelf that can be full, or takes it off.
    async fn shelve(&self, key: Vec<u8>, value: Option<Vec<u8>>) -> Result<(), ServiceError> {
        let (shelf, most) = (self.host.shelves.of(&self.plugin), self.host.shelves.most());
        let mut shelf = shelf.lock().await;
        let mut size = self.measured(&mut shelf).await?;
        let state = &self.host.store.state;
        let old = state.get(Tree::Kv, key.clone()).await.map_err(|it| store_error(&it))?;
        let changed = |mut size: Size| {
            old.iter().for_each(|it| size.take(key.len() + it.len()));
            value.iter().for_each(|it| size.add(key.len() + it.len()));
            size
        };
        let is_too_much = |size| value.is_some() && changed(size).is_more_than(most);
        if is_too_much(size) {
            size = self.swept(&mut shelf).await?;
        }
        if is_too_much(size) {
            return Err(ServiceError::Refused(format!(
                "what the plugin keeps is full: it has at most {} values and {} MiB",
                most.n_keys,
                most.n_bytes >> 20
            )));
        }
        let size = changed(size);
        self.commit(match value {
            Some(value) => Batch::new().put(Tree::Kv, key, value),
            None => Batch::new().delete(Tree::Kv, key),
        })
        .await?;
        shelf.size = Some(size);
        Ok(())
    }

    /// How much is on the shelf; counted only where that is not known.
    async fn measured(&self, shelf: &mut Shelf) -> Result<Size, ServiceError> {
        if let Some(size) = shelf.size {
            return Ok(size);
        }
        let size = self.host.measure(&self.plugin).await.map_err(|it| store_error(&it))?;
        Ok(*shelf.size.insert(size))
    }

    /// How much is on the shelf without what nobody can see any more, of which it may be full.
    async fn swept(&self, shelf: &mut Shelf) -> Result<Size, ServiceError> {
        let now = self.host.clock.now();
        if !shelf.is_swept(now) {
            shelf.swept = Some(now);
            let n_forgotten = self.host.forget_expired(&self.plugin).await;
            if !matches!(n_forgotten, Ok(0)) {
                shelf.size = None;
            }
            n_forgotten.map_err(|it| store_error(&it))?;
        }
        self.measured(shelf).await
    }
}

#[async_trait]
impl State for Of {
    async fn get(&self, scope: &Scope, key: &str) -> Result<Option<Value>, ServiceError> {
        self.may_keep(scope)?;
        let key = self.key(scope, key)?;
        let kept: Option<Kept> = self.host.store.state.get_json(Tree::Kv, key).await.map_err(|it| store_error(&it))?;
        let now = self.host.clock.now();
        Ok(kept.filter(|it| it.holds(now)).map(|it| it.value))
    }

    async fn set(
        &self,
        scope: &Scope,
        key: &str,
        value: Option<Value>,
        keep: Option<Duration>,
    ) -> Result<(), ServiceError> {
        self.may_keep(scope)?;
        let key = self.key(scope, key)?;
        let until = keep.map(|it| self.host.clock.now() + it);
        let bytes = value.map(|value| serde_json::to_vec(&Kept { value, until })).transpose();
        let bytes = bytes.map_err(|it| ServiceError::Store(it.to_string()))?;
        if bytes.as_ref().is_some_and(|it| MAX_VALUE_BYTES < it.len()) {
            return Err(ServiceError::Store(format!("a value has at most {MAX_VALUE_BYTES} bytes")));
        }
        if self.host.installed(&self.plugin).is_none_or(|it| !it.manifest.is_bundled) {
            return self.shelve(key, bytes).await;
        }
        self.commit(match bytes {
            Some(bytes) => Batch::new().put(Tree::Kv, key, bytes),
            None => Batch::new().delete(Tree::Kv, key),
        })
        .await
    }

    async fn keys(&self, scope: &Scope, prefix: &str) -> Result<Vec<String>, ServiceError> {
        self.may_keep(scope)?;
        let begin = self.key(scope, "")?.len();
        let full = self.key(scope, prefix)?;
        let now = self.host.clock.now();
        // What has run out and is still there takes nobody's place.
        let list = move |names: &mut Vec<String>, key: &[u8], value: &[u8]| {
            if serde_json::from_slice::<Kept>(value).is_ok_and(|it| it.holds(now)) {
                names.push(String::from_utf8_lossy(key.get(begin..).unwrap_or_default()).into_owned());
            }
            names.len() < MAX_LISTED
        };
        let names = self.host.store.state.each((Tree::Kv, full), Vec::new(), list).await;
        names.map_err(|it| store_error(&it))
    }
}
