//! Where we stand with a room, why we are not in it, and what is to be done next.

use std::{fmt, time::Duration};

use domovoi_plugin::{Nick, Target, Timestamp, jid::BareJid};

use super::Outbound;

/// Where we stand with a room.
#[derive(Clone, PartialEq, Debug)]
pub enum Membership {
    /// Nothing is under way; the next poll begins.
    Idle,
    /// A token of the service's join bucket was asked for.
    Asking,
    /// The room was asked what it is, so that a join never creates one by mistake.
    Checking {
        /// Since when.
        since: Timestamp,
    },
    /// The room refused our nick; it was asked which one is ours there.
    Naming {
        /// Since when.
        since: Timestamp,
    },
    /// Join presence was sent.
    Joining {
        /// Since when.
        since: Timestamp,
        /// Under which nick.
        nick: Nick,
        /// How many nicks were taken so far.
        n_conflicts: u8,
    },
    /// We are in.
    Joined {
        /// Since when.
        since: Timestamp,
        /// When history ends if nothing more comes; `None` once it is over.
        history_until: Option<Timestamp>,
    },
    /// We are out and try again later.
    Waiting {
        /// When.
        until: Timestamp,
        /// Why.
        why: Trouble,
    },
    /// We are out, and a person has to do something about it.
    Stopped {
        /// Why.
        why: Trouble,
        /// When we look again all the same.
        retry: Option<Timestamp>,
    },
    /// We left because we were told to.
    Left,
}

impl Membership {
    /// What keeps us out, if anything does, and when we try again by ourselves, if we do.
    #[must_use]
    pub fn trouble(&self) -> Option<(Trouble, Option<Timestamp>)> {
        match self {
            Self::Waiting { until, why } => Some((why.clone(), Some(*until))),
            // A look now and then is not what brings us back.
            Self::Stopped { why, .. } => Some((why.clone(), None)),
            Self::Idle
            | Self::Asking
            | Self::Checking { .. }
            | Self::Naming { .. }
            | Self::Joining { .. }
            | Self::Joined { .. }
            | Self::Left => None,
        }
    }
}

impl fmt::Display for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Idle | Self::Asking => f.write_str("waiting for its turn to join"),
            Self::Checking { .. } | Self::Naming { .. } | Self::Joining { .. } => f.write_str("joining"),
            Self::Joined { .. } => f.write_str("joined"),
            Self::Waiting { until, why } => write!(f, "{why}; next try at {until}"),
            Self::Stopped { why, .. } => write!(f, "{why}; a person has to do something"),
            Self::Left => f.write_str("left"),
        }
    }
}

/// What is to be done next.
#[derive(Clone, PartialEq, Debug)]
pub enum Step {
    /// Send this.
    Send(Outbound),
    /// Ask for a token of the service's join bucket, then call [`super::Room::join_permitted`].
    AskJoin,
    /// The service is shutting down (332): one random wait of 5 to 30 s before any join there.
    ServiceDown,
    /// Tell an owner of the bot, once.
    Tell(Trouble),
    /// This occupant is banned and yet has a role: kick them and say so. ejabberd 22.10 to 23.01 lets banned people
    /// back in where their role was once set.
    Expel(Target),
}

/// Why we are not in a room.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Trouble {
    /// The room refuses us: we are on its ban list.
    #[error("we are banned there")]
    Banned,
    /// We were banned just now.
    #[error("we were banned{}", whose(.by.as_ref(), .reason.as_deref()))]
    Outcast {
        /// By whom.
        by: Option<Nick>,
        /// Why.
        reason: Option<String>,
    },
    /// Only members may enter.
    #[error("only members may enter")]
    MembersOnly,
    /// We lost our membership (321), or the room became members-only (322).
    #[error("only members may stay, and we are none{}", whose(.by.as_ref(), .reason.as_deref()))]
    Removed {
        /// By whom.
        by: Option<Nick>,
        /// Why.
        reason: Option<String>,
    },
    /// The password is missing or wrong.
    #[error("the password is missing or wrong")]
    Password,
    /// The room is full.
    #[error("the room is full")]
    Full,
    /// The room is full, or this account is in too many rooms: another account may fare better.
    #[error("the room is full, or this account is in too many rooms")]
    TooMany,
    /// It does not exist or is locked, and we were not told to create it.
    #[error("the room does not exist (with create = true in its table the bot makes it)")]
    Missing,
    /// It does not exist, and the service does not let us create it.
    #[error("the room does not exist, and we may not create it")]
    MayNotCreate,
    /// It did not exist and was created by our join, though we were not told to.
    #[error("the room did not exist; we left again at once")]
    Created,
    /// The room does not accept our nick.
    #[error("the room does not accept our nick")]
    NickPolicy,
    /// Our nick and five others are taken.
    #[error("our nick is taken, and those like it too")]
    NickTaken,
    /// The room has moved or is no more.
    #[error("the room is gone{}", whither(.address.as_deref()))]
    Gone {
        /// The new address, as the service wrote it.
        address: Option<String>,
    },
    /// The room was destroyed while we were in it.
    #[error("the room was destroyed{}", whither(.venue.as_ref().map(|it| it.as_str())))]
    Destroyed {
        /// Where people went.
        venue: Option<BareJid>,
        /// Why.
        reason: Option<String>,
    },
    /// The room asks for a CAPTCHA, which a person has to lift for us.
    #[error("the room asks for a CAPTCHA")]
    Captcha,
    /// The server of the room cannot be reached.
    #[error("the server of the room cannot be reached")]
    RemoteServer,
    /// The room did not answer.
    #[error("the room did not answer")]
    NoAnswer,
    /// We were kicked.
    #[error("we were kicked{}", whose(.by.as_ref(), .reason.as_deref()))]
    Kicked {
        /// By whom.
        by: Option<Nick>,
        /// Why.
        reason: Option<String>,
    },
    /// The service is shutting down.
    #[error("the service is shutting down")]
    Shutdown,
    /// We were removed for a technical reason.
    #[error("we were removed for a technical reason")]
    Technical,
    /// We are no longer in, and nobody told us.
    #[error("the room had lost us without a word")]
    SilentLoss,
    /// The server of the account and the room was restarted: nothing of the stays there is left.
    #[error("the server was restarted")]
    Restarted,
    /// The stream of the account ended.
    #[error("the stream of the account ended")]
    StreamLost,
    /// The room refused for another reason.
    #[error("the room refused: {condition}")]
    Refused {
        /// The defined condition of the error (RFC 6120 §8.3.3).
        condition: String,
    },
}

fn whose(by: Option<&Nick>, reason: Option<&str>) -> String {
    let by = by.map(|it| format!(" by {it}")).unwrap_or_default();
    let reason = reason.filter(|it| !it.is_empty()).map(|it| format!(": {it}")).unwrap_or_default();
    by + &reason
}

fn whither(address: Option<&str>) -> String {
    address.map(|it| format!("; people went to {it}")).unwrap_or_default()
}

/// How a trouble is met.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reaction {
    /// Try again after this, twice as long each time.
    BackOff(Duration),
    /// Once after a minute, once after ten, then no more.
    Kick,
    /// At once; the service's bucket paces it.
    Again,
    /// Not without a person, unless there is a time after which to look again.
    Stop(Option<Duration>),
}

impl Trouble {
    pub(super) const fn reaction(&self) -> Reaction {
        const SOON: Reaction = Reaction::BackOff(Duration::from_secs(5));
        const LATER: Reaction = Reaction::BackOff(Duration::from_secs(60));
        match self {
            Self::Banned => Reaction::Stop(Some(Duration::from_secs(86_400))),
            Self::Missing => Reaction::Stop(Some(Duration::from_secs(3_600))),
            Self::Outcast { .. }
            | Self::MembersOnly
            | Self::Removed { .. }
            | Self::Password
            | Self::MayNotCreate
            | Self::Created
            | Self::NickPolicy
            | Self::Gone { .. }
            | Self::Destroyed { .. }
            | Self::Captcha => Reaction::Stop(None),
            Self::Full | Self::TooMany | Self::NickTaken => LATER,
            Self::RemoteServer | Self::NoAnswer | Self::Technical | Self::SilentLoss | Self::Refused { .. } => SOON,
            Self::Kicked { .. } => Reaction::Kick,
            Self::Shutdown | Self::Restarted | Self::StreamLost => Reaction::Again,
        }
    }

    /// Whether an owner should know although we try again by ourselves.
    pub(super) const fn is_worth_telling(&self) -> bool {
        matches!(self, Self::TooMany | Self::NickTaken)
    }
}
