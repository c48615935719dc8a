//! The nicks of all who are here, by their hashes: for finding them among the words of a message.

use domovoi_plugin::View;

use crate::{filter::Filter, marks::hash, rules::mentions};

/// Hashes of nicks, sorted; and which there may be, since most words are none.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Nicks {
    sorted: Vec<u32>,
    filter: Filter,
}

impl Nicks {
    /// Of all who are here.
    pub(crate) fn of(view: &dyn View) -> Self {
        let mut sorted: Vec<u32> = view.occupants().map(|it| hash(it.nick.as_str())).collect();
        sorted.sort_unstable();
        Self { filter: Filter::of(sorted.iter().copied()), sorted }
    }

    /// Someone came.
    pub(crate) fn add(&mut self, nick: &str) {
        let hash = hash(nick);
        let place = self.sorted.partition_point(|it| *it < hash);
        self.sorted.insert(place, hash);
        self.filter.add(hash);
    }

    /// Someone went.
    pub(crate) fn remove(&mut self, nick: &str) {
        if let Ok(place) = self.sorted.binary_search(&hash(nick)) {
            self.sorted.remove(place);
        }
    }

    fn has(&self, hash: u32) -> bool {
        self.filter.may_have(hash) && self.sorted.binary_search(&hash).is_ok()
    }

    /// How many of them a text calls, and of how many words it is.
    pub(crate) fn called(&self, text: &str) -> (usize, usize) {
        let (mut called, mut n_words) = (Vec::new(), 0);
        for word in mentions::words(text) {
            n_words += 1;
            let hash = hash(word);
            if self.has(hash) && !called.contains(&hash) {
                called.push(hash);
            }
        }
        (called.len(), n_words)
    }
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::testing::PlainRoom;

    use super::*;

    #[test]
    fn each_is_called_once_as_long_as_they_are_here() {
        let mut nicks = Nicks::of(&PlainRoom::new("garden@chat.example".parse().unwrap()));
        for nick in ["alice", "bob", "bob"] {
            nicks.add(nick);
        }
        assert_eq!(nicks.called("alice, @bob and alice: look"), (2, 5));
        nicks.remove("alice");
        nicks.remove("bob");
        nicks.remove("nobody");
        assert_eq!(nicks.called("alice, @bob and alice: look"), (1, 5), "another bob is still here");
    }
}
