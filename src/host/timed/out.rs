//! Keeping someone out whose JID is not known: by whatever is known, until it is.
//!
//! A room bans by JID only. Until it shows one, whoever is to stay out is removed at every return; then they are banned
//! for what is left of the time.

use domovoi_plugin::{Action, Identity, Occupant, Target, Timestamp, jid::BareJid};

use super::{Entry, Kind, Timed, Want};

impl Timed {
    /// Someone is to stay out, whose JID is not known, or whose ban has no end by itself.
    pub fn keep_out(
        &mut self,
        target: &Target,
        until: Option<Timestamp>,
        reason: &str,
        by: &str,
        now: Timestamp,
    ) -> Vec<Want> {
        self.put(Entry {
            kind: Kind::Ban,
            identity: target.identity.clone(),
            nick: target.nick.to_string(),
            since: now,
            until,
            reason: reason.to_owned(),
            by: by.to_owned(),
            was_voiceless: false,
            after_ban: false,
            sessions: Vec::new(),
        })
    }

    /// Whether someone of unknown JID is kept out.
    #[must_use]
    pub fn is_kept_out(&self, identity: &Identity) -> bool {
        identity.jid().is_none() && self.entries.contains_key(&(Kind::Ban, identity.clone()))
    }

    /// Whether a ban of this JID is ours.
    #[must_use]
    pub fn has_banned(&self, jid: &BareJid) -> bool {
        self.entries.contains_key(&(Kind::Ban, Identity::Jid(jid.clone())))
    }

    /// They may come in again.
    pub fn let_in(&mut self, identity: &Identity) -> Vec<Want> {
        if self.is_kept_out(identity) { self.drop_entry(Kind::Ban, identity) } else { Vec::new() }
    }

    /// Someone came in who should not have: banned now if their JID is seen, else removed once more.
    pub(super) fn bar(&mut self, occupant: &Occupant, now: Timestamp) -> Vec<Want> {
        let wants = self.turn_away(occupant, now);
        if !wants.is_empty() {
            return wants;
        }
        let Some(entry) = self.ban_of(occupant, now) else { return Vec::new() };
        // Who is in although we banned them was let in by a person.
        let is_let_in = !super::is_banned_yet_here(occupant);
        if is_let_in { self.drop_entry(Kind::Ban, &entry.identity) } else { Vec::new() }
    }

    fn ban_of(&self, occupant: &Occupant, now: Timestamp) -> Option<Entry> {
        let is_theirs = |it: &&Entry| it.kind == Kind::Ban && occupant.is(&it.identity) && !it.is_over(now);
        self.entries.values().find(is_theirs).cloned()
    }

    /// Someone is here whom only we keep out, since the room never learned of it: banned now if their JID is seen, else
    /// removed.
    pub(super) fn turn_away(&mut self, occupant: &Occupant, now: Timestamp) -> Vec<Want> {
        let Some(entry) = self.ban_of(occupant, now).filter(|it| it.identity.jid().is_none()) else {
            return Vec::new();
        };
        let Some(jid) = occupant.bare_jid() else {
            let target = Target { nick: occupant.nick.clone(), identity: entry.identity };
            return vec![Want::Act(Action::Kick { target, reason: entry.reason })];
        };
        let span = entry.until.map(|until| until.since(now));
        let mut wants = self.drop_entry(Kind::Ban, &entry.identity);
        wants.push(Want::Act(Action::Ban { jid, span, reason: entry.reason }));
        wants
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domovoi_plugin::{Affiliation, Nick, OccupantId, Role, Show};

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000 + seconds * 1000)
    }

    fn mallory(jid: Option<&str>, affiliation: Affiliation) -> Occupant {
        Occupant {
            nick: Nick::new("mallory").unwrap(),
            role: Role::Participant,
            affiliation,
            jids: jid.map(|it| it.parse().unwrap()).into_iter().collect(),
            occupant_id: Some(OccupantId::new("o-mallory")),
            show: Show::Online,
            status: None,
            caps: None,
            avatar: None,
            joined_at: at(0),
            stay: 7,
            is_self: false,
        }
    }

    fn target(identity: Identity) -> Target {
        Target { nick: Nick::new("mallory").unwrap(), identity }
    }

    #[test]
    fn who_is_out_without_a_jid_is_removed_at_each_return_and_banned_once_it_is_seen() {
        let mut timed = Timed::default();
        let id = Identity::OccupantId(OccupantId::new("o-mallory"));
        timed.keep_out(&target(id.clone()), Some(at(3600)), "spam", "guard", at(0));
        let hidden = mallory(None, Affiliation::None);
        for second in [1, 2] {
            let wants = timed.bar(&hidden, at(second));
            assert!(matches!(&wants[..], [Want::Act(Action::Kick { reason, .. })] if reason == "spam"), "{wants:?}");
        }
        let wants = timed.bar(&mallory(Some("mallory@x.example/a"), Affiliation::None), at(600));
        let [Want::Forget(Kind::Ban, _), Want::Act(Action::Ban { jid, span, .. })] = &wants[..] else {
            panic!("{wants:?}")
        };
        assert_eq!((jid.as_str(), *span), ("mallory@x.example", Some(Duration::from_secs(3000))));
        assert!(!timed.is_kept_out(&id));
    }

    #[test]
    fn who_was_let_in_by_a_person_or_has_served_their_time_is_left_alone() {
        let mut timed = Timed::default();
        let id = Identity::OccupantId(OccupantId::new("o-mallory"));
        timed.keep_out(&target(id.clone()), Some(at(60)), "spam", "guard", at(0));
        assert_eq!(timed.bar(&mallory(None, Affiliation::None), at(61)), []);
        assert_eq!(timed.let_in(&id).len(), 1);

        let jid = Identity::Jid("mallory@x.example".parse().unwrap());
        timed.keep_out(&target(jid.clone()), None, "spam", "guard", at(0));
        let let_in_by_a_bug = mallory(Some("mallory@x.example/a"), Affiliation::Outcast);
        assert_eq!(timed.bar(&let_in_by_a_bug, at(1)), []);
        assert_eq!(timed.entries().count(), 1);
        let wants = timed.bar(&mallory(Some("mallory@x.example/a"), Affiliation::None), at(2));
        assert_eq!(wants, [Want::Forget(Kind::Ban, jid)], "somebody lifted the ban: it is not ours any more");
    }
}
