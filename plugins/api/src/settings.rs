//! Settings of a plugin as values, checked against its manifest.

use std::{collections::BTreeMap, time::Duration};

use crate::{OptionKind, OptionSpec, format_duration, parse_duration};

/// One setting's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A span.
    Span(Duration),
    /// Words, a choice or a secret.
    Words(String),
}

/// The settings of a plugin in one place: every option has a value, the default unless set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings(BTreeMap<&'static str, Setting>);

/// A setting that is not what its option may be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct SettingError {
    /// Its key.
    pub name: String,
    /// What is wrong, and what it may be.
    pub what: String,
}

impl Settings {
    /// The defaults of these options.
    #[must_use]
    pub fn defaults(options: &[OptionSpec]) -> Self {
        let value = |it: &OptionSpec| it.parse(it.default).ok().map(|value| (it.name, value));
        Self(options.iter().filter_map(value).collect())
    }

    /// The defaults, with these set over them; what is wrong is left at its default and told.
    pub fn read<'a>(
        options: &[OptionSpec],
        given: impl IntoIterator<Item = (&'a str, String)>,
    ) -> (Self, Vec<SettingError>) {
        let mut settings = Self::defaults(options);
        let mut wrong = Vec::new();
        for (name, text) in given {
            match options.iter().find(|it| it.name == name) {
                Some(option) => match option.parse(&text) {
                    Ok(value) => {
                        settings.0.insert(option.name, value);
                    }
                    Err(what) => wrong.push(SettingError { name: name.to_owned(), what }),
                },
                None => wrong.push(SettingError { name: name.to_owned(), what: unknown(options, name) }),
            }
        }
        (settings, wrong)
    }

    /// A setting, whatever its kind; `None` if there is no such option.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.0.get(name)
    }

    /// A flag; `false` if there is no such option.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Setting::Flag(true)))
    }

    /// A number; 0 if there is no such option.
    #[must_use]
    pub fn number(&self, name: &str) -> i64 {
        match self.0.get(name) {
            Some(Setting::Number(number)) => *number,
            _ => 0,
        }
    }

    /// A span; zero if there is no such option.
    #[must_use]
    pub fn span(&self, name: &str) -> Duration {
        match self.0.get(name) {
            Some(Setting::Span(span)) => *span,
            _ => Duration::ZERO,
        }
    }

    /// Words, a choice or a secret; empty if there is no such option.
    #[must_use]
    pub fn words(&self, name: &str) -> &str {
        match self.0.get(name) {
            Some(Setting::Words(words)) => words,
            _ => "",
        }
    }

    /// Every setting with its value as it would stand in the file, secrets masked.
    pub fn shown<'a>(&'a self, options: &'a [OptionSpec]) -> impl Iterator<Item = (&'static str, String)> + 'a {
        options.iter().filter_map(|option| {
            let value = self.0.get(option.name)?;
            let text = match (value, &option.kind) {
                (Setting::Words(words), OptionKind::Secret) if !words.is_empty() => "********".to_owned(),
                (Setting::Flag(flag), _) => flag.to_string(),
                (Setting::Number(number), _) => number.to_string(),
                (Setting::Span(span), _) => format_duration(*span),
                (Setting::Words(words), _) => words.clone(),
            };
            Some((option.name, text))
        })
    }
}

fn unknown(options: &[OptionSpec], name: &str) -> String {
    match nearest(options.iter().map(|it| it.name), name) {
        Some(near) => format!("there is no such setting; did you mean `{near}`?"),
        None => "there is no such setting".to_owned(),
    }
}

impl OptionSpec {
    /// Reads a value as it stands in the file or in a command.
    ///
    /// # Errors
    /// What it may be, in words.
    pub fn parse(&self, text: &str) -> Result<Setting, String> {
        match &self.kind {
            OptionKind::Flag => match text {
                "true" | "on" | "yes" | "да" => Ok(Setting::Flag(true)),
                "false" | "off" | "no" | "нет" => Ok(Setting::Flag(false)),
                _ => Err(format!("`{text}` is neither true nor false")),
            },
            OptionKind::Number { min, max } => match text.parse() {
                Ok(number) if (*min..=*max).contains(&number) => Ok(Setting::Number(number)),
                _ => Err(format!("`{text}` is not a whole number from {min} to {max}")),
            },
            OptionKind::Span { min_seconds, max_seconds } => {
                let span = parse_duration(text).map_err(|it| it.to_string())?;
                let (min, max) = (Duration::from_secs(*min_seconds), Duration::from_secs(*max_seconds));
                if span < min || max < span {
                    return Err(format!(
                        "`{text}` is not within {} and {}",
                        format_duration(min),
                        format_duration(max)
                    ));
                }
                Ok(Setting::Span(span))
            }
            OptionKind::Words { max_chars } => {
                if *max_chars < text.chars().count() {
                    return Err(format!("it is longer than {max_chars} characters"));
                }
                Ok(Setting::Words(text.to_owned()))
            }
            OptionKind::Choice(choices) => {
                if choices.contains(&text) {
                    return Ok(Setting::Words(text.to_owned()));
                }
                let near = nearest(choices.iter().copied(), text);
                let near = near.map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
                Err(format!("`{text}` is none of {}{near}", choices.join(", ")))
            }
            OptionKind::Several(known) => several(text, known),
            OptionKind::Secret => Ok(Setting::Words(text.to_owned())),
        }
    }
}

/// Words of which each must be known: one that is not would do nothing, and nobody would notice.
fn several(text: &str, known: &[&'static str]) -> Result<Setting, String> {
    let mut given = text.split([' ', ',']).filter(|it| !it.is_empty());
    match given.find(|it| !known.contains(it)) {
        None => Ok(Setting::Words(text.to_owned())),
        Some(stranger) => Err(match nearest(known.iter().copied(), stranger) {
            Some(near) => format!("`{stranger}` is unknown; did you mean `{near}`?"),
            None => format!("`{stranger}` is none of {}", known.join(", ")),
        }),
    }
}

/// The word that was probably meant.
fn nearest(known: impl Iterator<Item = &'static str>, given: &str) -> Option<&'static str> {
    let likeness = |it: &str| strsim::jaro_winkler(it, given);
    known.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|it| 0.8 < likeness(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: &[OptionSpec] = &[
        OptionSpec { name: "limit", kind: OptionKind::Number { min: 1, max: 9 }, default: "5", help: "How many." },
        OptionSpec { name: "key", kind: OptionKind::Secret, default: "", help: "A secret." },
        OptionSpec { name: "off", kind: OptionKind::Several(&["rate", "link"]), default: "", help: "Which." },
        OptionSpec { name: "mode", kind: OptionKind::Choice(&["enforce", "off"]), default: "off", help: "How." },
    ];

    #[test]
    fn settings_have_defaults_bounds_and_suggestions() {
        let given = [("limit", "10".to_owned()), ("limt", "3".to_owned()), ("key", "sesame".to_owned())];
        let (settings, wrong) = Settings::read(OPTIONS, given);
        assert_eq!(settings.number("limit"), 5);
        let what: Vec<_> = wrong.iter().map(|it| it.what.as_str()).collect();
        assert_eq!(what, ["`10` is not a whole number from 1 to 9", "there is no such setting; did you mean `limit`?"]);
        let shown: Vec<_> = settings.shown(OPTIONS).collect();
        let expected = [("limit", "5"), ("key", "********"), ("off", ""), ("mode", "off")];
        assert_eq!(shown, expected.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn a_choice_is_suggested_where_one_is_near() {
        let read = |text: &str| Settings::read(OPTIONS, [("mode", text.to_owned())]).1.remove(0).what;
        assert_eq!(read("enforced"), "`enforced` is none of enforce, off; did you mean `enforce`?");
        assert_eq!(read("zzz"), "`zzz` is none of enforce, off");
    }

    #[test]
    fn each_of_several_words_must_be_known() {
        let read = |text: &str| {
            let (settings, wrong) = Settings::read(OPTIONS, [("off", text.to_owned())]);
            (settings.words("off").to_owned(), wrong.into_iter().map(|it| it.what).collect::<Vec<_>>())
        };
        assert_eq!(read("link, rate"), ("link, rate".to_owned(), Vec::new()));
        assert_eq!(read(""), (String::new(), Vec::new()));
        let near = vec!["`lnik` is unknown; did you mean `link`?".to_owned()];
        assert_eq!(read("rate,lnik"), (String::new(), near));
        assert_eq!(read("zzz").1, ["`zzz` is none of rate, link"]);
    }
}
