//! The guard: keeps spam and floods out of a room and lets everybody else be.
//!
//! Each room has its own guard, a value that judges events and never waits: the rules (`rules`) say what speaks
//! against what someone just did, points add up and decay (`points`), trust weighs them (`trust`), and the sentence
//! (`sentence`) is no harder than trust, room and moment allow. It keeps fingerprints, times and ids, never texts.
//! It does nothing itself: the host acts on its verdicts, within what the room and the configuration permit.

mod answer;
mod campaign;
mod commands;
mod company;
mod doings;
mod filter;
mod learn;
mod lists;
mod marks;
mod nicks;
mod options;
mod others;
mod people;
mod points;
mod preset;
mod raid;
mod react;
mod recent;
mod room;
mod rules;
mod saved;
mod sentence;
mod text;
mod trust;
mod undo;
mod utterance;
mod window;

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{
    Call, Context, Fault, GuardSetup, Incident, Manifest, Memo, MemoKind, Plugin, Power, Push, RoomGuard, Shared, Text,
    Wake, async_trait,
};

use crate::{commands::specs::COMMANDS, lists::Common, react::React};

/// The plugin.
#[must_use]
pub fn plugin() -> Box<dyn Plugin> {
    Box::new(Guard::default())
}

/// Judges what people do in rooms.
#[derive(Debug, Default)]
pub struct Guard {
    react: React,
}

const POWERS: &[Power] = &[
    Power::Say,
    Power::Private,
    Power::Kick,
    Power::Ban,
    Power::Voice,
    Power::Affiliation,
    Power::Moderate,
    Power::RoomConfig,
    Power::Records,
    Power::Store,
    Power::People,
];

/// How often lists are looked after.
const WAKES_EVERY: Duration = Duration::from_secs(60);

/// The Fluent files; those of lists and commands stand apart.
const LOCALES: &[(&str, &str)] = &[
    ("en", include_str!("../locales/en.ftl")),
    ("en", include_str!("../locales/lists-en.ftl")),
    ("ru", include_str!("../locales/ru.ftl")),
    ("ru", include_str!("../locales/lists-ru.ftl")),
];

#[async_trait]
impl Plugin for Guard {
    fn manifest(&self) -> Manifest {
        Manifest {
            powers: POWERS,
            options: options::options(),
            commands: COMMANDS.specs(),
            locales: LOCALES,
            wakes_every: Some(WAKES_EVERY),
            ..Manifest::named("guard")
        }
    }

    fn guard(&self, setup: &GuardSetup<'_>) -> Option<Box<dyn RoomGuard>> {
        let config = options::Config::new(setup.settings);
        let mut room = room::Room::new(setup.room, config, setup.saved);
        if config.mode == options::Mode::Off && !room.past.alarm.is_armed() {
            // Otherwise it stays until it has let go whom it hushed.
            return None;
        }
        room.word_lists = setup.settings.words("word_lists").split_whitespace().map(str::to_owned).collect();
        Some(Box::new(room))
    }

    fn farewell(&self, setup: &GuardSetup<'_>) -> Option<Box<dyn RoomGuard>> {
        let config = options::Config { mode: options::Mode::Off, ..options::Config::new(setup.settings) };
        let room = room::Room::new(setup.room, config, setup.saved);
        room.past.alarm.is_armed().then(|| Box::new(room) as Box<dyn RoomGuard>)
    }

    fn share(&self, shared: &Shared, memo: &Memo) -> Option<Shared> {
        if memo.kind != MemoKind::Own("removed") {
            return None;
        }
        let common = Common::of(shared).cloned().unwrap_or_default();
        let campaigns = Arc::new(common.campaigns.with(&memo.room, memo.at, &memo.data)?);
        Some(Common { campaigns, ..common }.into_shared())
    }

    async fn memo(&self, memo: &Memo, cx: &Context) -> Result<(), Fault> {
        if raid::react::react(memo, cx).await? {
            return Ok(());
        }
        self.react.memo(memo, cx).await
    }

    async fn wake(&self, why: Wake, cx: &Context) -> Result<(), Fault> {
        let looked_after = raid::react::look_after(cx).await;
        self.react.wake(why, cx).await.and(looked_after)
    }

    async fn undo(&self, incident: &Incident, cx: &Context) -> Result<Option<Text>, Fault> {
        self.react.undo(incident, cx).await
    }

    async fn pushed(&self, push: &Push, cx: &Context) -> Result<(), Fault> {
        self.react.pushed(push, cx).await
    }

    async fn command(&self, call: &Call, cx: &Context) -> Result<(), Fault> {
        // What a room keeps may be newer than the last look at the rooms.
        self.react.load_one(cx, cx.room.as_ref()).await?;
        COMMANDS.run(self, call, cx).await
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use domovoi_plugin::testing::check_locales;

    use super::*;

    /// The code of every source below a folder, without its tests.
    fn sources(dir: &Path, all: &mut Vec<String>) {
        for path in fs::read_dir(dir).unwrap().map(|it| it.unwrap().path()) {
            if path.is_dir() {
                sources(&path, all);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                all.push(text.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned());
            }
        }
    }

    #[test]
    fn every_language_says_everything_that_the_code_says_and_no_more() {
        let mut all = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
        let after = |start: &str| {
            let parts = all.iter().flat_map(move |it| it.split(start).skip(1)).map(|it| it.split('"').next().unwrap());
            parts.map(|it| format!("{}{it}", start.trim_start_matches('"'))).collect::<Vec<_>>()
        };
        let starts = ["\"reason-", "\"answer-", "\"help-", "\"raid-"];
        let mut used: BTreeSet<String> = starts.iter().flat_map(|it| after(it)).collect();
        used.extend(all.iter().flat_map(|it| domovoi_plugin::testing::keys_in(it)));
        used.extend(["description", "gate-question-*", "gate-answer-*"].map(str::to_owned));
        for spec in Guard::default().manifest().commands {
            used.insert(spec.help.to_owned());
            used.extend(spec.args.iter().map(|it| format!("arg-{}", it.name)));
            assert!(spec.names.iter().any(|it| it.0 == "ru"), "{} has no Russian name", spec.name);
        }
        used.extend(Guard::default().manifest().options.iter().map(|it| it.help.to_owned()));
        // A key that is chosen among several is a literal somewhere, if not in `Text::key` itself.
        let known =
            LOCALES.iter().flat_map(|(_, file)| file.lines().filter_map(|it| it.split_once(" = "))).map(|it| it.0);
        let is_said = |key: &&str| all.iter().any(|it| it.contains(&format!("\"{key}\"")));
        used.extend(known.filter(is_said).map(str::to_owned));
        let used: Vec<String> = used.into_iter().collect();
        assert_eq!(check_locales(LOCALES, &used), [""; 0]);
    }

    /// Each message of a file, with what is chosen by a number left out.
    fn unchosen(file: &str) -> Vec<String> {
        let (mut messages, mut depth) = (Vec::<String>::new(), 0);
        for line in file.lines().filter(|it| !it.starts_with('#')) {
            if depth == 0 && line.contains(" = ") {
                messages.push(String::new());
            }
            let Some(message) = messages.last_mut() else { continue };
            let mut rest = line;
            while let Some(place) = rest.find(['{', '}']) {
                let (before, after) = rest.split_at(place);
                let is_choice = after.starts_with('{') && after.trim_end().ends_with("->") && !after.contains('}');
                if depth == 0 {
                    message.push_str(before);
                }
                if is_choice || (0 < depth && after.starts_with('{')) {
                    depth += 1;
                } else if after.starts_with('}') && 0 < depth {
                    depth -= 1;
                } else {
                    message.push_str(after.split_at(1).0);
                }
                rest = after.split_at(1).1;
            }
            if depth == 0 {
                message.push_str(rest);
            }
        }
        messages
    }

    #[test]
    fn whatever_is_counted_stands_in_its_plural() {
        const COUNTS: &[&str] = &[
            "n", "left", "own", "named", "all", "entries", "people", "most", "hit", "hits", "records", "here", "past",
        ];
        const OF_DAYS: &[&str] = &["clean", "days", "recent", "points"];
        // After these a figure needs no noun in its number: `3 of them`, `2 more`.
        const NEUTRAL: &[&str] = &["of", "who", "more", "из"];
        let mut wrong = Vec::new();
        for message in LOCALES.iter().flat_map(|(_, file)| unchosen(file)) {
            for name in COUNTS.iter().chain(OF_DAYS) {
                for after in message.split(&format!("{{ ${name} }}")).skip(1) {
                    let word = after.strip_prefix(' ').and_then(|it| it.split(|c: char| !c.is_alphabetic()).next());
                    if word.is_some_and(|it| !it.is_empty() && !NEUTRAL.contains(&it)) {
                        wrong.push(message.clone());
                    }
                }
            }
        }
        assert_eq!(wrong, [""; 0]);
    }

    #[test]
    fn defaults_are_within_their_own_bounds() {
        for option in Guard::default().manifest().options {
            assert!(option.parse(option.default).is_ok(), "{}", option.name);
        }
    }
}
