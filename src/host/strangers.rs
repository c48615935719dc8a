//! Strangers who write directly: each is answered now and then, and not too many of them.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domovoi_plugin::{Timestamp, jid::BareJid};

/// A stranger who writes directly is answered again after this long.
const STRANGER_AGAIN: Duration = Duration::from_secs(3600);
/// So many strangers are answered within that time.
const MAX_STRANGERS: usize = 30;

/// Strangers who wrote to us directly, and when they were answered.
#[derive(Debug, Default)]
pub(super) struct Strangers(Mutex<BTreeMap<BareJid, Timestamp>>);

impl Strangers {
    /// Whether this one is answered now: once an hour, and not more than so many strangers an hour.
    pub(super) fn is_due(&self, jid: &BareJid, now: Timestamp) -> bool {
        let mut answered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answered.retain(|_, at| now.since(*at) < STRANGER_AGAIN);
        if MAX_STRANGERS <= answered.len() || answered.contains_key(jid) {
            return false;
        }
        answered.insert(jid.clone(), now);
        true
    }
}
