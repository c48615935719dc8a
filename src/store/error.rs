//! What can go wrong with the store, said so that a person knows what to do.

use std::{io, path::PathBuf};

use crate::store::state::Tree;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the folder open.
    #[error("{} is in use by {holder}: stop it first, or ask it through its control socket", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
        /// `process N`, or `another process` where it left no number.
        holder: String,
    },
    /// What is on the disk is not what was written there.
    #[error(
        "{} is damaged: {what}; stop the bot and run `domovoi backup restore BACKUP` with a good backup, \
         or move {} away to start empty", path.display(), path.display()
    )]
    Damaged {
        /// The file or folder.
        path: PathBuf,
        /// What was found, with the tree or line.
        what: String,
    },
    /// A newer domovoi wrote it.
    #[error(
        "{} was written by a newer domovoi (schema {found}, this one knows up to {known}): \
         use that version, or run `domovoi backup restore BACKUP` with a backup from before the upgrade", path.display()
    )]
    Newer {
        /// The folder.
        path: PathBuf,
        /// The schema found.
        found: u32,
        /// The newest schema this program knows.
        known: u32,
    },
    /// An older store could not be brought to this version; it is as it was.
    #[error("{} cannot be upgraded from schema {from} to {to}: {why}; nothing was changed", path.display())]
    Upgrade {
        /// The folder.
        path: PathBuf,
        /// The schema found.
        from: u32,
        /// The schema wanted.
        to: u32,
        /// What the upgrade said.
        why: String,
    },
    /// The system refused a file operation.
    #[error("cannot {what} {}", path.display())]
    Io {
        /// What was tried, a verb such as `write`.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A backup is not what its manifest says, or is no backup.
    #[error("the backup {} cannot be used: {what}", path.display())]
    BadBackup {
        /// The backup's folder.
        path: PathBuf,
        /// What is wrong, with the file.
        what: String,
    },
    /// A key was not what the batch expected; nothing was changed.
    #[error("the value was changed by someone else in between")]
    Conflict,
    /// The disk does not take it now: it is kept in memory, seen by reads, and written as soon as the disk does.
    #[error("kept in memory until the disk takes it: {why}")]
    Deferred {
        /// What the disk said.
        why: String,
    },
    /// The disk does not take it and there is no room to keep it: it is lost, and counted.
    #[error("not written, and too much waits already: {why}")]
    Dropped {
        /// What the disk said.
        why: String,
    },
    /// The store cannot be read now.
    #[error("the state cannot be read now: {why}")]
    Unavailable {
        /// What the disk said.
        why: String,
    },
    /// A key, a value or a batch is too long.
    #[error("{n_bytes} bytes are too many for one change of `{tree}`")]
    TooLarge {
        /// The tree.
        tree: &'static str,
        /// Bytes of key and value, or of the batch.
        n_bytes: usize,
    },
    /// A value is not the JSON that was expected.
    #[error("the value of `{key}` in `{tree}` is not what was expected")]
    Json {
        /// The tree.
        tree: &'static str,
        /// The key, as text as well as it can be read.
        key: String,
        /// What serde said.
        source: serde_json::Error,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Whether the change is kept and will be written later, so that most callers may go on.
    #[must_use]
    pub const fn is_deferred(&self) -> bool {
        matches!(self, Self::Deferred { .. })
    }

    pub(crate) fn json(tree: Tree, key: &[u8], source: serde_json::Error) -> Self {
        Self::Json { tree: tree.name(), key: String::from_utf8_lossy(key).into_owned(), source }
    }

    /// For `map_err` on a file operation.
    pub(crate) fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { what, path, source }
    }

    pub(crate) fn damaged(path: impl Into<PathBuf>, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.into(), what: what.into() }
    }
}

/// What came of a change that holds from now on: kept in memory until the disk takes it is done, too. Whoever took it for
/// a failure would find the refused change true after the next start.
///
/// # Errors
/// If the change is neither written nor kept.
pub fn held(result: Result<(), StoreError>) -> Result<(), StoreError> {
    match result {
        Err(error) if error.is_deferred() => Ok(()),
        result => result,
    }
}

/// An error and what it comes from, in one line.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
