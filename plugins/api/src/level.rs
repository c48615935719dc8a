//! Levels: what a command needs, and what someone has.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Affiliation, Role};

/// A level, from -100 (ignored) to 100 (owner of the bot).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Level(pub i16);

impl Level {
    /// Whatever they say is not heard.
    pub const IGNORED: Self = Self(-100);
    /// A visitor, or someone unknown.
    pub const VISITOR: Self = Self(0);
    /// A participant.
    pub const PARTICIPANT: Self = Self(10);
    /// A member.
    pub const MEMBER: Self = Self(11);
    /// A moderator.
    pub const MODERATOR: Self = Self(15);
    /// An admin of the room.
    pub const ADMIN: Self = Self(20);
    /// An owner of the room.
    pub const ROOM_OWNER: Self = Self(30);
    /// An owner of the bot.
    pub const BOT_OWNER: Self = Self(100);

    /// The level that a role and an affiliation give: the higher of the two; a visitor below admin has 0.
    #[must_use]
    pub fn of(role: Role, affiliation: Affiliation) -> Self {
        let by_affiliation = match affiliation {
            Affiliation::Outcast => return Self::IGNORED,
            Affiliation::None => Self::VISITOR,
            Affiliation::Member => Self::MEMBER,
            Affiliation::Admin => Self::ADMIN,
            Affiliation::Owner => Self::ROOM_OWNER,
        };
        let by_role = match role {
            Role::None | Role::Visitor if by_affiliation < Self::ADMIN => return Self::VISITOR,
            Role::None | Role::Visitor => Self::VISITOR,
            Role::Participant => Self::PARTICIPANT,
            Role::Moderator => Self::MODERATOR,
        };
        by_affiliation.max(by_role)
    }

    /// The name of the lowest known level that is not below this one, for refusals.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            ..=-100 => "ignored",
            -99..=0 => "visitor",
            1..=10 => "participant",
            11 => "member",
            12..=15 => "moderator",
            16..=20 => "admin",
            21..=30 => "room owner",
            31.. => "bot owner",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn higher_of_role_and_affiliation_counts() {
        let check = |role, affiliation, level| assert_eq!(Level::of(role, affiliation), level);
        check(Role::Participant, Affiliation::None, Level::PARTICIPANT);
        check(Role::Participant, Affiliation::Member, Level::MEMBER);
        check(Role::Moderator, Affiliation::None, Level::MODERATOR);
        check(Role::Moderator, Affiliation::Owner, Level::ROOM_OWNER);
        check(Role::Visitor, Affiliation::Member, Level::VISITOR);
        check(Role::Visitor, Affiliation::Admin, Level::ADMIN);
        check(Role::Participant, Affiliation::Outcast, Level::IGNORED);
    }
}
