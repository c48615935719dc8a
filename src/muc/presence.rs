//! Presence: who is here, under which nick, as what (XEP-0045 §7.2.2, §7.6, §8, §9; `#enter-pres`, `#changenick`).

use std::sync::Arc;

use domovoi_plugin::{
    Affiliation, Cause, Change, Event, EventKind, Leave, Nick, Occupant, OccupantId, Phase, Role, Show, Target,
};

use super::{
    Membership, Room, Step,
    inbound::{Presence, Status},
    occupants::{MAX_JIDS, Rename, Sight},
    removal::{actor_and_reason, cause},
    room::Knowledge,
};

/// Gone without a word.
const LOST: Leave = Leave { cause: Cause::Lost, actor: None, reason: None };

impl Room {
    /// Someone is here, or is described anew.
    pub(super) fn on_available(&mut self, nick: Option<Nick>, mut presence: Presence, events: &mut Vec<Event>) {
        // ejabberd describes the room itself by presence of its bare JID; there is nothing in it for us.
        let Some(nick) = nick else { return };
        let is_self = match &self.membership {
            Membership::Joining { nick: asked, .. } => self.is_our_entry(&nick, asked, &presence),
            Membership::Joined { .. } => {
                presence.statuses.contains(&Status::OwnPresence) || self.own.as_ref() == Some(&nick)
            }
            Membership::Idle
            | Membership::Asking
            | Membership::Checking { .. }
            | Membership::Naming { .. }
            | Membership::Waiting { .. }
            | Membership::Stopped { .. }
            | Membership::Left => return,
        };
        if is_self && !self.is_joined() {
            self.entered(&nick, &presence);
            if !self.is_joined() {
                return;
            }
        } else if is_self && self.own.as_ref() != Some(&nick) {
            self.on_silent_rename(&nick, events);
        }
        let why = presence.malformed.take();
        self.see(&nick, presence, is_self, events);
        if let Some(why) = why {
            let occupant = self.occupants.get(&nick).cloned();
            events.push(self.event(occupant, EventKind::Malformed { why }));
        }
    }

    /// 110 says so; services without it show us our own JID under the nick that we asked for.
    fn is_our_entry(&self, nick: &Nick, asked: &Nick, presence: &Presence) -> bool {
        let account = &self.plan.account;
        presence.statuses.contains(&Status::OwnPresence)
            || (nick == asked
                && presence.items.iter().filter_map(|it| it.jid.as_ref()).any(|it| it.to_bare() == *account))
    }

    /// Our own presence under another nick, though no 303 came before it.
    fn on_silent_rename(&mut self, nick: &Nick, events: &mut Vec<Event>) {
        if let Some(old) = self.own.clone() {
            let hint = self.sketch(&old, &mut Presence::default());
            self.renamed(&old, nick, hint, events);
        }
    }

    fn see(&mut self, nick: &Nick, mut presence: Presence, is_self: bool, events: &mut Vec<Event>) {
        let has_item = !presence.items.is_empty();
        let (actor, reason) = actor_and_reason(&presence.items);
        let unproven = self.unproven_id(&presence);
        let mut seen = self.sketch(nick, &mut presence);
        seen.is_self = is_self;
        seen.show = presence.show.unwrap_or(Show::Online);
        seen.status = presence.status_text;
        seen.caps = presence.caps.map(|it| self.plan.pools.caps.share(it));
        seen.avatar = presence.avatar.map(|it| self.plan.pools.avatars.share(it));
        let is = match self.occupants.see(seen, has_item, &self.plan.stays) {
            Sight::Came(is) => {
                self.came(&is, events);
                is
            }
            Sight::Replaced { was, is } => {
                self.went(was, LOST, events);
                self.came(&is, events);
                is
            }
            Sight::Changed { was, is } => {
                self.changed(&was, &is, actor, reason, events);
                is
            }
            Sight::Same => return,
        };
        if let Some(id) = unproven {
            self.unproven.insert(is.stay, id);
        }
        self.expel_outcast(&is);
    }

    /// What to tell of the stanza by which we came in: those who were here before us come first. Until then nothing is
    /// told, because we may yet be refused.
    pub(super) fn on_entry(&self, events: Vec<Event>) -> Vec<Event> {
        let join =
            |it: &Arc<Occupant>| Event { phase: Phase::History, ..self.event(Some(Arc::clone(it)), EventKind::Join) };
        let others = self.occupants.iter().filter(|it| !it.is_self).map(join);
        let is_own =
            |it: &Event| matches!(it.kind, EventKind::Subject { .. } | EventKind::Joined | EventKind::Malformed { .. });
        others.chain(events.into_iter().filter(is_own)).collect()
    }

    fn came(&mut self, occupant: &Arc<Occupant>, events: &mut Vec<Event>) {
        // Our own coming is the event `Joined`, once history is over.
        if !occupant.is_self {
            events.push(self.event(Some(Arc::clone(occupant)), EventKind::Join));
        }
    }

    fn changed(
        &self,
        was: &Occupant,
        is: &Arc<Occupant>,
        actor: Option<Nick>,
        reason: Option<String>,
        events: &mut Vec<Event>,
    ) {
        let mut push = |kind| events.push(self.event(Some(Arc::clone(is)), kind));
        if was.affiliation != is.affiliation {
            push(EventKind::Affiliation(Change { was: was.affiliation, actor, reason }));
        } else if was.role != is.role {
            push(EventKind::Role(Change { was: was.role, actor, reason }));
        }
        if was.show != is.show || was.status != is.status || was.caps != is.caps || was.avatar != is.avatar {
            push(EventKind::Presence);
        }
    }

    /// Someone who is banned has no business here, whatever role the service gave them.
    fn expel_outcast(&mut self, occupant: &Occupant) {
        if occupant.affiliation != Affiliation::Outcast || occupant.role == Role::None || occupant.is_self {
            return;
        }
        let target = Target { nick: occupant.nick.clone(), identity: occupant.identity() };
        let step = Step::Expel(target);
        if !self.steps.contains(&step) {
            self.steps.push_back(step);
        }
    }

    /// An occupant as far as items and ids of a presence tell. The JIDs are taken out of it.
    fn sketch(&self, nick: &Nick, presence: &mut Presence) -> Occupant {
        let n_jids = presence.items.iter().filter(|it| it.jid.is_some()).count().min(MAX_JIDS);
        let mut jids = Vec::with_capacity(n_jids);
        for jid in presence.items.iter_mut().filter_map(|it| it.jid.take()) {
            if jids.len() < MAX_JIDS && !jids.contains(&jid) {
                jids.push(jid);
            }
        }
        let item = presence.items.first();
        Occupant {
            nick: nick.clone(),
            role: item.map_or(Role::Participant, |it| it.role),
            affiliation: item.map_or(Affiliation::None, |it| it.affiliation),
            jids,
            occupant_id: self.believed_id(&presence.occupant_ids),
            show: Show::Online,
            status: None,
            caps: None,
            avatar: None,
            joined_at: self.now,
            stay: 0,
            is_self: false,
        }
    }

    /// The occupant id, if the room gives such ids. It gives one: where there are several, somebody added theirs.
    pub(super) fn believed_id(&self, ids: &[OccupantId]) -> Option<OccupantId> {
        match ids {
            [id] if self.features.has_occupant_ids => Some(id.clone()),
            _ => None,
        }
    }

    fn unproven_id(&self, presence: &Presence) -> Option<OccupantId> {
        match presence.occupant_ids.as_slice() {
            [id] if self.knowledge != Knowledge::Known && !self.features.has_occupant_ids => Some(id.clone()),
            _ => None,
        }
    }

    /// Someone is no longer here, or not under this nick.
    pub(super) fn on_unavailable(&mut self, nick: Option<Nick>, mut presence: Presence, events: &mut Vec<Event>) {
        let is_inside = matches!(self.membership, Membership::Joined { .. } | Membership::Joining { .. });
        let Some(nick) = nick else {
            if is_inside && presence.destroy.is_some() {
                self.on_own_removal(presence, events);
            } else {
                // ejabberd says so before it says why, which comes under our nick; if it does not, the ping will tell.
                self.ping.is_due = true;
            }
            return;
        };
        if !is_inside {
            return;
        }
        let is_self = presence.statuses.contains(&Status::OwnPresence) || self.own.as_ref() == Some(&nick);
        let new = presence.items.iter().find_map(|it| it.nick.clone());
        let is_rename = presence.statuses.contains(&Status::NickChanged);
        if let Some(new) = new.filter(|_| is_rename) {
            let hint = self.sketch(&nick, &mut presence);
            self.renamed(&nick, &new, hint, events);
        } else if is_self && is_rename {
            // We have another nick and were not told which; our presence under it, or the ping, will tell.
            self.ping.is_due = true;
        } else if is_self {
            self.on_own_removal(presence, events);
        } else {
            self.on_other_removal(&nick, presence, events);
        }
    }

    fn on_other_removal(&mut self, nick: &Nick, mut presence: Presence, events: &mut Vec<Event>) {
        let hint = self.sketch(nick, &mut presence);
        let Some(occupant) = self.occupants.remove(nick, &hint) else { return };
        let (actor, reason) = actor_and_reason(&presence.items);
        let cause = if presence.statuses.contains(&Status::NickChanged) { Cause::Lost } else { cause(&presence) };
        let reason = reason.or_else(|| presence.status_text.map(|it| it.as_ref().to_owned()));
        self.went(occupant, Leave { cause, actor, reason }, events);
    }

    /// 303: the same occupant under another nick.
    fn renamed(&mut self, old: &Nick, new: &Nick, mut hint: Occupant, events: &mut Vec<Event>) {
        let is_self = self.own.as_ref() == Some(old);
        hint.is_self = is_self;
        if is_self {
            self.own = Some(new.clone());
            self.reclaim_at = self.reclaim_at.filter(|_| *new != self.plan.nick);
        }
        match self.occupants.rename(old, new, &hint, self.now) {
            Rename::Moved { is, dropped } => {
                events.push(self.event(Some(is), EventKind::Nick { old: old.clone() }));
                self.nick_was_freed(old);
                if let Some(dropped) = dropped {
                    self.went(dropped, LOST, events);
                }
            }
            Rename::Merged(occupant) => {
                let leave = Leave { cause: Cause::Left, actor: None, reason: None };
                self.went(occupant, leave, events);
            }
            Rename::Unknown => {}
        }
    }

    fn went(&mut self, occupant: Arc<Occupant>, leave: Leave, events: &mut Vec<Event>) {
        self.nick_was_freed(&occupant.nick);
        self.unproven.remove(&occupant.stay);
        self.talk.went(&occupant, self.now);
        events.push(self.event(Some(occupant), EventKind::Leave(leave)));
    }

    pub(super) fn tick_displaced(&mut self, events: &mut Vec<Event>) {
        let mut untold = Vec::new();
        let events = if self.is_joined() { events } else { &mut untold };
        for occupant in self.occupants.expire(self.now) {
            self.went(occupant, LOST, events);
        }
    }
}
