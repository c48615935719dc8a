//! Who was thrown out or banned by a person, by whom and why, as the room showed it to everybody: for whoever asks `why`
//! afterwards, which they can only do from outside. What guards did is in the incidents, with more to tell.

use domovoi_plugin::{Cause, Event, EventKind, Identity, Nick, Phase, RoomJid, Timestamp};
use serde::{Deserialize, Serialize};
use tracing::warn;

use super::{
    core::{Host, OWN_NAME},
    incidents::kept::KEPT_FOR,
    keeper::put_json,
};
use crate::store::{Batch, State, StoreError, Tree, held};

/// So many rooms are looked up of one person.
const MOST: usize = 100;
/// What a moderator wrote is kept so far, in characters.
const MAX_REASON: usize = 300;
/// So many old ones are forgotten in one batch.
const AT_ONCE: usize = 1000;

/// The last time that somebody was sent away from a room.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Removal {
    /// When.
    pub at: Timestamp,
    /// `kick` or `ban`.
    pub action: String,
    /// By whom, where the room says.
    pub actor: Option<String>,
    /// The reason given.
    pub reason: Option<String>,
}

/// Somebody who was sent away.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Away {
    /// Where.
    pub room: RoomJid,
    /// Who.
    pub identity: Identity,
    /// How.
    pub removal: Removal,
}

impl Away {
    /// What an event tells of it. What was done through us says so in its reason; `own_nick` is not who it was.
    #[must_use]
    pub fn of(event: &Event, own_nick: Option<&Nick>) -> Option<Self> {
        let EventKind::Leave(leave) = &event.kind else { return None };
        let action = match leave.cause {
            Cause::Kicked => "kick",
            Cause::Banned => "ban",
            Cause::Left | Cause::Removed | Cause::Lost | Cause::Shutdown | Cause::Destroyed => return None,
        };
        let identity = event.occupant.as_ref()?.identity();
        if event.phase != Phase::Live || event.is_own || !identity.is_lasting() {
            return None;
        }
        let actor = leave.actor.as_ref().filter(|it| Some(*it) != own_nick).map(ToString::to_string);
        let reason = leave.reason.as_ref().map(|it| it.chars().take(MAX_REASON).collect());
        let removal = Removal { at: event.at, action: action.to_owned(), actor, reason };
        Some(Self { room: event.room.clone(), identity, removal })
    }
}

fn prefix(identity: &Identity) -> String {
    format!("{OWN_NAME}\0removed\0{identity}\0")
}

/// Adds one to a batch, in the place of the one before.
pub(super) fn put(batch: Batch, away: &Away) -> Batch {
    put_json(batch, Tree::Kv, format!("{}{}", prefix(&away.identity), away.room), &away.removal)
}

/// From which rooms somebody was sent away last, and how.
///
/// # Errors
/// If the store cannot be read.
pub(super) async fn of(state: &State, identity: &Identity) -> Result<Vec<(RoomJid, Removal)>, StoreError> {
    let prefix = prefix(identity);
    let pairs = state.scan(Tree::Kv, prefix.clone(), MOST).await?;
    let read = |(key, value): &(Vec<u8>, Vec<u8>)| {
        let room = std::str::from_utf8(key.get(prefix.len()..)?).ok()?.parse().ok()?;
        Some((room, serde_json::from_slice(value).ok()?))
    };
    Ok(pairs.iter().filter_map(read).collect())
}

/// Forgets what is too old.
pub(super) async fn tidy(host: &Host) {
    if let Err(error) = forget(&host.store.state, host.clock.now()).await {
        warn!(%error, "who was sent away long ago was not forgotten; tried again tomorrow");
    }
}

async fn forget(state: &State, now: Timestamp) -> Result<(), StoreError> {
    let is_old =
        move |value: &[u8]| serde_json::from_slice::<Removal>(value).is_ok_and(|it| KEPT_FOR < now.since(it.at));
    let find = move |keys: &mut Vec<Vec<u8>>, key: &[u8], value: &[u8]| {
        if is_old(value) {
            keys.push(key.to_vec());
        }
        true
    };
    let keys = state.each((Tree::Kv, format!("{OWN_NAME}\0removed\0")), Vec::new(), find).await?;
    for some in keys.chunks(AT_ONCE) {
        let batch = some.iter().fold(Batch::new(), |batch, key| batch.delete(Tree::Kv, key.clone()));
        held(state.commit(batch).await)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StateOptions;

    #[tokio::test]
    async fn what_is_old_is_forgotten_and_the_rest_is_found_by_who_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let (state, _) = State::open(dir.path(), StateOptions::default()).unwrap();
        let who = |name: &str| Identity::Jid(format!("{name}@x.example").parse().unwrap());
        let room: RoomJid = "garden@chat.example.org".parse().unwrap();
        let now = Timestamp::from_millis(1_795_000_000_000);
        let removal = |at| Removal { at, action: "kick".to_owned(), actor: Some("mike".to_owned()), reason: None };
        let away = |name, at| Away { room: room.clone(), identity: who(name), removal: removal(at) };
        let later = now + KEPT_FOR;
        let batch = put(put(Batch::new(), &away("old", now)), &away("new", later));
        state.commit(batch).await.unwrap();
        forget(&state, later + std::time::Duration::from_secs(1)).await.unwrap();
        assert_eq!(of(&state, &who("old")).await.unwrap(), []);
        assert_eq!(of(&state, &who("new")).await.unwrap(), [(room.clone(), removal(later))]);
        assert_eq!(of(&state, &who("ne")).await.unwrap(), []);
    }
}
