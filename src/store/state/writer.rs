//! The one writer of the state: a thread that makes many batches one transaction and one flush.
//!
//! When the disk refuses it keeps what was not acknowledged, tries the disk again from time to time, and says each of
//! this once. Reads go on meanwhile from the open files, which are given up only when the disk takes data again.

use std::{collections::BTreeMap, ops::ControlFlow, path::Path, sync::Arc, sync::PoisonError, time::Duration};

use tokio::sync::{mpsc, oneshot};

use crate::store::{
    error::{StoreError, chain},
    hold::Waiting,
    lock::DirLock,
    state::{
        acked::Acked,
        backend::Backend,
        dump::DumpWriter,
        handle::{Job, Shared},
        meta::{Meta, seal, unseal},
        opening::Opener,
        sled_file::bury,
        tree::{Batch, Change, MAX_BATCH_BYTES, Tree},
    },
};

/// The most batches in one transaction.
const MAX_GROUP: usize = 256;

type Reply = oneshot::Sender<Result<(), StoreError>>;
type Merged = BTreeMap<(Tree, Vec<u8>), Option<Vec<u8>>>;

pub(crate) struct Writer {
    shared: Arc<Shared>,
    opener: Opener,
    meta: Meta,
    acked: Acked,
    /// Set while the disk refuses.
    broken: Option<Broken>,
}

/// Why nothing is written.
#[derive(Clone, Debug)]
struct Broken {
    /// What the disk said.
    why: String,
    /// Whether a write failed, after which the open files are good for reading only.
    is_poisoned: bool,
}

/// Batches that go to the disk together.
#[derive(Default)]
struct Group {
    accepted: Vec<(Batch, Reply, Waiting)>,
    merged: Merged,
    n_bytes: usize,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, opener: Opener, meta: Meta, acked: Acked) -> Self {
        Self { shared, opener, meta, acked, broken: None }
    }

    /// Starts the thread; it ends with [`Job::Close`] or the last handle, and frees the folder then.
    pub(crate) fn start(
        self,
        queue: mpsc::Receiver<Job>,
        retry_every: Duration,
        lock: DirLock,
    ) -> Result<(), StoreError> {
        let dir = self.shared.dir.clone();
        let io = |error| StoreError::io("start the writer of", &dir)(error);
        // A runtime of its own, for its timer: a thread that works for all may block, a runtime's worker may not.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(io)?;
        let thread = std::thread::Builder::new().name("state-writer".to_owned());
        thread.spawn(move || runtime.block_on(self.run(queue, retry_every, lock))).map_err(io)?;
        Ok(())
    }

    async fn run(mut self, mut queue: mpsc::Receiver<Job>, retry_every: Duration, lock: DirLock) {
        let mut closing = Vec::new();
        let mut retry = tokio::time::interval(retry_every);
        retry.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            // Both are cancel-safe: a job that was not received stays in the queue.
            let job = tokio::select! {
                biased;
                _ = retry.tick(), if self.broken.is_some() => { self.recover(); continue },
                job = queue.recv() => job,
            };
            let was_broken = self.broken.is_some();
            match job.map(|it| self.work(it, &mut queue)) {
                Some(ControlFlow::Continue(())) => (),
                Some(ControlFlow::Break(close)) => {
                    closing.push(close);
                    break;
                }
                None => break,
            }
            if !was_broken && self.broken.is_some() {
                retry.reset();
            }
        }
        // Nothing new comes in from here on, what was accepted before is still done.
        queue.close();
        while let Ok(job) = queue.try_recv() {
            if let ControlFlow::Break(close) = self.work(job, &mut queue) {
                closing.push(close);
            }
        }
        self.finish(lock);
        for (reply, waiting) in closing {
            // Who asked may have gone.
            reply.send(()).ok();
            drop(waiting);
        }
    }

    /// Does a job, and with it the batches that wait behind it. Breaks, with whom to tell, when it is to close.
    fn work(&mut self, first: Job, queue: &mut mpsc::Receiver<Job>) -> ControlFlow<(oneshot::Sender<()>, Waiting)> {
        let mut group = Group::default();
        let mut next = Some(first);
        while let Some(job) = next {
            match job {
                Job::Commit { batch, reply, waiting } => self.admit(&mut group, batch, (reply, waiting)),
                Job::Export { path, reply, waiting } => {
                    self.flush(std::mem::take(&mut group));
                    // Who asked may have gone.
                    reply.send(self.export(&path)).ok();
                    drop(waiting);
                }
                Job::Close { reply, waiting } => {
                    self.flush(group);
                    return ControlFlow::Break((reply, waiting));
                }
            }
            let is_full = MAX_GROUP <= group.accepted.len() || MAX_BATCH_BYTES <= group.n_bytes;
            next = if is_full { None } else { queue.try_recv().ok() };
        }
        self.flush(group);
        ControlFlow::Continue(())
    }

    /// Puts a batch into the group if everything is as it expects.
    fn admit(&self, group: &mut Group, batch: Batch, (reply, waiting): (Reply, Waiting)) {
        for expected in &batch.expected {
            let error = match self.current(&group.merged, expected.tree, &expected.key) {
                Ok(value) if value == expected.value => continue,
                Ok(_) => StoreError::Conflict,
                Err(error) => error,
            };
            // Who asked may have gone.
            reply.send(Err(error)).ok();
            return;
        }
        for change in &batch.changes {
            group.merged.insert((change.tree, change.key.clone()), change.value.clone());
        }
        group.n_bytes += batch.n_bytes();
        group.accepted.push((batch, reply, waiting));
    }

    fn current(&self, merged: &Merged, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match merged.get(&(tree, key.to_vec())) {
            Some(value) => Ok(value.clone()),
            None => self.shared.get(tree, key),
        }
    }

    /// Writes the group and answers all who wait for it.
    fn flush(&mut self, group: Group) {
        if group.accepted.is_empty() {
            return;
        }
        if self.broken.is_none() {
            let change = |((tree, key), value)| Change { tree, key, value };
            let changes: Vec<_> = group.merged.into_iter().map(change).collect();
            match self.write(&changes) {
                Ok(()) => {
                    for (_, reply, waiting) in group.accepted {
                        // Who asked may have gone.
                        reply.send(Ok(())).ok();
                        drop(waiting);
                    }
                    return;
                }
                Err(broken) => self.break_down(broken),
            }
        }
        self.defer(group.accepted);
    }

    /// One transaction: the changes, and the meta value that fits them.
    fn write(&mut self, changes: &[Change]) -> Result<(), Broken> {
        let n_bytes = changes.iter().map(|it| it.n_bytes() as u64).sum();
        self.opener.check_space(n_bytes).map_err(|why| Broken { why, is_poisoned: false })?;
        self.write_now(changes).map_err(|why| Broken { why, is_poisoned: true })
    }

    fn write_now(&mut self, changes: &[Change]) -> Result<(), String> {
        let mut meta = self.meta.clone();
        meta.commit += 1;
        let mut sealed_changes = Vec::with_capacity(changes.len());
        for Change { tree, key, value } in changes {
            let tally = meta.tally(tree.name());
            if let Some(old) = self.shared.sealed(*tree, key).map_err(|it| it.to_string())? {
                tally.remove(&old);
            }
            let value = value.as_ref().map(|it| seal(tree.name(), key, it));
            if let Some(sealed) = &value {
                tally.add(sealed);
            }
            sealed_changes.push(Change { tree: *tree, key: key.clone(), value });
        }
        let bytes = meta.encode().map_err(|it| it.to_string())?;
        self.shared.with_backend(|it| it.write(&sealed_changes, &bytes)).map_err(reason)?;
        if let Err(error) = self.acked.note(meta.commit) {
            tracing::debug!(%error, "the number of the last acknowledged change could not be noted");
        }
        self.shared.health.send_modify(|health| health.commits = meta.commit);
        self.meta = meta;
        Ok(())
    }

    fn break_down(&mut self, broken: Broken) {
        let (path, why) = (self.shared.dir.display(), &broken.why);
        tracing::error!(%path, why, "the state cannot be written, changes wait in memory");
        self.shared.health.send_modify(|health| {
            health.writable = false;
            health.last_error = Some(why.clone());
        });
        self.broken = Some(broken);
    }

    /// Keeps batches in memory, as far as there is room.
    fn defer(&self, accepted: Vec<(Batch, Reply, Waiting)>) {
        let why = self.broken.as_ref().map(|it| it.why.clone()).unwrap_or_default();
        for (batch, reply, waiting) in accepted {
            let answer = if self.shared.with_deferred(|it| it.try_take(&batch)) {
                StoreError::Deferred { why: why.clone() }
            } else {
                self.shared.health.send_modify(|health| health.dropped += 1);
                StoreError::Dropped { why: why.clone() }
            };
            // Who asked may have gone.
            reply.send(Err(answer)).ok();
            drop(waiting);
        }
    }

    /// Tries whether the disk works again, and writes what waits.
    fn recover(&mut self) {
        if let Err(why) = self.try_recover() {
            self.shared.health.send_if_modified(|health| {
                let is_new = health.last_error.as_ref() != Some(&why);
                if is_new {
                    tracing::warn!(why, "the state still cannot be written");
                }
                health.last_error = Some(why);
                is_new
            });
        }
    }

    fn try_recover(&mut self) -> Result<(), String> {
        self.opener.check_space(0)?;
        self.opener.probe().map_err(|it| it.to_string())?;
        if self.broken.as_ref().is_some_and(|it| it.is_poisoned) {
            let ready = self.opener.reopen().map_err(|it| chain(&it))?;
            if let Some(failed) = self.replace_backend(Some(ready.backend)) {
                bury(failed);
            }
            (self.meta, self.acked) = (ready.meta, ready.acked);
            self.broken.iter_mut().for_each(|it| it.is_poisoned = false);
        }
        let changes = self.shared.with_deferred(|it| it.to_changes());
        if !changes.is_empty()
            && let Err(broken) = self.write(&changes)
        {
            let why = broken.why.clone();
            self.broken = Some(broken);
            return Err(why);
        }
        self.shared.with_deferred(super::deferred::Deferred::clear);
        self.broken = None;
        let mut n_dropped = 0;
        self.shared.health.send_modify(|health| {
            health.writable = true;
            health.last_error = None;
            n_dropped = health.dropped;
        });
        tracing::info!(n_written = changes.len(), n_dropped, "the state is written again");
        Ok(())
    }

    fn replace_backend(&self, backend: Option<Box<dyn Backend>>) -> Option<Box<dyn Backend>> {
        std::mem::replace(&mut *self.shared.backend.write().unwrap_or_else(PoisonError::into_inner), backend)
    }

    fn export(&self, path: &Path) -> Result<Meta, StoreError> {
        if let Some(Broken { why, .. }) = &self.broken {
            return Err(StoreError::Unavailable { why: why.clone() });
        }
        let mut dump = DumpWriter::create(path, self.meta.schema, self.meta.commit)?;
        for tree in Tree::ALL {
            let mut result = Ok(());
            self.shared.with_backend(|backend| {
                backend.scan(tree, b"", &mut |key, sealed| {
                    let value = unseal(tree.name(), key, sealed).ok_or_else(|| {
                        let what = format!("tree `{tree}`: the checksum of a key is wrong");
                        StoreError::damaged(&self.shared.dir, what)
                    });
                    result = value.and_then(|value| dump.entry(tree.name(), key, value));
                    result.is_ok()
                })
            })?;
            result?;
        }
        dump.finish()
    }

    /// Closes the files; a last try if something still waits.
    fn finish(mut self, lock: DirLock) {
        if self.broken.is_some() {
            self.recover();
        }
        let n_lost = self.shared.with_deferred(|it| it.len());
        if 0 < n_lost {
            tracing::error!(n_lost, "the disk did not take these changes until the end, they are lost");
        }
        if let Some(backend) = self.replace_backend(None) {
            if self.broken.is_some_and(|it| it.is_poisoned) { bury(backend) } else { backend.close() }
        }
        drop(lock);
    }
}

/// Without the words around it where the disk refused.
fn reason(error: StoreError) -> String {
    if let StoreError::Unavailable { why } = error { why } else { error.to_string() }
}
