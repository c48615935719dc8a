//! The world of the bench, and the services of a plugin over it.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use jid::{BareJid, Jid};

use super::{acting, made_room::MadeRoom, transcript};
use crate::{
    Account, ActError, Action, Affiliation, Asker, Clock, Entities, Event, Form, FormChange, Identity, Item, Level,
    ListEntry, Memo, Nick, Node, OptionSpec, Outcome, People, Place, Power, Record, Replies, RoomJid, Rooms, Scope,
    ServiceError, Shared, SharedPart, Snapshot, Timestamp,
};

/// A line that the plugin sent to someone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The room through which it went, if through any.
    pub room: Option<RoomJid>,
    /// To whom.
    pub place: Place,
    /// In a room: whom it answers.
    pub to: Option<Nick>,
    /// The words.
    pub text: String,
}

/// Something that was done in a room.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub room: RoomJid,
    /// What.
    pub action: Action,
    /// The nick of whoever asked for it; `None` if the plugin did it by itself.
    pub by: Option<String>,
}

/// What an entity answers on the bench.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entity {
    /// How long a ping takes.
    pub ping: Duration,
    /// Its software.
    pub version: String,
    /// Its time.
    pub time: String,
    /// How long it has been idle, or up.
    pub last: Duration,
}

#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) now: Timestamp,
    /// The language of everybody.
    pub(super) lang: String,
    pub(super) rooms: BTreeMap<RoomJid, MadeRoom>,
    pub(super) levels: BTreeMap<(Option<RoomJid>, Identity), Level>,
    pub(super) entities: BTreeMap<String, Entity>,
    pub(super) powers: Vec<Power>,
    pub(super) is_dry: bool,
    /// What the server answers to the next actions.
    pub(super) refusals: VecDeque<ActError>,
    pub(super) acts: Vec<Act>,
    pub(super) lines: Vec<Line>,
    /// Everything that the plugin did, as lines of a transcript.
    pub(super) told: Vec<String>,
    /// The same with what people did.
    pub(super) log: Vec<String>,
    /// How many commands were refused or not understood.
    pub(super) n_mistakes: usize,
    /// What happened and was not delivered yet.
    pub(super) events: VecDeque<Event>,
    /// What the plugin's guards share.
    pub(super) shared: Shared,
    /// What they told.
    pub(super) memos: Vec<Memo>,
    /// When the plugin was woken last.
    pub(super) woken: Timestamp,
    /// What servers say of their accounts.
    pub(super) accounts: BTreeMap<BareJid, Account>,
    /// What was recorded.
    pub(super) records: Vec<Record>,
    /// Nodes and what is in them; a node that cannot be reached is not there.
    pub(super) nodes: BTreeMap<Node, Vec<Item>>,
    /// What items that nodes do not take begin with.
    pub(super) refused_items: Vec<String>,
    /// Nodes subscribed to.
    pub(super) subscribed: BTreeSet<Node>,
    /// Files beside the configuration.
    pub(super) files: BTreeMap<String, String>,
    /// The web.
    pub(super) web: super::http::Web,
    /// What was uploaded.
    pub(super) uploads: super::upload::Files,
    /// What the plugin set by itself.
    pub(super) tuned: Vec<(String, String)>,
    /// The plugin's settings, as it declares them.
    pub(super) options: Vec<OptionSpec>,
    /// Timers by room and name: when they ring, and with what.
    pub(super) timers: BTreeMap<(Option<RoomJid>, String), (Timestamp, serde_json::Value)>,
    /// What the plugin keeps, and until when.
    pub(super) state: BTreeMap<(Scope, String), (serde_json::Value, Option<Timestamp>)>,
    /// Whether the store refuses everything.
    pub(super) is_store_broken: bool,
}

impl World {
    /// The level of someone: what an owner of the bot gave them here or everywhere, else what the room says.
    pub(super) fn level(&self, room: &RoomJid, identity: &Identity) -> (Level, bool) {
        let given = |room: Option<&RoomJid>| self.levels.get(&(room.cloned(), identity.clone()));
        if let Some(level) = given(Some(room)).or_else(|| given(None)) {
            return (*level, true);
        }
        let occupants = self.rooms.get(room).map(|it| it.snapshot.occupants.values()).into_iter().flatten();
        let here = occupants.filter(|it| it.is(identity)).map(|it| Level::of(it.role, it.affiliation));
        (here.max().unwrap_or(Level::VISITOR), false)
    }

    /// Tells what the plugin did.
    pub(super) fn tell(&mut self, line: String) {
        self.log.push(line.clone());
        self.told.push(line);
    }

    /// What happened next.
    pub(super) fn next(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        if let Some(line) = transcript::line(&event) {
            let place = if self.rooms.len() < 2 { String::new() } else { format!("[{}] ", event.room) };
            self.log.push(place + &line);
        }
        Some(event)
    }

    /// Does something, as outbox, room and server would together.
    pub(super) fn act(&mut self, room: &RoomJid, action: Action, by: Option<&Asker>) -> Result<Outcome, ActError> {
        if !self.powers.contains(&action.power()) {
            return Err(ActError::NotGranted(action.power()));
        }
        let made = self.rooms.get_mut(room).ok_or(ActError::NotInRoom)?;
        made.now = self.now;
        acting::check(made, &action, by)?;
        if self.is_dry {
            return Ok(Outcome::Observed);
        }
        if let Some(refusal) = self.refusals.pop_front() {
            return Err(refusal);
        }
        let (outcome, events) = acting::apply(made, &action, by);
        self.events.extend(events);
        if outcome.is_done() {
            self.tell(format!("bot {}", acting::told(&action, by)));
            let by = by.map(|it| it.nick.clone());
            self.acts.push(Act { at: self.now, room: room.clone(), action, by });
        }
        Ok(outcome)
    }
}

/// The world, shared between the bench and the services of the plugin on it.
#[derive(Clone, Debug, Default)]
pub(super) struct Shelf(Arc<Mutex<World>>);

impl Shelf {
    /// The world, for a moment.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn entity(&self, of: &Jid) -> Result<Entity, ServiceError> {
        let found = self.world().entities.get(of.as_str()).cloned();
        found.ok_or_else(|| ServiceError::NoAnswer(of.to_string()))
    }
}

impl SharedPart for Shelf {
    fn get(&self) -> Shared {
        self.world().shared.clone()
    }

    fn change(&self, change: &mut dyn FnMut(&Shared) -> Shared) {
        let mut world = self.world();
        world.shared = change(&world.shared);
    }
}

#[async_trait]
impl Clock for Shelf {
    fn now(&self) -> Timestamp {
        self.world().now
    }

    async fn sleep(&self, span: Duration) {
        let mut world = self.world();
        world.now = world.now + span;
    }
}

#[async_trait]
impl Rooms for Shelf {
    async fn snapshot(&self, room: &RoomJid) -> Option<Snapshot> {
        self.world().rooms.get(room).map(|it| it.snapshot.clone())
    }

    async fn act(&self, room: &RoomJid, action: Action, by: Option<&Asker>) -> Result<Outcome, ActError> {
        self.world().act(room, action, by)
    }

    async fn list(&self, room: &RoomJid, affiliation: Affiliation) -> Result<Vec<ListEntry>, ActError> {
        let world = self.world();
        let made = world.rooms.get(room).ok_or(ActError::NotInRoom)?;
        let me = made.snapshot.me().ok_or(ActError::NotInRoom)?;
        if me.affiliation < Affiliation::Admin {
            return Err(ActError::TooLow { needed: "admin" });
        }
        let listed = made.affiliations.iter().filter(|it| *it.1 == affiliation);
        let entry = |(jid, _): (&BareJid, _)| ListEntry { jid: jid.clone(), reason: made.reasons.get(jid).cloned() };
        Ok(listed.map(entry).collect())
    }

    async fn form(&self, room: &RoomJid) -> Result<Form, ActError> {
        let world = self.world();
        if !world.powers.contains(&Power::RoomConfig) {
            return Err(ActError::NotGranted(Power::RoomConfig));
        }
        let made = world.rooms.get(room).ok_or(ActError::NotInRoom)?;
        let me = made.snapshot.me().ok_or(ActError::NotInRoom)?;
        if me.affiliation != Affiliation::Owner {
            return Err(ActError::TooLow { needed: "owner" });
        }
        Ok(made.form.clone())
    }

    fn language(&self, _: &RoomJid, _: &Identity) -> String {
        self.world().lang.clone()
    }

    async fn set_form(
        &self,
        room: &RoomJid,
        wanted: &[(String, Vec<String>)],
        by: Option<&Asker>,
    ) -> Result<Vec<FormChange>, ActError> {
        let changes = self.form(room).await?.changes(wanted);
        if changes.is_empty() {
            return Ok(changes);
        }
        let outcome = self.world().act(room, Action::Configure { changes: changes.clone() }, by)?;
        Ok(if outcome == Outcome::Done { changes } else { Vec::new() })
    }

    async fn all(&self) -> Vec<RoomJid> {
        self.world().rooms.keys().cloned().collect()
    }
}

#[async_trait]
impl People for Shelf {
    async fn level(&self, room: &RoomJid, identity: &Identity) -> Level {
        self.world().level(room, identity).0
    }
}

#[async_trait]
impl Entities for Shelf {
    async fn ping(&self, _room: Option<&RoomJid>, to: &Jid) -> Result<Duration, ServiceError> {
        Ok(self.entity(to)?.ping)
    }

    async fn version(&self, _room: Option<&RoomJid>, of: &Jid) -> Result<String, ServiceError> {
        Ok(self.entity(of)?.version)
    }

    async fn time(&self, _room: Option<&RoomJid>, of: &Jid) -> Result<String, ServiceError> {
        Ok(self.entity(of)?.time)
    }

    async fn last(&self, _room: Option<&RoomJid>, of: &Jid) -> Result<Duration, ServiceError> {
        Ok(self.entity(of)?.last)
    }

    async fn account(&self, _room: Option<&RoomJid>, of: &BareJid) -> Result<Account, ServiceError> {
        let found = self.world().accounts.get(of).cloned();
        found.ok_or_else(|| ServiceError::Refused("service-unavailable".to_owned()))
    }
}

#[async_trait]
impl Replies for Shelf {
    async fn reply(&self, room: Option<&RoomJid>, place: &Place, to: Option<&Nick>, text: String) {
        let mut world = self.world();
        let head = match (place, to) {
            (Place::Room, Some(to)) => format!("bot: {to}: "),
            (Place::Room, None) => "bot: ".to_owned(),
            (Place::Private(to), _) => format!("bot to {to}: "),
            (Place::Direct(jid), _) => format!("bot to {jid}: "),
        };
        // The lines of one answer stay one line of a transcript.
        world.tell(head + &text.replace('\n', " | "));
        world.lines.push(Line { room: room.cloned(), place: place.clone(), to: to.cloned(), text });
    }
}
