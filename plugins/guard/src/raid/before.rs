//! Who was here before a chorus: many who begin to speak at once raid a room in which others talk.
//!
//! Where a stream begins or a match is on, most of those who talk came lately too, and whatever excites them makes many
//! speak for the first time at once. So a chorus counts by what the room is used to now: it came to people who were
//! here before it, and there is enough of it beside those who talk.

use std::time::Duration;

use domovoi_plugin::{Occupant, Timestamp, View};

use super::{mark, wave::Sign};
use crate::{recent::Recent, room::Room};

/// Who was here so much longer than most of the chorus did not come with it, and what the room is used to can be known.
const EARLIER: Duration = Duration::from_secs(60);
/// Who has spoken within this time talks here.
const TALKS: Duration = Duration::from_secs(600);
/// A chorus is less than so many times the people who talk here, divided by [`PARTS`], where it is part of their talk.
const PARTS: usize = 2;
/// For how long nobody is counted anew: it takes a look at all who are here.
const AGAIN: Duration = Duration::from_secs(3);

/// Who was here before a chorus.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Before {
    /// When they were counted.
    at: Timestamp,
    /// Whether anybody was.
    is_any: bool,
    /// How many of them talk.
    n_talkers: usize,
}

impl Before {
    /// Whether a chorus of so many came from outside.
    const fn is_invaded_by(self, n: usize) -> bool {
        self.is_any && self.n_talkers <= n * PARTS
    }
}

impl Room {
    /// Whether a sign is one of people who came to this room, and not of the room's own life.
    pub(super) fn is_invasion(&mut self, sign: Sign, now: Timestamp, view: &dyn View) -> bool {
        let n = match sign {
            Sign::Offences(_) => return true,
            Sign::Chorus(_) if self.past.alarm.is_on() => return true,
            Sign::Chorus(n) if !self.past.alarm.wave.is_sudden(n, now) => return false,
            Sign::Chorus(n) => n,
        };
        let counted = self.past.alarm.wave.before.filter(|it| now.since(it.at) < AGAIN && it.at <= now);
        let before = counted.unwrap_or_else(|| self.count_before(now, view));
        self.past.alarm.wave.before = Some(before);
        before.is_invaded_by(n)
    }

    fn count_before(&self, now: Timestamp, view: &dyn View) -> Before {
        let (mut chorus, mut others) = (Vec::new(), Vec::new());
        for occupant in view.occupants().filter(|it| !it.is_self) {
            let identity = occupant.identity();
            let here = self.here(occupant, now);
            if self.past.alarm.wave.is_of_chorus(mark(&identity), now) {
                chorus.push(here);
            } else {
                let talks = |it: &Recent| it.memory.within(now, TALKS).next().is_some();
                others.push((here, self.past.people.recent(&identity).is_some_and(talks)));
            }
        }
        chorus.sort_unstable();
        // Not the first of them: one may have been sent ahead.
        let most = chorus.get(chorus.len() / 2).copied().unwrap_or_default();
        let is_any = others.iter().any(|(here, _)| most + EARLIER <= *here);
        let n_talkers = others.iter().filter(|(here, talks)| *talks && most <= *here).count();
        Before { at: now, is_any, n_talkers }
    }

    /// For how long someone has been here, going and coming back included.
    fn here(&self, occupant: &Occupant, now: Timestamp) -> Duration {
        let known = self.past.people.age(&occupant.identity(), now);
        now.since(occupant.joined_at).max(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chorus_that_is_no_more_than_the_talk_of_a_room_is_part_of_it() {
        let is_invaded = |is_any, n_talkers, n| Before { is_any, n_talkers, ..Before::default() }.is_invaded_by(n);
        assert!(is_invaded(true, 0, 6), "they were here and said nothing");
        assert!(is_invaded(true, 12, 6) && !is_invaded(true, 13, 6));
        assert!(!is_invaded(false, 0, 50), "nobody was here before them");
    }
}
