//! For whom a VM works at this moment: what the calls that do not wait look at.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
};

use domovoi_plugin::Context;
use mlua::{Error, Result};
use rand::{SeedableRng as _, rngs::StdRng};

use super::event::Sight;

/// What one call into a plugin has at hand.
#[derive(Clone)]
pub(super) struct Here {
    pub(super) cx: Arc<Context>,
    pub(super) sight: Sight,
}

impl Here {
    pub(super) fn new(cx: Arc<Context>) -> Self {
        let sight = Sight::of(&cx);
        Self { cx, sight }
    }
}

/// So many lines a plugin logs before it has to wait for the next minute.
const LOG_LINES: u32 = 60;

/// The present call, for the functions of the VM; cheap to clone, stays on its thread.
#[derive(Clone)]
pub(super) struct Now {
    here: Rc<RefCell<Option<Rc<Here>>>>,
    logged: Rc<Cell<(i64, u32)>>,
    /// What chance is taken from.
    pub(super) chance: Rc<RefCell<StdRng>>,
}

impl Default for Now {
    fn default() -> Self {
        let chance = Rc::new(RefCell::new(StdRng::from_rng(&mut rand::rng())));
        Self { here: Rc::default(), logged: Rc::default(), chance }
    }
}

impl Now {
    /// Another call is at work, or none.
    pub(super) fn set(&self, here: Option<Rc<Here>>) {
        self.here.replace(here);
    }

    /// Chance is the same each time from here on.
    pub(super) fn seed(&self, seed: u64) {
        self.chance.replace(StdRng::seed_from_u64(seed));
    }

    /// The call at work.
    ///
    /// # Errors
    /// While a plugin is loaded there is none.
    pub(super) fn get(&self) -> Result<Rc<Here>> {
        self.here
            .borrow()
            .clone()
            .ok_or_else(|| Error::runtime("there is nobody to do this for while the plugin loads"))
    }

    /// Whether one more line may be logged now.
    pub(super) fn may_log(&self, millis: i64) -> bool {
        let minute = millis / 60_000;
        let (last, n) = self.logged.get();
        let n = if last == minute { n + 1 } else { 1 };
        self.logged.set((minute, n));
        n <= LOG_LINES
    }
}
