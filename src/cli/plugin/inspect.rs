//! Looks at a plugin as a whole: its code, its words, its examples, its tests.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use domovoi_plugin::{
    Affiliation, Features, Manifest, Nick, Occupant, Role, RoomJid, Show, Snapshot, Timestamp,
    grammar::{self, Around, Commands},
};

use super::Context;
use crate::host::{
    lua::{
        LuaPlugin, clashes,
        code::Code,
        limits::Limits,
        shape::{Example, Shape},
        testing::TestFile,
    },
    own,
};

/// A plugin that nothing is wrong with.
pub(super) struct Inspected {
    label: String,
    n_commands: usize,
    n_examples: usize,
    n_tests: usize,
}

impl Inspected {
    /// It in a line.
    pub(super) fn summary(&self) -> String {
        let Self { label, n_commands, n_examples, n_tests } = self;
        format!(
            "{label}: nothing is wrong: {}, {}, {} of tests",
            many(*n_commands, "command"),
            many(*n_examples, "example"),
            many(*n_tests, "file")
        )
    }
}

fn many(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// What is there beside a plugin in any case, and whose commands it must not hide.
pub(super) fn company(context: &Context) -> Vec<Manifest> {
    let compiled = context.plugins.iter().map(|it| it.manifest()).filter(|it| it.is_on_by_default);
    std::iter::once(own::manifest()).chain(compiled).collect()
}

/// Looks at the plugin in this folder. `others` are there in any case, and so are their commands.
///
/// # Errors
/// All that is wrong with it, each as `plugins/hello/init.lua:5: …`.
pub(super) fn inspect(folder: &Path, others: &[Manifest]) -> Result<Inspected, Vec<String>> {
    let code = Code::read(folder)?;
    let tests = TestFile::all(folder, &code.label);
    let mut wrong: Vec<String> = match &tests {
        Ok(tests) => tests.iter().filter_map(TestFile::mistake).collect(),
        Err(mistakes) => mistakes.clone(),
    };
    let shape = match LuaPlugin::load_blocking(folder, Limits::default()) {
        Ok(plugin) => {
            wrong.extend(clashes(&plugin, others.iter()));
            plugin.shape().clone()
        }
        Err(mistakes) => {
            wrong.splice(0..0, mistakes);
            return Err(wrong);
        }
    };
    wrong.extend(wrong_examples(&shape));
    wrong.extend(wrong_words(&code));
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(Inspected {
        label: code.label,
        n_commands: shape.manifest.commands.len(),
        n_examples: shape.examples.len(),
        n_tests: tests.map_or(0, |it| it.len()),
    })
}

/// Examples that the grammar of their own commands does not take.
fn wrong_examples(shape: &Shape) -> Vec<String> {
    let (commands, _) = Commands::build(std::iter::once(&shape.manifest));
    let snapshot = people();
    shape.examples.iter().filter_map(|it| wrong_example(&shape.manifest, &commands, &snapshot, it)).collect()
}

fn wrong_example(manifest: &Manifest, commands: &Commands, people: &Snapshot, example: &Example) -> Option<String> {
    let Example { place, typed, .. } = example;
    let langs = || ["en", "ru"].into_iter();
    let Some(found) = langs().find_map(|lang| commands.find(typed, lang, |_| true)) else {
        return Some(format!("{place}: the example `{typed}` is no command of this plugin"));
    };
    let room: Option<RoomJid> = "garden@chat.example".parse().ok();
    let around = Around { room: room.as_ref(), snapshot: Some(people) };
    let mistake = grammar::parse(&found.entry.spec, found.rest, around).err()?;
    let words = crate::i18n::words(None).translate("en", &mistake.text());
    Some(format!("{place}: the example `{typed}` of {} is not understood: {words}", manifest.name))
}

/// Who is there when examples are typed.
fn people() -> Snapshot {
    let occupant = |(stay, name): (u64, &str)| {
        let nick = Nick::new(name).ok()?;
        let occupant = Occupant {
            nick: nick.clone(),
            role: Role::Participant,
            affiliation: Affiliation::None,
            jids: Vec::new(),
            occupant_id: None,
            show: Show::Online,
            status: None,
            caps: None,
            avatar: None,
            joined_at: Timestamp::default(),
            stay,
            is_self: false,
        };
        Some((nick, Arc::new(occupant)))
    };
    let occupants: BTreeMap<_, _> = (1..).zip(["alice", "bob", "carol"]).filter_map(occupant).collect();
    Snapshot { occupants, features: Features::default(), ..Snapshot::default() }
}

/// Words that are not there in English and Russian alike, of a plugin that has files of words at all.
fn wrong_words(code: &Code) -> Vec<String> {
    if code.locales.is_empty() {
        return Vec::new();
    }
    let sources: Vec<(&str, &str)> = code.locales.iter().map(|(lang, text)| (lang.as_str(), text.as_str())).collect();
    // Which keys the code uses is known only to whoever runs it.
    let wrong = domovoi_plugin::testing::check_locales(&sources, &["*"]);
    wrong.into_iter().map(|it| format!("{}/locales: {it}", code.label)).collect()
}
