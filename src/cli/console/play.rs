//! Plays the room: the real room state, host, guards and outbox between people who type and a made-up service.
//!
//! It is to them what a session is, without a wire. Whatever is set off by one thing is finished before the next begins,
//! so that the same lines always come to the same transcript.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{
    ActError, Action, Affiliation, Asker, Event, MessageId, Nick, Outcome, PluginName, SaidId,
    jid::{BareJid, Jid},
};
use tokio::sync::{broadcast, mpsc, oneshot};

use super::{
    outlet::Request,
    server::{Cause, Server},
    transcript::Transcript,
};
use crate::{
    host::{
        core::Host,
        room::{Acted, Ask, RoomHost},
    },
    muc::{Inbound, Outbound, Permitted, PingAnswer, Room, Step},
    outbox::{Due, Grant, Offer, Outbox},
};

/// Where the answer to an action goes, if anybody waits for it.
pub(super) struct ReplyTo {
    reply: Option<oneshot::Sender<Result<Outcome, ActError>>>,
    /// The incident that it belongs to.
    incident: Option<u64>,
}

/// The room as the bot has it.
pub(super) struct Play {
    pub(super) host: Arc<Host>,
    pub(super) room: Room,
    pub(super) watched: RoomHost,
    pub(super) server: Server,
    pub(super) outbox: Outbox<ReplyTo>,
    pub(super) requests: mpsc::Receiver<Request>,
    pub(super) feed: broadcast::Receiver<Arc<str>>,
    pub(super) transcript: Transcript,
    pub(super) n_ids: u64,
}

impl Play {
    /// Something comes from the room.
    pub(super) fn happen(&mut self, inbounds: Vec<Inbound>) {
        for inbound in inbounds {
            let events = self.room.apply(inbound, self.host.clock.now());
            self.on_events(events);
        }
        self.steps();
    }

    /// Lets time pass, second by second, and all be done that falls due.
    pub(super) async fn advance(&mut self, span: Duration) {
        let end = self.host.clock.now() + span;
        loop {
            let rest = end.since(self.host.clock.now());
            if rest.is_zero() {
                return;
            }
            self.host.clock.turn(rest.min(Duration::from_secs(1)));
            self.tick();
            self.settle().await;
        }
    }

    /// Waits until nothing is left to be done of what has happened.
    pub(super) async fn settle(&mut self) {
        loop {
            self.send_due();
            self.steps();
            // Whatever waits in the outbox waits for time to pass only.
            let now = self.host.clock.now();
            if let Some(wake) = self.outbox.wake(now) {
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
        self.read_feed();
    }

    fn tick(&mut self) {
        let now = self.host.clock.now();
        let events = self.room.tick(now);
        self.on_events(events);
        let asks = self.watched.tick(now, &self.room);
        self.want(asks);
        self.steps();
    }

    fn on_events(&mut self, events: Vec<Event>) {
        for event in events {
            self.read_feed();
            self.transcript.event(&event);
            let asks = self.watched.event(event, &self.room);
            self.want(asks);
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
                    let events = self.room.on_features(Ok(Server::features()), now);
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
                Step::Tell(trouble) => self.transcript.note(now, &trouble.to_string()),
                // The host removes whoever is banned and yet here by its own rule.
                Step::ServiceDown | Step::Expel(_) => (),
            }
        }
    }

    fn want(&mut self, asks: Vec<Ask>) {
        for Ask { plugin, action, incident } in asks {
            let reply = ReplyTo { reply: None, incident };
            self.offer(plugin, action, None, (false, reply));
        }
    }

    fn offer(&mut self, plugin: PluginName, action: Action, by: Option<Asker>, (is_bulk, reply): (bool, ReplyTo)) {
        let (powers, is_dry_run) = self.watched.grant(&plugin);
        let grant = Grant { powers, is_dry_run };
        let now = self.host.clock.now();
        let shown = action.clone();
        let offer = Offer { room: self.room.plan().room.clone(), plugin, action, by, is_bulk, reply };
        if let Err((reply, error)) = self.outbox.offer(offer, &grant, now) {
            let result = Err(error);
            self.transcript.outcome(now, &shown, &result);
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
        self.transcript.act(now, &due.offer.action, due.offer.by.as_ref().map(|it| it.nick.as_str()));
        if outbounds.iter().any(Outbound::is_echoed) {
            self.room.said(id, now);
        }
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
        let Due { offer, also, .. } = due;
        self.transcript.outcome(now, &offer.action, &result);
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

    fn serve(&mut self, request: Request) {
        match request {
            Request::Act(errand, reply) => {
                self.offer(
                    errand.plugin,
                    errand.action,
                    errand.by,
                    (errand.is_bulk, ReplyTo { reply: Some(reply), incident: None }),
                );
            }
            // Who asked and went away hears nothing.
            Request::Snapshot(reply) => drop(reply.send(Some(self.room.snapshot()))),
            Request::List(affiliation, reply) => drop(reply.send(self.server.list(affiliation))),
            Request::Direct(to, text) => self.transcript.direct(self.host.clock.now(), to.as_str(), &text),
            Request::Lifted(jid) => self.watched.lifted(&jid),
        }
    }

    fn read_feed(&mut self) {
        let now = self.host.clock.now();
        loop {
            match self.feed.try_recv() {
                Ok(line) => self.transcript.shown(now, &line),
                Err(broadcast::error::TryRecvError::Lagged(n)) => {
                    self.transcript.note(now, &format!("{n} things were not shown"));
                }
                Err(broadcast::error::TryRecvError::Empty | broadcast::error::TryRecvError::Closed) => return,
            }
        }
    }

    /// Somebody with a client of their own gives someone an affiliation.
    pub(super) fn set_affiliation(&mut self, jid: &BareJid, affiliation: Affiliation) {
        if self.server.affiliation(jid) != affiliation {
            let inbounds = self.server.sets_affiliation(jid, affiliation, &Cause::default());
            self.happen(inbounds);
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
}

fn tell(reply: ReplyTo, result: &Result<Outcome, ActError>) {
    if let Some(reply) = reply.reply {
        // Whoever asked and went away hears nothing.
        drop(reply.send(result.clone()));
    }
}
