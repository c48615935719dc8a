//! In which language people want to be answered in private, where they have said so.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use domovoi_plugin::{Identity, Place, RoomJid};
use tracing::warn;

use super::{core::Host, in_hand::Held};
use crate::store::{Batch, State, StoreError, Tree, held};

/// So many people are remembered; whoever comes later is answered in the language of the room.
const MAX_PEOPLE: usize = 10_000;

/// An occupant id means something in its room only, a JID everywhere.
type Key = (Option<RoomJid>, Identity);

/// The languages of people. In memory; what lasts is in the store.
#[derive(Debug, Default)]
pub struct Languages(RwLock<BTreeMap<Key, Arc<str>>>);

fn key(room: Option<&RoomJid>, identity: &Identity) -> Key {
    let room = if identity.jid().is_some() { None } else { room.cloned() };
    (room, identity.clone())
}

fn store_key((room, identity): &Key) -> String {
    format!("lang\0{}\0{identity}", room.as_ref().map_or("", RoomJid::as_str))
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Kept {
    room: Option<RoomJid>,
    identity: Identity,
    lang: String,
}

impl Languages {
    fn get(&self, room: Option<&RoomJid>, identity: &Identity) -> Option<Arc<str>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key(room, identity)).cloned()
    }

    /// Remembers someone's language; `None` forgets it. Gives whether there was room.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn set(
        &self,
        state: &State,
        (room, identity): (Option<&RoomJid>, &Identity),
        lang: Option<&str>,
    ) -> Result<bool, StoreError> {
        let key = key(room, identity);
        {
            let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
            if MAX_PEOPLE <= known.len() && !known.contains_key(&key) {
                return Ok(false);
            }
        }
        let batch = match lang {
            Some(lang) => {
                let kept = Kept { room: key.0.clone(), identity: identity.clone(), lang: lang.to_owned() };
                Batch::new().put_json(Tree::Identities, store_key(&key), &kept)?
            }
            None => Batch::new().delete(Tree::Identities, store_key(&key)),
        };
        // A stay is over with the process; keeping it would give its language to somebody else.
        if identity.is_lasting() {
            held(state.commit(batch).await)?;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match lang {
            Some(lang) => known.insert(key, Arc::from(lang)),
            None => known.remove(&key),
        };
        Ok(true)
    }
}

/// Reads what was kept. Until then people are answered in the language of the room.
pub(super) async fn load(host: Arc<Host>, _held: Held) {
    let pairs = match host.store.state.scan(Tree::Identities, b"lang\0".to_vec(), MAX_PEOPLE).await {
        Ok(pairs) => pairs,
        Err(error) => return warn!(%error, "the languages of people are not known"),
    };
    let kept = pairs.iter().filter_map(|(_, value)| serde_json::from_slice::<Kept>(value).ok());
    let mut known = host.languages.0.write().unwrap_or_else(PoisonError::into_inner);
    for it in kept {
        known.entry(key(it.room.as_ref(), &it.identity)).or_insert_with(|| Arc::from(it.lang));
    }
}

impl Host {
    /// The language in which someone is answered: the room's; in private their own, if known.
    #[must_use]
    pub fn language_for(&self, room: Option<&RoomJid>, place: &Place, identity: &Identity) -> Arc<str> {
        match place {
            Place::Room => self.public_language(room),
            Place::Private(_) | Place::Direct(_) => self.private_language(room, identity),
        }
    }

    /// The language in which someone is written to in private: their own, if known.
    #[must_use]
    pub fn private_language(&self, room: Option<&RoomJid>, identity: &Identity) -> Arc<str> {
        self.languages.get(room, identity).unwrap_or_else(|| self.public_language(room))
    }

    fn public_language(&self, room: Option<&RoomJid>) -> Arc<str> {
        room.map_or_else(|| self.bot_language(), |it| self.room_language(it))
    }
}
