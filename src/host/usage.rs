//! What plugins used of their powers, and what they tried without: counted in memory, kept by the day, shown for a week.
//!
//! Nothing is written when something is used: every five minutes, and at the end, the day's figures are brought up to date.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domovoi_plugin::{PluginName, Power, Timestamp};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::core::{Host, OWN_NAME};
use crate::store::{Batch, StoreError, Tree, held};

/// How often is written down.
const EVERY: Duration = Duration::from_secs(300);
/// So many days are shown, today among them, and kept.
const DAYS: u32 = 7;
const DAY: Duration = Duration::from_secs(86_400);
const PREFIX: &str = "powers\0";

/// How often a power was used, and how often it was tried in vain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Count {
    /// Used.
    pub used: u64,
    /// Tried without having it.
    #[serde(default)]
    pub denied: u64,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.used = self.used.saturating_add(other.used);
        self.denied = self.denied.saturating_add(other.denied);
    }
}

/// The figures of one plugin.
pub type Counts = BTreeMap<Power, Count>;

/// What is not written down yet, by plugin: as many entries as there are plugins and powers.
#[derive(Debug, Default)]
pub(super) struct Usage(Mutex<BTreeMap<PluginName, Counts>>);

impl Usage {
    /// Counts; gives whether it is the first of its kind since it was last written down.
    fn add(&self, plugin: &PluginName, power: Power, it: Count) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains_key(plugin) {
            all.insert(plugin.clone(), Counts::new());
        }
        let Some(count) = all.get_mut(plugin).map(|it| it.entry(power).or_default()) else { return false };
        let is_first = if it.denied == 0 { count.used == 0 } else { count.denied == 0 };
        count.add(it);
        is_first
    }

    fn take(&self) -> BTreeMap<PluginName, Counts> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn of(&self, plugin: &PluginName) -> Counts {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(plugin).cloned().unwrap_or_default()
    }

    fn put_back(&self, taken: BTreeMap<PluginName, Counts>) {
        for (plugin, counts) in taken {
            for (power, count) in counts {
                self.add(&plugin, power, count);
            }
        }
    }
}

fn key(day: &str, plugin: &PluginName) -> String {
    format!("{PREFIX}{day}\0{plugin}")
}

/// Writes down until it is cancelled, and then once more.
pub(super) async fn run(host: Arc<Host>, cancel: CancellationToken) {
    loop {
        // Cancel-safe: nothing is under way while it waits.
        let is_over = tokio::select! {
            () = cancel.cancelled() => true,
            () = tokio::time::sleep(EVERY) => false,
        };
        host.write_usage().await;
        if is_over {
            return;
        }
    }
}

impl Host {
    /// A plugin used one of its powers.
    pub fn power_used(&self, plugin: &PluginName, power: Power) {
        if plugin.as_str() != OWN_NAME {
            self.usage.add(plugin, power, Count { used: 1, denied: 0 });
        }
    }

    /// A plugin tried what it was not given the power for. The log has it now and then, `plugin perms` the number.
    pub fn power_denied(&self, plugin: &PluginName, power: Power) {
        if self.usage.add(plugin, power, Count { used: 0, denied: 1 }) {
            warn!(%plugin, power = power.as_str(), "a plugin tried what it was not given the power for");
        }
    }

    /// What a plugin used in the last seven days.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn usage_of(&self, plugin: &PluginName) -> Result<Counts, StoreError> {
        let mut all = self.usage.of(plugin);
        let now = self.clock.now();
        for ago in 0..DAYS {
            let key = key(&(now - DAY * ago).utc_day(), plugin);
            let kept: Option<Counts> = self.store.state.get_json(Tree::Counters, key).await?;
            for (power, count) in kept.unwrap_or_default() {
                all.entry(power).or_default().add(count);
            }
        }
        Ok(all)
    }

    /// Brings what is kept up to date. What the store does not take is tried again.
    pub(super) async fn write_usage(&self) {
        let taken = self.usage.take();
        if taken.is_empty() {
            return;
        }
        if let Err(error) = self.add_to_kept(&taken).await {
            debug!(%error, "how plugins used their powers is not written down yet");
            self.usage.put_back(taken);
        }
    }

    async fn add_to_kept(&self, taken: &BTreeMap<PluginName, Counts>) -> Result<(), StoreError> {
        let (now, state) = (self.clock.now(), &self.store.state);
        let mut batch = self.old_days(now).await?;
        for (plugin, counts) in taken {
            let key = key(&now.utc_day(), plugin);
            let mut kept: Counts = state.get_json(Tree::Counters, key.clone()).await?.unwrap_or_default();
            for (power, count) in counts {
                kept.entry(*power).or_default().add(*count);
            }
            batch = batch.put_json(Tree::Counters, key, &kept)?;
        }
        held(state.commit(batch).await)
    }

    /// What is older than is shown, to be forgotten.
    async fn old_days(&self, now: Timestamp) -> Result<Batch, StoreError> {
        let first = format!("{PREFIX}{}", (now - DAY * (DAYS - 1)).utc_day());
        let kept = self.store.state.scan(Tree::Counters, PREFIX.as_bytes().to_vec(), 1000).await?;
        let old = kept.into_iter().map(|it| it.0).filter(|it| it.as_slice() < first.as_bytes());
        Ok(old.fold(Batch::new(), |batch, key| batch.delete(Tree::Counters, key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::testing::Scene;

    #[tokio::test]
    async fn a_week_is_kept_by_the_day_and_no_longer() {
        let it = Scene::new().await;
        let plugin: PluginName = "dice".parse().unwrap();
        for day in 0..9 {
            it.host.power_used(&plugin, Power::Say);
            it.host.power_used(&plugin, Power::Say);
            if day == 8 {
                it.host.power_denied(&plugin, Power::Ban);
            }
            it.host.write_usage().await;
            it.host.power_used(&plugin, Power::Say);
            it.host.write_usage().await;
            it.advance(DAY);
        }
        let say = |counts: &Counts| counts.get(&Power::Say).map(|it| it.used);
        // Today nothing was used yet.
        assert_eq!(say(&it.host.usage_of(&plugin).await.unwrap()), Some(6 * 3));
        it.host.power_used(&plugin, Power::Say);
        let counts = it.host.usage_of(&plugin).await.unwrap();
        assert_eq!(say(&counts), Some(6 * 3 + 1));
        assert_eq!(counts.get(&Power::Ban), Some(&Count { used: 0, denied: 1 }));
        it.host.write_usage().await;
        let kept = it.host.store.state.scan(Tree::Counters, PREFIX.as_bytes().to_vec(), 100).await.unwrap();
        // Other plugins use theirs, whenever they get to it.
        let keys: Vec<_> =
            kept.iter().map(|it| String::from_utf8_lossy(&it.0)).filter(|it| it.ends_with("\0dice")).collect();
        assert_eq!(keys.len(), 7, "one entry a day: {keys:?}");
    }
}
