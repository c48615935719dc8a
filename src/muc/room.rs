//! One room: the state, what goes in, what comes out. What each thing means is in the files beside this one.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use domovoi_plugin::{
    ActError, Event, EventKind, Features, Gone, MessageId, Nick, Occupant, OccupantId, Phase, PluginName, RoomJid,
    SaidId, Snapshot, StanzaId, Timestamp, View,
};

use super::{
    Inbound, InboundKind, Membership, Plan, Spared, Step, Trouble, dice::Dice, occupants::Occupants, selfping::Ping,
    talk::Talk,
};

/// One room as we know it. A plain value: time is an argument, chance comes from a seed, nothing waits.
///
/// Whoever holds it calls [`Room::apply`] with what comes from the room, [`Room::tick`] when [`Room::next_wake`] says
/// so, and after either one [`Room::poll`] until it is empty, as long as the account is online.
pub struct Room {
    pub(super) plan: Plan,
    pub(super) dice: Dice,
    pub(super) now: Timestamp,
    pub(super) is_online: bool,
    pub(super) membership: Membership,
    pub(super) steps: VecDeque<Step>,
    pub(super) own: Option<Nick>,
    pub(super) occupants: Occupants,
    pub(super) features: Features,
    pub(super) knowledge: Knowledge,
    /// Occupant ids by stay, seen before the room told whether it gives such ids.
    pub(super) unproven: BTreeMap<u64, OccupantId>,
    pub(super) subject: String,
    pub(super) talk: Talk,
    pub(super) ping: Ping,
    pub(super) n_failures: u32,
    pub(super) n_kicks: u32,
    pub(super) told: Option<Trouble>,
    pub(super) has_captcha: bool,
    pub(super) reclaim_at: Option<Timestamp>,
    pub(super) reclaimed_at: Option<Timestamp>,
}

/// What we know of what the room offers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Knowledge {
    /// Nothing; nobody was asked.
    None,
    /// Asked.
    Asked,
    /// Asked, and it changed since.
    Stale,
    /// Known.
    Known,
}

impl Room {
    /// A room that we are not in yet. The seed decides the jitter of its waits.
    #[must_use]
    pub fn new(plan: Plan, seed: u64) -> Self {
        Self {
            plan,
            dice: Dice::new(seed),
            now: Timestamp::default(),
            is_online: true,
            membership: Membership::Idle,
            steps: VecDeque::new(),
            own: None,
            occupants: Occupants::default(),
            features: Features::default(),
            knowledge: Knowledge::None,
            unproven: BTreeMap::new(),
            subject: String::new(),
            talk: Talk::default(),
            ping: Ping::default(),
            n_failures: 0,
            n_kicks: 0,
            told: None,
            has_captcha: false,
            reclaim_at: None,
            reclaimed_at: None,
        }
    }

    /// Takes in one stanza of the room and says what happened by it.
    pub fn apply(&mut self, inbound: Inbound, now: Timestamp) -> Vec<Event> {
        self.now = now;
        // Nearly every stanza is one event.
        let mut events = Vec::with_capacity(1);
        let was_joined = self.is_joined();
        let nick = inbound.nick;
        if !matches!(inbound.kind, InboundKind::PresenceError(_) | InboundKind::MessageError { .. }) {
            self.heard();
        }
        match inbound.kind {
            InboundKind::Available(presence) => self.on_available(nick, presence, &mut events),
            InboundKind::Unavailable(presence) => self.on_unavailable(nick, presence, &mut events),
            InboundKind::PresenceError(error) => self.on_presence_error(&error),
            InboundKind::Groupchat(message) => self.on_groupchat(nick, message, &mut events),
            InboundKind::Private(message) => self.on_private(nick, message, &mut events),
            InboundKind::Notice(message) => self.on_notice(nick, message, &mut events),
            InboundKind::MessageError { id, error } => self.on_message_error(id.as_ref(), &error),
            InboundKind::Malformed { why } => self.on_malformed(nick.as_ref(), why, &mut events),
        }
        match (was_joined, self.is_joined()) {
            (true, _) => events,
            (false, true) => self.on_entry(events),
            (false, false) => Vec::new(),
        }
    }

    /// Lets time pass: ends history, gives up joins and self-pings without an answer.
    pub fn tick(&mut self, now: Timestamp) -> Vec<Event> {
        self.now = now;
        let mut events = Vec::new();
        if self.is_online {
            self.tick_join();
            self.tick_history(&mut events);
            self.tick_ping(&mut events);
        }
        self.tick_displaced(&mut events);
        self.talk.gone.expire(now);
        events
    }

    /// What to do next; `None` when there is nothing to do now.
    pub fn poll(&mut self, now: Timestamp) -> Option<Step> {
        self.now = now;
        if !self.is_online {
            return None;
        }
        if let Some(step) = self.steps.pop_front() {
            return Some(step);
        }
        let is_due = match &self.membership {
            Membership::Idle => true,
            Membership::Waiting { until, .. } => *until <= now,
            Membership::Stopped { retry, .. } => retry.is_some_and(|at| at <= now),
            Membership::Joined { .. } => return self.poll_ping().or_else(|| self.poll_nick()),
            Membership::Asking
            | Membership::Checking { .. }
            | Membership::Naming { .. }
            | Membership::Joining { .. }
            | Membership::Left => false,
        };
        is_due.then(|| {
            self.membership = Membership::Asking;
            Step::AskJoin
        })
    }

    /// When to call [`Room::tick`] and [`Room::poll`] next, if nothing comes before.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        if !self.is_online {
            return None;
        }
        if !self.steps.is_empty() {
            return Some(self.now);
        }
        let by_state = match &self.membership {
            Membership::Idle => Some(self.now),
            Membership::Waiting { until, .. } => Some(*until),
            Membership::Stopped { retry, .. } => *retry,
            Membership::Checking { .. } | Membership::Naming { .. } | Membership::Joining { .. } => self.join_wake(),
            Membership::Joined { history_until, .. } => {
                [*history_until, self.ping_wake(), self.nick_wake()].into_iter().flatten().min()
            }
            Membership::Asking | Membership::Left => None,
        };
        [by_state, self.occupants.next_wake()].into_iter().flatten().min()
    }

    /// Where we stand.
    #[must_use]
    pub const fn membership(&self) -> &Membership {
        &self.membership
    }

    /// Whether we are in, history or not.
    #[must_use]
    pub const fn is_joined(&self) -> bool {
        matches!(self.membership, Membership::Joined { .. })
    }

    /// What is wanted of this room.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Our own nick, once we are in.
    #[must_use]
    pub const fn own_nick(&self) -> Option<&Nick> {
        self.own.as_ref()
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The room's id of the last message, from which a gap is filled.
    #[must_use]
    pub const fn last_stanza_id(&self) -> Option<&StanzaId> {
        self.talk.last_stanza_id.as_ref()
    }

    /// Remembers that we said this, so that its echo is awaited: an echo that does not come within 20 s makes us ask
    /// whether we are still in.
    pub fn said(&mut self, id: MessageId, now: Timestamp) {
        self.talk.echoes.expect(id, now);
    }

    /// Remembers through which plugin we said it, so that this one can correct it.
    pub fn said_by(&mut self, plugin: &PluginName, id: SaidId) {
        self.talk.own.said(plugin, id);
    }

    /// The message of its own that a plugin means to correct: this one, or for `None` its last.
    ///
    /// # Errors
    /// If it said no such thing here lately.
    pub fn own_words(&self, plugin: &PluginName, which: Option<&MessageId>) -> Result<MessageId, ActError> {
        self.talk.own.meant(plugin, which).ok_or(ActError::NotOurs)
    }

    /// Takes another list of whom no automatic act may touch.
    pub fn spare(&mut self, spared: Arc<Spared>) {
        self.plan.spared = spared;
    }

    /// Those who left within a day, newest first, at most 100.
    pub fn gone(&self) -> impl Iterator<Item = &Gone> {
        self.talk.gone.since(self.now)
    }

    /// The room as it is now, for those who are not inside this task.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            occupants: self.occupants.iter().map(|it| (it.nick.clone(), Arc::clone(it))).collect(),
            gone: self.gone().cloned().collect(),
            own_nick: self.own.clone(),
            features: self.features.clone(),
            subject: self.subject.clone(),
        }
    }

    /// Whether what comes now happened before we came.
    pub(super) const fn phase(&self) -> Phase {
        match self.membership {
            Membership::Joined { history_until: None, .. } => Phase::Live,
            Membership::Idle
            | Membership::Asking
            | Membership::Checking { .. }
            | Membership::Naming { .. }
            | Membership::Joining { .. }
            | Membership::Joined { .. }
            | Membership::Waiting { .. }
            | Membership::Stopped { .. }
            | Membership::Left => Phase::History,
        }
    }

    pub(super) fn event(&self, occupant: Option<Arc<Occupant>>, kind: EventKind) -> Event {
        let is_own = occupant.as_ref().is_some_and(|it| it.is_self);
        Event { at: self.now, room: self.plan.room.clone(), phase: self.phase(), is_own, occupant, kind }
    }

    fn on_malformed(&mut self, nick: Option<&Nick>, why: String, events: &mut Vec<Event>) {
        if self.is_joined() {
            let occupant = nick.and_then(|it| self.occupants.get(it)).cloned();
            events.push(self.event(occupant, EventKind::Malformed { why }));
        }
    }
}

impl View for Room {
    fn room(&self) -> &RoomJid {
        &self.plan.room
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn me(&self) -> Option<&Arc<Occupant>> {
        self.own.as_ref().and_then(|nick| self.occupants.get(nick))
    }

    fn occupant(&self, nick: &Nick) -> Option<&Arc<Occupant>> {
        self.occupants.get(nick)
    }

    fn occupants(&self) -> Box<dyn Iterator<Item = &Arc<Occupant>> + '_> {
        Box::new(self.occupants.iter())
    }

    fn n_occupants(&self) -> usize {
        self.occupants.len()
    }

    fn features(&self) -> &Features {
        &self.features
    }

    fn is_spared(&self, occupant: &Occupant) -> bool {
        occupant.is_self || self.plan.spared.has(occupant)
    }
}
