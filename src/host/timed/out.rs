//! Keeping someone out whose JID is not known: by whatever is known, until it is.
//!
//! A room bans by JID only. Until it shows one, whoever is to stay out is removed at every return; then they are banned
//! for what is left of the time.

use domovoi_plugin::{Action, Identity, Occupant, Target, Timestamp};

use super::{Entry, Kind, Timed, Want};

impl Timed {
    /// Someone of unknown JID is to stay out.
    pub fn keep_out(
        &mut self,
        target: &Target,
        until: Option<Timestamp>,
        reason: &str,
        by: &str,
        now: Timestamp,
    ) -> Vec<Want> {
        self.put(Entry::ban(target, until, reason, by, now))
    }

    /// A ban of ours that has no end by itself; kept so that it is known whose it is.
    pub fn keep_banned(&mut self, target: &Target, reason: &str, by: &str, now: Timestamp) -> Vec<Want> {
        self.put(Entry::ban(target, None, reason, by, now))
    }

    /// Whether someone of unknown JID is kept out.
    #[must_use]
    pub fn is_kept_out(&self, identity: &Identity) -> bool {
        identity.jid().is_none() && self.entries.contains_key(&(Kind::Ban, identity.clone()))
    }

    /// They may come in again.
    pub fn let_in(&mut self, identity: &Identity) -> Vec<Want> {
        if self.is_kept_out(identity) { self.drop_entry(Kind::Ban, identity) } else { Vec::new() }
    }

    /// Someone came in who should not have: banned now if their JID is seen, else removed once more.
    pub(super) fn bar(&mut self, occupant: &Occupant, now: Timestamp) -> Vec<Want> {
        let is_theirs = |it: &&Entry| it.kind == Kind::Ban && occupant.is(&it.identity) && !it.is_over(now);
        let Some(entry) = self.entries.values().find(is_theirs).cloned() else { return Vec::new() };
        if entry.identity.jid().is_some() {
            // Who is in although we banned them was let in by a person.
            let is_let_in = !super::is_banned_yet_here(occupant);
            return if is_let_in { self.drop_entry(Kind::Ban, &entry.identity) } else { Vec::new() };
        }
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
