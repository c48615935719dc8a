//! What a guard learns of people from what others do to them, and from who was here before the bot.

use domovoi_plugin::{
    Affiliation, Cause, Change, Event, EventKind, Leave, Occupant, Retraction, Role, StanzaId, Timestamp, View,
};

use crate::{campaign::Campaign, marks::Marks, people::Person, saved::Past};

impl Past {
    /// We are in: whoever is here the first time counts as a regular for a day.
    pub(crate) fn settle(&mut self, now: Timestamp, view: &dyn View) {
        for occupant in view.occupants() {
            if occupant.is_self {
                continue;
            }
            let person = self.people.meet(occupant, &occupant.identity(), now);
            if !self.is_settled {
                person.standing.was_here_before(now);
            }
        }
        self.is_settled = true;
        self.company.forget_nicks();
    }

    /// What others did to someone: our own acts took effect, a person punished or pardoned. Gives what was taken back,
    /// if that is new.
    pub(crate) fn learn(&mut self, event: &Event, marks: Option<Marks>) -> Option<Campaign> {
        let now = event.at;
        self.company.notice(event, marks);
        if let EventKind::Retraction(it) = &event.kind {
            return self.learn_retraction(it, event);
        }
        self.learn_of(event, now);
        None
    }

    fn learn_of(&mut self, event: &Event, now: Timestamp) {
        // Of all else there is nothing to learn, and most of what happens is that.
        let tells = matches!(&event.kind, EventKind::Role(_) | EventKind::Leave(_) | EventKind::Affiliation(_));
        let Some(occupant) = event.occupant.as_deref().filter(|_| tells) else {
            return;
        };
        let Some(person) = self.people.get_mut(&occupant.identity()) else {
            return;
        };
        match &event.kind {
            EventKind::Role(it) => learn_role(person, occupant, it),
            EventKind::Leave(it) => learn_leave(person, it, now),
            EventKind::Affiliation(it) if it.was == Affiliation::Outcast || it.was < occupant.affiliation => {
                pardon(person);
            }
            EventKind::Affiliation(_)
            | EventKind::Message(_)
            | EventKind::Private(_)
            | EventKind::Correction(_)
            | EventKind::Retraction(_)
            | EventKind::Reaction(_)
            | EventKind::Subject { .. }
            | EventKind::Join
            | EventKind::Nick { .. }
            | EventKind::Presence
            | EventKind::Absent(_)
            | EventKind::VoiceRequest { .. }
            | EventKind::Config
            | EventKind::Joined
            | EventKind::Lost { .. }
            | EventKind::Malformed { .. } => {}
        }
    }

    /// A moderator took back what someone said: so it was not clean, and nobody else need say it.
    fn learn_retraction(&mut self, retraction: &Retraction, event: &Event) -> Option<Campaign> {
        if retraction.moderator.is_none() || event.is_own {
            return None;
        }
        let now = event.at;
        let (author, said) = self.people.author_of(&StanzaId::new(retraction.target.as_str()))?;
        let was_known = author.standing.learned(now).is_known();
        author.lose(now);
        // What a regular said may have been out of place; it was no campaign.
        Campaign::new(&said).filter(|_| !was_known).and_then(|it| self.company.removed.learn(it, now))
    }
}

fn learn_role(person: &mut Person, occupant: &Occupant, change: &Change<Role>) {
    if change.was < occupant.role {
        pardon(person);
    } else {
        person.pending = None;
    }
}

fn learn_leave(person: &mut Person, leave: &Leave, now: Timestamp) {
    person.was_lost = matches!(leave.cause, Cause::Lost | Cause::Shutdown);
    match leave.cause {
        Cause::Kicked | Cause::Banned => {
            person.pending = None;
            person.lose(now);
        }
        Cause::Left | Cause::Removed | Cause::Lost | Cause::Shutdown | Cause::Destroyed => {}
    }
}

/// Someone gave voice or standing back: what was held against them is settled.
fn pardon(person: &mut Person) {
    person.points.clear();
    person.pending = None;
}
