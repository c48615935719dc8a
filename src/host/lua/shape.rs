//! What a plugin's table says: checked as a whole, so that every mistake is told at once, and made a manifest.

use std::collections::BTreeMap;

use domovoi_plugin::{CommandSpec, Cron, Level, Manifest, Power, Schedule, When, grammar::shown, parse_duration};
use mlua::{Function, Table};

use super::{
    code::Code,
    intern::{list, word},
    options,
    outline::Outline,
    reader::{MAX_QUOTED, Node, Reader, did_you_mean},
    words::{self, Words},
};

/// Events that a plugin can be told of.
pub(super) const EVENTS: &[&str] = &[
    "message",
    "private",
    "correction",
    "retraction",
    "reaction",
    "subject",
    "join",
    "leave",
    "nick",
    "presence",
    "role",
    "affiliation",
    "absent",
    "voice",
    "room",
    "joined",
    "lost",
    "malformed",
    "timer",
    "invitation",
    "webhook",
];
/// Keys of the table that a plugin returns.
pub(super) const KEYS: &[&str] = &[
    "name",
    "api",
    "description",
    "powers",
    "options",
    "flagged",
    "history",
    "commands",
    "on",
    "guard",
    "every",
    "cron",
];
/// Keys of a command.
pub(super) const COMMAND_KEYS: &[&str] =
    &["name", "names", "aliases", "level", "args", "help", "examples", "direct", "kept_names", "run"];
/// The version of the API.
const API: i64 = 1;
/// A plugin has at most so many commands, and so many schedules.
const MOST: usize = 100;
/// The shortest span between two calls.
const SHORTEST: std::time::Duration = std::time::Duration::from_secs(1);

/// What can be said of a plugin outside its VM.
#[derive(Clone, Debug)]
pub struct Shape {
    /// What it is.
    pub manifest: Manifest,
    /// Whether it judges.
    pub has_guard: bool,
    /// Events it has handlers for.
    pub events: Vec<&'static str>,
    /// The examples of its commands.
    pub examples: Vec<Example>,
}

/// An example of a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Example {
    /// Where it stands: `plugins/hello/init.lua:5`.
    pub place: String,
    /// What is typed, without the prefix.
    pub typed: String,
    /// What should be answered, if it says.
    pub answer: Option<String>,
    /// The level that the command takes.
    pub level: Level,
    /// The language that the room speaks for it; `None` for English.
    pub lang: Option<&'static str>,
}

/// Its functions, which stay in the VM.
#[derive(Default)]
pub(super) struct Functions {
    pub(super) events: BTreeMap<&'static str, Function>,
    pub(super) commands: BTreeMap<&'static str, Function>,
    pub(super) timers: BTreeMap<&'static str, Function>,
    pub(super) guard: Option<Function>,
}

/// Reads the table that a plugin's main file returned.
pub(super) fn read(code: &Code, table: Table) -> Result<(Shape, Functions), Vec<String>> {
    let outline = Outline::of(code.lua.get(super::code::MAIN).map_or("", String::as_str));
    let reader = Reader::new(&code.label, &outline);
    let root = reader.root(table);
    let mut reading = Reading { functions: Functions::default(), words: Words::default(), examples: Vec::new() };
    let mut manifest = reading.manifest(&root, code);
    let mistakes = reader.mistakes();
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let Reading { functions, words, examples } = reading;
    manifest.locales = words.over(&code.locales);
    let events = functions.events.keys().copied().collect();
    Ok((Shape { manifest, has_guard: functions.guard.is_some(), events, examples }, functions))
}

struct Reading {
    functions: Functions,
    words: Words,
    examples: Vec<Example>,
}

impl Reading {
    fn manifest(&mut self, root: &Node<'_>, code: &Code) -> Manifest {
        root.only(KEYS);
        match root.text("name") {
            Some(name) if name == code.name.as_str() => (),
            Some(name) => {
                root.wrong("name", format!("the name is `{}`, the folder `{}`", shown(&name, MAX_QUOTED), code.name));
            }
            None if root.get("name").is_nil() => root.wrong("name", format!("`name = \"{}\"` is missing", code.name)),
            None => (),
        }
        match root.number("api") {
            Some(API) => (),
            Some(other) => root.wrong("api", format!("there is no version {other} of the API: write `api = {API}`")),
            None if root.get("api").is_nil() => root.wrong("api", format!("`api = {API}` is missing")),
            None => (),
        }
        let description = self.words.take(root, "description", "lua-description");
        self.handlers(root);
        let schedules = self.schedules(root);
        let commands: Vec<CommandSpec> = root.nodes("commands").iter().filter_map(|it| self.command(it)).collect();
        let has_work = !commands.is_empty() || !self.functions.events.is_empty() || !schedules.is_empty();
        let names_none = root.node("commands").is_none_or(|it| it.pairs().is_empty());
        if !has_work && self.functions.guard.is_none() && names_none {
            root.wrong("commands", "it does nothing: there are no commands, no `on`, no `guard`, no `every`");
        }
        if MOST < commands.len() || MOST < schedules.len() {
            root.wrong("commands", format!("at most {MOST} commands and {MOST} schedules are possible"));
        }
        Manifest {
            description: description.unwrap_or(""),
            powers: powers(root, &self.implied(&schedules)),
            options: options::read(root, &mut self.words),
            commands,
            // A question asked of somebody is answered by a message.
            wants_events: true,
            wants_flagged: root.flag("flagged"),
            wants_history: root.flag("history"),
            schedules,
            is_bundled: false,
            ..Manifest::new(code.name.clone())
        }
    }

    /// Powers without which what it has handlers for never comes.
    fn implied(&self, schedules: &[Schedule]) -> Vec<Power> {
        let has = |event| self.functions.events.contains_key(event);
        let is_scheduled = !schedules.is_empty() || has("timer");
        let scheduled = is_scheduled.then_some(Power::Schedule);
        scheduled.into_iter().chain(has("webhook").then_some(Power::Hook)).collect()
    }

    fn handlers(&mut self, root: &Node<'_>) {
        self.functions.guard = root.function("guard");
        let Some(on) = root.node("on") else { return };
        on.only(EVENTS);
        for event in EVENTS {
            self.functions.events.extend(on.function(event).map(|it| (*event, it)));
        }
    }

    fn schedules(&mut self, root: &Node<'_>) -> Vec<Schedule> {
        let mut schedules = Vec::new();
        for key in ["every", "cron"] {
            let Some(node) = root.node(key) else { continue };
            for (name, _) in node.pairs() {
                let Some(name) = name.as_string().map(|it| it.to_string_lossy()) else {
                    node.wrong_here(format!("`{key}` is a table such as {{ [\"10m\"] = function(cx) end }}"));
                    continue;
                };
                let Some(function) = node.function(&name) else { continue };
                match when(key, &name) {
                    Ok(when) => {
                        let name = word(&format!("{key} {name}"));
                        self.functions.timers.insert(name, function);
                        schedules.push(Schedule { name, when });
                    }
                    Err(what) => node.wrong(&name, what),
                }
            }
        }
        schedules
    }

    fn command(&mut self, node: &Node<'_>) -> Option<CommandSpec> {
        node.only(COMMAND_KEYS);
        let name = node.text("name");
        if node.get("name").is_nil() {
            node.wrong("name", "a command needs a `name`");
        }
        if node.get("run").is_nil() {
            node.wrong("run", "a command needs `run = function(cx, args) … end`");
        }
        let name = word(&checked_name(node, "name", &name?)?);
        let help = self.words.take(node, "help", &format!("lua-help-{}", words::key_part(name)));
        self.functions.commands.extend(node.function("run").map(|it| (name, it)));
        let aliases =
            node.texts("aliases").into_iter().filter_map(|it| checked_name(node, "aliases", &it)).map(|it| word(&it));
        let level = level(node);
        let names = local_names(node);
        let examples = self.examples(node, level, names);
        let local = |it: &&Example| it.lang.is_some();
        Some(CommandSpec {
            names,
            aliases: list(aliases.collect()),
            level,
            args: options::args(node, &mut self.words),
            help: help.unwrap_or(""),
            example: word(examples.iter().find(|it| !local(it)).map_or(name, |it| &it.typed)),
            examples: list(examples.iter().filter_map(|it| Some((it.lang?, word(&it.typed)))).collect()),
            works_without_room: node.flag("direct"),
            kept_names: node.text("kept_names").map(|it| word(&it)),
            ..CommandSpec::new(name, "")
        })
    }

    /// Keeps the examples, and gives those of this command. One that begins with its name in another language is of that
    /// language.
    fn examples(&mut self, node: &Node<'_>, level: Level, names: &[(&'static str, &'static str)]) -> Vec<Example> {
        let english = node.text("name");
        let is_called =
            |typed: &str, name: &str| typed.strip_prefix(name).is_some_and(|it| it.is_empty() || it.starts_with(' '));
        let lang = |typed: &str| {
            let mut local = names.iter().filter(|it| english.as_deref() != Some(it.1));
            local.find(|it| is_called(typed, it.1)).map(|it| it.0)
        };
        let mut found = Vec::new();
        for example in node.nodes("examples") {
            match example.item_text(1) {
                Some(typed) => {
                    let (place, answer, lang) = (example.place(), example.item_text(2), lang(&typed));
                    found.push(Example { place, typed, answer, level, lang });
                }
                None => example.wrong_here("an example is { \"what is typed\", \"what is answered\" }"),
            }
        }
        self.examples.extend(found.iter().cloned());
        found
    }
}

fn powers(root: &Node<'_>, implied: &[Power]) -> &'static [Power] {
    let mut powers = vec![Power::Say, Power::Private];
    powers.extend(implied);
    let known: Vec<&str> = Power::ALL.iter().map(|it| it.as_str()).collect();
    for given in root.texts("powers") {
        match Power::ALL.iter().find(|it| it.as_str() == given) {
            Some(power) => powers.push(*power),
            None => root.wrong("powers", format!("there is no power `{given}`{}", did_you_mean(&given, &known))),
        }
    }
    powers.sort();
    powers.dedup();
    list(powers)
}

fn when(key: &str, text: &str) -> Result<When, String> {
    if key == "cron" {
        return Cron::parse(text).map(When::Cron).map_err(|it| it.to_string());
    }
    match parse_duration(text) {
        Ok(span) if SHORTEST <= span => Ok(When::Every(span)),
        Ok(_) => Err(format!("`{text}` is too short a span: a second is the least")),
        Err(error) => Err(error.to_string()),
    }
}

/// A name that can be typed: lower case, without signs, one blank between words.
fn checked_name(node: &Node<'_>, key: &str, name: &str) -> Option<String> {
    let is_plain = |it: char| it.is_alphanumeric() || matches!(it, '-' | '_' | ' ');
    let is_good = !name.is_empty() && name.len() <= 64 && name.chars().all(is_plain) && name.trim() == name;
    if !is_good || name.contains("  ") || name.to_lowercase() != name {
        let name = shown(name, MAX_QUOTED);
        node.wrong(
            key,
            format!("`{name}` cannot be typed as a command: lower case letters, digits and `-`, at most 64"),
        );
        return None;
    }
    Some(name.to_owned())
}

fn local_names(node: &Node<'_>) -> &'static [(&'static str, &'static str)] {
    let Some(names) = node.node("names") else { return &[] };
    let mut found = Vec::new();
    for (lang, _) in names.pairs() {
        let lang = lang.as_string().map(|it| it.to_string_lossy()).unwrap_or_default();
        if lang.is_empty() {
            names.wrong_here("`names` is a table such as { ru = \"привет\" }");
            continue;
        }
        let name = names.text(&lang).and_then(|it| checked_name(&names, &lang, &it));
        found.extend(name.map(|it| (word(&lang), word(&it))));
    }
    list(found)
}

fn level(node: &Node<'_>) -> Level {
    let Some(level) = node.number("level") else { return Level::PARTICIPANT };
    match i16::try_from(level) {
        Ok(level) if (0..=100).contains(&level) => Level(level),
        _ => {
            node.wrong("level", format!("{level} is no level: 0 visitor, 10 participant, 11 member, 15 moderator, 20 admin, 30 room owner, 100 bot owner"));
            Level::PARTICIPANT
        }
    }
}
