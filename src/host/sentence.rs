//! From a verdict to an act, and whom no verdict reaches.

use domovoi_plugin::{Action, Affiliation, Answer, Event, EventKind, Occupant, Role, Target, View};

use super::timed;

/// The host's own rule, whatever a plugin decided: moderators, admins, owners and those the view spares.
pub(super) fn is_untouchable(occupant: &Occupant, view: &dyn View) -> bool {
    occupant.is_self
        || occupant.role == Role::Moderator
        || Affiliation::Admin <= occupant.affiliation
        || view.is_spared(occupant)
}

/// The act of a verdict. What is past is not answered with a mute or a kick: they may be gone.
pub(super) fn sentence(answer: Answer, target: &Target, reason: &str, is_past: bool) -> Option<Action> {
    let (target, reason) = (target.clone(), reason.to_owned());
    match answer {
        Answer::Pass | Answer::Note | Answer::Retract => None,
        Answer::Warn if is_past => None,
        Answer::Warn => Some(Action::Private { to: target, text: reason }),
        Answer::Mute { .. } | Answer::Kick if is_past => None,
        Answer::Mute { span } => Some(Action::Mute { target, span: Some(span), reason }),
        Answer::Kick => Some(Action::Kick { target, reason }),
        // Without a JID there is nobody to ban; out is the most that can be done.
        Answer::Ban { span } => match target.identity.jid() {
            Some(jid) => Some(Action::Ban { jid: jid.clone(), span, reason }),
            None if is_past => None,
            None => Some(Action::Kick { target, reason }),
        },
    }
}

/// Someone who is banned and was let in all the same is thrown out, each time.
pub(super) fn banned_yet_here(event: &Event) -> Option<Action> {
    let occupant = event.occupant.as_ref().filter(|it| timed::is_banned_yet_here(it))?;
    let is_here = matches!(event.kind, EventKind::Join | EventKind::Role(_) | EventKind::Affiliation(_));
    let target = Target { nick: occupant.nick.clone(), identity: occupant.identity() };
    is_here.then(|| Action::Kick { target, reason: String::new() })
}
