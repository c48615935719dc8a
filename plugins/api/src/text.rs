//! Text for people: a key and its arguments, put into words by the host in the reader's language.

use std::{borrow::Cow, time::Duration};

use serde::{Deserialize, Serialize};

/// A text by its key in the Fluent files, with arguments; or plain words that are nobody's to translate.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Text {
    /// A message of the plugin's (else of the engine's) Fluent files.
    Key {
        /// The message's id.
        key: Cow<'static, str>,
        /// Its arguments.
        args: Vec<(Cow<'static, str>, Value)>,
    },
    /// As it is.
    Plain(String),
    /// Several, one a line.
    Lines(Vec<Text>),
    /// Several, with a blank between.
    Joined(Vec<Text>),
}

/// An argument of a text.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A number, for plurals.
    Number(f64),
    /// Words.
    Words(String),
    /// A text of its own, translated first.
    Text(Box<Text>),
}

impl Text {
    /// The message with this id.
    #[must_use]
    pub fn key(key: impl Into<Cow<'static, str>>) -> Self {
        Self::Key { key: key.into(), args: Vec::new() }
    }

    /// Words as they are.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        Self::Plain(text.into())
    }

    /// A span in its two largest units, to the nearest of the smaller one: `2 hours 5 minutes`.
    #[must_use]
    pub fn span(span: Duration) -> Self {
        const UNITS: [(&str, u64); 4] =
            [("span-days", 86_400), ("span-hours", 3_600), ("span-minutes", 60), ("span-seconds", 1)];
        let mut rest = rounded(span);
        let mut parts = Vec::new();
        for (key, size) in UNITS {
            // A hundred years have fewer days than a u32 holds.
            let n = u32::try_from(rest / size).unwrap_or(u32::MAX);
            rest %= size;
            let is_last = key == "span-seconds" && parts.is_empty();
            if (0 < n || is_last) && parts.len() < 2 {
                parts.push(Self::key(key).with("n", n));
            } else if !parts.is_empty() {
                break;
            }
        }
        Self::Joined(parts)
    }

    /// Nothing.
    #[must_use]
    pub const fn empty() -> Self {
        Self::Plain(String::new())
    }

    /// Adds an argument; plain words take none.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        if let Self::Key { args, .. } = &mut self {
            args.push((name.into(), value.into()));
        }
        self
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Key { .. } => false,
            Self::Plain(text) => text.is_empty(),
            Self::Lines(parts) | Self::Joined(parts) => parts.iter().all(Self::is_empty),
        }
    }
}

/// To the nearest second; of hours to the nearest minute, of days to the nearest hour. A week of which a second has
/// gone by is still a week.
fn rounded(span: Duration) -> u64 {
    let seconds = span.saturating_add(Duration::from_millis(500)).as_secs();
    let unit = match seconds {
        0..3_600 => 1,
        3_600..86_400 => 60,
        86_400.. => 3_600,
    };
    seconds.saturating_add(unit / 2) / unit * unit
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Words(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Words(text)
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Self::Text(Box::new(text))
    }
}

macro_rules! value_from {
    ($($number:ty),+) => {
        $(impl From<$number> for Value {
            fn from(number: $number) -> Self {
                Self::Number(f64::from(number))
            }
        })+
    };
}
value_from!(u8, u16, u32, i16, i32);

/// Puts texts into words. The host reads Fluent files; so does the bench.
pub trait Translate: Send + Sync {
    /// The text in this language, else in English, else its key.
    fn translate(&self, lang: &str, text: &Text) -> String;
}
