//! What a plugin in Lua may use up.

use std::time::Duration;

use domovoi_plugin::PluginName;

use crate::config::Config;

/// What one VM and each entry into it may use up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Memory of a VM, in bytes.
    pub memory_bytes: usize,
    /// CPU time of a handler, from one wait to the next.
    pub handler: Duration,
    /// CPU time of a guard for one event.
    pub guard: Duration,
    /// CPU time of loading: everything that runs before the table is returned.
    pub load: Duration,
    /// How long a session waits for a guard at least, on the wall's clock; no answer is a pass, and counted.
    pub guard_wait: Duration,
    /// What `cx.random` begins with; `None` for chance. Tests give one, so that the dice fall the same way each time.
    pub seed: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 16 * 1024 * 1024,
            handler: Duration::from_millis(200),
            guard: Duration::from_millis(1),
            load: Duration::from_secs(1),
            guard_wait: Duration::from_millis(2),
            seed: None,
        }
    }
}

impl Limits {
    /// What a configuration allows this plugin.
    #[must_use]
    pub fn of(config: &Config, plugin: &PluginName) -> Self {
        let (own, it) = (config.plugins.get(plugin).map(|it| it.limits).unwrap_or_default(), Self::default());
        Self {
            memory_bytes: own.memory_bytes.unwrap_or(it.memory_bytes),
            handler: own.handler.unwrap_or(it.handler),
            guard: own.guard.unwrap_or(it.guard),
            ..it
        }
    }

    /// How long a session waits for the guard: no less than the guard may take.
    #[must_use]
    pub fn guard_wait(&self) -> Duration {
        self.guard_wait.max(self.guard)
    }
}

/// An entry may take so many times its CPU time on the wall's clock: a busy machine is not the plugin's fault.
pub const WALL_FACTOR: u32 = 10;
/// A VM that is not back so long after its deadline is given up, with its thread.
pub const ABANDON_AFTER: Duration = Duration::from_secs(1);
/// After so many threads given up a plugin stays off until an owner of the bot turns it on.
pub const MAX_ABANDONED: u32 = 3;
