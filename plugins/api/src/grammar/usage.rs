//! How a command is given, in one line.

use super::table::is_same_lang;
use crate::{ArgKind, ArgSpec, CommandSpec, Text, Translate};

/// The usage of a command as a text: `kick <who…> [reason]`, with the names of this language.
///
/// The name of an argument is the message `arg-NAME` where a Fluent file has it, else the name as it is.
#[must_use]
pub fn usage_text(spec: &CommandSpec, lang: &str) -> Text {
    let words = std::iter::once(Text::plain(name_in(spec, lang))).chain(spec.args.iter().map(shape));
    Text::Joined(words.collect())
}

/// The same in words.
#[must_use]
pub fn usage(spec: &CommandSpec, lang: &str, words: &dyn Translate) -> String {
    words.translate(lang, &usage_text(spec, lang))
}

/// The name of a command in this language, else its English one.
#[must_use]
pub fn name_in(spec: &CommandSpec, lang: &str) -> &'static str {
    spec.names.iter().find(|it| is_same_lang(it.0, lang)).map_or(spec.name, |it| it.1)
}

/// The example of a command in this language, without the prefix: its own, else the English one with the name in it.
#[must_use]
pub fn example_in(spec: &CommandSpec, lang: &str) -> String {
    if let Some((_, example)) = spec.examples.iter().find(|it| is_same_lang(it.0, lang)) {
        return (*example).to_owned();
    }
    match spec.example.strip_prefix(spec.name) {
        Some(rest) => format!("{}{rest}", name_in(spec, lang)),
        None => spec.example.to_owned(),
    }
}

/// Whether the example of a command shows how it is given: one that is no more than the name of a command that needs
/// arguments was made up where there is none.
#[must_use]
pub fn shows_more(spec: &CommandSpec) -> bool {
    spec.example != spec.name || spec.args.iter().all(|it| it.is_optional)
}

fn shape(arg: &ArgSpec) -> Text {
    let name = match arg.kind {
        ArgKind::Choice(choices) => Text::plain(choices.join("|")),
        ArgKind::Who
        | ArgKind::Several
        | ArgKind::Nick
        | ArgKind::Jid
        | ArgKind::Duration
        | ArgKind::Number { .. }
        | ArgKind::Word
        | ArgKind::Rest => Text::key(format!("arg-{}", arg.name)),
    };
    let key = match (arg.is_optional, arg.kind == ArgKind::Several) {
        (false, false) => "usage-needed",
        (false, true) => "usage-several",
        (true, false) => "usage-optional",
        (true, true) => "usage-several-optional",
    };
    Text::key(key).with("name", name)
}
