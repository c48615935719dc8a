//! From a file and an overlay to a [`Config`], or to all that is wrong.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    path::Path,
};

use toml::Value;

use super::{
    Account, Bot, Config, Http, KeyPath, Log, Mistake, Mistakes, Place, PluginCatalogue, PluginConfig, Room, Web,
    room::Around,
    section::{Reader, Section},
    tree::{self, Flaw, Origin, Table},
};

/// Looks up an environment variable.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What a configuration is read with, besides its file.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The environment, for `password_env`.
    pub env: Env<'a>,
    /// Gives the plugins there are, of those compiled in and those in the folders that `[bot]` names.
    pub catalogue: &'a dyn Fn(&Bot) -> Box<dyn PluginCatalogue>,
}

/// One change made by chat: a key and its value.
pub type OverlayEntry = (KeyPath, Value);

/// A configuration that can be used.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What it means.
    pub config: Config,
    /// What works but is hardly meant so.
    pub warnings: Mistakes,
    /// What is wrong in the overlay; these entries were left out.
    pub skipped: Mistakes,
    /// Where each key is written.
    places: BTreeMap<KeyPath, Place>,
}

impl Loaded {
    /// Where a key is written, or the nearest table above it; none if nothing of it is written.
    #[must_use]
    pub fn place(&self, key: &KeyPath) -> Option<&Place> {
        let mut key = Some(key.clone());
        while let Some(path) = key {
            if let Some(place) = self.places.get(&path) {
                return Some(place);
            }
            key = path.parent();
        }
        None
    }
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Surroundings")
    }
}

/// Reads a configuration file and lays an overlay over it.
///
/// A mistake in the file is an error. An entry of the overlay that makes a mistake is left out and named in
/// [`Loaded::skipped`], so that what was once said in a chat can never keep the bot from starting.
///
/// # Errors
/// Every mistake in the file.
pub fn load(path: &Path, around: Surroundings<'_>, overlay: &[OverlayEntry]) -> Result<Loaded, Mistakes> {
    let whole = |what: String| {
        let place = Place::File { path: path.to_path_buf(), line: 0 };
        Mistakes::new(vec![Mistake { place, key: KeyPath::root(), what }])
    };
    let bytes = fs::read(path).map_err(|error| whole(format!("cannot read the configuration: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| whole("the configuration is not text in UTF-8".to_owned()))?;
    load_text(path, &text, around, overlay)
}

/// As [`load`], with the text of the file at hand.
///
/// # Errors
/// Every mistake in the text.
pub fn load_text(
    path: &Path,
    text: &str,
    around: Surroundings<'_>,
    overlay: &[OverlayEntry],
) -> Result<Loaded, Mistakes> {
    let loader = Loader { path, around, catalogue: OnceCell::new() };
    let (file, syntax) = tree::parse(text);
    let written = loader.interpret(&file);
    let flaws = join_flaws(syntax, written.flaws);
    if !flaws.is_empty() {
        return Err(loader.mistakes(flaws));
    }
    Ok(loader.with_overlay(&file, overlay))
}

/// What is wrong beyond the syntax: after a broken line, what is missing or odd there says nothing of its own.
fn join_flaws(mut syntax: Vec<Flaw>, meaning: Vec<Flaw>) -> Vec<Flaw> {
    if syntax.is_empty() {
        return meaning;
    }
    let broken: Vec<Origin> = syntax.iter().map(|flaw| flaw.origin).collect();
    syntax.extend(meaning.into_iter().filter(|flaw| !flaw.is_missing && !broken.contains(&flaw.origin)));
    syntax
}

/// What one interpretation found.
struct Reading {
    config: Config,
    flaws: Vec<Flaw>,
    warnings: Vec<Flaw>,
}

struct Loader<'a> {
    path: &'a Path,
    around: Surroundings<'a>,
    /// Made of `[bot]` as the file has it; reading plugin folders once is enough.
    catalogue: OnceCell<Box<dyn PluginCatalogue>>,
}

impl Loader<'_> {
    fn interpret(&self, table: &Table) -> Reading {
        let reader = Reader::new(self.path, self.around.env);
        let root = Section::root(&reader, table);
        let config = self.read(&root);
        root.finish();
        let (flaws, warnings) = reader.into_findings();
        Reading { config, flaws, warnings }
    }

    fn read(&self, root: &Section<'_>) -> Config {
        let bot = Bot::read(root);
        let catalogue = self.catalogue.get_or_init(|| (self.around.catalogue)(&bot)).as_ref();
        let accounts = Account::read_all(root);
        let account_names: BTreeSet<String> = root.entries("accounts").iter().map(|it| it.name.to_owned()).collect();
        let around = Around { bot: &bot, accounts: &accounts, account_names: &account_names, catalogue };
        let rooms = Room::read_all(root, &around);
        let plugins = PluginConfig::read_all(root, catalogue);
        let (http, web, log) = (Http::read(root), Web::read(root), Log::read(root));
        Config { bot, accounts, rooms, plugins, http, web, log }
    }

    /// Lays as much of the overlay over the file as makes sense.
    fn with_overlay(&self, file: &Table, overlay: &[OverlayEntry]) -> Loaded {
        let mut good: BTreeSet<usize> = (0..overlay.len()).collect();
        let mut skipped = Vec::new();
        loop {
            let (table, reading) = self.interpret_over(file, overlay, &good);
            if reading.flaws.is_empty() {
                return self.loaded(&table, reading, skipped);
            }
            let n_before = good.len();
            for flaw in &reading.flaws {
                if let Origin::Overlay(index) = flaw.origin {
                    good.remove(&index);
                }
            }
            // The mistake shows in the file, though an entry causes it: find which, one by one.
            if good.len() == n_before {
                good = self.harmless(file, overlay, &good, &mut skipped);
                continue;
            }
            skipped.extend(reading.flaws.into_iter().filter(|flaw| matches!(flaw.origin, Origin::Overlay(_))));
        }
    }

    fn interpret_over(&self, file: &Table, overlay: &[OverlayEntry], chosen: &BTreeSet<usize>) -> (Table, Reading) {
        let mut table = file.clone();
        for (index, (key, value)) in overlay.iter().enumerate() {
            if chosen.contains(&index) {
                tree::set(&mut table, key, value, index);
            }
        }
        let reading = self.interpret(&table);
        (table, reading)
    }

    /// Those entries that can be added one after the other without a mistake.
    fn harmless(
        &self,
        file: &Table,
        overlay: &[OverlayEntry],
        candidates: &BTreeSet<usize>,
        skipped: &mut Vec<Flaw>,
    ) -> BTreeSet<usize> {
        let mut good = BTreeSet::new();
        for (index, (key, _)) in overlay.iter().enumerate().filter(|(index, _)| candidates.contains(index)) {
            good.insert(index);
            let (_, reading) = self.interpret_over(file, overlay, &good);
            if let Some(flaw) = reading.flaws.into_iter().next() {
                good.remove(&index);
                let what = format!("with it, {} is wrong: {}", flaw.key, flaw.what);
                skipped.push(Flaw::new(Origin::Overlay(index), key.clone(), what));
            }
        }
        good
    }

    fn loaded(&self, table: &Table, reading: Reading, skipped: Vec<Flaw>) -> Loaded {
        let places = tree::origins(table).into_iter().map(|(key, origin)| (key, self.place(origin))).collect();
        let Reading { config, warnings, .. } = reading;
        Loaded { config, warnings: self.mistakes(warnings), skipped: self.mistakes(skipped), places }
    }

    fn mistakes(&self, flaws: Vec<Flaw>) -> Mistakes {
        let mistake = |flaw: Flaw| Mistake { place: self.place(flaw.origin), key: flaw.key, what: flaw.what };
        Mistakes::new(flaws.into_iter().map(mistake).collect())
    }

    fn place(&self, origin: Origin) -> Place {
        match origin {
            Origin::Line(line) => Place::File { path: self.path.to_path_buf(), line },
            Origin::Overlay(_) => Place::Overlay,
        }
    }
}

/// Every key that reading this text asks for, with `*` for names of accounts, rooms and plugins.
#[cfg(test)]
pub(super) fn asked_keys(text: &str, around: Surroundings<'_>) -> BTreeSet<String> {
    let path = Path::new("d.toml");
    let reader = Reader::new(path, around.env);
    let (table, _) = tree::parse(text);
    Loader { path, around, catalogue: OnceCell::new() }.read(&Section::root(&reader, &table));
    reader.asked.borrow().clone()
}
