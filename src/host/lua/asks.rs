//! Questions that plugins asked of somebody, and who is to answer them.

use std::sync::{Mutex, PoisonError};

use domovoi_plugin::{Event, EventKind, Identity, Phase, RoomJid};
use tokio::sync::oneshot;

/// So many questions of a plugin are open at once.
const MAX_OPEN: usize = 256;

struct Open {
    room: RoomJid,
    of: Identity,
    is_private: bool,
    answer: oneshot::Sender<String>,
}

/// The open questions of one plugin.
#[derive(Default)]
pub(super) struct Asks(Mutex<Vec<Open>>);

impl Asks {
    /// Waits for what this person says next in this room; none if there are too many questions open. Of two questions to
    /// the same person the newer one is answered.
    pub(super) fn open(&self, room: RoomJid, of: Identity, is_private: bool) -> Option<oneshot::Receiver<String>> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|it| !(it.answer.is_closed() || it.room == room && it.of == of));
        if MAX_OPEN <= open.len() {
            return None;
        }
        let (answer, answered) = oneshot::channel();
        open.push(Open { room, of, is_private, answer });
        Some(answered)
    }

    /// Takes an answer from what was said, if it is one; gives whether it was.
    pub(super) fn hear(&self, event: &Event) -> bool {
        let is_private = matches!(event.kind, EventKind::Private(_));
        if !is_private && !matches!(event.kind, EventKind::Message(_)) {
            return false;
        }
        let Some(message) = event.message() else { return false };
        let Some(occupant) = event.occupant.as_ref().filter(|_| event.phase == Phase::Live && !event.is_own) else {
            return false;
        };
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_meant = |it: &Open| it.room == event.room && it.is_private == is_private && occupant.is(&it.of);
        let Some(at) = open.iter().position(is_meant) else { return false };
        // An error means that the time for answering is over.
        open.swap_remove(at).answer.send(message.body.clone()).is_ok()
    }
}
