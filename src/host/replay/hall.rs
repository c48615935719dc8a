//! A room as its records tell of it: who is there, as what.
//!
//! Records need not be complete. Whoever does something without having come in is taken as someone who was there all
//! along, an unaffiliated participant, until a record says otherwise.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use domovoi_plugin::{
    Affiliation, Caps, Features, Moderation, Nick, Occupant, OccupantId, Role, RoomJid, Show, Target, Timestamp, View,
    jid::Jid,
};

use super::line::{Fact, Str};

/// The bot's own nick, one that hardly anybody in the records has.
const OWN_NICK: &str = "domovoi (replay)";
/// Whoever was never seen coming in came so long before the first record.
const LONG_AGO: Duration = Duration::from_secs(3_600);

/// So many people are in a room at most; then those whom no record saw coming in are taken as gone. Records without
/// comings and goings would fill it with everybody who ever said a word.
const MOST_OCCUPANTS: usize = 50_000;

/// A room, for the guards to look at.
pub(super) struct Hall {
    room: RoomJid,
    pub(super) now: Timestamp,
    began: Timestamp,
    me: Arc<Occupant>,
    occupants: BTreeMap<Nick, Arc<Occupant>>,
    features: Features,
    next_stay: u64,
    /// Whether any record has told who somebody is, beyond a nick.
    tells_ids: bool,
    /// The stays of those whose voice the replay has withdrawn.
    pub(super) held: BTreeSet<u64>,
}

impl Hall {
    /// A room in which only the bot is; `number` tells it from the other rooms.
    pub(super) fn new(room: RoomJid, began: Timestamp, number: usize) -> Self {
        let first_stay = u64::try_from(number).unwrap_or(u64::MAX) << 32;
        #[expect(clippy::expect_used, reason = "it is a nick, as a test shows")]
        let nick = Nick::new(OWN_NICK).expect("letters, a space and brackets make a nick");
        let me = Arc::new(Occupant {
            role: Role::Moderator,
            affiliation: Affiliation::Admin,
            is_self: true,
            ..Occupant::new(nick.clone(), began, first_stay)
        });
        let features = Features {
            is_persistent: true,
            has_archive: true,
            has_stanza_ids: true,
            has_occupant_ids: true,
            moderation: Moderation::V1,
            ..Features::default()
        };
        let occupants = BTreeMap::from([(nick, me.clone())]);
        Self {
            room,
            now: began,
            began,
            me,
            occupants,
            features,
            next_stay: first_stay + 1,
            tells_ids: false,
            held: BTreeSet::new(),
        }
    }

    /// The bot's own occupant.
    pub(super) const fn own(&self) -> &Arc<Occupant> {
        &self.me
    }

    /// Whom a record is about, with what it says of them; and whether they were not known to be here. `None` where it
    /// names nobody.
    pub(super) fn meet(&mut self, fact: &Fact<'_>) -> Option<(Arc<Occupant>, bool)> {
        let nick = fact.nick.as_ref()?;
        if let Some(occupant) = self.occupants.get_mut(nick)
            && is_same(occupant, fact)
        {
            learn(occupant, fact, &self.held);
            return Some((occupant.clone(), false));
        }
        let joined_at = self.began - LONG_AGO;
        Some((self.admit(nick, fact, joined_at), true))
    }

    /// Someone comes in, by a record that names them.
    pub(super) fn enter(&mut self, fact: &Fact<'_>) -> Option<Arc<Occupant>> {
        let nick = fact.nick.as_ref()?;
        self.admit(nick, fact, fact.at);
        self.show(fact)
    }

    /// Takes over availability, status, client and avatar from a record about someone who is here.
    pub(super) fn show(&mut self, fact: &Fact<'_>) -> Option<Arc<Occupant>> {
        let occupant = Arc::make_mut(self.occupants.get_mut(fact.nick.as_ref()?)?);
        let shared = |it: &Option<Str<'_>>| it.as_deref().map(Arc::from);
        occupant.show = fact.raw.show.unwrap_or(Show::Online);
        occupant.status = shared(&fact.raw.status);
        occupant.caps = fact.raw.caps.as_deref().map(caps).or(occupant.caps.take());
        occupant.avatar = shared(&fact.raw.avatar).or(occupant.avatar.take());
        self.occupants.get(fact.nick.as_ref()?).cloned()
    }

    /// Someone is no longer here.
    pub(super) fn remove(&mut self, nick: &Nick) -> Option<Arc<Occupant>> {
        let occupant = self.occupants.remove(nick)?;
        self.held.remove(&occupant.stay);
        Some(occupant)
    }

    /// Someone takes another nick.
    pub(super) fn rename(&mut self, old: &Nick, new: Nick) -> Option<Arc<Occupant>> {
        let mut occupant = self.occupants.remove(old)?;
        Arc::make_mut(&mut occupant).nick = new.clone();
        self.occupants.insert(new, occupant.clone());
        Some(occupant)
    }

    /// Gives someone another role; gives them as they are then, and the role until now.
    pub(super) fn set_role(&mut self, nick: &Nick, role: Role) -> Option<(Arc<Occupant>, Role)> {
        let occupant = self.occupants.get_mut(nick)?;
        let was = std::mem::replace(&mut Arc::make_mut(occupant).role, role);
        Some((occupant.clone(), was))
    }

    /// The occupant whom a verdict means, under whatever nick.
    pub(super) fn find(&self, target: &Target) -> Option<Arc<Occupant>> {
        let by_nick = self.occupants.get(&target.nick).filter(|it| it.is(&target.identity));
        by_nick.or_else(|| self.occupants.values().find(|it| it.is(&target.identity))).cloned()
    }

    fn admit(&mut self, nick: &Nick, fact: &Fact<'_>, joined_at: Timestamp) -> Arc<Occupant> {
        if let Some(other) = self.occupants.get(nick) {
            self.held.remove(&other.stay);
        }
        if MOST_OCCUPANTS <= self.occupants.len() {
            let began = self.began;
            self.occupants.retain(|_, it| it.is_self || began <= it.joined_at);
        }
        let mut occupant = Occupant::new(nick.clone(), joined_at, self.next_stay);
        self.next_stay += 1;
        occupant.jids.extend(fact.jid.clone().map(Jid::from));
        self.tells_ids |= fact.jid.is_some() || fact.occupant_id.is_some();
        occupant.occupant_id = fact.occupant_id.clone().or_else(|| (!self.tells_ids).then(|| made_up(nick)));
        occupant.affiliation = fact.raw.affiliation.unwrap_or(Affiliation::None);
        occupant.role = role_of(fact).unwrap_or(Role::Participant);
        let occupant = Arc::new(occupant);
        self.occupants.insert(nick.clone(), occupant.clone());
        occupant
    }
}

impl View for Hall {
    fn room(&self) -> &RoomJid {
        &self.room
    }
    fn now(&self) -> Timestamp {
        self.now
    }
    fn me(&self) -> Option<&Arc<Occupant>> {
        Some(&self.me)
    }
    fn occupant(&self, nick: &Nick) -> Option<&Arc<Occupant>> {
        self.occupants.get(nick)
    }
    fn occupants(&self) -> Box<dyn Iterator<Item = &Arc<Occupant>> + '_> {
        Box::new(self.occupants.values())
    }
    fn n_occupants(&self) -> usize {
        self.occupants.len()
    }
    fn features(&self) -> &Features {
        &self.features
    }
    fn is_spared(&self, occupant: &Occupant) -> bool {
        occupant.is_self
    }
}

/// What ids begin with that no record has told.
const MADE_UP: &str = "by nick alone: ";

/// Logs that name people by nick alone are of rooms in which the bot would see more. Whoever comes back under a nick is
/// taken for the same person there, or everybody would be a stranger again with every stay.
fn made_up(nick: &Nick) -> OccupantId {
    OccupantId::new(format!("{MADE_UP}{nick}"))
}

/// Whether this id is one that no record has told.
pub(super) fn is_made_up(id: &OccupantId) -> bool {
    id.as_str().starts_with(MADE_UP)
}

/// Whether a record that names this nick can be about this occupant: nothing that both tell of themselves differs.
pub(super) fn is_same(occupant: &Occupant, fact: &Fact<'_>) -> bool {
    let is_other_jid = match (occupant.jids.first(), &fact.jid) {
        (Some(known), Some(told)) => known.node() != told.node() || known.domain() != told.domain(),
        _ => false,
    };
    let is_other_id = match (&occupant.occupant_id, &fact.occupant_id) {
        (Some(known), Some(told)) => known != told && !is_made_up(known),
        _ => false,
    };
    !occupant.is_self && !is_other_jid && !is_other_id
}

/// What a record says of someone, where that is not known yet. Voice that the replay withdrew stays withdrawn.
fn learn(occupant: &mut Arc<Occupant>, fact: &Fact<'_>, held: &BTreeSet<u64>) {
    let is_held = |it: &Occupant, role| role <= Role::Participant && held.contains(&it.stay);
    let role = role_of(fact).filter(|role| *role != occupant.role && !is_held(occupant, *role));
    let affiliation = fact.raw.affiliation.filter(|it| *it != occupant.affiliation);
    let jid = fact.jid.as_ref().filter(|_| occupant.jids.is_empty());
    let occupant_id = fact.occupant_id.as_ref().filter(|_| occupant.occupant_id.as_ref().is_none_or(is_made_up));
    if role.is_none() && affiliation.is_none() && jid.is_none() && occupant_id.is_none() {
        return;
    }
    let occupant = Arc::make_mut(occupant);
    occupant.role = role.unwrap_or(occupant.role);
    occupant.affiliation = affiliation.unwrap_or(occupant.affiliation);
    occupant.jids.extend(jid.cloned().map(Jid::from));
    if let Some(id) = occupant_id {
        occupant.occupant_id = Some(id.clone());
    }
}

/// The role in a record; whoever does something has one.
fn role_of(fact: &Fact<'_>) -> Option<Role> {
    fact.raw.role.filter(|it| *it != Role::None)
}

fn caps(text: &str) -> Arc<Caps> {
    let (node, ver) = text.rsplit_once('#').unwrap_or((text, ""));
    Arc::new(Caps { node: node.into(), ver: ver.into() })
}
