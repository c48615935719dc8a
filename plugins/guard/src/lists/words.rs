//! Words, phrases and patterns that a room does not want, its own and those of all rooms.
//!
//! Words and phrases are found by one automaton over the forms of a text (`look`), patterns by one set of regular
//! expressions whose time is linear in the text. What a list costs is paid when it is changed, not when it is asked.

use std::{collections::BTreeMap, sync::Arc};

use aho_corasick::AhoCorasick;
use domovoi_plugin::{RoomJid, Timestamp};
use regex::{RegexSet, RegexSetBuilder};

use super::{deed::Deed, look, look::Form};

/// Entries of one book at most.
pub(crate) const MOST_ENTRIES: usize = 5_000;
/// Patterns among them.
pub(crate) const MOST_PATTERNS: usize = 100;
/// Characters of one entry.
const MOST_CHARS: usize = 300;
/// Bytes that one pattern may take once compiled, and all of a book together.
const PATTERN_BYTES: usize = 256 * 1024;
const BOOK_BYTES: usize = 4 * 1024 * 1024;

/// What an entry is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A word, or the beginning of one where it ends in `*`.
    Word,
    /// Several words in a row.
    Phrase,
    /// A regular expression.
    Pattern,
}

/// Why a text can be no entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum NoEntry {
    /// Nothing but punctuation, or a lone letter.
    TooShort,
    /// Longer than [`MOST_CHARS`].
    TooLong,
    /// A pattern with a mistake, in the words of the engine.
    Pattern(String),
    /// A pattern that matches everything, the empty text too.
    Everything,
}

/// Something that is looked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Entry {
    /// The list it stands in.
    pub(crate) list: Arc<str>,
    /// What.
    pub(crate) kind: Kind,
    /// As it was written.
    pub(crate) text: Arc<str>,
    /// What it leads to.
    pub(crate) deed: Deed,
    /// Until when it holds.
    pub(crate) until: Option<Timestamp>,
    /// Whether it is only watched.
    pub(crate) is_observed: bool,
}

impl Entry {
    /// Whether this can be an entry.
    pub(crate) fn check(kind: Kind, given: &str) -> Result<(), NoEntry> {
        if MOST_CHARS < given.chars().count() {
            return Err(NoEntry::TooLong);
        }
        if kind == Kind::Pattern {
            return check_pattern(given);
        }
        let n_letters = look::words(&look::normal(given)).chars().filter(|c| c.is_alphanumeric()).count();
        if n_letters < 2 { Err(NoEntry::TooShort) } else { Ok(()) }
    }

    /// What the automaton looks for.
    fn needle(&self) -> String {
        let mut needle = look::words(&look::normal(&self.text));
        if self.text.trim_end().ends_with('*') {
            needle.pop();
        }
        needle
    }
}

fn check_pattern(given: &str) -> Result<(), NoEntry> {
    let built = regex::RegexBuilder::new(given).case_insensitive(true).size_limit(PATTERN_BYTES).build();
    match built {
        Ok(it) if it.is_match("") => Err(NoEntry::Everything),
        Ok(_) => Ok(()),
        // The last line says what is wrong; those before draw where.
        Err(error) => Err(NoEntry::Pattern(error.to_string().lines().last().unwrap_or_default().to_owned())),
    }
}

/// The entries of one room, or of all, ready to be asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    entries: Vec<Entry>,
    /// With the entry of each needle.
    needles: Option<(AhoCorasick, Vec<usize>)>,
    /// With the entry of each pattern.
    patterns: Option<(RegexSet, Vec<usize>)>,
}

impl Book {
    /// Of these entries; what is too much, or cannot be looked for, is left out.
    pub(crate) fn new(entries: impl IntoIterator<Item = Entry>) -> Self {
        let entries: Vec<Entry> = entries.into_iter().take(MOST_ENTRIES).collect();
        let of = |is_pattern: bool| {
            let fits = move |it: &(usize, &Entry)| (it.1.kind == Kind::Pattern) == is_pattern;
            entries.iter().enumerate().filter(fits).filter(|it| Entry::check(it.1.kind, &it.1.text).is_ok())
        };
        let (places, needles): (Vec<usize>, Vec<String>) = of(false).map(|(n, it)| (n, it.needle())).unzip();
        let needles = if needles.is_empty() { None } else { AhoCorasick::new(&needles).ok().map(|it| (it, places)) };
        let (places, texts): (Vec<usize>, Vec<&str>) =
            of(true).take(MOST_PATTERNS).map(|(n, it)| (n, &*it.text)).unzip();
        let set = RegexSetBuilder::new(&texts).case_insensitive(true).size_limit(BOOK_BYTES).build();
        let patterns = if texts.is_empty() { None } else { set.ok().map(|it| (it, places)) };
        Self { entries, needles, patterns }
    }

    /// Every entry that is found in these forms, in the order of the book.
    pub(crate) fn find<'a>(&'a self, forms: &[Form], now: Timestamp) -> impl Iterator<Item = &'a Entry> {
        let mut found: Vec<usize> = Vec::new();
        for form in forms {
            if let Some((needles, places)) = &self.needles {
                let hits = needles.find_overlapping_iter(&form.words);
                found.extend(hits.filter_map(|it| places.get(it.pattern().as_usize()).copied()));
            }
            if let Some((patterns, places)) = &self.patterns {
                let hits = patterns.matches(&form.normal);
                found.extend(hits.into_iter().filter_map(|it| places.get(it).copied()));
            }
        }
        found.sort_unstable();
        found.dedup();
        let entries = found.into_iter().filter_map(|it| self.entries.get(it));
        entries.filter(move |it| it.until.is_none_or(|until| now < until)).collect::<Vec<_>>().into_iter()
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

/// The books of all rooms.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    /// What no room wants.
    pub(crate) everywhere: Arc<Book>,
    /// What one room does not want.
    pub(crate) rooms: BTreeMap<RoomJid, Arc<Book>>,
    /// Lists that rooms name in their settings.
    pub(crate) named: BTreeMap<String, Arc<Book>>,
}

impl Words {
    /// Whether there is anything to look for in this room.
    pub(crate) fn are_any(&self, room: &RoomJid, named: &[String]) -> bool {
        let is_used = |it: &Arc<Book>| 0 < it.len();
        let by_name = |it: &String| self.named.get(it).is_some_and(is_used);
        is_used(&self.everywhere) || self.rooms.get(room).is_some_and(is_used) || named.iter().any(by_name)
    }

    /// Every entry that a room finds in these forms: its own, those of the lists that it names, those of all rooms.
    pub(crate) fn find<'a>(
        &'a self,
        room: &RoomJid,
        named: &[String],
        forms: &[Form],
        now: Timestamp,
    ) -> Vec<&'a Entry> {
        let named = named.iter().filter_map(|it| self.named.get(it));
        let books = self.rooms.get(room).into_iter().chain(named).chain([&self.everywhere]);
        books.filter(|it| 0 < it.len()).flat_map(|it| it.find(forms, now)).collect()
    }
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::Answer;

    use super::*;

    fn entry(kind: Kind, text: &str) -> Entry {
        Entry {
            list: "own".into(),
            kind,
            text: text.into(),
            deed: Deed::Answer(Answer::Warn),
            until: None,
            is_observed: false,
        }
    }

    fn found(entries: &[(Kind, &str)], text: &str) -> Vec<String> {
        let book = Book::new(entries.iter().map(|it| entry(it.0, it.1)));
        book.find(&look::forms(text), Timestamp::default()).map(|it| it.text.to_string()).collect()
    }

    #[test]
    fn words_phrases_and_patterns_are_found() {
        const ALL: &[(Kind, &str)] = &[
            (Kind::Word, "casino"),
            (Kind::Word, "казин*"),
            (Kind::Phrase, "buy now"),
            (Kind::Pattern, r"win\s+\d+ ?\$"),
            (Kind::Word, "now"),
        ];
        assert_eq!(found(ALL, "Casino, buy NOW"), ["casino", "buy now", "now"]);
        assert_eq!(found(ALL, "в казиношку"), ["казин*"]);
        assert_eq!(found(ALL, "WIN 1000$ today"), [r"win\s+\d+ ?\$"]);
        assert_eq!(found(ALL, "buy it now"), ["now"]);
        assert!(found(ALL, "occasinoally nowhere").is_empty());
        assert!(found(&[], "anything").is_empty());
    }

    #[test]
    fn a_form_is_found_once_however_often_it_is_there() {
        assert_eq!(found(&[(Kind::Word, "spam")], "spam spam SPAM spаm"), ["spam"]);
    }

    #[test]
    fn what_matches_everything_or_costs_too_much_is_no_entry() {
        let check = |text: &str| Entry::check(Kind::Pattern, text);
        assert_eq!(check(".*"), Err(NoEntry::Everything));
        assert!(matches!(check("("), Err(NoEntry::Pattern(_))));
        assert!(matches!(check("(a{1000}){1000}"), Err(NoEntry::Pattern(_))));
        assert_eq!(Entry::check(Kind::Word, "!?"), Err(NoEntry::TooShort));
        assert_eq!(Entry::check(Kind::Word, "a"), Err(NoEntry::TooShort));
        assert_eq!(Entry::check(Kind::Word, &"a".repeat(301)), Err(NoEntry::TooLong));
        assert_eq!(Entry::check(Kind::Word, "плохо"), Ok(()));
    }

    #[test]
    fn what_has_expired_is_not_found() {
        let until = Some(Timestamp::from_millis(10));
        let book = Book::new([Entry { until, ..entry(Kind::Word, "casino") }]);
        let n = |at| book.find(&look::forms("casino"), Timestamp::from_millis(at)).count();
        assert_eq!((n(9), n(10)), (1, 0));
    }
}
