//! The people of one room as the guard knows them, by identity, in bounded memory.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, DefaultHasher},
    time::Duration,
};

use domovoi_plugin::{Identity, Occupant, StanzaId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    points::Points,
    recent::{Recent, Said},
    rules::Rule,
    sentence::Strikes,
    trust::{Standing, Trust},
};

/// People kept of one room. The least known and longest unseen give way.
pub(crate) const MOST_PEOPLE: usize = 4_096;
/// Whoever has said so many clean things here can be passed for.
pub(crate) const TALKED: u32 = 3;
/// How many give way at once, so that a raid does not pay for the search with every join.
const GIVE_WAY: usize = 256;
/// For how long people are kept who are not regulars.
const KEEP_STRANGERS: Duration = Duration::from_secs(30 * 86_400);
/// For how long regulars are kept.
const KEEP_REGULARS: Duration = Duration::from_secs(365 * 86_400);
/// For how long people are kept who never said anything and have nothing against them.
const KEEP_SILENT: Duration = Duration::from_secs(86_400);
/// For how long a sentence is given time to take effect before the next one.
pub(crate) const IN_FLIGHT: Duration = Duration::from_secs(5);
/// Sentences no further apart belong to one incident.
const ONE_INCIDENT: Duration = Duration::from_secs(600);
/// For as long an incident can be taken back.
const KEEP_BEFORE: Duration = Duration::from_secs(30 * 86_400);

/// One person.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Person {
    /// Seen last, in milliseconds.
    #[serde(rename = "s")]
    pub(crate) seen: i64,
    /// How well known.
    #[serde(rename = "t")]
    pub(crate) standing: Standing,
    /// What is held against them.
    #[serde(rename = "p", default, skip_serializing_if = "Points::is_empty")]
    pub(crate) points: Points,
    /// What they did lately.
    #[serde(rename = "r", default, skip_serializing_if = "Recent::is_empty")]
    pub(crate) recent: Recent,
    /// The same, as the room's archive tells it: its times must not mix with those of now.
    #[serde(skip)]
    pub(crate) filled: Option<Box<Recent>>,
    /// How often they were sentenced.
    #[serde(rename = "k", default, skip_serializing_if = "Strikes::is_none")]
    pub(crate) strikes: Strikes,
    /// A hash of what their nick looks like.
    #[serde(rename = "n", default)]
    pub(crate) looks: u32,
    /// A hash of their nick as it is written, in small letters.
    #[serde(rename = "a", default)]
    pub(crate) name: u32,
    /// A hash of their status, so that each is judged once.
    #[serde(rename = "u", default, skip_serializing_if = "is_zero")]
    pub(crate) status: u32,
    /// Whether their connection was lost: coming back is nothing they did.
    #[serde(rename = "b", default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) was_lost: bool,
    /// Whether they came back so.
    #[serde(rename = "c", default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_back: bool,
    /// What their last sentences cost them, for as long as a person may take them back.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    before: Option<Box<Before>>,
    /// Whether they are among those who are looked at when time goes on.
    #[serde(skip)]
    is_busy: bool,
    /// The sentence under way, since when and for what.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub(crate) pending: Option<(i64, Rule)>,
}

/// What someone was before they were sentenced.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Before {
    /// When they were sentenced last, in milliseconds.
    #[serde(rename = "l")]
    last: i64,
    #[serde(rename = "t")]
    standing: Standing,
    #[serde(rename = "k", default)]
    strikes: Strikes,
}

/// What someone is worth keeping for: known, marked, heard, and when they were seen last.
pub(crate) type Worth = (bool, bool, bool, i64);

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Person {
    fn new(now: Timestamp) -> Self {
        Self {
            seen: now.as_millis(),
            standing: Standing::new(now),
            points: Points::default(),
            recent: Recent::default(),
            filled: None,
            strikes: Strikes::default(),
            before: None,
            pending: None,
            looks: 0,
            name: 0,
            status: 0,
            was_lost: false,
            is_back: false,
            is_busy: false,
        }
    }

    /// Whether nothing is kept of them that is forgotten within minutes.
    fn is_idle(&self) -> bool {
        self.recent.is_empty() && self.points.is_empty() && self.filled.is_none() && self.before.is_none()
    }

    /// Drops what no rule looks at any more.
    fn forget(&mut self, now: Timestamp) {
        self.recent.forget(now);
        self.points.forget(now);
        self.before.take_if(|it| KEEP_BEFORE <= now.since(Timestamp::from_millis(it.last)));
        if let Some(filled) = &mut self.filled {
            filled.forget(now);
        }
        self.filled.take_if(|it| it.is_empty());
    }

    /// Worth keeping, the more the later in order: who is known, who has something against them, who ever spoke.
    pub(crate) fn worth(&self, now: Timestamp) -> Worth {
        let is_known = self.standing.learned(now).is_known();
        let is_marked = !self.points.is_empty() || !self.strikes.is_none() || self.pending.is_some();
        (is_known, is_marked, 0 < self.standing.n_clean(), self.seen)
    }

    /// They were sentenced, by the guard or by a person: trust is to be earned anew. What they were stays known, sentence
    /// after sentence of one incident, in case it is taken back.
    pub(crate) fn lose(&mut self, now: Timestamp) {
        let goes_on = |it: &Before| now.since(Timestamp::from_millis(it.last)) < ONE_INCIDENT;
        match &mut self.before {
            Some(before) if goes_on(before) => before.last = now.as_millis(),
            before => {
                let (standing, strikes) = (self.standing.clone(), self.strikes);
                *before = Some(Box::new(Before { last: now.as_millis(), standing, strikes }));
            }
        }
        self.standing.lose(now);
    }

    /// A person took back the incident that began then: nothing of it is held against them any more. What they said is
    /// forgotten too, or the next copy of it would bring the same sentence.
    pub(crate) fn forgive(&mut self, since: Timestamp) {
        self.points.clear();
        self.pending = None;
        self.recent = Recent::default();
        self.filled = None;
        if let Some(before) = self.before.take_if(|it| since.as_millis() <= it.last) {
            self.standing.regain(&before.standing);
            self.strikes = before.strikes;
        }
    }

    fn is_expired(&self, now: Timestamp) -> bool {
        let keep = match self.worth(now) {
            (true, ..) => KEEP_REGULARS,
            (false, false, false, _) => KEEP_SILENT,
            (false, ..) => KEEP_STRANGERS,
        };
        keep <= now.since(Timestamp::from_millis(self.seen))
    }
}

/// Everybody the guard knows in one room.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct People {
    /// Searched several times a message. Nothing that is decided may depend on the order of them, which is none.
    /// In boxes: the places that are still free would be as large as people otherwise.
    all: HashMap<Identity, Box<Person>, BuildHasherDefault<DefaultHasher>>,
    /// Those who may have something that is forgotten with time, each once as long as they are marked as such. The others
    /// are not looked at when time goes on.
    busy: Vec<Identity>,
}

impl People {
    /// The person behind an occupant, made known if need be. Whoever was known by a weaker identity (the occupant id,
    /// or this stay only) keeps their past once the real JID shows.
    pub(crate) fn meet(&mut self, occupant: &Occupant, identity: &Identity, now: Timestamp) -> &mut Person {
        if !self.all.contains_key(identity) {
            let known = self.take_weaker(occupant);
            if MOST_PEOPLE <= self.all.len() {
                self.give_way(now);
            }
            let known = known.map(|it| Box::new(Person { is_busy: false, ..*it }));
            self.all.insert(identity.clone(), known.unwrap_or_else(|| Box::new(Person::new(now))));
        }
        #[expect(clippy::expect_used, reason = "they are known by now")]
        let person = self.all.get_mut(identity).expect("known, or made known just now");
        person.seen = now.as_millis();
        mark_busy(person, identity, &mut self.busy);
        person
    }

    /// Someone by identity alone.
    #[cfg(test)]
    pub(crate) fn know(&mut self, identity: &Identity, now: Timestamp) -> &mut Person {
        let person = self.all.entry(identity.clone()).or_insert_with(|| Box::new(Person::new(now)));
        mark_busy(person, identity, &mut self.busy);
        person
    }

    /// How well someone is known, without making them known.
    pub(crate) fn trust(&self, occupant: &Occupant, identity: &Identity, now: Timestamp) -> Trust {
        let standing = self.all.get(identity).map_or_else(|| Standing::new(now), |it| it.standing.clone());
        standing.trust(occupant, identity, now)
    }

    /// How many clean messages someone said.
    pub(crate) fn n_clean(&self, identity: &Identity) -> u32 {
        self.all.get(identity).map_or(0, |it| it.standing.n_clean())
    }

    /// What someone said and did lately.
    pub(crate) fn recent(&self, identity: &Identity) -> Option<&Recent> {
        self.all.get(identity).map(|it| &it.recent)
    }

    /// For how long someone has been known.
    pub(crate) fn age(&self, identity: &Identity, now: Timestamp) -> Duration {
        self.all.get(identity).map_or(Duration::ZERO, |it| it.standing.age(now))
    }

    /// Whether someone was never sentenced here, as far as is remembered.
    pub(crate) fn is_clear(&self, identity: &Identity) -> bool {
        self.all.get(identity).is_some_and(|it| it.strikes.is_none() && it.pending.is_none())
    }

    /// Whether a sentence of theirs is under way.
    pub(crate) fn is_sentenced(&self, identity: &Identity, now: Timestamp) -> bool {
        let since = self.all.get(identity).and_then(|it| it.pending);
        since.is_some_and(|(since, _)| now.since(Timestamp::from_millis(since)) < IN_FLIGHT)
    }

    /// Whether someone well known here comes from this domain.
    pub(crate) fn is_home(&self, domain: &str, now: Timestamp) -> bool {
        let from_there = |it: &Identity| it.jid().is_some_and(|jid| jid.domain().as_str() == domain);
        self.all.iter().any(|(identity, it)| from_there(identity) && it.standing.learned(now).is_known())
    }

    /// Someone known already.
    pub(crate) fn get_mut(&mut self, identity: &Identity) -> Option<&mut Person> {
        let person = self.all.get_mut(identity)?;
        mark_busy(person, identity, &mut self.busy);
        Some(person)
    }

    /// Whether a regular has another nick of these looks, and is somebody else. Who comes under the very same nick may be
    /// the regular with another account, and takes nobody in who does not look at the address.
    pub(crate) fn is_regulars(&self, looks: u32, name: u32, identity: &Identity, now: Timestamp) -> bool {
        let is_like = |it: &Person| it.looks == looks && it.name != name;
        let mut all = self.all.iter();
        all.any(|(who, it)| is_like(it) && who != identity && it.standing.learned(now).is_known())
    }

    /// Who said what the room knows by this id, and what it was; not for adding to what is forgotten with time.
    pub(crate) fn author_of(&mut self, id: &StanzaId) -> Option<(&mut Person, Said)> {
        let is_it = |it: &&Said| it.stanza_id.as_ref() == Some(id);
        let said = |it: &Person| it.recent.memory.all().find(is_it).cloned();
        let found = self.all.iter_mut().filter_map(|(identity, it)| said(it).map(|said| (identity, it, said)));
        // A room gives no id twice; if it did, the first in the order of identities would be it.
        let (_, person, said) = found.min_by_key(|it| it.0)?;
        Some((person, said))
    }

    /// A person took back an incident of these that began then.
    pub(crate) fn forgive(&mut self, people: &[Identity], since: Timestamp) {
        for identity in people {
            if let Some(person) = self.all.get_mut(identity) {
                person.forgive(since);
            }
        }
    }

    /// Drops what no rule looks at any more; only of those of whom there may be such.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        let all = &mut self.all;
        self.busy.retain(|identity| {
            let Some(person) = all.get_mut(identity).filter(|it| it.is_busy) else { return false };
            person.forget(now);
            person.is_busy = !person.is_idle();
            person.is_busy
        });
        // The memory of a raid that is over is given back.
        self.busy.shrink_to(self.busy.len() * 4);
    }

    /// Whether nobody has anything that is forgotten within minutes.
    pub(crate) const fn are_idle(&self) -> bool {
        self.busy.is_empty()
    }

    /// Drops who has expired. It takes a look at everybody.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        self.all.retain(|_, person| !person.is_expired(now));
    }

    /// Everybody who is known, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Person> {
        self.all.values().map(|it| &**it)
    }

    /// Those whom we would know again after a restart, in the order of identities.
    pub(crate) fn lasting(&self) -> Vec<(&Identity, &Person)> {
        let all = self.all.iter().map(|(identity, it)| (identity, &**it));
        let mut lasting: Vec<_> = all.filter(|(identity, _)| identity.is_lasting()).collect();
        lasting.sort_unstable_by_key(|it| it.0);
        lasting
    }

    /// As they were saved; more than fit, or what breaks a bound, is cut.
    pub(crate) fn load(saved: Vec<(Identity, Person)>) -> Self {
        let sane = |(identity, person): (Identity, Person)| {
            let person =
                Person { points: person.points.sane(), recent: person.recent.sane(), is_busy: false, ..person };
            (identity, Box::new(person))
        };
        let mut people = Self {
            all: saved.into_iter().take(MOST_PEOPLE).filter(|(it, _)| it.is_lasting()).map(sane).collect(),
            busy: Vec::new(),
        };
        for (identity, person) in people.all.iter_mut().filter(|(_, it)| !it.is_idle()) {
            mark_busy(person, identity, &mut people.busy);
        }
        people
    }

    fn take_weaker(&mut self, occupant: &Occupant) -> Option<Box<Person>> {
        let by_id = occupant.occupant_id.clone().map(Identity::OccupantId).and_then(|it| self.all.remove(&it));
        by_id.or_else(|| self.all.remove(&Identity::Occupancy(occupant.stay)))
    }

    fn give_way(&mut self, now: Timestamp) {
        let mut all: Vec<_> = self.all.iter().map(|(identity, it)| (it.worth(now), identity.clone())).collect();
        all.sort_unstable();
        for (_, identity) in all.into_iter().take(GIVE_WAY) {
            self.all.remove(&identity);
        }
    }

    /// How many are known.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }
}

fn mark_busy(person: &mut Person, identity: &Identity, busy: &mut Vec<Identity>) {
    if !person.is_busy {
        person.is_busy = true;
        busy.push(identity.clone());
    }
}

/// Someone in the event being judged, and how well they are known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    /// As they are in the room.
    pub(crate) occupant: &'a Occupant,
    /// Who they are.
    pub(crate) identity: &'a Identity,
    /// How well known.
    pub(crate) trust: Trust,
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::{Affiliation, Nick, Role, Show};

    use super::*;

    fn occupant(stay: u64, jid: Option<&str>, id: Option<&str>) -> Occupant {
        Occupant {
            nick: Nick::new(&format!("n{stay}")).unwrap(),
            role: Role::Participant,
            affiliation: Affiliation::None,
            jids: jid.map(|it| it.parse().unwrap()).into_iter().collect(),
            occupant_id: id.map(domovoi_plugin::OccupantId::new),
            show: Show::Online,
            status: None,
            caps: None,
            avatar: None,
            joined_at: Timestamp::default(),
            stay,
            is_self: false,
        }
    }

    fn meet<'a>(people: &'a mut People, occupant: &Occupant, millis: i64) -> &'a mut Person {
        people.meet(occupant, &occupant.identity(), Timestamp::from_millis(millis))
    }

    #[test]
    fn a_crowd_of_strangers_drives_out_strangers_only() {
        let mut people = People::default();
        let regular = occupant(0, Some("regular@a.example"), None);
        meet(&mut people, &regular, 0).standing.was_here_before(Timestamp::from_millis(0));
        let offender = occupant(1, Some("offender@a.example"), None);
        meet(&mut people, &offender, 0).points.add(Rule::Rate, 60_000, Timestamp::from_millis(0));
        for n in 2..20_000 {
            meet(&mut people, &occupant(n, Some(&format!("u{n}@b.example")), None), 1);
            assert!(people.len() <= MOST_PEOPLE);
        }
        for known in [&regular, &offender] {
            assert!(people.get_mut(&known.identity()).is_some(), "{known:?}");
        }
    }

    #[test]
    fn the_past_follows_an_identity_that_becomes_clearer() {
        let mut people = People::default();
        let now = Timestamp::from_millis(0);
        meet(&mut people, &occupant(7, None, Some("id")), 0).points.add(Rule::Rate, 60_000, now);
        let shown = occupant(7, Some("a@a.example/x"), Some("id"));
        assert_eq!(meet(&mut people, &shown, 0).points.sum(now), 60);
        assert_eq!(people.len(), 1);
    }

    #[test]
    fn people_expire_by_what_they_are_worth() {
        let mut people = People::default();
        let (silent, spoke) = (occupant(1, Some("a@a.example"), None), occupant(2, Some("b@a.example"), None));
        meet(&mut people, &silent, 0);
        meet(&mut people, &spoke, 0).standing.said_clean(Timestamp::from_millis(0));
        people.expire(Timestamp::from_millis(2 * 86_400_000));
        assert!(people.get_mut(&silent.identity()).is_none());
        assert!(people.get_mut(&spoke.identity()).is_some());
        people.expire(Timestamp::from_millis(31 * 86_400_000));
        assert_eq!(people.len(), 0);
    }

    #[test]
    fn what_decays_is_forgotten_of_everybody_who_has_it_and_once() {
        let mut people = People::default();
        let weak = occupant(7, None, Some("id"));
        let now = Timestamp::from_millis(0);
        meet(&mut people, &weak, 0).points.add(Rule::Rate, 60_000, now);
        let shown = occupant(7, Some("a@a.example/x"), Some("id"));
        meet(&mut people, &shown, 0);
        people.forget(Timestamp::from_millis(1_000));
        assert_eq!(people.busy, [shown.identity()]);
        let saved = people.lasting().into_iter().map(|(identity, it)| (identity.clone(), it.clone())).collect();
        let mut again = People::load(saved);
        for people in [&mut people, &mut again] {
            people.forget(Timestamp::from_millis(86_400_000));
            assert!(people.busy.is_empty() && people.all.values().all(|it| it.points.is_empty()));
        }
        assert_eq!(people, again);
    }
}
