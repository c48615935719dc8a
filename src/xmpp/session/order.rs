//! What a session is told from outside, and whom it tells what it sees.

use std::{fmt::Debug, sync::Arc, time::Duration};

use domovoi_plugin::{
    ActError, Action, Affiliation, Asker, Event, Form, ListEntry, NodeAsk, NodeReply, Outcome, PluginName, Push,
    Question, Reply, RoomJid, ServiceError, Slot, SlotAsk, Snapshot, StanzaId, Timestamp, UploadError, View,
    jid::{BareJid, Jid},
};
use tokio::sync::oneshot;

use crate::{
    clock::Stopwatch,
    muc::{Membership, Plan, Spared, Trouble},
    outbox::Grant,
    xmpp::{
        decode::{DirectMessage, Invite},
        entity::Entity,
    },
};

/// Something for a session to do. Who asks and went away meanwhile is no error.
pub enum Order {
    /// Serve a room from now on.
    Serve(Box<Serve>),
    /// Leave a room, and give what watched it back.
    Release {
        /// Which.
        room: RoomJid,
        /// The parting words.
        status: Option<String>,
        /// Where what watched it goes.
        reply: oneshot::Sender<Option<Box<dyn RoomWatcher>>>,
    },
    /// Enter a room at once, whatever kept us out before.
    Rejoin {
        /// Which.
        room: RoomJid,
    },
    /// Do something in a room.
    Act(Box<Act>),
    /// Tell how a room is now.
    Snapshot {
        /// Which.
        room: RoomJid,
        /// Where the answer goes; `None` if we are not in it.
        reply: oneshot::Sender<Option<Snapshot>>,
    },
    /// Read one of a room's lists.
    List {
        /// Of which room.
        room: RoomJid,
        /// Which list.
        affiliation: Affiliation,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<Vec<ListEntry>, ActError>>,
    },
    /// Read a room's configuration form.
    Form {
        /// Of which room.
        room: RoomJid,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<Form, ActError>>,
    },
    /// Ask another entity something.
    Ask {
        /// Whom.
        to: Jid,
        /// What.
        question: Question,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<Reply, ServiceError>>,
    },
    /// Ask a service about a node.
    Node {
        /// Whom; `None` for our own account.
        service: Option<BareJid>,
        /// Which node.
        node: String,
        /// What.
        ask: NodeAsk,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<NodeReply, ServiceError>>,
    },
    /// Ask our server for a place for a file.
    Slot {
        /// For which.
        ask: SlotAsk,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<Slot, UploadError>>,
    },
    /// Write to someone directly.
    Direct {
        /// To whom.
        to: BareJid,
        /// What.
        text: String,
    },
    /// Be seen like this from now on.
    Present(Box<Entity>),
    /// Whom no automatic act may touch changed.
    Spare(Arc<Spared>),
    /// A ban that was to be lifted is not there any more.
    Lifted {
        /// Where.
        room: RoomJid,
        /// Whose.
        jid: BareJid,
    },
    /// Tell how the rooms are doing.
    Rooms {
        /// Where the answer goes.
        reply: oneshot::Sender<Vec<RoomNow>>,
    },
}

/// A room to be served.
pub struct Serve {
    /// What is wanted of it.
    pub plan: Plan,
    /// Who watches it.
    pub watcher: Box<dyn RoomWatcher>,
    /// Decides the jitter of its waits.
    pub seed: u64,
}

/// An action to be done.
pub struct Act {
    /// Where.
    pub room: RoomJid,
    /// Which plugin asks.
    pub plugin: PluginName,
    /// For what.
    pub action: Action,
    /// On whose behalf.
    pub by: Option<Asker>,
    /// Whether it may wait behind everything else.
    pub is_bulk: bool,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Result<Outcome, ActError>>,
}

/// Who waits for an action's answer, and since when.
#[derive(Debug)]
pub struct ActReply {
    /// Where the answer goes; nobody waits for what a guard decided.
    pub reply: Option<oneshot::Sender<Result<Outcome, ActError>>>,
    /// Since it was asked for.
    pub watch: Stopwatch,
    /// The incident that it belongs to, if whoever watches the room asked for it.
    pub incident: Option<u64>,
    /// Dropped with it, whatever becomes of the action.
    pub token: Option<Token>,
}

/// A room as a session stands with it.
#[derive(Clone, Debug)]
pub struct RoomNow {
    /// Which.
    pub room: RoomJid,
    /// Whether we are in.
    pub is_joined: bool,
    /// Where we stand.
    pub membership: Membership,
    /// How many are in it.
    pub n_occupants: usize,
    /// Our affiliation and role.
    pub rights: String,
    /// What it offers.
    pub features: domovoi_plugin::Features,
}

/// Something that whoever watches a room wants done there.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Which plugin asks.
    pub plugin: PluginName,
    /// For what.
    pub action: Action,
    /// The incident that it belongs to.
    pub incident: Option<u64>,
    /// Kept until the action is answered or given up, by which whoever watches the room knows what is under way.
    pub token: Option<Token>,
}

/// Something to be kept and dropped.
pub type Token = Arc<dyn Debug + Send + Sync>;

/// What came of an action.
pub struct Done<'a> {
    /// Which plugin asked.
    pub plugin: &'a PluginName,
    /// For what.
    pub action: &'a Action,
    /// On whose behalf.
    pub by: Option<&'a Asker>,
    /// What the server said.
    pub result: &'a Result<Outcome, ActError>,
    /// From asking to the answer.
    pub took: Duration,
    /// The incident that it belongs to, as it was asked for.
    pub incident: Option<u64>,
}

/// How much of a gap is fetched from a room's archive.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// The last message that was seen, if one was.
    pub after: Option<StanzaId>,
    /// Its newest part goes back no further than this.
    pub since: Timestamp,
    /// And has at most so many messages.
    pub max: usize,
    /// How far back what is before that is wanted; `None` if it is not.
    pub older: Option<Timestamp>,
}

/// Who watches one room. The value belongs to the session that serves the room and moves with it; it never waits.
pub trait RoomWatcher: Send {
    /// What a plugin was granted here, for this action.
    fn grant(&self, plugin: &PluginName, action: &Action) -> Grant;
    /// Something happened.
    fn event(&mut self, event: Event, view: &dyn View) -> Vec<Wanted>;
    /// What an event asked for is on its way: what could wait for that is handed over.
    fn hand_over(&mut self, view: &dyn View);
    /// A second passed.
    fn tick(&mut self, now: Timestamp, view: &dyn View) -> Vec<Wanted>;
    /// An action is about to be sent.
    fn sending(&mut self, plugin: &PluginName, action: &Action, by: Option<&Asker>, view: &dyn View);
    /// An action was answered. Gives what whoever asked for it is told.
    ///
    /// # Errors
    /// As the room answered.
    fn done(&mut self, done: &Done<'_>, now: Timestamp) -> Result<Outcome, ActError>;
    /// A ban that was to be lifted is gone.
    fn lifted(&mut self, jid: &BareJid);
    /// What is missing after an absence, asked when we are in; `None` if nothing is to be fetched.
    fn gap(&mut self, now: Timestamp) -> Option<Gap>;
    /// Whether a message of the archive was seen when it was said. Asked of each in order of time.
    fn was_seen(&mut self, id: &StanzaId) -> bool;
    /// Everything that could be fetched of the gap was.
    fn filled(&mut self);
    /// Write down what must survive.
    fn save(&mut self, now: Timestamp);
}

/// How an account is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountNews {
    /// It tries to connect.
    Connecting,
    /// It is online; rooms are being joined, or still are.
    Online,
    /// It is not, and tries again.
    Offline {
        /// Why.
        why: String,
    },
    /// It is not, and will not be until a person does something.
    Final {
        /// Why, and what to do.
        why: String,
    },
}

/// How a room is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomNews {
    /// We are in, history is over.
    Joined,
    /// We are out and try again.
    Lost(Trouble),
    /// We are out, and a person has to do something.
    Stopped(Trouble),
}

/// Who watches an account.
pub trait AccountWatcher: Send {
    /// The account's state changed.
    fn account(&mut self, news: AccountNews);
    /// It is connected and logged in.
    fn connected(&mut self, facts: crate::xmpp::connect::Facts);
    /// A room's state changed.
    fn room(&mut self, room: &RoomJid, news: RoomNews);
    /// Someone wrote to us directly.
    fn direct(&mut self, message: DirectMessage);
    /// Someone invites us.
    fn invite(&mut self, invite: Invite);
    /// A service told of a node.
    fn pushed(&mut self, push: Push);
    /// A request of ours was answered.
    fn answered(&mut self, latency: Duration);
    /// So many wait in each lane of the outbox, so many are not acknowledged yet, and we are in so many rooms.
    fn figures(&mut self, outbox: &[(&'static str, usize)], window: usize, n_joined: usize);
}
