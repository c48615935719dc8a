//! The rules, one a file: each looks at what someone did lately and says how much speaks against it. None decides.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::Text;
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
    /// Words, phrases and patterns that a room does not want.
    Words,
    /// Rules that owners of the room wrote.
    Own,
    /// Block lists of others.
    Block,
    /// What was taken back in another room of this bot.
    Campaign,
    /// What members report.
    Report,
    /// What their server says of their account.
    Account,
}

impl Rule {
    /// Its name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Repeat => "repeat",
            Self::Size => "size",
            Self::Churn => "churn",
            Self::Words => "words",
            Self::Own => "own",
            Self::Block => "block",
            Self::Campaign => "campaign",
            Self::Report => "report",
            Self::Account => "account",
        }
    }

    /// After which time half of its points are forgiven: a minute for pace, ten for what was said.
    pub(crate) const fn half_life(self) -> Duration {
        match self {
            Self::Rate | Self::Churn => Duration::from_secs(60),
            Self::Repeat | Self::Size | Self::Words | Self::Own | Self::Campaign | Self::Report => {
                Duration::from_secs(600)
            }
            // What others know of someone does not pass by itself so soon.
            Self::Block | Self::Account => Duration::from_secs(3_600),
        }
    }
}

/// What a rule has against what was just done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Hit {
    /// Which rule.
    pub(crate) rule: Rule,
    /// How many points, before trust weighs them.
    pub(crate) points: u32,
    /// The reason, a key of the Fluent files with the argument `n`.
    pub(crate) reason: &'static str,
    /// How many of whatever is counted.
    pub(crate) n: u32,
    /// Which entry of a list or which rule of an owner; the argument `name` of the reason.
    pub(crate) name: Option<Arc<str>>,
}

impl Hit {
    /// A hit of a rule that has no entries.
    pub(crate) fn new(rule: Rule, points: u32, reason: &'static str, n: usize) -> Self {
        Self { rule, points, reason, n: u32::try_from(n).unwrap_or(u32::MAX), name: None }
    }

    /// Why, in words.
    pub(crate) fn text(&self) -> Text {
        let text = Text::key(self.reason).with("n", self.n);
        match &self.name {
            Some(name) => text.with("name", &**name),
            None => text,
        }
    }
}
