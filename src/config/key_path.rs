//! The path of a key, `rooms."garden@chat.example.org".language`, as TOML writes dotted keys.

use std::{fmt, str::FromStr};

/// The way from the root of a configuration to one key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct KeyPath(Vec<String>);

/// A text is not a key path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a key path: {why}")]
pub struct KeyPathError {
    /// What was given.
    text: String,
    /// What is wrong with it.
    why: &'static str,
}

impl KeyPath {
    /// The path of the root, with no key.
    #[must_use]
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// Makes a path of keys.
    pub fn new<S: Into<String>>(keys: impl IntoIterator<Item = S>) -> Self {
        Self(keys.into_iter().map(Into::into).collect())
    }

    /// The path of a key in the table that this path names.
    #[must_use]
    pub fn join(&self, key: &str) -> Self {
        let mut keys = self.0.clone();
        keys.push(key.to_owned());
        Self(keys)
    }

    /// This path continued by another.
    #[must_use]
    pub fn join_path(&self, below: &Self) -> Self {
        Self(self.0.iter().chain(&below.0).cloned().collect())
    }

    /// Its keys, from the root.
    #[must_use]
    pub fn keys(&self) -> &[String] {
        &self.0
    }

    /// Whether it is the root.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The path of the table that holds this key; none for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.split_last().map(|(_, above)| Self(above.to_vec()))
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, key) in self.0.iter().enumerate() {
            if 0 < index {
                f.write_str(".")?;
            }
            let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if !key.is_empty() && key.chars().all(is_bare) { f.write_str(key)? } else { write_quoted(f, key)? }
        }
        Ok(())
    }
}

fn write_quoted(f: &mut fmt::Formatter<'_>, key: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in key.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            c if c.is_control() => write!(f, "\\u{:04X}", u32::from(c))?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

impl FromStr for KeyPath {
    type Err = KeyPathError;

    /// Reads the keys as TOML does: `.` between them, `"…"` or `'…'` around those with other characters.
    fn from_str(text: &str) -> Result<Self, KeyPathError> {
        let error = |why| KeyPathError { text: text.to_owned(), why };
        // Far more than any key there is, and few enough that tables within tables stay harmless.
        if 4096 < text.len() {
            return Err(error("it is too long"));
        }
        if text.contains(['\n', '\r']) {
            return Err(error("it has a line break"));
        }
        // A value of our own tells a key path from text that brings a value and a comment along.
        const MARK: &str = "the end of the path";
        let line = format!("{text} = \"{MARK}\"");
        let table: toml::Table = line.parse().map_err(|_| error("write keys with dots between, odd ones in quotes"))?;
        let mut keys = Vec::new();
        let mut rest = Some(&table);
        while let Some(table) = rest {
            let mut pairs = table.iter();
            let (Some((key, value)), None) = (pairs.next(), pairs.next()) else { break };
            keys.push(key.clone());
            if value.as_str() == Some(MARK) {
                return Ok(Self(keys));
            }
            rest = value.as_table();
        }
        Err(error("write keys only, with dots between"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn key_path_reads_and_writes() {
        for (text, keys) in [
            ("bot.nick", vec!["bot", "nick"]),
            (r#"rooms."garden@chat.example.org".language"#, vec!["rooms", "garden@chat.example.org", "language"]),
        ] {
            let path: KeyPath = text.parse().unwrap();
            assert_eq!(path, KeyPath::new(keys));
            assert_eq!(path.to_string(), text);
        }
        assert_eq!("a . 'b c'".parse::<KeyPath>().unwrap().to_string(), r#"a."b c""#);
    }

    #[test]
    fn nonsense_is_no_key_path() {
        for text in ["", "a.", ".a", "a b", "a = 1\nb", "a = {b", "a = 1 #", "\"a"] {
            assert!(text.parse::<KeyPath>().is_err(), "{text}");
        }
    }

    #[test]
    fn very_long_key_paths_do_no_harm() {
        assert_eq!(vec!["a"; 2000].join(".").parse::<KeyPath>().map_or(2000, |path| path.keys().len()), 2000);
        assert!(vec!["a"; 100_000].join(".").parse::<KeyPath>().is_err());
    }

    proptest! {
        #[test]
        fn every_key_path_comes_back(keys in proptest::collection::vec(any::<String>(), 1..4)) {
            let path = KeyPath::new(keys);
            prop_assert_eq!(path.to_string().parse::<KeyPath>().unwrap(), path);
        }
    }
}
