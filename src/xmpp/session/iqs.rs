//! Answers to our requests, and what becomes of those that are not answered.

use domovoi_plugin::{
    ActError, Form, ListEntry, NodeAsk, NodeReply, Outcome, Question, Reply, RoomJid, ServiceError, Timestamp,
    jid::{BareJid, Jid},
};
use minidom::Element;
use tokio::sync::oneshot;

use super::{Session, acts::Awaited, forms, rooms::ANSWER_WITHIN, uploads::Wish};
use crate::{
    muc::{PingAnswer, StanzaError},
    xmpp::{
        decode::IqAnswer,
        encode,
        entity::Access,
        payload::{pubsub, reserved_nick},
        query,
    },
};

/// What a request was for.
#[derive(Debug)]
pub(super) enum Pending {
    SelfPing {
        room: RoomJid,
    },
    Features {
        room: RoomJid,
    },
    ReservedNick {
        room: RoomJid,
    },
    /// Something of which only a refusal is of interest.
    Step {
        room: RoomJid,
    },
    Act(Box<Awaited>),
    /// The form that is filled in and submitted when it comes.
    Fill(Box<Awaited>),
    Form {
        reply: oneshot::Sender<Result<Form, ActError>>,
    },
    List {
        reply: oneshot::Sender<Result<Vec<ListEntry>, ActError>>,
    },
    Ask {
        to: Jid,
        question: Question,
        reply: oneshot::Sender<Result<Reply, ServiceError>>,
    },
    Node {
        to: String,
        ask: NodeAsk,
        reply: oneshot::Sender<Result<NodeReply, ServiceError>>,
    },
    Upload(Box<Wish>),
    Page {
        room: RoomJid,
    },
    Avatar {
        access: Access,
    },
}

type Answer = Result<Option<Element>, StanzaError>;

impl Session {
    pub(super) fn on_answer(&mut self, answer: IqAnswer) {
        let now = self.clock.now();
        let Some(answered) = self.iqs.answer(answer.from.as_ref(), &answer.id, now) else { return };
        self.watcher.answered(answered.latency);
        if let Pending::Ask { question: Question::Ping, reply, .. } = answered.what {
            // An error is an answer too: whoever sent it was reached. Whoever asked may have gone away.
            let is_away = answer.result.as_ref().is_err_and(is_unreachable);
            let result = match (is_away, answer.result) {
                (true, Err(error)) => Err(ServiceError::Refused(error_text(&error))),
                _ => Ok(Reply::Span(answered.latency)),
            };
            drop(reply.send(result));
            return;
        }
        self.settle(answered.what, answer.result, now);
    }

    /// A request that will not be answered any more.
    pub(super) fn unanswered(&mut self, pending: Pending, now: Timestamp) {
        match pending {
            Pending::SelfPing { room } => self.on_ping(&room, &PingAnswer::NoAnswer, now),
            Pending::Act(awaited) | Pending::Fill(awaited) => {
                self.finish(awaited.due, Err(ActError::NoAnswer), now);
            }
            // Whoever asked and went away hears nothing.
            Pending::List { reply } => drop(reply.send(Err(ActError::NoAnswer))),
            Pending::Form { reply } => drop(reply.send(Err(ActError::NoAnswer))),
            Pending::Ask { to, reply, .. } => drop(reply.send(Err(ServiceError::NoAnswer(to.to_string())))),
            Pending::Node { to, reply, .. } => drop(reply.send(Err(ServiceError::NoAnswer(to)))),
            Pending::Features { .. }
            | Pending::ReservedNick { .. }
            | Pending::Step { .. }
            | Pending::Page { .. }
            | Pending::Upload(_)
            | Pending::Avatar { .. } => {
                let error = StanzaError {
                    kind: "wait".to_owned(),
                    condition: "remote-server-timeout".to_owned(),
                    text: None,
                    address: None,
                };
                self.settle(pending, Err(error), now);
            }
        }
    }

    fn settle(&mut self, pending: Pending, answer: Answer, now: Timestamp) {
        match pending {
            Pending::SelfPing { room } => {
                let answer = match answer {
                    Ok(_) => PingAnswer::Result,
                    Err(error) => PingAnswer::Error { condition: error.condition },
                };
                self.on_ping(&room, &answer, now);
            }
            Pending::Features { room } => {
                let features = answer.map(|it| it.as_ref().map(query::features).unwrap_or_default());
                let events = self.rooms.get_mut(&room).map(|it| it.room.on_features(features, now));
                self.on_events(&room, events.unwrap_or_default());
                self.touch(&room);
            }
            Pending::ReservedNick { room } => {
                let nick = answer.ok().flatten().as_ref().and_then(reserved_nick::read);
                if let Some(served) = self.rooms.get_mut(&room) {
                    served.room.on_reserved_nick(nick, now);
                }
                self.touch(&room);
            }
            Pending::Step { room } => {
                if let Err(error) = answer {
                    tracing::warn!(account = %self.account, room.jid = %room, "refused: {}", error_text(&error));
                }
            }
            Pending::Act(awaited) => {
                let result = answer.map(|_| Outcome::Done).map_err(|it| refused(&it));
                self.finish(awaited.due, result, now);
            }
            Pending::Fill(awaited) => self.fill(*awaited, answer.map_err(|it| refused(&it)), now),
            Pending::Form { reply } => {
                let form = answer.map_err(|it| refused(&it));
                drop(reply.send(form.and_then(|it| forms::read(it.as_ref()))));
            }
            Pending::List { reply } => {
                let list = answer.map(|it| it.as_ref().and_then(query::read_list).unwrap_or_default());
                drop(reply.send(list.map_err(|it| refused(&it))));
            }
            Pending::Ask { question, reply, .. } => drop(reply.send(read_answer(question, answer))),
            Pending::Node { ask, reply, .. } => drop(reply.send(read_node(&ask, answer))),
            Pending::Upload(wish) => self.on_upload(*wish, answer, now),
            Pending::Page { room } => self.on_page(&room, answer, now),
            Pending::Avatar { access } => match answer {
                // What was published before may be for contacts only; better seen by those than stale.
                Err(error) if access == Access::Open && error.condition == "conflict" => {
                    self.publish_avatar(Access::AsItIs);
                }
                Err(error) => {
                    tracing::warn!(account = %self.account, "the picture was not taken: {}", error_text(&error));
                }
                Ok(_) => (),
            },
        }
    }

    fn on_ping(&mut self, room: &RoomJid, answer: &PingAnswer, now: Timestamp) {
        let events = self.rooms.get_mut(room).map(|it| it.room.on_self_ping(answer, now));
        self.on_events(room, events.unwrap_or_default());
        self.touch(room);
    }

    pub(super) fn ask(&mut self, to: Jid, question: Question, reply: oneshot::Sender<Result<Reply, ServiceError>>) {
        if !self.is_online {
            // Whoever asked and went away hears nothing.
            drop(reply.send(Err(ServiceError::NoAnswer(to.to_string()))));
            return;
        }
        let now = self.clock.now();
        let make = match question {
            Question::Ping => query::ping,
            Question::Version => query::version,
            Question::Time => query::time,
            Question::Last => query::last,
            Question::Identity => query::disco_info,
            Question::Account => query::account,
        };
        let pending = Pending::Ask { to: to.clone(), question, reply };
        match self.iqs.insert(Some(to.clone()), pending, now, ANSWER_WITHIN / 2) {
            Ok(id) => self.send(make(to, id)),
            Err(full) => self.unanswered(full.0, now),
        }
    }

    pub(super) fn ask_node(
        &mut self,
        service: Option<BareJid>,
        node: &str,
        ask: NodeAsk,
        reply: oneshot::Sender<Result<NodeReply, ServiceError>>,
    ) {
        let own = self.jid.clone();
        let to = service.as_ref().unwrap_or(&own).to_string();
        if !self.is_online {
            // Whoever asked and went away hears nothing.
            drop(reply.send(Err(ServiceError::NoAnswer(to))));
            return;
        }
        let now = self.clock.now();
        let pending = Pending::Node { to, ask: ask.clone(), reply };
        match self.iqs.insert(service.clone().map(Jid::from), pending, now, ANSWER_WITHIN) {
            Ok(id) => self.send(pubsub::ask(service, id, &own, node, &ask)),
            Err(full) => self.unanswered(full.0, now),
        }
    }

    pub(super) fn write_to(&mut self, to: &BareJid, text: &str) {
        let id = domovoi_plugin::MessageId::new(format!("d{:x}", rand::random::<u64>()));
        self.send(encode::direct(&Jid::from(to.clone()), &id, text));
    }

    pub(super) fn publish_avatar(&mut self, access: Access) {
        let now = self.clock.now();
        let (iqs, entity) = (&mut self.iqs, &self.entity);
        let next_id = || {
            let id = iqs.insert(None, Pending::Avatar { access }, now, ANSWER_WITHIN);
            id.unwrap_or_else(|_| format!("a{:x}", rand::random::<u64>()))
        };
        for stanza in entity.publish_avatar(access, next_id) {
            self.send(stanza);
        }
    }
}

fn read_answer(question: Question, answer: Answer) -> Result<Reply, ServiceError> {
    let payload = answer.map_err(|it| ServiceError::Refused(error_text(&it)))?;
    let read = |payload: &Element| match question {
        Question::Version => query::read_version(payload).map(Reply::Words),
        Question::Time => query::read_time(payload).map(Reply::Words),
        Question::Last => query::read_last(payload).map(Reply::Span),
        Question::Identity => query::read_identity(payload).map(Reply::Words),
        Question::Account => query::read_account(payload).map(Reply::Account),
        Question::Ping => None,
    };
    let reply = payload.as_ref().and_then(read);
    reply.ok_or_else(|| ServiceError::Unreadable("the answer says nothing".to_owned()))
}

fn read_node(ask: &NodeAsk, answer: Answer) -> Result<NodeReply, ServiceError> {
    let payload = answer.map_err(|it| ServiceError::Refused(error_text(&it)))?;
    let reply = pubsub::read(ask, payload.as_ref());
    reply.ok_or_else(|| ServiceError::Unreadable("the answer says nothing of the node".to_owned()))
}

fn is_unreachable(error: &StanzaError) -> bool {
    matches!(
        error.condition.as_str(),
        "remote-server-not-found" | "remote-server-timeout" | "item-not-found" | "recipient-unavailable" | "gone"
    )
}

pub(super) fn error_text(error: &StanzaError) -> String {
    match &error.text {
        Some(text) => format!("{}: {}", error.condition, text.chars().take(200).collect::<String>()),
        None => error.condition.clone(),
    }
}

fn refused(error: &StanzaError) -> ActError {
    ActError::Refused { condition: error_text(error) }
}
