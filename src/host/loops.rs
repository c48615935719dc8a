//! Breaks command loops between bots: who sends the same command again and again is not answered any more.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use domovoi_plugin::{Identity, RoomJid, Timestamp};

use super::commands::Line;

/// So many of the same line from one person ...
const REPEATS: usize = 5;
/// ... within this time, and the next is not answered.
const WITHIN: Duration = Duration::from_secs(120);
/// So many people are remembered.
const MAX_PEOPLE: usize = 1000;

/// When what was said, by its hash.
type Said = VecDeque<(Timestamp, u64)>;

/// What was said lately, by whom.
#[derive(Debug, Default)]
pub struct Loops(BTreeMap<(Option<RoomJid>, Identity), Said>);

impl Loops {
    /// Notes a line; whether it is the sixth of its kind within two minutes, or comes from a client that says it is a bot.
    pub fn is_loop(&mut self, line: &Line, now: Timestamp) -> bool {
        let Some(identity) = line.identity() else { return true };
        if MAX_PEOPLE <= self.0.len() {
            self.0.retain(|_, said| said.back().is_some_and(|(at, _)| now.since(*at) < WITHIN));
        }
        if MAX_PEOPLE <= self.0.len() {
            // Everybody in the table spoke within two minutes: a flood of people, which the limits deal with.
            return false;
        }
        let said = self.0.entry((line.room.clone(), identity)).or_default();
        said.retain(|(at, _)| now.since(*at) < WITHIN);
        let hash = hash_of(&line.text);
        let n_same = said.iter().filter(|(_, it)| *it == hash).count();
        if said.len() < 64 {
            said.push_back((now, hash));
        }
        REPEATS <= n_same
    }
}

fn hash_of(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    text.trim().to_lowercase().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::{Place, jid::BareJid};

    use super::*;

    fn line(who: &str, text: &str) -> Line {
        let jid = BareJid::new(who).unwrap();
        Line { text: text.to_owned(), room: None, place: Place::Direct(jid.clone()), occupant: None, jid: Some(jid) }
    }

    #[test]
    fn sixth_repeat_within_two_minutes_is_not_answered() {
        let mut loops = Loops::default();
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        for n in 0..5 {
            assert!(!loops.is_loop(&line("bot@x.example", "ping"), at(n)), "repeat {n}");
        }
        assert!(loops.is_loop(&line("bot@x.example", "ping"), at(6)));
        assert!(!loops.is_loop(&line("bot@x.example", "help"), at(7)));
        assert!(!loops.is_loop(&line("alice@x.example", "ping"), at(8)));
        assert!(!loops.is_loop(&line("bot@x.example", "ping"), at(200)));
    }
}
