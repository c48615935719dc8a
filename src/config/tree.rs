//! A TOML document as a tree in which every value knows where it was written, and an overlay can be laid over it.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    ops::Range,
};

use domovoi_plugin::RoomJid;
use toml::{
    Spanned, Value,
    de::{DeTable, DeValue},
    value::Datetime,
};

use super::KeyPath;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// This line of the file, from 1.
    Line(usize),
    /// The entry of the overlay with this index.
    Overlay(usize),
}

/// A value and its origin. Deliberately without `Debug`: it may be a password.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) origin: Origin,
    pub(super) shape: Shape,
}

/// The keys of a table.
pub(super) type Table = BTreeMap<String, Node>;

/// A value.
#[derive(Clone)]
pub(super) enum Shape {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    Datetime(Datetime),
    Array(Vec<Node>),
    Table(Table),
}

/// What a document cannot mean, at this place.
pub(super) struct Flaw {
    pub(super) origin: Origin,
    pub(super) key: KeyPath,
    pub(super) what: String,
    /// Whether something should be here and is not.
    pub(super) is_missing: bool,
}

impl Flaw {
    /// Something that is here and wrong.
    pub(super) fn new(origin: Origin, key: KeyPath, what: impl Into<String>) -> Self {
        Self { origin, key, what: what.into(), is_missing: false }
    }
}

/// Reads a document as far as it goes, with everything that is wrong in its syntax.
pub(super) fn parse(text: &str) -> (Table, Vec<Flaw>) {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut parser = Parser { lines: Lines::of(text), flaws: Vec::new() };
    let mut table = parser.table(document.get_ref(), &KeyPath::root());
    for error in errors {
        let origin = parser.lines.origin(error.span().unwrap_or_default());
        let key = last_key_before(&table, &KeyPath::root(), origin).map_or_else(KeyPath::root, |(_, key)| key);
        let is_room = error.message().contains("unquoted key") && key.keys().first().is_some_and(|it| it == "rooms");
        let hint = if is_room { "; put the room's address in quotes" } else { "" };
        let what = format!("not TOML: {}{hint}", error.message().trim());
        parser.flaws.push(Flaw::new(origin, key, what));
    }
    if let Some(Node { shape: Shape::Table(rooms), .. }) = table.get_mut("rooms") {
        let flaws = name_rooms_alike(rooms);
        parser.flaws.extend(flaws);
    }
    (table, parser.flaws)
}

/// Where each line begins.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    fn origin(&self, span: Range<usize>) -> Origin {
        Origin::Line(1 + self.0.partition_point(|end| *end < span.start))
    }
}

struct Parser {
    lines: Lines,
    flaws: Vec<Flaw>,
}

impl Parser {
    fn table(&mut self, table: &DeTable<'_>, path: &KeyPath) -> Table {
        let mut nodes = Table::new();
        for (key, value) in table {
            let origin = self.lines.origin(key.span());
            let path = path.join(key.get_ref());
            if let Some(shape) = self.shape(value, origin, &path) {
                nodes.insert(key.get_ref().to_string(), Node { origin, shape });
            }
        }
        nodes
    }

    fn shape(&mut self, value: &Spanned<DeValue<'_>>, origin: Origin, path: &KeyPath) -> Option<Shape> {
        let shape = match value.get_ref() {
            DeValue::String(text) => Some(Shape::Text(text.to_string())),
            DeValue::Integer(it) => i64::from_str_radix(it.as_str(), it.radix()).ok().map(Shape::Integer),
            DeValue::Float(it) => it.as_str().parse().ok().map(Shape::Float),
            DeValue::Boolean(it) => Some(Shape::Bool(*it)),
            DeValue::Datetime(it) => Some(Shape::Datetime(*it)),
            DeValue::Array(values) => Some(Shape::Array(self.array(values.iter(), path))),
            DeValue::Table(table) => Some(Shape::Table(self.table(table, path))),
        };
        if shape.is_none() {
            self.flaws.push(Flaw::new(origin, path.clone(), "the number is too large"));
        }
        shape
    }

    fn array<'v>(&mut self, values: impl Iterator<Item = &'v Spanned<DeValue<'v>>>, path: &KeyPath) -> Vec<Node> {
        let mut nodes = Vec::new();
        for value in values {
            let origin = self.lines.origin(value.span());
            nodes.extend(self.shape(value, origin, path).map(|shape| Node { origin, shape }));
        }
        nodes
    }
}

/// The key of the file that stands last at or before this line: what somebody who broke the syntax was writing.
fn last_key_before(table: &Table, path: &KeyPath, at: Origin) -> Option<(usize, KeyPath)> {
    let Origin::Line(limit) = at else { return None };
    let mut last: Option<(usize, KeyPath)> = None;
    for (key, node) in table {
        let path = path.join(key);
        let below = node.table().and_then(|below| last_key_before(below, &path, at));
        let own = match node.origin {
            Origin::Line(line) if line <= limit => Some((line, path)),
            Origin::Line(_) | Origin::Overlay(_) => None,
        };
        for found in own.into_iter().chain(below) {
            if last.as_ref().is_none_or(|(line, _)| *line <= found.0) {
                last = Some(found);
            }
        }
    }
    last
}

/// Writes the JIDs of rooms in their one form, so that an overlay finds the room however the file spells it.
fn name_rooms_alike(rooms: &mut Table) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    for (name, node) in std::mem::take(rooms) {
        match rooms.entry(room_name(&name)) {
            Entry::Vacant(entry) => {
                entry.insert(node);
            }
            Entry::Occupied(entry) => {
                let what = format!("the room `{}` is here twice", entry.key());
                flaws.push(Flaw::new(node.origin, KeyPath::new(["rooms", &name]), what));
            }
        }
    }
    flaws
}

fn room_name(text: &str) -> String {
    text.parse::<RoomJid>().map_or_else(|_| text.to_owned(), |room| room.as_str().to_owned())
}

/// Sets one key, making the tables above it.
///
/// Where a plugin is `true` or `false` and a setting of it comes, or the other way round, both are kept: `enabled` in
/// its table is the switch.
pub(super) fn set(root: &mut Table, path: &KeyPath, value: &Value, index: usize) {
    let origin = Origin::Overlay(index);
    let mut keys: Vec<String> = path.keys().to_vec();
    if let [first, room, ..] = keys.as_mut_slice()
        && first == "rooms"
    {
        *room = room_name(room);
    }
    let Some((last, above)) = keys.split_last() else { return };
    let mut table = root;
    for key in above {
        let node = table.entry(key.clone()).or_insert_with(|| Node { origin, shape: Shape::Table(Table::new()) });
        let Some(below) = as_table(node, origin) else { return };
        table = below;
    }
    match (table.get_mut(last), value) {
        (Some(Node { shape: Shape::Table(below), .. }), Value::Boolean(is_on)) => {
            below.insert("enabled".to_owned(), Node { origin, shape: Shape::Bool(*is_on) });
        }
        (Some(_) | None, value) => {
            table.insert(last.clone(), of_value(value, origin));
        }
    }
}

/// Makes the node a table; a switch is kept as `enabled` in it.
fn as_table(node: &mut Node, origin: Origin) -> Option<&mut Table> {
    if !matches!(node.shape, Shape::Table(_)) {
        let mut table = Table::new();
        if let Shape::Bool(_) = node.shape {
            table.insert("enabled".to_owned(), node.clone());
        }
        *node = Node { origin, shape: Shape::Table(table) };
    }
    if let Shape::Table(table) = &mut node.shape { Some(table) } else { None }
}

fn of_value(value: &Value, origin: Origin) -> Node {
    let shape = match value {
        Value::String(text) => Shape::Text(text.clone()),
        Value::Integer(it) => Shape::Integer(*it),
        Value::Float(it) => Shape::Float(*it),
        Value::Boolean(it) => Shape::Bool(*it),
        Value::Datetime(it) => Shape::Datetime(*it),
        Value::Array(values) => Shape::Array(values.iter().map(|value| of_value(value, origin)).collect()),
        Value::Table(table) => {
            Shape::Table(table.iter().map(|(key, value)| (key.clone(), of_value(value, origin))).collect())
        }
    };
    Node { origin, shape }
}

impl Node {
    /// The table that it is, if it is one.
    pub(super) fn table(&self) -> Option<&Table> {
        if let Shape::Table(table) = &self.shape { Some(table) } else { None }
    }

    /// Whether it is `true`.
    pub(super) fn is_true(&self) -> bool {
        matches!(self.shape, Shape::Bool(true))
    }

    /// The value without its origin.
    pub(super) fn to_value(&self) -> Value {
        match &self.shape {
            Shape::Text(text) => Value::String(text.clone()),
            Shape::Integer(it) => Value::Integer(*it),
            Shape::Float(it) => Value::Float(*it),
            Shape::Bool(it) => Value::Boolean(*it),
            Shape::Datetime(it) => Value::Datetime(*it),
            Shape::Array(values) => Value::Array(values.iter().map(Self::to_value).collect()),
            Shape::Table(table) => {
                Value::Table(table.iter().map(|(key, node)| (key.clone(), node.to_value())).collect())
            }
        }
    }

    /// What it is, for "found …".
    pub(super) fn describe(&self) -> String {
        match &self.shape {
            Shape::Text(text) if text.chars().count() <= 40 => format!("the text {text:?}"),
            Shape::Integer(it) => format!("the number {it}"),
            Shape::Float(it) => format!("the number {it}"),
            Shape::Bool(it) => it.to_string(),
            Shape::Text(_) | Shape::Datetime(_) | Shape::Array(_) | Shape::Table(_) => self.kind().to_owned(),
        }
    }

    /// What it is, without its value, which may be a secret.
    pub(super) fn kind(&self) -> &'static str {
        match &self.shape {
            Shape::Text(_) => "a text",
            Shape::Integer(_) | Shape::Float(_) => "a number",
            Shape::Bool(_) => "true or false",
            Shape::Datetime(_) => "a date",
            Shape::Array(_) => "a list",
            Shape::Table(_) => "a table",
        }
    }
}

/// Where every key of a tree was written.
pub(super) fn origins(table: &Table) -> BTreeMap<KeyPath, Origin> {
    fn collect(table: &Table, path: &KeyPath, into: &mut BTreeMap<KeyPath, Origin>) {
        for (key, node) in table {
            let path = path.join(key);
            if let Some(below) = node.table() {
                collect(below, &path, into);
            }
            into.insert(path, node.origin);
        }
    }
    let mut origins = BTreeMap::new();
    collect(table, &KeyPath::root(), &mut origins);
    origins
}
