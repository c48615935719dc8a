//! Reads a plugin's table field by field and collects every mistake with its line.
#![expect(clippy::wildcard_enum_match_arm, reason = "Lua has many kinds of values, of which a place takes one or two")]

use std::cell::RefCell;

use domovoi_plugin::grammar::shown;
use mlua::{Function, Table, Value};

use super::outline::{Outline, Step};

/// A mistake is told in at most so many characters.
const MAX_CHARS: usize = 500;
/// What is quoted of the plugin in one is shorter, so that what is wrong with it is still read.
pub(super) const MAX_QUOTED: usize = 40;

/// Where mistakes go.
pub(super) struct Reader<'a> {
    label: &'a str,
    outline: &'a Outline,
    wrong: RefCell<Vec<(usize, String)>>,
}

impl<'a> Reader<'a> {
    /// A reader of the table that this file returned; `label` is the plugin's folder as messages call it.
    pub(super) fn new(label: &'a str, outline: &'a Outline) -> Self {
        Self { label, outline, wrong: RefCell::default() }
    }

    /// All mistakes, in the order of their lines: `plugins/hello/init.lua:5: …`.
    pub(super) fn mistakes(&self) -> Vec<String> {
        let mut wrong = self.wrong.borrow().clone();
        wrong.sort();
        wrong.dedup();
        wrong.into_iter().map(|(line, what)| format!("{}/init.lua:{line}: {what}", self.label)).collect()
    }

    /// The table as a whole.
    pub(super) fn root(&'a self, table: Table) -> Node<'a> {
        Node { reader: self, table, path: Vec::new() }
    }

    /// What is quoted in it may be anything: it is told in chats and in the log.
    fn wrong(&self, path: &[Step], what: &str) {
        self.wrong.borrow_mut().push((self.outline.line(path), shown(what, MAX_CHARS)));
    }
}

/// A table in the plugin's table, and how it was reached.
pub(super) struct Node<'a> {
    reader: &'a Reader<'a>,
    pub(super) table: Table,
    path: Vec<Step>,
}

impl<'a> Node<'a> {
    /// A mistake at this key.
    pub(super) fn wrong(&self, key: &str, what: impl Into<String>) {
        self.reader.wrong(&self.below(Step::Key(key.to_owned())), &what.into());
    }

    /// A mistake of the table itself.
    pub(super) fn wrong_here(&self, what: impl Into<String>) {
        self.reader.wrong(&self.path, &what.into());
    }

    /// Where it stands: `plugins/hello/init.lua:5`.
    pub(super) fn place(&self) -> String {
        format!("{}/init.lua:{}", self.reader.label, self.reader.outline.line(&self.path))
    }

    fn below(&self, step: Step) -> Vec<Step> {
        self.path.iter().cloned().chain([step]).collect()
    }

    /// The value of a key. Nothing a metatable says is used.
    pub(super) fn get(&self, key: &str) -> Value {
        // Reading a key without metamethods does not fail.
        self.table.raw_get(key).unwrap_or(Value::Nil)
    }

    /// Keys other than these are mistakes.
    pub(super) fn only(&self, known: &[&str]) {
        for (key, _) in self.pairs() {
            match key {
                Value::String(key) => {
                    let key = key.to_string_lossy();
                    if !known.contains(&key.as_str()) {
                        let given = shown(&key, MAX_QUOTED);
                        self.wrong(&key, format!("there is no `{given}` here{}", did_you_mean(&key, known)));
                    }
                }
                Value::Integer(_) | Value::Number(_) => {
                    self.wrong_here("a value without a key stands here, where each needs one");
                    return;
                }
                other => self.wrong_here(format!("a {} is no key", other.type_name())),
            }
        }
    }

    /// All keys and values, strings in their order.
    pub(super) fn pairs(&self) -> Vec<(Value, Value)> {
        let mut pairs: Vec<(Value, Value)> = self.table.pairs().filter_map(Result::ok).collect();
        pairs.sort_by_key(|(key, _)| key.as_string().map(|it| it.to_string_lossy()));
        pairs
    }

    /// Words under a key.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        match self.get(key) {
            Value::Nil => None,
            Value::String(text) => match text.to_str() {
                Ok(text) => Some(text.to_owned()),
                Err(_) => self.is_no(key, "text in UTF-8", "other bytes"),
            },
            other => self.is_no(key, "a text in quotes", other.type_name()),
        }
    }

    /// A whole number under a key.
    pub(super) fn number(&self, key: &str) -> Option<i64> {
        let value = self.get(key);
        match whole(&value) {
            Some(number) => Some(number),
            None if value.is_nil() => None,
            None if value.is_number() => self.is_no(key, "a whole number", "number of another kind"),
            None => self.is_no(key, "a whole number", value.type_name()),
        }
    }

    /// `true` or `false` under a key; `false` if it is not there.
    pub(super) fn flag(&self, key: &str) -> bool {
        match self.get(key) {
            Value::Nil => false,
            Value::Boolean(flag) => flag,
            other => self.is_no(key, "true or false", other.type_name()).unwrap_or(false),
        }
    }

    /// A function under a key.
    pub(super) fn function(&self, key: &str) -> Option<Function> {
        match self.get(key) {
            Value::Nil => None,
            Value::Function(function) => Some(function),
            other => self.is_no(key, "a function", other.type_name()),
        }
    }

    /// A table under a key.
    pub(super) fn node(&self, key: &str) -> Option<Self> {
        match self.get(key) {
            Value::Nil => None,
            Value::Table(table) => {
                Some(Self { reader: self.reader, table, path: self.below(Step::Key(key.to_owned())) })
            }
            other => self.is_no(key, "a table", other.type_name()),
        }
    }

    /// The tables in a list under a key.
    pub(super) fn nodes(&self, key: &str) -> Vec<Self> {
        self.node(key).map(|it| it.items()).unwrap_or_default()
    }

    /// The elements of this list, which must be tables.
    pub(super) fn items(&self) -> Vec<Self> {
        let mut items = Vec::new();
        for (i, value) in self.table.sequence_values::<Value>().filter_map(Result::ok).enumerate() {
            let path = self.below(Step::Item(i + 1));
            match value {
                Value::Table(table) => items.push(Self { reader: self.reader, table, path }),
                other => {
                    self.reader.wrong(&path, &format!("a table is needed here, this is a {}", other.type_name()));
                }
            }
        }
        if items.is_empty() && !self.pairs().is_empty() && self.table.raw_len() == 0 {
            self.wrong_here("a list is needed here: { { … }, { … } }");
        }
        items
    }

    /// The words in a list under a key.
    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        let Some(list) = self.node(key) else { return Vec::new() };
        let mut texts = Vec::new();
        for (i, value) in list.table.sequence_values::<Value>().filter_map(Result::ok).enumerate() {
            match value.as_string().and_then(|it| it.to_str().ok().map(|it| it.to_owned())) {
                Some(text) => texts.push(text),
                None => {
                    let what = format!("`{key}` is a list of texts in quotes, this is a {}", value.type_name());
                    list.reader.wrong(&list.below(Step::Item(i + 1)), &what);
                }
            }
        }
        texts
    }

    /// Words at a place of a list.
    pub(super) fn item_text(&self, i: usize) -> Option<String> {
        let value: Value = self.table.raw_get(i).ok()?;
        value.as_string().and_then(|it| it.to_str().ok().map(|it| it.to_owned()))
    }

    fn is_no<T>(&self, key: &str, needed: &str, given: &str) -> Option<T> {
        let given = if given == "integer" { "number" } else { given };
        self.wrong(key, format!("`{key}` must be {needed}, this is a {given}"));
        None
    }
}

/// A number without a fraction.
pub(super) fn whole(value: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small just before")]
    match value {
        Value::Integer(number) => Some(*number),
        Value::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
        _ => None,
    }
}

/// `; did you mean …?`, if one of these is near.
pub(super) fn did_you_mean(given: &str, known: &[&str]) -> String {
    let nearness = |it: &&&str| strsim::jaro_winkler(it, given);
    let near = known.iter().max_by(|a, b| nearness(a).total_cmp(&nearness(b))).filter(|it| 0.8 < nearness(it));
    match near {
        Some(near) => format!("; did you mean `{near}`?"),
        None => format!(": there are {}", known.join(", ")),
    }
}
