//! What the state asks of the embedded store below it, and the wrapper that makes it fail for tests.
//!
//! Values are sealed here (see `meta`); a backend keeps bytes and judges nothing.

use crate::store::{
    faults::Faults,
    state::tree::{Change, Tree},
};

/// A backend did not do what was asked.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The system refused, such as a full disk.
    #[error("{0}")]
    Disk(String),
    /// The files are not what was written.
    #[error("{0}")]
    Damage(String),
}

/// Looks at a key and its sealed value; `false` ends the scan.
pub(crate) type Visit<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> bool;

/// An ordered map of bytes a tree, with transactions over all of them. All calls block.
pub(crate) trait Backend: Send + Sync {
    /// The sealed value of a key.
    fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, Fault>;
    /// Shows the keys that begin with `prefix`, in order.
    fn scan(&self, tree: Tree, prefix: &[u8], visit: Visit<'_>) -> Result<(), Fault>;
    /// Makes all changes (values sealed) and replaces the meta value, or does nothing; on disk when it returns.
    fn write(&self, changes: &[Change], meta: &[u8]) -> Result<(), Fault>;
    /// Closes the files; returns when they are free. Not for one whose writes failed: that may wait for ever.
    fn close(self: Box<Self>);
}

/// A backend that fails when a test says so, and after its first failure for good, as sled does.
pub(crate) struct Faulty<B> {
    inner: B,
    faults: Faults,
    is_broken: std::sync::atomic::AtomicBool,
}

impl<B> Faulty<B> {
    pub(crate) fn new(inner: B, faults: Faults) -> Self {
        Self { inner, faults, is_broken: std::sync::atomic::AtomicBool::new(false) }
    }
}

impl<B: Backend> Backend for Faulty<B> {
    fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        self.inner.get(tree, key)
    }

    fn scan(&self, tree: Tree, prefix: &[u8], visit: Visit<'_>) -> Result<(), Fault> {
        self.inner.scan(tree, prefix, visit)
    }

    fn write(&self, changes: &[Change], meta: &[u8]) -> Result<(), Fault> {
        use std::sync::atomic::Ordering::SeqCst;
        if let Err(error) = self.faults.before_write() {
            self.is_broken.store(true, SeqCst);
            return Err(Fault::Disk(error.to_string()));
        }
        if self.is_broken.load(SeqCst) {
            return Err(Fault::Disk("an earlier write failed".to_owned()));
        }
        self.inner.write(changes, meta)
    }

    fn close(self: Box<Self>) {
        Box::new(self.inner).close();
    }
}
