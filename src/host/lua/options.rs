//! Options of a plugin and arguments of its commands, typed.

use domovoi_plugin::{ArgKind, ArgSpec, OptionKind, OptionSpec, format_duration, parse_duration};
use mlua::Value;

use super::{
    intern::{list, word},
    reader::{Node, did_you_mean, whole},
    words::{Words, key_part},
};

/// Keys of an option.
pub(super) const OPTION_KEYS: &[&str] = &["type", "default", "help", "min", "max", "choices"];
const OPTION_TYPES: &[&str] = &["string", "number", "boolean", "duration", "choice", "secret"];
/// Keys of an argument besides its name and type.
pub(super) const ARG_KEYS: &[&str] = &["optional", "min", "max", "choices", "names"];
const ARG_TYPES: &[&str] = &["who", "several", "nick", "jid", "duration", "number", "choice", "word", "rest"];
/// Words of an option have at most so many characters unless it says less or more.
const MAX_CHARS: i64 = 1000;

/// A plugin has at most so many options, and a command so many arguments.
const MOST: usize = 100;
const MOST_ARGS: usize = 20;

/// The options, by name.
pub(super) fn read(root: &Node<'_>, words: &mut Words) -> Vec<OptionSpec> {
    let Some(options) = root.node("options") else { return Vec::new() };
    let mut specs = Vec::new();
    for (name, _) in options.pairs() {
        let Some(name) = name.as_string().map(|it| it.to_string_lossy()) else {
            options.wrong_here("`options` is a table such as { text = { type = \"string\", default = \"hi\" } }");
            continue;
        };
        if ["enabled", "powers", "hosts", "limits"].contains(&name.as_str()) {
            options
                .wrong(&name, format!("`{name}` is a key of the bot's own in the plugin's table: choose another name"));
        }
        specs.extend(options.node(&name).and_then(|it| option(&name, &it, words)));
    }
    if MOST < specs.len() {
        options.wrong_here(format!("at most {MOST} options are possible"));
    }
    specs
}

fn option(name: &str, node: &Node<'_>, words: &mut Words) -> Option<OptionSpec> {
    node.only(OPTION_KEYS);
    let kind = option_kind(node)?;
    let default = default(node, &kind)?;
    let help = words.take(node, "help", &format!("lua-option-{}", key_part(name))).unwrap_or("");
    let spec = OptionSpec { name: word(name), kind, default: word(&default), help };
    if let Err(what) = spec.parse(&default) {
        node.wrong("default", format!("the default does not fit: {what}"));
    }
    Some(spec)
}

fn option_kind(node: &Node<'_>) -> Option<OptionKind> {
    let given = node.text("type").unwrap_or_else(|| "string".to_owned());
    let bound = |key: &str, otherwise: i64| node.number(key).unwrap_or(otherwise);
    let seconds = |key: &str, otherwise: u64| match node.text(key).map(|it| parse_duration(&it)) {
        Some(Ok(span)) => span.as_secs(),
        Some(Err(error)) => {
            node.wrong(key, error.to_string());
            otherwise
        }
        None => otherwise,
    };
    Some(match given.as_str() {
        "string" => OptionKind::Words { max_chars: usize::try_from(bound("max", MAX_CHARS)).unwrap_or(0) },
        "number" => OptionKind::Number { min: bound("min", i64::MIN), max: bound("max", i64::MAX) },
        "boolean" => OptionKind::Flag,
        "duration" => {
            OptionKind::Span { min_seconds: seconds("min", 0), max_seconds: seconds("max", u64::from(u32::MAX)) }
        }
        "choice" => OptionKind::Choice(choices(node)),
        "secret" => OptionKind::Secret,
        other => {
            node.wrong("type", format!("there is no type `{other}`{}", did_you_mean(other, OPTION_TYPES)));
            return None;
        }
    })
}

/// The default as it would be written in the file; what there is if none is given.
fn default(node: &Node<'_>, kind: &OptionKind) -> Option<String> {
    let value = node.get("default");
    if let (Value::String(text), false) = (&value, matches!(kind, OptionKind::Flag | OptionKind::Number { .. })) {
        return Some(text.to_string_lossy());
    }
    Some(match (&value, kind) {
        (Value::Boolean(flag), OptionKind::Flag) => flag.to_string(),
        (number, OptionKind::Number { .. }) if whole(number).is_some() => whole(number).unwrap_or(0).to_string(),
        (Value::Nil, OptionKind::Flag) => "false".to_owned(),
        (Value::Nil, OptionKind::Number { min, max }) => 0.clamp(*min, (*max).max(*min)).to_string(),
        (Value::Nil, OptionKind::Span { min_seconds, .. }) => {
            format_duration(std::time::Duration::from_secs(*min_seconds))
        }
        (Value::Nil, OptionKind::Choice(choices)) => choices.first().copied().unwrap_or("").to_owned(),
        (Value::Nil, OptionKind::Words { .. } | OptionKind::Several(_) | OptionKind::Secret) => String::new(),
        (other, _) => {
            node.wrong("default", format!("a {} does not fit the type of the option", other.type_name()));
            return None;
        }
    })
}

fn choices(node: &Node<'_>) -> &'static [&'static str] {
    let choices: Vec<&'static str> = node.texts("choices").iter().map(|it| word(it)).collect();
    if choices.is_empty() {
        node.wrong("choices", "a choice needs `choices = { \"one\", \"another\" }`");
    }
    list(choices)
}

/// The arguments of a command: `{ { "nick", "nick" }, { "text", "rest", optional = true } }`.
pub(super) fn args(command: &Node<'_>, words: &mut Words) -> &'static [ArgSpec] {
    let mut specs: Vec<ArgSpec> = Vec::new();
    for node in command.nodes("args") {
        let (Some(name), Some(kind)) = (node.item_text(1), node.item_text(2)) else {
            node.wrong_here("an argument is { \"name\", \"type\" }");
            continue;
        };
        for (key, _) in node.pairs() {
            if let Some(key) = key.as_string().map(|it| it.to_string_lossy())
                && !ARG_KEYS.contains(&key.as_str())
            {
                node.wrong(&key, format!("there is no `{key}` here{}", did_you_mean(&key, ARG_KEYS)));
            }
        }
        let Some(kind) = arg_kind(&node, &kind) else { continue };
        let is_optional = node.flag("optional");
        if let Some(last) = specs.last() {
            if last.is_optional && !is_optional {
                node.wrong_here(format!("`{name}` must be given, but `{}` before it need not", last.name));
            }
            if matches!(last.kind, ArgKind::Rest | ArgKind::Several) {
                node.wrong_here(format!("nothing is left for `{name}`: `{}` takes the rest of the line", last.name));
            }
        }
        words.take_arg(&node, &name);
        specs.push(ArgSpec { name: word(&name), kind, is_optional });
    }
    if MOST_ARGS < specs.len() {
        command.wrong("args", format!("at most {MOST_ARGS} arguments are possible"));
    }
    list(specs)
}

fn arg_kind(node: &Node<'_>, given: &str) -> Option<ArgKind> {
    Some(match given {
        "who" => ArgKind::Who,
        "several" => ArgKind::Several,
        "nick" => ArgKind::Nick,
        "jid" => ArgKind::Jid,
        "duration" => ArgKind::Duration,
        "number" => {
            ArgKind::Number { min: node.number("min").unwrap_or(i64::MIN), max: node.number("max").unwrap_or(i64::MAX) }
        }
        "choice" => ArgKind::Choice(choices(node)),
        "word" => ArgKind::Word,
        "rest" => ArgKind::Rest,
        other => {
            node.wrong_here(format!("there is no type `{other}`{}", did_you_mean(other, ARG_TYPES)));
            return None;
        }
    })
}
