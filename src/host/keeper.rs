//! The task that writes down what rooms want kept, and lifts bans whose time is over. Sessions never wait for the store:
//! they hand things over here.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domovoi_plugin::{Action, Affiliation, Identity, PluginName, RoomJid, StanzaId, Text, Timestamp, jid::BareJid};
use serde::Serialize;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

use super::{
    acts::{self, Act},
    core::Host,
    in_hand::{Held, InHand},
    incidents::kept::{self, Writing},
    outlet::Errand,
    removals::{self, Away},
    room::{Saved, Seen},
    timed::{Entry, Kind},
};
use crate::store::{Batch, State, Store, StoreError, Tree, records::KnownIds};

/// Something to be kept or done behind the rooms' backs.
#[derive(Clone, PartialEq, Debug)]
pub enum Keep {
    /// A timed act.
    Timed {
        /// Where.
        room: RoomJid,
        /// What.
        entry: Entry,
    },
    /// A timed act is over.
    Forget {
        /// Where.
        room: RoomJid,
        /// Of what kind.
        kind: Kind,
        /// Whose.
        identity: Identity,
    },
    /// A timed act is about to be sent.
    Intent {
        /// Where.
        room: RoomJid,
        /// What.
        entry: Entry,
    },
    /// A timed act was answered.
    Answered {
        /// Where.
        room: RoomJid,
        /// Of what kind.
        kind: Kind,
        /// Whose.
        identity: Identity,
    },
    /// What a guard remembers.
    Guard {
        /// Where.
        room: RoomJid,
        /// Whose.
        plugin: PluginName,
        /// What.
        bytes: Vec<u8>,
    },
    /// What was seen of a room's messages.
    Seen {
        /// Where.
        room: RoomJid,
        /// What.
        seen: Seen,
    },
    /// What the bot did.
    Act {
        /// Where.
        room: RoomJid,
        /// What.
        act: Act,
    },
    /// Somebody was sent away from a room.
    Removal(Away),
    /// An incident.
    Incident {
        /// Where.
        room: RoomJid,
        /// What.
        writing: Box<Writing>,
    },
    /// A ban that the room may not have any more, or whose time is over.
    Ban {
        /// Where.
        room: RoomJid,
        /// Whose.
        jid: BareJid,
        /// What is to become of it.
        end: End,
    },
}

/// What becomes of a ban that is still there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// It stays.
    NotYet,
    /// It is lifted.
    Now,
}

/// A ban to be looked up.
type LookedUp = (BareJid, End, Held);

/// What is handed over: something to be kept, or someone who waits until all before is written.
#[derive(Debug)]
struct Parcel {
    keep: Option<Keep>,
    held: Held,
    written: Option<oneshot::Sender<()>>,
}

type Receiver = mpsc::Receiver<Parcel>;

/// How long an answer waits for the disk.
const WRITTEN_WITHIN: Duration = Duration::from_secs(5);

/// The way to the keeper. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Keeper {
    sender: mpsc::Sender<Parcel>,
    receiver: Arc<Mutex<Option<Receiver>>>,
    in_hand: InHand,
}

impl Keeper {
    /// A keeper whose work is counted here.
    #[must_use]
    pub fn new(in_hand: InHand) -> Self {
        // 8,192 things; a session that finds it full loses the thing, which is logged. The store itself holds back
        // what it cannot write, so it is full only if the disk hangs.
        let (sender, receiver) = mpsc::channel(8192);
        Self { sender, receiver: Arc::new(Mutex::new(Some(receiver))), in_hand }
    }

    /// Hands something over, without waiting.
    pub fn keep(&self, keep: Keep) {
        let parcel = Parcel { keep: Some(keep), held: self.in_hand.hold(), written: None };
        if self.sender.try_send(parcel).is_err() {
            error!("the store is too slow: a timed act or what a guard remembers was not written down");
        }
    }

    /// Writes down that a timed act is about to be sent, and waits for the disk; gives under what it is kept. For whoever
    /// acts on behalf of a person: guards do not wait.
    pub async fn intend(&self, room: &RoomJid, action: &Action, by: &str, now: Timestamp) -> Option<(Kind, Identity)> {
        let entry = Entry::of(action, by, now)?;
        let key = entry.key();
        self.keep(Keep::Intent { room: room.clone(), entry });
        self.written().await;
        Some(key)
    }

    /// Waits until what was handed over before is written, so that whoever is told of it can rely on it. A disk that
    /// hangs holds up no answer for long.
    pub async fn written(&self) {
        let (sender, receiver) = oneshot::channel();
        let parcel = Parcel { keep: None, held: self.in_hand.hold(), written: Some(sender) };
        if self.sender.try_send(parcel).is_ok() {
            // Not in time, or the bot is ending: the answer goes out all the same.
            drop(tokio::time::timeout(WRITTEN_WITHIN, receiver).await);
        }
    }

    /// Runs until it is cancelled; then writes what is left.
    pub async fn run(self, host: Arc<Host>, cancel: CancellationToken) {
        let Some(mut receiver) = self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let mut many = Vec::new();
        // Each room hands over the same ban once a minute at most, and fifty bans a second.
        let mut lifting = JoinSet::new();
        loop {
            // Cancel-safe: what was not received stays in the channel and is drained below.
            tokio::select! {
                biased;
                n = receiver.recv_many(&mut many, 256) => {
                    if n == 0 {
                        return;
                    }
                    for (room, lifts) in by_room(take(&host, std::mem::take(&mut many)).await) {
                        // A server that is slow to answer must not keep anything from being written.
                        lifting.spawn(lift(host.clone(), room, lifts));
                    }
                }
                // Reaps what has ended, so that the set does not grow.
                Some(_) = lifting.join_next() => (),
                () = cancel.cancelled() => break,
            }
        }
        many.extend(std::iter::from_fn(|| receiver.try_recv().ok()));
        // Bans whose time is over are still there at the next start, and lifted then.
        drop(take(&host, many).await);
    }
}

/// Writes everything down; gives back which bans are to be lifted.
async fn take(host: &Arc<Host>, many: Vec<Parcel>) -> Vec<(RoomJid, LookedUp)> {
    let mut batch = Batch::new();
    let (mut lifts, mut rooms_seen) = (Vec::new(), Vec::new());
    // What is in hand stays so until it is written.
    let (mut in_hand, mut waiting) = (Vec::new(), Vec::new());
    for Parcel { keep, held, written } in many {
        waiting.extend(written);
        let Some(keep) = keep else { continue };
        batch = match keep {
            Keep::Timed { room, entry } => {
                put_json(batch, Tree::Timed, timed_key(&room, entry.kind, &entry.identity), &entry)
            }
            Keep::Act { room, act } => acts::put(batch, &room, &act),
            Keep::Removal(away) => removals::put(batch, &away),
            Keep::Incident { room, writing } => kept::put(batch, &room, &writing),
            Keep::Forget { room, kind, identity } => batch.delete(Tree::Timed, timed_key(&room, kind, &identity)),
            Keep::Intent { room, entry } => {
                put_json(batch, Tree::Timed, intent_key(&room, entry.kind, &entry.identity), &entry)
            }
            Keep::Answered { room, kind, identity } => batch.delete(Tree::Timed, intent_key(&room, kind, &identity)),
            Keep::Guard { room, plugin, bytes } => batch.put(Tree::Guard, guard_key(&room, &plugin), bytes),
            Keep::Seen { room, seen } => {
                rooms_seen.push(room.clone());
                put_json(batch, Tree::Rooms, seen_key(&room), &seen)
            }
            Keep::Ban { room, jid, end } => {
                lifts.push((room, (jid, end, held)));
                continue;
            }
        };
        in_hand.push(held);
    }
    if !rooms_seen.is_empty() {
        // Whoever is killed in between must not have written down that it saw what is in no record.
        host.store.records.flush_rooms(rooms_seen).await;
    }
    if !batch.is_empty()
        && let Err(error) = crate::store::held(host.store.state.commit(batch).await)
    {
        warn!(%error, "timed acts or what guards remember were not written down");
    }
    for written in waiting {
        // Whoever waited and gave up needs no word.
        written.send(()).ok();
    }
    drop(in_hand);
    lifts
}

/// What cannot be written as JSON is left out, and nothing else with it.
pub(super) fn put_json<T: Serialize>(batch: Batch, tree: Tree, key: String, value: &T) -> Batch {
    match serde_json::to_vec(value) {
        Ok(bytes) => batch.put(tree, key, bytes),
        Err(error) => {
            error!(%key, %error, "something cannot be written down");
            batch
        }
    }
}

fn by_room(lifts: Vec<(RoomJid, LookedUp)>) -> BTreeMap<RoomJid, Vec<LookedUp>> {
    let mut rooms: BTreeMap<RoomJid, Vec<LookedUp>> = BTreeMap::new();
    for (room, it) in lifts {
        rooms.entry(room).or_default().push(it);
    }
    rooms
}

/// Lifts the bans that are still there and whose time is over, one after the other. Someone may have lifted one already,
/// or made them a member since; the list is asked once for all of them.
async fn lift(host: Arc<Host>, room: RoomJid, lifts: Vec<LookedUp>) {
    let Some(outlet) = host.outlet() else { return };
    let list = match outlet.list(&room, Affiliation::Outcast).await {
        Ok(list) => list,
        Err(error) => {
            debug!(room.jid = %room, %error, "cannot look whether a ban is still there; asked again in a minute");
            return;
        }
    };
    for (jid, end, _held) in lifts {
        if !list.iter().any(|it| it.jid == jid) {
            outlet.lifted(&room, &jid).await;
            continue;
        }
        if end == End::NotYet {
            continue;
        }
        let reason = host.words.translate(&host.room_language(&room), &Text::key("reason-time-over"));
        let action = Action::Affiliation { jid, affiliation: Affiliation::None, reason };
        let errand = Errand { room: room.clone(), plugin: host.own_name(), action, by: None, is_bulk: false };
        if let Err(error) = outlet.act(errand).await {
            warn!(room.jid = %room, %error, "a ban whose time is over was not lifted; tried again in a minute");
        }
    }
}

/// What was kept of a room.
///
/// # Errors
/// If the store cannot be read.
pub async fn load(store: &Store, room: &RoomJid, now: Timestamp) -> Result<Saved, StoreError> {
    let state = &store.state;
    let prefix = format!("{room}\0");
    let timed = state.scan(Tree::Timed, prefix.clone(), 20_000).await?;
    let is_intent = |(key, _): &(Vec<u8>, Vec<u8>)| key.starts_with(format!("{prefix}{INTENT}").as_bytes());
    let (intents, timed): (Vec<_>, Vec<_>) = timed.into_iter().partition(is_intent);
    let entries = |pairs: Vec<(Vec<u8>, Vec<u8>)>| -> Vec<Entry> {
        pairs.iter().filter_map(|(_, value)| serde_json::from_slice(value).ok()).collect()
    };
    let guards = state.scan(Tree::Guard, prefix.clone(), 100).await?;
    let plugin = |key: &[u8]| {
        let name = key.get(prefix.len()..).map(String::from_utf8_lossy)?;
        PluginName::new(&name).ok()
    };
    let next_act = acts::next_seq(state, room).await?;
    let seen = state.get(Tree::Rooms, seen_key(room)).await?;
    Ok(Saved {
        next_act,
        ledger: kept::load(state, room, now).await?,
        seen: newest(store, room, seen.as_deref().and_then(read_seen), now).await?,
        timed: entries(timed),
        intents: entries(intents),
        guards: guards.into_iter().filter_map(|(key, value)| Some((plugin(&key)?, value))).collect(),
    })
}

/// Intents stand beside the entries, so that one that fails leaves an entry of before as it was.
const INTENT: &str = "intent-";

/// A timed act as it is kept.
///
/// # Errors
/// If the store cannot be read.
pub async fn timed(
    state: &State,
    room: &RoomJid,
    (kind, identity): (Kind, &Identity),
) -> Result<Option<Entry>, StoreError> {
    state.get_json(Tree::Timed, timed_key(room, kind, identity)).await
}

fn timed_key(room: &RoomJid, kind: Kind, identity: &Identity) -> String {
    format!("{room}\0{}\0{identity}", kind.as_str())
}

fn intent_key(room: &RoomJid, kind: Kind, identity: &Identity) -> String {
    format!("{room}\0{INTENT}{}\0{identity}", kind.as_str())
}

/// Of an open gap at most so many messages are known to be in the records, of 8 bytes each: those of the 14 days that are
/// filled at most, at one in a second. Of more, the oldest are told twice.
const MAX_RECORDED: usize = 1_000_000;

/// What was seen is written down once a minute. After a crash the records know more: up to where all was seen, and what of
/// a gap was. From here on there is a gap until the room was entered and asked, which is written down first.
async fn newest(store: &Store, room: &RoomJid, seen: Option<Seen>, now: Timestamp) -> Result<Option<Seen>, StoreError> {
    let last = store.records.last_stanza_id(room).await.unwrap_or_else(|error| {
        debug!(room.jid = %room, %error, "the newest record cannot be read; some may come twice");
        None
    });
    let Some(mut seen) = seen.or_else(|| last.clone().map(|(id, at)| Seen::up_to(id, at))) else { return Ok(None) };
    if let Some((id, at)) = last {
        seen.record(id, at);
    }
    let recorded = match seen.open_since(now) {
        Some(since) => store.records.stanza_ids_since(room, since, MAX_RECORDED).await?,
        None => KnownIds::default(),
    };
    seen.reopen(recorded);
    crate::store::held(store.state.commit(put_json(Batch::new(), Tree::Rooms, seen_key(room), &seen)).await)?;
    Ok(Some(seen))
}

/// What was seen, also as version 0.1 wrote it: the time and the id of one message.
fn read_seen(bytes: &[u8]) -> Option<Seen> {
    if let Ok(seen) = serde_json::from_slice(bytes) {
        return Some(seen);
    }
    let (at, id) = std::str::from_utf8(bytes).ok()?.split_once(' ')?;
    Some(Seen::up_to(StanzaId::new(id), at.parse().ok()?))
}

fn seen_key(room: &RoomJid) -> String {
    format!("seen\0{room}")
}

fn guard_key(room: &RoomJid, plugin: &PluginName) -> String {
    format!("{room}\0{plugin}")
}
