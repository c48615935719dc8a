//! Typed access to a table of the configuration that collects mistakes instead of stopping at the first.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    fmt::Display,
    path::{Path, PathBuf},
};

use super::{
    Env, KeyPath,
    tree::{Flaw, Node, Origin, Shape, Table},
};

/// What all sections of one reading share: the surroundings, and what was found wrong so far.
pub(super) struct Reader<'a> {
    /// The configuration's file; relative paths start from its folder.
    pub(super) file: PathBuf,
    pub(super) env: Env<'a>,
    flaws: RefCell<Vec<Flaw>>,
    warnings: RefCell<Vec<Flaw>>,
    /// Every key that was asked for, with `*` for names, so that a test can hold them against the example.
    #[cfg(test)]
    pub(super) asked: RefCell<BTreeSet<String>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &Path, env: Env<'a>) -> Self {
        Self {
            file: file.to_path_buf(),
            env,
            flaws: RefCell::default(),
            warnings: RefCell::default(),
            #[cfg(test)]
            asked: RefCell::default(),
        }
    }

    /// What was found wrong, and what is only worth a word.
    pub(super) fn into_findings(self) -> (Vec<Flaw>, Vec<Flaw>) {
        (self.flaws.into_inner(), self.warnings.into_inner())
    }

    /// Notes a mistake.
    pub(super) fn wrong(&self, origin: Origin, key: KeyPath, what: impl Into<String>) {
        self.flaws.borrow_mut().push(Flaw::new(origin, key, what));
    }

    /// Notes something that works but is hardly meant so.
    pub(super) fn warn(&self, origin: Origin, key: KeyPath, what: impl Into<String>) {
        self.warnings.borrow_mut().push(Flaw::new(origin, key, what));
    }

    /// A path from the folder of the configuration.
    pub(super) fn resolve(&self, path: &str) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("")).join(path)
    }
}

/// A table being read. Keys that nobody asked for are mistakes: see [`Section::finish`].
pub(super) struct Section<'a> {
    pub(super) reader: &'a Reader<'a>,
    pub(super) path: KeyPath,
    pub(super) origin: Origin,
    table: &'a Table,
    known: RefCell<BTreeSet<&'static str>>,
    #[cfg(test)]
    shape: String,
}

impl<'a> Section<'a> {
    /// The whole document.
    pub(super) fn root(reader: &'a Reader<'a>, table: &'a Table) -> Self {
        Self {
            reader,
            path: KeyPath::root(),
            origin: Origin::Line(1),
            table,
            known: RefCell::default(),
            #[cfg(test)]
            shape: String::new(),
        }
    }

    /// A key of this table, if it is there.
    pub(super) fn field(&self, key: &'static str) -> Option<Field<'a>> {
        self.known.borrow_mut().insert(key);
        #[cfg(test)]
        let shape = format!("{}{key}", self.shape);
        #[cfg(test)]
        self.reader.asked.borrow_mut().insert(shape.clone());
        let (name, node) = self.table.get_key_value(key)?;
        Some(Field {
            reader: self.reader,
            path: self.path.join(key),
            name,
            node,
            #[cfg(test)]
            shape,
        })
    }

    /// All keys of this table that were not asked for; they count as known from now on.
    pub(super) fn other_fields(&self) -> Vec<Field<'a>> {
        let known = self.known.borrow();
        let others = self.table.iter().filter(|(key, _)| !known.contains(key.as_str()));
        others
            .map(|(name, node)| Field {
                reader: self.reader,
                path: self.path.join(name),
                name,
                node,
                #[cfg(test)]
                shape: format!("{}*", self.shape),
            })
            .collect()
    }

    /// A table in this table, if it is there.
    pub(super) fn section(&self, key: &'static str) -> Option<Section<'a>> {
        self.field(key)?.section()
    }

    /// A table in this table, or one without keys.
    pub(super) fn section_or_empty(&self, key: &'static str) -> Section<'a> {
        static EMPTY: Table = Table::new();
        self.section(key).unwrap_or_else(|| Section {
            reader: self.reader,
            path: self.path.join(key),
            origin: self.origin,
            table: &EMPTY,
            known: RefCell::default(),
            #[cfg(test)]
            shape: format!("{}{key}.", self.shape),
        })
    }

    /// The tables of a table of tables, such as `[accounts]`.
    pub(super) fn entries(&self, key: &'static str) -> Vec<Field<'a>> {
        self.section(key).map(|section| section.other_fields()).unwrap_or_default()
    }

    /// A text read by its own rules. `expected` says what it is, with its article.
    pub(super) fn parse<T, E: Display>(
        &self,
        key: &'static str,
        expected: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.field(key)?.parse(expected, read)
    }

    /// `true` or `false`.
    pub(super) fn switch(&self, key: &'static str) -> Option<bool> {
        self.field(key)?.switch()
    }

    /// One of some words.
    pub(super) fn choice<T: Copy>(&self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        self.field(key)?.choice(choices)
    }

    /// A path from the folder of the configuration.
    pub(super) fn path(&self, key: &'static str) -> Option<PathBuf> {
        self.field(key)?.path()
    }

    /// A list of texts, each read by its own rules; those that fail are left out.
    pub(super) fn list<T, E: Display>(
        &self,
        key: &'static str,
        expected: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        self.field(key)?.list(expected, read)
    }

    /// Says that a key has to be here.
    pub(super) fn missing(&self, key: &str, what: impl Into<String>) {
        let flaw = Flaw::new(self.origin, self.path.join(key), what);
        self.reader.flaws.borrow_mut().push(Flaw { is_missing: true, ..flaw });
    }

    /// Warns about a key of this table.
    pub(super) fn warn(&self, key: &str, what: impl Into<String>) {
        let origin = self.table.get(key).map_or(self.origin, |node| node.origin);
        self.reader.warn(origin, self.path.join(key), what);
    }

    /// Notes a mistake at a key somewhere below this table, at the place of what is nearest to it.
    pub(super) fn wrong_below(&self, key: &KeyPath, what: impl Into<String>) {
        let mut origin = self.origin;
        let mut table = Some(self.table);
        for name in key.keys() {
            let Some(node) = table.and_then(|table| table.get(name)) else { break };
            origin = node.origin;
            table = node.table();
        }
        self.reader.wrong(origin, self.path.join_path(key), what);
    }

    /// The keys that are written here.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'a String> {
        self.table.keys()
    }

    /// Says which keys are unknown. Must come last.
    pub(super) fn finish(self) {
        for field in self.other_fields() {
            let known = self.known.borrow();
            field.wrong(format!("unknown key{}", did_you_mean(field.name, known.iter().copied())));
        }
    }
}

/// A key and its value.
pub(super) struct Field<'a> {
    pub(super) reader: &'a Reader<'a>,
    pub(super) path: KeyPath,
    pub(super) name: &'a str,
    pub(super) node: &'a Node,
    #[cfg(test)]
    shape: String,
}

impl<'a> Field<'a> {
    /// Notes a mistake in this value.
    pub(super) fn wrong(&self, what: impl Into<String>) {
        self.reader.wrong(self.node.origin, self.path.clone(), what);
    }

    /// Notes something about this value that works but is hardly meant so.
    pub(super) fn warn(&self, what: impl Into<String>) {
        self.reader.warn(self.node.origin, self.path.clone(), what);
    }

    fn expected(&self, what: &str) {
        self.wrong(format!("expected {what}, found {}", self.node.describe()));
    }

    /// The table that this is, without a word if it is none.
    pub(super) fn table(&self) -> Option<&'a Table> {
        self.node.table()
    }

    /// The table that this is.
    pub(super) fn section(&self) -> Option<Section<'a>> {
        let Some(table) = self.node.table() else {
            self.expected("a table");
            return None;
        };
        Some(Section {
            reader: self.reader,
            path: self.path.clone(),
            origin: self.node.origin,
            table,
            known: RefCell::default(),
            #[cfg(test)]
            shape: format!("{}.", self.shape),
        })
    }

    /// A text read by its own rules.
    pub(super) fn parse<T, E: Display>(&self, expected: &str, read: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        let Shape::Text(text) = &self.node.shape else {
            self.expected(expected);
            return None;
        };
        read(text).map_err(|error| self.wrong(error.to_string())).ok()
    }

    /// A text that may be a secret: its value is in no message.
    pub(super) fn secret_text(&self) -> Option<&'a str> {
        let Shape::Text(text) = &self.node.shape else {
            self.wrong(format!("expected a text, found {}", self.node.kind()));
            return None;
        };
        Some(text)
    }

    /// `true` or `false`.
    pub(super) fn switch(&self) -> Option<bool> {
        let Shape::Bool(value) = &self.node.shape else {
            self.expected("true or false, without quotes");
            return None;
        };
        Some(*value)
    }

    /// A whole number within these bounds.
    pub(super) fn number(&self, least: u32, most: u32) -> Option<u32> {
        let expected = format!("a whole number from {least} to {most}");
        let Shape::Integer(value) = &self.node.shape else {
            self.expected(&expected);
            return None;
        };
        let number = u32::try_from(*value).ok().filter(|it| (least..=most).contains(it));
        if number.is_none() {
            self.expected(&expected);
        }
        number
    }

    fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        let words = || choices.iter().map(|(word, _)| *word);
        let all = words().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        self.parse(&format!("one of {all}"), |text| {
            let found = choices.iter().find(|(word, _)| *word == text);
            found
                .map(|(_, value)| *value)
                .ok_or_else(|| format!("expected one of {all}, found {text:?}{}", did_you_mean(text, words())))
        })
    }

    /// A path from the folder of the configuration.
    pub(super) fn path(&self) -> Option<PathBuf> {
        self.parse("a path in quotes", |text| match text {
            "" => Err("the path is empty"),
            text => Ok(self.reader.resolve(text)),
        })
    }

    pub(super) fn list<T, E: Display>(&self, expected: &str, read: impl Fn(&str) -> Result<T, E>) -> Option<Vec<T>> {
        let Shape::Array(nodes) = &self.node.shape else {
            self.expected(&format!("a list in brackets, each {expected}"));
            return None;
        };
        let mut values = Vec::new();
        for node in nodes {
            let path = self.path.clone();
            let Shape::Text(text) = &node.shape else {
                self.reader.wrong(node.origin, path, format!("expected {expected}, found {}", node.describe()));
                continue;
            };
            match read(text) {
                Ok(value) => values.push(value),
                Err(error) => self.reader.wrong(node.origin, path, error.to_string()),
            }
        }
        Some(values)
    }
}

/// `; did you mean …?` for a word near one of these, else nothing.
pub(super) fn did_you_mean<'w>(word: &str, known: impl Iterator<Item = &'w str>) -> String {
    let word = word.to_lowercase();
    let limit = (word.chars().count() / 3).max(1);
    let near = known.map(|it| (strsim::damerau_levenshtein(&word, &it.to_lowercase()), it));
    let nearest = near.filter(|(distance, _)| *distance <= limit).min();
    nearest.map(|(_, it)| format!("; did you mean `{it}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_proposed() {
        for (word, expected) in [
            ("langauge", "; did you mean `language`?"),
            ("Nick", "; did you mean `nick`?"),
            ("nik", "; did you mean `nick`?"),
            ("password", ""),
        ] {
            assert_eq!(did_you_mean(word, ["language", "nick", "prefix"].into_iter()), expected, "{word}");
        }
    }
}
