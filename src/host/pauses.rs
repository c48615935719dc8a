//! Plugins that fail again and again rest for a while, so that their faults do not bury everything else.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domovoi_plugin::{Manifest, PluginName, Power, Text, Timestamp};
use tracing::error;

use super::{
    core::{Host, OWN_NAME},
    lua::bundled,
};

/// So many faults ...
const FAULTS: usize = 10;
/// ... within this time, and a plugin rests.
const WITHIN: Duration = Duration::from_secs(60);
/// For so long at first; twice as long each further time.
const REST: Duration = Duration::from_secs(300);
/// The longest rest.
const LONGEST: Duration = Duration::from_secs(6 * 3600);
/// After so long without a rest the next one is short again.
const FORGIVEN_AFTER: Duration = Duration::from_secs(24 * 3600);

/// By which a plugin in Rust keeps order.
const KEEPS_ORDER: [Power; 6] =
    [Power::Kick, Power::Voice, Power::Ban, Power::Affiliation, Power::Moderate, Power::RoomConfig];

/// What becomes of a plugin that fails again and again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Manner {
    /// It is left alone for a while.
    Rests,
    /// It is asked all the same, and owners are told.
    GoesOn,
}

impl Manner {
    /// What came with the program in Rust and keeps order goes on, and so does the host itself: each fault is contained,
    /// and costs one event or one command. Resting would cost all of them: a flood that makes the guard fail ten times
    /// would buy itself a room without a guard, and moderators would lose their commands when they need them most.
    fn of(manifest: &Manifest) -> Self {
        let name = &manifest.name;
        let is_rust = manifest.is_bundled && !bundled::has(name);
        let keeps_order = name.as_str() == OWN_NAME || KEEPS_ORDER.iter().any(|it| manifest.powers.contains(it));
        if is_rust && keeps_order { Self::GoesOn } else { Self::Rests }
    }
}

#[derive(Debug, Default)]
struct Record {
    faults: VecDeque<Timestamp>,
    n_rests: u32,
    until: Timestamp,
    /// Whether it only is not spoken of again until then.
    goes_on: bool,
}

/// Who failed lately, and who rests.
#[derive(Debug, Default)]
pub(super) struct Pauses(Mutex<BTreeMap<PluginName, Record>>);

impl Pauses {
    /// A plugin failed; if this was one too many, gives how long it rests, or is not spoken of again.
    fn failed(&self, plugin: &PluginName, manner: Manner, now: Timestamp) -> Option<Duration> {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let it = records.entry(plugin.clone()).or_default();
        it.goes_on = manner == Manner::GoesOn;
        it.faults.retain(|at| now.since(*at) < WITHIN);
        it.faults.push_back(now);
        if it.faults.len() < FAULTS || now < it.until {
            return None;
        }
        it.faults.clear();
        if FORGIVEN_AFTER < now.since(it.until) {
            it.n_rests = 0;
        }
        let rest = REST.saturating_mul(1_u32.checked_shl(it.n_rests).unwrap_or(u32::MAX)).min(LONGEST);
        it.n_rests += 1;
        it.until = now + rest;
        Some(rest)
    }

    /// How long a plugin rests yet, if it does.
    pub(super) fn rest(&self, plugin: &PluginName, now: Timestamp) -> Option<Duration> {
        let records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let record = records.get(plugin).filter(|it| !it.goes_on);
        record.map(|it| it.until.since(now)).filter(|it| !it.is_zero())
    }

    /// A new version begins with a clean slate.
    pub(super) fn clear(&self, plugin: &PluginName) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(plugin);
    }
}

impl Host {
    /// Counts a fault of a plugin; an owner is told when there were too many, and whether it rests for that.
    pub(super) fn note_failure(&self, plugin: &PluginName) {
        let Some(installed) = self.installed(plugin) else { return };
        let manner = Manner::of(&installed.manifest);
        let Some(rest) = self.pauses.failed(plugin, manner, self.clock.now()) else { return };
        let key = match manner {
            Manner::Rests => {
                // Its guards are not asked while it rests: rooms make their chains anew.
                self.live.touch();
                "notice-rests"
            }
            Manner::GoesOn => {
                error!(%plugin, "failed ten times in a minute, and goes on since it keeps order");
                "notice-goes-on"
            }
        };
        self.tell_owner(Text::key(key).with("plugin", plugin.as_str()).with("span", Text::span(rest)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_faults_a_minute_are_a_rest_and_each_is_longer() {
        let pauses = Pauses::default();
        let plugin = PluginName::new("dice").unwrap();
        let mut now = Timestamp::from_millis(1_000_000);
        for _ in 0..50 {
            now = now + Duration::from_secs(7);
            assert_eq!(pauses.failed(&plugin, Manner::Rests, now), None, "eight a minute");
        }
        let fail_on = |mut now: Timestamp| {
            let mut rest = None;
            for _ in 0..FAULTS {
                now = now + Duration::from_secs(1);
                rest = rest.or(pauses.failed(&plugin, Manner::Rests, now));
            }
            (rest, now)
        };
        let (rest, at) = fail_on(now + WITHIN);
        assert_eq!(rest, Some(REST));
        assert_eq!(pauses.rest(&plugin, at + REST), None);
        assert!(pauses.rest(&plugin, at).is_some());
        let (rest, at) = fail_on(at + REST);
        assert_eq!(rest, Some(2 * REST));
        let (rest, _) = fail_on(at + FORGIVEN_AFTER + LONGEST);
        assert_eq!(rest, Some(REST), "a quiet day is enough");
    }
}
