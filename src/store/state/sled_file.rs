//! The backend on sled, the only file that names it.
//!
//! sled panics on some damage, so every call runs behind the fence. Nothing is flushed by the clock: a write is on disk
//! when it returns, and never before or after by chance.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use sled::Transactional;

use crate::store::{
    fence::fenced,
    state::{
        backend::{Backend, Fault, Visit},
        tree::{Change, Tree},
    },
};

/// The tree and key of the meta value.
const META: &str = "meta";
/// The most memory for pages; the store of a busy bot is a few megabytes.
const CACHE_BYTES: u64 = 32 * 1024 * 1024;

/// How often a locked file is tried again, and how long between: three seconds in all.
const N_LOCK_TRIES: u32 = 300;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// An open sled folder.
pub(crate) struct SledFile {
    db: sled::Db,
    trees: Vec<(Tree, sled::Tree)>,
    meta: sled::Tree,
    dir: PathBuf,
}

/// The pairs of a tree of an unknown schema, by tree name and key, still sealed.
pub(crate) type RawImage = BTreeMap<(String, Vec<u8>), Vec<u8>>;

impl SledFile {
    /// Opens the folder, or makes it.
    ///
    /// The folder's own lock is held here, so if sled finds its file locked, that is by an earlier handle of this
    /// process: its threads let go of it some time after it was dropped.
    pub(crate) fn open(dir: &Path) -> Result<Self, Fault> {
        for _ in 0..N_LOCK_TRIES {
            match Self::open_once(dir) {
                Err(Fault::Disk(why)) if why.contains("could not acquire lock") => pause(),
                result => return result,
            }
        }
        Self::open_once(dir)
    }

    fn open_once(dir: &Path) -> Result<Self, Fault> {
        guard(|| {
            let config = sled::Config::new().path(dir).flush_every_ms(None).cache_capacity(CACHE_BYTES);
            let db = config.open()?;
            let tree = |it: Tree| Ok((it, db.open_tree(it.name())?));
            let trees = Tree::ALL.into_iter().map(tree).collect::<sled::Result<Vec<_>>>()?;
            let meta = db.open_tree(META)?;
            Ok(Self { db, trees, meta, dir: dir.to_owned() })
        })
    }

    /// Closes it, and waits until sled's threads have let go of the files.
    pub(crate) fn close(self) {
        let path = self.dir.join("db");
        if fenced(move || drop(self)).is_err() {
            return;
        }
        let Ok(file) = std::fs::File::open(&path) else { return };
        for _ in 0..N_LOCK_TRIES {
            if file.try_lock().is_ok() {
                return;
            }
            pause();
        }
        tracing::warn!(path = %path.display(), "sled does not let go of its files");
    }

    /// The meta value, sealed; `None` in a new folder.
    pub(crate) fn meta(&self) -> Result<Option<Vec<u8>>, Fault> {
        guard(|| Ok(self.meta.get(META)?.map(|it| it.to_vec())))
    }

    /// The names of all trees that have a key, besides the meta tree.
    pub(crate) fn used_trees(&self) -> Result<Vec<String>, Fault> {
        guard(|| {
            let mut names = Vec::new();
            for name in self.db.tree_names() {
                if name.as_ref() != META.as_bytes() && self.db.open_tree(&name)?.first()?.is_some() {
                    names.push(String::from_utf8_lossy(&name).into_owned());
                }
            }
            Ok(names)
        })
    }

    /// Everything, for an upgrade from a schema with other trees.
    pub(crate) fn image(&self) -> Result<RawImage, Fault> {
        let mut image = RawImage::new();
        for name in self.used_trees()? {
            guard(|| {
                for pair in self.db.open_tree(&name)?.iter() {
                    let (key, value) = pair?;
                    image.insert((name.clone(), key.to_vec()), value.to_vec());
                }
                Ok(())
            })?;
        }
        Ok(image)
    }

    fn tree(&self, tree: Tree) -> Result<&sled::Tree, Fault> {
        let found = self.trees.iter().find(|(it, _)| *it == tree);
        found.map(|(_, it)| it).ok_or_else(|| Fault::Damage(format!("there is no tree `{tree}`")))
    }

    /// The trees that these changes touch, each with its changes.
    fn batches(&self, changes: &[Change]) -> Result<(Vec<&sled::Tree>, Vec<sled::Batch>), Fault> {
        let mut by_tree: BTreeMap<Tree, sled::Batch> = BTreeMap::new();
        for change in changes {
            let batch = by_tree.entry(change.tree).or_default();
            match &change.value {
                Some(value) => batch.insert(change.key.as_slice(), value.as_slice()),
                None => batch.remove(change.key.as_slice()),
            }
        }
        let mut trees = Vec::with_capacity(by_tree.len() + 1);
        let mut batches = Vec::with_capacity(by_tree.len() + 1);
        for (tree, batch) in by_tree {
            trees.push(self.tree(tree)?);
            batches.push(batch);
        }
        Ok((trees, batches))
    }
}

impl Backend for SledFile {
    fn close(self: Box<Self>) {
        Self::close(*self);
    }

    fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let tree = self.tree(tree)?;
        guard(|| Ok(tree.get(key)?.map(|it| it.to_vec())))
    }

    fn scan(&self, tree: Tree, prefix: &[u8], visit: Visit<'_>) -> Result<(), Fault> {
        let tree = self.tree(tree)?;
        guard(|| {
            for pair in tree.scan_prefix(prefix) {
                let (key, value) = pair?;
                if !visit(&key, &value) {
                    break;
                }
            }
            Ok(())
        })
    }

    fn write(&self, changes: &[Change], meta: &[u8]) -> Result<(), Fault> {
        let (mut trees, mut batches) = self.batches(changes)?;
        let mut meta_batch = sled::Batch::default();
        meta_batch.insert(META, meta);
        trees.push(&self.meta);
        batches.push(meta_batch);
        guard(|| {
            let done = trees.as_slice().transaction(|views| {
                for (view, batch) in views.iter().zip(&batches) {
                    view.apply_batch(batch)?;
                }
                Ok(())
            });
            match done {
                Ok(()) => self.db.flush().map(|_| ()),
                Err(sled::transaction::TransactionError::Abort(())) => {
                    Err(sled::Error::Unsupported("the transaction was given up".to_owned()))
                }
                Err(sled::transaction::TransactionError::Storage(error)) => Err(error),
            }
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "opening blocks anyway, and is never done on a runtime's worker")]
fn pause() {
    std::thread::sleep(LOCK_PAUSE);
}

/// Gives up a handle whose writes failed, without dropping it.
///
/// Dropping flushes, which then waits for ever, and does so with a lock that all of sled's handles in a process share.
/// What is lost is the memory of its pages, once for each time the disk failed in the middle of a write.
pub(crate) fn bury(backend: Box<dyn Backend>) {
    std::mem::forget(backend);
}

/// Runs a call of sled behind the fence and sorts its errors.
fn guard<T>(f: impl FnOnce() -> sled::Result<T>) -> Result<T, Fault> {
    match fenced(f) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(sled::Error::Io(error))) if error.kind() != std::io::ErrorKind::InvalidData => {
            Err(Fault::Disk(error.to_string()))
        }
        Ok(Err(error)) => Err(Fault::Damage(error.to_string())),
        Err(panic) => Err(Fault::Damage(panic)),
    }
}
