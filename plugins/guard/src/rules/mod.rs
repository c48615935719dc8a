//! The rules, one a file: each looks at what someone did lately and says how much speaks against it. None decides.

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(crate) mod churn;
pub(crate) mod rate;
pub(crate) mod repeat;
pub(crate) mod size;

/// A rule, by its name in records, metrics and settings.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rule {
    /// Too many messages in too little time.
    Rate,
    /// The same text again and again.
    Repeat,
    /// Walls of text, and text made to push others off the screen.
    Size,
    /// Too many comings, goings, nicks, statuses, reactions or edits.
    Churn,
}

impl Rule {
    /// Its name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Repeat => "repeat",
            Self::Size => "size",
            Self::Churn => "churn",
        }
    }

    /// After which time half of its points are forgiven: a minute for pace, ten for what was said.
    pub(crate) const fn half_life(self) -> Duration {
        match self {
            Self::Rate | Self::Churn => Duration::from_secs(60),
            Self::Repeat | Self::Size => Duration::from_secs(600),
        }
    }
}

/// What a rule has against what was just done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Hit {
    /// Which rule.
    pub(crate) rule: Rule,
    /// How many points, before trust weighs them.
    pub(crate) points: u32,
    /// The reason, a key of the Fluent files with the argument `n`.
    pub(crate) reason: &'static str,
    /// How many of whatever is counted.
    pub(crate) n: u32,
}
