//! The seam at which tests make the disk fail, below everything that has to cope with it.
//!
//! Without a test holding the other end nothing here ever says no.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// A handle by which a test turns the disk bad and good again, while the store runs.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    is_full: AtomicBool,
    n_refused: AtomicU64,
}

impl Faults {
    /// A disk that works.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on every write says that no space is left.
    pub fn fill_disk(&self) {
        self.inner.is_full.store(true, Ordering::SeqCst);
    }

    /// From now on writes work again.
    pub fn free_disk(&self) {
        self.inner.is_full.store(false, Ordering::SeqCst);
    }

    /// How many writes were refused.
    #[must_use]
    pub fn n_refused(&self) -> u64 {
        self.inner.n_refused.load(Ordering::SeqCst)
    }

    /// Asked before each write.
    pub(crate) fn before_write(&self) -> io::Result<()> {
        if !self.inner.is_full.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.inner.n_refused.fetch_add(1, Ordering::SeqCst);
        Err(io::Error::new(io::ErrorKind::StorageFull, "no space left on device"))
    }
}
