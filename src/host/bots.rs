//! Other bots, by what their client says it is: two bots that answer each other never stop.
//!
//! Asked once for each kind of client (XEP-0115: the same hash, the same answer), when someone gives a command.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domovoi_plugin::{Caps, Occupant, Question, Reply, RoomJid, jid::Jid};

use super::core::Host;

/// How long a command waits for the answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// So many kinds of clients are remembered; there are not many more in the world.
const MAX_KINDS: usize = 4096;

/// What is known of kinds of clients: whether they are bots; `None` while the answer is awaited.
#[derive(Debug, Default)]
pub struct Bots(Mutex<HashMap<Arc<Caps>, Option<bool>>>);

impl Bots {
    /// Whether this occupant's client says that it is a bot. Waits for the answer if it was never asked; whoever hides
    /// it, or does not answer, is none.
    pub async fn is_bot(&self, host: &Host, room: &RoomJid, occupant: &Occupant) -> bool {
        let Some(caps) = &occupant.caps else { return false };
        if let Some(known) = self.known(caps) {
            return known.unwrap_or(false);
        }
        let Some(outlet) = host.outlet() else { return false };
        let Some(to) = room.occupant(&occupant.nick).to_full() else { return false };
        self.note(caps, None);
        let to = Jid::from(to);
        let answer = tokio::time::timeout(PATIENCE, outlet.ask(Some(room), &to, Question::Identity)).await;
        let is_bot = matches!(answer, Ok(Ok(Reply::Words(identity))) if identity == "client/bot");
        self.note(caps, Some(is_bot));
        is_bot
    }

    fn known(&self, caps: &Arc<Caps>) -> Option<Option<bool>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(caps).copied()
    }

    fn note(&self, caps: &Arc<Caps>, is_bot: Option<bool>) {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if MAX_KINDS <= kinds.len() {
            kinds.clear();
        }
        kinds.insert(caps.clone(), is_bot);
    }
}
