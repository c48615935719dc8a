//! What all rooms of a replay have in common.

use std::{collections::HashSet, sync::Arc};

use domovoi_plugin::{Memo, Nick, OccupantId, Plugin, Shared, jid::BareJid};

use super::report::Report;

/// What all rooms of a replay have in common.
#[derive(Default)]
pub(super) struct Run {
    pub(super) report: Report,
    /// The plugins that take part, and what the rooms of each share.
    plugins: Vec<(Arc<dyn Plugin>, Shared)>,
    /// Whom there were, for counting.
    pub(super) people: HashSet<Person>,
    pub(super) n_incidents: u64,
    pub(super) n_messages: u64,
}

impl Run {
    /// Of a replay with these plugins.
    pub(super) fn new(plugins: impl Iterator<Item = Arc<dyn Plugin>>) -> Self {
        Self { plugins: plugins.map(|it| (it, None)).collect(), ..Self::default() }
    }

    /// What the rooms of a plugin share now.
    pub(super) fn shared(&self, seat: usize) -> &Shared {
        self.plugins.get(seat).map_or(&None, |(_, shared)| shared)
    }

    /// Lets the other rooms know, before their next event.
    pub(super) fn share(&mut self, seat: usize, memo: &Memo) {
        let Some((plugin, shared)) = self.plugins.get_mut(seat) else { return };
        if let Some(new) = plugin.share(shared, memo) {
            *shared = new;
        }
    }
}

/// Someone, as well as records tell.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum Person {
    /// By address, in all rooms.
    Everywhere(BareJid),
    /// By occupant id, in a room.
    Known(usize, OccupantId),
    /// By nick, in a room.
    Called(usize, Nick),
}
