//! One lane of the outbox: first come, first served, the same moderation of the same target only once.

use std::{collections::VecDeque, time::Duration};

use domovoi_plugin::{Action, Identity, Level, Target, Timestamp, jid::BareJid};

use super::{Due, Offer};

/// So many may ask for the same thing while it waits; whoever comes then has it done once more.
const MAX_ALSO: usize = 64;

#[derive(Debug)]
pub(super) struct Lane<R> {
    queue: VecDeque<Due<R>>,
    capacity: usize,
    patience: Duration,
}

impl<R> Lane<R> {
    pub(super) fn new(capacity: usize, patience: Duration) -> Self {
        Self { queue: VecDeque::new(), capacity, patience }
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn waiting(&self) -> impl Iterator<Item = &Offer<R>> {
        self.queue.iter().map(|it| &it.offer)
    }

    /// Appends, or joins what waits already; gives it back if the lane is full.
    pub(super) fn push(&mut self, due: Due<R>) -> Result<(), Box<Due<R>>> {
        let same = self.queue.iter_mut().find(|it| is_same(&it.offer, &due.offer) && it.is_dry_run == due.is_dry_run);
        if let Some(waiting) = same.filter(|it| it.also.len() < MAX_ALSO) {
            waiting.also.push(due.offer.reply);
            waiting.offer.action = stronger(&waiting.offer.action, due.offer.action);
            return Ok(());
        }
        if self.capacity <= self.queue.len() {
            return Err(Box::new(due));
        }
        self.queue.push_back(due);
        Ok(())
    }

    /// The first that `may_go`; others keep their place, so that a paced room does not hold up the rest.
    pub(super) fn pop(&mut self, now: Timestamp, may_go: &mut dyn FnMut(&Offer<R>) -> bool) -> Option<Due<R>> {
        let mut refused: Vec<&str> = Vec::new();
        let mut found = None;
        for (i, due) in self.queue.iter().enumerate() {
            let room = due.offer.room.as_str();
            // A room or service that was refused once is not asked again in this round: order within it holds.
            if refused.contains(&room) || now.since(due.since) >= self.patience {
                continue;
            }
            if may_go(&due.offer) {
                found = Some(i);
                break;
            }
            refused.push(room);
        }
        found.and_then(|i| self.queue.remove(i))
    }

    pub(super) fn expired(&mut self, now: Timestamp) -> Vec<Due<R>> {
        let mut gone = Vec::new();
        while self.queue.front().is_some_and(|it| self.patience <= now.since(it.since)) {
            gone.extend(self.queue.pop_front());
        }
        gone
    }
}

/// Whom a moderation concerns, in the form in which two of the same kind are one.
#[derive(PartialEq)]
enum Concerned<'a> {
    Someone(&'a Target),
    Jid(&'a BareJid),
    Message(&'a str),
}

fn concerned(action: &Action) -> Option<Concerned<'_>> {
    match action {
        Action::Mute { target, .. }
        | Action::Unmute { target, .. }
        | Action::Role { target, .. }
        | Action::Kick { target, .. } => Some(Concerned::Someone(target)),
        Action::Ban { jid, .. } | Action::Affiliation { jid, .. } => Some(Concerned::Jid(jid)),
        // Two changes of the configuration are never the same: they come one after the other.
        Action::Configure { .. } => None,
        Action::Retract { message, .. } => Some(Concerned::Message(message.as_str())),
        Action::Say { .. }
        | Action::Private { .. }
        | Action::React { .. }
        | Action::Share { .. }
        | Action::Correct { .. }
        | Action::Subject { .. }
        | Action::Invite { .. } => None,
    }
}

fn is_same<R>(a: &Offer<R>, b: &Offer<R>) -> bool {
    let kind = |it: &Action| std::mem::discriminant(it);
    let target = concerned(&a.action);
    kind(&a.action) == kind(&b.action)
        && a.room == b.room
        && target.is_some()
        && target == concerned(&b.action)
        && role_of(&a.action) == role_of(&b.action)
        && a.plugin == b.plugin
        && asked_by(a) == asked_by(b)
}

/// On whose behalf, and with which rights: what one may do is not what another may.
fn asked_by<R>(offer: &Offer<R>) -> Option<(&Identity, Level, bool)> {
    offer.by.as_ref().map(|it| (&it.identity, it.level, it.is_override))
}

/// What a role or affiliation is set to: two different ones are not the same act.
fn role_of(action: &Action) -> Option<(&'static str, &'static str)> {
    match action {
        Action::Role { role, .. } => Some(("role", role.as_str())),
        Action::Affiliation { affiliation, .. } => Some(("affiliation", affiliation.as_str())),
        Action::Say { .. }
        | Action::Private { .. }
        | Action::React { .. }
        | Action::Share { .. }
        | Action::Correct { .. }
        | Action::Retract { .. }
        | Action::Mute { .. }
        | Action::Unmute { .. }
        | Action::Kick { .. }
        | Action::Ban { .. }
        | Action::Configure { .. }
        | Action::Subject { .. }
        | Action::Invite { .. } => None,
    }
}

/// Of two mutes or bans the longer one; else what waits already.
fn stronger(waiting: &Action, new: Action) -> Action {
    match (waiting, &new) {
        (Action::Mute { span: a, .. }, Action::Mute { span: b, .. })
        | (Action::Ban { span: a, .. }, Action::Ban { span: b, .. })
            if is_longer(*b, *a) =>
        {
            new
        }
        _ => waiting.clone(),
    }
}

fn is_longer(a: Option<Duration>, b: Option<Duration>) -> bool {
    match (a, b) {
        (None, Some(_)) => true,
        (Some(a), Some(b)) => b < a,
        (_, None) => false,
    }
}
