//! What a plugin asks for, and what came of it.

use std::time::Duration;

use jid::BareJid;
use serde::{Deserialize, Serialize};

use crate::{Affiliation, FormChange, MessageId, Power, Role, SaidId, StanzaId, Target};

/// Something to be done in a room.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// Say it to everybody.
    Say {
        /// What.
        text: String,
    },
    /// Say it to one occupant (XEP-0045 §7.5), under whatever nick they have when it leaves; to nobody else.
    Private {
        /// To whom.
        to: Target,
        /// What.
        text: String,
    },
    /// React to a message (XEP-0444).
    React {
        /// The message.
        to: StanzaId,
        /// With what; none takes our reactions back.
        emojis: Vec<String>,
    },
    /// Show everybody what is at an address: a picture, a file (XEP-0066 §3; clients show it in place).
    Share {
        /// The address.
        url: String,
    },
    /// Correct a message that the same plugin said (XEP-0308), one of its last in this room.
    Correct {
        /// The message, from [`Outcome::Said`]; `None` for what the plugin said last here.
        replaces: Option<MessageId>,
        /// What it says now.
        text: String,
    },
    /// Take a message back as a moderator (XEP-0425).
    Retract {
        /// The message.
        message: StanzaId,
        /// Why.
        reason: String,
    },
    /// Withdraw voice, and keep it withdrawn until the time is over or a person changes it.
    Mute {
        /// From whom.
        target: Target,
        /// For how long; `None` until a person changes it.
        span: Option<Duration>,
        /// Why.
        reason: String,
    },
    /// End our mute and give voice (XEP-0045 §8.3).
    Unmute {
        /// To whom.
        target: Target,
        /// Why.
        reason: String,
    },
    /// Set a role for this stay: voice, visitor, moderator (XEP-0045 §8.3, §8.4, §9.6).
    Role {
        /// Whose.
        target: Target,
        /// To what.
        role: Role,
        /// Why.
        reason: String,
    },
    /// Throw out (XEP-0045 §8.2).
    Kick {
        /// Whom.
        target: Target,
        /// Why.
        reason: String,
    },
    /// Keep out (XEP-0045 §9.1).
    Ban {
        /// Whom.
        jid: BareJid,
        /// For how long; `None` until a person lifts it.
        span: Option<Duration>,
        /// Why.
        reason: String,
    },
    /// Set a lasting affiliation: member, admin, owner, none, outcast (XEP-0045 §9).
    Affiliation {
        /// Whose.
        jid: BareJid,
        /// To what.
        affiliation: Affiliation,
        /// Why.
        reason: String,
    },
    /// Change the subject (XEP-0045 §8.1).
    Subject {
        /// To what; may be empty.
        text: String,
    },
    /// Change fields of the room's configuration (XEP-0045 §10.2); see [`crate::Rooms::set_form`].
    Configure {
        /// What differs afterwards. A field that the room does not offer any more is left alone.
        changes: Vec<FormChange>,
    },
    /// Invite someone (XEP-0045 §7.8.2).
    Invite {
        /// Whom.
        jid: BareJid,
        /// Why.
        reason: String,
    },
}

impl Action {
    /// The power it needs.
    #[must_use]
    pub const fn power(&self) -> Power {
        match self {
            Self::Say { .. } | Self::React { .. } | Self::Share { .. } | Self::Correct { .. } => Power::Say,
            Self::Private { .. } => Power::Private,
            Self::Retract { .. } => Power::Moderate,
            Self::Mute { .. } | Self::Unmute { .. } | Self::Role { .. } => Power::Voice,
            Self::Kick { .. } => Power::Kick,
            Self::Ban { .. } => Power::Ban,
            Self::Affiliation { .. } => Power::Affiliation,
            Self::Subject { .. } => Power::Subject,
            Self::Configure { .. } => Power::RoomConfig,
            Self::Invite { .. } => Power::Invite,
        }
    }

    /// The word for it in records and metrics.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Say { .. } => "say",
            Self::Private { .. } => "private",
            Self::React { .. } => "react",
            Self::Share { .. } => "share",
            Self::Correct { .. } => "correct",
            Self::Retract { .. } => "retract",
            Self::Mute { .. } => "mute",
            Self::Unmute { .. } => "unmute",
            Self::Role { .. } => "role",
            Self::Kick { .. } => "kick",
            Self::Ban { .. } => "ban",
            Self::Affiliation { .. } => "affiliation",
            Self::Subject { .. } => "subject",
            Self::Configure { .. } => "configure",
            Self::Invite { .. } => "invite",
        }
    }

    /// Whether it moderates someone, rather than says something.
    #[must_use]
    pub const fn is_moderation(&self) -> bool {
        match self {
            Self::Say { .. }
            | Self::Private { .. }
            | Self::React { .. }
            | Self::Share { .. }
            | Self::Correct { .. }
            | Self::Subject { .. }
            | Self::Invite { .. } => false,
            Self::Retract { .. }
            | Self::Mute { .. }
            | Self::Unmute { .. }
            | Self::Role { .. }
            | Self::Kick { .. }
            | Self::Ban { .. }
            | Self::Affiliation { .. }
            | Self::Configure { .. } => true,
        }
    }
}

/// What came of an action that did not fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The server did it.
    Done,
    /// It was said to the room, under this id: [`Action::Say`] and [`Action::Share`].
    Said(SaidId),
    /// It was so already; nothing was sent.
    Already,
    /// Dry run: it would have been done.
    Observed,
    /// They are not here: nothing was sent, and it will be done when they return.
    AtReturn,
}

impl Outcome {
    /// Whether it was done now, by the server.
    #[must_use]
    pub const fn is_done(self) -> bool {
        matches!(self, Self::Done | Self::Said(_))
    }
}

/// Why an action was not done.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ActError {
    /// The plugin was not given this power.
    #[error("the plugin was not given the power `{}`", .0.as_str())]
    NotGranted(Power),
    /// The bot's own role or affiliation is too low for it.
    #[error("I would have to be {needed} in this room")]
    TooLow {
        /// What it takes: `moderator`, `admin`, `owner`.
        needed: &'static str,
    },
    /// The room would not let the asker do it, and the bot does it for nobody then.
    #[error("you would have to be {needed} in this room")]
    AskerTooLow {
        /// What it takes: `participant`, `moderator`, `admin`, `room owner`.
        needed: &'static str,
    },
    /// It was meant for the bot itself.
    #[error("that is me")]
    Myself,
    /// The target is above or equal to whoever acts.
    #[error("{nick} is {what} and cannot be touched")]
    Above {
        /// The target.
        nick: String,
        /// What they are.
        what: &'static str,
    },
    /// The nick belongs to someone else by now, or to nobody.
    #[error("{nick} is not here any more")]
    Gone {
        /// The target.
        nick: String,
    },
    /// Their real JID is not known, and the act needs it.
    #[error("I do not know the address of {nick}")]
    NoJid {
        /// The target.
        nick: String,
    },
    /// The plugin said no such message here, or too long ago.
    #[error("there is no such message of this plugin to correct")]
    NotOurs,
    /// The room does not offer it.
    #[error("this room does not offer it")]
    Unsupported,
    /// The server refused.
    #[error("the server refused: {condition}")]
    Refused {
        /// The defined condition of the error (RFC 6120 §8.3.3), with the server's text where there is one.
        condition: String,
    },
    /// The server did not answer in time.
    #[error("the server did not answer")]
    NoAnswer,
    /// We are not in the room, or its account is offline.
    #[error("I am not in that room now")]
    NotInRoom,
    /// The queue for this room is full, or the action waited too long to be of use.
    #[error("too much to do at once")]
    Busy,
}
