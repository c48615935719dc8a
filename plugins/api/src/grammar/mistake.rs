//! What is wrong with a command, and what came of an action, as texts for people.
//!
//! The keys are those of `locales/` of this crate, complete in English and Russian.

use std::time::Duration;

use super::{
    Refusal,
    usage::{example_in, shows_more, usage_text},
};
use crate::{ActError, ArgKind, CommandSpec, Level, OptionKind, Outcome, Text, format_duration};

/// What is wrong with the arguments of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// An argument is not there.
    Missing {
        /// Its name.
        arg: &'static str,
        /// What it may be.
        kind: ArgKind,
    },
    /// Nobody here or gone lately has this nick, and it is no JID.
    Nobody {
        /// What was given.
        given: String,
        /// A nick here that looks like it.
        near: Option<String>,
    },
    /// Someone, but not someone who is here.
    NotHere {
        /// Who.
        given: String,
    },
    /// Several nicks here differ from it in the case of letters only.
    Ambiguous {
        /// What was given.
        given: String,
    },
    /// No JID.
    NotJid {
        /// What was given.
        given: String,
    },
    /// No span.
    NotSpan {
        /// What was given.
        given: String,
    },
    /// No whole number, or not within the bounds.
    NotNumber {
        /// What was given.
        given: String,
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// None of the choices.
    NotChoice {
        /// What was given.
        given: String,
        /// The choices.
        choices: &'static [&'static str],
    },
    /// More people than one command may name.
    TooMany {
        /// How many it may name.
        max: usize,
    },
    /// More than the command takes.
    TooMuch {
        /// What is too much.
        given: String,
    },
    /// Longer than any command.
    TooLong,
}

impl Mistake {
    /// What is wrong, in one sentence.
    #[must_use]
    pub fn text(&self) -> Text {
        let given = |key: &'static str, given: &str| Text::key(key).with("given", given);
        match self {
            Self::Missing { arg, kind } => {
                let name = Text::key(format!("arg-{arg}"));
                Text::key("mistake-missing").with("arg", name).with("kind", Text::key(kind_key(*kind)))
            }
            Self::Nobody { given: nick, near: None } => given("mistake-nobody", nick),
            Self::Nobody { given: nick, near: Some(near) } => {
                given("mistake-nobody-near", nick).with("near", near.as_str())
            }
            Self::NotHere { given: who } => given("mistake-not-here", who),
            Self::Ambiguous { given: nick } => given("mistake-ambiguous", nick),
            Self::NotJid { given: jid } => given("mistake-jid", jid),
            Self::NotSpan { given: span } => given("mistake-span", span),
            Self::NotNumber { given: number, min, max: i64::MAX } => {
                given("mistake-number-from", number).with("min", min.to_string())
            }
            Self::NotNumber { given: number, min, max } => {
                given("mistake-number", number).with("min", min.to_string()).with("max", max.to_string())
            }
            Self::NotChoice { given: choice, choices } => {
                given("mistake-choice", choice).with("choices", choices.join(", "))
            }
            Self::TooMany { max } => Text::key("mistake-too-many").with("max", max.to_string()),
            Self::TooMuch { given: rest } => given("mistake-too-much", rest),
            Self::TooLong => Text::key("mistake-too-long"),
        }
    }

    /// What is wrong, and how the command is given.
    #[must_use]
    pub fn answer(&self, spec: &CommandSpec, lang: &str) -> Text {
        let key = if shows_more(spec) { "usage" } else { "usage-alone" };
        let usage = Text::key(key).with("usage", usage_text(spec, lang)).with("example", example_in(spec, lang));
        Text::Lines(vec![self.text(), usage])
    }
}

const fn kind_key(kind: ArgKind) -> &'static str {
    match kind {
        ArgKind::Who => "kind-who",
        ArgKind::Several => "kind-several",
        ArgKind::Nick => "kind-nick",
        ArgKind::Jid => "kind-jid",
        ArgKind::Duration => "kind-span",
        ArgKind::Number { .. } => "kind-number",
        ArgKind::Choice(_) => "kind-choice",
        ArgKind::Word | ArgKind::Rest => "kind-words",
    }
}

/// What an option may be.
#[must_use]
pub fn option_text(kind: &OptionKind) -> Text {
    let span = |seconds: u64| format_duration(Duration::from_secs(seconds));
    match kind {
        OptionKind::Flag => Text::key("option-flag"),
        OptionKind::Number { min: i64::MIN, max: i64::MAX } => Text::key("option-number"),
        OptionKind::Number { min, max } => {
            Text::key("option-number-within").with("min", min.to_string()).with("max", max.to_string())
        }
        OptionKind::Span { min_seconds, max_seconds } => {
            Text::key("option-span").with("min", span(*min_seconds)).with("max", span(*max_seconds))
        }
        OptionKind::Words { max_chars } => Text::key("option-words").with("max", max_chars.to_string()),
        OptionKind::Choice(choices) => Text::key("option-choice").with("choices", choices.join(", ")),
        OptionKind::Several(choices) => Text::key("option-several").with("choices", choices.join(", ")),
        OptionKind::Secret => Text::key("option-secret"),
    }
}

/// The name of the lowest known level that is not below this one.
#[must_use]
pub fn level_text(level: Level) -> Text {
    Text::key(format!("level-{}", level.name().replace(' ', "-")))
}

impl Refusal {
    /// What is refused and what it would take; empty for someone whose commands are not heard.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Ignored => Text::empty(),
            Self::Level { needed } => {
                Text::key("refusal-level").with("needed", level_text(*needed)).with("number", needed.0)
            }
            Self::DirectOnly => Text::key("refusal-direct-only"),
            Self::NeedsRoom => Text::key("refusal-needs-room"),
        }
    }
}

/// What came of an action, as a word to stand after a name.
#[must_use]
pub fn outcome_text(outcome: Outcome) -> Text {
    Text::key(match outcome {
        Outcome::Done | Outcome::Said(_) => "outcome-done",
        Outcome::Already => "outcome-already",
        Outcome::Observed => "outcome-observed",
        Outcome::AtReturn => "outcome-at-return",
    })
}

/// Why an action was not done, in one sentence.
#[must_use]
pub fn act_error_text(error: &ActError) -> Text {
    let nick = |key: &'static str, nick: &str| Text::key(key).with("nick", nick);
    match error {
        ActError::NotGranted(power) => Text::key("act-not-granted").with("power", power.as_str()),
        ActError::TooLow { needed } => Text::key("act-too-low").with("needed", rank_text(needed)),
        ActError::AskerTooLow { needed } => Text::key("act-asker-too-low").with("needed", rank_text(needed)),
        ActError::Above { what: "the bot itself", .. } | ActError::Myself => Text::key("act-myself"),
        ActError::Above { nick: who, what: "spared" } => nick("act-spared", who),
        ActError::Above { nick: who, what } => nick("act-above", who).with("what", rank_text(what)),
        ActError::Gone { nick: who } => nick("act-gone", who),
        ActError::NoJid { nick: who } => nick("act-no-jid", who),
        ActError::NotOurs => Text::key("act-not-ours"),
        ActError::Unsupported => Text::key("act-unsupported"),
        ActError::Refused { condition } => {
            let word = |c: &char| c.is_ascii_lowercase() || *c == '-';
            let name: String = condition.chars().take_while(word).collect();
            Text::key("act-refused").with("name", name).with("condition", condition.as_str())
        }
        ActError::NoAnswer => Text::key("act-no-answer"),
        ActError::NotInRoom => Text::key("act-not-in-room"),
        ActError::Busy => Text::key("act-busy"),
    }
}

/// The same for what an [`ActError`] says of itself, as it is written down; `None` if these are no such words.
#[must_use]
pub fn act_failure_text(words: &str) -> Option<Text> {
    let between = |before: &str, after: &str| words.strip_prefix(before)?.strip_suffix(after);
    let ranked = |key: &'static str, word: &str| Text::key(key).with("needed", rank_text(word));
    let fixed = [ActError::Myself, ActError::NotOurs, ActError::Unsupported, ActError::NoAnswer, ActError::NotInRoom];
    if let Some(error) = fixed.iter().chain([&ActError::Busy]).find(|it| it.to_string() == words) {
        return Some(act_error_text(error));
    }
    if let Some(condition) = between("the server refused: ", "") {
        return Some(act_error_text(&ActError::Refused { condition: condition.to_owned() }));
    }
    if let Some(needed) = between("I would have to be ", " in this room") {
        return Some(ranked("act-too-low", needed));
    }
    if let Some(needed) = between("you would have to be ", " in this room") {
        return Some(ranked("act-asker-too-low", needed));
    }
    if let Some(power) = between("the plugin was not given the power `", "`") {
        return Some(Text::key("act-not-granted").with("power", power));
    }
    let (key, who) = match between("", " is not here any more") {
        Some(who) => ("act-gone", who),
        None => match between("I do not know the address of ", "") {
            Some(who) => ("act-no-jid", who),
            None => return above_text(between("", " and cannot be touched")?),
        },
    };
    Some(Text::key(key).with("nick", who))
}

/// `alice is an owner`.
fn above_text(words: &str) -> Option<Text> {
    let (nick, what) = words.rsplit_once(" is ")?;
    Some(match what {
        "the bot itself" => Text::key("act-myself"),
        "spared" => Text::key("act-spared").with("nick", nick),
        what => Text::key("act-above").with("nick", nick).with("what", rank_text(what)),
    })
}

/// A role, an affiliation or a level by its English word, with or without an article.
fn rank_text(word: &str) -> Text {
    let word = word.strip_prefix("an ").or_else(|| word.strip_prefix("a ")).unwrap_or(word);
    Text::key(format!("level-{}", word.replace(' ', "-")))
}
