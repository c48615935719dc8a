//! What is wrong in a configuration, and where.

use std::{error::Error, fmt, path::PathBuf};

use super::KeyPath;

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In a file.
    File {
        /// The file, as it was named to us.
        path: PathBuf,
        /// The line, from 1; 0 means the file as a whole.
        line: usize,
    },
    /// In a change made by chat, kept in the store.
    Overlay,
}

/// One thing that is wrong in a configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// Where.
    pub place: Place,
    /// The key it is about; empty if it is about the file as a whole.
    pub key: KeyPath,
    /// What is wrong, in words.
    pub what: String,
}

impl fmt::Display for Mistake {
    /// `FILE:LINE: key.path: what is wrong`, always one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::File { path, line: 0 } => write!(f, "{}: ", path.display())?,
            Place::File { path, line } => write!(f, "{}:{line}: ", path.display())?,
            Place::Overlay => write!(f, "overlay: ")?,
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.what.replace(['\n', '\r'], " "))
    }
}

/// All that is wrong in a configuration, in the order of its lines. Never empty as an error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// Sorts mistakes by place.
    #[must_use]
    pub fn new(mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort();
        mistakes.dedup();
        Self(mistakes)
    }

    /// Each of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Mistake> {
        self.0.iter()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a Mistakes {
    type Item = &'a Mistake;
    type IntoIter = std::slice::Iter<'a, Mistake>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl fmt::Display for Mistakes {
    /// One a line, without a last line break.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.0.iter().enumerate() {
            if 0 < index {
                f.write_str("\n")?;
            }
            write!(f, "{mistake}")?;
        }
        Ok(())
    }
}

impl Error for Mistakes {}
