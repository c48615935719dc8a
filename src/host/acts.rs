//! Who made the bot do what: the last acts of each room, for `acts`.
//!
//! Each room has a ring of [`MAX_ACTS`] places in the store, so that nothing has to be swept to keep it small; what is
//! older than 90 days is neither shown nor kept.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{Action, Identity, RoomJid, Timestamp, jid::BareJid};
use serde::{Deserialize, Serialize};

use super::{
    incidents::{self, Deed},
    keeper::put_json,
    recording::{reason_of, target_of},
    removals,
    room::Acted,
};
use crate::store::{Batch, State, StoreError, Tree};

/// So many acts of a room are kept.
pub const MAX_ACTS: u64 = 1000;
/// And none longer than this.
pub const KEPT_FOR: Duration = Duration::from_secs(90 * 86_400);

/// Something the bot did.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Act {
    /// Its number in the room, rising.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: String,
    /// To whom.
    pub target: Option<String>,
    /// Who that is, where it is an act on someone by nick.
    #[serde(default)]
    pub target_identity: Option<Identity>,
    /// Why.
    pub reason: Option<String>,
    /// For how long, in seconds.
    pub seconds: Option<u64>,
    /// Which role or affiliation was given.
    #[serde(default)]
    pub to: Option<String>,
    /// Through which plugin.
    pub plugin: String,
    /// Who asked for it, by nick; `None` if the plugin decided itself.
    pub by: Option<String>,
    /// Who that is.
    pub by_identity: Option<Identity>,
    /// What the server said.
    pub result: String,
}

impl Act {
    /// An act as it was answered; `None` for mere talk that nobody asked for.
    #[must_use]
    pub fn of(acted: &Acted<'_>, result: &str, seq: u64, now: Timestamp) -> Option<Self> {
        use Action::{Ban, Mute, Subject};
        let is_worth_it = acted.by.is_some() || acted.action.is_moderation() || matches!(acted.action, Subject { .. });
        let span = if let Mute { span, .. } | Ban { span, .. } = acted.action { *span } else { None };
        is_worth_it.then(|| Self {
            seq,
            at: now,
            action: acted.action.as_str().to_owned(),
            target: target_of(acted.action),
            target_identity: Deed::of(acted.action, "", false, now).identity,
            reason: reason_of(acted.action).map(|it| it.chars().take(300).collect()),
            seconds: span.map(|it| it.as_secs()),
            to: given(acted.action).map(str::to_owned),
            plugin: acted.plugin.to_string(),
            by: acted.by.map(|it| it.nick.clone()),
            by_identity: acted.by.map(|it| it.identity.clone()),
            result: result.chars().take(200).collect(),
        })
    }

    /// Whether it was done by or to someone of this name, or someone who is one of these.
    #[must_use]
    pub fn concerns(&self, name: &str, identities: &[Identity]) -> bool {
        let lower = name.to_lowercase();
        let is_named = |it: &Option<String>| it.as_deref().is_some_and(|it| it.to_lowercase() == lower);
        let is_jid = |jid: &BareJid| self.target.as_deref() == Some(jid.as_str());
        let is_one = |it: &Identity| {
            [&self.by_identity, &self.target_identity].contains(&&Some(it.clone())) || it.jid().is_some_and(is_jid)
        };
        is_named(&self.by) || is_named(&self.target) || identities.iter().any(is_one)
    }
}

/// The role or affiliation that an action gives.
const fn given(action: &Action) -> Option<&'static str> {
    if let Action::Role { role, .. } = action {
        return Some(role.as_str());
    }
    if let Action::Affiliation { affiliation, .. } = action { Some(affiliation.as_str()) } else { None }
}

fn key(room: &RoomJid, seq: u64) -> String {
    format!("{room}\0{:04}", seq % MAX_ACTS)
}

fn counter_key(room: &RoomJid) -> String {
    format!("acts\0{room}")
}

/// Adds an act to a batch.
pub(super) fn put(batch: Batch, room: &RoomJid, act: &Act) -> Batch {
    let batch = put_json(batch, Tree::Acts, key(room, act.seq), act);
    put_json(batch, Tree::Counters, counter_key(room), &(act.seq + 1))
}

/// The number of the next act in a room.
///
/// # Errors
/// If the store cannot be read.
pub async fn next_seq(state: &State, room: &RoomJid) -> Result<u64, StoreError> {
    Ok(state.get_json(Tree::Counters, counter_key(room)).await?.unwrap_or_default())
}

/// The acts of a room since some time, newest first. What is too old goes.
///
/// # Errors
/// If the store cannot be read.
pub async fn list(state: &State, room: &RoomJid, since: Timestamp, now: Timestamp) -> Result<Vec<Act>, StoreError> {
    let mut acts = prune(state, room, now).await?;
    acts.retain(|it| since <= it.at);
    acts.sort_by_key(|it| std::cmp::Reverse(it.seq));
    Ok(acts)
}

/// Forgets what is too old, and gives what is left.
///
/// # Errors
/// If the store cannot be read, or does not take it.
pub(super) async fn prune(state: &State, room: &RoomJid, now: Timestamp) -> Result<Vec<Act>, StoreError> {
    let pairs = state.scan(Tree::Acts, format!("{room}\0"), usize::try_from(MAX_ACTS).unwrap_or(usize::MAX)).await?;
    let mut batch = Batch::new();
    let mut acts = Vec::new();
    for (key, value) in pairs {
        match serde_json::from_slice::<Act>(&value) {
            Ok(act) if now.since(act.at) < KEPT_FOR => acts.push(act),
            Ok(_) | Err(_) => batch = batch.delete(Tree::Acts, key),
        }
    }
    if !batch.is_empty() {
        state.commit(batch).await?;
    }
    Ok(acts)
}

/// How long after the start is tidied first: in its first minute a bot enters its rooms, and has no time to clean up.
const FIRST_TIDY: Duration = Duration::from_secs(60);

/// Forgets what is too old in every room, and what ran out of what plugins keep, a while after the start and once a day.
pub(super) async fn tidy(host: Arc<super::core::Host>, cancel: tokio_util::sync::CancellationToken) {
    let mut daily = tokio::time::interval_at(tokio::time::Instant::now() + FIRST_TIDY, Duration::from_secs(86_400));
    loop {
        // Cancel-safe: pruning may stop anywhere.
        tokio::select! {
            () = cancel.cancelled() => return,
            _ = daily.tick() => (),
        }
        incidents::kept::tidy(&host).await;
        removals::tidy(&host).await;
        host.forget_all_expired().await;
        let rooms: Vec<RoomJid> = host.live.config().rooms.keys().cloned().collect();
        for room in rooms {
            if let Err(error) = prune(&host.store.state, &room, host.clock.now()).await {
                tracing::warn!(room.jid = %room, %error, "old acts were not forgotten; tried again tomorrow");
            }
        }
    }
}
