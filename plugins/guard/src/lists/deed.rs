//! What an entry of a list or a rule of an owner leads to: points, or an answer of its own.

use std::{fmt, time::Duration};

use domovoi_plugin::{Answer, format_duration, parse_duration};

/// The most points that one entry may give.
const MOST_POINTS: u32 = 200;
/// The longest mute: longer ones are a person's business.
const LONGEST_MUTE: Duration = Duration::from_secs(30 * 86_400);

/// What is to be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Deed {
    /// So many points, which trust weighs and the sum decides.
    Points(u32),
    /// This, whatever else there is.
    Answer(Answer),
}

/// The words for deeds.
pub(crate) const WORDS: &[&str] = &["note", "warn", "retract", "mute", "kick", "ban", "points"];

/// The Russian ones, in the same order.
const RUSSIAN: &[&str] = &["заметка", "предупреди", "убери", "заглуши", "кик", "бан", "очки"];

/// Why words are no deed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NoDeed {
    /// The first word is none of [`WORDS`].
    Word,
    /// What follows is no span, or one that is too long.
    Span,
    /// What follows is no number of points.
    Number,
}

impl Deed {
    /// Reads a deed at the start of these words; gives how many of them it takes.
    pub(crate) fn read(words: &[&str]) -> Result<(Self, usize), NoDeed> {
        let first = words.first().ok_or(NoDeed::Word)?.to_lowercase();
        // As the command is called.
        let first = if first == "мут" { "mute".to_owned() } else { first };
        let place = |all: &[&str]| all.iter().position(|it| *it == first);
        let word = place(WORDS).or_else(|| place(RUSSIAN)).and_then(|it| WORDS.get(it)).ok_or(NoDeed::Word)?;
        let next = words.get(1).copied();
        let span = || next.and_then(|it| parse_duration(it).ok()).filter(|it| !it.is_zero());
        Ok(match *word {
            "note" => (Self::Answer(Answer::Note), 1),
            "warn" => (Self::Answer(Answer::Warn), 1),
            "retract" => (Self::Answer(Answer::Retract), 1),
            "kick" => (Self::Answer(Answer::Kick), 1),
            "mute" => {
                let span = span().filter(|it| *it <= LONGEST_MUTE).ok_or(NoDeed::Span)?;
                (Self::Answer(Answer::Mute { span }), 2)
            }
            "ban" => match span() {
                Some(span) => (Self::Answer(Answer::Ban { span: Some(span) }), 2),
                None => (Self::Answer(Answer::Ban { span: None }), 1),
            },
            _ => {
                let number = next.and_then(|it| it.parse().ok()).filter(|it| (1..=MOST_POINTS).contains(it));
                (Self::Points(number.ok_or(NoDeed::Number)?), 2)
            }
        })
    }

    /// Reads a deed that is all of these words.
    pub(crate) fn parse(text: &str) -> Result<Self, NoDeed> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (deed, n_taken) = Self::read(&words)?;
        if n_taken == words.len() { Ok(deed) } else { Err(NoDeed::Word) }
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Points(points) => write!(f, "points {points}"),
            Self::Answer(Answer::Mute { span }) => write!(f, "mute {}", format_duration(*span)),
            Self::Answer(Answer::Ban { span: Some(span) }) => write!(f, "ban {}", format_duration(*span)),
            Self::Answer(answer) => f.write_str(answer.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeds_are_written_as_they_are_read() {
        for text in ["note", "warn", "retract", "mute 10m", "kick", "ban", "ban 2h", "points 40"] {
            assert_eq!(Deed::parse(text).map(|it| it.to_string()).as_deref(), Ok(text));
        }
        assert_eq!(Deed::parse("Бан 2ч"), Deed::parse("ban 2h"));
        assert_eq!(Deed::parse("мут 10м"), Deed::parse("mute 10m"));
        assert_eq!(Deed::parse("mute"), Err(NoDeed::Span));
        assert_eq!(Deed::parse("mute 99d"), Err(NoDeed::Span));
        assert_eq!(Deed::parse("points many"), Err(NoDeed::Number));
        assert_eq!(Deed::parse("points 0"), Err(NoDeed::Number));
        assert_eq!(Deed::parse("shoot"), Err(NoDeed::Word));
        assert_eq!(Deed::parse("kick 10m"), Err(NoDeed::Word));
    }
}
