//! Timed mutes and bans of one room: what we did, until when, and when it is over.
//!
//! What is in force is decided by the room; this is the record of our own acts. A role or affiliation that someone else
//! changes ends our entry of that kind and is never fought (a person's word wins). Otherwise a mute is applied again at
//! every return, because servers forget roles.
//!
//! What happened while we were away is not told, only found: someone muted has a voice. Either a person gave it, or they
//! came in anew and the server forgot the role. When they came is not shown, but their sessions are, where we see real
//! JIDs: if none of those that were muted is left, it is another stay, and a return like any other. If one is left, or
//! nothing is known of either, it counts as a person's word, unless the server itself was restarted. That lets off whoever rejoined under the same resource in
//! our absence; the other way about we would take the voice from whom a moderator gave it, which is worse.
//!
//! Before an act is sent an *intent* is kept, apart from the entries: should we die before the server answers, the next
//! start knows what may be in force. It becomes an entry then, and is looked at like any other when we come in: a mute
//! goes if that stay has a voice, a ban if the room's list does not have it.

mod entry;

use std::{collections::BTreeMap, time::Duration};

use domovoi_plugin::{
    Action, Affiliation, Event, EventKind, Identity, Nick, Occupant, Phase, Role, Target, Timestamp, View, jid::BareJid,
};

pub use entry::{Entry, Kind};

/// So many entries a room; the one that ends first makes way.
const MAX_ENTRIES: usize = 5_000;
/// How long after the end of an entry was acted on it is looked at again, should that not have worked.
const LIFT_AGAIN: Duration = Duration::from_secs(60);
/// How long someone who stays away is still given their voice back at their return; some servers keep roles.
const OWED_FOR: Duration = Duration::from_secs(30 * 86_400);

/// Something the table wants done or kept.
#[derive(Clone, PartialEq, Debug)]
pub enum Want {
    /// To be done in the room now; an empty reason means that the time is over.
    Act(Action),
    /// A ban to be lifted, if it is still there: asked of the server first, since someone may have made them a member.
    Lift(BareJid),
    /// A ban to be looked up: it may have been lifted while we were away, or never have reached the server.
    Check(BareJid),
    /// An entry to be kept.
    Keep(Entry),
    /// An entry to be forgotten.
    Forget(Kind, Identity),
    /// An act that is about to be sent.
    Intend(Entry),
    /// An act that was answered.
    Unintend(Kind, Identity),
}

/// The timed acts of one room.
#[derive(Clone, Debug, Default)]
pub struct Timed {
    entries: BTreeMap<(Kind, Identity), Entry>,
    /// What was sent and is not answered yet.
    intents: BTreeMap<(Kind, Identity), Entry>,
    /// What is over and was acted on, and when.
    lifting: BTreeMap<(Kind, Identity), Timestamp>,
    /// After a shutdown of the service roles are forgotten, so that voice proves nothing.
    roles_were_reset: bool,
    /// Whether the last stranger who came in had a voice: moderated rooms may give one too.
    strangers_speak: bool,
}

impl Timed {
    /// With what was kept, and what was sent and never answered.
    #[must_use]
    pub fn new(entries: Vec<Entry>, intents: Vec<Entry>) -> Self {
        let keyed = |it: Vec<Entry>| it.into_iter().map(|it| (it.key(), it)).collect();
        Self { entries: keyed(entries), intents: keyed(intents), ..Self::default() }
    }

    /// All of them.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Whether a mute of theirs is kept.
    #[must_use]
    pub fn is_muted(&self, identity: &Identity) -> bool {
        self.entries.contains_key(&(Kind::Mute, identity.clone()))
    }

    /// Someone who is away is unmuted: they have a voice when they return.
    pub fn release(&mut self, identity: &Identity, now: Timestamp) -> Vec<Want> {
        match self.entries.get_mut(&(Kind::Mute, identity.clone())) {
            Some(entry) => {
                entry.until = Some(now);
                vec![Want::Keep(entry.clone())]
            }
            None => Vec::new(),
        }
    }

    /// An act is about to be sent: what will be in force if it succeeds.
    pub fn intend(&mut self, action: &Action, by: &str, view: &dyn View) -> Vec<Want> {
        let Some(mut entry) = Entry::of(action, by, view.now()) else { return Vec::new() };
        if entry.kind == Kind::Mute {
            entry.sessions =
                view.occupants().filter(|it| it.is(&entry.identity)).flat_map(|it| it.jids.clone()).collect();
        }
        if self.intents.len() < MAX_ENTRIES {
            self.intents.insert(entry.key(), entry.clone());
        }
        vec![Want::Intend(entry)]
    }

    /// An act was answered, in whatever way.
    pub fn answered(&mut self, action: &Action) -> Vec<Want> {
        let Some(key) = Entry::of(action, "", Timestamp::default()).map(|it| it.key()) else { return Vec::new() };
        self.intents.remove(&key).map(|_| Want::Unintend(key.0, key.1)).into_iter().collect()
    }

    /// An act of ours succeeded; `is_new` unless it was so already.
    pub fn acted(&mut self, action: &Action, is_new: bool, by: &str, now: Timestamp) -> Vec<Want> {
        match action {
            Action::Mute { .. } | Action::Ban { span: Some(_), .. } => {
                let Some(mut entry) = Entry::of(action, by, now) else { return Vec::new() };
                let before = self.entries.get(&entry.key());
                entry.was_voiceless = entry.kind == Kind::Mute && !is_new && before.is_none_or(|it| it.was_voiceless);
                if let Some(sent) = self.intents.get(&entry.key()).or(before) {
                    entry.sessions.clone_from(&sent.sessions);
                }
                self.put(entry)
            }
            // A ban without an end is the room's own business from here on.
            Action::Ban { jid, span: None, .. } => self.drop_entry(Kind::Ban, &Identity::Jid(jid.clone())),
            Action::Affiliation { jid, affiliation: Affiliation::None, .. } => self.lifted(jid, now),
            Action::Affiliation { jid, .. } => self.drop_entry(Kind::Ban, &Identity::Jid(jid.clone())),
            Action::Unmute { target, .. } => self.drop_entry(Kind::Mute, &target.identity),
            Action::Role { target, role, .. } if Role::Participant <= *role => {
                self.drop_entry(Kind::Mute, &target.identity)
            }
            Action::Role { .. }
            | Action::Kick { .. }
            | Action::Retract { .. }
            | Action::Say { .. }
            | Action::Private { .. }
            | Action::React { .. }
            | Action::Share { .. }
            | Action::Correct { .. }
            | Action::Subject { .. }
            | Action::Configure { .. }
            | Action::Invite { .. } => Vec::new(),
        }
    }

    /// Something happened in the room.
    pub fn event(&mut self, event: &Event, view: &dyn View) -> Vec<Want> {
        let is_ours = |actor: &Option<Nick>| actor.is_some() && actor.as_ref() == view.me().map(|it| &it.nick);
        match (&event.kind, &event.occupant) {
            // Who was here before us is looked at when all are known.
            (EventKind::Join, Some(occupant)) if event.phase == Phase::Live => {
                self.note_stranger(occupant);
                let mut wants = self.returned(occupant, event.at, view);
                wants.extend(self.bar(occupant, event.at));
                wants
            }
            (EventKind::Joined, _) => self.entered(view, event.at),
            (EventKind::Lost { why }, _) => {
                self.roles_were_reset = ["shutting down", "restarted"].iter().any(|it| why.contains(it));
                Vec::new()
            }
            (EventKind::Role(change), Some(occupant)) if !is_ours(&change.actor) => {
                self.given_voice(occupant, change.was)
            }
            (EventKind::Affiliation(change), Some(occupant)) if !is_ours(&change.actor) => {
                let mut wants = self.given_voice(occupant, Role::Visitor);
                wants.extend(self.drop_matching(Kind::Ban, occupant));
                wants
            }
            (EventKind::Absent(change), _) if !is_ours(&change.actor) => {
                self.drop_entry(Kind::Ban, &Identity::Jid(change.jid.clone()))
            }
            _ => Vec::new(),
        }
    }

    /// A second passed.
    pub fn tick(&mut self, now: Timestamp, view: &dyn View) -> Vec<Want> {
        let is_due = |it: &&Entry| {
            let asked = self.lifting.get(&(it.kind, it.identity.clone()));
            it.is_over(now) && asked.is_none_or(|at| LIFT_AGAIN <= now.since(*at))
        };
        let over: Vec<Entry> = self.entries.values().filter(is_due).take(50).cloned().collect();
        let mut wants = Vec::new();
        for entry in over {
            self.lifting.insert((entry.kind, entry.identity.clone()), now);
            match (entry.kind, entry.identity.jid()) {
                (Kind::Ban, Some(jid)) => wants.push(Want::Lift(jid.clone())),
                (Kind::Ban, None) => wants.extend(self.drop_entry(Kind::Ban, &entry.identity)),
                (Kind::Mute, _) => wants.extend(self.end_mute(&entry, now, view)),
            }
        }
        wants
    }

    /// The entry is forgotten when the room has answered, or when they return with a voice.
    fn end_mute(&mut self, entry: &Entry, now: Timestamp, view: &dyn View) -> Vec<Want> {
        let here: Vec<_> = view.occupants().filter(|it| it.is(&entry.identity)).collect();
        let is_late = entry.until.is_some_and(|until| OWED_FOR <= now.since(until));
        // What comes of a ban shows when they come in; whoever is here was not away.
        let is_moot = entry.after_ban && !here.is_empty();
        if entry.was_voiceless || is_late || is_moot || here.iter().any(|it| Role::Participant <= it.role) {
            return self.drop_entry(Kind::Mute, &entry.identity);
        }
        here.into_iter().map(|it| Want::Act(unmute(it, entry))).collect()
    }

    /// The ban is gone, or there was none any more.
    ///
    /// COMPAT: ejabberd 23.01 lets them in as visitors after that, also where everybody else has a voice.
    pub fn lifted(&mut self, jid: &BareJid, now: Timestamp) -> Vec<Want> {
        let identity = Identity::Jid(jid.clone());
        let mut wants = self.drop_entry(Kind::Ban, &identity);
        if !self.is_muted(&identity) {
            wants.extend(self.put(Entry::owed_after_ban(jid, now)));
        }
        wants
    }

    /// Whom nothing of ours concerns shows what newcomers may do here.
    fn note_stranger(&mut self, occupant: &Occupant) {
        let concerns_us = self.entries.values().any(|it| occupant.is(&it.identity));
        if occupant.affiliation == Affiliation::None && !concerns_us {
            self.strangers_speak = Role::Participant <= occupant.role;
        }
    }

    /// Someone came in: what is in force for them holds again.
    fn returned(&mut self, occupant: &Occupant, now: Timestamp, view: &dyn View) -> Vec<Want> {
        let is_theirs = |it: &&Entry| it.kind == Kind::Mute && occupant.is(&it.identity);
        let theirs: Vec<Entry> = self.entries.values().filter(is_theirs).cloned().collect();
        let mut wants = Vec::new();
        for entry in theirs {
            // Where newcomers have no voice anyway, none is owed.
            if entry.after_ban && view.features().is_moderated && !self.strangers_speak {
                wants.extend(self.drop_entry(Kind::Mute, &entry.identity));
                continue;
            }
            match (entry.is_over(now), occupant.role) {
                (false, Role::Participant) => {
                    let target = Target { nick: occupant.nick.clone(), identity: entry.identity.clone() };
                    let span = entry.until.map(|until| until.since(now));
                    wants.push(Want::Act(Action::Mute { target, span, reason: entry.reason.clone() }));
                    wants.extend(self.holds(entry, occupant));
                }
                (false, Role::Visitor) => wants.extend(self.holds(entry, occupant)),
                (true, Role::Visitor) if !entry.was_voiceless => wants.push(Want::Act(unmute(occupant, &entry))),
                (true, _) => wants.extend(self.drop_entry(Kind::Mute, &entry.identity)),
                (false, _) => (),
            }
        }
        wants
    }

    /// A mute is in force for this stay.
    fn holds(&mut self, entry: Entry, occupant: &Occupant) -> Vec<Want> {
        if entry.sessions == occupant.jids {
            return Vec::new();
        }
        self.put(Entry { sessions: occupant.jids.clone(), ..entry })
    }

    /// We came in, and look what became of our acts while we were away.
    fn entered(&mut self, view: &dyn View, now: Timestamp) -> Vec<Want> {
        let mut wants = self.doubts();
        let roles_were_reset = std::mem::take(&mut self.roles_were_reset);
        for occupant in view.occupants().filter(|it| !it.is_self) {
            if !roles_were_reset && Role::Participant <= occupant.role {
                let is_voiced =
                    |it: &&Entry| it.kind == Kind::Mute && occupant.is(&it.identity) && it.may_be_stay(occupant);
                let voiced: Vec<_> = self.entries.values().filter(is_voiced).map(|it| it.identity.clone()).collect();
                wants.extend(voiced.iter().flat_map(|it| self.drop_entry(Kind::Mute, it)));
            }
            wants.extend(self.returned(occupant, now, view));
            wants.extend(self.turn_away(occupant, now));
        }
        let bans = self.entries.values().filter(|it| it.kind == Kind::Ban).filter_map(|it| it.identity.jid());
        wants.extend(bans.cloned().map(Want::Check));
        wants
    }

    /// What was sent before we came in and is not answered will not be: it may be in force.
    fn doubts(&mut self) -> Vec<Want> {
        let mut wants = Vec::new();
        for ((kind, identity), intent) in std::mem::take(&mut self.intents) {
            let known = self.entries.get(&(kind, identity.clone()));
            if known.is_none_or(|it| it.since < intent.since) {
                wants.extend(self.put(intent));
            }
            wants.push(Want::Unintend(kind, identity));
        }
        wants
    }

    fn given_voice(&mut self, occupant: &Occupant, was: Role) -> Vec<Want> {
        if occupant.role < Role::Participant || Role::Participant <= was {
            return Vec::new();
        }
        self.drop_matching(Kind::Mute, occupant)
    }

    fn put(&mut self, entry: Entry) -> Vec<Want> {
        let mut wants = Vec::new();
        if MAX_ENTRIES <= self.entries.len() {
            let first = self.entries.values().min_by_key(|it| it.until.unwrap_or(Timestamp::from_millis(i64::MAX)));
            if let Some((kind, identity)) = first.map(|it| (it.kind, it.identity.clone())) {
                wants.extend(self.drop_entry(kind, &identity));
            }
        }
        self.lifting.remove(&(entry.kind, entry.identity.clone()));
        self.entries.insert((entry.kind, entry.identity.clone()), entry.clone());
        wants.push(Want::Keep(entry));
        wants
    }

    fn drop_entry(&mut self, kind: Kind, identity: &Identity) -> Vec<Want> {
        self.lifting.remove(&(kind, identity.clone()));
        match self.entries.remove(&(kind, identity.clone())) {
            Some(_) => vec![Want::Forget(kind, identity.clone())],
            None => Vec::new(),
        }
    }

    fn drop_matching(&mut self, kind: Kind, occupant: &Occupant) -> Vec<Want> {
        let matching = |it: &&Entry| it.kind == kind && occupant.is(&it.identity);
        let identities: Vec<_> = self.entries.values().filter(matching).map(|it| it.identity.clone()).collect();
        identities.iter().flat_map(|it| self.drop_entry(kind, it)).collect()
    }
}

fn unmute(occupant: &Occupant, entry: &Entry) -> Action {
    let target = Target { nick: occupant.nick.clone(), identity: entry.identity.clone() };
    Action::Unmute { target, reason: String::new() }
}

/// Whether this occupant should not be here at all: banned, yet let in (seen on ejabberd 22.10 to 23.01).
#[must_use]
pub fn is_banned_yet_here(occupant: &Occupant) -> bool {
    occupant.affiliation == Affiliation::Outcast && occupant.role != Role::None
}

mod out;

#[cfg(test)]
mod tests;
