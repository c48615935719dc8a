//! A host with a made-up room, for tests that read like what people type and what they are answered.
//!
//! The store is a real one in a folder of its own; the way to the rooms is [`Stage`], which keeps what was said and
//! done. Nothing waits for a clock: a line is answered when [`Scene::say`] returns.

mod file;
mod patience;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use domovoi_plugin::{
    ActError, Affiliation, Asker, Features, ListEntry, Nick, NodeAsk, NodeReply, Occupant, Outcome, Place, Plugin,
    Question, Reply, Role, RoomJid, ServiceError, Show, Slot, SlotAsk, Snapshot, Timestamp, UploadError,
    jid::{BareJid, Jid},
    testing::PlainRoom,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

mod clients;
mod shown;

pub(crate) use patience::until;

use super::{
    access::Access,
    commands::Line,
    core::{Host, Parts},
    live::Live,
    outlet::{AccountState, Errand, Outlet, RoomState},
    overlay::{Overlay, Source},
    secrets::Secrets,
};
use crate::{
    clock::Clock,
    i18n,
    metrics::Metrics,
    store::{Faults, StateOptions, Store, StoreOptions},
};
use clients::Clients;

/// The room of every scene.
pub(crate) const GARDEN: &str = "garden@chat.example.org";

/// The configuration of every scene.
pub(crate) const CONFIG: &str = r#"
[bot]
owners = ["juliet@capulet.example"]
[accounts.main]
jid = "domovoi@example.org"
password = "p"
[accounts.other]
jid = "brownie@example.org"
password = "p"
[rooms."garden@chat.example.org"]
"#;

/// When every scene begins: 2026-11-18 11:06 UTC.
const START: i64 = 1_795_000_000_000;

/// The bundled plugins; the list itself is not for the host to know.
pub(crate) fn bundled() -> Vec<Arc<dyn Plugin>> {
    let plugins: Vec<Box<dyn Plugin>> = vec![
        #[cfg(feature = "guard")]
        domovoi_guard::plugin(),
        #[cfg(feature = "admin")]
        domovoi_admin::plugin(),
    ];
    plugins.into_iter().map(Arc::from).collect()
}

/// The room `garden` as far as it exists.
pub(crate) fn garden() -> RoomJid {
    GARDEN.parse().unwrap()
}

/// The garden as guards see it, with so many strangers in it.
pub(crate) fn crowd(n: usize) -> PlainRoom {
    let mut room = PlainRoom::new(garden());
    for n in 1..=n as u64 {
        room.put(Occupant::new(Nick::new(&format!("stranger {n}")).unwrap(), Timestamp::default(), n));
    }
    room
}

/// The rooms, played: what is in them, and what was said and done.
#[derive(Default)]
pub(crate) struct Stage {
    state: Mutex<StageState>,
}

#[derive(Default)]
struct StageState {
    rooms: BTreeMap<RoomJid, Snapshot>,
    said: Vec<String>,
    rejoined: Vec<RoomJid>,
    askers: Vec<Asker>,
    is_offline: bool,
    /// What services answer to the next questions about nodes, and what was asked.
    nodes: (VecDeque<Result<NodeReply, ServiceError>>, Vec<NodeAsk>),
    /// What the lists of every room say; `None` if they cannot be read.
    listed: Option<Vec<(Affiliation, BareJid)>>,
    last_stay: u64,
    clients: Clients,
    slot: Option<Slot>,
}

impl Stage {
    fn state(&self) -> MutexGuard<'_, StageState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was said since it was last asked: `to the room` as it is, `@nick text` in private, `jid< text` directly.
    pub(crate) fn said(&self) -> Vec<String> {
        std::mem::take(&mut self.state().said)
    }

    /// On whose behalf something was done, since it was last asked.
    pub(crate) fn askers(&self) -> Vec<Asker> {
        std::mem::take(&mut self.state().askers)
    }

    /// The rooms that were to be joined again, since it was last asked.
    pub(crate) fn rejoined(&self) -> Vec<RoomJid> {
        std::mem::take(&mut self.state().rejoined)
    }

    /// Who is on the lists of the rooms; `None` if they cannot be read.
    pub(crate) fn set_listed(&self, listed: Option<&[(Affiliation, &str)]>) {
        let read = |(affiliation, jid): &(Affiliation, &str)| (*affiliation, BareJid::new(jid).unwrap());
        self.state().listed = listed.map(|it| it.iter().map(read).collect());
    }

    /// What services answer to the next questions about nodes; gives what was asked before.
    pub(crate) fn nodes(&self, answers: Vec<Result<NodeReply, ServiceError>>) -> Vec<NodeAsk> {
        self.state().nodes.0.extend(answers);
        std::mem::take(&mut self.state().nodes.1)
    }

    /// What a client says it is from now on, or that it does not answer; an occupant's is asked through the room.
    pub(crate) fn set_client(&self, of: &str, says: Option<&'static str>) {
        self.state().clients.set(of, says);
    }

    /// How many clients were asked what they are, since it was last asked.
    pub(crate) fn n_identity(&self) -> usize {
        self.state().clients.n_asked()
    }

    /// Whether any account is online.
    pub(crate) fn set_offline(&self, is_offline: bool) {
        self.state().is_offline = is_offline;
    }

    /// Someone is in a room; whoever had the nick is replaced, and keeps the stay.
    pub(crate) fn put(&self, room: &RoomJid, nick: &str, jid: Option<&str>, (role, affiliation): (Role, Affiliation)) {
        let mut state = self.state();
        state.last_stay += 1;
        let stay = state.last_stay;
        let snapshot = state.rooms.entry(room.clone()).or_default();
        let nick = Nick::new(nick).unwrap();
        let is_self = nick.as_str() == "domovoi";
        if is_self {
            snapshot.own_nick = Some(nick.clone());
        }
        let stay = snapshot.occupants.get(&nick).map_or(stay, |it| it.stay);
        let occupant = Occupant {
            nick: nick.clone(),
            role,
            affiliation,
            jids: jid.map(|it| Jid::new(it).unwrap()).into_iter().collect(),
            occupant_id: None,
            show: Show::Online,
            status: None,
            caps: None,
            avatar: None,
            joined_at: Timestamp::default(),
            stay,
            is_self,
        };
        snapshot.occupants.insert(nick, Arc::new(occupant));
    }

    /// Someone leaves.
    pub(crate) fn remove(&self, room: &RoomJid, nick: &str) {
        if let Some(snapshot) = self.state().rooms.get_mut(room) {
            snapshot.occupants.remove(&Nick::new(nick).unwrap());
        }
    }

    pub(crate) fn occupant(&self, room: &RoomJid, nick: &str) -> Option<Arc<Occupant>> {
        self.state().rooms.get(room)?.occupants.get(&Nick::new(nick).unwrap()).cloned()
    }
}

#[async_trait]
impl Outlet for Stage {
    async fn node(&self, _: Option<&BareJid>, node: &str, ask: NodeAsk) -> Result<NodeReply, ServiceError> {
        let mut state = self.state();
        state.nodes.1.push(ask);
        state.nodes.0.pop_front().unwrap_or_else(|| Err(ServiceError::NoAnswer(node.to_owned())))
    }

    async fn act(&self, errand: Errand) -> Result<Outcome, ActError> {
        self.state().askers.extend(errand.by.clone());
        self.state().said.extend(shown::of(&errand.action));
        Ok(shown::outcome(&errand.action))
    }

    async fn slot(&self, _: Option<&RoomJid>, _: SlotAsk) -> Result<Slot, UploadError> {
        self.state().slot.clone().ok_or(UploadError::NoService)
    }

    async fn snapshot(&self, room: &RoomJid) -> Option<Snapshot> {
        self.state().rooms.get(room).cloned()
    }

    async fn list(&self, _room: &RoomJid, affiliation: Affiliation) -> Result<Vec<ListEntry>, ActError> {
        let state = self.state();
        let listed = state.listed.as_ref().ok_or(ActError::NoAnswer)?.iter().filter(|it| it.0 == affiliation);
        Ok(listed.map(|(_, jid)| ListEntry { jid: jid.clone(), reason: None }).collect())
    }

    async fn ask(&self, _room: Option<&RoomJid>, to: &Jid, question: Question) -> Result<Reply, ServiceError> {
        self.state().clients.answer(to, question)
    }

    async fn direct(&self, _room: Option<&RoomJid>, to: &BareJid, text: String) -> bool {
        if self.state().is_offline {
            return false;
        }
        self.state().said.push(format!("{to}< {text}"));
        true
    }

    async fn lifted(&self, _room: &RoomJid, _jid: &BareJid) {}

    async fn rejoin(&self, room: &RoomJid) {
        self.state().rejoined.push(room.clone());
    }

    async fn accounts(&self) -> Vec<AccountState> {
        vec![AccountState {
            account: "main".to_owned(),
            jid: "domovoi@example.org".to_owned(),
            state: "online".to_owned(),
            is_online: true,
            n_rooms: 1,
            max_rooms: 100,
        }]
    }

    async fn rooms(&self) -> Vec<RoomState> {
        let state = self.state();
        let room = |(room, snapshot): (&RoomJid, &Snapshot)| RoomState {
            room: room.to_string(),
            account: Some("main".to_owned()),
            state: "joined".to_owned(),
            trouble: None,
            is_joined: true,
            n_occupants: snapshot.occupants.len(),
            rights: "admin, moderator".to_owned(),
            features: Features::default(),
        };
        state.rooms.iter().map(room).collect()
    }
}

/// A host and its stage.
pub(crate) struct Scene {
    pub(crate) host: Arc<Host>,
    pub(crate) stage: Arc<Stage>,
    /// The disk.
    pub(crate) faults: Faults,
    pub(crate) tasks: TaskTracker,
    cancel: CancellationToken,
    dir: tempfile::TempDir,
    clock: Clock,
}

impl Scene {
    /// A host with the bundled plugins, in the garden with: romeo (owner), mercutio (admin), nurse (moderator),
    /// peter (member), alice and bob (nobody in particular), and the bot itself (admin).
    pub(crate) async fn new() -> Self {
        Self::with(CONFIG, bundled()).await
    }

    /// The same with another configuration and other plugins.
    pub(crate) async fn with(text: &str, plugins: Vec<Arc<dyn Plugin>>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let scene = Self::in_dir(text, plugins, dir, Clock::by_hand(Timestamp::from_millis(START))).await;
        let jid = |nick: &str| format!("{nick}@{nick}.example/phone");
        for (nick, role, affiliation) in [
            ("domovoi", Role::Moderator, Affiliation::Admin),
            ("romeo", Role::Moderator, Affiliation::Owner),
            ("mercutio", Role::Moderator, Affiliation::Admin),
            ("nurse", Role::Moderator, Affiliation::None),
            ("peter", Role::Participant, Affiliation::Member),
            ("alice", Role::Participant, Affiliation::None),
            ("bob", Role::Participant, Affiliation::None),
        ] {
            scene.stage.put(&garden(), nick, Some(&jid(nick)), (role, affiliation));
        }
        let owner = "juliet@capulet.example/balcony";
        scene.stage.put(&garden(), "juliet", Some(owner), (Role::Participant, Affiliation::None));
        scene
    }

    async fn in_dir(text: &str, plugins: Vec<Arc<dyn Plugin>>, dir: tempfile::TempDir, clock: Clock) -> Self {
        let path = dir.path().join("data");
        let faults = Faults::new();
        let state = StateOptions { faults: Some(faults.clone()), ..StateOptions::default() };
        let options = StoreOptions { state, ..StoreOptions::default() };
        let store = tokio::task::spawn_blocking(move || Store::open(&path, options).unwrap().0);
        let store = store.await.unwrap();
        let file = dir.path().join("domovoi.toml");
        std::fs::write(&file, text).unwrap();
        let source = Source { path: file, env: Box::new(|_| None), catalogue: Box::new(|_| Box::new(())) };
        let (overlay, loaded) = Overlay::open(&store.state, source).await.unwrap();
        let (tasks, cancel) = (TaskTracker::new(), CancellationToken::new());
        let parts = Parts {
            plugins,
            access: Access::load(&store.state).await.unwrap(),
            secrets: Secrets::load(&store.state).await.unwrap(),
            live: Live::with_overlay(loaded.config, overlay),
            store,
            clock,
            metrics: Metrics::default(),
            words: Box::new(i18n::words),
        };
        let host = Host::start(parts, &tasks, &cancel);
        let stage = Arc::new(Stage::default());
        stage.set_listed(Some(&[]));
        host.connect(stage.clone());
        let scene = Self { host, stage, faults, tasks, cancel, dir, clock };
        // What it reads as it starts is there before anything happens.
        scene.settle().await;
        scene
    }

    /// Someone says a line to the room; gives what the bot says until it has nothing more to do.
    pub(crate) async fn say(&self, nick: &str, text: &str) -> Vec<String> {
        match text.strip_prefix('!') {
            Some(text) => self.hear(self.line(nick, text)).await,
            None => Vec::new(),
        }
    }

    /// Someone says a line to the bot in private, through the room.
    pub(crate) async fn whisper(&self, nick: &str, text: &str) -> Vec<String> {
        let line = self.line(nick, text);
        let place = Place::Private(line.occupant.as_ref().unwrap().nick.clone());
        self.hear(Line { place, ..line }).await
    }

    fn line(&self, nick: &str, text: &str) -> Line {
        let occupant = Some(self.stage.occupant(&garden(), nick).unwrap());
        Line { text: text.to_owned(), room: Some(garden()), place: Place::Room, occupant, jid: None, from: None }
    }

    /// Someone writes to the bot directly, from a client where the JID names one.
    pub(crate) async fn direct(&self, jid: &str, text: &str) -> Vec<String> {
        let jid = Jid::new(jid).unwrap();
        let place = Place::Direct(jid.to_bare());
        self.hear(Line { text: text.to_owned(), room: None, place, occupant: None, jid: Some(jid), from: None }).await
    }

    async fn hear(&self, line: Line) -> Vec<String> {
        self.host.take_command(line);
        self.settle().await;
        self.stage.said()
    }

    /// Waits until the host has carried out everything it was given. The store works on threads of its own, so
    /// yielding alone is not enough: the host counts what it has in hand.
    pub(crate) async fn settle(&self) {
        self.host.in_hand.idle().await;
    }

    /// Ends everything and gives the folder, to be started from again.
    async fn stop(self) -> tempfile::TempDir {
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        let Self { host, dir, .. } = self;
        host.store.clone().close().await;
        drop(host);
        dir
    }
}
