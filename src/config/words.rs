//! Small checked texts: a language, a command prefix, the name of a time zone.

use std::fmt;

use domovoi_plugin::Nick;

use super::section::Section;

macro_rules! word {
    ($name:ident) => {
        impl $name {
            /// As text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

/// A language that domovoi speaks, by its BCP 47 tag: `en`, `ru`, `en-GB`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(String);
word!(Language);

/// What a command begins with: 1 to 8 characters, no blanks.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix(String);
word!(Prefix);

/// The name of a time zone in the IANA database, `Europe/Helsinki`, known on this machine.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeZoneName(String);
word!(TimeZoneName);

impl Language {
    /// The languages that answers are written in.
    pub const SPOKEN: [&str; 2] = ["en", "ru"];

    /// Reads a tag.
    ///
    /// # Errors
    /// If it is no BCP 47 tag, or domovoi does not speak the language.
    pub fn new(tag: &str) -> Result<Self, String> {
        let mut parts = tag.split('-');
        let is_language = |it: &str| matches!(it.len(), 2 | 3) && it.chars().all(|c| c.is_ascii_alphabetic());
        let is_further = |it: &str| matches!(it.len(), 1..=8) && it.chars().all(|c| c.is_ascii_alphanumeric());
        let first = parts.next().unwrap_or_default();
        let spoken = Self::SPOKEN.join("` or `");
        if !is_language(first) || !parts.all(is_further) {
            return Err(format!("`{tag}` is not a language tag: use `{spoken}`"));
        }
        if !Self::SPOKEN.iter().any(|it| it.eq_ignore_ascii_case(first)) {
            return Err(format!("`{tag}` is a language that domovoi does not speak: use `{spoken}`"));
        }
        Ok(Self(tag.to_ascii_lowercase().split_at(first.len()).0.to_owned() + tag.split_at(first.len()).1))
    }

    /// The language without region or script: `en` of `en-GB`.
    #[must_use]
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }
}

impl Prefix {
    /// Reads a prefix.
    ///
    /// # Errors
    /// If it is empty, longer than 8 characters, or has blanks or control characters.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.is_empty() || 8 < text.chars().count() {
            return Err(format!("a prefix has 1 to 8 characters, found {}", text.chars().count()));
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err("a prefix has no blanks".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl TimeZoneName {
    /// Reads a name.
    ///
    /// # Errors
    /// If the time zone data of this machine does not have it.
    pub fn new(name: &str) -> Result<Self, String> {
        let zone = jiff::tz::TimeZone::get(name).map_err(|_| {
            format!("`{name}` is not a time zone known here: write it as `Europe/Helsinki`, and have tzdata installed")
        })?;
        Ok(Self(zone.iana_name().unwrap_or(name).to_owned()))
    }
}

impl Default for Language {
    /// English.
    fn default() -> Self {
        Self("en".to_owned())
    }
}

impl Default for Prefix {
    /// An exclamation mark.
    fn default() -> Self {
        Self("!".to_owned())
    }
}

impl Default for TimeZoneName {
    /// Universal time.
    fn default() -> Self {
        Self("UTC".to_owned())
    }
}

/// `language` of a table.
pub(super) fn read_language(section: &Section<'_>) -> Option<Language> {
    section.parse("language", "a language tag such as \"en\"", Language::new)
}

/// `prefix` of a table.
pub(super) fn read_prefix(section: &Section<'_>) -> Option<Prefix> {
    section.parse("prefix", "a prefix such as \"!\"", Prefix::new)
}

/// `timezone` of a table.
pub(super) fn read_timezone(section: &Section<'_>) -> Option<TimeZoneName> {
    section.parse("timezone", "a time zone such as \"Europe/Helsinki\"", TimeZoneName::new)
}

/// `nick` of a table.
pub(super) fn read_nick(section: &Section<'_>) -> Option<Nick> {
    let not_blank =
        |text: &str| if text.trim().is_empty() { Err("a nick needs at least one letter".to_owned()) } else { Ok(()) };
    section.parse("nick", "a nick in quotes", |text| {
        not_blank(text)?;
        Nick::new(text).map_err(|error| error.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_tags_that_domovoi_speaks() {
        assert_eq!(Language::new("EN-GB").unwrap().as_str(), "en-GB");
        assert_eq!(Language::new("ru-Cyrl-RU").unwrap().primary(), "ru");
        for tag in ["", "english", "de", "en_GB", "en-", "ен", "e"] {
            assert!(Language::new(tag).is_err(), "{tag}");
        }
    }

    #[test]
    fn prefixes_are_short_and_without_blanks() {
        assert!(Prefix::new("!").is_ok() && Prefix::new("домовой,").is_ok());
        for text in ["", "! ", "123456789", "\u{0}", "\u{a0}"] {
            assert!(Prefix::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn time_zones_are_looked_up() {
        assert_eq!(TimeZoneName::new("europe/helsinki").unwrap().as_str(), "Europe/Helsinki");
        assert_eq!(TimeZoneName::new("UTC").unwrap(), TimeZoneName::default());
        assert!(TimeZoneName::new("Mars/Olympus").is_err());
    }
}
