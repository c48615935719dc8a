//! Wave: someone who looks like several others that came at the same time. It never counts alone.
//!
//! Many people use the same client and no picture, so that only a picture or a status in common says anything, or a
//! name that no one would choose.

use std::time::Duration;

use domovoi_plugin::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Hit, Rule};
use crate::window::Window;

const SPAN: Duration = Duration::from_secs(300);
/// So many of the same looks are a wave.
const ALIKE: usize = 4;

/// A coming in: who, and a hash of what they look like, without the name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Coming {
    /// A hash of the identity.
    pub(crate) who: u32,
    /// A hash of picture, client and status; 0 where they have neither picture nor status.
    pub(crate) looks: u32,
}

/// Who came lately.
pub(crate) type Comings = Window<Coming, 64>;

/// Judges someone by who else came in.
pub(crate) fn judge(me: Coming, comings: &Comings, nick: &str, now: Timestamp) -> Option<Hit> {
    let is_alike = |it: &Coming| me.looks != 0 && it.looks == me.looks && it.who != me.who;
    let n = 1 + comings.within(now, SPAN).filter(|it| is_alike(it)).count();
    if ALIKE <= n {
        return Some(Hit::new(Rule::Wave, 15, "reason-wave", n));
    }
    is_random(nick).then(|| Hit::new(Rule::Wave, 5, "reason-random-nick", 1))
}

/// Whether a name is typed without looking: letters and digits in turns, or a heap of consonants. Of ASCII only; of
/// other alphabets too little is known.
pub(crate) fn is_random(nick: &str) -> bool {
    if nick.len() < 8 || !nick.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return false;
    }
    let turns =
        nick.as_bytes().windows(2).filter(|it| matches!(it, [a, b] if a.is_ascii_digit() != b.is_ascii_digit()));
    let is_consonant = |b: &u8| b.is_ascii_alphabetic() && !b"aeiouyAEIOUY".contains(b);
    let longest = nick.as_bytes().split(|b| !is_consonant(b)).map(<[u8]>::len).max().unwrap_or(0);
    4 <= turns.count() || 6 <= longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_of_the_same_picture_are_a_wave_and_no_picture_is_none() {
        let now = Timestamp::from_millis(0);
        for (looks, expected) in [(7, true), (0, false)] {
            let mut comings = Comings::default();
            for who in 1..4 {
                comings.push(now, Coming { who, looks });
            }
            assert_eq!(judge(Coming { who: 4, looks }, &comings, "bob", now).is_some(), expected);
            assert!(judge(Coming { who: 3, looks }, &comings, "bob", now).is_none(), "only three");
        }
    }

    #[test]
    fn names_that_people_choose_are_not_random() {
        for nick in ["alexander", "wintermute42", "Schwarzschild", "user1990", "n00bmaster", "Зоя12345"] {
            assert!(!is_random(nick), "{nick}");
        }
        for nick in ["x7f2k9q1", "qwrtzpsdfg"] {
            assert!(is_random(nick), "{nick}");
        }
    }
}
