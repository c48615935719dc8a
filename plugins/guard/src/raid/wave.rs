//! Signs of a raid: strangers who come in a wave, and offences of several of them within a minute.
//!
//! Who merely comes does no harm: a conference begins, a bridge connects, a release is announced. So a wave makes the
//! guard watchful and nothing else; it takes offences of different people to call it a raid. Whoever comes back after
//! a lost connection between servers is no stranger.

use std::{collections::BTreeSet, time::Duration};

use domovoi_plugin::Timestamp;
use serde::{Deserialize, Serialize};

use super::{before::Before, past::Past};
use crate::window::Window;

/// A wave: so many strangers in ten seconds, or in a minute.
const WAVE_SHORT: (usize, Duration) = (5, Duration::from_secs(10));
const WAVE_LONG: (usize, Duration) = (12, Duration::from_secs(60));
/// And so many times more than the room is used to.
const UNUSUAL: usize = 3;
/// For how long a wave keeps the guard watchful.
const WATCHFUL: Duration = Duration::from_secs(600);
/// Offences of so many different people within a minute are a raid; after a wave fewer are.
const SIGNS: usize = 3;
const SIGNS_IN_WAVE: usize = 2;
const SIGNS_WITHIN: Duration = Duration::from_secs(60);
/// So many of a wave who all begin to speak within so long do it by one will: with sentences, or with a word.
const CHORUS: (usize, Duration) = (10, Duration::from_secs(15));
const CROWD: (usize, Duration) = (20, Duration::from_secs(20));
/// And so much more than that began to speak in the same time within the minute before.
const BEFORE: Duration = Duration::from_secs(60);
const MORE: usize = 2;
/// So many of a wave who say a word as soon as they are in, and do not greet.
const HASTY: (usize, Duration) = (6, Duration::from_secs(20));
/// A greeting is shorter than this many characters.
const GREETING_CHARS: usize = 40;
/// For how long someone whom a lost connection took away is expected back.
const EXPECTED: Duration = Duration::from_secs(1_800);

/// Someone, by a hash of who they are: nothing of them is kept here.
pub(crate) type Mark = u64;

/// Why it is a raid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sign {
    /// So many different people offended within a minute.
    Offences(usize),
    /// So many of one wave began to speak at once.
    Chorus(usize),
}

/// What the room saw lately of strangers.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Wave {
    past: Past,
    #[serde(rename = "j", skip_serializing_if = "Window::is_empty")]
    joins: Window<Mark, 256>,
    #[serde(rename = "o", skip_serializing_if = "Window::is_empty")]
    offences: Window<Mark, 64>,
    #[serde(rename = "f", skip_serializing_if = "Window::is_empty")]
    first_words: Window<(Mark, bool), 64>,
    #[serde(rename = "h", skip_serializing_if = "Window::is_empty")]
    hasty: Window<Mark, 32>,
    #[serde(rename = "l", skip_serializing_if = "Window::is_empty")]
    lost: Window<Mark, 1024>,
    /// When there was a wave last, in milliseconds.
    #[serde(rename = "s", skip_serializing_if = "Option::is_none")]
    seen: Option<i64>,
    /// Who was here before those who began to speak at once, as it was counted last.
    #[serde(skip)]
    pub(super) before: Option<Before>,
}

impl Wave {
    /// A stranger came in; gives whether that counts, which it does not for whoever was expected back.
    pub(crate) fn joined(&mut self, mark: Mark, now: Timestamp) -> bool {
        if self.lost.within(now, EXPECTED).any(|it| *it == mark) {
            return false;
        }
        self.past.joined(now);
        self.joins.push(now, mark);
        let n_minute = self.joins.count(now, WAVE_LONG.1);
        let is_unusual = self.past.usual().saturating_mul(UNUSUAL) <= n_minute;
        let is_wave = WAVE_LONG.0 <= n_minute || WAVE_SHORT.0 <= self.joins.count(now, WAVE_SHORT.1);
        if is_unusual && is_wave {
            self.seen = Some(now.as_millis());
        }
        true
    }

    /// A lost connection took someone away.
    pub(crate) fn lost(&mut self, mark: Mark, now: Timestamp) {
        self.lost.push(now, mark);
    }

    /// Someone little known did something that was taken back or worse.
    pub(crate) fn offended(&mut self, mark: Mark, now: Timestamp) -> Option<Sign> {
        if !self.offences.within(now, SIGNS_WITHIN).any(|it| *it == mark) {
            self.offences.push(now, mark);
        }
        let n = self.offences.count(now, SIGNS_WITHIN);
        let enough = if self.is_watchful(now) { SIGNS_IN_WAVE } else { SIGNS };
        (enough <= n).then_some(Sign::Offences(n))
    }

    /// A stranger said their first words, of so many characters.
    pub(crate) fn spoke(&mut self, mark: Mark, n_chars: usize, now: Timestamp) -> Option<Sign> {
        if !self.is_of_wave(mark, now) {
            return None;
        }
        if !self.first_words.all().any(|(it, _)| *it == mark) {
            self.first_words.push(now, (mark, GREETING_CHARS <= n_chars));
        }
        let n = self.first_words.within(now, CHORUS.1).filter(|(_, is_long)| *is_long).count();
        let n_all = self.first_words.count(now, CROWD.1);
        (CHORUS.0 <= n || CROWD.0 <= n_all).then_some(Sign::Chorus(n.max(n_all)))
    }

    /// Whether so many who began to speak at once are more than did so all the time within the minute before.
    pub(super) fn is_sudden(&self, n: usize, now: Timestamp) -> bool {
        let (lately, all) = (self.first_words.count(now, CROWD.1), self.first_words.count(now, CROWD.1 + BEFORE));
        let n_spans = usize::try_from(BEFORE.as_secs() / CROWD.1.as_secs()).unwrap_or(1);
        MORE * all.saturating_sub(lately) <= n * n_spans
    }

    /// Whether someone is of those who began to speak at once.
    pub(super) fn is_of_chorus(&self, mark: Mark, now: Timestamp) -> bool {
        let speaks = self.first_words.within(now, CROWD.1).any(|(it, _)| *it == mark);
        speaks || self.hasty.within(now, HASTY.1).any(|it| *it == mark)
    }

    /// What these did was no offence, as a person says.
    pub(crate) fn forgive(&mut self, marks: &[Mark]) {
        self.offences.retain(|it| !marks.contains(it));
        self.first_words.retain(|(it, _)| !marks.contains(it));
        self.hasty.retain(|it| !marks.contains(it));
    }

    /// A stranger said a word as soon as they were in, and did not greet: one of a conference may, six at once do not.
    pub(crate) fn hurried(&mut self, mark: Mark, now: Timestamp) -> Option<Sign> {
        if !self.is_of_wave(mark, now) {
            return None;
        }
        if !self.hasty.all().any(|it| *it == mark) {
            self.hasty.push(now, mark);
        }
        let n = self.hasty.count(now, HASTY.1);
        (HASTY.0 <= n).then_some(Sign::Chorus(n))
    }

    fn is_of_wave(&self, mark: Mark, now: Timestamp) -> bool {
        self.is_watchful(now) && self.joins.within(now, WATCHFUL).any(|it| *it == mark)
    }

    /// Time went on.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        self.past.tick(now);
        self.joins.forget(now, WATCHFUL);
        self.offences.forget(now, SIGNS_WITHIN);
        self.first_words.forget(now, CROWD.1 + BEFORE);
        self.hasty.forget(now, HASTY.1);
        self.lost.forget(now, EXPECTED);
    }

    /// Whether nobody said or did anything that is counted for some seconds.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.offences.is_empty() && self.first_words.is_empty() && self.hasty.is_empty()
    }

    /// Whether there was a wave lately.
    pub(crate) fn is_watchful(&self, now: Timestamp) -> bool {
        self.seen.is_some_and(|seen| now.since(Timestamp::from_millis(seen)) < WATCHFUL)
    }

    /// How many different strangers came within this span.
    pub(crate) fn n_joined(&self, now: Timestamp, span: Duration) -> usize {
        self.joins.within(now, span).copied().collect::<BTreeSet<_>>().len()
    }

    /// Makes what was read from outside obey its bounds.
    pub(crate) fn sane(self) -> Self {
        Self {
            past: self.past.sane(),
            joins: self.joins.sane(),
            offences: self.offences.sane(),
            first_words: self.first_words.sane(),
            hasty: self.hasty.sane(),
            lost: self.lost.sane(),
            seen: self.seen,
            before: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + n * 1_000)
    }

    #[test]
    fn a_wave_alone_is_no_raid_but_makes_two_offences_enough() {
        let mut wave = Wave::default();
        assert_eq!(wave.offended(1, second(0)), None);
        assert_eq!(wave.offended(2, second(1)), None);
        assert_eq!(wave.offended(3, second(2)), Some(Sign::Offences(3)));

        let mut wave = Wave::default();
        for mark in 0..5 {
            assert!(wave.joined(mark, second(1)));
        }
        assert!(wave.is_watchful(second(2)));
        assert_eq!(wave.offended(1, second(2)), None);
        assert_eq!(wave.offended(1, second(3)), None, "one person is no crowd");
        assert_eq!(wave.offended(2, second(4)), Some(Sign::Offences(2)));
        assert!(!wave.is_watchful(second(700)));
    }

    #[test]
    fn whoever_was_lost_is_expected_back() {
        let mut wave = Wave::default();
        for mark in 0..50 {
            wave.lost(mark, second(0));
        }
        for mark in 0..50 {
            assert!(!wave.joined(mark, second(60)));
        }
        assert!(!wave.is_watchful(second(61)));
        assert!(wave.joined(50, second(61)));
        assert!(wave.joined(1, second(2_000)), "too late to be expected");
    }

    #[test]
    fn a_room_that_is_used_to_crowds_is_not_alarmed_by_one() {
        let mut wave = Wave::default();
        for minute in 0..2_000 {
            for n in 0..5_u64 {
                wave.joined(u64::try_from(minute).unwrap() * 5 + n, second(minute * 60));
            }
        }
        wave.tick(second(200_000));
        assert!(!wave.is_watchful(second(200_000)));
        for n in 0..14 {
            wave.joined(1_000_000 + n, second(200_000));
        }
        assert!(!wave.is_watchful(second(200_001)));
        wave.joined(2_000_000, second(200_001));
        assert!(wave.is_watchful(second(200_001)));
    }

    #[test]
    fn a_chorus_of_a_wave_is_one_will_and_greetings_are_none() {
        let speak = |n_chars: usize, gap: i64| {
            let mut wave = Wave::default();
            for mark in 0..40 {
                wave.joined(mark, second(0));
            }
            (0..40_u64).find_map(|mark| wave.spoke(mark, n_chars, second(i64::try_from(mark).unwrap() * gap)))
        };
        assert_eq!(speak(60, 1), Some(Sign::Chorus(10)));
        assert_eq!(speak(60, 2), None);
        assert_eq!(speak(12, 1), Some(Sign::Chorus(20)), "a word each, but twenty at once");
        assert_eq!(speak(12, 2), None);
        let hurry = |n: u64, gap: i64| {
            let mut wave = Wave::default();
            for mark in 0..40 {
                wave.joined(mark, second(0));
            }
            (0..40).find_map(|k| wave.hurried(k % n, second(i64::try_from(k).unwrap() * gap)))
        };
        assert_eq!((hurry(40, 1), hurry(40, 5), hurry(5, 1)), (Some(Sign::Chorus(6)), None, None));
        let mut wave = Wave::default();
        assert_eq!((0..40).find_map(|mark| wave.spoke(mark, 60, second(0))), None, "of no wave");
    }

    #[test]
    fn a_chorus_is_sudden_where_few_began_to_speak_before_it() {
        let mut wave = Wave::default();
        for mark in 0..120 {
            wave.joined(mark, second(0));
        }
        // One a second, all the time: that is how this room is.
        for mark in 0..80_u64 {
            wave.spoke(mark, 60, second(i64::try_from(mark).unwrap()));
        }
        assert!(!wave.is_sudden(20, second(80)) && wave.is_sudden(40, second(80)));
        assert!(wave.is_sudden(20, second(150)), "it was quiet for a minute");
        assert!(wave.is_of_chorus(79, second(80)) && !wave.is_of_chorus(50, second(80)));
    }
}
