//! What was taken back in one room, remembered for a while so that the next room stops the first copy.
//!
//! Kept are fingerprints ([`Campaign`]), never texts; of strangers' messages only, and of texts long enough that nobody
//! says the same by chance.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{RoomJid, Timestamp};
use serde_json::Value;

use crate::{campaign::Campaign, undo::Undone};

/// So many are remembered.
const MOST: usize = 256;
/// For how long after the last copy.
const KEEP: Duration = Duration::from_secs(24 * 3_600);
/// Shorter texts are said by chance.
const LEAST_CHARS: u32 = 32;

/// One text that was taken back.
#[derive(Clone, PartialEq, Debug)]
struct Told {
    /// In which room it was taken back first: what others stopped because of that is no word of theirs.
    room: RoomJid,
    /// When.
    first: Timestamp,
    /// When it was taken back last, wherever.
    at: Timestamp,
    campaign: Campaign,
}

/// All that is remembered, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Campaigns(Vec<Arc<Told>>);

impl Campaigns {
    /// With what a guard told; `None` for what is too short, or not understood.
    pub(crate) fn with(&self, room: &RoomJid, at: Timestamp, told: &Value) -> Option<Self> {
        let campaign = Campaign::from_json(told).filter(|it| LEAST_CHARS <= it.n_chars())?;
        let (known, mut all): (Vec<_>, Vec<_>) =
            self.0.iter().filter(|it| at.since(it.at) < KEEP).cloned().partition(|it| it.campaign.is_like(&campaign));
        let (room, first) = known.first().map_or_else(|| (room.clone(), at), |it| (it.room.clone(), it.first));
        all.push(Arc::new(Told { room, first, at, campaign }));
        let n_over = all.len().saturating_sub(MOST);
        Some(Self(all.split_off(n_over)))
    }

    /// Whether this was taken back in another room lately. A text that leads somewhere must lead to the same place.
    pub(crate) fn knows(&self, room: &RoomJid, now: Timestamp, new: &Campaign) -> bool {
        let is_it = |it: &Arc<Told>| {
            let leads_there = !it.campaign.leads() || it.campaign.leads_like(new);
            it.room != *room && now.since(it.at) < KEEP && leads_there && it.campaign.is_like(new)
        };
        LEAST_CHARS <= new.n_chars() && self.0.iter().any(is_it)
    }

    /// Without what came out of an incident of this room that a person has taken back; `None` if nothing did.
    pub(crate) fn without(&self, room: &RoomJid, undone: &Undone) -> Option<Self> {
        let is_kept = |it: &&Arc<Told>| it.room != *room || !undone.is_about(it.first, &it.campaign);
        let kept: Vec<_> = self.0.iter().filter(is_kept).cloned().collect();
        (kept.len() < self.0.len()).then_some(Self(kept))
    }

    /// How many are remembered.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::Message;
    use serde_json::json;

    use super::*;

    const ADVERT: &str = "cheap watches for everybody at https://shop.example/now, hurry up";

    fn room(name: &str) -> RoomJid {
        format!("{name}@chat.example").parse().unwrap()
    }

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_millis(hours * 3_600_000)
    }

    fn campaign(text: &str) -> Campaign {
        Campaign::of(&Message { body: text.to_owned(), ..Message::default() }).unwrap()
    }

    fn known() -> Campaigns {
        Campaigns::default().with(&room("a"), at(0), &campaign(ADVERT).to_json()).unwrap()
    }

    #[test]
    fn another_room_knows_the_first_copy_for_a_day() {
        let knows = |name, hours, text: &str| known().knows(&room(name), at(hours), &campaign(text));
        assert!(knows("b", 1, ADVERT));
        assert!(knows("b", 1, &ADVERT.to_uppercase()));
        assert!(!knows("a", 1, ADVERT), "the room itself judges by its own rules");
        assert!(!knows("b", 24, ADVERT));
        assert!(!knows("b", 1, "cheap watches for everybody at https://other.example/now, hurry up"));
        assert!(!knows("b", 1, "where can one have a watch repaired for little money in this town?"));
    }

    #[test]
    fn short_texts_are_not_remembered() {
        assert!(Campaigns::default().with(&room("a"), at(0), &json!({"print": [1], "n_chars": 5})).is_none());
        assert!(Campaigns::default().with(&room("a"), at(0), &json!({"print": "x"})).is_none());
    }

    #[test]
    fn memory_is_bounded_and_one_text_is_there_once() {
        let mut it = known();
        for n in 0..1_000_i64 {
            let text: String = (0..8).map(|k| format!("word{} ", n * 31 + k * 17)).collect();
            it = it.with(&room("a"), at(0), &campaign(&text).to_json()).unwrap();
        }
        assert!(it.len() <= MOST);
        let again = known().with(&room("b"), at(1), &campaign(ADVERT).to_json()).unwrap();
        assert_eq!(again.len(), 1);
    }
}
