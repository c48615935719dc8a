//! Timers of plugins that ring once: kept in the store, so that they outlive a restart and the version that set them.
//!
//! A timer is forgotten once it was handed to its plugin: after a crash in between it rings twice rather than never. While
//! its plugin rests, is off there or not loaded, it waits; for a week, and then it is dropped.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domovoi_plugin::{PluginName, Power, Ring, RoomJid, ServiceError, Signal, Timers as Contract, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{
    core::{Host, OWN_NAME},
    in_hand::aside,
    instance::Job,
    services::Of,
};
use crate::store::{Batch, StoreError, Tree, held};

/// How often is looked after a timer that could not be delivered yet.
const LOOK: Duration = Duration::from_secs(1);
/// The longest wait: the clock may be set meanwhile.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// So many timers a plugin has at once.
const MOST: usize = 1000;
/// A name has at most so many characters, what is given along so many bytes of JSON.
const MAX_NAME: usize = 100;
const MAX_DATA: usize = 4096;
/// The shortest and the longest span.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(366 * 86_400);
/// Whatever could not be delivered for so long is dropped.
const GIVEN_UP: Duration = Duration::from_secs(7 * 86_400);
/// More than all plugins together have.
const ALL: usize = 200_000;

type Key = (PluginName, Option<RoomJid>, String);

/// A timer as it is kept.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Timer {
    plugin: PluginName,
    room: Option<RoomJid>,
    name: String,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    data: Value,
}

impl Timer {
    fn key(&self) -> Key {
        (self.plugin.clone(), self.room.clone(), self.name.clone())
    }
}

/// All timers, as they are in the store too.
#[derive(Default)]
pub(super) struct Timers {
    all: Mutex<BTreeMap<Key, Timer>>,
    /// Wakes whoever rings them: one was set.
    was_set: Notify,
    /// Held over waits on purpose: what is written of one timer is written in the order in which it happened.
    writing: tokio::sync::Mutex<()>,
}

impl Timers {
    fn all(&self) -> MutexGuard<'_, BTreeMap<Key, Timer>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long there is nothing to be done, if there is anything to be done at all.
    fn until_next(&self, now: Timestamp) -> Option<Duration> {
        let next = self.all().values().map(|it| it.at).min()?;
        Some(if next <= now { LOOK } else { next.since(now).min(LONGEST_WAIT) })
    }
}

fn prefix() -> String {
    format!("{OWN_NAME}\0timer\0")
}

fn store_key((plugin, room, name): &Key) -> String {
    format!("{}{plugin}\0{}\0{name}", prefix(), room.as_ref().map_or("", RoomJid::as_str))
}

/// Reads what is kept, and rings until it is cancelled.
pub(super) async fn run(host: Arc<Host>, cancel: CancellationToken) {
    let work = async {
        if let Err(error) = host.load_timers().await {
            warn!(%error, "the timers of plugins cannot be read; they ring after the next start");
        }
        host.ring_timers().await;
        // Cancel-safe: what was due is still due.
        while cancel.run_until_cancelled(aside(next(&host))).await.is_some() {
            host.ring_timers().await;
        }
    };
    host.in_hand.hold().during(work).await;
}

/// Waits until a timer has run out, or another is the next.
async fn next(host: &Host) {
    let was_set = host.timers.was_set.notified();
    match host.timers.until_next(host.clock.now()) {
        Some(span) => tokio::select! {
            biased;
            () = was_set => (),
            () = host.clock.sleep(span) => (),
        },
        None => was_set.await,
    }
}

impl Host {
    pub(super) async fn load_timers(&self) -> Result<(), StoreError> {
        let kept = self.store.state.scan(Tree::Kv, prefix().into_bytes(), ALL).await?;
        let read = kept.iter().filter_map(|(_, value)| serde_json::from_slice::<Timer>(value).ok());
        let mut timers = self.timers.all();
        for timer in read {
            // What was set since the start is newer.
            timers.entry(timer.key()).or_insert(timer);
        }
        Ok(())
    }

    /// Hands what has run out to its plugin, and forgets it.
    pub(super) async fn ring_timers(self: &Arc<Self>) {
        let now = self.clock.now();
        let due: Vec<Timer> = self.timers.all().values().filter(|it| it.at <= now).cloned().collect();
        for timer in due {
            let is_old = GIVEN_UP < now.since(timer.at);
            if is_old {
                info!(plugin = %timer.plugin, name = timer.name, "a timer could not be delivered for a week and is dropped");
            }
            if (is_old || self.ring(&timer))
                && let Err(error) = self.forget_timer(&timer.key(), Some(&timer)).await
            {
                warn!(plugin = %timer.plugin, %error, "that a timer has rung is not written down; it may ring again");
            }
        }
    }

    /// Whether its plugin has it.
    fn ring(self: &Arc<Self>, timer: &Timer) -> bool {
        let Some(installed) = self.installed(&timer.plugin) else { return false };
        let is_on = timer.room.as_ref().is_none_or(|room| self.is_on(&installed.manifest, room));
        let is_granted = self.powers(&installed.manifest, timer.room.as_ref()).contains(&Power::Schedule);
        if !is_on || !is_granted || self.pauses.rest(&timer.plugin, self.clock.now()).is_some() {
            return false;
        }
        self.power_used(&timer.plugin, Power::Schedule);
        let signal = Signal::Timer(Ring { name: timer.name.clone(), data: timer.data.clone() });
        installed.mailbox.try_send(Job::Signal(Box::new(signal), timer.room.clone(), self.in_hand.hold())).is_ok()
    }

    /// Forgets a timer, or just this one: whoever was called may have set the next of that name already.
    async fn forget_timer(&self, key: &Key, only: Option<&Timer>) -> Result<bool, StoreError> {
        let _order = self.timers.writing.lock().await;
        let was_there = {
            let mut timers = self.timers.all();
            if only.is_some_and(|it| timers.get(key).is_some_and(|now| now != it)) {
                return Ok(false);
            }
            timers.remove(key).is_some()
        };
        held(self.store.state.commit(Batch::new().delete(Tree::Kv, store_key(key))).await)?;
        Ok(was_there)
    }
}

#[async_trait]
impl Contract for Of {
    async fn set(&self, room: Option<&RoomJid>, name: &str, after: Duration, data: Value) -> Result<(), ServiceError> {
        let refused = |why: String| Err(ServiceError::Refused(why));
        if !self.may(room, Power::Schedule) {
            return refused("the plugin was not given the power `schedule`".to_owned());
        }
        if name.is_empty() || MAX_NAME < name.chars().count() || name.contains('\0') {
            return refused(format!("a timer's name has 1 to {MAX_NAME} characters"));
        }
        if MAX_DATA < data.to_string().len() {
            return refused(format!("a timer carries at most {MAX_DATA} bytes"));
        }
        if LONGEST < after {
            return refused("a timer rings within a year".to_owned());
        }
        let (plugin, room) = (self.plugin.clone(), room.cloned());
        let at = self.host.clock.now() + after.max(SHORTEST);
        let timer = Timer { plugin, room, name: name.to_owned(), at, data };
        let key = timer.key();
        let batch = Batch::new().put_json(Tree::Kv, store_key(&key), &timer);
        let batch = batch.map_err(|error| ServiceError::Store(error.to_string()))?;
        let _order = self.host.timers.writing.lock().await;
        {
            let mut timers = self.host.timers.all();
            let n_own = timers.keys().filter(|it| it.0 == self.plugin && **it != key).count();
            if MOST <= n_own {
                return refused(format!("a plugin has at most {MOST} timers"));
            }
            timers.insert(key, timer);
        }
        self.host.timers.was_set.notify_one();
        held(self.host.store.state.commit(batch).await).map_err(|error| ServiceError::Store(error.to_string()))
    }

    async fn cancel(&self, room: Option<&RoomJid>, name: &str) -> Result<bool, ServiceError> {
        let key = (self.plugin.clone(), room.cloned(), name.to_owned());
        self.host.forget_timer(&key, None).await.map_err(|error| ServiceError::Store(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::testing::{Scene, garden};

    #[tokio::test]
    async fn one_that_was_set_anew_while_it_rang_is_kept() {
        let scene = Scene::new().await;
        let timer = |seconds: i64| Timer {
            plugin: PluginName::new("tea").unwrap(),
            room: Some(garden()),
            name: "tea".to_owned(),
            at: Timestamp::from_millis(seconds * 1000),
            data: Value::Null,
        };
        let (rung, next) = (timer(1), timer(2));
        scene.host.timers.all().insert(rung.key(), next.clone());
        assert!(!scene.host.forget_timer(&rung.key(), Some(&rung)).await.unwrap());
        assert_eq!(scene.host.timers.all().get(&rung.key()), Some(&next));
        assert!(scene.host.forget_timer(&next.key(), Some(&next)).await.unwrap());
        assert!(scene.host.timers.all().is_empty());
    }
}
