//! Invitations into rooms: an owner of the bot is followed at once, everybody else's invitation waits for one.
//!
//! Where a room carries the invitation (XEP-0045 §7.8.2), its word on who invites is all there is; so even an owner's
//! name in it counts for only so many a day, and a service that forges it cannot fill the bot with rooms. Nor does it bring
//! the bot back into a room that it was told to leave.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domovoi_plugin::{Invited, RoomJid, Signal, Text, Timestamp, grammar::shown, jid::Jid};
use serde::{Deserialize, Serialize};

use super::{
    core::Host,
    instance::Job,
    overlay::{Change, ChangeError},
};
use crate::{
    config::KeyPath,
    store::{Batch, StoreError, Tree, held},
};

/// So many a day from one inviter.
const MAX_A_DAY: usize = 5;
const DAY: Duration = Duration::from_secs(86_400);
/// So many inviters are counted; while there are more, only what is certain to come from an owner is taken.
const MAX_INVITERS: usize = 1000;
/// An invitation is forgotten after this long.
const KEPT_FOR: Duration = Duration::from_secs(7 * 86_400);
/// So many are kept; more are not even told.
const MAX_KEPT: usize = 500;

/// An invitation as it came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invitation {
    /// Into which room.
    pub room: RoomJid,
    /// From whom, where that is known: a JID, or someone in the room.
    pub inviter: Option<Jid>,
    /// Whether it came from the inviter and not through the room, so that its sender is certain (XEP-0249).
    pub is_direct: bool,
    /// Why.
    pub reason: Option<String>,
    /// The room's password.
    pub password: Option<String>,
}

/// What has become of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// An owner has to say.
    Waiting,
    /// It was followed.
    Accepted,
    /// It was refused.
    Refused,
}

/// An invitation as it is kept.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// Into which room.
    pub room: RoomJid,
    /// From whom; empty if that is not known.
    pub inviter: String,
    /// Why.
    pub reason: Option<String>,
    /// The room's password.
    pub password: Option<String>,
    /// When it came.
    pub at: Timestamp,
    /// What has become of it.
    pub fate: Fate,
}

/// How often each inviter has tried within a day of their first try, whatever became of it.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<BTreeMap<String, (Timestamp, usize)>>);

impl Attempts {
    /// Counts one more try; gives whether it is one too many.
    fn is_too_many(&self, inviter: &str, now: Timestamp) -> bool {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tries.retain(|_, (first, _)| now.since(*first) < DAY);
        if MAX_INVITERS <= tries.len() && !tries.contains_key(inviter) {
            return true;
        }
        let (_, n) = tries.entry(inviter.to_owned()).or_insert((now, 0));
        *n = n.saturating_add(1);
        MAX_A_DAY < *n
    }
}

impl Host {
    /// Someone invites one of our accounts. Errors of the store are logged here: nobody waits for an answer.
    pub async fn invited(&self, invitation: Invitation) {
        let room = invitation.room.clone();
        self.tell_plugins(&invitation);
        if let Err(error) = self.take_invitation(invitation).await {
            tracing::warn!(room.jid = %room, %error, "an invitation was not taken");
        }
    }

    /// Plugins that are on anywhere hear of it. There may be as many as strangers please: what does not fit is dropped.
    fn tell_plugins(&self, it: &Invitation) {
        let invited = Invited { room: it.room.clone(), inviter: it.inviter.clone(), reason: it.reason.clone() };
        for installed in self.roster().plugins.iter().filter(|it| it.manifest.wants_events) {
            if !self.is_on_anywhere(&installed.manifest) {
                continue;
            }
            let signal = Box::new(Signal::Invitation(invited.clone()));
            if installed.mailbox.try_send(Job::Signal(signal, None, self.in_hand.hold())).is_err() {
                self.metrics.queue_drop(installed.name().as_str());
            }
        }
    }

    async fn take_invitation(&self, it: Invitation) -> Result<(), ChangeError> {
        let config = self.live.config();
        if config.rooms.get(&it.room).is_some_and(|room| room.join) {
            return Ok(());
        }
        let bare = it.inviter.as_ref().map(Jid::to_bare);
        // Someone in a room is that room's; without a room the bare JID is who they are.
        let inviter = match (&it.inviter, &bare) {
            (Some(full), Some(bare)) if *bare == *it.room.as_bare() => full.to_string(),
            (_, bare) => bare.as_ref().map_or_else(String::new, ToString::to_string),
        };
        let is_owner = bare.is_some_and(|jid| config.bot.owners.contains(&jid));
        let now = self.clock.now();
        let is_sure = is_owner && it.is_direct;
        if !is_sure && self.attempts.is_too_many(&inviter, now) {
            self.metrics.queue_drop("invitations");
            return Ok(());
        }
        // A room that was left on purpose is entered again for nobody's word but an owner's own.
        let is_followed = is_sure || (is_owner && !config.rooms.contains_key(&it.room));
        let kept = self.all_invitations().await?;
        let same = kept.iter().any(|old| old.room == it.room && old.inviter == inviter && old.fate != Fate::Accepted);
        // Those of before a restart.
        let n_today = kept.iter().filter(|old| old.inviter == inviter && now.since(old.at) < DAY).count();
        if !is_sure && (MAX_A_DAY <= n_today || MAX_KEPT <= kept.len() || (same && !is_followed)) {
            self.metrics.queue_drop("invitations");
            return Ok(());
        }
        let fate = if is_followed { Fate::Accepted } else { Fate::Waiting };
        let reason = it.reason.map(|it| shown(&it, 200)).filter(|it| !it.trim().is_empty());
        let kept = Kept { room: it.room, inviter, reason, password: it.password, at: now, fate };
        if is_followed {
            self.follow(&kept, &kept.inviter).await?;
        } else {
            self.tell_owner_aside(notice(&kept));
        }
        self.keep_invitation(&kept).await?;
        Ok(())
    }

    /// Those that an owner has to say something to, oldest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn invitations(&self) -> Result<Vec<Kept>, StoreError> {
        let mut kept = self.all_invitations().await?;
        kept.retain(|it| it.fate == Fate::Waiting);
        kept.sort_by_key(|it| it.at);
        Ok(kept)
    }

    /// Follows an invitation. Gives whether there was one.
    ///
    /// # Errors
    /// Why the room cannot be joined.
    pub async fn accept_invitation(&self, room: &RoomJid, by: &str) -> Result<bool, ChangeError> {
        let Some(first) = self.invitations().await?.into_iter().find(|it| it.room == *room) else { return Ok(false) };
        self.follow(&first, by).await?;
        self.settle_invitations(room, Fate::Accepted).await?;
        Ok(true)
    }

    /// Refuses an invitation; whoever sent it is not heard again on this room for a week. Gives whether there was one.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn refuse_invitation(&self, room: &RoomJid) -> Result<bool, StoreError> {
        self.settle_invitations(room, Fate::Refused).await
    }

    async fn settle_invitations(&self, room: &RoomJid, fate: Fate) -> Result<bool, StoreError> {
        let mine: Vec<Kept> = self.invitations().await?.into_iter().filter(|it| it.room == *room).collect();
        for it in &mine {
            // The password has done its work, or never will.
            self.keep_invitation(&Kept { fate, password: None, ..it.clone() }).await?;
        }
        Ok(!mine.is_empty())
    }

    async fn follow(&self, kept: &Kept, by: &str) -> Result<(), ChangeError> {
        let room = KeyPath::new(["rooms", kept.room.as_str()]);
        let mut changes = vec![Change::set(room.join("join"), true)];
        if let Some(password) = &kept.password {
            let password = Change::set(room.join("password"), password.as_str());
            changes.push(Change { is_secret: true, ..password });
        }
        self.change(changes, by).await
    }

    async fn keep_invitation(&self, kept: &Kept) -> Result<(), StoreError> {
        let kept = Kept { password: kept.password.clone().filter(|_| kept.fate == Fate::Waiting), ..kept.clone() };
        let key = format!("{}\0{}", kept.room, kept.inviter);
        held(self.store.state.commit(Batch::new().put_json(Tree::Invites, key, &kept)?).await)
    }

    /// Everything of the last seven days; what is older goes.
    async fn all_invitations(&self) -> Result<Vec<Kept>, StoreError> {
        let pairs = self.store.state.scan(Tree::Invites, Vec::new(), 10 * MAX_KEPT).await?;
        let now = self.clock.now();
        let mut batch = Batch::new();
        let mut kept = Vec::new();
        for (key, value) in pairs {
            match serde_json::from_slice::<Kept>(&value) {
                Ok(it) if now.since(it.at) < KEPT_FOR => kept.push(it),
                Ok(_) | Err(_) => batch = batch.delete(Tree::Invites, key),
            }
        }
        if !batch.is_empty() {
            held(self.store.state.commit(batch).await)?;
        }
        Ok(kept)
    }
}

/// An invitation as owners read it.
#[must_use]
pub fn notice(kept: &Kept) -> Text {
    let key = if kept.reason.is_some() { "invite-waiting-why" } else { "invite-waiting" };
    let inviter = if kept.inviter.is_empty() { "?" } else { kept.inviter.as_str() };
    let text = Text::key(key).with("room", kept.room.as_str()).with("inviter", shown(inviter, 200));
    match &kept.reason {
        Some(reason) => text.with("why", reason.as_str()),
        None => text,
    }
}
