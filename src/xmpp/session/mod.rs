//! The live stream of one account: one task that owns the stream, the rooms served through it, and what waits to be
//! sent to them.
//!
//! It reads on while it writes: what cannot be sent now waits in the outbox and the window, both bounded. It never waits
//! for a plugin, the store or another session.

mod acts;
mod archive;
mod forms;
mod inbox;
mod iqs;
mod order;
mod rooms;
mod service;
mod uploads;
mod window;

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    path::PathBuf,
    time::Duration,
};

use domovoi_plugin::{AccountId, RoomJid, Timestamp, View as _, jid::BareJid};
use rand::RngExt as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_xmpp::{
    Stanza,
    stanzastream::{Event as Streamed, StanzaStream, StreamEvent},
};
use tracing::{debug, info, warn};

pub use order::{
    AccountNews, AccountWatcher, Act, ActReply, Done, Gap, Order, RoomNews, RoomNow, RoomWatcher, Serve, Token, Wanted,
};

use self::{inbox::Inbox, iqs::Pending, rooms::Served, service::Service, window::Window};
use super::{
    connect::{Facts, Status},
    decode::{self, Decoded},
    entity::{Access, Entity},
    iq::IqTable,
};
use crate::{
    clock::Clock,
    outbox::{Outbox, Pace},
};

/// So many of our requests wait for answers at once.
const MAX_IQS: usize = 4096;
/// A server that resumes streams resumes them for longer than this (Prosody for ten minutes, ejabberd for five).
const RESUMED_WITHIN: Duration = Duration::from_secs(45);

/// What a session is made of.
pub struct Setup {
    /// Which account.
    pub account: AccountId,
    /// Its bare JID.
    pub jid: BareJid,
    /// Ourselves as an entity.
    pub entity: Entity,
    /// The time.
    pub clock: Clock,
    /// The parting words in rooms.
    pub farewell: String,
    /// The pace of what is said and done.
    pub pace: Pace,
    /// What vouches for the server besides the authorities of the system.
    pub ca_file: Option<PathBuf>,
}

/// The live stream of one account.
pub struct Session {
    account: AccountId,
    jid: domovoi_plugin::jid::BareJid,
    entity: Entity,
    clock: Clock,
    farewell: String,
    stream: StanzaStream,
    inbox: Inbox,
    watcher: Box<dyn AccountWatcher>,
    rooms: HashMap<RoomJid, Served>,
    /// When which room is to be looked at; each room has at most one entry, the one in its `wake`.
    wakes: std::collections::BTreeSet<(Timestamp, RoomJid)>,
    services: BTreeMap<String, Service>,
    iqs: IqTable<Pending>,
    outbox: Outbox<ActReply>,
    /// Rooms in which something was decided and not everything handed over yet.
    decided: Vec<RoomJid>,
    window: Window,
    is_online: bool,
    /// How the connection is doing while the stream is not online.
    connection: AccountNews,
    /// What was said last of the account.
    told: Option<AccountNews>,
    has_announced: bool,
    /// Whether the server of the stream that is, or was last, resumes streams.
    can_resume: bool,
    /// The same of the connection that was just made.
    can_resume_next: bool,
    /// When the connection was lost that is not back yet.
    lost_at: Option<Timestamp>,
    /// With which error the server ended the stream, if it said one.
    ended_by: Option<String>,
    /// The domain of the account.
    domain: String,
    /// The address of the server.
    peer: Option<SocketAddr>,
    ca_file: Option<PathBuf>,
    /// The service that takes files, if one was looked for and found.
    uploads: Option<uploads::Service>,
}

impl Session {
    /// A session on this stream.
    #[must_use]
    pub fn new(setup: Setup, stream: StanzaStream, watcher: Box<dyn AccountWatcher>) -> Self {
        let prefix: u32 = rand::rng().random();
        Self {
            domain: setup.jid.domain().as_str().to_owned(),
            jid: setup.jid.clone(),
            iqs: IqTable::new(setup.jid, format!("{prefix:x}"), MAX_IQS),
            outbox: Outbox::new(setup.pace),
            decided: Vec::new(),
            account: setup.account,
            entity: setup.entity,
            clock: setup.clock,
            farewell: setup.farewell,
            ca_file: setup.ca_file,
            stream,
            inbox: Inbox::default(),
            watcher,
            rooms: HashMap::new(),
            wakes: std::collections::BTreeSet::new(),
            services: BTreeMap::new(),
            window: Window::default(),
            is_online: false,
            connection: AccountNews::Connecting,
            told: None,
            has_announced: false,
            can_resume: false,
            can_resume_next: false,
            lost_at: None,
            ended_by: None,
            peer: None,
            uploads: None,
        }
    }

    /// Serves until it is cancelled or the account is final; then leaves its rooms and closes the stream.
    pub async fn run(
        mut self,
        mut orders: mpsc::Receiver<Order>,
        mut statuses: mpsc::Receiver<Status>,
        cancel: CancellationToken,
    ) {
        let mut second = tokio::time::interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // Both are made once: to enter and leave a timer's and a token's list for each stanza is much of what one costs.
        let mut cancelled = std::pin::pin!(cancel.cancelled());
        let mut alarm = std::pin::pin!(tokio::time::sleep(Duration::ZERO));
        loop {
            self.pump();
            self.hand_over().await;
            self.inbox.fill(&mut self.stream);
            let due = tokio::time::Instant::now() + self.wake();
            // One that rings too early does no harm: it is set anew then.
            if due < alarm.deadline() || alarm.is_elapsed() {
                alarm.as_mut().reset(due);
            }
            // Cancel-safe: channels and the stream keep what a lost race did not take; progress changes nothing.
            tokio::select! {
                () = &mut cancelled => break,
                streamed = self.inbox.next(&mut self.stream) => match streamed {
                    Some(streamed) => self.on_streamed(streamed),
                    None => {
                        warn!(account = %self.account, "the stream ended for good");
                        break;
                    }
                },
                Some(status) = statuses.recv() => self.on_status(status),
                // While offline nothing drains the window; what is ordered then waits in the bounded outbox or is refused.
                Some(order) = orders.recv(), if self.window.is_open() || !self.is_online => self.on_order(order),
                _ = second.tick() => self.on_second(),
                // Offline there is none: what waits in the window would be ready again and again.
                () = self.window.progress(), if self.is_online => (),
                () = &mut alarm => (),
            }
        }
        self.end().await;
    }

    /// Sends what may be sent now.
    fn pump(&mut self) {
        let now = self.clock.now();
        self.wake_rooms(now);
        if self.is_online {
            self.send_due(now);
            self.window.flush(&self.stream);
        }
    }

    /// How long until something is due by itself.
    fn wake(&self) -> Duration {
        let now = self.clock.now();
        let room = self.wakes.first().map(|(at, _)| *at);
        let outbox = self.outbox.wake(now).filter(|_| self.is_online && self.window.is_open());
        let joins = self.services.values().filter_map(Service::next_join).min().filter(|_| self.is_online);
        let soonest = room.into_iter().chain(outbox).chain(joins).min();
        soonest.map_or(Duration::from_secs(60), |at| at.since(now)).max(Duration::from_millis(1))
    }

    fn on_streamed(&mut self, streamed: Streamed) {
        match streamed {
            Streamed::Stanza(stanza) => self.on_stanza(stanza),
            Streamed::Stream(StreamEvent::Reset { bound_jid, features }) => {
                info!(account = %self.account, jid = %bound_jid, "online");
                self.on_reset(features.stream_management.is_some());
            }
            Streamed::Stream(StreamEvent::Suspended) => {
                debug!(account = %self.account, "the connection is gone");
                self.is_online = false;
                self.lost_at = Some(self.clock.now());
                // Every room is asked anew once we are back; that nobody answers meanwhile says nothing of them.
                self.iqs.forget(|it| matches!(it, Pending::SelfPing { .. }));
                self.tell_news();
                for served in self.rooms.values_mut() {
                    served.room.on_stream_lost();
                }
            }
            Streamed::Stream(StreamEvent::Resumed) => {
                info!(account = %self.account, "back, nothing was lost");
                self.is_online = true;
                (self.lost_at, self.ended_by) = (None, None);
                self.tell_news();
                self.each_room(|room, now| {
                    room.on_stream_resumed(now);
                    Vec::new()
                });
            }
        }
    }

    /// A new stream: nothing of the old one holds.
    fn on_reset(&mut self, has_acks: bool) {
        let now = self.clock.now();
        self.is_online = true;
        self.window.reset(has_acks);
        self.uploads = None;
        for pending in self.iqs.drain() {
            self.unanswered(pending, now);
        }
        self.services.values_mut().for_each(|it| it.waiting.clear());
        self.announce();
        let (is_restart, domain) = (self.server_was_restarted(now), self.domain.clone());
        self.each_room(|room, now| {
            let is_there = is_restart && is_within(room.room().service(), &domain);
            if is_there { room.on_server_restarted(now) } else { room.on_stream_reset(now) }
        });
        self.tell_news();
    }

    /// Whether our server lost its memory: it said that it goes down, or it resumes streams and did not resume ours
    /// after a moment.
    fn server_was_restarted(&mut self, now: Timestamp) -> bool {
        let could_resume = std::mem::replace(&mut self.can_resume, self.can_resume_next);
        let was_short = self.lost_at.take().is_some_and(|at| now.since(at) < RESUMED_WITHIN);
        match self.ended_by.take() {
            Some(condition) => condition == "system-shutdown",
            None => could_resume && was_short,
        }
    }

    /// Sends our presence, and our picture once.
    fn announce(&mut self) {
        self.send(self.entity.initial_presence());
        if !std::mem::replace(&mut self.has_announced, true) {
            self.publish_avatar(Access::Open);
        }
    }

    fn on_status(&mut self, status: Status) {
        self.connection = match status {
            Status::Connecting { .. } => AccountNews::Connecting,
            Status::LoggedIn(facts) => {
                self.log_login(&facts);
                self.can_resume_next = facts.resumption;
                self.peer = facts.peer;
                return self.watcher.connected(facts);
            }
            Status::Retrying { error, after } => {
                let why = format!("{error}; trying again in {:.1} s", after.as_secs_f32());
                AccountNews::Offline { why }
            }
            // What ended the stream is said again with the wait that follows.
            Status::StreamError { condition, .. } => {
                self.ended_by = Some(condition);
                return;
            }
            Status::Final(error) => AccountNews::Final { why: error.to_string() },
        };
        self.tell_news();
    }

    fn log_login(&self, facts: &Facts) {
        let (account, mechanism) = (&self.account, facts.mechanism.as_str());
        let tls = facts.tls.as_ref().map_or("none", |it| it.version.as_str());
        info!(%account, mechanism, tls, resumption = facts.resumption, "logged in");
    }

    /// Says how the account is doing, if that is news.
    ///
    /// The stream knows whether it is online, the connector why not; their words come by different ways and in any order.
    fn tell_news(&mut self) {
        let news = if self.is_online { AccountNews::Online } else { self.connection.clone() };
        if self.told.as_ref() != Some(&news) {
            self.told = Some(news.clone());
            self.watcher.account(news);
        }
    }

    fn on_stanza(&mut self, stanza: Stanza) {
        let rooms = &self.rooms;
        match decode::decode(stanza, &|jid: &BareJid| rooms.contains_key(jid)) {
            Decoded::Room(inbound) => self.on_inbound(inbound),
            Decoded::Answer(answer) => self.on_answer(answer),
            Decoded::Request(request) => {
                let answer = self.entity.answer(&request, self.clock.now());
                self.send(answer);
            }
            Decoded::Direct(message) => self.watcher.direct(message),
            Decoded::Invite(invite) => self.watcher.invite(invite),
            Decoded::Archive(archived) => self.on_archived(archived),
            Decoded::Pushed(push) => self.watcher.pushed(push),
            Decoded::Declined { room, from, .. } => {
                let from = from.map_or_else(String::new, |it| it.to_string());
                debug!(account = %self.account, room.jid = %room, from, "an invitation was declined");
            }
            Decoded::Subscription(_) => (),
            Decoded::Ignored { why } => debug!(account = %self.account, why, "a stanza for nobody"),
        }
    }

    fn on_second(&mut self) {
        let now = self.clock.now();
        for pending in self.iqs.expired(now) {
            self.unanswered(pending, now);
        }
        for due in self.outbox.expired(now) {
            self.refuse(due, domovoi_plugin::ActError::Busy, now);
        }
        self.tick_rooms(now);
        self.services.retain(|_, it| !it.is_idle(now));
        let n_joined = if self.is_online { self.n_joined() } else { 0 };
        self.watcher.figures(&self.outbox.depths(), self.window.len(), n_joined);
    }

    fn send(&mut self, stanza: Stanza) {
        if self.window.push(stanza).is_err() {
            // What is sent without being asked for is bounded by the rooms and by what others send us; an answer to a
            // request is worth less than our memory.
            warn!(account = %self.account, "the server takes nothing: a stanza was dropped");
        }
    }

    /// Leaves every room and closes the stream, within 4 s.
    async fn end(mut self) {
        if self.is_online {
            self.say_farewell();
        }
        let now = self.clock.now();
        for served in self.rooms.values_mut() {
            served.watcher.save(now);
        }
        if self.is_online {
            let drained = tokio::time::timeout(Duration::from_secs(2), self.window.drained(&self.stream)).await;
            if drained.is_err() {
                warn!(account = %self.account, "not every room was told that we leave");
            }
        }
        if tokio::time::timeout(Duration::from_secs(2), self.stream.close()).await.is_err() {
            debug!(account = %self.account, "the server did not close the stream in time");
        }
    }
}

/// Whether a service is part of a server: `chat.example.org` of `example.org`.
fn is_within(service: &str, domain: &str) -> bool {
    service.strip_suffix(domain).is_some_and(|it| it.is_empty() || it.ends_with('.'))
}
