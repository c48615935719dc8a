//! How much may be done automatically in one room: what stops a guard that runs away.
//!
//! Thirty kicks a minute and fifty bans in ten minutes are more than any guard needs outside a raid, so whoever reaches
//! them is either wrong or in one. Beyond them a kick or a ban becomes a mute, which keeps a raid silent as well and is
//! taken back in one word. Thirty mutes a minute outside a raid are the same sign; in a raid mutes are what is left and
//! have no limit of their own. Once anything is used up it stays so for ten minutes: a guard that expels the whole room
//! is not let go on at its pace. Retractions are never held, since what stays to be read is what people suffer from, and
//! the outbox paces them.

use std::{collections::VecDeque, time::Duration};

use domovoi_plugin::{Answer, Timestamp};

/// Kicks, within which time.
const KICKS: (usize, Duration) = (30, Duration::from_secs(60));
/// Bans.
const BANS: (usize, Duration) = (50, Duration::from_secs(600));
/// Mutes outside a raid.
const MUTES: (usize, Duration) = (30, Duration::from_secs(60));
/// How long what is used up stays so.
const HELD_FOR: Duration = Duration::from_secs(600);
/// How long a mute is that takes the place of a kick, or of a ban without an end.
const INSTEAD: Duration = Duration::from_secs(3600);

/// What may be done of what was decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spent {
    /// It.
    All,
    /// A mute in its place, of this length.
    Mute(Duration),
    /// Nothing of it.
    Nothing,
}

/// What one room has left.
#[derive(Clone, Debug, Default)]
pub struct Budget {
    kicks: Purse,
    bans: Purse,
    mutes: Purse,
}

#[derive(Clone, Debug, Default)]
struct Purse {
    spent: VecDeque<Timestamp>,
    held_since: Option<Timestamp>,
}

impl Purse {
    fn try_take(&mut self, (most, within): (usize, Duration), now: Timestamp) -> bool {
        if self.held_since.is_some_and(|it| it <= now && now.since(it) < HELD_FOR) {
            return false;
        }
        self.held_since = None;
        // A clock that stepped back must not hold anything for ever.
        self.spent.retain(|at| *at <= now && now.since(*at) < within);
        if most <= self.spent.len() {
            self.held_since = Some(now);
            self.spent.clear();
            return false;
        }
        self.spent.push_back(now);
        true
    }
}

impl Budget {
    /// Takes what an answer costs, and says what may be done.
    pub fn spend(&mut self, answer: Answer, is_raid: bool, now: Timestamp) -> Spent {
        let (is_left, instead) = match answer {
            Answer::Pass | Answer::Note | Answer::Warn | Answer::Retract => (true, INSTEAD),
            Answer::Mute { .. } => return self.mute(is_raid, now, Spent::All),
            Answer::Kick => (self.kicks.try_take(KICKS, now), INSTEAD),
            Answer::Ban { span } => (self.bans.try_take(BANS, now), span.unwrap_or(INSTEAD)),
        };
        if is_left {
            return Spent::All;
        }
        self.mute(is_raid, now, Spent::Mute(instead))
    }

    fn mute(&mut self, is_raid: bool, now: Timestamp, spent: Spent) -> Spent {
        let is_left = is_raid || self.mutes.try_take(MUTES, now);
        if is_left { spent } else { Spent::Nothing }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000 + millis)
    }

    fn answer(n: u8) -> Answer {
        match n {
            0 => Answer::Kick,
            1 => Answer::Ban { span: None },
            2 => Answer::Mute { span: Duration::from_secs(300) },
            _ => Answer::Retract,
        }
    }

    #[test]
    fn a_runaway_guard_is_stopped_and_stays_so_for_ten_minutes() {
        let mut budget = Budget::default();
        let spent: Vec<Spent> = (0..100).map(|n| budget.spend(Answer::Kick, false, at(n))).collect();
        assert!(spent[..30].iter().all(|it| *it == Spent::All));
        assert!(spent[30..60].iter().all(|it| *it == Spent::Mute(INSTEAD)));
        assert!(spent[60..].iter().all(|it| *it == Spent::Nothing));
        assert_eq!(budget.spend(Answer::Retract, false, at(200)), Spent::All);
        assert_eq!(budget.spend(Answer::Kick, false, at(120_000)), Spent::Nothing);
        assert_eq!(budget.spend(Answer::Kick, false, at(601_000)), Spent::All);
    }

    #[test]
    fn in_a_raid_everybody_is_silenced_all_the_same() {
        let mut budget = Budget::default();
        let spent: Vec<Spent> = (0..200).map(|n| budget.spend(Answer::Ban { span: None }, true, at(n))).collect();
        assert_eq!(spent.iter().filter(|it| **it == Spent::All).count(), 50);
        assert!(spent[50..].iter().all(|it| *it == Spent::Mute(INSTEAD)));
    }

    proptest! {
        #[test]
        fn never_more_than_the_budget_in_any_window(steps in prop::collection::vec((0_u8..4, 0_i64..3_000), 1..600)) {
            let (mut budget, mut now) = (Budget::default(), 0);
            let mut done: Vec<(u8, i64)> = Vec::new();
            for (kind, step) in steps {
                now += step;
                match budget.spend(answer(kind), false, at(now)) {
                    Spent::All => done.push((kind, now)),
                    Spent::Mute(_) => done.push((2, now)),
                    Spent::Nothing => (),
                }
            }
            for (kind, (most, within)) in [(0, KICKS), (1, BANS), (2, MUTES)] {
                let within = i64::try_from(within.as_millis()).unwrap();
                let times: Vec<i64> = done.iter().filter(|it| it.0 == kind).map(|it| it.1).collect();
                for (i, from) in times.iter().enumerate() {
                    let n = times[i..].iter().take_while(|to| **to < from + within).count();
                    prop_assert!(n <= most, "{} of kind {}", n, kind);
                }
            }
        }
    }
}
