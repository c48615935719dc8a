//! Texts in words, from Fluent files: a plugin's own first, then the host's, then those of this crate.
//!
//! A message is looked for in the reader's language, in its base language (`ru` for `ru-RU`), in English; where there
//! is none, its key is shown. Nothing here fails while translating: a faulty text is a strange text, never an error.

use std::{borrow::Cow, collections::BTreeMap, fmt, sync::Arc};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle, types::FluentNumber};
use fluent_syntax::ast::{Expression, InlineExpression, Pattern, PatternElement};
use unic_langid::LanguageIdentifier;

use crate::{Text, Translate, Value};

/// The Fluent files of this crate: mistakes, refusals, levels, outcomes.
pub const LOCALES: &[(&str, &str)] =
    &[("en", include_str!("../locales/en.ftl")), ("ru", include_str!("../locales/ru.ftl"))];

/// The Fluent files of a plugin, `locales/LANGUAGE.ftl` beside its `Cargo.toml`, for [`crate::Manifest::locales`]:
/// `locales!("en", "ru")`. They become part of the program.
#[macro_export]
macro_rules! locales {
    ($($lang:literal),+ $(,)?) => {
        &[$(($lang, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/locales/", $lang, ".ftl")))),+]
    };
}

/// A Fluent file that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("texts in `{lang}`: {what}")]
pub struct CatalogError {
    /// Its language tag.
    pub lang: String,
    /// What is wrong with it, and in which line.
    pub what: String,
}

/// Texts in all their languages. Cheap to clone.
#[derive(Clone)]
pub struct Catalog {
    /// What is looked through, in this order.
    layers: Vec<Arc<Layer>>,
}

/// The files of one origin, by language tag in lower case.
type Layer = BTreeMap<String, FluentBundle<FluentResource>>;

impl Catalog {
    /// The host's texts over those of this crate. What is wrong in a file is told and left out; the rest is used.
    #[must_use]
    pub fn new(sources: &[(&str, &str)]) -> (Self, Vec<CatalogError>) {
        let (own, mut wrong) = layer(LOCALES);
        let (above, errors) = layer(sources);
        wrong.extend(errors);
        (Self { layers: vec![Arc::new(above), Arc::new(own)] }, wrong)
    }

    /// The texts of a plugin over these.
    #[must_use]
    pub fn for_plugin(&self, sources: &[(&str, &str)]) -> (Self, Vec<CatalogError>) {
        let (own, wrong) = layer(sources);
        let layers = std::iter::once(Arc::new(own)).chain(self.layers.iter().cloned()).collect();
        (Self { layers }, wrong)
    }

    /// Whether there is a message of this key in any language.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        let id = key.split('.').next().unwrap_or_default();
        self.layers.iter().flat_map(|it| it.values()).any(|it| it.has_message(id))
    }

    /// The languages in which there is anything at all, for an answer to a wrong one.
    #[must_use]
    pub fn languages(&self) -> Vec<String> {
        let mut all: Vec<String> = self.layers.iter().flat_map(|it| it.keys().cloned()).collect();
        all.sort();
        all.dedup();
        all
    }

    /// The message of this key in the nearest language.
    fn find(&self, lang: &str, key: &str) -> Option<Found<'_>> {
        let is_plain = lang.bytes().all(|it| it == b'-' || it.is_ascii_lowercase());
        let lang = if is_plain { Cow::Borrowed(lang) } else { Cow::Owned(lang.to_ascii_lowercase().replace('_', "-")) };
        let base = lang.split('-').next().unwrap_or_default();
        let nearest = [Some(&*lang), (base != lang).then_some(base), (base != "en").then_some("en")];
        let (id, attribute) = key.split_once('.').map_or((key, None), |(id, attribute)| (id, Some(attribute)));
        for layer in &self.layers {
            for lang in nearest.into_iter().flatten() {
                let Some(bundle) = layer.get(lang) else { continue };
                let Some(message) = bundle.get_message(id) else { continue };
                let pattern = match attribute {
                    Some(attribute) => message.get_attribute(attribute).map(|it| it.value()),
                    None => message.value(),
                };
                if let Some(pattern) = pattern {
                    return Some(Found { bundle, pattern });
                }
            }
        }
        None
    }
}

/// A message in one language.
struct Found<'a> {
    bundle: &'a FluentBundle<FluentResource>,
    pattern: &'a Pattern<&'a str>,
}

/// A part of a message that has no choices in it.
enum Part<'a> {
    Words(&'a str),
    Argument(&'a str),
}

impl<'a> Part<'a> {
    /// `None`: it takes Fluent to say it.
    fn of(element: &PatternElement<&'a str>) -> Option<Self> {
        match element {
            PatternElement::TextElement { value } => Some(Self::Words(value)),
            PatternElement::Placeable {
                expression: Expression::Inline(InlineExpression::VariableReference { id }),
            } => Some(Self::Argument(id.name)),
            PatternElement::Placeable { .. } => None,
        }
    }
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Catalog({:?})", self.languages())
    }
}

impl Translate for Catalog {
    fn translate(&self, lang: &str, text: &Text) -> String {
        let all = |parts: &[Text], between: &str| {
            let words = parts.iter().filter(|it| !it.is_empty()).map(|it| self.translate(lang, it));
            words.collect::<Vec<_>>().join(between)
        };
        match text {
            Text::Plain(text) => text.clone(),
            Text::Lines(lines) => all(lines, "\n"),
            Text::Joined(parts) => all(parts, " "),
            Text::Key { key, args } => {
                let Some(found) = self.find(lang, key) else { return without_message(key) };
                self.plain(lang, &found, args).unwrap_or_else(|| self.chosen(lang, &found, args))
            }
        }
    }
}

/// The arguments of a text.
type Args = [(Cow<'static, str>, Value)];

impl Catalog {
    /// A message that is words and arguments, one after the other, as most are: Fluent's way to the same words costs
    /// several times as much. `None` if it is more than that, or an argument is missing.
    fn plain(&self, lang: &str, found: &Found<'_>, args: &Args) -> Option<String> {
        let mut all = String::new();
        for element in &found.pattern.elements {
            match Part::of(element)? {
                Part::Words(words) => all.push_str(words),
                // Where a name is given twice, the last one holds.
                Part::Argument(name) => match args.iter().rev().find(|it| it.0 == name).map(|it| &it.1)? {
                    Value::Words(words) => all.push_str(words),
                    Value::Text(text) => all.push_str(&self.translate(lang, text)),
                    Value::Number(number) => all.push_str(&FluentNumber::from(*number).as_string()),
                },
            }
        }
        Some(all)
    }

    /// Any message.
    fn chosen(&self, lang: &str, found: &Found<'_>, args: &Args) -> String {
        let mut fluent = FluentArgs::with_capacity(args.len());
        for (name, value) in args {
            fluent.set(name.as_ref(), self.value(lang, value));
        }
        // A missing argument shows as its name; tests find it, a reader can live with it.
        let mut errors = Vec::new();
        found.bundle.format_pattern(found.pattern, Some(&fluent), &mut errors).into_owned()
    }

    fn value(&self, lang: &str, value: &Value) -> FluentValue<'static> {
        match value {
            Value::Number(number) => FluentValue::Number(FluentNumber::from(*number)),
            Value::Words(words) => FluentValue::String(words.clone().into()),
            Value::Text(text) => FluentValue::String(self.translate(lang, text).into()),
        }
    }
}

/// The key itself; of an argument's name only the name, since a plugin need not translate these.
fn without_message(key: &str) -> String {
    key.strip_prefix("arg-").unwrap_or(key).to_owned()
}

fn layer(sources: &[(&str, &str)]) -> (Layer, Vec<CatalogError>) {
    let mut layer = Layer::new();
    let mut wrong = Vec::new();
    for (lang, source) in sources {
        let error = |what: String| CatalogError { lang: (*lang).to_owned(), what };
        let Ok(id) = lang.parse::<LanguageIdentifier>() else {
            wrong.push(error("not a language tag".to_owned()));
            continue;
        };
        let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(resource, errors)| {
            let line = |at: usize| source.get(..at).map_or(1, |it| it.matches('\n').count() + 1);
            wrong.extend(errors.into_iter().map(|it| error(format!("line {}: {}", line(it.pos.start), it.kind))));
            resource
        });
        let bundle = layer.entry(lang.to_ascii_lowercase()).or_insert_with(|| {
            let mut bundle = FluentBundle::new_concurrent(vec![id]);
            // The marks would stand in chat lines, where clients show them as boxes and commands repeat them.
            bundle.set_use_isolating(false);
            bundle
        });
        if let Err(errors) = bundle.add_resource(resource) {
            wrong.extend(errors.into_iter().map(|it| error(it.to_string())));
        }
    }
    (layer, wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog() -> Catalog {
        let en = "here = { $n ->\n    [one] one person\n   *[other] { $n } people\n  }\nhello = Hello, { $name }!\nonly = English\nhelp = x\n    .short = short help";
        let ru = "here = { $n ->\n    [one] { $n } человек\n    [few] { $n } человека\n   *[many] { $n } человек\n  }\nhello = Привет, { $name }!";
        let (catalog, wrong) = Catalog::new(&[("en", en), ("ru", ru)]);
        assert_eq!(wrong, []);
        catalog
    }

    #[test]
    fn words_are_found_in_the_nearest_language() {
        let catalog = catalog();
        let check = |lang, text: Text, expected| assert_eq!(catalog.translate(lang, &text), expected);
        check("ru-RU", Text::key("hello").with("name", "Боб"), "Привет, Боб!");
        check("ru", Text::key("only"), "English");
        check("eo", Text::key("hello").with("name", Text::key("only")), "Hello, English!");
        check("en", Text::key("help.short"), "short help");
        check("en", Text::key("no-such-key"), "no-such-key");
        check("en", Text::key("arg-who"), "who");
        check("en", Text::Lines(vec![Text::plain("a"), Text::empty(), Text::key("only")]), "a\nEnglish");
        check("en", Text::Joined(vec![Text::plain("a"), Text::key("only")]), "a English");
    }

    #[test]
    fn plurals_are_those_of_the_language() {
        let catalog = catalog();
        let check = |lang, n: u32, expected| {
            assert_eq!(catalog.translate(lang, &Text::key("here").with("n", n)), expected);
        };
        check("en", 1, "one person");
        check("en", 1_000_000, "1000000 people");
        check("ru", 1, "1 человек");
        check("ru", 3, "3 человека");
        check("ru", 11, "11 человек");
        check("ru", 21, "21 человек");
    }

    #[test]
    fn what_needs_no_choice_is_said_as_fluent_says_it() {
        let source = "plain = { $a } and { $b }, { $a }\nlines =\n    one { $a }\n    two\nquoted = { \"{\" }{ $a }\n\
                      part = { plain }!\nempty = { \"\" }\nonly = { $a }";
        let (catalog, wrong) = Catalog::new(&[("en", source)]);
        assert_eq!(wrong, []);
        let values = [Value::Words("x { $b } \u{202e}".to_owned()), Value::Number(-0.5), Value::Number(1e21)];
        let texts = values.iter().cloned().chain([Value::Text(Box::new(Text::key("only").with("a", 7)))]);
        for (value, key) in texts.flat_map(|it| {
            ["plain", "lines", "quoted", "part", "empty", "only"].into_iter().map(move |key| (it.clone(), key))
        }) {
            for args in [
                vec![("a".into(), value.clone()), ("b".into(), Value::Number(3.0))],
                vec![("b".into(), value.clone()), ("a".into(), Value::Words(String::new())), ("a".into(), value)],
                vec![],
            ] {
                let found = catalog.find("en", key).unwrap();
                let chosen = catalog.chosen("en", &found, &args);
                assert!(catalog.plain("en", &found, &args).is_none_or(|it| it == chosen), "{key} {args:?}");
                assert_eq!(catalog.translate("en", &Text::Key { key: key.into(), args: args.clone() }), chosen);
            }
        }
        let is_plain =
            |key| catalog.plain("en", &catalog.find("en", key).unwrap(), &[("a".into(), 1.into())]).is_some();
        assert_eq!(["lines", "only", "quoted", "plain"].map(is_plain), [true, true, false, false]);
    }

    #[test]
    fn spans_have_their_two_largest_units() {
        let catalog = catalog();
        let check = |lang, seconds, expected| {
            let span = Text::span(std::time::Duration::from_secs(seconds));
            assert_eq!(catalog.translate(lang, &span), expected);
        };
        check("en", 0, "0 seconds");
        check("en", 3_661, "1 hour 1 minute");
        check("ru", 2 * 3_600, "2 часа");
        check("ru", 86_400 + 5, "1 день");
        check("ru", 3_600 * 24 * 366 * 100, "36600 дней");
    }

    #[test]
    fn a_plugin_s_texts_stand_over_the_host_s() {
        let (plugin, wrong) = catalog().for_plugin(&[("en", "hello = Hi, { $name }.")]);
        assert_eq!(wrong, []);
        assert_eq!(plugin.translate("ru", &Text::key("hello").with("name", "Bob")), "Hi, Bob.");
        assert_eq!(plugin.translate("ru", &Text::key("level-admin")), "администратор");
    }

    #[test]
    fn mistakes_in_a_file_are_told_with_their_line() {
        let (catalog, wrong) = Catalog::new(&[("en", "good = yes\n= bad\nalso = fine"), ("not a tag", "x = y")]);
        assert_eq!(catalog.translate("en", &Text::key("also")), "fine");
        assert_eq!(wrong.len(), 2, "{wrong:?}");
        assert!(wrong[0].what.starts_with("line 2: "), "{wrong:?}");
        let (_, wrong) = Catalog::new(&[("en", "a = 1\na = 2")]);
        assert_eq!(wrong.len(), 1);
    }
}
