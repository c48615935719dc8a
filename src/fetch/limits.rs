//! How much is fetched at once, and how often.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use domovoi_plugin::PluginName;
use governor::{Quota, RateLimiter, middleware::NoOpMiddleware, state::keyed::DefaultKeyedStateStore};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::clock::{Clock, Ticking};

/// Requests of one plugin in flight; more wait, within their time.
const PER_PLUGIN: usize = 8;
/// Requests to one host in flight, of all plugins.
const PER_HOST: usize = 4;
/// Requests of one plugin: at once, and a minute.
const PLUGIN_QUOTA: (u32, u32) = (60, 120);
/// Requests to one host, of all plugins: at once, and a minute.
const HOST_QUOTA: (u32, u32) = (20, 60);
/// So many hosts are remembered before those are forgotten that nobody asked for lately.
const MANY_HOSTS: usize = 1_000;

type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, Ticking, NoOpMiddleware<std::time::Duration>>;

/// The limits of all plugins.
pub(super) struct Limits {
    plugins: Turns<PluginName>,
    hosts: Turns<String>,
    plugin_rate: Limiter<PluginName>,
    host_rate: Limiter<String>,
}

/// Leave to have one request in flight, until it is dropped.
pub(super) struct Turn {
    _plugin: OwnedSemaphorePermit,
    _host: OwnedSemaphorePermit,
}

impl Limits {
    pub(super) fn new(clock: Clock) -> Self {
        let quota = |(burst, per_minute): (u32, u32)| {
            let number = |it: u32| NonZeroU32::new(it).unwrap_or(NonZeroU32::MIN);
            Quota::per_minute(number(per_minute)).allow_burst(number(burst))
        };
        Self {
            plugins: Turns::new(PER_PLUGIN),
            hosts: Turns::new(PER_HOST),
            plugin_rate: RateLimiter::new(quota(PLUGIN_QUOTA), DefaultKeyedStateStore::default(), Ticking(clock)),
            host_rate: RateLimiter::new(quota(HOST_QUOTA), DefaultKeyedStateStore::default(), Ticking(clock)),
        }
    }

    /// Whether a plugin may ask once more now. Asking counts.
    pub(super) fn may_ask(&self, plugin: &PluginName) -> bool {
        self.plugin_rate.check_key(plugin).is_ok()
    }

    /// Whether a host may be asked once more now. Asking counts.
    pub(super) fn may_ask_host(&self, host: &str) -> bool {
        if MANY_HOSTS < self.host_rate.len() {
            self.host_rate.retain_recent();
        }
        self.host_rate.check_key(&host.to_owned()).is_ok()
    }

    /// Waits until fewer are in flight; none if the bot ends.
    pub(super) async fn turn(&self, plugin: &PluginName, host: &str) -> Option<Turn> {
        // First the plugin's own, so that one plugin's row before a slow host holds up nobody else there for long.
        let plugin = self.plugins.of(plugin).acquire_owned().await.ok()?;
        let host = self.hosts.of(&host.to_owned()).acquire_owned().await.ok()?;
        Some(Turn { _plugin: plugin, _host: host })
    }
}

/// A number of turns for each of many, as long as anybody holds or waits for one.
struct Turns<K> {
    each: usize,
    known: Mutex<HashMap<K, Weak<Semaphore>>>,
}

impl<K: std::hash::Hash + Eq + Clone> Turns<K> {
    fn new(each: usize) -> Self {
        Self { each, known: Mutex::default() }
    }

    fn of(&self, key: &K) -> Arc<Semaphore> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(key).and_then(Weak::upgrade) {
            return found;
        }
        known.retain(|_, it| 0 < it.strong_count());
        let new = Arc::new(Semaphore::new(self.each));
        known.insert(key.clone(), Arc::downgrade(&new));
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn so_many_are_in_flight_and_what_is_over_is_forgotten() {
        let limits = Limits::new(Clock::System);
        let plugin = PluginName::new("links").unwrap();
        let mut turns = Vec::new();
        for _ in 0..PER_HOST {
            turns.push(limits.turn(&plugin, "a.example").await.unwrap());
        }
        let mut next = std::pin::pin!(limits.turn(&plugin, "a.example"));
        assert!(futures::poll!(next.as_mut()).is_pending());
        // Another plugin at another host is not held up.
        let other = PluginName::new("feeds").unwrap();
        assert!(limits.turn(&other, "b.example").await.is_some());
        turns.pop();
        assert!(futures::poll!(next.as_mut()).is_ready());
        drop(turns);
        drop(limits.turn(&other, "c.example").await);
        assert_eq!(limits.hosts.known.lock().unwrap().len(), 1);
    }

    #[test]
    fn who_asks_too_often_waits_a_minute() {
        let clock = Clock::by_hand(domovoi_plugin::Timestamp::from_millis(1));
        let limits = Limits::new(clock);
        let plugin = PluginName::new("links").unwrap();
        let n = (0..1_000).filter(|_| limits.may_ask(&plugin)).count();
        assert_eq!(n, 60);
        clock.turn(std::time::Duration::from_secs(60));
        assert!(limits.may_ask(&plugin));
        assert!(limits.may_ask_host("a.example"));
    }
}
