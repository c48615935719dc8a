//! The handle of the state: reads on blocking threads, changes through the one writer.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::sync::{mpsc, oneshot, watch};

use crate::store::{
    error::StoreError,
    faults::Faults,
    hold::{Hold, Waiting},
    lock::DirLock,
    state::{
        backend::{Backend, Fault},
        deferred::Deferred,
        meta::{Meta, unseal},
        opening::{Layout, Opened, Opener, Schema},
        tree::{Batch, Tree},
        writer::Writer,
    },
};

/// How many batches may wait for the writer.
const QUEUE: usize = 1024;

/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// How the state is opened.
#[derive(Clone, Debug)]
pub struct StateOptions {
    /// The schema to write; [`Schema::CURRENT`] but in tests.
    pub schema: Schema,
    /// Where the backup before an upgrade goes; `backups` beside the state if not set.
    pub backup_dir: Option<PathBuf>,
    /// How long after a failed write the disk is tried again.
    pub retry_every: Duration,
    /// Nothing is written with less space free than this: sled does not survive a disk that is really full. 0 for not
    /// asking.
    pub min_free_bytes: u64,
    /// How many changed keys are kept while the disk takes none.
    pub max_deferred: usize,
    /// How many bytes of keys and values are kept while the disk takes none.
    pub max_deferred_bytes: usize,
    /// By which a test makes the disk fail.
    pub faults: Option<Faults>,
}

impl Default for StateOptions {
    fn default() -> Self {
        Self {
            schema: Schema::CURRENT,
            backup_dir: None,
            retry_every: Duration::from_secs(10),
            min_free_bytes: 8 * 1024 * 1024,
            max_deferred: 20_000,
            max_deferred_bytes: 16 * 1024 * 1024,
            faults: None,
        }
    }
}

/// How the state fares.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StateHealth {
    /// Whether the disk takes changes.
    pub writable: bool,
    /// Changed keys that wait in memory for the disk.
    pub pending: usize,
    /// Batches that were lost because too much waited.
    pub dropped: u64,
    /// Transactions on disk since the store was made.
    pub commits: u64,
    /// What the disk said last, until it works again.
    pub last_error: Option<String>,
}

/// The state: trees of keys and values, of which every acknowledged change survives.
///
/// A handle is cheap to clone. Dropping the last one ends the writer; [`State::close`] waits until it has.
#[derive(Clone, Debug)]
pub struct State {
    shared: Arc<Shared>,
    jobs: mpsc::Sender<Job>,
}

/// What the writer is asked for.
pub(crate) enum Job {
    Commit { batch: Batch, reply: oneshot::Sender<Result<(), StoreError>>, waiting: Waiting },
    Export { path: PathBuf, reply: oneshot::Sender<Result<Meta, StoreError>>, waiting: Waiting },
    Close { reply: oneshot::Sender<()>, waiting: Waiting },
}

/// What handles and the writer share.
pub(crate) struct Shared {
    pub(crate) dir: PathBuf,
    /// Empty after closing. Replaced where writing failed, when no read is running.
    pub(crate) backend: RwLock<Option<Box<dyn Backend>>>,
    deferred: Mutex<Deferred>,
    /// The size of `deferred`, so that reads on a working disk take no lock.
    n_deferred: AtomicUsize,
    pub(crate) health: watch::Sender<StateHealth>,
    hold: Arc<Hold>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl State {
    /// Opens the state in this folder, making or upgrading it where needed. Blocks: it reads everything once.
    ///
    /// # Errors
    /// If another process has it, if it is damaged, or newer than this program, or the disk refuses.
    pub fn open(dir: &Path, options: StateOptions) -> Result<(Self, Opened), StoreError> {
        std::fs::create_dir_all(dir).map_err(StoreError::io("create", dir))?;
        let lock = DirLock::take(dir)?;
        let backup_dir = options.backup_dir.clone();
        let opener = Opener {
            layout: Layout { dir: dir.to_owned() },
            schema: options.schema,
            backup_dir: backup_dir.unwrap_or_else(|| dir.parent().unwrap_or(dir).join("backups")),
            min_free_bytes: options.min_free_bytes,
            faults: options.faults.clone(),
        };
        let (ready, opened) = opener.open()?;
        let health =
            StateHealth { writable: true, pending: 0, dropped: 0, commits: ready.meta.commit, last_error: None };
        let shared = Arc::new(Shared {
            dir: dir.to_owned(),
            backend: RwLock::new(Some(ready.backend)),
            deferred: Mutex::new(Deferred::new(options.max_deferred, options.max_deferred_bytes)),
            n_deferred: AtomicUsize::new(0),
            health: watch::Sender::new(health),
            hold: Arc::default(),
        });
        // 1,024 batches; who commits waits for room; nothing is lost; `pending` in the health shows a disk that fails.
        let (jobs, queue) = mpsc::channel(QUEUE);
        let writer = Writer::new(Arc::clone(&shared), opener, ready.meta, ready.acked);
        writer.start(queue, options.retry_every, lock)?;
        Ok((Self { shared, jobs }, opened))
    }

    /// The value of a key, as of the last commit that returned.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] or [`StoreError::Unavailable`] if it cannot be read.
    pub async fn get(&self, tree: Tree, key: impl Into<Vec<u8>>) -> Result<Option<Vec<u8>>, StoreError> {
        let key = key.into();
        self.read(move |shared| shared.get(tree, &key)).await
    }

    /// The value of a key, read as JSON.
    ///
    /// # Errors
    /// As [`State::get`], and [`StoreError::Json`] if it is something else.
    pub async fn get_json<T: DeserializeOwned>(
        &self,
        tree: Tree,
        key: impl Into<Vec<u8>>,
    ) -> Result<Option<T>, StoreError> {
        let key = key.into();
        let Some(value) = self.get(tree, key.clone()).await? else { return Ok(None) };
        serde_json::from_slice(&value).map(Some).map_err(|source| StoreError::json(tree, &key, source))
    }

    /// The keys that begin with `prefix` and their values, in the order of the keys, at most `limit`.
    ///
    /// # Errors
    /// As [`State::get`].
    pub async fn scan(&self, tree: Tree, prefix: impl Into<Vec<u8>>, limit: usize) -> Result<Vec<Pair>, StoreError> {
        let prefix = prefix.into();
        self.read(move |shared| shared.scan(tree, &prefix, limit)).await
    }

    /// Shows the keys that begin with `prefix`, and their values, to `visit`, which makes `state` of them and says whether
    /// to go on: without holding them all in memory. What waits for the disk comes last.
    ///
    /// # Errors
    /// As [`State::get`].
    pub async fn each<T: Send + 'static>(
        &self,
        (tree, prefix): (Tree, impl Into<Vec<u8>>),
        mut state: T,
        mut visit: impl FnMut(&mut T, &[u8], &[u8]) -> bool + Send + 'static,
    ) -> Result<T, StoreError> {
        let prefix = prefix.into();
        let read = move |shared: &Shared| {
            shared.each(tree, &prefix, &mut |key, value| visit(&mut state, key, value))?;
            Ok(state)
        };
        self.read(read).await
    }

    /// Makes the changes of a batch, all or none. Returns when they are on disk: what is acknowledged survives.
    ///
    /// If the caller stops waiting, the batch is made all the same, or was never sent.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if something was not as the batch expected; [`StoreError::Deferred`] if the disk takes
    /// nothing now and the batch is kept in memory; [`StoreError::Dropped`] if there is no room for that either.
    pub async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        batch.check()?;
        self.ask(|reply, waiting| Job::Commit { batch, reply, waiting }).await?
    }

    /// Gives one key a value.
    ///
    /// # Errors
    /// As [`State::commit`].
    pub async fn put(&self, tree: Tree, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Result<(), StoreError> {
        self.commit(Batch::new().put(tree, key, value)).await
    }

    /// Gives one key a value, written as JSON.
    ///
    /// # Errors
    /// As [`State::commit`], and [`StoreError::Json`] if it cannot be written as JSON.
    pub async fn put_json<T: Serialize + ?Sized>(
        &self,
        tree: Tree,
        key: impl Into<Vec<u8>>,
        value: &T,
    ) -> Result<(), StoreError> {
        self.commit(Batch::new().put_json(tree, key, value)?).await
    }

    /// Takes one key away.
    ///
    /// # Errors
    /// As [`State::commit`].
    pub async fn delete(&self, tree: Tree, key: impl Into<Vec<u8>>) -> Result<(), StoreError> {
        self.commit(Batch::new().delete(tree, key)).await
    }

    /// How the state fares now; the receiver tells of changes.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<StateHealth> {
        self.shared.health.subscribe()
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.shared.dir
    }

    /// Writes everything into one file, as of one instant. Changes wait meanwhile.
    pub(crate) async fn export(&self, path: PathBuf) -> Result<Meta, StoreError> {
        self.ask(|reply, waiting| Job::Export { path, reply, waiting }).await?
    }

    /// Writes what waits, closes the files and gives the folder free. Other handles are of no use afterwards.
    pub async fn close(self) {
        // Closed already is as good.
        self.ask(|reply, waiting| Job::Close { reply, waiting }).await.ok();
    }

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<T>, Waiting) -> Job) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job = job(reply, self.shared.hold.enter());
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)
    }

    async fn read<T: Send + 'static>(
        &self,
        f: impl FnOnce(&Shared) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.shared);
        // Fails only if the runtime ends.
        tokio::task::spawn_blocking(move || f(&shared)).await.map_err(|_| StoreError::Closed)?
    }
}

impl Shared {
    /// Runs a change of what waits for the disk, and keeps the numbers about it right.
    pub(crate) fn with_deferred<T>(&self, f: impl FnOnce(&mut Deferred) -> T) -> T {
        let mut deferred = self.deferred();
        let result = f(&mut deferred);
        let n = deferred.len();
        self.n_deferred.store(n, Ordering::SeqCst);
        drop(deferred);
        self.health.send_if_modified(|health| std::mem::replace(&mut health.pending, n) != n);
        result
    }

    fn deferred(&self) -> MutexGuard<'_, Deferred> {
        self.deferred.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if 0 < self.n_deferred.load(Ordering::SeqCst)
            && let Some(value) = self.deferred().get(tree, key)
        {
            return Ok(value.map(<[u8]>::to_vec));
        }
        match self.sealed(tree, key)? {
            Some(sealed) => self.open_seal(tree, key, &sealed).map(Some),
            None => Ok(None),
        }
    }

    /// The value as it stands on disk, with its checksum.
    pub(crate) fn sealed(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.with_backend(|backend| backend.get(tree, key))
    }

    fn scan(&self, tree: Tree, prefix: &[u8], limit: usize) -> Result<Vec<Pair>, StoreError> {
        let waiting = match self.n_deferred.load(Ordering::SeqCst) {
            0 => Vec::new(),
            _ => self.deferred().with_prefix(tree, prefix),
        };
        // Each waiting change hides at most one key of those on disk.
        let enough = limit.saturating_add(waiting.len());
        let mut pairs = Vec::new();
        self.with_backend(|backend| {
            backend.scan(tree, prefix, &mut |key, sealed| {
                if pairs.len() < enough {
                    pairs.push((key.to_vec(), sealed.to_vec()));
                }
                pairs.len() < enough
            })
        })?;
        let mut merged = BTreeMap::new();
        for (key, sealed) in pairs {
            let value = self.open_seal(tree, &key, &sealed)?;
            merged.insert(key, value);
        }
        for (key, value) in waiting {
            match value {
                Some(value) => merged.insert(key, value),
                None => merged.remove(&key),
            };
        }
        Ok(merged.into_iter().take(limit).collect())
    }

    fn each(&self, tree: Tree, prefix: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> Result<(), StoreError> {
        let waiting: BTreeMap<_, _> = match self.n_deferred.load(Ordering::SeqCst) {
            0 => BTreeMap::new(),
            _ => self.deferred().with_prefix(tree, prefix).into_iter().collect(),
        };
        let (mut wrong, mut goes_on) = (None, true);
        self.with_backend(|backend| {
            backend.scan(tree, prefix, &mut |key, sealed| {
                if !waiting.contains_key(key) {
                    match self.open_seal(tree, key, sealed) {
                        Ok(value) => goes_on = visit(key, &value),
                        Err(error) => wrong = Some(error),
                    }
                }
                goes_on && wrong.is_none()
            })
        })?;
        if let Some(error) = wrong {
            return Err(error);
        }
        let waiting = waiting.iter().filter_map(|(key, value)| Some((key, value.as_ref()?)));
        for (key, value) in waiting {
            if !goes_on {
                break;
            }
            goes_on = visit(key, value);
        }
        Ok(())
    }

    fn open_seal(&self, tree: Tree, key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        unseal(tree.name(), key, sealed).map(<[u8]>::to_vec).ok_or_else(|| {
            let key = String::from_utf8_lossy(key);
            StoreError::damaged(&self.dir, format!("tree `{tree}`: the checksum of `{key}` is wrong"))
        })
    }

    pub(crate) fn with_backend<T>(&self, f: impl FnOnce(&dyn Backend) -> Result<T, Fault>) -> Result<T, StoreError> {
        let backend = self.backend.read().unwrap_or_else(PoisonError::into_inner);
        let Some(backend) = backend.as_deref() else {
            let last_error = self.health.borrow().last_error.clone();
            return Err(StoreError::Unavailable { why: last_error.unwrap_or_else(|| "it is closed".to_owned()) });
        };
        f(backend).map_err(|fault| match fault {
            Fault::Damage(why) => StoreError::damaged(&self.dir, why),
            Fault::Disk(why) => StoreError::Unavailable { why },
        })
    }
}
