//! The guard: keeps spam and floods out of a room and lets everybody else be.
//!
//! Each room has its own guard, a value that judges events and never waits: the rules (`rules`) say what speaks
//! against what someone just did, points add up and decay (`points`), trust weighs them (`trust`), and the sentence
//! (`sentence`) is no harder than trust, room and moment allow. It keeps fingerprints, times and ids, never texts.
//! It does nothing itself: the host acts on its verdicts, within what the room and the configuration permit.

mod answer;
mod campaign;
mod company;
mod learn;
mod options;
mod people;
mod points;
mod preset;
mod raid;
mod recent;
mod room;
mod rules;
mod saved;
mod sentence;
mod text;
mod trust;
mod utterance;
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
            .then(|| Box::new(room::Room::new(setup.room, config, setup.saved)) as Box<dyn RoomGuard>)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The ids of a Fluent file.
    fn keys(file: &str) -> BTreeSet<&str> {
        let lines = file.lines().filter(|it| !it.starts_with('#') && !it.starts_with(' '));
        lines.filter_map(|it| it.split_once(" = ")).map(|it| it.0).collect()
    }

    #[test]
    fn every_language_says_everything_that_the_code_says_and_no_more() {
        const SOURCES: &[&str] = &[
            include_str!("answer.rs"),
            include_str!("raid/watch.rs"),
            include_str!("rules/churn.rs"),
            include_str!("rules/command.rs"),
            include_str!("rules/contact.rs"),
            include_str!("rules/crowd.rs"),
            include_str!("rules/edit.rs"),
            include_str!("rules/hidden.rs"),
            include_str!("rules/link.rs"),
            include_str!("rules/media.rs"),
            include_str!("rules/mentions.rs"),
            include_str!("rules/nick.rs"),
            include_str!("rules/quotes.rs"),
            include_str!("rules/rate.rs"),
            include_str!("rules/reaction.rs"),
            include_str!("rules/removed.rs"),
            include_str!("rules/repeat.rs"),
            include_str!("rules/size.rs"),
            include_str!("rules/spread.rs"),
            include_str!("rules/status.rs"),
            include_str!("rules/wave.rs"),
        ];
        let is_key = |it: &&str| {
            it.starts_with("reason-") || it.starts_with("raid-") || it.starts_with("answer-") || *it == "observed"
        };
        let mut used: BTreeSet<&str> = SOURCES.iter().flat_map(|it| it.split('"')).filter(is_key).collect();
        used.insert("description");
        for (lang, file) in LOCALES {
            assert_eq!(keys(file), used, "{lang}");
        }
    }

    #[test]
    fn defaults_are_within_their_own_bounds() {
        for option in Guard.manifest().options {
            assert!(option.parse(option.default).is_ok(), "{}", option.name);
        }
    }
}
