//! Who may give a command, and what may be done through the bot for whom.
//!
//! XEP-0045 says what a role (§5.1.1, #roles-priv) and an affiliation (§5.2.1, #affil-priv) may do. The bot is often
//! an owner of the room, so the server would let it do nearly everything: these rules keep it from being the means by
//! which someone does what the room refuses them.

use super::PlaceKind;
use crate::{ActError, Action, Affiliation, Asker, CommandSpec, Level, Occupant, Role};

/// Why a command is not carried out for someone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// They are ignored: no answer at all.
    Ignored,
    /// Their level is too low.
    Level {
        /// What it takes.
        needed: Level,
    },
    /// It is heard in direct chat only, since what is said with it is nobody else's business.
    DirectOnly,
    /// It acts on a room, and none was named.
    NeedsRoom,
}

/// Whether someone of this level may give a command here.
///
/// # Errors
/// Why not.
pub fn decide(spec: &CommandSpec, level: Level, place: PlaceKind, has_room: bool) -> Result<(), Refusal> {
    if level <= Level::IGNORED {
        return Err(Refusal::Ignored);
    }
    if level < spec.level {
        return Err(Refusal::Level { needed: spec.level });
    }
    if spec.is_direct_only && place != PlaceKind::Direct {
        return Err(Refusal::DirectOnly);
    }
    if !has_room && !spec.works_without_room {
        return Err(Refusal::NeedsRoom);
    }
    Ok(())
}

/// Whether the room would let the asker do this to the target, who is here; for an asker whom an owner of the bot
/// gave a level, whether it would let someone of that level. `target` is `None` for what has no target.
///
/// # Errors
/// What it would take, or who is above or equal to the asker.
pub fn may(asker: &Asker, target: Option<&Occupant>, action: &Action) -> Result<(), ActError> {
    may_at_all(asker, action)?;
    let Some(target) = target else { return Ok(()) };
    if target.is_self {
        return Err(ActError::Myself);
    }
    let ours = rank_of(asker);
    // Nobody is above themselves, however far they may go: `kick juliet` by juliet is a slip of the keyboard.
    let theirs = if target.is(&asker.identity) { ours } else { rank(target.role, target.affiliation) };
    if action.is_moderation() && is_harm(action, target.role, target.affiliation) && ours <= theirs {
        return Err(ActError::Above { nick: target.nick.to_string(), what: theirs.name() });
    }
    Ok(())
}

/// The same for someone who is not here, whose affiliation is that of the room's lists: a JID is as protected as the
/// occupant that it becomes.
///
/// # Errors
/// As for [`may`].
pub fn may_to_absent(asker: &Asker, name: &str, current: Affiliation, action: &Action) -> Result<(), ActError> {
    may_at_all(asker, action)?;
    let theirs = rank(Role::None, current);
    if is_harm(action, Role::None, current) && rank_of(asker) <= theirs {
        return Err(ActError::Above { nick: name.to_owned(), what: theirs.name() });
    }
    Ok(())
}

fn may_at_all(asker: &Asker, action: &Action) -> Result<(), ActError> {
    let needed = needed(action);
    if rank_of(asker) < needed { Err(ActError::AskerTooLow { needed: needed.name() }) } else { Ok(()) }
}

/// What the room asks of someone who does this with a client of their own.
const fn needed(action: &Action) -> Level {
    match action {
        Action::Private { .. } => Level::VISITOR,
        Action::Say { .. }
        | Action::React { .. }
        | Action::Share { .. }
        | Action::Correct { .. }
        | Action::Invite { .. } => Level::PARTICIPANT,
        Action::Retract { .. }
        | Action::Mute { .. }
        | Action::Unmute { .. }
        | Action::Kick { .. }
        | Action::Subject { .. } => Level::MODERATOR,
        Action::Role { role, .. } => match role {
            Role::Moderator => Level::ADMIN,
            Role::None | Role::Visitor | Role::Participant => Level::MODERATOR,
        },
        Action::Ban { .. } => Level::ADMIN,
        Action::Configure { .. } => Level::ROOM_OWNER,
        Action::Affiliation { affiliation, .. } => match affiliation {
            Affiliation::Owner | Affiliation::Admin => Level::ROOM_OWNER,
            Affiliation::Member | Affiliation::None | Affiliation::Outcast => Level::ADMIN,
        },
    }
}

/// Whether it takes something away from someone who is this now, so that it must not be done to an equal.
fn is_harm(action: &Action, role: Role, affiliation: Affiliation) -> bool {
    match action {
        Action::Unmute { .. } => false,
        Action::Role { role: to, .. } => *to < role,
        Action::Affiliation { affiliation: to, .. } => *to < affiliation || *to == Affiliation::Outcast,
        Action::Retract { .. } | Action::Mute { .. } | Action::Kick { .. } | Action::Ban { .. } => true,
        Action::Say { .. }
        | Action::Private { .. }
        | Action::React { .. }
        | Action::Share { .. }
        | Action::Correct { .. }
        | Action::Subject { .. }
        | Action::Configure { .. }
        | Action::Invite { .. } => false,
    }
}

/// What the asker may do as: an override, else what the room says they are now. A level alone gives nothing.
fn rank_of(asker: &Asker) -> Level {
    if asker.is_override || Level::BOT_OWNER <= asker.level {
        return asker.level;
    }
    asker.occupant.as_ref().map_or(Level::IGNORED, |it| rank(it.role, it.affiliation).min(asker.level))
}

/// The higher of role and affiliation. Other than [`Level::of`] it does not lower a member without voice, who is no
/// easier prey for it.
fn rank(role: Role, affiliation: Affiliation) -> Level {
    let by_affiliation = match affiliation {
        Affiliation::Outcast | Affiliation::None => Level::VISITOR,
        Affiliation::Member => Level::MEMBER,
        Affiliation::Admin => Level::ADMIN,
        Affiliation::Owner => Level::ROOM_OWNER,
    };
    let by_role = match role {
        Role::None | Role::Visitor => Level::VISITOR,
        Role::Participant => Level::PARTICIPANT,
        Role::Moderator => Level::MODERATOR,
    };
    by_affiliation.max(by_role)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Target, grammar::testing::occupant};

    const ROLES: [Role; 3] = [Role::Visitor, Role::Participant, Role::Moderator];
    const AFFILIATIONS: [Affiliation; 4] =
        [Affiliation::None, Affiliation::Member, Affiliation::Admin, Affiliation::Owner];

    fn asker(role: Role, affiliation: Affiliation) -> Asker {
        let it = occupant("asker", role, affiliation, 1);
        let level = Level::of(role, affiliation);
        Asker {
            identity: it.identity(),
            nick: "asker".into(),
            signature: "by asker".into(),
            level,
            occupant: Some(Arc::new(it)),
            is_override: false,
        }
    }

    fn someone() -> Target {
        let it = occupant("bob", Role::Participant, Affiliation::None, 2);
        Target { nick: it.nick.clone(), identity: it.identity() }
    }

    fn acts() -> Vec<(Action, Level)> {
        let (target, jid, reason) = (someone, || "bob@x.example".parse().unwrap(), String::new);
        let role = |role| Action::Role { target: target(), role, reason: reason() };
        let set = |affiliation| Action::Affiliation { jid: jid(), affiliation, reason: reason() };
        vec![
            (Action::Say { text: String::new() }, Level::PARTICIPANT),
            (Action::Kick { target: target(), reason: reason() }, Level::MODERATOR),
            (Action::Mute { target: target(), span: None, reason: reason() }, Level::MODERATOR),
            (Action::Unmute { target: target(), reason: reason() }, Level::MODERATOR),
            (role(Role::Participant), Level::MODERATOR),
            (role(Role::Moderator), Level::ADMIN),
            (Action::Ban { jid: jid(), span: None, reason: reason() }, Level::ADMIN),
            (set(Affiliation::Member), Level::ADMIN),
            (set(Affiliation::None), Level::ADMIN),
            (set(Affiliation::Admin), Level::ROOM_OWNER),
            (set(Affiliation::Owner), Level::ROOM_OWNER),
        ]
    }

    #[test]
    fn the_room_s_own_table_of_privileges_holds() {
        let bob = occupant("bob", Role::Visitor, Affiliation::None, 2);
        for role in ROLES {
            for affiliation in AFFILIATIONS {
                let asker = asker(role, affiliation);
                for (action, needed) in acts() {
                    let expected = needed <= rank(role, affiliation).min(Level::of(role, affiliation));
                    let allowed = may(&asker, Some(&bob), &action);
                    assert_eq!(allowed.is_ok(), expected, "{role} {affiliation}: {action:?}: {allowed:?}");
                }
            }
        }
    }

    #[test]
    fn no_equal_and_no_superior_is_harmed() {
        for (asker_role, asker_affiliation) in ROLES.into_iter().flat_map(|r| AFFILIATIONS.map(|a| (r, a))) {
            for (role, affiliation) in ROLES.into_iter().flat_map(|r| AFFILIATIONS.map(|a| (r, a))) {
                let (asker, bob) = (asker(asker_role, asker_affiliation), occupant("bob", role, affiliation, 2));
                let kick = Action::Kick { target: someone(), reason: String::new() };
                if may(&asker, Some(&bob), &kick).is_ok() {
                    assert!(rank(role, affiliation) < rank(asker_role, asker_affiliation));
                    assert!(affiliation <= asker_affiliation.max(Affiliation::Member));
                }
            }
        }
    }

    #[test]
    fn the_absent_are_as_protected_as_the_present() {
        let owner = asker(Role::Moderator, Affiliation::Owner);
        let admin = asker(Role::Moderator, Affiliation::Admin);
        let ban = Action::Ban { jid: "bob@x.example".parse().unwrap(), span: None, reason: String::new() };
        assert!(may_to_absent(&admin, "bob", Affiliation::Member, &ban).is_ok());
        assert!(may_to_absent(&owner, "bob", Affiliation::Admin, &ban).is_ok());
        for current in [Affiliation::Admin, Affiliation::Owner] {
            let error = may_to_absent(&admin, "bob", current, &ban).unwrap_err();
            assert!(matches!(error, ActError::Above { .. }), "{error}");
        }
    }

    #[test]
    fn only_an_override_goes_beyond_the_room() {
        let bob = occupant("bob", Role::Participant, Affiliation::Admin, 2);
        let kick = Action::Kick { target: someone(), reason: String::new() };
        let mut it = asker(Role::Participant, Affiliation::None);
        it.level = Level::ROOM_OWNER;
        assert!(may(&it, Some(&bob), &kick).is_err(), "a level alone gives nothing");
        it.is_override = true;
        assert!(may(&it, Some(&bob), &kick).is_ok());
        it.level = Level::ADMIN;
        assert!(may(&it, Some(&bob), &kick).is_err());
        it.occupant = None;
        it.is_override = false;
        assert!(may(&it, None, &Action::Subject { text: String::new() }).is_err(), "who left has no rights");
        it.level = Level::BOT_OWNER;
        assert!(may(&it, Some(&bob), &kick).is_ok());
        let me = Occupant { is_self: true, ..bob };
        assert_eq!(may(&it, Some(&me), &kick), Err(ActError::Myself));
    }

    #[test]
    fn a_command_is_refused_with_the_level_it_needs() {
        let spec = CommandSpec { level: Level::ADMIN, is_direct_only: true, ..CommandSpec::new("secret", "") };
        let check = |level, place, has_room, expected| {
            assert_eq!(decide(&spec, level, place, has_room), expected);
        };
        check(Level::IGNORED, PlaceKind::Direct, true, Err(Refusal::Ignored));
        check(Level::MODERATOR, PlaceKind::Direct, true, Err(Refusal::Level { needed: Level::ADMIN }));
        check(Level::ADMIN, PlaceKind::Room, true, Err(Refusal::DirectOnly));
        check(Level::ADMIN, PlaceKind::Direct, false, Err(Refusal::NeedsRoom));
        check(Level::ADMIN, PlaceKind::Direct, true, Ok(()));
    }
}
