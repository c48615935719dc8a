//! Plays one room: the real room state, host, guards and outbox between made-up people and a made-up service.
//!
//! It is to them what a session is, without a wire.

use std::{cell::RefCell, rc::Rc, sync::Arc, time::Duration};

use domovoi_plugin::{
    ActError, Action, Affiliation, Asker, Event, MessageId, Outcome, PluginName, RoomJid, SaidId, Snapshot, Timestamp,
    jid::{BareJid, Jid},
};
use tokio::sync::{broadcast, oneshot};

use super::{
    outlet::OfRoom,
    server::{Cause, Server},
    transcript::{Deed, Transcript},
};
use crate::{
    host::{
        core::Host,
        room::{Acted, Ask, RoomHost},
        under_way::Token,
    },
    muc::{Inbound, Outbound, Permitted, PingAnswer, Room, Step},
    outbox::{Due, Grant, Offer, Outbox},
};

/// Where the answer to an action goes, if anybody waits for it.
pub(super) struct ReplyTo {
    reply: Option<oneshot::Sender<Result<Outcome, ActError>>>,
    /// The incident that it belongs to.
    incident: Option<u64>,
    /// Kept until it is answered.
    _token: Option<Arc<Token>>,
}

/// What is seen, by whoever sees something.
pub(in crate::cli) type Log = Rc<RefCell<Transcript>>;

/// A room as the bot has it.
pub(in crate::cli) struct Play {
    pub(in crate::cli) server: Server,
    pub(super) host: Arc<Host>,
    pub(super) room: Room,
    pub(super) watched: RoomHost,
    pub(super) outbox: Outbox<ReplyTo>,
    pub(super) feed: Feed,
    pub(super) log: Log,
    pub(super) n_ids: u64,
}

/// What the host shows to whoever watches it.
pub(super) type Feed = Rc<RefCell<broadcast::Receiver<Arc<str>>>>;

impl Play {
    /// Something comes from the room.
    pub(in crate::cli) fn happen(&mut self, inbounds: Vec<Inbound>) {
        for inbound in inbounds {
            let events = self.room.apply(inbound, self.host.clock.now());
            self.on_events(events);
        }
        self.steps();
    }

    /// Does what is due.
    pub(super) fn work(&mut self) {
        self.send_due();
        self.steps();
    }

    /// When something that waits in the outbox may be sent.
    pub(super) fn wake(&self) -> Option<Timestamp> {
        self.outbox.wake(self.host.clock.now())
    }

    /// The room as it is now.
    pub(in crate::cli) fn snapshot(&self) -> Snapshot {
        self.room.snapshot()
    }

    /// Some time passed.
    pub(super) fn tick(&mut self) {
        let now = self.host.clock.now();
        let events = self.room.tick(now);
        self.on_events(events);
        let asks = self.watched.tick(now, &self.room);
        self.want(asks);
        self.steps();
    }

    fn jid(&self) -> &RoomJid {
        &self.room.plan().room
    }

    fn read_feed(&self) {
        read_feed(&self.feed, &self.log, self.host.clock.now());
    }

    fn on_events(&mut self, events: Vec<Event>) {
        for event in events {
            self.read_feed();
            self.log.borrow_mut().event(&event);
            let asks = self.watched.event(event, &self.room);
            self.want(asks);
            self.watched.hand_over(&self.room);
        }
        self.read_feed();
    }

    /// Does what the room wants of its session.
    fn steps(&mut self) {
        while let Some(step) = self.room.poll(self.host.clock.now()) {
            let now = self.host.clock.now();
            match step {
                Step::AskJoin => self.room.join_permitted(now),
                Step::Send(Outbound::QueryFeatures) => {
                    let events = self.room.on_features(Ok(self.server.features()), now);
                    self.on_events(events);
                }
                Step::Send(Outbound::Join { .. }) => {
                    let jid = Jid::from(self.room.plan().account.clone());
                    let inbounds = self.server.bot_enters(jid);
                    self.happen(inbounds);
                }
                Step::Send(Outbound::SelfPing { .. }) => {
                    let events = self.room.on_self_ping(&PingAnswer::Result, now);
                    self.on_events(events);
                }
                Step::Send(outbound) => {
                    let (_, inbounds) = self.server.answer(&outbound);
                    self.happen(inbounds);
                }
                Step::Tell(trouble) => self.log.borrow_mut().note(now, &trouble.to_string()),
                // The host removes whoever is banned and yet here by its own rule.
                Step::ServiceDown | Step::Expel(_) => (),
            }
        }
    }

    fn want(&mut self, asks: Vec<Ask>) {
        for Ask { plugin, action, incident, token } in asks {
            let reply = ReplyTo { reply: None, incident, _token: token };
            self.offer(plugin, action, None, (false, reply));
        }
    }

    fn offer(&mut self, plugin: PluginName, action: Action, by: Option<Asker>, (is_bulk, reply): (bool, ReplyTo)) {
        let granted = self.watched.grant_for(&plugin, &action);
        let grant = Grant { powers: granted.powers, is_dry_run: granted.is_dry };
        let now = self.host.clock.now();
        let shown = action.clone();
        let offer = Offer { room: self.room.plan().room.clone(), plugin, action, by, is_bulk, reply };
        if let Err((reply, error)) = self.outbox.offer(offer, &grant, now) {
            let result = Err(error);
            self.log.borrow_mut().outcome(now, self.jid(), (&shown, &result));
            tell(reply, &result);
        }
    }

    fn send_due(&mut self) {
        while let Some(due) = self.outbox.next(self.host.clock.now()) {
            self.carry_out(due);
        }
        for due in self.outbox.expired(self.host.clock.now()) {
            self.finish(due, Err(ActError::Busy));
        }
    }

    fn carry_out(&mut self, mut due: Due<ReplyTo>) {
        let now = self.host.clock.now();
        self.n_ids += 1;
        let said = SaidId(self.n_ids);
        let id = MessageId::from(said);
        if let Action::Correct { replaces, .. } = &mut due.offer.action {
            match self.room.own_words(&due.offer.plugin, replaces.as_ref()) {
                Ok(id) => *replaces = Some(id),
                Err(error) => return self.finish(due, Err(error)),
            }
        }
        let permitted = self.room.permits(&due.offer.action, due.offer.by.as_ref(), &id);
        let outbounds = match permitted {
            Err(error) => return self.finish(due, Err(error)),
            Ok(Permitted::Already) => return self.finish(due, Ok(Outcome::Already)),
            Ok(Permitted::Send(_)) if due.is_dry_run => return self.finish(due, Ok(Outcome::Observed)),
            Ok(Permitted::Send(outbounds)) => outbounds,
        };
        let by = due.offer.by.as_ref().map(|it| it.nick.as_str());
        self.log.borrow_mut().act(now, self.jid(), &due.offer.action, by);
        if outbounds.iter().any(Outbound::is_echoed) {
            self.room.said(id, now);
        }
        let taken_back = if let Action::Retract { message, .. } = &due.offer.action {
            self.server.body_of(message).map(str::to_owned)
        } else {
            None
        };
        self.log.borrow_mut().did(Deed::Done(self.jid().clone(), due.offer.action.clone(), taken_back));
        let mut outcome = Outcome::Done;
        if matches!(due.offer.action, Action::Say { .. } | Action::Share { .. }) {
            self.room.said_by(&due.offer.plugin, said);
            outcome = Outcome::Said(said);
        }
        let mut result = Ok(outcome);
        for outbound in outbounds {
            let (answer, inbounds) = self.server.answer(&outbound);
            self.happen(inbounds);
            result = answer.map(|()| outcome);
        }
        self.finish(due, result);
    }

    fn finish(&mut self, due: Due<ReplyTo>, result: Result<Outcome, ActError>) {
        let now = self.host.clock.now();
        self.outbox.finished(&due);
        let Due { offer, also, .. } = due;
        self.log.borrow_mut().outcome(now, self.jid(), (&offer.action, &result));
        let acted = Acted {
            plugin: &offer.plugin,
            action: &offer.action,
            by: offer.by.as_ref(),
            result: &result,
            took: Duration::ZERO,
            incident: offer.reply.incident,
        };
        let result = self.watched.acted(&acted, now);
        also.into_iter().for_each(|reply| tell(reply, &result));
        tell(offer.reply, &result);
    }

    /// Does what a plugin asked for.
    pub(super) fn serve(&mut self, request: OfRoom) {
        match request {
            OfRoom::Act(errand, reply) => {
                self.offer(
                    errand.plugin,
                    errand.action,
                    errand.by,
                    (errand.is_bulk, ReplyTo { reply: Some(reply), incident: None, _token: None }),
                );
            }
            // Who asked and went away hears nothing.
            OfRoom::Snapshot(reply) => drop(reply.send(Some(self.room.snapshot()))),
            OfRoom::List(affiliation, reply) => drop(reply.send(self.server.list(affiliation))),
            OfRoom::Lifted(jid) => self.watched.lifted(&jid),
        }
    }

    /// Somebody with a client of their own gives someone an affiliation.
    pub(in crate::cli) fn set_affiliation(&mut self, jid: &BareJid, affiliation: Affiliation) {
        if self.server.affiliation(jid) != affiliation {
            let inbounds = self.server.sets_affiliation(jid, affiliation, &Cause::default());
            self.happen(inbounds);
        }
    }
}

/// Shows what the host showed since it was last looked.
pub(super) fn read_feed(feed: &Feed, log: &Log, now: Timestamp) {
    let (mut feed, mut log) = (feed.borrow_mut(), log.borrow_mut());
    loop {
        match feed.try_recv() {
            Ok(line) => log.shown(now, &line),
            Err(broadcast::error::TryRecvError::Lagged(n)) => log.note(now, &format!("{n} things were not shown")),
            Err(broadcast::error::TryRecvError::Empty | broadcast::error::TryRecvError::Closed) => return,
        }
    }
}

fn tell(reply: ReplyTo, result: &Result<Outcome, ActError>) {
    if let Some(reply) = reply.reply {
        // Whoever asked and went away hears nothing.
        drop(reply.send(result.clone()));
    }
}
