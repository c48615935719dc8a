//! Incidents in the store: at most [`MAX_KEPT`] of a room, none older than 30 days, evidence included.
//!
//! Beside them stands by JID which incident of a room concerned someone last, so that who is banned and asks from
//! outside can be answered, and who took one back. The latter has a place of its own, because the room may still be
//! writing the incident itself.

use std::{collections::BTreeMap, time::Duration};

use domovoi_plugin::{RoomJid, Timestamp, jid::BareJid};
use serde::{Deserialize, Serialize};
use tracing::warn;

use super::{
    case::Case,
    ledger::{JOIN_WITHIN, Ledger},
};
use crate::{
    host::{core::Host, keeper::put_json},
    store::{Batch, State, StoreError, Tree, held},
};

/// So many incidents of a room are kept.
pub const MAX_KEPT: u64 = domovoi_plugin::MOST_INCIDENTS;
/// And none for longer than this.
pub const KEPT_FOR: Duration = domovoi_plugin::INCIDENTS_KEPT_FOR;
/// A written incident is at most this long; the store takes no more than 1 MiB.
const MAX_BYTES: usize = 900 * 1024;
/// A raid that was on when the bot ended goes on if it is back within this time.
const RAID_GOES_ON: Duration = Duration::from_secs(3600);
/// So many people are listed by JID.
const MAX_LISTED: usize = 200_000;

/// An incident to be written.
#[derive(Clone, PartialEq, Debug)]
pub struct Writing {
    /// The incident as it is now.
    pub case: Case,
    /// The number of the next one.
    pub next: u64,
    /// Someone who came into it just now.
    pub jid: Option<BareJid>,
}

/// Who took an incident back.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Undone {
    /// Who, by nick.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

fn key(room: &RoomJid, number: u64) -> String {
    format!("incident\0{room}\0{number:012}")
}

fn undone_key(room: &RoomJid, number: u64) -> String {
    format!("undone\0{room}\0{number:012}")
}

fn of_key(jid: &BareJid, room: &RoomJid) -> String {
    format!("incident-of\0{jid}\0{room}")
}

fn counter_key(room: &RoomJid) -> String {
    format!("incidents\0{room}")
}

/// Adds an incident to a batch; the one whose place it takes goes.
pub(in crate::host) fn put(mut batch: Batch, room: &RoomJid, writing: &Writing) -> Batch {
    let Writing { case, next, jid } = writing;
    batch = match serde_json::to_vec(case) {
        Ok(bytes) if bytes.len() <= MAX_BYTES => batch.put(Tree::Guard, key(room, case.number), bytes),
        Ok(_) | Err(_) => {
            warn!(room.jid = %room, number = case.number, "an incident is too long: it is kept without evidence");
            let case = Case { quotes: Vec::new(), grounds: Vec::new(), ..case.clone() };
            put_json(batch, Tree::Guard, key(room, case.number), &case)
        }
    };
    if let Some(old) = case.number.checked_sub(MAX_KEPT) {
        batch = batch.delete(Tree::Guard, key(room, old)).delete(Tree::Guard, undone_key(room, old));
    }
    if let Some(jid) = jid {
        batch = put_json(batch, Tree::Guard, of_key(jid, room), &case.number);
    }
    put_json(batch, Tree::Counters, counter_key(room), next)
}

/// The ledger of a room as it was left.
///
/// # Errors
/// If the store cannot be read.
pub async fn load(state: &State, room: &RoomJid, now: Timestamp) -> Result<Ledger, StoreError> {
    let next: u64 = state.get_json(Tree::Counters, counter_key(room)).await?.unwrap_or(1);
    let mut open = Vec::new();
    for number in (1..next).rev().take(64) {
        let Some(case) = get(state, room, number).await? else { break };
        let age = now.since(case.last);
        if age < JOIN_WITHIN || (case.is_raid && case.ended.is_none() && age < RAID_GOES_ON) {
            open.push(case);
        } else if RAID_GOES_ON <= age {
            break;
        }
    }
    open.reverse();
    Ok(Ledger::new(next, open))
}

/// An incident by its number.
///
/// # Errors
/// If the store cannot be read.
pub async fn get(state: &State, room: &RoomJid, number: u64) -> Result<Option<Case>, StoreError> {
    state.get_json(Tree::Guard, key(room, number)).await
}

/// The incidents of a room that had something added since some time, newest first.
///
/// # Errors
/// If the store cannot be read.
pub async fn list(state: &State, room: &RoomJid, since: Timestamp) -> Result<Vec<Case>, StoreError> {
    let most = usize::try_from(MAX_KEPT).unwrap_or(usize::MAX) + 100;
    let pairs = state.scan(Tree::Guard, format!("incident\0{room}\0"), most).await?;
    let read = pairs.iter().filter_map(|(_, value)| serde_json::from_slice::<Case>(value).ok());
    let mut cases: Vec<Case> = read.filter(|it| since <= it.last).collect();
    cases.reverse();
    Ok(cases)
}

/// Which incident of each room concerned someone last.
///
/// # Errors
/// If the store cannot be read.
pub async fn of(state: &State, jid: &BareJid) -> Result<Vec<(RoomJid, u64)>, StoreError> {
    let prefix = format!("incident-of\0{jid}\0");
    let pairs = state.scan(Tree::Guard, prefix.clone(), 100).await?;
    let read = |(key, value): &(Vec<u8>, Vec<u8>)| {
        let room = std::str::from_utf8(key.get(prefix.len()..)?).ok()?.parse().ok()?;
        Some((room, serde_json::from_slice(value).ok()?))
    };
    Ok(pairs.iter().filter_map(read).collect())
}

/// Who took an incident back, if anybody did.
///
/// # Errors
/// If the store cannot be read.
pub async fn undone(state: &State, room: &RoomJid, number: u64) -> Result<Option<Undone>, StoreError> {
    state.get_json(Tree::Guard, undone_key(room, number)).await
}

/// Remembers who took an incident back.
///
/// # Errors
/// If the store did not take it.
pub async fn set_undone(state: &State, room: &RoomJid, number: u64, undone: &Undone) -> Result<(), StoreError> {
    let batch = Batch::new().put_json(Tree::Guard, undone_key(room, number), undone)?;
    held(state.commit(batch).await)
}

/// Forgets what is too old in every room, those that are not served any more included, and who is listed for it.
pub(in crate::host) async fn tidy(host: &Host) {
    if let Err(error) = forget(&host.store.state, host.clock.now()).await {
        warn!(%error, "old incidents were not forgotten; tried again tomorrow");
    }
}

async fn forget(state: &State, now: Timestamp) -> Result<(), StoreError> {
    // First of all: of an incident that is written meanwhile nothing is in the list, rather than only its number.
    let listed = state.scan(Tree::Guard, b"incident-of\0".to_vec(), MAX_LISTED).await?;
    let mut first_kept: BTreeMap<String, u64> = BTreeMap::new();
    let mut rooms = Vec::new();
    for (key, _) in state.scan(Tree::Counters, b"incidents\0".to_vec(), MAX_LISTED).await? {
        rooms
            .extend(String::from_utf8(key).ok().and_then(|it| it.strip_prefix("incidents\0")?.parse::<RoomJid>().ok()));
    }
    for room in rooms {
        let mut batch = Batch::new();
        for case in list(state, &room, Timestamp::from_millis(0)).await? {
            if KEPT_FOR <= now.since(case.last) {
                batch = batch.delete(Tree::Guard, key(&room, case.number));
                batch = batch.delete(Tree::Guard, undone_key(&room, case.number));
            } else {
                first_kept.insert(room.to_string(), case.number);
            }
        }
        if !batch.is_empty() {
            state.commit(batch).await?;
        }
    }
    let is_gone = |(key, value): &(Vec<u8>, Vec<u8>)| {
        let room = key.rsplit(|it| *it == 0).next().and_then(|it| std::str::from_utf8(it).ok()).unwrap_or_default();
        let number: u64 = serde_json::from_slice(value).unwrap_or_default();
        first_kept.get(room).is_none_or(|first| number < *first)
    };
    for gone in listed.iter().filter(|it| is_gone(it)).collect::<Vec<_>>().chunks(1000) {
        let batch = gone.iter().fold(Batch::new(), |batch, (key, _)| batch.delete(Tree::Guard, key.clone()));
        state.commit(batch).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::PluginName;

    use super::*;
    use crate::host::{
        incidents::Mode,
        testing::{Scene, garden},
    };

    fn case(number: u64, at: Timestamp) -> Case {
        Case::new(number, &PluginName::new("guard").unwrap(), Mode::Enforced, at)
    }

    async fn write(state: &State, case: &Case, jid: &str) {
        let writing = Writing { case: case.clone(), next: case.number + 1, jid: Some(jid.parse().unwrap()) };
        state.commit(put(Batch::new(), &garden(), &writing)).await.unwrap();
    }

    #[tokio::test]
    async fn only_so_many_are_kept_and_none_for_longer_than_a_month() {
        let it = Scene::new().await;
        let (state, now) = (&it.host.store.state, it.host.clock.now());
        for number in 1..=MAX_KEPT + 2 {
            write(state, &case(number, now), &format!("p{number}@x.example")).await;
        }
        let kept = list(state, &garden(), now).await.unwrap();
        assert_eq!((kept.len() as u64, kept[0].number), (MAX_KEPT, MAX_KEPT + 2));
        forget(state, now + Duration::from_secs(60)).await.unwrap();
        assert_eq!(of(state, &"p1@x.example".parse().unwrap()).await.unwrap(), []);
        assert_eq!(of(state, &"p9@x.example".parse().unwrap()).await.unwrap(), [(garden(), 9)]);
        assert_eq!(load(state, &garden(), now).await.unwrap().next(), MAX_KEPT + 3);
        forget(state, now + KEPT_FOR).await.unwrap();
        assert_eq!(list(state, &garden(), now).await.unwrap(), []);
        assert_eq!(of(state, &"p9@x.example".parse().unwrap()).await.unwrap(), []);
        let ledger = load(state, &garden(), now).await.unwrap();
        assert_eq!(ledger.next(), MAX_KEPT + 3, "no number is used twice");
    }
}
