//! What holds for plugins in one room: asked for with everything that they want done, and the same for a long time.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    sync::Arc,
};

use domovoi_plugin::{PluginName, Power};

use super::{RoomHost, STALE};

/// What a plugin may do in a room, and whether it only watches there.
#[derive(Clone, Debug, Default)]
pub struct Granted {
    /// Its powers.
    pub powers: Arc<BTreeSet<Power>>,
    /// Whether what it decides is only shown.
    pub is_dry: bool,
}

/// What was asked for since the configuration changed last. Bounded by the plugins.
#[derive(Debug)]
pub(super) struct Grants {
    generation: Cell<u64>,
    known: RefCell<Vec<(PluginName, Granted)>>,
}

impl Default for Grants {
    fn default() -> Self {
        Self { generation: Cell::new(STALE), known: RefCell::default() }
    }
}

impl Grants {
    /// What is known of a plugin in this generation of the configuration; what is of another is forgotten.
    fn get(&self, generation: u64, plugin: &PluginName) -> Option<Granted> {
        let mut known = self.known.borrow_mut();
        if self.generation.replace(generation) != generation {
            known.clear();
        }
        known.iter().find(|(name, _)| name == plugin).map(|(_, granted)| granted.clone())
    }
}

impl RoomHost {
    /// What holds for a plugin here, as of now.
    #[must_use]
    pub fn grant(&self, plugin: &PluginName) -> Granted {
        // The number is looked at first: what changes after that is noticed the next time.
        let generation = self.host.live.generation();
        self.grants.get(generation, plugin).unwrap_or_else(|| {
            let granted = self.read_grant(plugin);
            self.grants.known.borrow_mut().push((plugin.clone(), granted.clone()));
            granted
        })
    }

    fn read_grant(&self, plugin: &PluginName) -> Granted {
        if *plugin == self.host.own_name() {
            // What the host does of its own accord was decided by whoever was allowed to: a mute that is renewed or
            // ended, a ban that is lifted.
            return Granted { powers: Arc::new(Power::ALL.iter().copied().collect()), is_dry: false };
        }
        let Some(installed) = self.host.installed(plugin) else { return Granted::default() };
        let settings = self.host.live.settings(&installed.manifest, Some(&self.room));
        let powers = Arc::new(self.host.powers(&installed.manifest, Some(&self.room)));
        Granted { powers, is_dry: settings.words("mode") == "observe" }
    }
}
