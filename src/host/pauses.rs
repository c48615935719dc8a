//! Plugins that fail again and again rest for a while, so that their faults do not bury everything else.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domovoi_plugin::{PluginName, Text, Timestamp};

use super::{core::Host, lua::bundled};

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

#[derive(Debug, Default)]
struct Record {
    faults: VecDeque<Timestamp>,
    n_rests: u32,
    until: Timestamp,
}

/// Who failed lately, and who rests.
#[derive(Debug, Default)]
pub(super) struct Pauses(Mutex<BTreeMap<PluginName, Record>>);

impl Pauses {
    /// A plugin failed; gives how long it rests if this was one too many.
    fn failed(&self, plugin: &PluginName, now: Timestamp) -> Option<Duration> {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let it = records.entry(plugin.clone()).or_default();
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
        records.get(plugin).map(|it| it.until.since(now)).filter(|it| !it.is_zero())
    }

    /// A new version begins with a clean slate.
    pub(super) fn clear(&self, plugin: &PluginName) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(plugin);
    }
}

impl Host {
    /// Counts a fault of a plugin; an owner is told when it is put to rest. What came with the program in Rust never
    /// rests: rooms are not left without their guard, nor people without what could turn it on again.
    pub(super) fn note_failure(&self, plugin: &PluginName) {
        if self.installed(plugin).is_none_or(|it| it.manifest.is_bundled && !bundled::has(plugin)) {
            return;
        }
        if let Some(rest) = self.pauses.failed(plugin, self.clock.now()) {
            // Its guards are not asked while it rests: rooms make their chains anew.
            self.live.touch();
            self.tell_owner(Text::key("notice-rests").with("plugin", plugin.as_str()).with("span", Text::span(rest)));
        }
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
            assert_eq!(pauses.failed(&plugin, now), None, "eight a minute");
        }
        let fail_on = |mut now: Timestamp| {
            let mut rest = None;
            for _ in 0..FAULTS {
                now = now + Duration::from_secs(1);
                rest = rest.or(pauses.failed(&plugin, now));
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
