//! A made-up room: who is there, what they are, and what a server would tell of their comings and goings.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jid::{BareJid, Jid};

use crate::{
    Affiliation, Cause, Change, Event, EventKind, Features, Form, Gone, Identity, Leave, Message, Nick, Occupant,
    Phase, Role, RoomJid, SaidId, Snapshot, StanzaId, Timestamp, View,
};

/// How many people who left are remembered, as in a real room.
const MAX_GONE: usize = 100;

/// A room as server and host together know it.
#[derive(Debug)]
pub(super) struct MadeRoom {
    pub(super) jid: RoomJid,
    pub(super) now: Timestamp,
    /// When the bot came.
    pub(super) began: Timestamp,
    /// When schedules at even spans are due.
    pub(super) due: BTreeMap<&'static str, Timestamp>,
    pub(super) snapshot: Snapshot,
    /// The lasting affiliations, the bot's own left out.
    pub(super) affiliations: BTreeMap<BareJid, Affiliation>,
    /// Reasons of the list entries.
    pub(super) reasons: BTreeMap<BareJid, String>,
    /// Our mutes: of whom, until when.
    pub(super) mutes: Vec<(Identity, Option<Timestamp>)>,
    /// Our bans that end.
    pub(super) bans: Vec<(BareJid, Timestamp)>,
    /// The real JID behind every stay, seen or not.
    real: BTreeMap<u64, Jid>,
    last_said: BTreeMap<u64, (String, Vec<StanzaId>)>,
    spared: Vec<BareJid>,
    pub(super) n_messages: u64,
    /// What the bot said, by its ids, oldest first.
    pub(super) said: Vec<SaidId>,
    /// The configuration, as far as there is any.
    pub(super) form: Form,
}

impl MadeRoom {
    pub(super) fn new(jid: RoomJid, own_nick: &Nick, affiliation: Affiliation, now: Timestamp) -> Self {
        let mut snapshot = Snapshot { own_nick: Some(own_nick.clone()), ..Snapshot::default() };
        let role = if Affiliation::Admin <= affiliation { Role::Moderator } else { Role::Participant };
        let me = Occupant { is_self: true, affiliation, role, ..Occupant::new(own_nick.clone(), now, 0) };
        snapshot.occupants.insert(own_nick.clone(), Arc::new(me));
        Self {
            jid,
            now,
            began: now,
            due: BTreeMap::new(),
            snapshot,
            affiliations: BTreeMap::new(),
            reasons: BTreeMap::new(),
            mutes: Vec::new(),
            bans: Vec::new(),
            real: BTreeMap::new(),
            last_said: BTreeMap::new(),
            spared: Vec::new(),
            n_messages: 0,
            said: Vec::new(),
            form: Form::default(),
        }
    }

    pub(super) fn spare(&mut self, jid: BareJid) {
        self.spared.push(jid);
    }

    pub(super) fn event(&self, occupant: Option<Arc<Occupant>>, kind: EventKind) -> Event {
        let is_own = occupant.as_ref().is_some_and(|it| it.is_self);
        Event { at: self.now, room: self.jid.clone(), phase: Phase::Live, is_own, occupant, kind }
    }

    /// Someone comes in, if they are not banned and the nick is free.
    pub(super) fn enter(&mut self, nick: &Nick, jid: Jid, stay: u64) -> Option<Event> {
        let affiliation = self.affiliation_of(&jid.to_bare());
        if affiliation == Affiliation::Outcast || self.snapshot.occupants.contains_key(nick) {
            return None;
        }
        let mut occupant = Occupant { affiliation, ..Occupant::new(nick.clone(), self.now, stay) };
        if self.sees_jids() {
            occupant.jids.push(jid.clone());
        }
        occupant.role = self.first_role(affiliation);
        // A muted person who comes back is muted again.
        if self.mutes.iter().any(|(identity, _)| occupant.is(identity)) {
            occupant.role = occupant.role.min(Role::Visitor);
        }
        self.real.insert(stay, jid);
        Some(self.put(occupant, EventKind::Join))
    }

    fn first_role(&self, affiliation: Affiliation) -> Role {
        match affiliation {
            Affiliation::Owner | Affiliation::Admin => Role::Moderator,
            Affiliation::Member => Role::Participant,
            Affiliation::None if !self.snapshot.features.is_moderated => Role::Participant,
            Affiliation::None | Affiliation::Outcast => Role::Visitor,
        }
    }

    /// Real JIDs are shown to everybody or to moderators only.
    fn sees_jids(&self) -> bool {
        let is_moderator = self.snapshot.me().is_some_and(|it| it.role == Role::Moderator);
        is_moderator || self.snapshot.features.is_non_anonymous
    }

    fn put(&mut self, occupant: Occupant, kind: EventKind) -> Event {
        let occupant = Arc::new(occupant);
        self.snapshot.occupants.insert(occupant.nick.clone(), occupant.clone());
        self.event(Some(occupant), kind)
    }

    pub(super) fn by_stay(&self, stay: u64) -> Option<&Arc<Occupant>> {
        self.snapshot.occupants.values().find(|it| it.stay == stay)
    }

    pub(super) fn real_jid(&self, stay: u64) -> Option<BareJid> {
        self.real.get(&stay).map(Jid::to_bare)
    }

    pub(super) fn removes(&mut self, stay: u64, leave: Leave) -> Option<Event> {
        let mut occupant = Occupant::clone(self.by_stay(stay)?);
        self.snapshot.occupants.remove(&occupant.nick);
        occupant.role = Role::None;
        let occupant = Arc::new(occupant);
        let (last_said, messages) = self.last_said.remove(&stay).map_or((None, Vec::new()), |it| (Some(it.0), it.1));
        let gone = Gone { occupant: occupant.clone(), at: self.now, last_said, messages };
        self.snapshot.gone.insert(0, gone);
        self.snapshot.gone.truncate(MAX_GONE);
        Some(self.event(Some(occupant), EventKind::Leave(leave)))
    }

    pub(super) fn renames(&mut self, stay: u64, nick: Nick) -> Option<Event> {
        let mut occupant = Occupant::clone(self.by_stay(stay)?);
        self.snapshot.occupants.remove(&occupant.nick);
        let old = std::mem::replace(&mut occupant.nick, nick);
        Some(self.put(occupant, EventKind::Nick { old }))
    }

    pub(super) fn message(&mut self, stay: u64, body: &str) -> Option<Message> {
        let occupant = self.by_stay(stay)?;
        let key = occupant.stay;
        self.n_messages += 1;
        let id = StanzaId::new(format!("s{}", self.n_messages));
        let said = self.last_said.entry(key).or_default();
        said.0 = body.chars().take(200).collect();
        said.1.insert(0, id.clone());
        said.1.truncate(20);
        let stanza_id = Some(id);
        let id = Some(crate::MessageId::new(format!("m{}", self.n_messages)));
        Some(Message { id, stanza_id, body: body.to_owned(), ..Message::default() })
    }

    /// The bot says something: under which id.
    pub(super) fn says(&mut self) -> SaidId {
        let id = SaidId(self.n_messages + 1);
        self.said.push(id);
        id
    }

    /// A role changes; none is a kick. `is_ours` if the bot does it, else a person does, who ends our mute.
    pub(super) fn sets_role(&mut self, stay: u64, role: Role, change: Leave, is_ours: bool) -> Option<Event> {
        let mut occupant = Occupant::clone(self.by_stay(stay)?);
        if !is_ours {
            self.mutes.retain(|(identity, _)| !occupant.is(identity));
        }
        if role == Role::None {
            return self.removes(stay, Leave { cause: Cause::Kicked, ..change });
        }
        let was = std::mem::replace(&mut occupant.role, role);
        Some(self.put(occupant, EventKind::Role(Change { was, actor: change.actor, reason: change.reason })))
    }

    /// A lasting affiliation changes; whoever is here with that JID changes with it.
    pub(super) fn sets_affiliation(&mut self, jid: &BareJid, affiliation: Affiliation, change: &Leave) -> Vec<Event> {
        self.affiliations.insert(jid.clone(), affiliation);
        self.bans.retain(|(banned, _)| banned != jid);
        match &change.reason {
            Some(reason) => self.reasons.insert(jid.clone(), reason.clone()),
            None => self.reasons.remove(jid),
        };
        let here: Vec<u64> =
            self.real.iter().filter(|(_, real)| real.to_bare() == *jid).map(|(stay, _)| *stay).collect();
        let mut events = Vec::new();
        for stay in here {
            let Some(occupant) = self.by_stay(stay) else { continue };
            let mut occupant = Occupant::clone(occupant);
            if affiliation == Affiliation::Outcast {
                events.extend(self.removes(stay, Leave { cause: Cause::Banned, ..change.clone() }));
                continue;
            }
            let was = std::mem::replace(&mut occupant.affiliation, affiliation);
            occupant.role = match self.first_role(affiliation) {
                Role::Moderator => Role::Moderator,
                role if Affiliation::Admin <= was => role,
                Role::None | Role::Visitor | Role::Participant => occupant.role,
            };
            let change = Change { was, actor: change.actor.clone(), reason: change.reason.clone() };
            events.push(self.put(occupant, EventKind::Affiliation(change)));
        }
        events
    }

    pub(super) fn affiliation_of(&self, jid: &BareJid) -> Affiliation {
        self.affiliations.get(jid).copied().unwrap_or(Affiliation::None)
    }

    /// The bot itself changes, by an owner's hand.
    pub(super) fn sets_me(&mut self, role: Role, affiliation: Affiliation) {
        if let Some(me) = self.snapshot.me() {
            let me = Occupant { role, affiliation, ..Occupant::clone(me) };
            self.snapshot.occupants.insert(me.nick.clone(), Arc::new(me));
        }
    }

    /// Our mutes and bans whose time is over.
    pub(super) fn expire(&mut self) -> Vec<Event> {
        let now = self.now;
        let over = |until: &Option<Timestamp>| until.is_some_and(|it| it <= now);
        let ended: Vec<Identity> = self.mutes.iter().filter(|it| over(&it.1)).map(|it| it.0.clone()).collect();
        self.mutes.retain(|it| !over(&it.1));
        let by_us = Leave { cause: Cause::Left, actor: self.snapshot.own_nick.clone(), reason: None };
        let mut events = Vec::new();
        for identity in ended {
            let muted = self.snapshot.occupants.values().find(|it| it.is(&identity) && it.role == Role::Visitor);
            if let Some(stay) = muted.map(|it| it.stay) {
                events.extend(self.sets_role(stay, Role::Participant, by_us.clone(), true));
            }
        }
        let unbanned: Vec<BareJid> = self.bans.iter().filter(|it| it.1 <= now).map(|it| it.0.clone()).collect();
        for jid in unbanned {
            events.extend(self.sets_affiliation(&jid, Affiliation::None, &by_us));
        }
        events
    }

    pub(super) fn mute(&mut self, identity: &Identity, span: Option<Duration>) {
        self.mutes.retain(|(muted, _)| muted != identity);
        self.mutes.push((identity.clone(), span.map(|it| self.now + it)));
    }
}

impl View for MadeRoom {
    fn room(&self) -> &RoomJid {
        &self.jid
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn me(&self) -> Option<&Arc<Occupant>> {
        self.snapshot.me()
    }

    fn occupant(&self, nick: &Nick) -> Option<&Arc<Occupant>> {
        self.snapshot.occupants.get(nick)
    }

    fn occupants(&self) -> Box<dyn Iterator<Item = &Arc<Occupant>> + '_> {
        Box::new(self.snapshot.occupants.values())
    }

    fn n_occupants(&self) -> usize {
        self.snapshot.occupants.len()
    }

    fn features(&self) -> &Features {
        &self.snapshot.features
    }

    fn is_spared(&self, occupant: &Occupant) -> bool {
        occupant.is_self || self.spared.iter().any(|it| occupant.has_jid(it))
    }
}
