//! What was taken back in one room, remembered for a while so that the next room stops the first copy.
//!
//! Kept are fingerprints, never texts; of strangers' messages only, and of texts long enough that nobody says the same
//! by chance.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{RoomJid, Timestamp};
use serde_json::{Value, json};

use super::{look, look::Print};

/// So many are remembered.
const MOST: usize = 256;
/// For how long after the last copy.
const KEEP: Duration = Duration::from_secs(24 * 3_600);
/// Shorter texts are said by chance.
const LEAST_CHARS: u32 = 32;
/// How alike a copy is, in thousandths.
const ALIKE: u32 = 850;

/// One text that was taken back.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Campaign {
    /// In which room it was taken back last.
    room: RoomJid,
    /// When.
    at: Timestamp,
    print: Print,
    /// Where it leads.
    links: Vec<String>,
}

/// All that is remembered, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Campaigns(Vec<Arc<Campaign>>);

/// What a guard tells of a message that it takes back; `None` for what is too short to be remembered.
pub(crate) fn told(print: &Print, links: &[String]) -> Option<Value> {
    let hashes = look::hashes(print)?;
    (LEAST_CHARS <= print.n_chars).then(|| json!({"print": hashes, "n_chars": print.n_chars, "links": links}))
}

/// The fingerprint in what a guard told.
fn print_of(told: &Value) -> Option<Print> {
    look::print_told(told.get("n_chars")?, told.get("print")?)
}

impl Campaigns {
    /// With what a guard told.
    pub(crate) fn with(&self, room: &RoomJid, at: Timestamp, told: &Value) -> Option<Self> {
        let print = print_of(told)?;
        if print.n_chars < LEAST_CHARS {
            return None;
        }
        let links = told.get("links").and_then(Value::as_array).into_iter().flatten();
        let links = links.filter_map(Value::as_str).map(str::to_owned).take(20).collect();
        let is_kept = |it: &&Arc<Campaign>| at.since(it.at) < KEEP && it.print.likeness(&print) < ALIKE;
        let mut all: Vec<_> = self.0.iter().filter(is_kept).cloned().collect();
        all.push(Arc::new(Campaign { room: room.clone(), at, print, links }));
        let n_over = all.len().saturating_sub(MOST);
        Some(Self(all.split_off(n_over)))
    }

    /// Whether this was taken back in another room lately. A text that leads somewhere must lead to the same place.
    pub(crate) fn knows(&self, room: &RoomJid, now: Timestamp, print: &Print, links: &[String]) -> bool {
        let is_it = |it: &Arc<Campaign>| {
            it.room != *room
                && now.since(it.at) < KEEP
                && (it.links.is_empty() || it.links.iter().any(|link| links.contains(link)))
                && ALIKE <= it.print.likeness(print)
        };
        LEAST_CHARS <= print.n_chars && self.0.iter().any(is_it)
    }

    /// How many are remembered.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADVERT: &str = "cheap watches for everybody at https://shop.example/now, hurry up";

    fn room(name: &str) -> RoomJid {
        format!("{name}@chat.example").parse().unwrap()
    }

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_millis(hours * 3_600_000)
    }

    fn print(text: &str) -> Print {
        look::print(text)
    }

    fn links(text: &str) -> Vec<String> {
        super::super::look::links(text)
    }

    fn known() -> Campaigns {
        let told = told(&print(ADVERT), &links(ADVERT)).unwrap();
        Campaigns::default().with(&room("a"), at(0), &told).unwrap()
    }

    #[test]
    fn another_room_knows_the_first_copy_for_a_day() {
        let knows = |name, hours, text: &str| known().knows(&room(name), at(hours), &print(text), &links(text));
        assert!(knows("b", 1, ADVERT));
        assert!(knows("b", 1, &ADVERT.to_uppercase()));
        assert!(!knows("a", 1, ADVERT), "the room itself judges by its own rules");
        assert!(!knows("b", 24, ADVERT));
        assert!(!knows("b", 1, "cheap watches for everybody at https://other.example/now, hurry up"));
        assert!(!knows("b", 1, "where can one have a watch repaired for little money in this town?"));
    }

    #[test]
    fn short_texts_are_not_remembered() {
        assert_eq!(told(&print("hello everybody"), &[]), None);
        assert!(Campaigns::default().with(&room("a"), at(0), &json!({"print": [1], "n_chars": 5})).is_none());
        assert!(Campaigns::default().with(&room("a"), at(0), &json!({"print": "x"})).is_none());
    }

    #[test]
    fn memory_is_bounded_and_one_text_is_there_once() {
        let mut it = known();
        for n in 0..1_000_i64 {
            let text: String = (0..8).map(|k| format!("word{} ", n * 31 + k * 17)).collect();
            it = it.with(&room("a"), at(0), &told(&print(&text), &[]).unwrap()).unwrap();
        }
        assert_eq!(it.len(), MOST);
        let again = known().with(&room("b"), at(1), &told(&print(ADVERT), &links(ADVERT)).unwrap()).unwrap();
        assert_eq!(again.len(), 1);
    }
}
