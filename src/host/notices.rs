//! What owners of the bot are told in private without having asked: faults, accounts and rooms that need a person.
//!
//! Said once: the same again within an hour is not, and more than twenty an hour is nobody's reading. While no account is
//! online a notice waits in memory.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domovoi_plugin::{AccountId, Identity, Place, PluginName, RoomJid, Text, Timestamp, jid::BareJid};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{core::Host, in_hand::Held};
use crate::config::Mistakes;

/// The same is said again after this long.
const AGAIN: Duration = Duration::from_secs(3600);
/// So many are said within an hour.
const MAX_AN_HOUR: usize = 20;
/// So many wait while nobody is online; the oldest makes way.
const MAX_WAITING: usize = 50;
/// How long after a failed try the next one is.
const TRY_AGAIN: Duration = Duration::from_secs(15);

/// A notice on its way.
struct Waiting {
    text: Text,
    to: BTreeSet<BareJid>,
    /// Until it was tried once.
    held: Option<Held>,
}

#[derive(Default)]
struct Inner {
    /// When which notice was taken, by the hash of its English words.
    taken: BTreeMap<u64, Timestamp>,
    waiting: VecDeque<Waiting>,
}

/// The notices to owners.
#[derive(Default)]
pub struct Notices {
    inner: Mutex<Inner>,
    wake: Notify,
}

impl Notices {
    /// Whether this is to be said now; if so it counts.
    fn is_due(&self, words: &str, now: Timestamp) -> bool {
        let mut hasher = DefaultHasher::new();
        words.hash(&mut hasher);
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.taken.retain(|_, at| now.since(*at) < AGAIN);
        if MAX_AN_HOUR <= inner.taken.len() || inner.taken.contains_key(&hasher.finish()) {
            return false;
        }
        inner.taken.insert(hasher.finish(), now);
        true
    }

    fn put(&self, waiting: Waiting) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if MAX_WAITING <= inner.waiting.len() {
            inner.waiting.pop_front();
        }
        inner.waiting.push_back(waiting);
        drop(inner);
        self.wake.notify_one();
    }

    fn take_all(&self) -> VecDeque<Waiting> {
        std::mem::take(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner).waiting)
    }

    fn put_back(&self, left: VecDeque<Waiting>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let newer = std::mem::replace(&mut inner.waiting, left);
        inner.waiting.extend(newer);
        while MAX_WAITING < inner.waiting.len() {
            inner.waiting.pop_front();
        }
    }
}

/// Sends notices until it is cancelled.
pub(super) async fn run(host: Arc<Host>, cancel: CancellationToken) {
    loop {
        // Cancel-safe: what is not yet delivered stays with the host.
        tokio::select! {
            () = cancel.cancelled() => return,
            () = host.notices.wake.notified() => (),
            () = tokio::time::sleep(TRY_AGAIN) => (),
        }
        host.deliver_notices().await;
    }
}

impl Host {
    /// Tells every owner of the bot, directly, through whatever account is online.
    pub fn tell_owner(&self, text: Text) {
        let words = self.words.translate("en", &text);
        if !self.notices.is_due(&words, self.clock.now()) {
            self.metrics.queue_drop("notices");
            return;
        }
        let to = self.live.config().bot.owners.clone();
        if !to.is_empty() {
            self.notices.put(Waiting { text, to, held: Some(self.in_hand.hold()) });
        }
    }

    /// An account is online: what waits for owners can be told.
    pub fn deliver_soon(&self) {
        self.notices.wake.notify_one();
    }

    async fn deliver_notices(&self) {
        let Some(outlet) = self.outlet() else { return };
        let mut left = VecDeque::new();
        for mut waiting in self.notices.take_all() {
            for owner in std::mem::take(&mut waiting.to) {
                let place = Place::Direct(owner.clone());
                let lang = self.language_for(None, &place, &Identity::Jid(owner.clone()));
                let words = self.words.translate(&lang, &waiting.text);
                if !outlet.direct(None, &owner, words).await {
                    waiting.to.insert(owner);
                }
            }
            waiting.held = None;
            if !waiting.to.is_empty() {
                left.push_back(waiting);
            }
        }
        self.notices.put_back(left);
    }

    /// A plugin failed for the first time in this way.
    pub(super) fn notice_fault(&self, plugin: &PluginName, number: u64, doing: &str) {
        let text = Text::key("notice-fault").with("plugin", plugin.as_str()).with("number", number.to_string());
        self.tell_owner(text.with("doing", doing));
    }

    /// An account was given up: its password, its certificate, the account itself.
    pub fn notice_account(&self, account: &AccountId, why: &str) {
        self.tell_owner(Text::key("notice-account").with("account", account.as_str()).with("why", why));
    }

    /// A room is not tried any more until someone does something: banned, a password is missing, gone elsewhere.
    pub fn notice_room(&self, room: &RoomJid, why: &str) {
        self.tell_owner(Text::key("notice-room").with("room", room.as_str()).with("why", why));
    }

    /// The configuration was to be read again and is broken; the old one runs on.
    pub fn notice_config(&self, mistakes: &Mistakes) {
        let lines = mistakes.iter().take(10).map(|it| Text::plain(it.to_string()));
        let head = Text::key("notice-config").with("number", u32::try_from(mistakes.len()).unwrap_or(u32::MAX));
        self.tell_owner(Text::Lines(std::iter::once(head).chain(lines).collect()));
    }

    /// The store does not take what is to be kept.
    pub fn notice_store(&self, why: &str) {
        self.tell_owner(Text::key("notice-store").with("why", why));
    }
}
