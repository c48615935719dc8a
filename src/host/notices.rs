//! What owners of the bot are told in private without having asked: faults, accounts and rooms that need a person.
//!
//! Said once: the same again within an hour is not, and more than twenty an hour is nobody's reading. Faults of plugins have
//! a quota of their own, and what strangers can bring about, such as invitations, a smaller one, so that neither ever costs
//! an alarm. What is left out is counted, and the number told, ten minutes apart. While no account is online a notice waits
//! in memory.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domovoi_plugin::{AccountId, Identity, Place, PluginName, RoomJid, Text, Timestamp, jid::BareJid};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::{core::Host, in_hand::Held, outlet::Outlet, outside_words::why_text};
use crate::config::Mistakes;

/// The same is said again after this long.
const AGAIN: Duration = Duration::from_secs(3600);
/// So many alarms are said within an hour.
const ALARMS_AN_HOUR: usize = 20;
/// So many faults of plugins are.
const FAULTS_AN_HOUR: usize = 20;
/// So many of the others are.
const ASIDES_AN_HOUR: usize = 10;
/// How long after telling how many were left out that is told again.
const LEFT_OUT_AGAIN: Duration = Duration::from_secs(600);
/// So many wait while nobody is online; the oldest makes way.
const MAX_WAITING: usize = 50;
/// How long after a failed try the next one is.
const TRY_AGAIN: Duration = Duration::from_secs(15);

/// What a notice is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    /// The bot itself: something is broken or given up.
    Alarm,
    /// A plugin failed. Many may at once, and what matters is that some rest for it, which is an alarm.
    Fault,
    /// What others do, as often as they please: invitations, our rights in their rooms.
    Aside,
}

impl Kind {
    /// What makes way first comes last.
    const ALL: [Self; 3] = [Self::Alarm, Self::Fault, Self::Aside];

    const fn an_hour(self) -> usize {
        match self {
            Self::Alarm => ALARMS_AN_HOUR,
            Self::Fault => FAULTS_AN_HOUR,
            Self::Aside => ASIDES_AN_HOUR,
        }
    }

    const fn left_out(self) -> &'static str {
        match self {
            Self::Alarm => "notice-left-out",
            Self::Fault => "notice-faults-left-out",
            Self::Aside => "notice-asides-left-out",
        }
    }
}

/// A notice on its way.
struct Waiting {
    kind: Kind,
    text: Text,
    to: BTreeSet<BareJid>,
    /// Until it was tried once.
    held: Option<Held>,
}

#[derive(Default)]
struct Inner {
    /// When which notice was taken, by its kind and the hash of its English words.
    taken: BTreeMap<(Kind, u64), Timestamp>,
    waiting: VecDeque<Waiting>,
    /// How many were left out since that was last told.
    left_out: BTreeMap<Kind, u32>,
    /// When that was told.
    told_left_out: BTreeMap<Kind, Timestamp>,
}

impl Inner {
    fn leave_out(&mut self, kind: Kind) {
        let n = self.left_out.entry(kind).or_default();
        *n = n.saturating_add(1);
    }

    /// Too many wait: the oldest makes way, an alarm only if there is nothing else.
    fn make_room(&mut self) {
        while MAX_WAITING < self.waiting.len() {
            let of = |kind| self.waiting.iter().position(|it| it.kind == kind);
            let oldest = Kind::ALL.into_iter().rev().find_map(of).unwrap_or_default();
            if let Some(gone) = self.waiting.remove(oldest) {
                self.leave_out(gone.kind);
            }
        }
    }
}

/// Whether a notice is to be said.
#[derive(PartialEq, Eq, Debug)]
enum Due {
    Now,
    /// It was said already.
    Again,
    /// There were too many.
    TooMany,
}

/// The notices to owners.
#[derive(Default)]
pub struct Notices {
    inner: Mutex<Inner>,
    wake: Notify,
}

impl Notices {
    /// Whether this is to be said now; if so it counts.
    fn is_due(&self, kind: Kind, words: &str, now: Timestamp) -> Due {
        let mut hasher = DefaultHasher::new();
        words.hash(&mut hasher);
        let key = (kind, hasher.finish());
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.taken.retain(|_, at| now.since(*at) < AGAIN);
        if inner.taken.contains_key(&key) {
            return Due::Again;
        }
        if kind.an_hour() <= inner.taken.keys().filter(|it| it.0 == kind).count() {
            inner.leave_out(kind);
            return Due::TooMany;
        }
        inner.taken.insert(key, now);
        Due::Now
    }

    fn put(&self, waiting: Waiting) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.waiting.push_back(waiting);
        inner.make_room();
        drop(inner);
        self.wake.notify_one();
    }

    /// How many of a kind were left out since that was last asked, as a text; not at once again.
    fn take_left_out(&self, kind: Kind, now: Timestamp) -> Option<Text> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.told_left_out.get(&kind).is_some_and(|at| now.since(*at) < LEFT_OUT_AGAIN) {
            return None;
        }
        let n = inner.left_out.remove(&kind)?;
        inner.told_left_out.insert(kind, now);
        Some(Text::key(kind.left_out()).with("number", n))
    }

    fn take_all(&self) -> VecDeque<Waiting> {
        std::mem::take(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner).waiting)
    }

    fn put_back(&self, left: VecDeque<Waiting>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let newer = std::mem::replace(&mut inner.waiting, left);
        inner.waiting.extend(newer);
        inner.make_room();
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
        self.notice(Kind::Alarm, text);
    }

    /// The same for what others can bring about as often as they please: it never takes the place of an alarm.
    pub fn tell_owner_aside(&self, text: Text) {
        self.notice(Kind::Aside, text);
    }

    fn notice(&self, kind: Kind, text: Text) {
        let words = self.words.translate("en", &text);
        let due = self.notices.is_due(kind, &words, self.clock.now());
        if due != Due::Now {
            self.metrics.queue_drop("notices");
        }
        match (due, kind) {
            (Due::Now, _) => self.put_notice(kind, text),
            (Due::Again, _) => (),
            (Due::TooMany, Kind::Alarm | Kind::Fault) => warn!("owners were told too much already: {words}"),
            // It may name people.
            (Due::TooMany, Kind::Aside) => debug!("owners were told too much already: {words}"),
        }
    }

    fn put_notice(&self, kind: Kind, text: Text) {
        let to = self.live.config().bot.owners.clone();
        if !to.is_empty() {
            self.notices.put(Waiting { kind, text, to, held: Some(self.in_hand.hold()) });
        }
    }

    /// An account is online: what waits for owners can be told.
    pub fn deliver_soon(&self) {
        self.notices.wake.notify_one();
    }

    pub(super) async fn deliver_notices(&self) {
        let Some(outlet) = self.outlet() else { return };
        let mut left = VecDeque::new();
        for mut waiting in self.notices.take_all() {
            self.deliver(&**outlet, &mut waiting).await;
            waiting.held = None;
            if !waiting.to.is_empty() {
                left.push_back(waiting);
            }
        }
        let is_anybody_there = left.is_empty();
        self.notices.put_back(left);
        for kind in Kind::ALL.into_iter().filter(|_| is_anybody_there) {
            if let Some(text) = self.notices.take_left_out(kind, self.clock.now()) {
                self.put_notice(kind, text);
            }
        }
    }

    /// Says a notice to those who have not heard it; who hears it now is taken off.
    async fn deliver(&self, outlet: &dyn Outlet, waiting: &mut Waiting) {
        for owner in std::mem::take(&mut waiting.to) {
            let place = Place::Direct(owner.clone());
            let lang = self.language_for(None, &place, &Identity::Jid(owner.clone()));
            let words = self.words.translate(&lang, &waiting.text);
            if !outlet.direct(None, &owner, words).await {
                waiting.to.insert(owner);
            }
        }
    }

    /// A plugin failed for the first time in this way.
    pub(super) fn notice_fault(&self, plugin: &PluginName, number: u64, doing: &str, what: &str) {
        let text = Text::key("notice-fault").with("plugin", plugin.as_str()).with("number", number.to_string());
        let what: String = what.lines().next().unwrap_or_default().chars().take(300).collect();
        self.notice(Kind::Fault, text.with("doing", doing).with("what", what.trim_end_matches('.')));
    }

    /// An account was given up: its password, its certificate, the account itself.
    pub fn notice_account(&self, account: &AccountId, why: &str) {
        self.tell_owner(Text::key("notice-account").with("account", account.as_str()).with("why", why_text(why)));
    }

    /// A room is not tried any more until someone does something: banned, a password is missing, gone elsewhere.
    pub fn notice_room(&self, room: &RoomJid, why: Text) {
        self.tell_owner(Text::key("notice-room").with("room", room.as_str()).with("why", why));
    }

    /// The configuration was to be read again and is broken; the old one runs on.
    pub fn notice_config(&self, mistakes: &Mistakes) {
        self.tell_owner(config_text("notice-config", mistakes));
    }

    /// Plugins in Lua were to be loaded and are wrong.
    pub fn notice_plugins(&self, mistakes: &[String]) {
        let lines = mistakes.iter().take(10).map(Text::plain);
        self.tell_owner(Text::Lines(std::iter::once(Text::key("notice-plugins")).chain(lines).collect()));
    }

    /// The store does not take what is to be kept.
    pub fn notice_store(&self, why: &str) {
        self.tell_owner(Text::key("notice-store").with("why", why));
    }
}

/// The mistakes of a configuration, the first of them in full, below a sentence that has their number.
pub(super) fn config_text(head: &'static str, mistakes: &Mistakes) -> Text {
    let lines = mistakes.iter().take(10).map(|it| Text::plain(it.to_string()));
    let head = Text::key(head).with("number", u32::try_from(mistakes.len()).unwrap_or(u32::MAX));
    Text::Lines(std::iter::once(head).chain(lines).collect())
}
