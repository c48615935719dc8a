//! Slots for files (XEP-0363): which service of our server takes them, found once a stream, and a slot for each.

use std::collections::VecDeque;

use domovoi_plugin::{Slot, SlotAsk, Timestamp, UploadError, jid::Jid};
use minidom::Element;
use tokio::sync::oneshot;

use super::{Session, iqs::Pending, rooms::ANSWER_WITHIN};
use crate::{
    muc::StanzaError,
    xmpp::{payload::http_upload, query},
};

/// The service that takes files.
#[derive(Clone, Debug)]
pub(super) struct Service {
    jid: Jid,
    max_bytes: Option<u64>,
}

/// A slot that is being asked for.
#[derive(Debug)]
pub(super) struct Wish {
    ask: SlotAsk,
    reply: oneshot::Sender<Result<Slot, UploadError>>,
    step: Step,
    /// Who may be the service and was not asked yet.
    rest: VecDeque<Jid>,
}

#[derive(Debug)]
enum Step {
    /// What belongs to our server?
    Items,
    /// Is this one the service?
    Info(Jid),
    /// A slot of the service that was found.
    Slot,
}

impl Session {
    pub(super) fn slot(&mut self, ask: SlotAsk, reply: oneshot::Sender<Result<Slot, UploadError>>) {
        let Ok(domain) = Jid::new(&self.domain) else { return refuse(reply, UploadError::NoService) };
        if !self.is_online {
            return refuse(reply, UploadError::Offline);
        }
        let now = self.clock.now();
        match self.uploads.clone() {
            Some(service) => {
                let wish = Wish { ask, reply, step: Step::Slot, rest: VecDeque::new() };
                self.ask_slot(wish, &service, now);
            }
            None => {
                let wish = Wish { ask, reply, step: Step::Items, rest: VecDeque::from([domain.clone()]) };
                self.send_wish(wish, domain, query::disco_items, now);
            }
        }
    }

    fn send_wish(&mut self, wish: Wish, to: Jid, make: impl FnOnce(Jid, String) -> tokio_xmpp::Stanza, now: Timestamp) {
        match self.iqs.insert(Some(to.clone()), Pending::Upload(Box::new(wish)), now, ANSWER_WITHIN / 2) {
            Ok(id) => self.send(make(to, id)),
            Err(full) => self.unanswered(full.0, now),
        }
    }

    fn ask_slot(&mut self, wish: Wish, service: &Service, now: Timestamp) {
        if let Some(max_bytes) = service.max_bytes.filter(|it| *it < wish.ask.size) {
            return refuse(wish.reply, UploadError::Size { max_bytes });
        }
        let request = http_upload::request(&wish.ask);
        self.send_wish(wish, service.jid.clone(), |to, id| query::get(to, id, request), now);
    }

    /// A step was answered, or not.
    pub(super) fn on_upload(&mut self, mut wish: Wish, answer: Result<Option<Element>, StanzaError>, now: Timestamp) {
        match std::mem::replace(&mut wish.step, Step::Items) {
            Step::Items => {
                let items = answer.ok().flatten().as_ref().map(http_upload::read_items);
                wish.rest.extend(items.unwrap_or_default());
                self.try_next(wish, now);
            }
            Step::Info(jid) => match answer.ok().flatten().as_ref().and_then(http_upload::read_service) {
                Some(max_bytes) => {
                    let service = Service { jid, max_bytes };
                    self.uploads = Some(service.clone());
                    wish.step = Step::Slot;
                    self.ask_slot(wish, &service, now);
                }
                None => self.try_next(wish, now),
            },
            Step::Slot => self.on_slot(wish, answer),
        }
    }

    /// The services of a server are few, and asked once a stream: one after the other.
    fn try_next(&mut self, mut wish: Wish, now: Timestamp) {
        let Some(next) = wish.rest.pop_front() else { return refuse(wish.reply, UploadError::NoService) };
        wish.step = Step::Info(next.clone());
        self.send_wish(wish, next, query::disco_info, now);
    }

    fn on_slot(&mut self, wish: Wish, answer: Result<Option<Element>, StanzaError>) {
        let slot = match answer {
            Ok(answer) => answer.as_ref().and_then(http_upload::read).ok_or_else(|| {
                let why = "its answer says nothing of a slot".to_owned();
                UploadError::Refused { why }
            }),
            Err(error) => Err(self.refused_slot(&error)),
        };
        let (server, ca_file) = (self.peer.map(|it| it.ip()), self.ca_file.clone());
        let slot = slot.map(|it| Slot { server, ca_file, ..it });
        // Whoever asked and went away hears nothing.
        drop(wish.reply.send(slot));
    }

    fn refused_slot(&mut self, error: &StanzaError) -> UploadError {
        let is_gone = ["item-not-found", "service-unavailable", "remote-server-not-found", "remote-server-timeout"];
        if is_gone.contains(&error.condition.as_str()) {
            // It may be another one by now.
            self.uploads = None;
        }
        UploadError::Refused { why: super::iqs::error_text(error) }
    }
}

fn refuse(reply: oneshot::Sender<Result<Slot, UploadError>>, error: UploadError) {
    // Whoever asked and went away hears nothing.
    drop(reply.send(Err(error)));
}
