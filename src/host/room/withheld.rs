//! What acts of ours make of the table of timed acts.

use domovoi_plugin::{ActError, Action, Identity, Outcome, Timestamp, jid::BareJid};

use super::{Acted, RoomHost};
use crate::host::{incidents::Person, timed::Want};

impl RoomHost {
    /// Whether something of ours is withheld from someone who is away.
    pub(super) fn is_withheld(&self, identity: &Identity) -> bool {
        self.timed.is_muted(identity) || self.timed.is_kept_out(identity)
    }

    /// Keeps the table of timed acts true.
    pub(super) fn note_timed(&mut self, acted: &Acted<'_>, is_released: bool, now: Timestamp) {
        let is_new = match acted.result {
            Ok(Outcome::Done) => true,
            Ok(Outcome::Already) => false,
            // Whoever left before the mute reached them is muted when they return.
            Err(ActError::Gone { .. }) if matches!(acted.action, Action::Mute { .. }) => true,
            // The answer was lost, the act perhaps not: better an entry too many, whose end looks first, than a
            // temporary ban for ever.
            Err(ActError::NoAnswer)
                if matches!(acted.action, Action::Mute { .. } | Action::Ban { span: Some(_), .. }) =>
            {
                true
            }
            Ok(Outcome::Observed) | Err(_) => return,
        };
        let is_own = *acted.plugin == self.host.own_name();
        let by = acted.by.map_or_else(|| acted.plugin.to_string(), |it| it.nick.clone());
        let wants = if let (Action::Unmute { target, .. }, true) = (acted.action, is_released) {
            let mut wants = self.timed.release(&target.identity, now);
            wants.extend(self.timed.let_in(&target.identity));
            wants
        } else if is_own && matches!(acted.action, Action::Mute { .. }) {
            // A mute that the host renews goes on as it was.
            Vec::new()
        } else {
            let mut wants = self.timed.acted(acted.action, is_new, &by, now);
            wants.extend(self.note_lasting_ban(acted, &by, now));
            wants
        };
        // Settling these only writes to the store; there is nothing more to do in the room.
        self.settle(wants);
    }

    /// A ban of a guard that has no end by itself stays known as ours, so that it can be taken back as long as no person
    /// made it their own.
    fn note_lasting_ban(&mut self, acted: &Acted<'_>, by: &str, now: Timestamp) -> Vec<Want> {
        let Action::Ban { jid, span: None, reason } = acted.action else { return Vec::new() };
        let person = Person::of_jid(jid).filter(|_| acted.by.is_none());
        person.map_or_else(Vec::new, |it| self.timed.keep_banned(&it.target(), reason, by, now))
    }

    /// A ban that was to be lifted is gone.
    pub fn lifted(&mut self, jid: &BareJid) {
        let wants = self.timed.lifted(jid);
        self.settle(wants);
    }
}
