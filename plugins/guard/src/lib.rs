//! The guard: keeps spam and floods out of a room and lets everybody else be.
//!
//! Each room has its own guard, a value that judges events and never waits: the rules (`rules`) say what speaks
//! against what someone just did, points add up and decay (`points`), trust weighs them (`trust`), and the sentence
//! (`sentence`) is no harder than trust, room and moment allow. It keeps fingerprints, times and ids, never texts.
//! It does nothing itself: the host acts on its verdicts, within what the room and the configuration permit.

mod answer;
mod campaign;
mod company;
mod doings;
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

use std::time::Duration;

use domovoi_plugin::{
    Call, Context, Fault, GuardSetup, Manifest, Memo, Plugin, PluginName, Power, RoomGuard, Wake, async_trait,
};

/// The plugin.
#[must_use]
pub fn plugin() -> Box<dyn Plugin> {
    Box::new(Guard)
}

/// Judges what people do in rooms.
#[derive(Clone, Copy, Debug, Default)]
pub struct Guard;

/// How often it looks after what no event causes.
const WAKES: Duration = Duration::from_secs(300);

const POWERS: &[Power] = &[
    Power::Private,
    Power::Kick,
    Power::Ban,
    Power::Voice,
    Power::Moderate,
    Power::RoomConfig,
    Power::Store,
    Power::People,
];

const LOCALES: &[(&str, &str)] =
    &[("en", include_str!("../locales/en.ftl")), ("ru", include_str!("../locales/ru.ftl"))];

#[async_trait]
impl Plugin for Guard {
    fn manifest(&self) -> Manifest {
        #[expect(clippy::expect_used, reason = "the name is made of letters only")]
        let name = PluginName::new("guard").expect("letters make a name");
        Manifest {
            powers: POWERS,
            options: options::options(),
            commands: raid::command::specs(),
            locales: LOCALES,
            wakes_every: Some(WAKES),
            ..Manifest::new(name)
        }
    }

    async fn memo(&self, memo: &Memo, cx: &Context) -> Result<(), Fault> {
        raid::react::react(memo, cx).await?;
        Ok(())
    }

    async fn wake(&self, _why: Wake, cx: &Context) -> Result<(), Fault> {
        raid::react::look_after(cx).await
    }

    async fn command(&self, call: &Call, cx: &Context) -> Result<(), Fault> {
        let room = cx.room.as_ref().ok_or_else(|| Fault::Broken("a command of a room came without one".to_owned()))?;
        if raid::command::run(call, room, cx).await? {
            return Ok(());
        }
        Err(Fault::Broken(format!("no such command: {}", call.command)))
    }

    fn guard(&self, setup: &GuardSetup<'_>) -> Option<Box<dyn RoomGuard>> {
        let config = options::Config::new(setup.settings);
        (config.mode != options::Mode::Off)
            .then(|| Box::new(room::Room::new(setup.room, config, setup.saved)) as Box<dyn RoomGuard>)
    }
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::testing::{check_locales, keys_in};

    use super::*;

    const SOURCES: &[&str] = &[
        include_str!("raid/command.rs"),
        include_str!("raid/questions.rs"),
        include_str!("raid/react.rs"),
        include_str!("raid/watch.rs"),
        include_str!("answer.rs"),
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

    #[test]
    fn texts_are_complete_in_english_and_russian() {
        // Keys that are chosen before they are used.
        let is_key = |it: &&str| {
            ["reason-", "raid-", "answer-", "gate-"]
                .iter()
                .any(|begin| it.starts_with(begin) && it != &"gate-question" && it != &"gate-answer")
        };
        let literals = SOURCES.iter().flat_map(|it| it.split('"')).filter(is_key).map(str::to_owned);
        let mut used: Vec<String> = SOURCES.iter().flat_map(|it| keys_in(it)).chain(literals).collect();
        used.extend(["description", "gate-question-*", "gate-answer-*"].map(str::to_owned));
        for spec in Guard.manifest().commands {
            used.push(spec.help.to_owned());
            used.extend(spec.args.iter().map(|it| format!("arg-{}", it.name)));
        }
        assert_eq!(check_locales(LOCALES, &used), [""; 0]);
    }

    #[test]
    fn every_command_has_a_russian_name() {
        for spec in Guard.manifest().commands {
            assert!(spec.names.iter().any(|it| it.0 == "ru"), "{}", spec.name);
        }
    }

    #[test]
    fn defaults_are_within_their_own_bounds() {
        for option in Guard.manifest().options {
            assert!(option.parse(option.default).is_ok(), "{}", option.name);
        }
    }
}
