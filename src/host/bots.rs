//! Other bots, by what their client says it is: two bots that answer each other never stop.
//!
//! Asked of each stay once, when its occupant gives a first command. What one client says counts for that client only:
//! anybody can claim the capabilities of another (XEP-0115 §5.4), and would silence all who use the same.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domovoi_plugin::{Occupant, Question, Reply, RoomJid, jid::Jid};

use super::core::Host;

/// How long a command waits for the answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// So many stays are remembered; then all are asked anew.
const MAX_STAYS: usize = 10_000;

/// Which stays are those of bots.
#[derive(Debug, Default)]
pub struct Bots(Mutex<HashMap<(RoomJid, u64), bool>>);

impl Bots {
    /// Whether this occupant's client says that it is a bot. Waits for the answer if it was not asked in this stay;
    /// whoever hides it, or does not answer, is none.
    pub async fn is_bot(&self, host: &Host, room: &RoomJid, occupant: &Occupant) -> bool {
        // A client without capabilities is none that would say so.
        if occupant.caps.is_none() {
            return false;
        }
        let key = (room.clone(), occupant.stay);
        if let Some(known) = self.known(&key) {
            return known;
        }
        let Some(outlet) = host.outlet() else { return false };
        let Some(to) = room.occupant(&occupant.nick).to_full() else { return false };
        let to = Jid::from(to);
        let answer = tokio::time::timeout(PATIENCE, outlet.ask(Some(room), &to, Question::Identity)).await;
        let is_bot = matches!(answer, Ok(Ok(Reply::Words(identity))) if identity == "client/bot");
        self.note(key, is_bot);
        is_bot
    }

    fn known(&self, key: &(RoomJid, u64)) -> Option<bool> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }

    fn note(&self, key: (RoomJid, u64), is_bot: bool) {
        let mut stays = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if MAX_STAYS <= stays.len() {
            stays.clear();
        }
        stays.insert(key, is_bot);
    }
}
