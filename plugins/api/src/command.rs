//! Commands: what a plugin declares, and what reaches it when someone gives one.

use std::{collections::BTreeMap, time::Duration};

use jid::{BareJid, Jid};

use crate::{Asker, Level, Nick, Target};

/// One command of a plugin.
#[derive(Clone, Debug)]
pub struct CommandSpec {
    /// Its English name, one word or several for a sub-command (`access set`).
    pub name: &'static str,
    /// Its names in other languages: tag and name.
    pub names: &'static [(&'static str, &'static str)],
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// What it needs.
    pub level: Level,
    /// What it takes, in order.
    pub args: &'static [ArgSpec],
    /// What it does, one sentence: a key of the plugin's Fluent files.
    pub help: &'static str,
    /// An example line without the prefix, which is also run as a test.
    pub example: &'static str,
    /// The example in other languages: tag and line. Where there is none, the command's name in that language is put into
    /// [`CommandSpec::example`].
    pub examples: &'static [(&'static str, &'static str)],
    /// Whether it makes sense without a room, in a direct chat.
    pub works_without_room: bool,
    /// Whether it is heard in direct chat only, because of what is said in it.
    pub is_direct_only: bool,
    /// Names that it has besides, each kept in the plugin's store under this prefix: in the store of the room, else of
    /// the plugin. Whoever types one gives this command, with the whole line as its argument.
    pub kept_names: Option<&'static str>,
}

impl CommandSpec {
    /// A command that takes nothing and needs a participant.
    #[must_use]
    pub const fn new(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            names: &[],
            aliases: &[],
            level: Level::PARTICIPANT,
            args: &[],
            help,
            example: name,
            examples: &[],
            works_without_room: false,
            is_direct_only: false,
            kept_names: None,
        }
    }
}

/// One argument of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArgSpec {
    /// Its name, for help and for [`Args`].
    pub name: &'static str,
    /// What it may be.
    pub kind: ArgKind,
    /// Whether it may be left out.
    pub is_optional: bool,
}

impl ArgSpec {
    /// An argument that must be there.
    #[must_use]
    pub const fn needed(name: &'static str, kind: ArgKind) -> Self {
        Self { name, kind, is_optional: false }
    }

    /// An argument that may be left out.
    #[must_use]
    pub const fn optional(name: &'static str, kind: ArgKind) -> Self {
        Self { name, kind, is_optional: true }
    }
}

/// What an argument may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgKind {
    /// Someone here or gone, by nick, or anyone by JID.
    Who,
    /// Several of them, as many as follow.
    Several,
    /// A nick of someone here.
    Nick,
    /// A JID, bare or full.
    Jid,
    /// A span such as `10m`.
    Duration,
    /// A whole number within these bounds.
    Number {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// One word, or several in quotes.
    Word,
    /// Everything to the end of the line.
    Rest,
}

/// An argument as it was given.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    /// Someone.
    Who(Who),
    /// Several.
    Several(Vec<Who>),
    /// A nick.
    Nick(Nick),
    /// A JID.
    Jid(Jid),
    /// A span.
    Duration(Duration),
    /// A number.
    Number(i64),
    /// A choice, a word or the rest.
    Text(String),
}

/// Someone, as named in a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Here now.
    Here(Target),
    /// Was here lately.
    Gone(Target),
    /// By JID; perhaps never here.
    Jid(BareJid),
}

impl Who {
    /// How to call them in an answer.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Here(target) | Self::Gone(target) => target.nick.to_string(),
            Self::Jid(jid) => jid.to_string(),
        }
    }

    /// Their real bare JID, if known.
    #[must_use]
    pub fn jid(&self) -> Option<&BareJid> {
        match self {
            Self::Here(target) | Self::Gone(target) => target.identity.jid(),
            Self::Jid(jid) => Some(jid),
        }
    }
}

/// The arguments of a call, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Args(pub BTreeMap<&'static str, Arg>);

impl Args {
    /// Someone.
    #[must_use]
    pub fn who(&self, name: &str) -> Option<&Who> {
        match self.0.get(name) {
            Some(Arg::Who(who)) => Some(who),
            _ => None,
        }
    }

    /// Several people; none if left out.
    #[must_use]
    pub fn several(&self, name: &str) -> &[Who] {
        match self.0.get(name) {
            Some(Arg::Several(several)) => several,
            _ => &[],
        }
    }

    /// A nick.
    #[must_use]
    pub fn nick(&self, name: &str) -> Option<&Nick> {
        match self.0.get(name) {
            Some(Arg::Nick(nick)) => Some(nick),
            _ => None,
        }
    }

    /// A JID.
    #[must_use]
    pub fn jid(&self, name: &str) -> Option<&Jid> {
        match self.0.get(name) {
            Some(Arg::Jid(jid)) => Some(jid),
            _ => None,
        }
    }

    /// A span.
    #[must_use]
    pub fn duration(&self, name: &str) -> Option<Duration> {
        match self.0.get(name) {
            Some(Arg::Duration(span)) => Some(*span),
            _ => None,
        }
    }

    /// A number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        match self.0.get(name) {
            Some(Arg::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// A choice, a word or the rest.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Arg::Text(text)) => Some(text),
            _ => None,
        }
    }
}

/// A command that someone gave, ready to be carried out.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its English name.
    pub command: &'static str,
    /// Its arguments.
    pub args: Args,
    /// Who gave it.
    pub asker: Asker,
}
