//! What a handler holds: where it is, and the services through which it acts.
//!
//! Services are small traits. The host implements them over the real room, [`crate::testing`] over a made-up one.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use jid::BareJid;

use crate::{
    ActError, Action, Affiliation, Answers, Entities, Features, Files, Form, FormChange, Http, Identity, Level, Nick,
    Occupant, Outcome, PluginName, Power, Pubsub, Records, RoomJid, Secret, Settings, Shared, Text, Timers, Timestamp,
    Translate, Tuning, Upload,
};

/// A service could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// The store did not take it.
    #[error("not stored: {0}")]
    Store(String),
    /// Nobody answered in time.
    #[error("no answer from {0}")]
    NoAnswer(String),
    /// The other side refused, with its reason.
    #[error("{0}")]
    Refused(String),
    /// What was kept is not what was expected.
    #[error("cannot read what was stored: {0}")]
    Unreadable(String),
}

/// The services of one plugin instance, each behind a trait.
#[derive(Clone)]
pub struct Services {
    /// Rooms: who is there, what they offer, acting in them.
    pub rooms: Arc<dyn Rooms>,
    /// People: levels and access.
    pub people: Arc<dyn People>,
    /// Things kept.
    pub state: Arc<dyn State>,
    /// Other entities: clients and servers.
    pub entities: Arc<dyn Entities>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Words.
    pub words: Arc<dyn Translate>,
    /// What the plugin's guards share.
    pub shared: Arc<dyn SharedPart>,
    /// Nodes that are published to.
    pub pubsub: Arc<dyn Pubsub>,
    /// What was recorded.
    pub records: Arc<dyn Records>,
    /// The plugin's own settings.
    pub tuning: Arc<dyn Tuning>,
    /// Files that an owner put there for it.
    pub files: Arc<dyn Files>,
    /// The web.
    pub http: Arc<dyn Http>,
    /// Files for people.
    pub upload: Arc<dyn Upload>,
    /// Timers that ring once.
    pub timers: Arc<dyn Timers>,
    /// Answers to questions in direct chats.
    pub answers: Arc<dyn Answers>,
}

/// What the guards of one plugin share, seen from its reacting half. A value is never changed, only replaced.
pub trait SharedPart: Send + Sync {
    /// What they share now.
    fn get(&self) -> Shared;

    /// Replaces it by what `change` makes of it; memos that arrive meanwhile wait. `change` must be quick.
    fn change(&self, change: &mut dyn FnMut(&Shared) -> Shared);
}

/// The time, in the host the real one, on the bench by hand.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Waits for so long. On the bench it is over at once, and the clock shows that it was.
    async fn sleep(&self, span: Duration);
}

/// A room at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Everybody, by nick, ourselves included.
    pub occupants: BTreeMap<Nick, Arc<Occupant>>,
    /// Those who left lately, newest first, with what they said last.
    pub gone: Vec<Gone>,
    /// Our own nick.
    pub own_nick: Option<Nick>,
    /// What the room offers.
    pub features: Features,
    /// The subject.
    pub subject: String,
}

/// Someone who left.
#[derive(Clone, Debug, PartialEq)]
pub struct Gone {
    /// As they were.
    pub occupant: Arc<Occupant>,
    /// When they left.
    pub at: Timestamp,
    /// What they said last, cut to 200 characters.
    pub last_said: Option<String>,
    /// The room's ids of what they said, newest first, at most 20.
    pub messages: Vec<crate::StanzaId>,
}

impl Snapshot {
    /// Our own occupant.
    #[must_use]
    pub fn me(&self) -> Option<&Arc<Occupant>> {
        self.own_nick.as_ref().and_then(|nick| self.occupants.get(nick))
    }
}

/// An entry of an affiliation list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListEntry {
    /// Whose.
    pub jid: BareJid,
    /// The reason, where the server kept it.
    pub reason: Option<String>,
}

/// Rooms we serve.
#[async_trait]
pub trait Rooms: Send + Sync {
    /// The room as it is now; `None` if we are not in it.
    async fn snapshot(&self, room: &RoomJid) -> Option<Snapshot>;

    /// Does something in the room and waits for the server's answer. `by` is who asked for it: rights are checked
    /// against them, the reason carries their nick.
    ///
    /// Of a JID that is not here the room does not know the affiliation: whoever acts on one looks it up with
    /// [`Rooms::list`] and asks [`crate::grammar::may_to_absent`] first.
    ///
    /// # Errors
    /// Why it was not done.
    async fn act(&self, room: &RoomJid, action: Action, by: Option<&Asker>) -> Result<Outcome, ActError>;

    /// One of the room's lists, from the server.
    ///
    /// # Errors
    /// If we may not read it, or the server does not answer.
    async fn list(&self, room: &RoomJid, affiliation: Affiliation) -> Result<Vec<ListEntry>, ActError>;

    /// The room's configuration form as it is now, which takes an owner.
    ///
    /// # Errors
    /// If we are no owner, the power [`crate::Power::RoomConfig`] was not granted, or the server does not answer.
    async fn form(&self, room: &RoomJid) -> Result<Form, ActError>;

    /// Changes fields of that form and gives what differs now, with what was before, so that it can be put back.
    /// Of `wanted` only what the room offers is touched: whoever wants something names the fields of every server. If
    /// only [`crate::Outcome::Observed`], nothing differs and nothing is given. It is recorded like every act.
    ///
    /// # Errors
    /// Why it was not done; then nothing was.
    async fn set_form(
        &self,
        room: &RoomJid,
        wanted: &[(String, Vec<String>)],
        by: Option<&Asker>,
    ) -> Result<Vec<FormChange>, ActError>;

    /// The rooms that this bot serves.
    async fn all(&self) -> Vec<RoomJid>;

    /// What the plugin tried was refused before it came this far, for want of a power: the owner is to know.
    fn denied(&self, power: Power) {
        let _ = power;
    }

    /// The time zone of a room, or where no room says another.
    fn zone(&self, room: Option<&RoomJid>) -> String {
        // Somewhere made up it is as good a zone as any.
        let _ = room;
        "UTC".to_owned()
    }

    /// Tells whoever is told elsewhere of what happens in a room: the moderators' room, or someone. `false` where that
    /// is nobody, so that the moderators who are here are told in private.
    async fn tell_elsewhere(&self, room: &RoomJid, text: &Text) -> bool {
        // Nobody made up anything but the room.
        let _ = (room, text);
        false
    }

    /// The language in which someone is written to in private in a room: their own where it is known, else the room's.
    fn language(&self, room: &RoomJid, of: &Identity) -> String {
        let _ = (room, of);
        "en".to_owned()
    }

    /// Gives a command line in the name of whoever asked, as if they had typed it in that place: with their level, their
    /// limits, and the answer to them. The commands of the plugin itself are not found, so that nothing calls itself.
    ///
    /// # Errors
    /// If the power [`crate::Power::Command`] was not granted, or whoever asked is not there any more.
    async fn give(&self, room: Option<&RoomJid>, place: &Place, by: &Asker, line: &str) -> Result<(), ServiceError> {
        let _ = (room, place, by);
        Err(ServiceError::Refused(format!("`{line}` cannot be given here")))
    }
}

/// Who asked for an action.
#[derive(Clone, Debug, PartialEq)]
pub struct Asker {
    /// Their identity.
    pub identity: Identity,
    /// Their nick, for records.
    pub nick: String,
    /// What a reason says of them, in the language of the room: [`Asker::signature_of`] their nick.
    pub signature: String,
    /// The level they have.
    pub level: Level,
    /// What the room itself lets them do; `None` if they are not in the room.
    pub occupant: Option<Arc<Occupant>>,
    /// Whether an owner of the bot set this level, so that it goes beyond what the room would let them do.
    pub is_override: bool,
}

impl Asker {
    /// What a reason says of whoever asked, so that everybody sees who is behind it.
    #[must_use]
    pub fn signature_of(nick: &str) -> Text {
        Text::key("reason-by").with("nick", nick)
    }

    /// A reason, signed. Marks in it that turn the writing around would hide who signed it: they are left out.
    #[must_use]
    pub fn sign(&self, reason: &str) -> String {
        let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let reason = reason.replace(turns, "");
        if reason.is_empty() { self.signature.clone() } else { format!("{reason} ({})", self.signature) }
    }
}

/// People: what level they have.
#[async_trait]
pub trait People: Send + Sync {
    /// The level of this identity in this room, overrides included.
    async fn level(&self, room: &RoomJid, identity: &Identity) -> Level;
}

/// Where something is kept: for the plugin as a whole, for a room, for a person, or a person in a room.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The plugin as a whole.
    Global,
    /// One room.
    Room(RoomJid),
    /// One person, everywhere.
    Person(Identity),
    /// One person in one room.
    PersonIn(RoomJid, Identity),
}

/// Things kept for a plugin: JSON values by key, at most 64 KiB each. What is acknowledged survives a crash.
#[async_trait]
pub trait State: Send + Sync {
    /// Reads.
    ///
    /// # Errors
    /// If the store cannot be read.
    async fn get(&self, scope: &Scope, key: &str) -> Result<Option<serde_json::Value>, ServiceError>;

    /// Writes, or removes with `None`; forgets it after `keep`.
    ///
    /// # Errors
    /// If the store did not take it.
    async fn set(
        &self,
        scope: &Scope,
        key: &str,
        value: Option<serde_json::Value>,
        keep: Option<Duration>,
    ) -> Result<(), ServiceError>;

    /// Keys that begin so, in order, at most 1,000.
    ///
    /// # Errors
    /// If the store cannot be read.
    async fn keys(&self, scope: &Scope, prefix: &str) -> Result<Vec<String>, ServiceError>;
}

/// Where an answer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// To everybody in the room, addressed to whom asked.
    Room,
    /// To one occupant through the room.
    Private(Nick),
    /// To a JID directly, outside any room.
    Direct(BareJid),
}

/// Where answers leave. The host cuts long ones, translates, and falls back to private where it has no voice.
#[async_trait]
pub trait Replies: Send + Sync {
    /// Sends an answer.
    async fn reply(&self, room: Option<&RoomJid>, place: &Place, to: Option<&Nick>, text: String);
}

/// What a handler holds.
#[derive(Clone)]
pub struct Context {
    /// Which plugin this is.
    pub plugin: PluginName,
    /// In which room, if in any: a direct chat that names none has none.
    pub room: Option<RoomJid>,
    /// Where answers go.
    pub place: Place,
    /// The nick of whom is answered.
    pub nick: Option<Nick>,
    /// In which language.
    pub lang: Arc<str>,
    /// What commands begin with in this room; in private it may be left out.
    pub prefix: Arc<str>,
    /// The plugin's settings here.
    pub settings: Arc<Settings>,
    /// The services.
    pub services: Arc<Services>,
    /// What this plugin may do, of what it asks for.
    pub powers: Arc<BTreeSet<Power>>,
    /// The plugin's secret in this installation.
    pub secret: Secret,
    /// Where answers leave.
    pub replies: Arc<dyn Replies>,
}
