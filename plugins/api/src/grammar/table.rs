//! The table of all commands: found by their words, the longest sub-command first, in English and in the language of
//! the place.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::{trim, word_ends};
use crate::{CommandSpec, Level, Manifest, PluginName};

/// A command and whose it is.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The plugin; the host's own commands come in a manifest too.
    pub plugin: PluginName,
    /// The command.
    pub spec: CommandSpec,
}

/// A command found in a line.
#[derive(Clone, Copy, Debug)]
pub struct Found<'c, 't> {
    /// The command.
    pub entry: &'c Entry,
    /// Its words as they were typed.
    pub word: &'t str,
    /// What follows them.
    pub rest: &'t str,
}

/// Two commands that want the same words; where both are on, the first is found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is a command of `{first}` and of `{second}`; where both are on, that of `{first}` is meant")]
pub struct Collision {
    /// The words.
    pub word: String,
    /// The plugin whose command is found.
    pub first: PluginName,
    /// The plugin whose command is hidden.
    pub second: PluginName,
}

/// All commands of all plugins.
#[derive(Clone, Debug, Default)]
pub struct Commands {
    entries: Vec<Entry>,
    /// By folded words; the language where the words belong to one, and the number of the entry, in bundle order.
    by_words: BTreeMap<String, Vec<(Option<&'static str>, usize)>>,
    max_words: usize,
}

impl Commands {
    /// The table of the commands of these plugins, in this order, and what collides in it.
    pub fn build<'m>(manifests: impl IntoIterator<Item = &'m Manifest>) -> (Self, Vec<Collision>) {
        let mut table = Self::default();
        let mut collisions = BTreeMap::new();
        for manifest in manifests {
            for spec in &manifest.commands {
                let entry = Entry { plugin: manifest.name.clone(), spec: spec.clone() };
                for collision in table.add(entry) {
                    let key = (collision.word.clone(), collision.first.clone(), collision.second.clone());
                    collisions.insert(key, collision);
                }
            }
        }
        (table, collisions.into_values().collect())
    }

    fn add(&mut self, entry: Entry) -> Vec<Collision> {
        let spec = &entry.spec;
        let everywhere = std::iter::once(&spec.name).chain(spec.aliases).map(|it| (None, *it));
        let local = spec.names.iter().map(|(lang, name)| (Some(*lang), *name));
        let n = self.entries.len();
        let mut collisions = Vec::new();
        for (lang, words) in everywhere.chain(local) {
            let words = folded(words);
            self.max_words = self.max_words.max(words.split(' ').count());
            let same = self.by_words.entry(words.clone()).or_default();
            let meets = |it: &&(Option<&str>, usize)| it.1 != n && (it.0.is_none() || lang.is_none() || it.0 == lang);
            if let Some(first) = same.iter().find(meets).and_then(|it| self.entries.get(it.1)) {
                let (first, second) = (first.plugin.clone(), entry.plugin.clone());
                collisions.push(Collision { word: words, first, second });
            }
            if !same.contains(&(lang, n)) {
                same.push((lang, n));
            }
        }
        self.entries.push(entry);
        collisions
    }

    /// The command at the start of a line, by the most words that name one (`access set` before `access`), among the
    /// plugins that are on. Its name may be English, an alias, or of this language.
    pub fn find<'t>(&self, line: &'t str, lang: &str, is_on: impl Fn(&PluginName) -> bool) -> Option<Found<'_, 't>> {
        let line = trim(line);
        for end in word_ends(line, self.max_words).into_iter().rev() {
            // A name has at most so many bytes; nothing is copied of a word that goes on for pages.
            let Some((word, rest)) = line.split_at_checked(end).filter(|_| end <= 256) else { continue };
            let same = self.by_words.get(&folded(word)).map(Vec::as_slice).unwrap_or_default();
            let here = same.iter().filter(|it| it.0.is_none_or(|it| is_same_lang(it, lang)));
            let mut entries = here.filter_map(|it| self.entries.get(it.1));
            if let Some(entry) = entries.find(|it| is_on(&it.plugin)) {
                return Some(Found { entry, word, rest: trim(rest) });
            }
        }
        None
    }

    /// The command by its English name, whatever plugin it is of.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|it| it.spec.name == name)
    }

    /// All commands, in the order of the manifests.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The sub-commands that begin with this word in any language, for an answer to `access` alone; empty if there are
    /// none.
    #[must_use]
    pub fn below(&self, word: &str) -> Vec<&Entry> {
        let start = format!("{} ", folded(word));
        let names = |it: &Entry| std::iter::once(it.spec.name).chain(it.spec.names.iter().map(|it| it.1));
        self.entries.iter().filter(|it| names(it).any(|name| folded(name).starts_with(&start))).collect()
    }

    /// The command that was perhaps meant by a line that names none: the nearest that this level may give.
    #[must_use]
    pub fn did_you_mean(
        &self,
        line: &str,
        lang: &str,
        level: Level,
        is_on: impl Fn(&PluginName) -> bool,
    ) -> Option<String> {
        let line = trim(line);
        let typed: BTreeSet<String> = word_ends(line, self.max_words)
            .into_iter()
            .filter(|end| *end <= 64)
            .filter_map(|end| line.get(..end).map(folded))
            .collect();
        let mut best: Option<(usize, &String)> = None;
        // Of names equally near the longer one, which says more.
        let better =
            |far, words: &String, (best, of): (usize, &String)| far < best || far == best && of.len() < words.len();
        for (words, same) in &self.by_words {
            let may = |it: &&(Option<&str>, usize)| {
                let entry = self.entries.get(it.1);
                it.0.is_none_or(|it| is_same_lang(it, lang))
                    && entry.is_some_and(|it| it.spec.level <= level && is_on(&it.plugin))
            };
            if same.iter().find(may).is_none() {
                continue;
            }
            // Whatever is short is near to something of one or two letters.
            let n_most = match words.chars().count() {
                0..=2 => continue,
                3 | 4 => 1,
                _ => 2,
            };
            let far = typed.iter().map(|it| strsim::osa_distance(it, words)).min();
            if let Some(far) = far.filter(|it| *it <= n_most && best.is_none_or(|best| better(*it, words, best))) {
                best = Some((far, words));
            }
        }
        best.map(|(_, words)| words.clone())
    }
}

/// Whether a name in one language is heard in a place of another: `ru` in `ru-RU`.
pub(super) fn is_same_lang(of: &str, place: &str) -> bool {
    let base = |it| str::split(it, ['-', '_']).next().unwrap_or_default();
    base(of).eq_ignore_ascii_case(base(place))
}

fn folded(words: &str) -> String {
    let mut all = String::with_capacity(words.len());
    for word in words.split_whitespace() {
        if !all.is_empty() {
            all.push(' ');
        }
        if word.is_ascii() {
            all.extend(word.chars().map(|it| it.to_ascii_lowercase()));
        } else {
            all.push_str(&word.to_lowercase());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(name: &str, commands: Vec<CommandSpec>) -> Manifest {
        Manifest { commands, ..Manifest::new(PluginName::new(name).unwrap()) }
    }

    fn table() -> (Commands, Vec<Collision>) {
        let kick =
            CommandSpec { names: &[("ru", "выгнать")], level: Level::MODERATOR, ..CommandSpec::new("kick", "") };
        let access = CommandSpec { aliases: &["rights"], ..CommandSpec::new("access", "") };
        let set = CommandSpec { names: &[("ru", "доступ дать")], ..CommandSpec::new("access set", "") };
        let other = CommandSpec { aliases: &["kick"], ..CommandSpec::new("boot", "") };
        Commands::build(&[manifest("a", vec![kick, access, set]), manifest("b", vec![other])])
    }

    #[test]
    fn the_longest_name_of_the_language_wins() {
        let (table, _) = table();
        let check = |line, lang, expected: Option<(&str, &str)>| {
            let found = table.find(line, lang, |_| true);
            assert_eq!(found.map(|it| (it.entry.spec.name, it.rest)), expected, "{line} in {lang}");
        };
        check("access set bob 20", "en", Some(("access set", "bob 20")));
        check("access  SET bob", "en", Some(("access set", "bob")));
        check("rights bob", "en", Some(("access", "bob")));
        check("Выгнать боба", "ru", Some(("kick", "боба")));
        check("выгнать боба", "ru-RU", Some(("kick", "боба")));
        check("выгнать боба", "en", None);
        check("доступ дать x", "ru", Some(("access set", "x")));
        check("kick", "ru", Some(("kick", "")));
        check("kicks bob", "en", None);
        check("", "en", None);
        check(&"x".repeat(60_000), "en", None);
    }

    #[test]
    fn collisions_are_told_and_the_first_that_is_on_wins() {
        let (table, collisions) = table();
        assert_eq!(collisions.len(), 1);
        assert_eq!(collisions[0].word, "kick");
        let found = |is_a_on: bool| {
            let found = table.find("kick x", "en", |it| is_a_on || it.as_str() != "a");
            found.map(|it| it.entry.spec.name)
        };
        assert_eq!((found(true), found(false)), (Some("kick"), Some("boot")));
    }

    #[test]
    fn near_names_are_offered_to_those_who_may() {
        let (table, _) = table();
        let near = |line, level| table.did_you_mean(line, "ru", level, |_| true);
        assert_eq!(near("kikc bob", Level::ADMIN).as_deref(), Some("kick"));
        assert_eq!(near("kikc bob", Level::VISITOR), None);
        assert_eq!(near("acess set", Level::ADMIN).as_deref(), Some("access set"));
        assert_eq!(near("выгнть боба", Level::ADMIN).as_deref(), Some("выгнать"));
        assert_eq!(near("weather", Level::ADMIN), None);
        assert_eq!(table.below("access").len(), 1);
        assert_eq!(table.below("Доступ").len(), 1);
    }
}
