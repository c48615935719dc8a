//! Breaks command loops with bots that do not say that they are bots.
//!
//! A bot that answers our answer does so with the same words, again and again; nobody who is not known to be a person is
//! answered that. People type `roll` five times in two minutes, too: whose client says that it is one of people's is
//! silenced only for what no person could type, so that a bot that claims to be one still ends.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use domovoi_plugin::{Identity, RoomJid, Timestamp};

use super::commands::Line;

/// So many of the same line within [`WITHIN`] are answered to anybody.
const MAX_SAME: usize = 4;
/// So many of the same line from a person, each at once after the other ...
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

/// What a line is among those before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// One that anybody may give.
    Heard,
    /// The same once more, as a person might give it, and a bot would.
    Repeated,
    /// One that nobody but a bot would give now.
    Loop,
}

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
    /// Notes a line, and says what it is.
    pub fn turn(&mut self, line: &Line, now: Timestamp) -> Turn {
        let Some(identity) = line.identity() else { return Turn::Loop };
        if MAX_PEOPLE <= self.0.len() {
            self.0.retain(|_, it| it.said.back().is_some_and(|(at, _)| now.since(*at) < WITHIN));
        }
        if MAX_PEOPLE <= self.0.len() {
            // Everybody in the table spoke within two minutes: a flood of people, which the limits deal with.
            return Turn::Heard;
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
        if REPEATS <= n_at_once || SLOW_REPEATS <= n_same || MAX_IN_A_ROW <= *n_in_a_row {
            return Turn::Loop;
        }
        if MAX_SAME <= n_same { Turn::Repeated } else { Turn::Heard }
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
    for word in text.split_whitespace() {
        word.to_lowercase().hash(&mut hasher);
    }
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
            jid: Some(jid.into()),
            from: None,
        }
    }

    /// How many of the same line, one each so many milliseconds, are heard from anybody, and how many from a person.
    fn heard(n_lines: i64, every_millis: i64) -> (usize, usize) {
        let mut loops = Loops::default();
        let ping = line("bot@x.example", "ping");
        let mut turn = |n| loops.turn(&ping, Timestamp::from_millis(n * every_millis));
        let turns: Vec<Turn> = (0..n_lines).map(&mut turn).collect();
        let n = |of: &[Turn]| turns.iter().filter(|it| of.contains(it)).count();
        (n(&[Turn::Heard]), n(&[Turn::Heard, Turn::Repeated]))
    }

    #[test]
    fn four_of_the_same_line_within_two_minutes_are_heard_from_anybody() {
        for (n_lines, every_millis, anybody, person) in [
            (4, 0, 4, 4),
            (100, 400, 4, 5),        // at once
            (100, 3_000, 4, 12),     // as fast as people type
            (100, 5_000, 4, 12),     // slowly
            (40, 11_000, 4, 40),     // a page in eleven seconds
            (40, 29_999, 4, 40),     // just five within two minutes
            (40, 30_000, 40, 40),    // four within two minutes
            (1_000, 60_000, 60, 60), // one a minute is a loop in the end
        ] {
            assert_eq!(heard(n_lines, every_millis), (anybody, person), "{n_lines} lines, one in {every_millis} ms");
        }
    }

    #[test]
    fn another_line_another_person_and_a_later_one_are_no_repetition() {
        let mut loops = Loops::default();
        let mut turn = |who: &str, text: &str, millis| loops.turn(&line(who, text), Timestamp::from_millis(millis));
        for text in ["roll 2d6", "ROLL 2d6", "  roll   2d6 ", "Roll 2d6"] {
            assert_eq!(turn("bot@x.example", text, 0), Turn::Heard);
        }
        assert_eq!(turn("bot@x.example", "roll 2d6", 4_000), Turn::Repeated);
        assert_eq!(turn("bot@x.example", "roll 2d8", 4_000), Turn::Heard);
        assert_eq!(turn("bot@x.example", "roll2d6", 4_000), Turn::Heard);
        assert_eq!(turn("alice@x.example", "roll 2d6", 4_000), Turn::Heard);
        assert_eq!(turn("bot@x.example", "roll 2d6", 119_999), Turn::Repeated, "as long as it goes on");
        assert_eq!(turn("bot@x.example", "roll 2d6", 240_000), Turn::Heard);
    }

    #[test]
    fn a_loop_of_a_minute_s_pace_ends_for_good_until_something_else_is_said() {
        let mut loops = Loops::default();
        let mut turn =
            |text: &str, n: i64| loops.turn(&line("slow@x.example", text), Timestamp::from_millis(n * 60_000));
        let n_heard = (0..1_000).filter(|n| turn("ping", *n) == Turn::Heard).count();
        assert_eq!(n_heard, 60);
        assert_eq!(turn("help", 1_000), Turn::Heard);
        assert_eq!(turn("ping", 1_001), Turn::Heard);
    }
}
