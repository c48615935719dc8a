//! What belongs together, and under which number. A plain value over a clock that is an argument.

use std::{collections::VecDeque, time::Duration};

use domovoi_plugin::{Action, PluginName, Timestamp};

use super::{
    case::{Case, Deed, Ground, Mode, Person, Quote},
    gift::Gift,
};

/// What happens with someone within this time after the last belongs to the same incident.
pub const JOIN_WITHIN: Duration = Duration::from_secs(600);
/// A raid whose end nobody told is over after this long without anything.
const RAID_IDLE: Duration = Duration::from_secs(3600);
/// How long an incident waits for the server's answers after it can be joined no more.
const ANSWERS_WITHIN: Duration = Duration::from_secs(120);
/// So many are open at once; the one that was quiet for longest makes way.
const MAX_OPEN: usize = 128;

/// Something that was decided about someone.
#[derive(Clone, Debug)]
pub struct Opening<'a> {
    /// Which plugin decided.
    pub plugin: &'a PluginName,
    /// About whom; nobody in particular for `None`.
    pub about: Option<Person>,
    /// Why, if it says.
    pub ground: Option<Ground>,
    /// What was said, as far as it is kept.
    pub quotes: Vec<Quote>,
    /// Whether anything is to be done.
    pub mode: Mode,
}

/// The incident to which it belongs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opened {
    /// Its number.
    pub number: u64,
    /// Whether it began with this.
    pub is_new: bool,
}

/// The incidents of one room that are not over.
#[derive(Clone, Debug)]
pub struct Ledger {
    next: u64,
    open: VecDeque<Case>,
    raid: Option<u64>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self::new(1, Vec::new())
    }
}

impl Ledger {
    /// Goes on where an earlier one stopped: with the next number, and what was open then, oldest first.
    #[must_use]
    pub fn new(next: u64, open: Vec<Case>) -> Self {
        let raid = open.iter().rev().find(|it| it.is_raid && it.ended.is_none()).map(|it| it.number);
        let beyond = open.iter().map(|it| it.number + 1).max().unwrap_or(1);
        Self { next: next.max(beyond).max(1), open: open.into(), raid }
    }

    /// Finds the incident to which this belongs, or opens one, and adds it there.
    pub fn open_or_join(&mut self, opening: Opening<'_>, now: Timestamp) -> Opened {
        self.close(now);
        let Opening { plugin, about, mut ground, quotes, mode } = opening;
        let known = self.raid.or_else(|| self.of(about.as_ref(), now));
        let number = known.unwrap_or_else(|| self.open(plugin, mode, now));
        if let Some(case) = self.get_mut(number) {
            case.last = now.max(case.last);
            case.mode = case.mode.max(mode);
            let place = about.and_then(|it| case.person(it));
            if let Some(ground) = &mut ground {
                ground.about = place;
            }
            ground.into_iter().for_each(|it| case.add_ground(it));
            case.add_quotes(quotes);
        }
        Opened { number, is_new: known.is_none() }
    }

    /// A raid begins: an incident of its own, to which everything belongs until it is over. The same number if one is on.
    pub fn raid_on(&mut self, plugin: &PluginName, ground: Ground, mode: Mode, now: Timestamp) -> Opened {
        self.close(now);
        let known = self.raid;
        let number = known.unwrap_or_else(|| self.open(plugin, mode, now));
        self.raid = Some(number);
        if let Some(case) = self.get_mut(number) {
            (case.is_raid, case.last) = (true, now.max(case.last));
            case.add_ground(ground);
        }
        Opened { number, is_new: known.is_none() }
    }

    /// The raid is over. Gives its number, if there was one.
    pub fn raid_off(&mut self, ground: Ground, now: Timestamp) -> Option<u64> {
        let number = self.raid.take()?;
        if let Some(case) = self.get_mut(number) {
            (case.ended, case.last) = (Some(now), now.max(case.last));
            case.add_ground(ground);
        }
        Some(number)
    }

    /// Whether a raid is on.
    #[must_use]
    pub const fn raid(&self) -> Option<u64> {
        self.raid
    }

    /// Something was done, or was not.
    pub fn add_deed(&mut self, number: u64, deed: Deed) {
        if let Some(case) = self.get_mut(number) {
            case.add_deed(deed);
        }
    }

    /// Something that was said belongs to it.
    pub fn add_quotes(&mut self, number: u64, quotes: Vec<Quote>) {
        if let Some(case) = self.get_mut(number) {
            case.add_quotes(quotes);
        }
    }

    /// The incident in which a plugin took what an action gives back: someone's voice, or values of the room's form.
    #[must_use]
    pub fn given_back_by(&self, plugin: &PluginName, action: &Action) -> Option<u64> {
        let gift = Gift::of(action)?;
        let took = |case: &Case| match gift {
            Gift::Voice(identity) => case.has_muted(identity),
            // Whoever lifts a ban of the guard names its incident.
            Gift::Entry(_) => false,
            Gift::Form(changes) => changes.iter().all(|it| case.is_restored_by(it)),
        };
        let theirs = || self.open.iter().rev().filter(|it| it.plugin == *plugin);
        // Whoever came in while a raid kept the room silent never had the voice that it took.
        let silenced = |it: &&Case| matches!(gift, Gift::Voice(_)) && it.has_silenced_room();
        theirs().find(|it| took(it)).or_else(|| theirs().find(silenced)).map(|it| it.number)
    }

    /// The incident that something about this person would join now.
    #[must_use]
    pub fn joinable(&self, about: &Person, now: Timestamp) -> Option<&Case> {
        self.get(self.raid.or_else(|| self.of(Some(about), now))?)
    }

    /// An incident that is not over.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<&Case> {
        self.open.iter().rev().find(|it| it.number == number)
    }

    fn get_mut(&mut self, number: u64) -> Option<&mut Case> {
        self.open.iter_mut().rev().find(|it| it.number == number)
    }

    /// The number of the next one.
    #[must_use]
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// Forgets what is over, so that nothing joins it any more.
    pub fn close(&mut self, now: Timestamp) {
        let is_idle = |it: &Case| RAID_IDLE <= now.since(it.last);
        if self.raid.is_some_and(|it| self.get(it).is_none_or(is_idle)) {
            self.raid = None;
        }
        let raid = self.raid;
        self.open.retain(|it| Some(it.number) == raid || now.since(it.last) < JOIN_WITHIN + ANSWERS_WITHIN);
    }

    fn of(&self, about: Option<&Person>, now: Timestamp) -> Option<u64> {
        let about = about?;
        let fits = |it: &&Case| {
            !it.is_raid && now.since(it.last) < JOIN_WITHIN && it.people.iter().any(|person| person.is(about))
        };
        self.open.iter().rev().find(fits).map(|it| it.number)
    }

    fn open(&mut self, plugin: &PluginName, mode: Mode, now: Timestamp) -> u64 {
        if MAX_OPEN <= self.open.len() {
            let oldest =
                self.open.iter().filter(|it| Some(it.number) != self.raid).min_by_key(|it| (it.last, it.number));
            if let Some(number) = oldest.map(|it| it.number) {
                self.open.retain(|it| it.number != number);
            }
        }
        let number = self.next;
        self.next += 1;
        self.open.push_back(Case::new(number, plugin, mode, now));
        number
    }
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::{Identity, Nick, Target, Text};
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000 + seconds * 1000)
    }

    fn guard() -> PluginName {
        PluginName::new("guard").unwrap()
    }

    fn person(n: u64) -> Person {
        let nick = Nick::new(&format!("p{n}")).unwrap();
        Person::of_target(&Target { nick, identity: Identity::Jid(format!("p{n}@x.example").parse().unwrap()) })
    }

    fn ground(seconds: i64) -> Ground {
        Ground {
            at: at(seconds),
            about: None,
            answer: "mute".to_owned(),
            seconds: None,
            rule: "rate".to_owned(),
            score: 60,
            reason: Text::empty(),
            because: Vec::new(),
            is_routine: false,
        }
    }

    fn join(ledger: &mut Ledger, who: u64, seconds: i64) -> Opened {
        let plugin = guard();
        let (about, ground) = (Some(person(who)), Some(ground(seconds)));
        let opening = Opening { plugin: &plugin, about, ground, quotes: Vec::new(), mode: Mode::Enforced };
        ledger.open_or_join(opening, at(seconds))
    }

    #[test]
    fn what_follows_within_ten_minutes_joins_and_others_have_their_own() {
        let mut ledger = Ledger::default();
        assert_eq!(join(&mut ledger, 1, 0), Opened { number: 1, is_new: true });
        assert_eq!(join(&mut ledger, 2, 5), Opened { number: 2, is_new: true });
        assert_eq!(join(&mut ledger, 1, 599), Opened { number: 1, is_new: false });
        assert_eq!(join(&mut ledger, 1, 1_198), Opened { number: 1, is_new: false });
        assert_eq!(join(&mut ledger, 1, 1_798), Opened { number: 3, is_new: true });
        assert_eq!(ledger.next(), 4);
    }

    #[test]
    fn all_that_is_done_in_a_raid_belongs_to_it() {
        let mut ledger = Ledger::default();
        join(&mut ledger, 1, 0);
        assert_eq!(ledger.raid_on(&guard(), ground(1), Mode::Enforced, at(1)), Opened { number: 2, is_new: true });
        assert_eq!(ledger.raid_on(&guard(), ground(2), Mode::Enforced, at(2)).number, 2);
        for who in 1..50 {
            assert_eq!(join(&mut ledger, who, 3).number, 2);
        }
        assert_eq!(ledger.get(2).unwrap().people.len(), 49);
        let mut ledger = Ledger::new(ledger.next(), ledger.open.into());
        assert_eq!(join(&mut ledger, 60, 4).number, 2, "after a restart it goes on");
        assert_eq!(ledger.raid_off(ground(5), at(5)), Some(2));
        assert_eq!(ledger.raid_off(ground(5), at(5)), None);
        assert_eq!(join(&mut ledger, 1, 6).number, 1);
        assert_eq!(join(&mut ledger, 70, 7).number, 3);
    }

    #[test]
    fn a_raid_whose_end_was_never_told_ends_all_the_same() {
        let mut ledger = Ledger::default();
        ledger.raid_on(&guard(), ground(0), Mode::Enforced, at(0));
        assert_eq!(join(&mut ledger, 1, 3_000).number, 1);
        assert_eq!(join(&mut ledger, 1, 7_000).number, 2);
    }

    #[test]
    fn what_was_observed_becomes_enforced_and_never_the_other_way() {
        let mut ledger = Ledger::default();
        let plugin = guard();
        for (mode, expected) in
            [(Mode::Observed, Mode::Observed), (Mode::Enforced, Mode::Enforced), (Mode::Observed, Mode::Enforced)]
        {
            let opening = Opening { plugin: &plugin, about: Some(person(1)), ground: None, quotes: Vec::new(), mode };
            ledger.open_or_join(opening, at(0));
            assert_eq!(ledger.get(1).unwrap().mode, expected);
        }
    }

    proptest! {
        #[test]
        fn numbers_rise_and_the_open_ones_are_bounded(steps in prop::collection::vec((0_u64..300, 0_i64..200), 1..500)) {
            let (mut ledger, mut now, mut last) = (Ledger::default(), 0, 0);
            for (who, step) in steps {
                now += step;
                let opened = join(&mut ledger, who, now);
                if opened.is_new {
                    prop_assert_eq!(opened.number, last + 1);
                    last = opened.number;
                }
                prop_assert!(ledger.get(opened.number).is_some());
                prop_assert!(ledger.open.len() <= MAX_OPEN);
            }
        }
    }
}
