//! The rooms that a session serves: their stanzas, their steps, their wakes.

use std::time::Duration;

use domovoi_plugin::{Event, EventKind, RoomJid, Timestamp, View as _};
use rand::RngExt as _;
use tracing::{info, warn};

use super::{Order, RoomNews, RoomNow, RoomWatcher, Serve, Service, Session, Wanted, archive::Filling, iqs::Pending};
use crate::{
    muc::{Inbound, Membership, Outbound, Room, Step},
    xmpp::{encode, entity::Entity},
};

/// A room that is served.
pub(super) struct Served {
    pub(super) room: Room,
    pub(super) watcher: Box<dyn RoomWatcher>,
    pub(super) filling: Option<Filling>,
    wake: Option<Timestamp>,
    was_joined: bool,
}

/// How long a room may take to answer a request of ours.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(30);

impl Session {
    pub(super) fn serve(&mut self, serve: Serve) {
        let key = serve.plan.room.clone();
        let room = Room::new(serve.plan, serve.seed);
        let served = Served { room, watcher: serve.watcher, filling: None, wake: None, was_joined: false };
        self.rooms.insert(key.clone(), served);
        self.touch(&key);
    }

    pub(super) fn release(&mut self, key: &RoomJid, status: Option<String>) -> Option<Box<dyn RoomWatcher>> {
        self.part(key, status);
        let mut served = self.rooms.remove(key)?;
        if let Some(wake) = served.wake {
            self.wakes.remove(&(wake, key.clone()));
        }
        served.watcher.save(self.clock.now());
        Some(served.watcher)
    }

    /// Leaves a room, entered or being entered. Also while the connection is down: if the stream is resumed, the room
    /// still has us.
    fn part(&mut self, key: &RoomJid, status: Option<String>) {
        let now = self.clock.now();
        let Some(served) = self.rooms.get_mut(key) else { return };
        let events = served.room.leave(status, now);
        self.on_events(key, events);
        while let Some(step) = self.rooms.get_mut(key).and_then(|it| it.room.poll(now)) {
            self.step(key, step, now);
        }
    }

    pub(super) fn on_inbound(&mut self, inbound: Inbound) {
        let now = self.clock.now();
        let key = inbound.room.clone();
        let Some(served) = self.rooms.get_mut(&key) else { return };
        let events = served.room.apply(inbound, now);
        self.on_events(&key, events);
        self.touch(&key);
    }

    /// Hands events to whoever watches the room, and their wishes to the outbox.
    pub(super) fn on_events(&mut self, key: &RoomJid, events: Vec<Event>) {
        for event in events {
            let is_joined = matches!(event.kind, EventKind::Joined);
            let Some(served) = self.rooms.get_mut(key) else { return };
            let wanted = served.watcher.event(event, &served.room);
            self.want(key, wanted);
            if is_joined {
                self.on_joined(key);
            }
        }
    }

    /// In how many rooms we are.
    pub(super) fn n_joined(&self) -> usize {
        self.rooms.values().filter(|it| it.room.is_joined()).count()
    }

    fn on_joined(&mut self, key: &RoomJid) {
        if let Some(served) = self.rooms.get_mut(key) {
            served.was_joined = true;
        }
        let n_joined = self.n_joined();
        info!(account = %self.account, room.jid = %key, n_joined, n_rooms = self.rooms.len(), "joined");
        self.watcher.room(key, RoomNews::Joined);
        self.begin_filling(key);
    }

    /// Does what a room wants done now, and notes when it is to be looked at again.
    pub(super) fn touch(&mut self, key: &RoomJid) {
        let now = self.clock.now();
        while let Some(step) = self.rooms.get_mut(key).filter(|_| self.is_online).and_then(|it| it.room.poll(now)) {
            self.step(key, step, now);
        }
        let Some(served) = self.rooms.get_mut(key) else { return };
        let Some(wake) = served.room.next_wake() else { return };
        // Everything that a room says puts off what is due in its silence. So a wake that is too early stays, and whoever
        // is woken by it asks again; only one that is too late is moved.
        if served.wake.is_some_and(|it| it <= wake) {
            return;
        }
        if let Some(old) = served.wake.replace(wake) {
            self.wakes.remove(&(old, key.clone()));
        }
        self.wakes.insert((wake, key.clone()));
    }

    fn step(&mut self, key: &RoomJid, step: Step, now: Timestamp) {
        match step {
            Step::Send(outbound) => self.send_to_room(key, &outbound, now),
            Step::AskJoin => {
                let service = self.services.entry(key.service().to_owned()).or_insert_with(|| Service::new(now));
                if !service.waiting.contains(key) {
                    service.waiting.push_back(key.clone());
                }
            }
            Step::ServiceDown => {
                let wait = Duration::from_millis(rand::rng().random_range(5_000..30_000));
                let service = self.services.entry(key.service().to_owned()).or_insert_with(|| Service::new(now));
                // One wait for the service, however many rooms it takes down.
                if service.not_before <= now {
                    service.not_before = now + wait;
                }
            }
            Step::Tell(trouble) => {
                warn!(account = %self.account, room.jid = %key, "not in the room: {trouble}");
                self.watcher.room(key, RoomNews::Stopped(trouble));
            }
            Step::Expel(target) => {
                let nick = target.nick;
                warn!(account = %self.account, room.jid = %key, occupant.nick = %nick, "banned, and yet let in");
            }
        }
    }

    /// Sends something to a room; what is answered by an iq is awaited.
    fn send_to_room(&mut self, key: &RoomJid, outbound: &Outbound, now: Timestamp) {
        if !outbound.is_iq() {
            return self.send(encode::encode(key, outbound, None, &self.entity));
        }
        let room = key.clone();
        let pending = match outbound {
            Outbound::SelfPing { .. } => Pending::SelfPing { room },
            Outbound::QueryFeatures => Pending::Features { room },
            Outbound::QueryReservedNick => Pending::ReservedNick { room },
            Outbound::AcceptDefaults
            | Outbound::Join { .. }
            | Outbound::Leave { .. }
            | Outbound::ChangeNick { .. }
            | Outbound::SetRole { .. }
            | Outbound::SetAffiliation { .. }
            | Outbound::QueryList { .. }
            | Outbound::QueryForm
            | Outbound::SubmitForm { .. }
            | Outbound::Moderate { .. }
            | Outbound::Say { .. }
            | Outbound::Private { .. }
            | Outbound::React { .. }
            | Outbound::Share { .. }
            | Outbound::Subject { .. }
            | Outbound::Invite { .. }
            | Outbound::QueryArchive { .. } => Pending::Step { room },
        };
        self.send_iq(key, outbound, pending, now);
    }

    pub(super) fn send_iq(&mut self, key: &RoomJid, outbound: &Outbound, pending: Pending, now: Timestamp) {
        let to = encode::addressee(key, outbound);
        match self.iqs.insert(Some(to), pending, now, ANSWER_WITHIN) {
            Ok(id) => self.send(encode::encode(key, outbound, Some(&id), &self.entity)),
            Err(full) => self.unanswered(full.0, now),
        }
    }

    /// Gives join tokens, and lets time pass for the rooms whose wake has come.
    pub(super) fn wake_rooms(&mut self, now: Timestamp) {
        if self.is_online {
            self.grant_joins(now);
        }
        while let Some((_, key)) = self.wakes.first().filter(|(at, _)| *at <= now).cloned() {
            self.wakes.pop_first();
            let Some(served) = self.rooms.get_mut(&key) else { continue };
            served.wake = None;
            let events = served.room.tick(now);
            self.on_events(&key, events);
            self.touch(&key);
            // A room that wants to be woken at once, again and again, must not hold us up.
            let is_stuck = self.rooms.get(&key).and_then(|it| it.wake).is_some_and(|at| at <= now);
            if is_stuck {
                self.postpone(&key, now + Duration::from_millis(100));
            }
        }
    }

    fn postpone(&mut self, key: &RoomJid, until: Timestamp) {
        let Some(served) = self.rooms.get_mut(key) else { return };
        if let Some(old) = served.wake.replace(until) {
            self.wakes.remove(&(old, key.clone()));
        }
        self.wakes.insert((until, key.clone()));
    }

    fn grant_joins(&mut self, now: Timestamp) {
        let mut granted = Vec::new();
        for service in self.services.values_mut().filter(|it| it.not_before <= now) {
            while !service.waiting.is_empty() && service.joins.try_take(now) {
                granted.extend(service.waiting.pop_front());
            }
        }
        for key in granted {
            if let Some(served) = self.rooms.get_mut(&key) {
                served.room.join_permitted(now);
            }
            self.touch(&key);
        }
    }

    /// Does the same with every room, in the order of their names.
    pub(super) fn each_room(&mut self, f: impl Fn(&mut Room, Timestamp) -> Vec<Event>) {
        let now = self.clock.now();
        let mut keys: Vec<RoomJid> = self.rooms.keys().cloned().collect();
        keys.sort();
        for key in keys {
            let Some(served) = self.rooms.get_mut(&key) else { continue };
            let events = f(&mut served.room, now);
            self.on_events(&key, events);
            self.touch(&key);
        }
    }

    pub(super) fn tick_rooms(&mut self, now: Timestamp) {
        let mut all_wanted: Vec<(RoomJid, Vec<Wanted>)> = Vec::new();
        for (key, served) in &mut self.rooms {
            if !served.room.is_joined() {
                let is_lost = std::mem::take(&mut served.was_joined);
                if let (true, Membership::Waiting { why, .. }) = (is_lost, served.room.membership()) {
                    self.watcher.room(key, RoomNews::Lost(why.clone()));
                }
                continue;
            }
            let wanted = served.watcher.tick(now, &served.room);
            if !wanted.is_empty() {
                all_wanted.push((key.clone(), wanted));
            }
        }
        all_wanted.sort_by(|a, b| a.0.cmp(&b.0));
        for (key, wanted) in all_wanted {
            self.want(&key, wanted);
        }
    }

    /// Shows everybody what is new about us. Who is offline shows it when coming back.
    fn present(&mut self, entity: Entity) {
        self.entity = entity;
        self.has_announced = false;
        if !self.is_online {
            return;
        }
        self.announce();
        let nicks = self.rooms.iter().filter_map(|(key, it)| Some((key.clone(), it.room.own_nick()?.clone())));
        let mut all: Vec<_> =
            nicks.filter(|(key, _)| self.rooms.get(key).is_some_and(|it| it.room.is_joined())).collect();
        all.sort();
        for (key, nick) in all {
            // The nick that we have already: the room passes the presence on and changes nothing.
            self.send(encode::encode(&key, &Outbound::ChangeNick { nick }, None, &self.entity));
        }
    }

    pub(super) fn say_farewell(&mut self) {
        let mut keys: Vec<RoomJid> = self.rooms.keys().cloned().collect();
        keys.sort();
        let status = Some(self.farewell.clone()).filter(|it| !it.is_empty());
        for key in keys {
            self.part(&key, status.clone());
        }
    }

    pub(super) fn rooms_now(&self) -> Vec<RoomNow> {
        let now = |served: &Served| {
            let room = &served.room;
            let rights = room.me().map_or_else(String::new, |it| format!("{} {}", it.affiliation, it.role));
            RoomNow {
                room: room.room().clone(),
                is_joined: room.is_joined(),
                membership: room.membership().clone(),
                n_occupants: room.n_occupants(),
                rights,
                features: room.features().clone(),
            }
        };
        let mut all: Vec<RoomNow> = self.rooms.values().map(now).collect();
        all.sort_by(|a, b| a.room.cmp(&b.room));
        all
    }

    pub(super) fn on_order(&mut self, order: Order) {
        // Who asked and went away meanwhile hears nothing; that is their business.
        match order {
            Order::Serve(serve) => self.serve(*serve),
            Order::Release { room, status, reply } => drop(reply.send(self.release(&room, status))),
            Order::Rejoin { room } => {
                let now = self.clock.now();
                if let Some(served) = self.rooms.get_mut(&room) {
                    served.room.rejoin(now);
                }
                self.touch(&room);
            }
            Order::Act(act) => self.act(*act),
            Order::Snapshot { room, reply } => {
                let snapshot = self.rooms.get(&room).filter(|it| it.room.is_joined()).map(|it| it.room.snapshot());
                drop(reply.send(snapshot));
            }
            Order::List { room, affiliation, reply } => self.list(&room, affiliation, reply),
            Order::Form { room, reply } => self.form(&room, reply),
            Order::Ask { to, question, reply } => self.ask(to, question, reply),
            Order::Node { service, node, ask, reply } => self.ask_node(service, &node, ask, reply),
            Order::Slot { ask, reply } => self.slot(ask, reply),
            Order::Direct { to, text } => self.write_to(&to, &text),
            Order::Present(entity) => self.present(*entity),
            Order::Spare(spared) => {
                self.rooms.values_mut().for_each(|it| it.room.spare(spared.clone()));
            }
            Order::Lifted { room, jid } => {
                if let Some(served) = self.rooms.get_mut(&room) {
                    served.watcher.lifted(&jid);
                }
            }
            Order::Rooms { reply } => drop(reply.send(self.rooms_now())),
        }
    }
}
