//! Domains from which spam comes, kept at the door for a while.
//!
//! Honest servers have bad guests: what counts is who offended, not who came. A domain from which someone well known
//! here comes is protected, and so are those that the view spares.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domovoi_plugin::Timestamp;
use serde::{Deserialize, Serialize};

use super::wave::Mark;
use crate::window::Window;

/// So many different offenders within so long, and strangers from there are kept without voice.
const OFFENDERS: usize = 5;
const WITHIN: Duration = Duration::from_secs(600);
/// For how long.
pub(super) const QUARANTINE: Duration = Duration::from_secs(2 * 3_600);
/// So many, and the domain as a whole is kept out for a day.
const MANY_OFFENDERS: usize = 15;
/// Whatever was closed less than so many milliseconds ago is not closed anew.
const LATELY: i64 = 60_000;
/// At least so many of a hundred who are here from there must be strangers.
const STRANGERS_PERCENT: usize = 80;
/// Domains in quarantine at once; the one that ends first gives way.
const MOST: usize = 64;

/// Who is here from a domain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Presence {
    /// How many.
    pub(crate) n_here: usize,
    /// How many of them are strangers.
    pub(crate) n_strangers: usize,
    /// Whether someone from there is well known here, affiliated or spared.
    pub(crate) is_protected: bool,
}

impl Presence {
    /// Whether strangers are so many of them as of a domain from which only spam comes.
    const fn is_of_strangers(self) -> bool {
        self.n_here * STRANGERS_PERCENT <= self.n_strangers * 100
    }

    /// Whether these are not, who are no strangers, so that it does not matter who the rest are.
    pub(super) const fn has_others(self, n_others: usize) -> bool {
        !Self { n_strangers: self.n_here.saturating_sub(n_others), ..self }.is_of_strangers()
    }
}

/// What is to be done about a domain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// Its strangers get no voice.
    Quarantine,
    /// It is kept out.
    Ban,
}

/// Domains as they behaved lately.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Quarantine {
    #[serde(rename = "o", skip_serializing_if = "Window::is_empty")]
    offences: Window<(Box<str>, Mark), 256>,
    /// Domains in quarantine, until when, in milliseconds; and whether they were banned already.
    #[serde(rename = "q", skip_serializing_if = "BTreeMap::is_empty")]
    closed: BTreeMap<Box<str>, (i64, bool)>,
}

impl Quarantine {
    /// Someone little known from this domain offended. Who is here from there is asked only where it matters: it takes
    /// a look at everybody, and in a raid every message would pay for it.
    pub(crate) fn offended(
        &mut self,
        domain: &str,
        mark: Mark,
        presence: impl FnOnce() -> Presence,
        now: Timestamp,
    ) -> Option<Step> {
        self.offences.push(now, (domain.into(), mark));
        let (until, is_banned) = self.closed.get(domain).map_or((None, false), |it| (Some(it.0), it.1));
        let is_closed = until.is_some();
        let is_fresh = until.is_some_and(|it| (now + QUARANTINE).as_millis().saturating_sub(it) < LATELY);
        if is_fresh && is_banned {
            return None;
        }
        let n = self.n_offenders(domain, now);
        let is_ban = MANY_OFFENDERS <= n && !is_banned;
        if n < OFFENDERS || (is_fresh && !is_ban) {
            return None;
        }
        let presence = presence();
        if presence.is_protected || !presence.is_of_strangers() {
            return None;
        }
        self.close(domain, is_banned || is_ban, now);
        match (is_ban, is_closed) {
            (true, _) => Some(Step::Ban),
            (false, false) => Some(Step::Quarantine),
            (false, true) => None,
        }
    }

    /// What these did was no offence, as a person says.
    pub(crate) fn forgive(&mut self, marks: &[Mark]) {
        self.offences.retain(|(_, it)| !marks.contains(it));
    }

    /// Domains that were closed since then are open again.
    pub(crate) fn reopen(&mut self, since: Timestamp) {
        let since = (since + QUARANTINE).as_millis();
        self.closed.retain(|_, (until, _)| *until < since);
    }

    /// How many different people from there offended lately. More than many make it no worse, and in a raid every
    /// message would pay for counting them.
    fn n_offenders(&self, domain: &str, now: Timestamp) -> usize {
        let mut marks = BTreeSet::new();
        for (_, mark) in self.offences.within(now, WITHIN).filter(|(it, _)| &**it == domain) {
            marks.insert(*mark);
            if MANY_OFFENDERS <= marks.len() {
                break;
            }
        }
        marks.len()
    }

    fn close(&mut self, domain: &str, is_banned: bool, now: Timestamp) {
        let until = (now + QUARANTINE).as_millis();
        if MOST <= self.closed.len() && !self.closed.contains_key(domain) {
            let first = self.closed.iter().min_by_key(|(_, it)| it.0).map(|it| it.0.clone());
            first.and_then(|it| self.closed.remove(&it));
        }
        self.closed.insert(domain.into(), (until, is_banned));
    }

    /// Whether strangers from there get no voice.
    pub(crate) fn is_closed(&self, domain: &str, now: Timestamp) -> bool {
        self.closed.get(domain).is_some_and(|it| now.as_millis() < it.0)
    }

    /// The domains whose strangers get no voice.
    pub(crate) fn closed_now(&self, now: Timestamp) -> Vec<&str> {
        self.closed.iter().filter(|(_, it)| now.as_millis() < it.0).map(|it| &**it.0).collect()
    }

    /// Whether nothing is held against any domain.
    pub(crate) fn is_empty(&self) -> bool {
        self.offences.is_empty() && self.closed.is_empty()
    }

    /// Time went on.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        self.offences.forget(now, WITHIN);
        if !self.closed.is_empty() {
            self.closed.retain(|_, it| now.as_millis() < it.0);
        }
    }

    /// Makes what was read from outside obey its bounds.
    pub(crate) fn sane(mut self) -> Self {
        while MOST < self.closed.len() {
            self.closed.pop_last();
        }
        Self { offences: self.offences.sane(), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRANGERS: Presence = Presence { n_here: 10, n_strangers: 9, is_protected: false };

    fn second(n: i64) -> Timestamp {
        Timestamp::from_millis(n * 1_000)
    }

    /// What each of `n` offenders leads to.
    fn steps(n: u64, presence: Presence) -> Vec<Option<Step>> {
        let mut it = Quarantine::default();
        (0..n)
            .map(|mark| it.offended("spam.example", mark, || presence, second(i64::try_from(mark).unwrap())))
            .collect()
    }

    #[test]
    fn the_fifth_offender_closes_a_domain_and_the_fifteenth_bans_it_once() {
        let steps = steps(17, STRANGERS);
        let found: Vec<_> = steps.iter().enumerate().filter_map(|(i, it)| it.map(|it| (i + 1, it))).collect();
        assert_eq!(found, [(5, Step::Quarantine), (15, Step::Ban)]);
    }

    #[test]
    fn a_domain_of_friends_stays_open() {
        let friends = [Presence { is_protected: true, ..STRANGERS }, Presence { n_strangers: 7, ..STRANGERS }];
        for presence in friends {
            assert!(steps(20, presence).iter().all(Option::is_none), "{presence:?}");
        }
    }

    #[test]
    fn one_offender_alone_is_not_a_domain_and_time_opens_it_again() {
        let mut it = Quarantine::default();
        for n in 0..20 {
            assert_eq!(it.offended("spam.example", 1, || STRANGERS, second(n)), None);
        }
        for mark in 0..5 {
            it.offended("spam.example", mark, || STRANGERS, second(30));
        }
        assert!(it.is_closed("spam.example", second(31)) && !it.is_closed("other.example", second(31)));
        it.tick(second(31 + 2 * 3_600));
        assert!(!it.is_closed("spam.example", second(31 + 2 * 3_600)));
    }
}
