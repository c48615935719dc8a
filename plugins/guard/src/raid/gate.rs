//! The newcomers' gate: who may not speak is asked a question in private, and whoever answers may.
//!
//! A script does not answer; a person does in one line. This half decides who is asked, how often they may try and
//! until when; the words of questions and answers are the reacting half's.

use std::{collections::BTreeMap, time::Duration};

use domovoi_plugin::{Identity, Timestamp};
use serde::{Deserialize, Serialize};

use super::pairs;

/// How often someone may try.
const TRIES: u8 = 3;
/// And for how long.
const OPEN_FOR: Duration = Duration::from_secs(600);
/// People at the gate; the one who has waited longest gives way.
const MOST: usize = 1_024;

/// What people ask the bot while they stand there: no try to answer.
const FOR_THE_BOT: &[&str] = &["help", "why", "mydata", "ping", "помощь", "почему", "моиданные", "пинг"];

/// Whether somebody at the gate asks the bot something instead of answering.
pub(crate) fn is_for_the_bot(text: &str) -> bool {
    let word = text.trim().trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    FOR_THE_BOT.contains(&word.as_str())
}

/// Someone at the gate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Waiting {
    /// Since when, in milliseconds.
    since: i64,
    /// Which question, by a number of which the reacting half makes one of its own.
    question: u32,
    /// How often they tried.
    tries: u8,
}

/// Who waits at the gate.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Gate {
    #[serde(rename = "w", skip_serializing_if = "BTreeMap::is_empty", with = "pairs")]
    waiting: BTreeMap<Identity, Waiting>,
    /// How many questions were asked, so that neighbours get different ones.
    #[serde(rename = "n")]
    n_asked: u32,
}

/// An answer at the gate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Attempt {
    /// To which question.
    pub(crate) question: u32,
    /// How many tries are left after this one.
    pub(crate) left: u8,
}

impl Gate {
    /// Someone comes to the gate. Gives the number of the question, unless they were asked already.
    pub(crate) fn ask(&mut self, identity: &Identity, now: Timestamp) -> Option<u32> {
        if let Some(waiting) = self.waiting.get(identity)
            && now.since(Timestamp::from_millis(waiting.since)) < OPEN_FOR
        {
            return None;
        }
        if MOST <= self.waiting.len() && !self.waiting.contains_key(identity) {
            let oldest = self.waiting.iter().min_by_key(|(_, it)| it.since).map(|it| it.0.clone());
            oldest.and_then(|it| self.waiting.remove(&it));
        }
        let question = self.n_asked;
        self.n_asked = self.n_asked.wrapping_add(1);
        self.waiting.insert(identity.clone(), Waiting { since: now.as_millis(), question, tries: 0 });
        Some(question)
    }

    /// Someone said something in private; `None` if they were not asked, had their tries, or come too late.
    pub(crate) fn attempt(&mut self, identity: &Identity, now: Timestamp) -> Option<Attempt> {
        let waiting = self.waiting.get_mut(identity)?;
        let is_open = now.since(Timestamp::from_millis(waiting.since)) < OPEN_FOR;
        if !is_open || TRIES <= waiting.tries {
            return None;
        }
        waiting.tries += 1;
        Some(Attempt { question: waiting.question, left: TRIES - waiting.tries })
    }

    /// They have voice, or went: nothing is asked of them any more.
    pub(crate) fn forget(&mut self, identity: &Identity) {
        self.waiting.remove(identity);
    }

    /// Whether nobody waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Time went on.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        if self.waiting.is_empty() {
            return;
        }
        self.waiting.retain(|_, it| now.since(Timestamp::from_millis(it.since)) < OPEN_FOR);
    }

    /// Makes what was read from outside obey its bounds.
    pub(crate) fn sane(mut self) -> Self {
        while MOST < self.waiting.len() {
            self.waiting.pop_last();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: i64) -> Timestamp {
        Timestamp::from_millis(n * 1_000)
    }

    fn who(n: usize) -> Identity {
        Identity::Jid(format!("p{n}@a.example").parse().unwrap())
    }

    #[test]
    fn whoever_is_asked_has_three_tries_and_ten_minutes() {
        let mut gate = Gate::default();
        assert_eq!(gate.attempt(&who(1), second(0)), None, "not asked");
        assert_eq!(gate.ask(&who(1), second(0)), Some(0));
        assert_eq!(gate.ask(&who(1), second(1)), None, "asked already");
        assert_eq!(gate.ask(&who(2), second(1)), Some(1));
        let left = |gate: &mut Gate| gate.attempt(&who(1), second(2)).map(|it| it.left);
        assert_eq!(
            [left(&mut gate), left(&mut gate), left(&mut gate), left(&mut gate)],
            [Some(2), Some(1), Some(0), None]
        );
        assert_eq!(gate.attempt(&who(2), second(700)), None, "too late");
        assert_eq!(gate.ask(&who(2), second(700)), Some(2), "asked anew");
        gate.forget(&who(2));
        assert_eq!(gate.attempt(&who(2), second(701)), None);
    }

    #[test]
    fn a_crowd_at_the_gate_is_bounded() {
        let mut gate = Gate::default();
        for n in 0..MOST + 10 {
            gate.ask(&who(n), second(i64::try_from(n).unwrap() / 100));
        }
        assert_eq!(gate.waiting.len(), MOST);
        gate.tick(second(5_000));
        assert_eq!(gate.waiting.len(), 0);
    }

    #[test]
    fn the_gate_survives_a_restart() {
        let mut gate = Gate::default();
        gate.ask(&who(1), second(0));
        gate.ask(&Identity::Occupancy(3), second(0));
        let mut again: Gate = serde_json::from_str(&serde_json::to_string(&gate).unwrap()).unwrap();
        assert_eq!(again.attempt(&who(1), second(1)), Some(Attempt { question: 0, left: 2 }));
        assert_eq!(again.attempt(&Identity::Occupancy(3), second(1)), None, "known for this stay only");
    }
}
