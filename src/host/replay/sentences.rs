//! Whom the replay has muted, kicked or banned, and until when.
//!
//! The people in the records go on talking, since what is replayed never happened to them; here it is known who would
//! not have been heard. People are known by address, else by occupant id, else by this stay alone: then a kick holds
//! for whoever has that nick until somebody comes in under it.

use std::collections::HashMap;

use domovoi_plugin::{Nick, Occupant, OccupantId, Target, Timestamp, Verdict, View as _, jid::BareJid};

use super::{
    hall::{Hall, is_made_up, is_same},
    line::Fact,
};

/// Until when; `None` for good.
type Until = Option<Timestamp>;

/// How someone stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// Nothing holds them.
    Free,
    /// They are here and cannot speak.
    Muted,
    /// They were thrown out and may come back.
    Kicked,
    /// They cannot come in.
    Banned,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sentence {
    mute: Option<Until>,
    /// The rule of the last mute.
    muted_by: &'static str,
    ban: Option<Until>,
    is_kicked: bool,
}

/// Everybody whom the replay has acted on in one room.
#[derive(Debug, Default)]
pub(super) struct Sentences {
    all: Vec<Sentence>,
    by_jid: HashMap<BareJid, usize>,
    by_id: HashMap<OccupantId, usize>,
    by_stay: HashMap<u64, usize>,
    /// Those thrown out of whom nothing but the nick is known.
    by_nick: HashMap<Nick, usize>,
    /// When the first of them ends.
    next_end: Option<Timestamp>,
}

impl Sentences {
    /// How whoever this record is about stands.
    pub(super) fn of(&self, fact: &Fact<'_>, hall: &Hall) -> Standing {
        self.place(fact, hall).and_then(|it| self.all.get(it)).map_or(Standing::Free, |it| match it {
            Sentence { ban: Some(_), .. } => Standing::Banned,
            Sentence { is_kicked: true, .. } => Standing::Kicked,
            Sentence { mute: Some(_), .. } => Standing::Muted,
            Sentence { .. } => Standing::Free,
        })
    }

    /// Whether someone who is here is muted.
    pub(super) fn is_muted(&self, stay: u64) -> bool {
        self.by_stay.get(&stay).and_then(|it| self.all.get(*it)).is_some_and(|it| it.mute.is_some())
    }

    /// Whoever was kicked comes in again; `occupant` is what they are now. A mute goes on.
    pub(super) fn came_back(&mut self, fact: &Fact<'_>, hall: &Hall, occupant: &Occupant) {
        if let Some(place) = self.place(fact, hall)
            && let Some(sentence) = self.all.get_mut(place)
        {
            sentence.is_kicked = false;
            self.by_stay.insert(occupant.stay, place);
        }
        self.by_nick.remove(&occupant.nick);
    }

    /// Whoever was thrown out goes on under another nick in the records.
    pub(super) fn rename(&mut self, old: &Nick, new: &Nick) {
        if let Some(place) = self.by_nick.remove(old) {
            self.by_nick.insert(new.clone(), place);
        }
    }

    /// Withdraws someone's voice; says whether that is new, or holds longer than before.
    pub(super) fn mute(
        &mut self,
        verdict: &Verdict,
        target: &Target,
        occupant: Option<&Occupant>,
        until: Until,
    ) -> bool {
        let mut is_news = false;
        self.with(target, occupant, |it| {
            is_news = prolong(&mut it.mute, until);
            if is_news {
                it.muted_by = verdict.rule;
            }
        });
        self.note_end(until);
        is_news
    }

    /// What this rule has muted people for is over.
    pub(super) fn release(&mut self, rule: &str) {
        for sentence in self.all.iter_mut().filter(|it| it.muted_by == rule) {
            sentence.mute = None;
        }
    }

    /// Throws someone out.
    pub(super) fn kick(&mut self, target: &Target, occupant: &Occupant) {
        let place = self.with(target, Some(occupant), |it| it.is_kicked = true);
        self.forget_stay(occupant, place);
    }

    /// Keeps someone out; says whether that is new, or holds longer than before.
    pub(super) fn ban(&mut self, target: &Target, occupant: Option<&Occupant>, until: Until) -> bool {
        let mut is_news = false;
        let place = self.with(target, occupant, |it| is_news = prolong(&mut it.ban, until));
        if let Some(occupant) = occupant {
            self.forget_stay(occupant, place);
        }
        self.note_end(until);
        is_news
    }

    /// A person gave someone voice or standing: nothing of ours holds them any more.
    pub(super) fn pardon(&mut self, fact: &Fact<'_>, hall: &Hall) {
        if let Some(sentence) = self.place(fact, hall).and_then(|it| self.all.get_mut(it)) {
            *sentence = Sentence::default();
        }
    }

    /// Ends what is over by now; says whether anything was.
    pub(super) fn expire(&mut self, now: Timestamp) -> bool {
        if self.next_end.is_none_or(|end| now < end) {
            return false;
        }
        let is_over = |until: Until| until.is_some_and(|end| end <= now);
        self.next_end = None;
        for at in 0..self.all.len() {
            let Some(sentence) = self.all.get_mut(at) else { break };
            sentence.mute = sentence.mute.filter(|it| !is_over(*it));
            sentence.ban = sentence.ban.filter(|it| !is_over(*it));
            let left = [sentence.mute.flatten(), sentence.ban.flatten()];
            left.into_iter().for_each(|end| self.note_end(end));
        }
        true
    }

    /// When the first of them ends that ends by itself.
    pub(super) const fn next_end(&self) -> Option<Timestamp> {
        self.next_end
    }

    fn note_end(&mut self, until: Until) {
        self.next_end = [self.next_end, until].into_iter().flatten().min();
    }

    fn place(&self, fact: &Fact<'_>, hall: &Hall) -> Option<usize> {
        if self.all.is_empty() {
            return None;
        }
        let by_jid = || fact.jid.as_ref().and_then(|it| self.by_jid.get(it));
        let by_id = || fact.occupant_id.as_ref().and_then(|it| self.by_id.get(it));
        let nick = fact.nick.as_ref();
        let by_stay = || {
            let here = nick.and_then(|it| hall.occupant(it)).filter(|it| is_same(it, fact));
            here.and_then(|it| self.by_stay.get(&it.stay))
        };
        let is_nameless = fact.jid.is_none() && fact.occupant_id.is_none();
        let by_nick = || nick.filter(|_| is_nameless).and_then(|it| self.by_nick.get(it));
        by_jid().or_else(by_id).or_else(by_stay).or_else(by_nick).copied()
    }

    /// Changes what holds someone, made known by all that is known of them.
    fn with(&mut self, target: &Target, occupant: Option<&Occupant>, change: impl FnOnce(&mut Sentence)) -> usize {
        let jids: Vec<BareJid> = match occupant {
            Some(it) => it.jids.iter().map(domovoi_plugin::jid::Jid::to_bare).collect(),
            None => target.identity.jid().cloned().into_iter().collect(),
        };
        let id = occupant.and_then(|it| it.occupant_id.clone()).or_else(|| match &target.identity {
            domovoi_plugin::Identity::OccupantId(id) => Some(id.clone()),
            domovoi_plugin::Identity::Jid(_) | domovoi_plugin::Identity::Occupancy(_) => None,
        });
        let known = jids.iter().find_map(|it| self.by_jid.get(it));
        let known = known.or_else(|| id.as_ref().and_then(|it| self.by_id.get(it)));
        let known = known.or_else(|| occupant.and_then(|it| self.by_stay.get(&it.stay))).copied();
        let place = known.unwrap_or_else(|| {
            self.all.push(Sentence::default());
            self.all.len() - 1
        });
        self.by_jid.extend(jids.into_iter().map(|it| (it, place)));
        self.by_id.extend(id.map(|it| (it, place)));
        self.by_stay.extend(occupant.map(|it| (it.stay, place)));
        self.all.get_mut(place).map(change);
        place
    }

    /// The stay is over; who is nothing but a nick is known by that from now on.
    fn forget_stay(&mut self, occupant: &Occupant, place: usize) {
        self.by_stay.remove(&occupant.stay);
        if occupant.jids.is_empty() && occupant.occupant_id.as_ref().is_none_or(is_made_up) {
            self.by_nick.insert(occupant.nick.clone(), place);
        }
    }
}

/// Lets it hold until then, if that is later than it does; says whether it is.
pub(super) fn prolong(held: &mut Option<Until>, until: Until) -> bool {
    let is_later = match *held {
        None => true,
        Some(None) => false,
        Some(Some(end)) => until.is_none_or(|it| end < it),
    };
    if is_later {
        *held = Some(until);
    }
    is_later
}
