//! Breaks command loops with bots that do not say that they are bots.
//!
//! A bot that answers our answer does so at once and with the same words, again and again. A person who types the same
//! command six times takes longer, and has cool-downs besides: they are not silenced for it.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use domovoi_plugin::{Identity, RoomJid, Timestamp};

use super::commands::Line;

/// So many of the same line from one person, each at once after the other ...
const REPEATS: usize = 5;
/// ... which is within this time, and the next is not answered.
const AT_ONCE: Duration = Duration::from_secs(3);
/// Slow bots are bots too: so many of the same line, however fast ...
const SLOW_REPEATS: usize = 12;
/// ... within this time.
const WITHIN: Duration = Duration::from_secs(120);
/// The slowest loop ends too: so many of the same line in a row, none of them longer than [`WITHIN`] after the one before.
const MAX_IN_A_ROW: u32 = 60;
/// So many lines of one person are remembered.
const MAX_LINES: usize = 64;
/// So many people are remembered.
const MAX_PEOPLE: usize = 1000;

/// When what was said, by its hash.
type Said = VecDeque<(Timestamp, u64)>;

/// What one person said lately.
#[derive(Debug, Default)]
struct Lately {
    said: Said,
    /// How many lines right before the last one were the same as it.
    n_in_a_row: u32,
}

/// What was said lately, by whom.
#[derive(Debug, Default)]
pub struct Loops(BTreeMap<(Option<RoomJid>, Identity), Lately>);

impl Loops {
    /// Notes a line; whether nobody but a bot would give it now.
    pub fn is_loop(&mut self, line: &Line, now: Timestamp) -> bool {
        let Some(identity) = line.identity() else { return true };
        if MAX_PEOPLE <= self.0.len() {
            self.0.retain(|_, it| it.said.back().is_some_and(|(at, _)| now.since(*at) < WITHIN));
        }
        if MAX_PEOPLE <= self.0.len() {
            // Everybody in the table spoke within two minutes: a flood of people, which the limits deal with.
            return false;
        }
        let Lately { said, n_in_a_row } = self.0.entry((line.room.clone(), identity)).or_default();
        said.retain(|(at, _)| now.since(*at) < WITHIN);
        let hash = hash_of(&line.text);
        let n_same = said.iter().filter(|(_, it)| *it == hash).count();
        let n_at_once = n_at_once(said, hash, now);
        let is_same = said.back().is_some_and(|(_, it)| *it == hash);
        *n_in_a_row = if is_same { n_in_a_row.saturating_add(1) } else { 0 };
        if MAX_LINES <= said.len() {
            said.pop_front();
        }
        said.push_back((now, hash));
        REPEATS <= n_at_once || SLOW_REPEATS <= n_same || MAX_IN_A_ROW <= *n_in_a_row
    }
}

/// How many lines before this one were the same, each at once after the one before.
fn n_at_once(said: &Said, hash: u64, now: Timestamp) -> usize {
    let mut next = now;
    let is_at_once = |(at, it): &&(Timestamp, u64)| {
        let is_one = *it == hash && next.since(*at) < AT_ONCE;
        next = *at;
        is_one
    };
    said.iter().rev().take_while(is_at_once).count()
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
        Line {
            text: text.to_owned(),
            room: None,
            place: Place::Direct(jid.clone()),
            occupant: None,
            jid: Some(jid),
            from: None,
        }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_line_that_comes_at_once_for_the_sixth_time_is_not_answered() {
        let mut loops = Loops::default();
        for n in 0..5 {
            assert!(!loops.is_loop(&line("bot@x.example", "ping"), at(n * 400)), "repeat {n}");
        }
        assert!(loops.is_loop(&line("bot@x.example", "ping"), at(2_000)));
        assert!(loops.is_loop(&line("bot@x.example", "ping"), at(2_400)), "as long as it goes on");
        assert!(!loops.is_loop(&line("alice@x.example", "ping"), at(2_500)));
        assert!(!loops.is_loop(&line("bot@x.example", "help"), at(2_600)));
        assert!(!loops.is_loop(&line("bot@x.example", "ping"), at(200_000)));
    }

    #[test]
    fn a_person_may_give_the_same_command_again_and_again() {
        let mut loops = Loops::default();
        for n in 0..40 {
            assert!(!loops.is_loop(&line("alice@x.example", "more"), at(n * 11_000)), "page {n}");
        }
        for n in 0..8 {
            assert!(!loops.is_loop(&line("bob@x.example", "who"), at(n * 3_500)), "repeat {n}");
        }
    }

    #[test]
    fn a_slow_loop_ends_too() {
        let mut loops = Loops::default();
        let n_heard = (0..100).filter(|n| !loops.is_loop(&line("bot@x.example", "ping"), at(n * 5_000))).count();
        assert_eq!(n_heard, 12);
        let n_heard = (0..1000).filter(|n| !loops.is_loop(&line("slow@x.example", "ping"), at(n * 60_000))).count();
        assert_eq!(n_heard, 60, "one line a minute is a loop in the end");
        assert!(!loops.is_loop(&line("slow@x.example", "help"), at(60_000_000)), "another line is no loop");
        assert!(!loops.is_loop(&line("slow@x.example", "ping"), at(60_060_000)));
    }
}
