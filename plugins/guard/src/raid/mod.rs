//! Raid mode: the room as a whole is under attack, and strangers lose their voice before they use it.
//!
//! `past` is what the room is used to, `wave` the signs of a raid, `before` whose talk it would be, `gate` the question by which a person tells themself
//! from a script, `quarantine` the domains they come from, `watch` what all this means for the room's people. The
//! reacting half changes the room's form and asks the questions; here is nothing that waits.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

use domovoi_plugin::{Identity, Timestamp};
use serde::{Deserialize, Serialize};

mod before;
pub(crate) mod command;
mod form;
pub(crate) mod gate;
mod pairs;
mod past;
pub(crate) mod quarantine;
mod questions;
pub(crate) mod react;
mod watch;
pub(crate) mod wave;

pub(crate) use watch::GateMode;

use self::{
    gate::Gate,
    quarantine::Quarantine,
    wave::{Mark, Sign, Wave},
};
use crate::undo::Undone;

/// For how long strangers are muted at a time; whoever is still hushed then is muted again.
pub(crate) const HUSH: Duration = Duration::from_secs(900);
/// So long without a sign, and the raid is over.
const QUIET: Duration = Duration::from_secs(900);
/// No raid lasts longer; whoever owns the room decides what then.
const LONGEST: Duration = Duration::from_secs(6 * 3_600);
/// People hushed at once that are remembered.
const MOST_HUSHED: usize = 2_048;

/// A raid under way, in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Under {
    /// Since when.
    since: i64,
    /// The last sign of it.
    sign: i64,
    /// Whether anything is done about it, and it is not only observed.
    #[serde(rename = "a", default = "yes")]
    is_answered: bool,
}

const fn yes() -> bool {
    true
}

/// Everything about raids that a room remembers.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Alarm {
    /// Signs.
    #[serde(rename = "w")]
    pub(crate) wave: Wave,
    /// Who waits at the gate.
    #[serde(rename = "g")]
    pub(crate) gate: Gate,
    /// Domains.
    #[serde(rename = "q")]
    pub(crate) quarantine: Quarantine,
    #[serde(rename = "u", skip_serializing_if = "Option::is_none")]
    under: Option<Under>,
    /// Who was hushed, and under which nick.
    #[serde(rename = "h", skip_serializing_if = "BTreeMap::is_empty", with = "pairs")]
    hushed: BTreeMap<Identity, domovoi_plugin::Nick>,
}

/// How a raid ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// It was quiet for long enough.
    Quiet,
    /// It went on for too long to be left to a machine.
    TooLong,
    /// A person said that it is none.
    Undone,
    /// The guard was told to act from now on, or not to act any more.
    SetAnew,
}

impl Alarm {
    /// Whether the room is under attack.
    pub(crate) const fn is_on(&self) -> bool {
        self.under.is_some()
    }

    /// A sign of a raid; gives whether it begins with this. `is_answered`: whether anything is done about it.
    fn sign(&mut self, now: Timestamp, is_answered: bool) -> bool {
        let now = now.as_millis();
        let is_new = self.under.is_none();
        let under = self.under.get_or_insert(Under { since: now, sign: now, is_answered });
        under.sign = now;
        is_new
    }

    /// How it stands, for people: since when a raid is on, who is without voice, which domains are closed.
    pub(crate) fn told(&self, now: Timestamp) -> serde_json::Value {
        serde_json::json!({
            "raid": self.under.map(|it| it.since),
            "hushed": self.hushed.len(),
            "closed": self.quarantine.closed_now(now),
        })
    }

    /// Whether anything that the guard did about many at once is still in force.
    pub(crate) fn is_armed(&self) -> bool {
        !self.hushed.is_empty() || self.under.is_some_and(|it| it.is_answered)
    }

    /// The guard acts from now on, or not any more; gives whether a raid is over with that.
    fn set_anew(&mut self, acts: bool) -> bool {
        self.under.take_if(|it| it.is_answered != acts).is_some()
    }

    /// Another offence, or another stranger at the door, while it lasts.
    fn goes_on(&mut self, now: Timestamp) {
        if let Some(under) = &mut self.under {
            under.sign = now.as_millis();
        }
    }

    /// Whether nothing is under way that ends with time alone. Who came or was lost lately is looked at by when that was.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.under.is_none() && self.wave.is_at_rest() && self.gate.is_empty() && self.quarantine.is_empty()
    }

    /// Time went on; gives how the raid ended, if it did.
    fn tick(&mut self, now: Timestamp) -> Option<End> {
        self.wave.tick(now);
        self.gate.tick(now);
        self.quarantine.tick(now);
        let under = self.under?;
        let since = |at: i64| now.since(Timestamp::from_millis(at));
        let end = if LONGEST <= since(under.since) {
            End::TooLong
        } else if QUIET <= since(under.sign) {
            End::Quiet
        } else {
            return None;
        };
        self.under = None;
        Some(end)
    }

    /// A person took an incident back; gives whether a raid is over with that.
    fn undo(&mut self, undone: &Undone) -> bool {
        for identity in &undone.people {
            self.gate.forget(identity);
            self.hushed.remove(identity);
        }
        let marks: Vec<Mark> = undone.people.iter().map(mark).collect();
        self.wave.forgive(&marks);
        self.quarantine.forgive(&marks);
        if !undone.is_raid {
            return false;
        }
        self.quarantine.reopen(undone.since);
        self.under.take_if(|it| undone.since.as_millis() <= it.sign).is_some()
    }

    fn hush(&mut self, identity: &Identity, nick: &domovoi_plugin::Nick) {
        if self.hushed.len() < MOST_HUSHED {
            self.hushed.insert(identity.clone(), nick.clone());
        }
    }

    /// Makes what was read from outside obey its bounds.
    pub(crate) fn sane(mut self) -> Self {
        while MOST_HUSHED < self.hushed.len() {
            self.hushed.pop_last();
        }
        Self { wave: self.wave.sane(), gate: self.gate.sane(), quarantine: self.quarantine.sane(), ..self }
    }
}

/// Someone, as the wave remembers them.
pub(crate) fn mark(identity: &Identity) -> Mark {
    let mut hasher = DefaultHasher::new();
    identity.hash(&mut hasher);
    hasher.finish()
}

/// How many people a sign is about.
fn count(sign: Sign) -> u32 {
    match sign {
        Sign::Offences(n) | Sign::Chorus(n) => u32::try_from(n).unwrap_or(u32::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: i64) -> Timestamp {
        Timestamp::from_millis(n * 1_000)
    }

    #[test]
    fn a_raid_ends_after_a_quiet_quarter_of_an_hour() {
        let mut alarm = Alarm::default();
        assert!(alarm.sign(second(0), true));
        assert!(!alarm.sign(second(10), true), "it goes on");
        assert_eq!(alarm.tick(second(900)), None);
        assert_eq!(alarm.tick(second(910)), Some(End::Quiet));
        assert_eq!(alarm.tick(second(911)), None);
        assert!(!alarm.is_on());
    }

    #[test]
    fn no_raid_lasts_for_ever() {
        let mut alarm = Alarm::default();
        alarm.sign(second(0), true);
        let ends: Vec<_> = (1..=400)
            .filter_map(|n| {
                alarm.goes_on(second(n * 60));
                alarm.tick(second(n * 60)).map(|it| (n, it))
            })
            .collect();
        assert_eq!(ends, [(360, End::TooLong)]);
    }

    #[test]
    fn a_raid_survives_a_restart() {
        let mut alarm = Alarm::default();
        alarm.sign(second(0), true);
        let again: Alarm = serde_json::from_str(&serde_json::to_string(&alarm).unwrap()).unwrap();
        assert!(again.sane().is_on());
    }
}
