//! The plugins in Lua that came with the program: their files are in it as text, so that one binary is all there is.
//!
//! They get the powers they ask for, as all that came with the bot. Each is off until a room or the configuration turns
//! it on, and costs nothing until then: what it says of itself is read once, its VM starts with its first call.

use std::{
    sync::{Arc, LazyLock},
    thread,
};

use domovoi_plugin::{Manifest, Plugin, PluginName};
use tracing::error;

use super::{LuaPlugin, code::Code, limits::Limits, shape::Shape};

/// A plugin's name, and its files by their path in its folder.
type Files = (&'static str, &'static [(&'static str, &'static str)]);

/// The files of one plugin, by their paths in its folder.
macro_rules! files {
    ($name:literal: $($path:literal),+ $(,)?) => {
        ($name, &[$(($path, include_str!(concat!("../../../plugins/", $name, "/", $path)))),+])
    };
}

/// All of them. A test compares this with the folders.
const FILES: &[Files] = &[
    files!("greet": "init.lua", "calm.lua", "locales/en.ftl", "locales/ru.ftl", "words.lua"),
    files!("dice": "init.lua", "locales/en.ftl", "locales/ru.ftl"),
    files!("choose": "init.lua", "locales/en.ftl", "locales/ru.ftl"),
    files!("tell": "init.lua", "box.lua", "locales/en.ftl", "locales/ru.ftl", "people.lua"),
    files!("seen": "init.lua", "locales/en.ftl", "locales/ru.ftl", "memory.lua"),
    files!("remind": "init.lua", "book.lua", "locales/en.ftl", "locales/ru.ftl", "when.lua"),
    files!("poll": "init.lua", "ballot.lua", "locales/en.ftl", "locales/ru.ftl", "reading.lua"),
    files!("karma": "init.lua", "locales/en.ftl", "locales/ru.ftl", "scores.lua"),
    files!("notes": "init.lua", "locales/en.ftl", "locales/ru.ftl", "shelf.lua"),
    files!("facts": "init.lua", "base.lua", "locales/en.ftl", "locales/ru.ftl"),
    files!("quiz": "init.lua", "game.lua", "locales/en.ftl", "locales/ru.ftl", "questions/en.toml", "questions/ru.toml"),
    files!("turn": "init.lua", "locales/en.ftl", "locales/ru.ftl"),
    files!("clock": "init.lua", "cities.txt", "locales/en.ftl", "locales/ru.ftl"),
    files!("rules": "init.lua", "locales/en.ftl", "locales/ru.ftl"),
    files!("macros": "init.lua", "locales/en.ftl", "locales/ru.ftl", "reading.lua"),
];

/// What each says of itself.
static LOADED: LazyLock<Vec<(Arc<Code>, Shape)>> = LazyLock::new(|| {
    // On a thread of its own: whoever asks may be on one that must not wait for a channel. One after the other, since each
    // takes a millisecond or two, and what many threads have used at once is not given back.
    let loading = thread::spawn(|| FILES.iter().filter_map(load).collect());
    loading.join().unwrap_or_default()
});

fn load((name, files): &Files) -> Option<(Arc<Code>, Shape)> {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let code = Code::of_files(PluginName::new(name).ok()?, format!("plugins/{name}"), files);
    match LuaPlugin::of_code_blocking(code.clone(), Limits::default()) {
        Ok(plugin) => {
            let Shape { manifest, .. } = plugin.shape().clone();
            let manifest = Manifest { is_bundled: true, ..manifest };
            Some((Arc::new(code), Shape { manifest, ..plugin.shape().clone() }))
        }
        Err(mistakes) => {
            mistakes.iter().for_each(|it| error!("a bundled plugin is wrong and does not run: {it}"));
            None
        }
    }
}

fn asleep((code, shape): &(Arc<Code>, Shape), limits: Limits) -> LuaPlugin {
    LuaPlugin::asleep(code.clone(), limits, shape.clone())
}

/// All of them.
pub fn plugins() -> impl Iterator<Item = Arc<dyn Plugin>> {
    LOADED.iter().map(|it| Arc::new(asleep(it, Limits::default())) as Arc<dyn Plugin>)
}

/// The one of this name.
#[must_use]
pub fn plugin(name: &PluginName, limits: Limits) -> Option<LuaPlugin> {
    LOADED.iter().find(|(code, _)| code.name == *name).map(|it| asleep(it, limits))
}

/// Their names.
pub(crate) fn names() -> impl Iterator<Item = PluginName> {
    FILES.iter().filter_map(|(name, _)| PluginName::new(name).ok())
}

/// Whether there is one of this name.
#[must_use]
pub fn has(name: &PluginName) -> bool {
    FILES.iter().any(|(it, _)| *it == name.as_str())
}

/// The one that is made of just these files.
pub(super) fn same(code: &Code, limits: Limits) -> Option<LuaPlugin> {
    LOADED.iter().find(|(it, _)| it.is_same(code)).map(|it| asleep(it, limits))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;
    use crate::config::{Surroundings, load_text};

    #[test]
    fn the_program_has_every_file_of_every_folder() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins");
        let folders = super::super::folders(&[dir]);
        let names: BTreeSet<_> = folders.iter().map(|it| it.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, FILES.iter().map(|(name, _)| *name).collect());
        for folder in &folders {
            let code = Code::read(folder).unwrap();
            let (_, files) = FILES.iter().find(|(name, _)| *name == code.name.as_str()).unwrap();
            let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
            let in_it = Code::of_files(code.name.clone(), code.label.clone(), files);
            let paths = |it: &Code| it.lua.keys().chain(it.data.keys()).cloned().collect::<Vec<_>>();
            assert_eq!(paths(&in_it), paths(&code), "{}", code.name);
            assert!(in_it.is_same(&code), "{}", code.name);
        }
    }

    #[test]
    fn all_load_and_are_told_in_both_languages() {
        assert_eq!(LOADED.len(), FILES.len(), "one of them is wrong: see what it says");
        for (code, shape) in LOADED.iter() {
            let keys = |lang: &str| {
                let texts = shape.manifest.locales.iter().filter(|(it, _)| *it == lang).map(|(_, text)| *text);
                let key = |line: &str| line.split_once(" =").map(|(key, _)| key.to_owned());
                // An argument's English name is what it is called in the code.
                let is_start =
                    |it: &&str| it.starts_with(|it: char| it.is_ascii_alphabetic()) && !it.starts_with("arg-");
                texts.flat_map(str::lines).filter(is_start).filter_map(key).collect::<BTreeSet<_>>()
            };
            assert_eq!(keys("en"), keys("ru"), "{}", code.name);
            assert!(keys("en").contains("lua-description"), "{}: says what it is for in both languages", code.name);
            let commands = &shape.manifest.commands;
            let is_told = |name: &str| commands.iter().find(|it| it.name == name).is_some_and(|it| !it.help.is_empty());
            let nameless: Vec<_> = commands.iter().filter(|it| !it.names.iter().any(|it| it.0 == "ru")).collect();
            assert!(nameless.is_empty(), "{}: without a Russian name: {nameless:?}", code.name);
            assert!(commands.iter().all(|it| is_told(it.name)), "{}", code.name);
            assert!(shape.manifest.is_bundled && !shape.manifest.is_on_by_default);
            assert!(fs::metadata(Path::new(env!("CARGO_MANIFEST_DIR")).join(&code.label).join("tests")).is_ok());
        }
    }

    #[tokio::test]
    async fn a_folder_stands_in_for_the_bundled_plugin_of_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("plugins/dice");
        let (_, files) = FILES.iter().find(|(name, _)| *name == "dice").unwrap();
        for (path, text) in *files {
            fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
            fs::write(folder.join(path), text).unwrap();
        }
        let text = "[bot]\nowners = [\"juliet@capulet.example\"]\nplugin_dirs = [\"plugins\"]\n\
                    [accounts.main]\njid = \"domovoi@example.org\"\npassword = \"p\"\n";
        let around = Surroundings { env: &|_| None, catalogue: &|_| Box::new(()) };
        let config = load_text(&dir.path().join("domovoi.toml"), text, around, &[]).unwrap().config;
        let load = async || {
            let found = super::super::load_all(&config, plugins().collect()).await;
            (found.plugins, found.wrong)
        };
        let dice = |all: &[Arc<dyn Plugin>]| {
            let manifests = all.iter().map(|it| it.manifest()).filter(|it| it.name.as_str() == "dice");
            manifests.map(|it| it.is_bundled).collect::<Vec<_>>()
        };
        let (all, wrong) = load().await;
        assert_eq!((dice(&all), wrong, all.len()), (vec![true], Vec::new(), FILES.len()), "the same is the same");
        let main = fs::read_to_string(folder.join("init.lua")).unwrap();
        fs::write(folder.join("init.lua"), format!("-- Mine.\n{main}")).unwrap();
        let (all, wrong) = load().await;
        assert_eq!((dice(&all), wrong, all.len()), (vec![false], Vec::new(), FILES.len()), "the folder's");
        fs::write(folder.join("init.lua"), "return {").unwrap();
        let (all, wrong) = load().await;
        assert_eq!((dice(&all), wrong.len()), (vec![true], 1), "a wrong one changes nothing");
    }
}
