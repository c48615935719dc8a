//! A room with no life of its own, for what a guard is shown: whoever has one puts people into it and takes them out.

use std::{collections::BTreeMap, sync::Arc};

use crate::{Event, EventKind, Features, Moderation, Nick, Occupant, Phase, RoomJid, Timestamp, View};

/// A room as a guard sees it, with everything open to be set.
///
/// [`super::Bench`] makes rooms that behave; this one is for what feeds a guard by hand, such as a benchmark.
#[derive(Clone, Debug)]
pub struct PlainRoom {
    /// Which room.
    pub jid: RoomJid,
    /// The time.
    pub now: Timestamp,
    /// Who is there, by nick.
    pub occupants: BTreeMap<Nick, Arc<Occupant>>,
    /// What it offers.
    pub features: Features,
    /// The bot's own nick, once it is there.
    pub own_nick: Option<Nick>,
    /// Whom no guard may touch.
    pub spared: Vec<Nick>,
}

impl PlainRoom {
    /// An empty room that gives stanza ids and lets moderators retract, as a public room of today does.
    #[must_use]
    pub fn new(jid: RoomJid) -> Self {
        let features = Features { moderation: Moderation::V1, has_stanza_ids: true, ..Features::default() };
        let (now, occupants) = (Timestamp::default(), BTreeMap::new());
        Self { jid, now, occupants, features, own_nick: None, spared: Vec::new() }
    }

    /// Someone is here from now on, as whoever they are: [`Occupant::new`] makes a stranger.
    pub fn put(&mut self, occupant: Occupant) -> Arc<Occupant> {
        let occupant = Arc::new(occupant);
        if occupant.is_self {
            self.own_nick = Some(occupant.nick.clone());
        }
        self.occupants.insert(occupant.nick.clone(), occupant.clone());
        occupant
    }

    /// Something that this occupant does now.
    #[must_use]
    pub fn event(&self, occupant: &Arc<Occupant>, kind: EventKind) -> Event {
        let (at, room, is_own) = (self.now, self.jid.clone(), occupant.is_self);
        Event { at, room, phase: Phase::Live, is_own, occupant: Some(occupant.clone()), kind }
    }
}

impl View for PlainRoom {
    fn room(&self) -> &RoomJid {
        &self.jid
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn me(&self) -> Option<&Arc<Occupant>> {
        self.own_nick.as_ref().and_then(|it| self.occupants.get(it))
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
        occupant.is_self || self.spared.contains(&occupant.nick)
    }
}
