//! Addresses on the web by which others call a plugin: `/hook/PLUGIN/SECRET`.
//!
//! Whoever has the secret may call; it is made when an owner of the bot first asks for the address, and made anew when
//! they say so. Whatever is wrong with a call from outside is answered alike, so that nothing can be found out by trying.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domovoi_plugin::{Called, PluginName, Power, RoomJid, Signal, Timestamp};
use rand::RngExt as _;
use sha2::{Digest as _, Sha256};

use super::{
    core::{Host, OWN_NAME},
    instance::Job,
};
use crate::store::{Batch, StoreError, Tree, held};

/// So many calls a plugin takes ...
const CALLS: u32 = 60;
/// ... within this time.
const WITHIN: Duration = Duration::from_secs(60);

/// What becomes of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Taken {
    /// The plugin has it.
    Yes,
    /// There is no such plugin, it has not that secret, or it may not be called, in this room or at all.
    Unknown,
    /// Too many in too short a time, or the plugin is behind with its work.
    Busy,
}

/// How often each plugin was called lately.
#[derive(Debug, Default)]
pub(super) struct Hooks(Mutex<BTreeMap<PluginName, (Timestamp, u32)>>);

impl Hooks {
    fn is_too_many(&self, plugin: &PluginName, now: Timestamp) -> bool {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, n) = calls.entry(plugin.clone()).or_insert((now, 0));
        if WITHIN <= now.since(*since) || now < *since {
            (*since, *n) = (now, 0);
        }
        *n = n.saturating_add(1);
        CALLS < *n
    }
}

fn key(plugin: &PluginName) -> String {
    format!("{OWN_NAME}\0hook\0{plugin}")
}

impl Host {
    /// The secret of a plugin's address; made if there is none.
    ///
    /// # Errors
    /// If the store cannot be read, or did not take it.
    pub async fn hook_secret(&self, plugin: &PluginName) -> Result<String, StoreError> {
        match self.store.state.get_json(Tree::Kv, key(plugin)).await? {
            Some(secret) => Ok(secret),
            None => self.new_hook_secret(plugin).await,
        }
    }

    /// A new secret for a plugin's address; the old address is nobody's any more.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn new_hook_secret(&self, plugin: &PluginName) -> Result<String, StoreError> {
        let secret = random_secret();
        held(self.store.state.commit(Batch::new().put_json(Tree::Kv, key(plugin), &secret)?).await)?;
        Ok(secret)
    }

    /// Somebody calls a plugin, perhaps about a room.
    pub async fn call_hook(
        self: &Arc<Self>,
        (plugin, secret): (&str, &str),
        room: Option<RoomJid>,
        called: Called,
    ) -> Taken {
        let name = PluginName::new(plugin).ok();
        let installed = name.and_then(|it| self.installed(&it));
        let kept: Option<String> = match &installed {
            Some(it) => self.store.state.get_json(Tree::Kv, key(it.name())).await.unwrap_or_default(),
            None => None,
        };
        // Compared even where there is nothing to compare with, and by digests, so that time tells nothing.
        let is_right = is_same(kept.as_deref().unwrap_or_default(), secret) && kept.is_some();
        let Some(installed) = installed.filter(|_| is_right) else { return Taken::Unknown };
        let is_granted = self.powers(&installed.manifest, room.as_ref()).contains(&Power::Hook);
        let is_on = match &room {
            Some(room) => self.live.config().rooms.contains_key(room) && self.is_on(&installed.manifest, room),
            None => self.is_on_anywhere(&installed.manifest),
        };
        if !is_granted || !is_on {
            if is_on {
                self.power_denied(installed.name(), Power::Hook);
            }
            return Taken::Unknown;
        }
        if self.hooks.is_too_many(installed.name(), self.clock.now()) {
            self.metrics.queue_drop("hooks");
            return Taken::Busy;
        }
        self.power_used(installed.name(), Power::Hook);
        let job = Job::Signal(Box::new(Signal::Hook(called)), room, self.in_hand.hold());
        match installed.mailbox.try_send(job) {
            Ok(()) => Taken::Yes,
            Err(_) => Taken::Busy,
        }
    }
}

/// Forty letters and digits that nobody mistakes for each other: two hundred bits.
fn random_secret() -> String {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = rand::rng();
    (0..40).filter_map(|_| LETTERS.get(random.random_range(0..LETTERS.len()))).map(|it| char::from(*it)).collect()
}

/// Whether two texts are the same, in a time that depends on neither.
fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (Sha256::digest(a), Sha256::digest(b));
    a.iter().zip(b.iter()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_the_minute() {
        let (hooks, plugin) = (Hooks::default(), PluginName::new("dice").unwrap());
        let now = Timestamp::from_millis(1_000_000);
        assert!((0..CALLS).all(|_| !hooks.is_too_many(&plugin, now)));
        assert!(hooks.is_too_many(&plugin, now));
        assert!(!hooks.is_too_many(&PluginName::new("other").unwrap(), now));
        assert!(!hooks.is_too_many(&plugin, now + WITHIN));
    }

    #[test]
    fn secrets_are_compared_whole() {
        assert!(is_same("abc", "abc"));
        assert!(!is_same("abc", "abd") && !is_same("abc", "ab") && !is_same("", "a"));
    }
}
