//! The guard: keeps spam and floods out of a room and lets everybody else be.
//!
//! Each room has its own guard, a value that judges events and never waits: the rules (`rules`) say what speaks
//! against what someone just did, points add up and decay (`points`), trust weighs them (`trust`), and the sentence
//! (`sentence`) is no harder than trust, room and moment allow. It keeps fingerprints, times and ids, never texts.
//! It does nothing itself: the host acts on its verdicts, within what the room and the configuration permit.

mod options;
mod people;
mod points;
mod preset;
mod recent;
mod room;
mod rules;
mod saved;
mod sentence;
mod text;
mod trust;
mod window;

use domovoi_plugin::{GuardSetup, Manifest, Plugin, PluginName, Power, RoomGuard, async_trait};

/// The plugin.
#[must_use]
pub fn plugin() -> Box<dyn Plugin> {
    Box::new(Guard)
}

/// Judges what people do in rooms.
#[derive(Clone, Copy, Debug, Default)]
pub struct Guard;

const POWERS: &[Power] =
    &[Power::Private, Power::Kick, Power::Ban, Power::Voice, Power::Moderate, Power::Store, Power::People];

const LOCALES: &[(&str, &str)] =
    &[("en", include_str!("../locales/en.ftl")), ("ru", include_str!("../locales/ru.ftl"))];

#[async_trait]
impl Plugin for Guard {
    fn manifest(&self) -> Manifest {
        #[expect(clippy::expect_used, reason = "the name is made of letters only")]
        let name = PluginName::new("guard").expect("letters make a name");
        Manifest { powers: POWERS, options: options::options(), locales: LOCALES, ..Manifest::new(name) }
    }

    fn guard(&self, setup: &GuardSetup<'_>) -> Option<Box<dyn RoomGuard>> {
        let config = options::Config::new(setup.settings);
        (config.mode != options::Mode::Off)
            .then(|| Box::new(room::Room::new(config, setup.saved)) as Box<dyn RoomGuard>)
    }
}
