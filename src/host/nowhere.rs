//! A room with nobody in it, as guards see it in tests.

use std::sync::Arc;

use domovoi_plugin::{Features, Nick, Occupant, RoomJid, Timestamp, View};

use super::testing::garden;

/// The garden, and how many are said to be in it.
pub(crate) struct Nowhere {
    pub(crate) n_occupants: usize,
    room: RoomJid,
    features: Features,
}

impl Nowhere {
    pub(crate) fn with(n_occupants: usize) -> Self {
        Self { n_occupants, room: garden(), features: Features::default() }
    }
}

impl View for Nowhere {
    fn room(&self) -> &RoomJid {
        &self.room
    }
    fn now(&self) -> Timestamp {
        Timestamp::default()
    }
    fn me(&self) -> Option<&Arc<Occupant>> {
        None
    }
    fn occupant(&self, _: &Nick) -> Option<&Arc<Occupant>> {
        None
    }
    fn occupants(&self) -> Box<dyn Iterator<Item = &Arc<Occupant>> + '_> {
        Box::new(std::iter::empty())
    }
    fn n_occupants(&self) -> usize {
        self.n_occupants
    }
    fn features(&self) -> &Features {
        &self.features
    }
    fn is_spared(&self, _: &Occupant) -> bool {
        false
    }
}
