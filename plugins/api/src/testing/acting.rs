//! What happens to an action in a made-up room: the checks of the host and of a server, then the act.

use std::time::Duration;

use jid::BareJid;

use super::made_room::MadeRoom;
use crate::{
    ActError, Action, Affiliation, Asker, Cause, Event, EventKind, Leave, Level, Message, Moderation, Nick, Occupant,
    Outcome, Role, Target, grammar,
};

/// Whether it may be done, now and for whoever asked.
pub(super) fn check(room: &MadeRoom, action: &Action, by: Option<&Asker>) -> Result<(), ActError> {
    let me = room.snapshot.me().ok_or(ActError::NotInRoom)?;
    let target = match target_of(action).map(|it| find(room, it)).transpose() {
        // A mute can end while its bearer is away.
        Err(ActError::Gone { .. }) if ends_mute_of_absent(room, action) || mutes_for_return(action) => None,
        found => found?,
    };
    let may = |target| by.map_or(Ok(()), |by| grammar::may(by, target, action));
    match action {
        Action::Correct { replaces, .. } => {
            let is_ours = replaces
                .as_ref()
                .map_or(!room.said.is_empty(), |id| room.said.iter().any(|it| crate::MessageId::from(*it) == *id));
            if !is_ours {
                return Err(ActError::NotOurs);
            }
            may(None)?;
            needs(Role::Participant <= me.role, "participant")
        }
        Action::Say { .. } | Action::React { .. } | Action::Share { .. } => {
            may(None)?;
            needs(Role::Participant <= me.role, "participant")
        }
        Action::Private { to, .. } => {
            find(room, to)?;
            may(None)
        }
        Action::Subject { .. } | Action::Invite { .. } => {
            may(None)?;
            needs(Role::Participant <= me.role, "participant")
        }
        Action::Retract { .. } => {
            may(None)?;
            let is_offered = room.snapshot.features.moderation != Moderation::None;
            if is_offered { needs(Role::Moderator <= me.role, "moderator") } else { Err(ActError::Unsupported) }
        }
        Action::Mute { .. } | Action::Unmute { .. } | Action::Kick { .. } => {
            may(target)?;
            touches(room, me, target, by)?;
            needs(Role::Moderator <= me.role, "moderator")
        }
        Action::Role { role, .. } => {
            may(target)?;
            touches(room, me, target, by)?;
            let needs_admin = *role == Role::Moderator || target.is_some_and(|it| it.role == Role::Moderator);
            needs(!needs_admin || Affiliation::Admin <= me.affiliation, "admin")?;
            needs(Role::Moderator <= me.role, "moderator")
        }
        Action::Configure { .. } => {
            may(None)?;
            needs(me.affiliation == Affiliation::Owner, "owner")
        }
        Action::Ban { jid, .. } => check_affiliation(room, me, jid, Affiliation::Outcast, (action, by)),
        Action::Affiliation { jid, affiliation, .. } => check_affiliation(room, me, jid, *affiliation, (action, by)),
    }
}

fn check_affiliation(
    room: &MadeRoom,
    me: &Occupant,
    jid: &BareJid,
    affiliation: Affiliation,
    (action, by): (&Action, Option<&Asker>),
) -> Result<(), ActError> {
    let current = room.affiliation_of(jid);
    let here = room.snapshot.occupants.values().find(|it| it.has_jid(jid));
    // Of someone absent a room does not know the affiliation before it asks the server: whoever acts on a JID has to
    // look it up, see `grammar::may_to_absent`.
    by.map_or(Ok(()), |by| grammar::may(by, here.map(|it| &**it), action))?;
    if by.is_none() && affiliation == Affiliation::Outcast {
        here.map_or(Ok(()), |it| touches(room, me, Some(it), by))?;
    }
    let is_high = Affiliation::Admin <= affiliation || Affiliation::Admin <= current;
    needs(!is_high || me.affiliation == Affiliation::Owner, "owner")?;
    needs(Affiliation::Admin <= me.affiliation, "admin")
}

/// Nobody above or beside the bot, and without a person's word nobody who is spared.
fn touches(room: &MadeRoom, me: &Occupant, target: Option<&Occupant>, by: Option<&Asker>) -> Result<(), ActError> {
    let Some(target) = target else { return Ok(()) };
    let above = |what| Err(ActError::Above { nick: target.nick.to_string(), what });
    if target.is_self {
        return Err(ActError::Myself);
    }
    let is_trusted = Affiliation::Member <= target.affiliation || target.role == Role::Moderator;
    if by.is_none() && (is_trusted || crate::View::is_spared(room, target)) {
        return above("spared");
    }
    // A server lets nobody touch an equal affiliation of admin and above.
    let is_above = Affiliation::Admin <= target.affiliation && me.affiliation <= target.affiliation;
    if is_above { above(Level::of(target.role, target.affiliation).name()) } else { Ok(()) }
}

fn needs(is_enough: bool, needed: &'static str) -> Result<(), ActError> {
    if is_enough { Ok(()) } else { Err(ActError::TooLow { needed }) }
}

fn target_of(action: &Action) -> Option<&Target> {
    match action {
        Action::Mute { target, .. }
        | Action::Unmute { target, .. }
        | Action::Role { target, .. }
        | Action::Kick { target, .. } => Some(target),
        Action::Say { .. }
        | Action::Private { .. }
        | Action::React { .. }
        | Action::Share { .. }
        | Action::Correct { .. }
        | Action::Retract { .. }
        | Action::Ban { .. }
        | Action::Affiliation { .. }
        | Action::Subject { .. }
        | Action::Configure { .. }
        | Action::Invite { .. } => None,
    }
}

/// Whoever is meant, under whatever nick they have by now.
fn find<'a>(room: &'a MadeRoom, target: &Target) -> Result<&'a Occupant, ActError> {
    let who = crate::Who::Here(target.clone());
    let found = grammar::who_is(&who, &room.snapshot).into_iter().next();
    found.ok_or_else(|| ActError::Gone { nick: target.nick.to_string() })
}

fn mutes_for_return(action: &Action) -> bool {
    matches!(action, Action::Mute { target, .. } if target.identity.is_lasting())
}

fn ends_mute_of_absent(room: &MadeRoom, action: &Action) -> bool {
    let Action::Unmute { target, .. } = action else { return false };
    room.mutes.iter().any(|(identity, _)| *identity == target.identity)
}

/// The reason with the nick of whoever asked, as everybody in the room reads it.
pub(super) fn reason(reason: &str, by: Option<&Asker>) -> String {
    match by {
        None => reason.to_owned(),
        Some(by) => by.sign(reason),
    }
}

/// Does it: what came of it, and what everybody sees of it.
pub(super) fn apply(room: &mut MadeRoom, action: &Action, by: Option<&Asker>) -> (Outcome, Vec<Event>) {
    let change = |text: &str| Leave {
        cause: Cause::Left,
        actor: room.snapshot.own_nick.clone(),
        reason: Some(reason(text, by)).filter(|it| !it.is_empty()),
    };
    match action {
        Action::Kick { target, reason } => set_role(room, target, Role::None, &change(reason)),
        Action::Role { target, role, reason } => set_role(room, target, *role, &change(reason)),
        Action::Mute { target, span, reason } => {
            let change = change(reason);
            room.mute(&target.identity, *span);
            let is_here = find(room, target).is_ok();
            let (_, events) = set_role(room, target, Role::Visitor, &change);
            (if is_here { Outcome::Done } else { Outcome::AtReturn }, events)
        }
        Action::Unmute { target, reason } => {
            let change = change(reason);
            let n_mutes = room.mutes.len();
            room.mutes.retain(|(identity, _)| *identity != target.identity);
            let (outcome, events) = set_role(room, target, Role::Participant, &change);
            (if room.mutes.len() < n_mutes { Outcome::Done } else { outcome }, events)
        }
        Action::Ban { jid, span, reason } => {
            let change = change(reason);
            set_affiliation(room, jid, Affiliation::Outcast, &change, *span)
        }
        Action::Affiliation { jid, affiliation, reason } => {
            let change = change(reason);
            set_affiliation(room, jid, *affiliation, &change, None)
        }
        Action::Subject { text } => {
            room.snapshot.subject.clone_from(text);
            (Outcome::Done, vec![room.event(room.snapshot.me().cloned(), EventKind::Subject { text: text.clone() })])
        }
        Action::Say { text } | Action::Share { url: text } => {
            let id = room.says();
            let oob = if matches!(action, Action::Share { .. }) { vec![text.clone()] } else { Vec::new() };
            let message = room.message(0, text).map(|it| Message { id: Some(id.into()), oob, ..it });
            let me = room.snapshot.me().cloned();
            let event = message.map(|it| room.event(me, EventKind::Message(it)));
            (Outcome::Said(id), event.into_iter().collect())
        }
        Action::Configure { changes } => {
            for change in changes {
                if let Some(field) = room.form.fields.get_mut(&change.key) {
                    field.values.clone_from(&change.after);
                }
            }
            (Outcome::Done, vec![room.event(None, EventKind::Config)])
        }
        Action::Private { .. }
        | Action::React { .. }
        | Action::Correct { .. }
        | Action::Retract { .. }
        | Action::Invite { .. } => (Outcome::Done, Vec::new()),
    }
}

fn set_role(room: &mut MadeRoom, target: &Target, role: Role, change: &Leave) -> (Outcome, Vec<Event>) {
    let found = find(room, target).map(|it| (it.stay, it.role));
    match found {
        Ok((_, now)) if now == role => (Outcome::Already, Vec::new()),
        Ok((stay, _)) => (Outcome::Done, room.sets_role(stay, role, change.clone(), true).into_iter().collect()),
        Err(_) => (Outcome::Already, Vec::new()),
    }
}

fn set_affiliation(
    room: &mut MadeRoom,
    jid: &BareJid,
    affiliation: Affiliation,
    change: &Leave,
    span: Option<Duration>,
) -> (Outcome, Vec<Event>) {
    if room.affiliation_of(jid) == affiliation {
        return (Outcome::Already, Vec::new());
    }
    let events = room.sets_affiliation(jid, affiliation, change);
    if let Some(span) = span {
        room.bans.push((jid.clone(), room.now + span));
    }
    (Outcome::Done, events)
}

/// The action as a line of a transcript.
pub(super) fn told(action: &Action, by: Option<&Asker>) -> String {
    let why =
        |text: &str| Some(reason(text, by)).filter(|it| !it.is_empty()).map_or(String::new(), |it| format!(": {it}"));
    let span =
        |span: &Option<Duration>| span.map_or(String::new(), |it| format!(" for {}", crate::format_duration(it)));
    let nick = |nick: &Nick| nick.to_string();
    match action {
        Action::Say { text } => format!("says: {text}"),
        Action::Private { to, text } => format!("tells {}: {text}", to.nick),
        Action::React { to, emojis } => format!("reacts to {to} with {}", emojis.join(" ")),
        Action::Share { url } => format!("shows {url}"),
        Action::Correct { replaces: Some(id), text } => format!("corrects {id}: {text}"),
        Action::Correct { replaces: None, text } => format!("corrects: {text}"),
        Action::Retract { message, reason } => format!("retracts {message}{}", why(reason)),
        Action::Mute { target, span: it, reason } => format!("mutes {}{}{}", nick(&target.nick), span(it), why(reason)),
        Action::Unmute { target, reason } => format!("unmutes {}{}", nick(&target.nick), why(reason)),
        Action::Role { target, role, reason } => format!("makes {} {role}{}", nick(&target.nick), why(reason)),
        Action::Kick { target, reason } => format!("kicks {}{}", nick(&target.nick), why(reason)),
        Action::Ban { jid, span: it, reason } => format!("bans {jid}{}{}", span(it), why(reason)),
        Action::Affiliation { jid, affiliation, reason } => format!("makes {jid} {affiliation}{}", why(reason)),
        Action::Subject { text } => format!("sets the subject: {text}"),
        Action::Configure { changes } => {
            let change = |it: &crate::FormChange| format!("{}={}", it.key, it.after.join(","));
            format!("configures {}", changes.iter().map(change).collect::<Vec<_>>().join(" "))
        }
        Action::Invite { jid, reason } => format!("invites {jid}{}", why(reason)),
    }
}
