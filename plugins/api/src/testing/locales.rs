//! Whether Fluent files are complete: the same messages with the same arguments in every language, none missing, none
//! left over.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::{
    ast::{CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement},
    parser,
};

use crate::{Manifest, Text, Value};

/// The arguments of every message of a file, by key; those of an attribute under `key.attribute`.
type Keys = BTreeMap<String, BTreeSet<String>>;

/// What is wrong with these Fluent files, one sentence each, none if they are complete.
///
/// There must be English and Russian. `used` are the keys that the code uses; one that ends in `*` stands for all that
/// begin so.
#[must_use]
pub fn check_locales<S: AsRef<str>>(sources: &[(&str, &str)], used: &[S]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut files: BTreeMap<&str, Keys> = BTreeMap::new();
    let mut referenced = BTreeSet::new();
    for (lang, source) in sources {
        let (keys, mut refs) = read(lang, source, &mut wrong);
        referenced.append(&mut refs);
        files.entry(lang).or_default().extend(keys);
    }
    for lang in ["en", "ru"] {
        if !files.contains_key(lang) {
            wrong.push(format!("{lang}: no such file"));
        }
    }
    let all: BTreeSet<&String> = files.values().flat_map(BTreeMap::keys).collect();
    for key in &all {
        compare(key, &files, &mut wrong);
        let id = key.split('.').next().unwrap_or_default();
        let fits = |it: &S| match it.as_ref().strip_suffix('*') {
            Some(start) => key.starts_with(start),
            None => it.as_ref() == key.as_str() || it.as_ref().split('.').next() == Some(key.as_str()),
        };
        if !used.iter().any(fits) && !referenced.contains(id) {
            wrong.push(format!("{key}: used nowhere"));
        }
    }
    for key in used.iter().map(AsRef::as_ref).filter(|it| !it.ends_with('*')) {
        if !all.iter().any(|it| it.as_str() == key) {
            wrong.push(format!("{key}: used, but in no file"));
        }
    }
    wrong
}

/// One message in all languages.
fn compare(key: &str, files: &BTreeMap<&str, Keys>, wrong: &mut Vec<String>) {
    let english = files.get("en").and_then(|it| it.get(key));
    for (lang, keys) in files {
        match (keys.get(key), english) {
            (None, _) => wrong.push(format!("{key}: not in {lang}")),
            (Some(args), Some(english)) if args != english => {
                wrong.push(format!("{key}: takes {english:?} in en, {args:?} in {lang}"));
            }
            (Some(_), _) => (),
        }
    }
}

/// What is wrong with the texts of a plugin, none if they are complete: each used, each in English and Russian, and a
/// Russian name for every command.
///
/// Used are the description, the help and the argument names of its commands, the help of its options, what stands in `Text::key("…")` in these
/// sources, and what is `chosen` at run time, where `x-*` stands for all that begin with `x-`.
#[must_use]
pub fn check_texts(manifest: &Manifest, sources: &[&str], chosen: &[&str]) -> Vec<String> {
    let mut used: Vec<String> = sources.iter().flat_map(|it| keys_in(it)).collect();
    used.extend(chosen.iter().map(|it| (*it).to_owned()));
    used.push(manifest.description.to_owned());
    for spec in &manifest.commands {
        used.push(spec.help.to_owned());
        used.extend(spec.args.iter().map(|it| format!("arg-{}", it.name)));
    }
    // What an option is for may stand there in plain words.
    used.extend(manifest.options.iter().map(|it| it.help.to_owned()).filter(|it| !it.contains(' ')));
    let mut wrong = check_locales(manifest.locales, &used);
    let nameless = manifest.commands.iter().filter(|it| !it.names.iter().any(|it| it.0 == "ru"));
    wrong.extend(nameless.map(|it| format!("{}: no Russian name", it.name)));
    wrong
}

/// The keys of a Rust source that stand in `Text::key("…")`, for [`check_locales`].
#[must_use]
pub fn keys_in(rust: &str) -> Vec<String> {
    let literal = |it: &str| it.trim_start().strip_prefix('"').and_then(|it| it.split('"').next()).map(str::to_owned);
    rust.split("Text::key(").skip(1).filter_map(literal).collect()
}

/// The keys of a text and of the texts in it.
#[must_use]
pub fn keys_of(text: &Text) -> Vec<String> {
    match text {
        Text::Plain(_) => Vec::new(),
        Text::Lines(parts) | Text::Joined(parts) => parts.iter().flat_map(keys_of).collect(),
        Text::Key { key, args } => {
            let nested = args.iter().filter_map(|(_, value)| match value {
                Value::Text(text) => Some(keys_of(text)),
                Value::Number(_) | Value::Words(_) => None,
            });
            std::iter::once(key.to_string()).chain(nested.flatten()).collect()
        }
    }
}

fn read(lang: &str, source: &str, wrong: &mut Vec<String>) -> (Keys, BTreeSet<String>) {
    let resource = parser::parse(source).unwrap_or_else(|(resource, errors)| {
        wrong.extend(errors.into_iter().map(|it| format!("{lang}: {it}")));
        resource
    });
    let mut keys = Keys::new();
    let mut refs = BTreeSet::new();
    for entry in &resource.body {
        let Entry::Message(message) = entry else { continue };
        let mut patterns = Vec::new();
        if let Some(value) = &message.value {
            patterns.push((message.id.name.to_owned(), value));
        }
        for attribute in &message.attributes {
            patterns.push((format!("{}.{}", message.id.name, attribute.id.name), &attribute.value));
        }
        for (key, pattern) in patterns {
            let mut args = BTreeSet::new();
            walk(pattern, &mut args, &mut refs);
            if keys.insert(key.clone(), args).is_some() {
                wrong.push(format!("{key}: twice in {lang}"));
            }
        }
    }
    (keys, refs)
}

fn walk(pattern: &Pattern<&str>, args: &mut BTreeSet<String>, refs: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            expression_names(expression, args, refs);
        }
    }
}

fn expression_names(it: &Expression<&str>, args: &mut BTreeSet<String>, refs: &mut BTreeSet<String>) {
    match it {
        Expression::Inline(inline) => inline_names(inline, args, refs),
        Expression::Select { selector, variants } => {
            inline_names(selector, args, refs);
            variants.iter().for_each(|it| walk(&it.value, args, refs));
        }
    }
}

fn inline_names(it: &InlineExpression<&str>, args: &mut BTreeSet<String>, refs: &mut BTreeSet<String>) {
    let mut call = |it: &CallArguments<&str>| it.positional.iter().for_each(|it| inline_names(it, args, refs));
    match it {
        InlineExpression::VariableReference { id } => {
            args.insert(id.name.to_owned());
        }
        InlineExpression::MessageReference { id, .. } => {
            refs.insert(id.name.to_owned());
        }
        InlineExpression::FunctionReference { arguments, .. } => call(arguments),
        InlineExpression::TermReference { arguments, .. } => arguments.iter().for_each(call),
        InlineExpression::Placeable { expression } => expression_names(expression, args, refs),
        InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => (),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ActError, ArgKind, ArgSpec, CommandSpec, HttpError, Level, OptionKind, Outcome, PluginName, Power, Translate,
        UploadError,
        catalog::{Catalog, LOCALES},
        grammar::{
            Mistake, Refusal, act_error_text, act_failure_text, level_text, option_text, outcome_text, usage_text,
        },
    };

    #[test]
    fn gaps_and_leftovers_are_found() {
        let en = "a = { $x }\nb = { $n ->\n   *[other] { $n } { $y }\n  }\nc = { d }\nd = d\nleft = over";
        let ru = "a = { $x } { $z }\nb = { $n ->\n   *[other] { $n } { $y }\n  }\nc = { d }\nd = d";
        let wrong = check_locales(&[("en", en), ("ru", ru)], &["a", "b", "c", "gone"]);
        let expected = [
            "a: takes {\"x\"} in en, {\"x\", \"z\"} in ru",
            "left: not in ru",
            "left: used nowhere",
            "gone: used, but in no file",
        ];
        assert_eq!(wrong, expected);
        assert_eq!(check_locales(&[("en", "a = x")], &["a"]), ["ru: no such file"]);
        assert_eq!(keys_in("Text::key(\"a-b\").with(Text::key(\n  \"c\"), key)"), ["a-b", "c"]);
    }

    fn mistakes() -> Vec<Mistake> {
        let given = || "x".to_owned();
        let kinds = [
            ArgKind::Who,
            ArgKind::Several,
            ArgKind::Nick,
            ArgKind::Jid,
            ArgKind::Duration,
            ArgKind::Number { min: 1, max: 2 },
            ArgKind::Choice(&["a"]),
            ArgKind::Word,
        ];
        let missing = kinds.map(|kind| Mistake::Missing { arg: "who", kind });
        let others = [
            Mistake::Nobody { given: given(), near: None },
            Mistake::Nobody { given: given(), near: Some(given()) },
            Mistake::NotHere { given: given() },
            Mistake::Ambiguous { given: given() },
            Mistake::NotJid { given: given() },
            Mistake::NotSpan { given: given() },
            Mistake::NotNumber { given: given(), min: 1, max: 2 },
            Mistake::NotNumber { given: given(), min: 1, max: i64::MAX },
            Mistake::NotChoice { given: given(), choices: &["a"] },
            Mistake::TooMany { max: 20 },
            Mistake::TooMuch { given: given() },
            Mistake::TooLong,
        ];
        missing.into_iter().chain(others).collect()
    }

    fn errors() -> Vec<ActError> {
        let nick = || "bob".to_owned();
        let words = ["visitor", "participant", "member", "moderator", "admin", "owner", "room owner"];
        let mut all: Vec<_> = words.map(|needed| ActError::TooLow { needed }).to_vec();
        all.extend([
            ActError::NotGranted(Power::Kick),
            ActError::AskerTooLow { needed: "room owner" },
            ActError::Myself,
            ActError::Above { nick: nick(), what: "an admin" },
            ActError::Above { nick: nick(), what: "not below you" },
            ActError::Above { nick: nick(), what: "spared" },
            ActError::Gone { nick: nick() },
            ActError::NoJid { nick: nick() },
            ActError::NotOurs,
            ActError::Unsupported,
            ActError::Refused { condition: "not-allowed: no".into() },
            ActError::NoAnswer,
            ActError::NotInRoom,
            ActError::Busy,
        ]);
        all
    }

    fn http_errors() -> Vec<HttpError> {
        let host = || "api.example".to_owned();
        vec![
            HttpError::NotGranted,
            HttpError::Address { url: "x".to_owned(), why: "it has no host" },
            HttpError::Request { why: "no".to_owned() },
            HttpError::Denied { host: host(), plugin: PluginName::new("weather").unwrap() },
            HttpError::Closed { host: host() },
            HttpError::NoHost { host: host() },
            HttpError::Unreachable { host: host() },
            HttpError::Insecure { host: host(), why: "expired".to_owned() },
            HttpError::Late { host: host(), after: std::time::Duration::from_secs(10) },
            HttpError::TooLong { host: host(), max_bytes: 1 << 20 },
            HttpError::Redirects { host: host() },
            HttpError::Broken { host: host() },
            HttpError::Busy,
        ]
    }

    fn upload_errors() -> Vec<UploadError> {
        let why = || "no".to_owned();
        vec![
            UploadError::NotGranted,
            UploadError::Name("a/b".to_owned()),
            UploadError::NoService,
            UploadError::Size { max_bytes: 1 << 20 },
            UploadError::Refused { why: why() },
            UploadError::Failed { why: why() },
            UploadError::Offline,
        ]
    }

    fn option_kinds() -> [OptionKind; 8] {
        [
            OptionKind::Flag,
            OptionKind::Number { min: i64::MIN, max: i64::MAX },
            OptionKind::Number { min: 1, max: 3 },
            OptionKind::Span { min_seconds: 10, max_seconds: 60 },
            OptionKind::Words { max_chars: 100 },
            OptionKind::Choice(&["a", "b"]),
            OptionKind::Several(&["a", "b"]),
            OptionKind::Secret,
        ]
    }

    #[test]
    fn failure_that_was_written_down_is_told_like_the_failure_itself() {
        for error in errors() {
            let told = act_failure_text(&error.to_string()).map(|it| format!("{it:?}"));
            assert_eq!(told, Some(format!("{:?}", act_error_text(&error))), "{error}");
        }
        assert!(act_failure_text("done").is_none());
    }

    #[test]
    fn this_crate_s_own_texts_are_complete_and_used() {
        const ARGS: &[ArgSpec] = &[
            ArgSpec::needed("a", ArgKind::Word),
            ArgSpec::optional("b", ArgKind::Word),
            ArgSpec::needed("c", ArgKind::Several),
            ArgSpec::optional("d", ArgKind::Several),
        ];
        let spec = CommandSpec { args: ARGS, names: &[("ru", "имя")], ..CommandSpec::new("name", "help") };
        let mut texts: Vec<Text> = mistakes().iter().map(|it| it.answer(&spec, "en")).collect();
        let shown = CommandSpec { example: "name 1 2", ..spec.clone() };
        texts.extend(mistakes().iter().map(|it| it.answer(&shown, "en")));
        texts.extend(errors().iter().map(act_error_text));
        texts.extend(http_errors().iter().map(HttpError::text));
        texts.extend(upload_errors().iter().map(UploadError::text));
        texts.extend([-100, 0, 10, 11, 15, 20, 30, 100].map(|it| level_text(Level(it))));
        texts.extend([Outcome::Done, Outcome::Already, Outcome::Observed, Outcome::AtReturn].map(outcome_text));
        texts.push(outcome_text(Outcome::Said(crate::SaidId(1))));
        texts.extend([0, 61, 90_061].map(|it| Text::span(std::time::Duration::from_secs(it))));
        texts.push(Text::span(std::time::Duration::from_secs(3_600)));
        texts.push(crate::Asker::signature_of("olga"));
        texts.extend(option_kinds().iter().map(option_text));
        let refusals = [Refusal::Level { needed: Level::ADMIN }, Refusal::DirectOnly, Refusal::NeedsRoom];
        texts.extend(refusals.iter().map(Refusal::text));
        let used: Vec<String> = texts.iter().flat_map(keys_of).filter(|it| !it.starts_with("arg-")).collect();
        assert_eq!(check_locales(LOCALES, &used), [""; 0]);
        let (catalog, wrong) = Catalog::new(&[]);
        assert_eq!(wrong, []);
        for text in &texts {
            for lang in ["en", "ru"] {
                let words = catalog.translate(lang, text);
                assert!(!words.contains(['{', '$']), "{words}");
            }
        }
        assert_eq!(catalog.translate("ru", &usage_text(&spec, "ru")), "имя <a> [b] <c…> [d…]");
        let refused = act_error_text(&ActError::Refused { condition: "not-allowed: no".into() });
        assert!(catalog.translate("en", &refused).ends_with("(not-allowed: no)."));
    }
}
