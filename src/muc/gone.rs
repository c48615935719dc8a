//! Who said what last, and who left with it: for `recent`, and for acts on those who are already gone.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use domovoi_plugin::{Gone, Occupant, StanzaId, Timestamp};

/// How many people who left are remembered.
const MAX_GONE: usize = 100;
/// For how long.
const KEEP: Duration = Duration::from_secs(86_400);
/// Of how many people here it is remembered what they said last.
const MAX_SPEAKERS: usize = 100;
/// How many characters of it.
const MAX_SAID: usize = 200;
/// How many messages of one person.
const MAX_MESSAGES: usize = 20;

/// Those who left, newest first.
#[derive(Default)]
pub(super) struct GoneList(VecDeque<Gone>);

impl GoneList {
    pub(super) fn push(&mut self, gone: Gone) {
        self.0.truncate(MAX_GONE - 1);
        self.0.push_front(gone);
    }

    pub(super) fn expire(&mut self, now: Timestamp) {
        while self.0.back().is_some_and(|it| KEEP < now.since(it.at)) {
            self.0.pop_back();
        }
    }

    pub(super) fn since(&self, now: Timestamp) -> impl Iterator<Item = &Gone> {
        self.0.iter().take_while(move |it| now.since(it.at) <= KEEP)
    }
}

/// As much of a text as is kept.
fn beginning(text: &str) -> &str {
    // What is not longer in bytes is not longer in characters.
    let end = if MAX_SAID < text.len() { text.char_indices().nth(MAX_SAID) } else { None };
    end.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// What someone here said last.
#[derive(Default)]
pub(super) struct Said {
    at: Timestamp,
    text: String,
    ids: VecDeque<StanzaId>,
}

/// What those here said last, by stay.
#[derive(Default)]
pub(super) struct Speakers(BTreeMap<u64, Said>);

impl Speakers {
    pub(super) fn said(&mut self, stay: u64, text: &str, id: Option<&StanzaId>, now: Timestamp) {
        if MAX_SPEAKERS <= self.0.len() && !self.0.contains_key(&stay) {
            let silent_longest = self.0.iter().min_by_key(|(_, said)| said.at).map(|(stay, _)| *stay);
            silent_longest.map(|it| self.0.remove(&it));
        }
        let said = self.0.entry(stay).or_default();
        said.at = now;
        said.text.clear();
        said.text.push_str(beginning(text));
        if let Some(id) = id {
            said.ids.truncate(MAX_MESSAGES - 1);
            said.ids.push_front(id.clone());
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Makes an entry of those who left, with what they said here.
    pub(super) fn take(&mut self, occupant: &Arc<Occupant>, now: Timestamp) -> Gone {
        let said = self.0.remove(&occupant.stay);
        let (last_said, messages) = said.map_or((None, Vec::new()), |it| (Some(it.text), it.ids.into()));
        Gone { occupant: Arc::clone(occupant), at: now, last_said, messages }
    }
}
