//! A host, a store that does not stay, and made-up rooms: what the console and the tests of plugins are played on.
//!
//! The host, its guards and its plugins are the real ones; people are moved from outside, the service is made up. Whatever
//! is set off by one thing is finished before the next begins, and time passes only where somebody lets it, so that the
//! same doings always come to the same transcript.

mod folder;
mod outlet;
pub(super) mod play;
pub(super) mod server;
pub(super) mod transcript;
pub(super) mod web;

use std::{cell::RefCell, collections::BTreeMap, fs, rc::Rc, sync::Arc, time::Duration};

use anyhow::Context as _;
use domovoi_plugin::{
    Nick, Place, Plugin, RoomJid, Timestamp,
    grammar::{self, PlaceKind},
    jid::{BareJid, Jid},
};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{
    folder::Folder,
    outlet::{MadeOutlet, Request},
    play::{Feed, Log, Play},
    server::{Server, Terms},
    transcript::Transcript,
    web::Web,
};
use crate::{
    clock::Clock,
    config::Mistakes,
    host::{
        access::Access,
        commands::Line,
        core::{Host, Parts},
        live::Live,
        overlay::{CatalogueOf, Overlay, Source},
        room::{RoomHost, Saved},
        secrets::Secrets,
    },
    i18n,
    metrics::Metrics,
    muc::{Plan, Pools, Room, Spared, Stays},
    outbox::{Outbox, Pace},
    store::{Store, StoreOptions},
};

/// The account in the made-up rooms.
pub(super) const ACCOUNT: &str = "console";
/// Its JID.
pub(super) const ACCOUNT_JID: &str = "domovoi@people.example";
/// A longer time than this passes minute by minute until so much of it is left.
const FINE: Duration = Duration::from_secs(2 * 3600);
/// A longer time than this passes hour by hour; whoever waits for a moment in it is woken all the same.
const COARSE: Duration = Duration::from_secs(2 * 24 * 3600);

/// What a stage begins with.
pub(super) struct Setup {
    /// The time, turned by hand.
    pub(super) clock: Clock,
    /// The configuration, all but its account and where its data are.
    pub(super) config: String,
    /// The plugins, in their order.
    pub(super) plugins: Vec<Arc<dyn Plugin>>,
    /// What knows their settings.
    pub(super) catalogue: CatalogueOf,
    /// What is seen.
    pub(super) transcript: Transcript,
    /// How fast the bot may speak and act.
    pub(super) pace: Pace,
    /// The web; without one the real one is asked.
    pub(super) web: Option<Web>,
}

/// Everything that runs.
pub(super) struct Stage {
    /// The real host.
    pub(super) host: Arc<Host>,
    /// What is seen.
    pub(super) log: Log,
    rooms: BTreeMap<RoomJid, Play>,
    requests: mpsc::Receiver<Request>,
    feed: Feed,
    pace: Pace,
    tasks: TaskTracker,
    cancel: CancellationToken,
    folder: Folder,
}

impl Stage {
    /// A host without any room.
    pub(super) async fn open(setup: Setup) -> anyhow::Result<Self> {
        let folder = Folder::new()?;
        fs::write(folder.config(), whole(&setup.config))?;
        let data_dir = folder.data();
        let opening = tokio::task::spawn_blocking(move || Store::open(&data_dir, StoreOptions::default()));
        let (store, _) = opening.await.context("opening the store failed")??;
        let source = Source { path: folder.config(), env: Box::new(|_| None), catalogue: setup.catalogue };
        let (overlay, loaded) = Overlay::open(&store.state, source).await?;
        let (tasks, cancel) = (TaskTracker::new(), CancellationToken::new());
        let parts = Parts {
            plugins: setup.plugins,
            access: Access::load(&store.state).await?,
            secrets: Secrets::load(&store.state).await?,
            live: Live::with_overlay(loaded.config, overlay),
            store,
            clock: setup.clock,
            metrics: Metrics::default(),
            words: Box::new(i18n::words),
        };
        let host = Host::start(parts, &tasks, &cancel);
        // 64 requests; a handler that finds it full waits, and whoever plays the rooms answers without waiting.
        let (sender, requests) = mpsc::channel(64);
        host.connect(Arc::new(MadeOutlet { requests: sender, web: setup.web }));
        let feed = Rc::new(RefCell::new(host.feed.watch()));
        let log = Rc::new(RefCell::new(setup.transcript));
        let rooms = BTreeMap::new();
        Ok(Self { host, log, rooms, requests, feed, pace: setup.pace, tasks, cancel, folder })
    }

    /// Replaces the configuration.
    pub(super) async fn configure(&mut self, config: &str) -> Result<(), Mistakes> {
        if let Err(error) = fs::write(self.folder.config(), whole(config)) {
            self.log.borrow_mut().note(self.now(), &format!("the configuration cannot be written: {error}"));
        }
        self.host.reload().await.map(drop)
    }

    /// Makes a room, which the bot enters.
    pub(super) fn add_room(&mut self, room: &RoomJid, terms: Terms) -> anyhow::Result<()> {
        let config = self.host.live.config();
        let nick = config.rooms.get(room).map_or(&config.bot.nick, |it| &it.nick).clone();
        let account: Jid = ACCOUNT_JID.parse()?;
        let plan = Plan {
            room: room.clone(),
            nick: nick.clone(),
            password: None,
            create: false,
            account: account.to_bare(),
            spared: Arc::new(Spared::default()),
            stays: Stays::default(),
            pools: Pools::default(),
        };
        let mut play = Play {
            server: Server::new(room.clone(), nick, account.to_bare(), terms),
            room: Room::new(plan, 1),
            watched: RoomHost::new(self.host.clone(), room.clone(), Saved::default()),
            outbox: Outbox::new(self.pace.clone()),
            feed: self.feed.clone(),
            log: self.log.clone(),
            host: self.host.clone(),
            n_ids: 0,
        };
        play.happen(Vec::new());
        // What comes every ten minutes is counted from here on.
        play.tick();
        self.rooms.insert(room.clone(), play);
        self.log.borrow_mut().is_of_many = 1 < self.rooms.len();
        Ok(())
    }

    /// A room that was made.
    pub(super) fn play(&mut self, room: &RoomJid) -> Option<&mut Play> {
        self.rooms.get_mut(room)
    }

    /// Now.
    pub(super) fn now(&self) -> Timestamp {
        self.host.clock.now()
    }

    /// Someone writes to the bot outside any room.
    pub(super) fn writes(&mut self, from: &BareJid, text: &str) {
        self.log.borrow_mut().wrote(self.now(), from, text);
        let config = self.host.live.config();
        let (prefix, nick): (&str, &Nick) = (config.bot.prefix.as_str(), &config.bot.nick);
        let Some(text) = grammar::address(text, prefix, nick, PlaceKind::Direct) else { return };
        self.host.take_command(Line {
            text: text.to_owned(),
            room: None,
            place: Place::Direct(from.clone()),
            occupant: None,
            jid: Some(from.clone().into()),
            from: None,
        });
    }

    /// Lets time pass, and all be done that falls due.
    pub(super) async fn advance(&mut self, span: Duration) {
        let end = self.now() + span;
        loop {
            let now = self.now();
            let rest = end.since(now);
            if rest.is_zero() {
                return;
            }
            let step = if COARSE < rest {
                to_next(now, 3600)
            } else if FINE < rest {
                to_next(now, 60)
            } else {
                Duration::from_secs(1)
            };
            let sleeper = self.host.clock.next_sleeper().map(|at| at.since(now).max(Duration::from_millis(1)));
            self.host.clock.turn(step.min(rest).min(sleeper.unwrap_or(Duration::MAX)));
            self.rooms.values_mut().for_each(Play::tick);
            self.settle().await;
        }
    }

    /// Waits until nothing is left to be done of what has happened.
    pub(super) async fn settle(&mut self) {
        loop {
            self.rooms.values_mut().for_each(Play::work);
            // Whatever waits in an outbox waits for time to pass only.
            let now = self.now();
            if let Some(wake) = self.rooms.values().filter_map(Play::wake).min() {
                self.host.clock.turn(wake.since(now).max(Duration::from_millis(1)));
                continue;
            }
            let host = self.host.clone();
            // Cancel-safe: a request that is not received waits in the channel.
            let request = tokio::select! {
                biased;
                request = self.requests.recv() => request,
                () = host.in_hand.idle() => None,
            };
            match request.or_else(|| self.requests.try_recv().ok()) {
                Some(request) => self.serve(request),
                None => break,
            }
        }
        play::read_feed(&self.feed, &self.log, self.now());
    }

    fn serve(&mut self, request: Request) {
        match request {
            Request::Room(room, request) => {
                // Who asks for a room that there is not hears nothing, which says so.
                if let Some(play) = self.rooms.get_mut(&room) {
                    play.serve(request);
                }
            }
            Request::Direct(to, text) => self.log.borrow_mut().direct(self.host.clock.now(), &to, text),
            Request::Rooms(reply) => {
                let states = self.rooms.iter().map(|(room, play)| outlet::state_of(room, play.snapshot()));
                // Who asked and went away hears nothing.
                drop(reply.send(states.collect()));
            }
        }
    }

    /// Ends everything, so that the folder can go.
    pub(super) async fn end(self) {
        self.cancel.cancel();
        self.tasks.close();
        // A handler may wait for an answer of a room: it gets none from here on.
        drop(self.requests);
        drop(self.rooms);
        self.tasks.wait().await;
        self.host.store.clone().close().await;
    }
}

/// The JID that somebody has who comes with this nick: the same each time.
pub(super) fn jid_of(nick: &Nick) -> Result<Jid, String> {
    let plain = |c: char| match c.is_ascii_alphanumeric() {
        true => c.to_ascii_lowercase().to_string(),
        false => format!("-{:x}", u32::from(c)),
    };
    let local: String = nick.as_str().chars().take(40).map(plain).collect();
    Jid::new(&format!("{local}@people.example/console")).map_err(|error| format!("{nick}: {error}"))
}

/// Until the next full minute or hour, given in seconds.
fn to_next(now: Timestamp, seconds: i64) -> Duration {
    let passed = now.as_millis().rem_euclid(1000 * seconds);
    Duration::from_millis((1000 * seconds - passed).unsigned_abs())
}

/// A configuration with its account.
fn whole(config: &str) -> String {
    format!("[accounts.{ACCOUNT}]\njid = \"{ACCOUNT_JID}\"\npassword = \"none\"\n{config}")
}
