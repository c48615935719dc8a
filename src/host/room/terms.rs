//! Timed acts of a room: what is sent, answered, kept and over.

use domovoi_plugin::{
    ActError, Action, Asker, Event, Identity, Outcome, PluginName, RoomJid, Text, Timestamp, View, jid::BareJid,
};

use super::{Acted, Ask, RoomHost};
use crate::host::{
    incidents::{Gift, Person},
    keeper::{End, Keep},
    removals::Away,
    timed::Want,
};

impl RoomHost {
    /// An action is about to be sent: should we die before it is answered, the next start has to know of it. Nothing
    /// waits for the disk here, since a flood does not either: killed within the milliseconds of one flush, the act of a
    /// guard is not known. What a person asked for is written down before it comes here.
    pub fn sending(&mut self, plugin: &PluginName, action: &Action, by: Option<&Asker>, view: &dyn View) {
        if *plugin == self.host.own_name() {
            // What the host renews or ends is kept already.
            return;
        }
        let by = by.map_or_else(|| plugin.to_string(), |it| it.nick.clone());
        if action.is_moderation()
            && let Some(by) = self.note_later(action, by)
        {
            self.intend(action, &by, view);
        }
    }

    /// Notes what an action will put in force.
    pub(super) fn intend(&mut self, action: &Action, by: &str, view: &dyn View) {
        let wants = self.timed.intend(action, by, view);
        // Settling these only writes to the store.
        self.settle(wants);
    }

    /// Remembers who was sent away, for when they ask.
    pub(super) fn note_removal(&self, event: &Event, view: &dyn View) {
        if let Some(away) = Away::of(event, view.me().map(|it| &it.nick)) {
            self.host.keeper.keep(Keep::Removal(away));
        }
    }

    /// Keeps the table of timed acts true.
    pub(super) fn note_timed(&mut self, acted: &Acted<'_>, is_released: bool, now: Timestamp) {
        self.note_term(acted, is_released, now);
        let wants = self.timed.answered(acted.action);
        self.settle(wants);
    }

    fn note_term(&mut self, acted: &Acted<'_>, is_released: bool, now: Timestamp) {
        let is_new = match acted.result {
            Ok(Outcome::Done) => true,
            Ok(Outcome::Already) => false,
            // Whoever left before the mute reached them is muted when they return.
            Ok(Outcome::AtReturn) if matches!(acted.action, Action::Mute { .. }) => true,
            // The answer was lost, the act perhaps not: better an entry too many, whose end looks first, than a
            // temporary ban for ever.
            Err(ActError::NoAnswer)
                if matches!(acted.action, Action::Mute { .. } | Action::Ban { span: Some(_), .. }) =>
            {
                true
            }
            Ok(Outcome::Said(_) | Outcome::Observed | Outcome::AtReturn) | Err(_) => return,
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

    /// Whether something of ours is withheld from someone who is away.
    pub(super) fn is_withheld(&self, identity: &Identity) -> bool {
        self.timed.is_muted(identity) || self.timed.is_kept_out(identity)
    }

    /// Whether an action takes back what was done before: voice that was taken, a ban, or values of the room's form.
    pub(super) fn gives_back(&self, plugin: &PluginName, action: &Action) -> bool {
        match Gift::of(action) {
            Some(Gift::Voice(identity)) => self.timed.is_muted(identity) || self.is_given_back(plugin, action),
            Some(Gift::Entry(jid)) => self.timed.has_banned(jid),
            Some(Gift::Form(_)) => self.is_given_back(plugin, action),
            None => false,
        }
    }

    /// A ban of a guard that has no end by itself stays known as ours, so that it can be taken back as long as no person
    /// made it their own.
    fn note_lasting_ban(&mut self, acted: &Acted<'_>, by: &str, now: Timestamp) -> Vec<Want> {
        let Action::Ban { jid, span: None, reason } = acted.action else { return Vec::new() };
        let person = Person::of_jid(jid).filter(|_| acted.by.is_none());
        person.map_or_else(Vec::new, |it| self.timed.keep_out(&it.target(), None, reason, by, now))
    }

    /// A ban that was to be lifted is gone.
    pub fn lifted(&mut self, jid: &BareJid) {
        let wants = self.timed.lifted(jid, self.host.clock.now());
        self.settle(wants);
    }

    /// Does what only needs the store, and gives back what needs the room.
    pub(super) fn settle(&mut self, wants: Vec<Want>) -> Vec<Ask> {
        let mut asks = Vec::new();
        for want in wants {
            match want {
                Want::Act(action) => {
                    let action = self.with_reason(action);
                    asks.push(Ask { plugin: self.host.own_name(), action, incident: None, token: None });
                }
                Want::Lift(jid) => self.keep_here(|room| Keep::Ban { room, jid, end: End::Now }),
                Want::Check(jid) => self.keep_here(|room| Keep::Ban { room, jid, end: End::NotYet }),
                Want::Keep(entry) => self.keep_here(|room| Keep::Timed { room, entry }),
                Want::Forget(kind, identity) => self.keep_here(|room| Keep::Forget { room, kind, identity }),
                Want::Intend(entry) => self.keep_here(|room| Keep::Intent { room, entry }),
                Want::Unintend(kind, identity) => self.keep_here(|room| Keep::Answered { room, kind, identity }),
            }
        }
        asks
    }

    /// An act of the host's own, with a reason in the room's language.
    fn with_reason(&self, mut action: Action) -> Action {
        let say = |key: &'static str| self.host.words.translate(&self.host.room_language(&self.room), &Text::key(key));
        if let Action::Unmute { reason, .. } = &mut action
            && reason.is_empty()
        {
            *reason = say("reason-time-over");
        }
        if let Action::Kick { reason, .. } = &mut action
            && reason.is_empty()
        {
            *reason = say("reason-banned");
        }
        action
    }

    fn keep_here(&mut self, of: impl FnOnce(RoomJid) -> Keep) {
        self.keep(of(self.room.clone()));
    }
}

/// Their leaving and what was asked for have crossed on the way: the server knows nobody of that nick any more.
pub(super) fn left_meanwhile(acted: &Acted<'_>) -> Option<Result<Outcome, ActError>> {
    let Err(ActError::Refused { condition }) = acted.result else { return None };
    let (Action::Kick { target, .. }
    | Action::Mute { target, .. }
    | Action::Unmute { target, .. }
    | Action::Role { target, .. }) = acted.action
    else {
        return None;
    };
    // Prosody says the one, ejabberd the other; what is not allowed is called so by both.
    let is_nobody = ["item-not-found", "not-acceptable"].iter().any(|it| condition.starts_with(it));
    is_nobody.then(|| Err(ActError::Gone { nick: target.nick.to_string() }))
}
