//! Everybody in one room, by nick. Knows nothing of protocol phases; says what changed.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domovoi_plugin::{Nick, Occupant, OccupantId, Timestamp, jid::Jid};

use super::Stays;

/// How long someone whose nick was taken over by a rename may take to show up under another one.
const DISPLACED_FOR: Duration = Duration::from_secs(10);
/// How many of those are remembered.
const MAX_DISPLACED: usize = 16;
/// How many real JIDs a nick may have; a room that lists more is not believed.
pub(super) const MAX_JIDS: usize = 16;

/// The occupants of a room.
#[derive(Default)]
pub(super) struct Occupants {
    /// In the order of nicks. A hundred thousand occupants would feel a tree's nodes, and a nick that is kept twice.
    by_nick: Vec<Arc<Occupant>>,
    displaced: Vec<Displaced>,
}

/// Someone whose nick was taken over by a rename before they gave it up: half of a swap.
struct Displaced {
    occupant: Arc<Occupant>,
    until: Timestamp,
}

/// What a presence changed.
pub(super) enum Sight {
    /// Someone new.
    Came(Arc<Occupant>),
    /// The same person, described differently.
    Changed { was: Arc<Occupant>, is: Arc<Occupant> },
    /// Somebody else under this nick: the former one left unseen.
    Replaced { was: Arc<Occupant>, is: Arc<Occupant> },
    /// Nothing.
    Same,
}

/// What a rename did.
pub(super) enum Rename {
    /// The occupant has the new nick; someone else is no longer here by it.
    Moved { is: Arc<Occupant>, dropped: Option<Arc<Occupant>> },
    /// A session joined another session of the same person under the new nick; the old occupant is no more.
    Merged(Arc<Occupant>),
    /// Nobody had the old nick.
    Unknown,
}

/// The bare JID as text, without making one.
pub(super) fn bare_str(jid: &Jid) -> &str {
    let text = jid.as_str();
    text.split_once('/').map_or(text, |(bare, _)| bare)
}

fn share_a_jid(a: &[Jid], b: &[Jid]) -> bool {
    a.iter().any(|a| b.iter().any(|b| bare_str(a) == bare_str(b)))
}

/// Whether both may be the same person: nothing that is known of both differs.
fn may_be_same(a: &Occupant, b: &Occupant) -> bool {
    if !a.jids.is_empty() && !b.jids.is_empty() {
        return share_a_jid(&a.jids, &b.jids);
    }
    match (&a.occupant_id, &b.occupant_id) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

/// Whether both are surely the same person.
fn is_surely_same(a: &Occupant, b: &Occupant) -> bool {
    share_a_jid(&a.jids, &b.jids) || (a.occupant_id.is_some() && a.occupant_id == b.occupant_id)
}

impl Occupants {
    pub(super) fn get(&self, nick: &Nick) -> Option<&Arc<Occupant>> {
        self.place(nick).ok().and_then(|it| self.by_nick.get(it))
    }

    /// Where whoever has this nick is, or would be.
    fn place(&self, nick: &Nick) -> Result<usize, usize> {
        self.by_nick.binary_search_by(|it| it.nick.cmp(nick))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Occupant>> {
        self.by_nick.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.by_nick.len()
    }

    pub(super) fn clear(&mut self) {
        self.by_nick.clear();
        self.displaced.clear();
    }

    /// Takes in what a presence says. `joined_at` of `seen` counts only for someone new, `stay` never; without an item
    /// (`has_item`) so do role and affiliation.
    pub(super) fn see(&mut self, mut seen: Occupant, has_item: bool, stays: &Stays) -> Sight {
        let Some(was) = self.get(&seen.nick) else {
            seen.stay = stays.next();
            return Sight::Came(self.put(seen));
        };
        let was = Arc::clone(was);
        if !may_be_same(&was, &seen) {
            seen.stay = stays.next();
            let is = self.put(seen);
            return Sight::Replaced { was, is };
        }
        seen.stay = was.stay;
        seen.joined_at = was.joined_at;
        if !has_item {
            (seen.role, seen.affiliation) = (was.role, was.affiliation);
        }
        if seen.jids.is_empty() {
            // We are no moderator any more; what we knew stays true.
            seen.jids.clone_from(&was.jids);
        }
        seen.occupant_id = seen.occupant_id.or_else(|| was.occupant_id.clone());
        if seen == *was {
            return Sight::Same;
        }
        let is = self.put(seen);
        Sight::Changed { was, is }
    }

    fn put(&mut self, occupant: Occupant) -> Arc<Occupant> {
        let occupant = Arc::new(occupant);
        let place = self.by_nick.partition_point(|it| it.nick < occupant.nick);
        match self.by_nick.get_mut(place).filter(|it| it.nick == occupant.nick) {
            Some(former) => *former = Arc::clone(&occupant),
            None => self.by_nick.insert(place, Arc::clone(&occupant)),
        }
        occupant
    }

    /// Gives `old` the nick `new`. `hint` is what the room says of whom it renames.
    pub(super) fn rename(&mut self, old: &Nick, new: &Nick, hint: &Occupant, now: Timestamp) -> Rename {
        if old == new {
            return Rename::Unknown;
        }
        let Some(mover) = self.remove(old, hint) else { return Rename::Unknown };
        let mut dropped = None;
        if let Some(there) = self.get(new) {
            let there = Arc::clone(there);
            match (is_surely_same(&there, &mover), mover.is_self) {
                (true, false) => return Rename::Merged(mover),
                // Another session of ours: from now on it is simply us.
                (true, true) => dropped = Some(there),
                (false, _) => {
                    if MAX_DISPLACED <= self.displaced.len() {
                        dropped = Some(self.displaced.remove(0).occupant);
                    }
                    self.displaced.push(Displaced { occupant: there, until: now + DISPLACED_FOR });
                }
            }
        }
        let mut moved = Arc::unwrap_or_clone(mover);
        moved.nick = new.clone();
        Rename::Moved { is: self.put(moved), dropped }
    }

    /// Takes out whoever has this nick; if it was taken over, the one of the two whom `hint` fits, else the former.
    pub(super) fn remove(&mut self, nick: &Nick, hint: &Occupant) -> Option<Arc<Occupant>> {
        let displaced = self.displaced.iter().position(|it| it.occupant.nick == *nick);
        let Some(position) = displaced else { return self.take(nick) };
        let fits = |it: &Occupant| if hint.is_self { it.is_self } else { is_surely_same(it, hint) };
        let is_present_one = self.get(nick).is_some_and(|it| fits(it));
        let is_displaced = self.displaced.get(position).is_some_and(|it| fits(&it.occupant));
        if is_present_one && !is_displaced {
            return self.take(nick);
        }
        Some(self.displaced.remove(position).occupant)
    }

    fn take(&mut self, nick: &Nick) -> Option<Arc<Occupant>> {
        self.place(nick).ok().map(|it| self.by_nick.remove(it))
    }

    /// Those whose nick was taken over and who did not show up again.
    pub(super) fn expire(&mut self, now: Timestamp) -> Vec<Arc<Occupant>> {
        let expired = self.displaced.extract_if(.., |it| it.until <= now);
        expired.map(|it| it.occupant).collect()
    }

    pub(super) fn next_wake(&self) -> Option<Timestamp> {
        self.displaced.iter().map(|it| it.until).min()
    }

    /// This one is ourselves, as we now know.
    pub(super) fn become_self(&mut self, nick: &Nick) {
        if let Some(occupant) = self.take(nick) {
            self.put(Occupant { is_self: true, ..Arc::unwrap_or_clone(occupant) });
        }
    }

    /// The room turned out to give occupant ids: those that came before count.
    pub(super) fn prove(&mut self, ids: BTreeMap<u64, OccupantId>) {
        let unproven = self.iter().filter(|it| it.occupant_id.is_none());
        let proven: Vec<Occupant> = unproven
            .filter_map(|it| Some(Occupant { occupant_id: Some(ids.get(&it.stay)?.clone()), ..it.as_ref().clone() }))
            .collect();
        proven.into_iter().for_each(|it| drop(self.put(it)));
    }
}
