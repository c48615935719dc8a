//! Leaving and being removed: of others and of ourselves (XEP-0045 §7.14, §8.2, §9.1, §10.9).

use domovoi_plugin::{Cause, Event, EventKind, Nick, Timestamp, View};

use super::{
    Membership, Outbound, Room, Step, Trouble,
    inbound::{Item, Presence, Status},
};

/// Why someone is gone, by what their last presence says. The strongest reason wins: a ban is also a kick.
pub(super) fn cause(presence: &Presence) -> Cause {
    let has = |status| presence.statuses.contains(&status);
    if presence.destroy.is_some() {
        Cause::Destroyed
    } else if has(Status::Banned) {
        Cause::Banned
    } else if has(Status::AffiliationLost) || has(Status::MembersOnly) {
        Cause::Removed
    } else if has(Status::Shutdown) {
        Cause::Shutdown
    } else if has(Status::Technical) {
        Cause::Lost
    } else if has(Status::Kicked) {
        Cause::Kicked
    } else {
        Cause::Left
    }
}

/// Who did it and why, as far as the room says.
pub(super) fn actor_and_reason(items: &[Item]) -> (Option<Nick>, Option<String>) {
    let actor = items.iter().find_map(|it| it.actor.clone());
    (actor, items.iter().find_map(|it| it.reason.clone()))
}

impl Room {
    /// Leaves with parting words, and stays away until [`Room::rejoin`].
    pub fn leave(&mut self, status: Option<String>, now: Timestamp) -> Vec<Event> {
        self.now = now;
        let mut events = Vec::new();
        if let Some(nick) = self.nick_there() {
            self.steps.push_back(Step::Send(Outbound::Leave { nick, status }));
        }
        if self.is_joined() {
            events.push(self.lost("we left"));
        }
        self.forget_occupants();
        self.membership = Membership::Left;
        events
    }

    /// Sends our parting without words and without a change of state.
    pub(super) fn leave_quietly(&mut self) {
        if let Some(nick) = self.nick_there() {
            self.steps.push_back(Step::Send(Outbound::Leave { nick, status: None }));
        }
    }

    fn nick_there(&self) -> Option<Nick> {
        match &self.membership {
            Membership::Joining { nick, .. } => Some(nick.clone()),
            Membership::Joined { .. } => self.own.clone(),
            Membership::Idle
            | Membership::Asking
            | Membership::Checking { .. }
            | Membership::Naming { .. }
            | Membership::Waiting { .. }
            | Membership::Stopped { .. }
            | Membership::Left => None,
        }
    }

    /// The event that says that we are out.
    pub(super) fn lost(&self, why: &str) -> Event {
        let mut event = self.event(self.me().cloned(), EventKind::Lost { why: why.to_owned() });
        event.is_own = true;
        event
    }

    /// We are no longer in: says so, and decides what follows.
    pub(super) fn lose(&mut self, why: Trouble, events: &mut Vec<Event>) {
        if self.is_joined() {
            events.push(self.lost(&why.to_string()));
        }
        self.fail(why);
    }

    /// We were removed, or our own leaving came back from another client of ours.
    pub(super) fn on_own_removal(&mut self, presence: Presence, events: &mut Vec<Event>) {
        let (by, reason) = actor_and_reason(&presence.items);
        let trouble = match cause(&presence) {
            Cause::Destroyed => {
                let (venue, reason) = presence.destroy.map_or((None, None), |it| (it.venue, it.reason));
                Trouble::Destroyed { venue, reason }
            }
            Cause::Banned => Trouble::Outcast { by, reason },
            Cause::Removed => Trouble::Removed { by, reason },
            Cause::Kicked => Trouble::Kicked { by, reason },
            Cause::Shutdown => {
                self.steps.push_back(Step::ServiceDown);
                Trouble::Shutdown
            }
            // ejabberd gives no status to those whom it removes for an error stanza.
            Cause::Lost | Cause::Left => Trouble::Technical,
        };
        self.lose(trouble, events);
    }

    /// Nobody is here, as far as we know.
    pub(super) fn forget_occupants(&mut self) {
        self.own = None;
        self.occupants.clear();
        self.unproven.clear();
        self.talk.stop_listening();
        self.reclaim_at = None;
        self.reclaimed_at = None;
    }
}
