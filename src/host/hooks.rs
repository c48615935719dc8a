//! Addresses on the web by which others call a plugin: `/hook/PLUGIN/SECRET`.
//!
//! Whoever has the secret may call; it is made when an owner of the bot first asks for the address, and made anew when
//! they say so. Whatever is wrong with a call from outside is answered alike, so that nothing can be found out by trying.
//! An address may be read along the way: a signature, where there is one, must be right and new, and an owner may say that
//! there must be one.

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
    instance::{Installed, Job},
    secrets::keyed,
    signatures::{Came, Moment, Shown, look},
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
    /// The plugin had just this one before.
    Again,
    /// It has the secret, but its signature is missing, wrong, or of another time.
    Unsigned,
}

/// How often each plugin was called lately, and by which signed calls.
#[derive(Debug, Default)]
pub(super) struct Hooks {
    calls: Mutex<BTreeMap<PluginName, (Timestamp, u32)>>,
    came: Came,
}

impl Hooks {
    fn is_too_many(&self, plugin: &PluginName, now: Timestamp) -> bool {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
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

fn signed_key(plugin: &PluginName) -> String {
    format!("{OWN_NAME}\0hook-signed\0{plugin}")
}

impl Host {
    /// The key with which calls of this address are signed, in hexadecimal digits.
    #[must_use]
    pub fn hook_key(&self, plugin: &PluginName, secret: &str) -> String {
        keyed(&self.secrets.of(plugin), &["hook\0", secret]).iter().map(|it| format!("{it:02x}")).collect()
    }

    /// Whether only signed calls of a plugin are taken.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn is_hook_signed(&self, plugin: &PluginName) -> Result<bool, StoreError> {
        Ok(self.store.state.get_json(Tree::Kv, signed_key(plugin)).await?.unwrap_or_default())
    }

    /// Says whether only signed calls of a plugin are taken.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn set_hook_signed(&self, plugin: &PluginName, is_signed: bool) -> Result<(), StoreError> {
        held(self.store.state.commit(Batch::new().put_json(Tree::Kv, signed_key(plugin), &is_signed)?).await)
    }

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
        self.hand_over(&installed, secret, room, called).await
    }

    /// Gives a plugin a call that may be made, if its signature is as it should be.
    async fn hand_over(&self, installed: &Installed, secret: &str, room: Option<RoomJid>, called: Called) -> Taken {
        // What cannot be read is no leave to come unsigned.
        let needs_signature = self.is_hook_signed(installed.name()).await.unwrap_or(true);
        let moment = Moment { now: self.clock.now(), since: self.started };
        let key = self.hook_key(installed.name(), secret);
        let mark = match look(key.as_bytes(), &called.headers, &called.body, moment) {
            Shown::Nothing if !needs_signature => None,
            Shown::Nothing | Shown::Wrong => return Taken::Unsigned,
            Shown::Right { mark, until } => {
                if !self.hooks.came.is_first(installed.name(), &mark, until, moment.now) {
                    return Taken::Again;
                }
                Some(mark)
            }
        };
        self.power_used(installed.name(), Power::Hook);
        let job = Job::Signal(Box::new(Signal::Hook(called)), room, self.in_hand.hold());
        if installed.mailbox.try_send(job).is_ok() {
            return Taken::Yes;
        }
        mark.iter().for_each(|it| self.hooks.came.forget(installed.name(), it));
        Taken::Busy
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
