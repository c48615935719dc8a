//! A room's configuration form: read for whoever asks, or read, filled in and submitted as an action.

use domovoi_plugin::{ActError, Action, Affiliation, Form, FormChange, Outcome, RoomJid, Timestamp, View as _};
use minidom::Element;
use tokio::sync::oneshot;

use super::{Session, acts::Awaited, iqs::Pending};
use crate::{muc::Outbound, xmpp::payload::muc_owner};

/// The form in an answer.
pub(super) fn read(answer: Option<&Element>) -> Result<Form, ActError> {
    answer.and_then(muc_owner::read).ok_or(ActError::Unsupported)
}

impl Session {
    pub(super) fn form(&mut self, key: &RoomJid, reply: oneshot::Sender<Result<Form, ActError>>) {
        let now = self.clock.now();
        let served = self.rooms.get(key).filter(|it| self.is_online && it.room.is_joined());
        let refused = match served.and_then(|it| it.room.me()) {
            None => Some(ActError::NotInRoom),
            Some(me) if me.affiliation < Affiliation::Owner => Some(ActError::TooLow { needed: "owner" }),
            Some(_) => None,
        };
        if let Some(error) = refused {
            // Whoever asked and went away hears nothing.
            drop(reply.send(Err(error)));
            return;
        }
        self.send_iq(key, &Outbound::QueryForm, Pending::Form { reply }, now);
    }

    /// The form of an action has come: it goes back with what is to differ, if anything still does.
    pub(super) fn fill(&mut self, awaited: Awaited, answer: Result<Option<Element>, ActError>, now: Timestamp) {
        let key = awaited.due.offer.room.clone();
        let filled = answer.and_then(|it| {
            let changes = changes_of(&awaited.due.offer.action);
            it.as_ref().and_then(|it| muc_owner::fill(it, changes)).ok_or(ActError::Unsupported)
        });
        match filled {
            Ok((fields, true)) => {
                let outbound = Outbound::SubmitForm { fields };
                self.send_iq(&key, &outbound, Pending::Act(Box::new(awaited)), now);
            }
            Ok((_, false)) => self.finish(awaited.due, Ok(Outcome::Already), now),
            Err(error) => self.finish(awaited.due, Err(error), now),
        }
    }
}

/// No other action asks for a form.
fn changes_of(action: &Action) -> &[FormChange] {
    if let Action::Configure { changes } = action { changes } else { &[] }
}
