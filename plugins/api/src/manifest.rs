//! What a plugin says of itself: name, powers, options, commands.

use std::{ops::RangeInclusive, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{CommandSpec, PluginName};

macro_rules! powers {
    ($($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)?) => {
        /// Something that a plugin may do only if the configuration says so.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Power { $($(#[$doc])* $variant),+ }

        impl Power {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for it in the configuration.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

powers! {
    /// Speak in the room.
    Say = "say",
    /// Speak to one person.
    Private = "private",
    /// Throw out of the room.
    Kick = "kick",
    /// Give and take voice.
    Voice = "voice",
    /// Keep out of the room.
    Ban = "ban",
    /// Change lasting affiliations.
    Affiliation = "affiliation",
    /// Take messages back.
    Moderate = "moderate",
    /// Read and change the room's configuration.
    RoomConfig = "room-config",
    /// Change the subject.
    Subject = "subject",
    /// Invite people.
    Invite = "invite",
    /// Read what was said.
    Records = "records",
    /// See real JIDs.
    People = "people",
    /// Fetch from the web.
    Http = "http",
    /// Upload files.
    Upload = "upload",
    /// Keep things.
    Store = "store",
    /// Wake up later.
    Schedule = "schedule",
    /// Show pages.
    Web = "web",
    /// Be called from outside.
    Hook = "hook",
}

/// What a plugin says of itself.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Its name: in the configuration, in metrics, in the store.
    pub name: PluginName,
    /// One line about it, a key of its Fluent files.
    pub description: &'static str,
    /// What it needs to be allowed.
    pub powers: &'static [Power],
    /// Its settings.
    pub options: Vec<OptionSpec>,
    /// Its commands.
    pub commands: Vec<CommandSpec>,
    /// Its Fluent files: language tag and contents.
    pub locales: &'static [(&'static str, &'static str)],
    /// Whether it wants events at all, in [`crate::Plugin::on`].
    pub wants_events: bool,
    /// Whether it wants events that a guard judged retract or worse.
    pub wants_flagged: bool,
    /// Whether it wants events of the history phase, and our own.
    pub wants_history: bool,
    /// Whether it is on in every room that does not turn it off.
    pub is_on_by_default: bool,
    /// How often it is woken, at least a second; `None` for never. A plugin that wants it is also woken at start.
    pub wakes_every: Option<Duration>,
    /// When it is woken, in each room where it is on.
    pub schedules: Vec<crate::Schedule>,
    /// Whether it came with the bot, and gets the powers it asks for. Others get `say` and `private` until the
    /// configuration says more.
    pub is_bundled: bool,
}

impl Manifest {
    /// A plugin of this name with nothing to it, to be filled in: `Manifest { commands, ..Manifest::named("tea") }`.
    ///
    /// # Panics
    /// If it is no name: 1 to 64 of `a-z`, `A-Z`, `0-9`, `-` and `_`.
    #[must_use]
    pub fn named(name: &'static str) -> Self {
        match PluginName::new(name) {
            Ok(name) => Self::new(name),
            #[expect(
                clippy::panic,
                reason = "the name is a literal of the plugin, and its first test finds a wrong one"
            )]
            Err(error) => panic!("{error}"),
        }
    }

    /// A plugin of this name with nothing to it.
    #[must_use]
    pub fn new(name: PluginName) -> Self {
        Self {
            name,
            description: "description",
            powers: &[],
            options: Vec::new(),
            commands: Vec::new(),
            locales: &[],
            wants_events: false,
            wants_flagged: false,
            wants_history: false,
            is_on_by_default: false,
            wakes_every: None,
            schedules: Vec::new(),
            is_bundled: true,
        }
    }
}

/// One setting of a plugin, typed, so that a wrong one is refused with its name and what it may be.
#[derive(Clone, Debug, PartialEq)]
pub struct OptionSpec {
    /// Its key, `greet.text` in chat, `text` in the plugin's table.
    pub name: &'static str,
    /// What it may be.
    pub kind: OptionKind,
    /// What it is unless set, written as in the file.
    pub default: &'static str,
    /// What it is for, one sentence: a key of the plugin's Fluent files, or the words themselves.
    pub help: &'static str,
}

impl OptionSpec {
    /// Yes or no; read with [`crate::Settings::flag`].
    #[must_use]
    pub const fn flag(name: &'static str, is_on: bool, help: &'static str) -> Self {
        Self { name, kind: OptionKind::Flag, default: if is_on { "true" } else { "false" }, help }
    }

    /// A whole number within these bounds, both included; read with [`crate::Settings::number`].
    #[must_use]
    pub const fn number(
        name: &'static str,
        bounds: RangeInclusive<i64>,
        default: &'static str,
        help: &'static str,
    ) -> Self {
        let kind = OptionKind::Number { min: *bounds.start(), max: *bounds.end() };
        Self { name, kind, default, help }
    }

    /// A span such as `10s`, within these bounds in seconds, both included; read with [`crate::Settings::span`].
    #[must_use]
    pub const fn span(
        name: &'static str,
        seconds: RangeInclusive<u64>,
        default: &'static str,
        help: &'static str,
    ) -> Self {
        let kind = OptionKind::Span { min_seconds: *seconds.start(), max_seconds: *seconds.end() };
        Self { name, kind, default, help }
    }

    /// Words, at most so many characters; read with [`crate::Settings::words`].
    #[must_use]
    pub const fn words(name: &'static str, max_chars: usize, default: &'static str, help: &'static str) -> Self {
        Self { name, kind: OptionKind::Words { max_chars }, default, help }
    }

    /// One of these words; read with [`crate::Settings::words`].
    #[must_use]
    pub const fn choice(
        name: &'static str,
        words: &'static [&'static str],
        default: &'static str,
        help: &'static str,
    ) -> Self {
        Self { name, kind: OptionKind::Choice(words), default, help }
    }

    /// A password or a key, which is never shown and is empty unless set; read with [`crate::Settings::words`].
    #[must_use]
    pub const fn secret(name: &'static str, help: &'static str) -> Self {
        Self { name, kind: OptionKind::Secret, default: "", help }
    }
}

/// What a setting may be.
#[derive(Clone, Debug, PartialEq)]
pub enum OptionKind {
    /// Yes or no.
    Flag,
    /// A whole number within these bounds.
    Number {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// A span such as `10s` within these bounds.
    Span {
        /// The least, in seconds.
        min_seconds: u64,
        /// The most, in seconds.
        max_seconds: u64,
    },
    /// Words.
    Words {
        /// The most characters.
        max_chars: usize,
    },
    /// One of these.
    Choice(&'static [&'static str]),
    /// Any of these, with blanks or commas between; or none.
    Several(&'static [&'static str]),
    /// Words that are never shown.
    Secret,
}
