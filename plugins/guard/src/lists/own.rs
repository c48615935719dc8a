//! Rules that owners of rooms wrote, ready to be asked.

use std::{collections::BTreeMap, sync::Arc};

use domovoi_plugin::{RoomJid, Timestamp};

use super::{
    condition::{Condition, Facts},
    deed::Deed,
};

/// Rules of one room at most.
pub(crate) const MOST_RULES: usize = 100;

/// Whether a rule acts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// It acts.
    #[default]
    On,
    /// It is watched only.
    Observe,
    /// It is not asked.
    Off,
}

impl Mode {
    /// The word for it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Observe => "observe",
            Self::Off => "off",
        }
    }
}

/// A rule.
#[derive(Clone, Debug)]
pub(crate) struct OwnRule {
    /// Its name.
    pub(crate) name: Arc<str>,
    /// When it hits.
    pub(crate) condition: Condition,
    /// What it leads to.
    pub(crate) deed: Deed,
    /// Until when it holds.
    pub(crate) until: Option<Timestamp>,
    /// Whether it acts.
    pub(crate) mode: Mode,
}

impl OwnRule {
    /// Whether it hits.
    pub(crate) fn hits(&self, facts: &Facts<'_>, now: Timestamp) -> bool {
        let is_asked = self.mode != Mode::Off && self.until.is_none_or(|until| now < until);
        is_asked && self.condition.holds(facts) == Some(true)
    }
}

/// The rules of each room.
pub(crate) type OwnRules = BTreeMap<RoomJid, Vec<OwnRule>>;
