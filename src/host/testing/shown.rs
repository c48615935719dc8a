//! What an action looks like on the stage of a scene.

use domovoi_plugin::{Action, Outcome, SaidId, Slot};

use super::Stage;

impl Stage {
    /// Where files may be put from now on.
    pub(crate) fn set_slot(&self, slot: Slot) {
        self.state().slot = Some(slot);
    }
}

/// The line that is said, if something is: `to the room` as it is, `@nick text` in private.
pub(super) fn of(action: &Action) -> Option<String> {
    match action {
        Action::Say { text } => Some(text.clone()),
        Action::Private { to, text } => Some(format!("@{} {text}", to.nick)),
        Action::Share { url } => Some(format!("shows {url}")),
        Action::Correct { replaces, text } => {
            let which = replaces.as_ref().map_or("the last", |it| it.as_str());
            Some(format!("corrects {which}: {text}"))
        }
        Action::React { .. }
        | Action::Retract { .. }
        | Action::Mute { .. }
        | Action::Unmute { .. }
        | Action::Role { .. }
        | Action::Kick { .. }
        | Action::Ban { .. }
        | Action::Affiliation { .. }
        | Action::Subject { .. }
        | Action::Configure { .. }
        | Action::Invite { .. } => None,
    }
}

/// What it comes to: everything said has the same id.
pub(super) fn outcome(action: &Action) -> Outcome {
    if matches!(action, Action::Say { .. } | Action::Share { .. }) { Outcome::Said(SaidId(7)) } else { Outcome::Done }
}
