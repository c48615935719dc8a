//! The way from plugins to the made-up rooms: requests to the task that plays them.

use std::time::Duration;

use async_trait::async_trait;
use domovoi_plugin::{
    ActError, Affiliation, HttpAnswer, HttpError, HttpRequest, ListEntry, Outcome, Question, Reply, RoomJid,
    ServiceError, Snapshot, UploadError, UploadFile,
    jid::{BareJid, Jid},
};
use tokio::sync::{mpsc, oneshot};

use super::web::Web;
use crate::host::outlet::{AccountState, Errand, Outlet, RoomState};

/// Something that a plugin wants of the room.
pub(super) enum Request {
    /// Something of a room.
    Room(RoomJid, OfRoom),
    /// A line to someone outside any room.
    Direct(BareJid, String),
    /// How all rooms are.
    Rooms(oneshot::Sender<Vec<RoomState>>),
}

/// Something that a plugin wants of one room.
pub(super) enum OfRoom {
    /// An action, and where its answer goes.
    Act(Errand, oneshot::Sender<Result<Outcome, ActError>>),
    /// How it is.
    Snapshot(oneshot::Sender<Option<Snapshot>>),
    /// One of its lists.
    List(Affiliation, oneshot::Sender<Vec<ListEntry>>),
    /// A ban that was to be lifted is not there any more.
    Lifted(BareJid),
}

/// The plugins' end. Who plays the rooms answers at once, or is gone and with it everything else.
pub(super) struct MadeOutlet {
    pub(super) requests: mpsc::Sender<Request>,
    /// The web, where that is made up too.
    pub(super) web: Option<Web>,
}

impl MadeOutlet {
    async fn ask<T>(&self, room: &RoomJid, make: impl FnOnce(oneshot::Sender<T>) -> OfRoom) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(Request::Room(room.clone(), make(reply))).await.ok()?;
        answer.await.ok()
    }
}

#[async_trait]
impl Outlet for MadeOutlet {
    async fn act(&self, errand: Errand) -> Result<Outcome, ActError> {
        let room = errand.room.clone();
        let answer = self.ask(&room, |reply| OfRoom::Act(errand, reply)).await;
        answer.unwrap_or(Err(ActError::NotInRoom))
    }

    async fn snapshot(&self, room: &RoomJid) -> Option<Snapshot> {
        self.ask(room, OfRoom::Snapshot).await.flatten()
    }

    async fn list(&self, room: &RoomJid, affiliation: Affiliation) -> Result<Vec<ListEntry>, ActError> {
        self.ask(room, |reply| OfRoom::List(affiliation, reply)).await.ok_or(ActError::NotInRoom)
    }

    async fn ask(&self, _room: Option<&RoomJid>, _to: &Jid, question: Question) -> Result<Reply, ServiceError> {
        // Clients of made-up people are made up, too.
        Ok(match question {
            Question::Ping => Reply::Span(Duration::from_millis(42)),
            Question::Version => Reply::Words("a made-up client 1.0".to_owned()),
            Question::Identity => Reply::Words("client/pc".to_owned()),
            Question::Account => return Err(ServiceError::Refused("service-unavailable".to_owned())),
            Question::Time => Reply::Words("whatever the clock of the console says".to_owned()),
            Question::Last => Reply::Span(Duration::ZERO),
        })
    }

    async fn web(&self, request: &HttpRequest) -> Option<Result<HttpAnswer, HttpError>> {
        Some(self.web.as_ref()?.fetch(request).await)
    }

    async fn keep_file(&self, file: &UploadFile) -> Option<Result<String, UploadError>> {
        Some(self.web.as_ref()?.keep(file))
    }

    async fn direct(&self, _room: Option<&RoomJid>, to: &BareJid, text: String) -> bool {
        self.requests.send(Request::Direct(to.clone(), text)).await.is_ok()
    }

    async fn lifted(&self, room: &RoomJid, jid: &BareJid) {
        // Where nobody plays the room any more there is nothing to be noted.
        self.requests.send(Request::Room(room.clone(), OfRoom::Lifted(jid.clone()))).await.ok();
    }

    async fn rejoin(&self, _room: &RoomJid) {
        // The made-up room never lost the bot.
    }

    async fn accounts(&self) -> Vec<AccountState> {
        vec![AccountState {
            account: super::ACCOUNT.to_owned(),
            jid: super::ACCOUNT_JID.to_owned(),
            state: "online".to_owned(),
            is_online: true,
            n_rooms: 1,
            max_rooms: 100,
        }]
    }

    async fn rooms(&self) -> Vec<RoomState> {
        let (reply, answer) = oneshot::channel();
        // Where nobody plays any room there is none.
        match self.requests.send(Request::Rooms(reply)).await {
            Ok(()) => answer.await.unwrap_or_default(),
            Err(_) => Vec::new(),
        }
    }
}

/// A room as it is now.
pub(super) fn state_of(room: &RoomJid, snapshot: Snapshot) -> RoomState {
    RoomState {
        room: room.to_string(),
        account: Some(super::ACCOUNT.to_owned()),
        state: "joined".to_owned(),
        trouble: None,
        is_joined: true,
        n_occupants: snapshot.occupants.len(),
        rights: snapshot.me().map_or_else(String::new, |it| format!("{} {}", it.affiliation, it.role)),
        features: snapshot.features,
    }
}
