//! The reacting half: keeps lists in the store, fetches those of others, and puts what rooms share into one value.
//!
//! What is kept stands here in memory too, changed at once and written after that, so that two commands at the same
//! time cannot undo each other. It is read at the start and whenever a room is new.

pub(crate) mod accounts;
pub(crate) mod blocks;
mod ids;
pub(crate) mod kept;
pub(crate) mod lift;
pub(crate) mod own_list;
pub(crate) mod reports;
pub(crate) mod undo;
pub(crate) mod words;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domovoi_plugin::{Context, Fault, Identity, Memo, MemoKind, Push, RoomJid, Text, Timestamp, Wake};
use serde_json::Value;

use self::{accounts::Accounts, blocks::BlockState, kept::Kept, lift::Leftovers, own_list::OwnList, reports::Reports};
use crate::lists::{Common, asks::What};

/// So many wait for a guard's word; more than ever ask within a second.
const MOST_WAITING: usize = 100;

/// The reacting half.
#[derive(Default)]
pub(crate) struct React(Mutex<Inner>);

impl fmt::Debug for React {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("React")
    }
}

/// What is made of a guard's word for whoever asked.
type Told = Box<dyn FnOnce(&React, &Context, &Value) -> Text + Send>;

/// Someone who asked what only the guard of a room knows.
struct Waiting {
    cx: Context,
    /// Whether the answer is nobody else's business.
    is_private: bool,
    told: Told,
}

/// What it remembers.
#[derive(Default)]
pub(crate) struct Inner {
    /// What rooms keep; all rooms together under none.
    pub(crate) kept: BTreeMap<Option<RoomJid>, Kept>,
    /// Where hits were counted that are not written down yet.
    dirty: BTreeSet<Option<RoomJid>>,
    /// Lists of others, by name.
    pub(crate) blocks: BTreeMap<String, BlockState>,
    /// Our own list, as others are told of it.
    own_list: OwnList,
    /// Who was to be let in again and could not be; looked after now and then.
    leftovers: Leftovers,
    /// Which word lists rooms name.
    pub(crate) named: BTreeSet<String>,
    /// Who waits for which word of a guard.
    waiting: BTreeMap<u64, Waiting>,
    pub(crate) reports: Reports,
    pub(crate) accounts: Accounts,
}

impl React {
    /// What it remembers, for a moment.
    pub(crate) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks after what no event causes.
    pub(crate) async fn wake(&self, why: Wake, cx: &Context) -> Result<(), Fault> {
        match why {
            Wake::Start => {
                self.load(cx).await?;
                self.load_blocks(cx).await?;
                self.read_block_settings(cx).await?;
                self.share_all(cx);
                self.refresh_blocks(cx).await;
            }
            Wake::Config => {
                self.load(cx).await?;
                self.read_named(cx).await;
                self.read_block_settings(cx).await?;
                self.share_all(cx);
                self.refresh_due_blocks(cx).await;
            }
            Wake::Online => self.refresh_blocks(cx).await,
            Wake::Time => {
                self.drop_what_is_over(cx);
                self.write_counts(cx).await?;
                self.inner().accounts.forget(cx.now());
                self.refresh_due_blocks(cx).await;
                self.lift_leftovers(cx).await;
                self.tell_own_again(cx).await?;
            }
        }
        Ok(())
    }

    /// A guard told something.
    pub(crate) async fn memo(&self, memo: &Memo, cx: &Context) -> Result<(), Fault> {
        let MemoKind::Own(what) = memo.kind else { return Ok(()) };
        match what {
            "hits" => self.count(memo),
            "word" => self.hand_over(memo).await,
            "names" => self.add_named(memo, cx).await,
            "stranger" => self.ask_account(memo, cx).await,
            "blocked" => self.note_blocked(memo, cx).await?,
            "let in" => self.note_let_in(memo, cx).await?,
            _ => (),
        }
        Ok(())
    }

    /// A service told of a node.
    pub(crate) async fn pushed(&self, push: &Push, cx: &Context) -> Result<(), Fault> {
        self.take_news(push, cx).await
    }

    /// What rooms keep, those that are new included.
    pub(crate) async fn load(&self, cx: &Context) -> Result<(), Fault> {
        let rooms = cx.services.rooms.all().await;
        for room in std::iter::once(None).chain(rooms.into_iter().map(Some)) {
            self.load_one(cx, room.as_ref()).await?;
        }
        Ok(())
    }

    /// What one room keeps, unless it is known already.
    pub(crate) async fn load_one(&self, cx: &Context, room: Option<&RoomJid>) -> Result<(), Fault> {
        if self.inner().kept.contains_key(&room.cloned()) {
            return Ok(());
        }
        let kept = Kept::load(cx, &kept::scope(room)).await?;
        self.inner().kept.entry(room.cloned()).or_insert(kept);
        Ok(())
    }

    /// Puts all that is kept into what the rooms share.
    fn share_all(&self, cx: &Context) {
        let rooms: Vec<Option<RoomJid>> = self.inner().kept.keys().cloned().collect();
        for room in rooms {
            self.share(cx, room.as_ref());
        }
        self.share_blocks(cx);
    }

    /// Puts what one room keeps into what the rooms share.
    pub(crate) fn share(&self, cx: &Context, room: Option<&RoomJid>) {
        let Some(kept) = self.inner().kept.get(&room.cloned()).cloned() else { return };
        let (book, rules) = (Arc::new(kept.book()), kept.rules());
        change(cx, |common| {
            let mut words = (*common.words).clone();
            match room {
                None => words.everywhere = book.clone(),
                Some(room) => {
                    words.rooms.insert(room.clone(), book.clone());
                    let mut all = (*common.rules).clone();
                    all.insert(room.clone(), rules.clone());
                    common.rules = Arc::new(all);
                }
            }
            common.words = Arc::new(words);
        });
    }

    /// Entries and rules whose time is over go.
    fn drop_what_is_over(&self, cx: &Context) {
        let now = cx.now();
        let mut changed = Vec::new();
        for (room, kept) in &mut self.inner().kept {
            let n_before = kept.rules.len() + kept.words.values().map(Vec::len).sum::<usize>();
            kept.rules.retain(|_, it| it.until.is_none_or(|until| now < until));
            kept.words.values_mut().for_each(|it| it.retain(|it| !it.is_over(now)));
            if kept.rules.len() + kept.words.values().map(Vec::len).sum::<usize>() < n_before {
                changed.push(room.clone());
            }
        }
        for room in changed {
            self.share(cx, room.as_ref());
            self.inner().dirty.insert(room);
        }
    }

    fn count(&self, memo: &Memo) {
        let mut inner = self.inner();
        for entry in memo.data.as_array().into_iter().flatten().filter_map(Value::as_str) {
            for room in [Some(memo.room.clone()), None] {
                if inner.kept.get_mut(&room).is_some_and(|it| it.count(entry)) {
                    inner.dirty.insert(room);
                    break;
                }
            }
        }
    }

    /// Writes counts down. Once a minute is enough: a count is no evidence.
    async fn write_counts(&self, cx: &Context) -> Result<(), Fault> {
        let dirty = std::mem::take(&mut self.inner().dirty);
        for room in dirty {
            let Some(kept) = self.inner().kept.get(&room).cloned() else { continue };
            let scope = kept::scope(room.as_ref());
            for (name, list) in &kept.words {
                kept::put(cx, &scope, &format!("words/{name}"), Some(list)).await?;
            }
            let stored = cx.services.state.keys(&scope, "rule/").await?;
            for key in stored.iter().filter(|it| !kept.rules.contains_key(it.trim_start_matches("rule/"))) {
                kept::put::<()>(cx, &scope, key, None).await?;
            }
            for (name, rule) in &kept.rules {
                kept::put(cx, &scope, &format!("rule/{name}"), Some(rule)).await?;
            }
        }
        Ok(())
    }

    /// Gives the guard of a room a word.
    pub(crate) fn word(&self, cx: &Context, room: &RoomJid, identity: &Identity, what: What) {
        self.number_word(cx, room, identity, &what);
    }

    /// Asks the guard of a room for a word. Whoever asked gets within a second or so what `told` makes of it.
    pub(crate) fn ask(
        &self,
        cx: &Context,
        (room, identity, what): (&RoomJid, &Identity, What),
        is_private: bool,
        told: impl FnOnce(&Self, &Context, &Value) -> Text + Send + 'static,
    ) {
        let number = self.number_word(cx, room, identity, &what);
        let mut inner = self.inner();
        while MOST_WAITING <= inner.waiting.len() {
            inner.waiting.pop_first();
        }
        inner.waiting.insert(number, Waiting { cx: cx.clone(), is_private, told: Box::new(told) });
    }

    fn number_word(&self, cx: &Context, room: &RoomJid, identity: &Identity, what: &What) -> u64 {
        let now: Timestamp = cx.now();
        let mut number = 0;
        change(cx, |common| {
            common.asks = Arc::new(common.asks.with(now, room.clone(), identity.clone(), what.clone()));
            number = common.asks.last();
        });
        number
    }

    /// A guard answers someone who waits.
    async fn hand_over(&self, memo: &Memo) {
        let number = memo.data.get("number").and_then(Value::as_u64).unwrap_or_default();
        let Some(Waiting { cx, is_private, told }) = self.inner().waiting.remove(&number) else { return };
        let text = told(self, &cx, &memo.data);
        if is_private {
            cx.private(text).await;
        } else {
            cx.reply(text).await;
        }
    }
}

impl Kept {
    /// Counts a hit of `word/LIST/TEXT` or `rule/ROOM/NAME`; whether it is one of ours.
    fn count(&mut self, entry: &str) -> bool {
        let mut parts = entry.splitn(3, '/');
        let (Some(kind), Some(list), Some(name)) = (parts.next(), parts.next(), parts.next()) else { return false };
        let counter = match kind {
            "word" => self
                .words
                .get_mut(list)
                .and_then(|it| it.iter_mut().find(|it| it.text == name))
                .map(|it| &mut it.n_hits),
            "rule" => self.rules.get_mut(name).map(|it| &mut it.n_hits),
            _ => None,
        };
        let Some(counter) = counter else { return false };
        *counter = counter.saturating_add(1);
        true
    }
}

/// Changes what the rooms share.
pub(crate) fn change(cx: &Context, mut change: impl FnMut(&mut Common)) {
    cx.services.shared.change(&mut |shared| {
        let mut common = Common::of(shared).cloned().unwrap_or_default();
        change(&mut common);
        common.into_shared()
    });
}
