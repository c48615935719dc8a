//! What an action gives back to people or to the room. Whether it was taken from them before is not asked here.

use domovoi_plugin::{Action, Affiliation, FormChange, Identity, jid::BareJid};

/// What may have been taken before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gift<'a> {
    /// Someone's voice.
    Voice(&'a Identity),
    /// The way in, after a ban.
    Entry(&'a BareJid),
    /// Values of the room's form.
    Form(&'a [FormChange]),
}

impl<'a> Gift<'a> {
    /// What this action gives back, if it is of that kind.
    #[must_use]
    pub const fn of(action: &'a Action) -> Option<Self> {
        match action {
            Action::Unmute { target, .. } => Some(Self::Voice(&target.identity)),
            Action::Affiliation { jid, affiliation: Affiliation::None, .. } => Some(Self::Entry(jid)),
            Action::Configure { changes } => Some(Self::Form(changes.as_slice())),
            Action::Retract { .. }
            | Action::Mute { .. }
            | Action::Role { .. }
            | Action::Kick { .. }
            | Action::Ban { .. }
            | Action::Affiliation { .. }
            | Action::Say { .. }
            | Action::Private { .. }
            | Action::React { .. }
            | Action::Share { .. }
            | Action::Correct { .. }
            | Action::Subject { .. }
            | Action::Invite { .. } => None,
        }
    }
}
