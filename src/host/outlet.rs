//! The way from plugins to rooms. The host only knows that there is one; the fleet and the sessions are behind it.

use async_trait::async_trait;
use domovoi_plugin::{
    ActError, Action, Affiliation, Asker, Form, HttpAnswer, HttpError, HttpRequest, ListEntry, NodeAsk, NodeReply,
    Outcome, PluginName, Question, Reply, RoomJid, ServiceError, Slot, SlotAsk, Snapshot, Text, Timestamp, UploadError,
    UploadFile,
    jid::{BareJid, Jid},
};

/// An account, as it is doing.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct AccountState {
    /// Its name in the configuration.
    pub account: String,
    /// Its JID.
    pub jid: String,
    /// Online, or in words why not.
    pub state: String,
    /// Whether it is online.
    pub is_online: bool,
    /// How many rooms it serves, of how many.
    pub n_rooms: usize,
    /// How many it may serve.
    pub max_rooms: u32,
}

/// A room, as we are doing in it.
#[derive(Clone, PartialEq, Debug, serde::Serialize)]
pub struct RoomState {
    /// Which.
    pub room: String,
    /// By which account it is served, if by any.
    pub account: Option<String>,
    /// Joined, or in words why not.
    pub state: String,
    /// What keeps us out, if anything does, and when we try again by ourselves, if we do.
    #[serde(skip)]
    pub trouble: Option<(Text, Option<Timestamp>)>,
    /// Whether we are in.
    pub is_joined: bool,
    /// How many are in it.
    pub n_occupants: usize,
    /// Our affiliation and role there.
    pub rights: String,
    /// What the room offers.
    pub features: domovoi_plugin::Features,
}

/// The way from plugins to rooms.
#[async_trait]
pub trait Outlet: Send + Sync {
    /// Does something in a room, and waits for what the server says.
    ///
    /// # Errors
    /// Why it was not done.
    async fn act(&self, offer: Errand) -> Result<Outcome, ActError>;

    /// The room as it is now.
    async fn snapshot(&self, room: &RoomJid) -> Option<Snapshot>;

    /// One of its lists.
    ///
    /// # Errors
    /// If it cannot be read.
    async fn list(&self, room: &RoomJid, affiliation: Affiliation) -> Result<Vec<ListEntry>, ActError>;

    /// Its configuration form; where there is none to be had, that is not offered.
    ///
    /// # Errors
    /// If it cannot be read.
    async fn form(&self, room: &RoomJid) -> Result<Form, ActError> {
        let _ = room;
        Err(ActError::Unsupported)
    }

    /// Asks another entity something, from the account that serves this room, else from any.
    ///
    /// # Errors
    /// If there is no answer, or an error one.
    async fn ask(&self, room: Option<&RoomJid>, to: &Jid, question: Question) -> Result<Reply, ServiceError>;

    /// Asks a service about a node (XEP-0060), from the first account that is online; our own account for `None`.
    ///
    /// # Errors
    /// If there is no answer, or an error one.
    async fn node(&self, service: Option<&BareJid>, node: &str, ask: NodeAsk) -> Result<NodeReply, ServiceError> {
        let _ = (node, ask);
        Err(ServiceError::NoAnswer(service.map_or_else(String::new, ToString::to_string)))
    }

    /// Asks the server of the account that serves this room, else of any, for a place for a file (XEP-0363).
    ///
    /// # Errors
    /// Why there is none.
    async fn slot(&self, room: Option<&RoomJid>, ask: SlotAsk) -> Result<Slot, UploadError> {
        let _ = (room, ask);
        Err(UploadError::Offline)
    }

    /// Answers for the web, where rooms are made up and it is too; `None` lets the guarded client ask.
    async fn web(&self, request: &HttpRequest) -> Option<Result<HttpAnswer, HttpError>> {
        let _ = request;
        None
    }

    /// Takes a file for people and says where it is, where rooms are made up; `None` lets it be uploaded.
    async fn keep_file(&self, file: &UploadFile) -> Option<Result<String, UploadError>> {
        let _ = file;
        None
    }

    /// Writes to someone directly, from the account that serves this room, else from any that is online.
    /// Gives whether there was one.
    async fn direct(&self, room: Option<&RoomJid>, to: &BareJid, text: String) -> bool;

    /// A ban that was to be lifted is not there any more.
    async fn lifted(&self, room: &RoomJid, jid: &BareJid);

    /// Tries to enter a room again, even if it was given up.
    async fn rejoin(&self, room: &RoomJid);

    /// How the accounts are doing.
    async fn accounts(&self) -> Vec<AccountState>;

    /// How the rooms are doing.
    async fn rooms(&self) -> Vec<RoomState>;
}

/// An action on its way from a plugin to a room.
#[derive(Clone, Debug)]
pub struct Errand {
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
}
