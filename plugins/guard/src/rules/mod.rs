//! The rules, one a file: each looks at what someone did lately and says how much speaks against it. None decides.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{Text, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    preset::Limits,
    text::Look,
    trust::{Trust, Width},
};

pub(crate) mod churn;
pub(crate) mod command;
pub(crate) mod contact;
pub(crate) mod crowd;
pub(crate) mod edit;
pub(crate) mod hidden;
pub(crate) mod link;
pub(crate) mod media;
pub(crate) mod mentions;
pub(crate) mod nick;
#[cfg(test)]
mod property;
pub(crate) mod quotes;
pub(crate) mod rate;
pub(crate) mod reaction;
pub(crate) mod removed;
pub(crate) mod repeat;
pub(crate) mod size;
pub(crate) mod spread;
pub(crate) mod status;
pub(crate) mod wave;

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
    /// The same text from several people who came just now.
    Crowd,
    /// What was taken back here before, said again.
    Removed,
    /// First words that lead away.
    Link,
    /// The same address, number or link again and again.
    Contact,
    /// An edit that makes something else of what was said.
    Edit,
    /// Writing that hides what it says.
    Hidden,
    /// Many people called at once.
    Mentions,
    /// Pictures without a word.
    Media,
    /// Text spread letter by letter.
    Spread,
    /// Other people's words thrown back.
    Quotes,
    /// Commands to bots used as a flood.
    Command,
    /// Nicks that advertise, hide something or pass for somebody else's.
    Nick,
    /// Statuses and subjects that advertise.
    Status,
    /// Reactions that are text.
    Reaction,
    /// Someone who looks like many others that came just now.
    Wave,
}

impl Rule {
    /// All of them.
    pub(crate) const ALL: &[Self] = &[
        Self::Rate,
        Self::Repeat,
        Self::Size,
        Self::Churn,
        Self::Words,
        Self::Own,
        Self::Block,
        Self::Campaign,
        Self::Report,
        Self::Account,
        Self::Crowd,
        Self::Removed,
        Self::Link,
        Self::Contact,
        Self::Edit,
        Self::Hidden,
        Self::Mentions,
        Self::Media,
        Self::Spread,
        Self::Quotes,
        Self::Command,
        Self::Nick,
        Self::Status,
        Self::Reaction,
        Self::Wave,
    ];

    /// The names of all of them.
    #[expect(clippy::indexing_slicing, reason = "a constant: an index out of bounds would not compile")]
    pub(crate) const NAMES: [&str; Self::ALL.len()] = {
        let mut names = [""; Self::ALL.len()];
        let mut n = 0;
        while n < names.len() {
            names[n] = Self::ALL[n].as_str();
            n += 1;
        }
        names
    };

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
            Self::Crowd => "crowd",
            Self::Removed => "removed",
            Self::Link => "link",
            Self::Contact => "contact",
            Self::Edit => "edit",
            Self::Hidden => "hidden",
            Self::Mentions => "mentions",
            Self::Media => "media",
            Self::Spread => "spread",
            Self::Quotes => "quotes",
            Self::Command => "command",
            Self::Nick => "nick",
            Self::Status => "status",
            Self::Reaction => "reaction",
            Self::Wave => "wave",
        }
    }

    /// After which time half of its points are forgiven: a minute for pace, ten for what was said.
    pub(crate) const fn half_life(self) -> Duration {
        match self {
            Self::Rate | Self::Churn | Self::Command | Self::Media | Self::Spread => Duration::from_secs(60),
            Self::Repeat
            | Self::Size
            | Self::Words
            | Self::Own
            | Self::Campaign
            | Self::Report
            | Self::Crowd
            | Self::Removed
            | Self::Link
            | Self::Contact
            | Self::Edit
            | Self::Hidden
            | Self::Mentions
            | Self::Quotes
            | Self::Nick
            | Self::Status
            | Self::Reaction
            | Self::Wave => Duration::from_secs(600),
            // What others know of someone does not pass by itself so soon.
            Self::Block | Self::Account => Duration::from_secs(3_600),
        }
    }

    /// Whether it is about what was said rather than how often: whatever it has taken back, nobody else need say.
    pub(crate) const fn is_about_text(self) -> bool {
        match self {
            Self::Repeat
            | Self::Crowd
            | Self::Removed
            | Self::Contact
            | Self::Edit
            | Self::Words
            | Self::Own
            | Self::Campaign => true,
            Self::Rate
            | Self::Size
            | Self::Churn
            | Self::Link
            | Self::Hidden
            | Self::Mentions
            | Self::Media
            | Self::Spread
            | Self::Quotes
            | Self::Command
            | Self::Nick
            | Self::Status
            | Self::Reaction
            | Self::Wave
            | Self::Block
            | Self::Report
            | Self::Account => false,
        }
    }
}

/// Some of the rules, as an owner names them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct RuleSet(u64);

impl RuleSet {
    /// Those whose names are among these words; the settings take no others.
    pub(crate) fn named(words: &str) -> Self {
        let words: Vec<&str> = words.split([' ', ',']).collect();
        let named = Rule::ALL.iter().filter(|it| words.contains(&it.as_str()));
        Self(named.fold(0, |set, it| set | 1 << (*it as u8)))
    }

    /// Whether a rule is among them.
    pub(crate) const fn has(self, rule: Rule) -> bool {
        self.0 & 1 << (rule as u8) != 0
    }
}

/// Something said, with all that rules may know about it and its author.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Speech<'a> {
    /// What it looks like.
    pub(crate) look: &'a Look<'a>,
    /// How well the author is known.
    pub(crate) trust: Trust,
    /// How many messages of theirs nothing was held against.
    pub(crate) n_clean: u32,
    /// How wide limits are for them.
    pub(crate) width: Width,
    /// Whether somebody else has just asked for it: a bot, or whoever knows.
    pub(crate) is_asked: bool,
    /// Whether somebody else has called them by name lately: whoever advertises is not spoken to.
    pub(crate) is_addressed: bool,
    /// Whether it leads only to sites that people name who talk here.
    pub(crate) is_at_home: bool,
    /// How long they have been here in this stay.
    pub(crate) here: Duration,
    /// What the room bears.
    pub(crate) limits: &'a Limits,
    /// When.
    pub(crate) now: Timestamp,
}

/// Whoever has said so few clean things is not known for anything yet.
pub(crate) const FEW_CLEAN: u32 = 5;

impl Speech<'_> {
    /// Whether these are among the first words of someone, however long ago they came: sleepers wait.
    pub(crate) fn is_fresh(&self) -> bool {
        !self.trust.is_known() && self.n_clean <= FEW_CLEAN
    }

    /// Whether it asks something.
    pub(crate) fn is_question(&self) -> bool {
        self.look.is_question()
    }

    /// Whether a copy of it counts as an advert said again: among first words, and of the author's own accord.
    pub(crate) fn is_volunteered(&self) -> bool {
        self.is_fresh() && !self.is_asked
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

/// What rules are tried on in tests.
#[cfg(test)]
pub(crate) mod trial {
    use super::*;
    use crate::preset::Preset;

    /// Calls `check` with a speech of this text by such an author.
    pub(crate) fn speech<T>(text: &str, trust: Trust, n_clean: u32, check: impl FnOnce(&Speech<'_>) -> T) -> T {
        let (look, limits) = (Look::text(text), Preset::Public.limits());
        let (here, now) = (Duration::from_secs(5), Timestamp::from_millis(0));
        let width = Width::new(trust, n_clean, 0);
        let (is_asked, is_addressed, is_at_home) = (false, false, false);
        let limits = &limits;
        check(&Speech { look: &look, trust, n_clean, width, is_asked, is_addressed, is_at_home, here, limits, now })
    }
}
