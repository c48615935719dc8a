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
    /// People of those here whom one message may call.
    pub(crate) mentions: usize,
    /// New people who may come with one advert.
    pub(crate) crowd: usize,
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
            mentions: 6,
            crowd: 3,
            mute: Duration::from_secs(300),
            ban: Duration::from_secs(3_600),
        };
        match self {
            Self::Public => public,
            // Questions come with logs.
            Self::Support => Limits { size_chars: 12_000, size_lines: 200, ..public },
            // Friends are loud, and a mistake costs more than a minute of spam.
            Self::Friends => Limits {
                burst: 8,
                sustained: 25,
                repeat: 5,
                advert: 3,
                size_chars: 10_000,
                size_lines: 150,
                mentions: 12,
                crowd: 4,
                ..public
            },
            Self::Strict => Limits {
                burst: 4,
                sustained: 10,
                size_chars: 2_000,
                size_lines: 25,
                mentions: 4,
                crowd: 2,
                mute: Duration::from_secs(900),
                ..public
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::Settings;

    use super::*;
    use crate::options::{Config, options};

    const FILES: &[(Preset, &str)] = &[
        (Preset::Public, include_str!("../../../config/presets/public.toml")),
        (Preset::Support, include_str!("../../../config/presets/support.toml")),
        (Preset::Friends, include_str!("../../../config/presets/friends.toml")),
        (Preset::Strict, include_str!("../../../config/presets/strict.toml")),
    ];

    /// Names and values of a file of the plainest TOML.
    fn lines(file: &str) -> impl Iterator<Item = (&str, String)> {
        let lines = file.lines().filter(|it| !it.starts_with('#')).filter_map(|it| it.split_once(" = "));
        lines.map(|(name, value)| (name, value.trim_matches('"').to_owned()))
    }

    #[test]
    fn the_files_say_what_the_code_does() {
        for (preset, file) in FILES {
            let (settings, wrong) = Settings::read(&options(), lines(file));
            assert!(wrong.is_empty(), "{wrong:?}");
            assert_eq!(Config::new(&settings).limits, preset.limits(), "{preset:?}");
            // And they say it, rather than leave it to the name of the preset.
            let unnamed = lines(file).filter(|it| it.0 != "preset");
            let (settings, _) = Settings::read(&options(), unnamed);
            assert_eq!(Config::new(&settings).limits, preset.limits(), "{preset:?}");
        }
    }

    #[test]
    fn every_setting_of_the_files_has_its_reason() {
        for (preset, file) in FILES {
            let all: Vec<&str> = file.lines().collect();
            let is_setting = |it: &str| it.contains(" = ") && !it.starts_with('#') && !it.starts_with("preset");
            let is_explained = |it: &[&str]| !is_setting(it[1]) || it[0].starts_with("# ");
            assert!(all.windows(2).all(is_explained), "{preset:?}");
        }
    }
}
