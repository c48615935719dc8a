//! Actions on their way out: from a wish through the outbox and the room's permission to the server's answer.

use domovoi_plugin::{ActError, Action, Affiliation, ListEntry, MessageId, Outcome, RoomJid, SaidId, Timestamp};
use tokio::sync::oneshot;

use super::{Act, ActReply, Done, Session, Wanted, iqs::Pending};
use crate::{
    clock::Stopwatch,
    muc::{Outbound, Permitted, Room},
    outbox::{Due, Offer},
    xmpp::encode,
};

/// An action whose stanzas went out and whose last answer is awaited.
#[derive(Debug)]
pub(super) struct Awaited {
    pub(super) due: Due<ActReply>,
}

impl Session {
    /// Someone outside wants something done.
    pub(super) fn act(&mut self, act: Act) {
        let reply = ActReply { reply: Some(act.reply), watch: Stopwatch::start(), incident: None, token: None };
        let offer =
            Offer { room: act.room, plugin: act.plugin, action: act.action, by: act.by, is_bulk: act.is_bulk, reply };
        self.offer(offer);
    }

    /// Whoever watches the room wants things done there.
    pub(super) fn want(&mut self, key: &RoomJid, wanted: Vec<Wanted>) {
        if !wanted.is_empty() {
            self.decided.push(key.clone());
        }
        for Wanted { plugin, action, incident, token } in wanted {
            let reply = ActReply { reply: None, watch: Stopwatch::start(), incident, token };
            self.offer(Offer { room: key.clone(), plugin, action, by: None, is_bulk: false, reply });
        }
    }

    /// Has rooms hand over what could wait until what they decided was sent. The stream's own task writes it, so that has
    /// its turn first.
    pub(super) async fn hand_over(&mut self) {
        if self.decided.is_empty() {
            return;
        }
        tokio::task::yield_now().await;
        for key in self.decided.drain(..) {
            if let Some(served) = self.rooms.get_mut(&key) {
                served.watcher.hand_over(&served.room);
            }
        }
    }

    fn offer(&mut self, offer: Offer<ActReply>) {
        let now = self.clock.now();
        let Some(served) = self.rooms.get(&offer.room) else {
            return tell(offer.reply, &Err(ActError::NotInRoom));
        };
        let grant = served.watcher.grant(&offer.plugin, &offer.action);
        if let Err((reply, error)) = self.outbox.offer(offer, &grant, now) {
            tell(reply, &Err(error));
        }
    }

    /// Sends what the outbox lets go.
    pub(super) fn send_due(&mut self, now: Timestamp) {
        while self.window.is_open()
            && let Some(due) = self.outbox.next(now)
        {
            self.carry_out(due, now);
        }
    }

    fn carry_out(&mut self, mut due: Due<ActReply>, now: Timestamp) {
        let key = due.offer.room.clone();
        let said = SaidId(rand::random());
        let id = MessageId::from(said);
        let Some(served) = self.rooms.get_mut(&key) else { return self.refuse(due, ActError::NotInRoom, now) };
        if let Err(error) = name_words(&served.room, &mut due.offer) {
            return self.refuse(due, error, now);
        }
        match served.room.permits(&due.offer.action, due.offer.by.as_ref(), &id) {
            Err(error) => self.refuse(due, error, now),
            Ok(Permitted::Already) => self.finish(due, Ok(Outcome::Already), now),
            Ok(Permitted::Send(_)) if due.is_dry_run => self.finish(due, Ok(Outcome::Observed), now),
            Ok(Permitted::Send(outbounds)) => {
                let Offer { plugin, action, by, .. } = &due.offer;
                served.watcher.sending(plugin, action, by.as_ref(), &served.room);
                let mut outcome = Outcome::Done;
                if matches!(action, Action::Say { .. } | Action::Share { .. }) {
                    served.room.said_by(plugin, said);
                    outcome = Outcome::Said(said);
                }
                if outbounds.iter().any(Outbound::is_echoed) {
                    served.room.said(id, now);
                    self.touch(&key);
                }
                self.send_act(&key, due, outbounds, outcome, now);
            }
        }
    }

    /// `outcome` is what it comes to when nobody has to answer.
    fn send_act(
        &mut self,
        key: &RoomJid,
        due: Due<ActReply>,
        mut outbounds: Vec<Outbound>,
        outcome: Outcome,
        now: Timestamp,
    ) {
        let Some(last) = outbounds.pop() else { return self.finish(due, Ok(Outcome::Already), now) };
        for outbound in outbounds {
            if outbound.is_iq() {
                self.send_iq(key, &outbound, Pending::Step { room: key.clone() }, now);
            } else {
                self.send(encode::encode(key, &outbound, None, &self.entity));
            }
        }
        if last.is_iq() {
            let awaited = Box::new(Awaited { due });
            let pending = if last == Outbound::QueryForm { Pending::Fill(awaited) } else { Pending::Act(awaited) };
            self.send_iq(key, &last, pending, now);
        } else {
            self.send(encode::encode(key, &last, None, &self.entity));
            self.finish(due, Ok(outcome), now);
        }
    }

    pub(super) fn refuse(&mut self, due: Due<ActReply>, error: ActError, now: Timestamp) {
        self.finish(due, Err(error), now);
    }

    /// Tells everybody concerned what came of an action.
    pub(super) fn finish(&mut self, due: Due<ActReply>, mut result: Result<Outcome, ActError>, now: Timestamp) {
        self.outbox.finished(&due);
        let Due { offer, also, .. } = due;
        if let Some(served) = self.rooms.get_mut(&offer.room) {
            let done = Done {
                plugin: &offer.plugin,
                action: &offer.action,
                by: offer.by.as_ref(),
                result: &result,
                took: offer.reply.watch.elapsed(),
                incident: offer.reply.incident,
            };
            result = served.watcher.done(&done, now);
        }
        for reply in also {
            tell(reply, &result);
        }
        tell(offer.reply, &result);
    }

    pub(super) fn list(
        &mut self,
        key: &RoomJid,
        affiliation: Affiliation,
        reply: oneshot::Sender<Result<Vec<ListEntry>, ActError>>,
    ) {
        let now = self.clock.now();
        let is_in = self.is_online && self.rooms.get(key).is_some_and(|it| it.room.is_joined());
        if !is_in {
            // Whoever asked and went away hears nothing.
            drop(reply.send(Err(ActError::NotInRoom)));
            return;
        }
        self.send_iq(key, &Outbound::QueryList { affiliation }, Pending::List { reply }, now);
    }
}

/// Which of its own messages a plugin means to correct, while it is still known.
fn name_words(room: &Room, offer: &mut Offer<ActReply>) -> Result<(), ActError> {
    if let Action::Correct { replaces, .. } = &mut offer.action {
        *replaces = Some(room.own_words(&offer.plugin, replaces.as_ref())?);
    }
    Ok(())
}

fn tell(reply: ActReply, result: &Result<Outcome, ActError>) {
    if let Some(reply) = reply.reply {
        // Whoever asked and went away hears nothing.
        drop(reply.send(result.clone()));
    }
}
