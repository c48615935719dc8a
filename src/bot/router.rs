//! The way from plugins to the sessions: which account serves which room, and how to reach it.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use async_trait::async_trait;
use domovoi_plugin::{
    AccountId, ActError, Affiliation, Form, ListEntry, NodeAsk, NodeReply, Outcome, Question, Reply, RoomJid,
    ServiceError, Slot, SlotAsk, Snapshot, UploadError,
    jid::{BareJid, Jid},
};
use tokio::sync::{mpsc, oneshot};

use super::chats::Chats;
use crate::{
    config,
    control::doctor::Connection,
    host::outlet::{AccountState, Errand, Outlet, RoomState},
    muc::trouble_text,
    xmpp::{
        connect::Facts,
        session::{AccountNews, Act, Order, RoomNow},
    },
};

/// How long a session may take to answer anything.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it may take to say how things are.
const GLANCE: Duration = Duration::from_secs(5);

/// An account as the router knows it.
#[derive(Clone)]
struct Line {
    jid: BareJid,
    max_rooms: u32,
    orders: mpsc::Sender<Order>,
    news: AccountNews,
    facts: Option<Facts>,
}

/// Which account serves which room. Shared.
#[derive(Default)]
pub(super) struct Router {
    lines: RwLock<BTreeMap<AccountId, Line>>,
    rooms: RwLock<BTreeMap<RoomJid, AccountId>>,
    /// Which of them people write to.
    pub(super) chats: Chats,
}

impl Router {
    /// An account can be reached here.
    pub(super) fn add(&self, account: AccountId, jid: BareJid, max_rooms: u32, orders: mpsc::Sender<Order>) {
        let line = Line { jid, max_rooms, orders, news: AccountNews::Connecting, facts: None };
        self.lines.write().unwrap_or_else(PoisonError::into_inner).insert(account, line);
    }

    /// An account is no more.
    pub(super) fn remove(&self, account: &AccountId) {
        self.lines.write().unwrap_or_else(PoisonError::into_inner).remove(account);
    }

    /// How many rooms each account may serve now.
    pub(super) fn limit(&self, accounts: &BTreeMap<AccountId, config::Account>) {
        let mut lines = self.lines.write().unwrap_or_else(PoisonError::into_inner);
        for (id, line) in lines.iter_mut() {
            line.max_rooms = accounts.get(id).map_or(line.max_rooms, |it| it.max_rooms);
        }
    }

    /// The accounts that were given up.
    #[must_use]
    pub(super) fn given_up(&self) -> Vec<AccountId> {
        let lines = self.lines.read().unwrap_or_else(PoisonError::into_inner);
        let is_final = |line: &Line| matches!(line.news, AccountNews::Final { .. });
        lines.iter().filter(|(_, line)| is_final(line)).map(|(id, _)| id.clone()).collect()
    }

    /// Gives every session an order.
    pub(super) async fn all_hear(&self, order: impl Fn() -> Order) {
        for (_, orders) in self.all() {
            // A session that is gone, or does not listen for so long, has other troubles.
            drop(tokio::time::timeout(GLANCE, orders.send(order())).await);
        }
    }

    /// How an account is doing.
    pub(super) fn note(&self, account: &AccountId, news: AccountNews) {
        if let Some(line) = self.lines.write().unwrap_or_else(PoisonError::into_inner).get_mut(account) {
            line.news = news;
        }
    }

    /// An account is logged in.
    pub(super) fn connected(&self, account: &AccountId, facts: Facts) {
        if let Some(line) = self.lines.write().unwrap_or_else(PoisonError::into_inner).get_mut(account) {
            line.facts = Some(facts);
        }
    }

    /// How the connections of the accounts stand, as far as any was made.
    pub(super) fn connections(&self) -> Vec<Connection> {
        let lines = self.lines.read().unwrap_or_else(PoisonError::into_inner);
        let stands = |(id, line): (&AccountId, &Line)| Some(connection(id, line.facts.clone()?));
        lines.iter().filter_map(stands).collect()
    }

    /// A room is served by this account from now on; by none for `None`.
    pub(super) fn place(&self, room: &RoomJid, account: Option<&AccountId>) {
        let mut rooms = self.rooms.write().unwrap_or_else(PoisonError::into_inner);
        match account {
            Some(account) => rooms.insert(room.clone(), account.clone()),
            None => rooms.remove(room),
        };
    }

    /// Who serves a room.
    #[must_use]
    pub(super) fn serving(&self, room: &RoomJid) -> Option<AccountId> {
        self.rooms.read().unwrap_or_else(PoisonError::into_inner).get(room).cloned()
    }

    /// The way to an account.
    #[must_use]
    pub(super) fn orders(&self, account: &AccountId) -> Option<mpsc::Sender<Order>> {
        self.lines.read().unwrap_or_else(PoisonError::into_inner).get(account).map(|it| it.orders.clone())
    }

    /// The ways to all accounts.
    #[must_use]
    pub(super) fn all(&self) -> Vec<(AccountId, mpsc::Sender<Order>)> {
        let lines = self.lines.read().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(|(id, line)| (id.clone(), line.orders.clone())).collect()
    }

    fn to_room(&self, room: &RoomJid) -> Option<mpsc::Sender<Order>> {
        self.orders(&self.serving(room)?)
    }

    /// The way to whoever serves the room, else to any account that is online.
    fn to_any(&self, room: Option<&RoomJid>) -> Option<mpsc::Sender<Order>> {
        let lines = self.lines.read().unwrap_or_else(PoisonError::into_inner);
        let is_online = |it: &&Line| it.news == AccountNews::Online;
        let serving = room.and_then(|it| self.serving(it));
        let first = serving.and_then(|it| lines.get(&it)).filter(is_online);
        first.or_else(|| lines.values().find(is_online)).map(|it| it.orders.clone())
    }

    /// The way to the account that somebody wrote to last, if it is online.
    fn to_person(&self, person: &BareJid) -> Option<mpsc::Sender<Order>> {
        let account = self.chats.of(person)?;
        let lines = self.lines.read().unwrap_or_else(PoisonError::into_inner);
        lines.get(&account).filter(|it| it.news == AccountNews::Online).map(|it| it.orders.clone())
    }

    async fn rooms_of(orders: &mpsc::Sender<Order>) -> Vec<RoomNow> {
        let (reply, answer) = oneshot::channel();
        if orders.try_send(Order::Rooms { reply }).is_err() {
            return Vec::new();
        }
        tokio::time::timeout(GLANCE, answer).await.ok().and_then(Result::ok).unwrap_or_default()
    }
}

/// Sends an order and waits for its answer; `None` if the session is gone or too slow.
async fn asked<T>(orders: &mpsc::Sender<Order>, make: impl FnOnce(oneshot::Sender<T>) -> Order) -> Option<T> {
    let (reply, answer) = oneshot::channel();
    let all = async {
        orders.send(make(reply)).await.ok()?;
        answer.await.ok()
    };
    tokio::time::timeout(PATIENCE, all).await.ok().flatten()
}

#[async_trait]
impl Outlet for Router {
    async fn act(&self, errand: Errand) -> Result<Outcome, ActError> {
        let orders = self.to_room(&errand.room).ok_or(ActError::NotInRoom)?;
        let Errand { room, plugin, action, by, is_bulk } = errand;
        let answer = asked(&orders, |reply| Order::Act(Box::new(Act { room, plugin, action, by, is_bulk, reply })));
        answer.await.unwrap_or(Err(ActError::NoAnswer))
    }

    async fn snapshot(&self, room: &RoomJid) -> Option<Snapshot> {
        let orders = self.to_room(room)?;
        asked(&orders, |reply| Order::Snapshot { room: room.clone(), reply }).await.flatten()
    }

    async fn list(&self, room: &RoomJid, affiliation: Affiliation) -> Result<Vec<ListEntry>, ActError> {
        let orders = self.to_room(room).ok_or(ActError::NotInRoom)?;
        let answer = asked(&orders, |reply| Order::List { room: room.clone(), affiliation, reply });
        answer.await.unwrap_or(Err(ActError::NoAnswer))
    }

    async fn form(&self, room: &RoomJid) -> Result<Form, ActError> {
        let orders = self.to_room(room).ok_or(ActError::NotInRoom)?;
        let answer = asked(&orders, |reply| Order::Form { room: room.clone(), reply });
        answer.await.unwrap_or(Err(ActError::NoAnswer))
    }

    async fn ask(&self, room: Option<&RoomJid>, to: &Jid, question: Question) -> Result<Reply, ServiceError> {
        let nobody = || ServiceError::NoAnswer(to.to_string());
        // Whoever writes to one of our accounts may answer that one only.
        let of_chat = || if room.is_none() { self.to_person(&to.to_bare()) } else { None };
        let orders = of_chat().or_else(|| self.to_any(room)).ok_or_else(nobody)?;
        let answer = asked(&orders, |reply| Order::Ask { to: to.clone(), question, reply });
        answer.await.unwrap_or_else(|| Err(nobody()))
    }

    async fn node(&self, service: Option<&BareJid>, node: &str, ask: NodeAsk) -> Result<NodeReply, ServiceError> {
        let nobody = || ServiceError::NoAnswer(service.map_or_else(|| "our account".to_owned(), ToString::to_string));
        let orders = self.to_any(None).ok_or_else(nobody)?;
        let (service, node) = (service.cloned(), node.to_owned());
        let answer = asked(&orders, |reply| Order::Node { service, node, ask, reply }).await;
        answer.unwrap_or_else(|| Err(nobody()))
    }

    async fn slot(&self, room: Option<&RoomJid>, ask: SlotAsk) -> Result<Slot, UploadError> {
        let orders = self.to_any(room).ok_or(UploadError::Offline)?;
        asked(&orders, |reply| Order::Slot { ask, reply }).await.unwrap_or(Err(UploadError::Offline))
    }

    async fn direct(&self, room: Option<&RoomJid>, to: &BareJid, text: String) -> bool {
        match self.to_person(to).or_else(|| self.to_any(room)) {
            Some(orders) => orders.send(Order::Direct { to: to.clone(), text }).await.is_ok(),
            None => false,
        }
    }

    async fn lifted(&self, room: &RoomJid, jid: &BareJid) {
        if let Some(orders) = self.to_room(room) {
            // A session that is gone has nothing to forget.
            drop(orders.send(Order::Lifted { room: room.clone(), jid: jid.clone() }).await);
        }
    }

    async fn rejoin(&self, room: &RoomJid) {
        if let Some(orders) = self.to_room(room) {
            // A session that is gone is replaced by one that joins anyway.
            drop(orders.send(Order::Rejoin { room: room.clone() }).await);
        }
    }

    async fn accounts(&self) -> Vec<AccountState> {
        let lines: Vec<(AccountId, Line)> = {
            let lines = self.lines.read().unwrap_or_else(PoisonError::into_inner);
            lines.iter().map(|(id, line)| (id.clone(), line.clone())).collect()
        };
        let n_rooms = |id: &AccountId| {
            let rooms = self.rooms.read().unwrap_or_else(PoisonError::into_inner);
            rooms.values().filter(|it| *it == id).count()
        };
        let state = |(id, line): (AccountId, Line)| AccountState {
            n_rooms: n_rooms(&id),
            account: id.to_string(),
            jid: line.jid.to_string(),
            is_online: line.news == AccountNews::Online,
            state: news_text(&line.news),
            max_rooms: line.max_rooms,
        };
        lines.into_iter().map(state).collect()
    }

    async fn rooms(&self) -> Vec<RoomState> {
        let mut placed: BTreeMap<RoomJid, AccountId> =
            self.rooms.read().unwrap_or_else(PoisonError::into_inner).clone();
        let mut states = Vec::new();
        for (id, orders) in self.all() {
            for now in Self::rooms_of(&orders).await {
                placed.remove(&now.room);
                states.push(RoomState {
                    room: now.room.to_string(),
                    account: Some(id.to_string()),
                    state: now.membership.to_string(),
                    trouble: now.membership.trouble().map(|(why, again)| (trouble_text(&why), again)),
                    is_joined: now.is_joined,
                    n_occupants: now.n_occupants,
                    rights: now.rights,
                    features: now.features,
                });
            }
        }
        states.extend(placed.into_iter().map(|(room, id)| RoomState {
            room: room.to_string(),
            account: Some(id.to_string()),
            state: "the account does not answer".to_owned(),
            trouble: None,
            is_joined: false,
            n_occupants: 0,
            rights: String::new(),
            features: domovoi_plugin::Features::default(),
        }));
        states.sort_by(|a, b| a.room.cmp(&b.room));
        states
    }
}

fn news_text(news: &AccountNews) -> String {
    match news {
        AccountNews::Connecting => "connecting".to_owned(),
        AccountNews::Online => "online".to_owned(),
        AccountNews::Offline { why } => format!("offline: {why}"),
        AccountNews::Final { why } => format!("given up: {why}"),
    }
}

/// How a connection stands, as the doctor tells it.
pub(crate) fn connection(name: &AccountId, facts: Facts) -> Connection {
    Connection {
        account: name.to_string(),
        server: facts.peer.map(|it| it.to_string()),
        tls: facts.tls.map(|it| format!("{} {}", it.version, it.cipher)),
        mechanism: facts.mechanism,
        offered: facts.offered,
        can_resume: facts.resumption,
        features: facts.features,
    }
}
