//! Limits, as four presets give them.

use std::time::Duration;

/// How much a room bears.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Limits {
    /// Messages in 5 s from which on a burst is a flood.
    pub(crate) burst: usize,
    /// Messages in 30 s from which on talk is a flood.
    pub(crate) sustained: usize,
    /// Copies of one text within `repeat_within`.
    pub(crate) repeat: usize,
    /// Copies of an advert among the first things someone says.
    pub(crate) advert: usize,
    /// The span in which copies count.
    pub(crate) repeat_within: Duration,
    /// Characters of one message.
    pub(crate) size_chars: usize,
    /// Lines of one message.
    pub(crate) size_lines: usize,
    /// The first mute; the next ones are 3 and 12 times as long.
    pub(crate) mute: Duration,
    /// The first ban; the next ones are 24 and 168 times as long.
    pub(crate) ban: Duration,
}

/// A kind of room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Preset {
    /// Anybody may come.
    Public,
    /// People come with questions, logs and code.
    Support,
    /// People know each other.
    Friends,
    /// Under attack, or never to be disturbed.
    Strict,
}

impl Preset {
    /// The words for them in the settings.
    pub(crate) const WORDS: &'static [&'static str] = &["public", "support", "friends", "strict"];

    /// The preset of this name; `public` for an unknown one.
    pub(crate) fn named(word: &str) -> Self {
        match word {
            "support" => Self::Support,
            "friends" => Self::Friends,
            "strict" => Self::Strict,
            _ => Self::Public,
        }
    }

    /// What it bears.
    pub(crate) const fn limits(self) -> Limits {
        let public = Limits {
            burst: 5,
            sustained: 15,
            repeat: 3,
            advert: 2,
            repeat_within: Duration::from_secs(60),
            size_chars: 5_000,
            size_lines: 80,
            mute: Duration::from_secs(300),
            ban: Duration::from_secs(3_600),
        };
        match self {
            Self::Public => public,
            // Questions come with logs.
            Self::Support => Limits { size_chars: 12_000, size_lines: 200, ..public },
            // Friends are loud, and a mistake costs more than a minute of spam.
            Self::Friends => {
                Limits { burst: 8, sustained: 25, repeat: 5, advert: 3, size_chars: 10_000, size_lines: 150, ..public }
            }
            Self::Strict => Limits {
                burst: 4,
                sustained: 10,
                size_chars: 2_000,
                size_lines: 25,
                mute: Duration::from_secs(900),
                ..public
            },
        }
    }
}
