//! The handle of the records: offers them to the one writer, and reads what is there.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use domovoi_plugin::{Record, RoomJid, StanzaId, Timestamp};
use rustix::process::{Resource, getrlimit};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::store::{
    error::StoreError,
    faults::Faults,
    hold::{Hold, Waiting},
    lock::DirLock,
    records::{
        draft::Draft,
        gaps::Gaps,
        known::KnownIds,
        path::{room_dir, room_dirs, room_of_dir},
        reader::{From, Reader},
        room::{last_stanza_id, stanza_ids_since},
        thin::{Days, KeepRecord},
        writer::Writer,
    },
};

/// How the records are opened.
#[derive(Clone, Debug)]
pub struct RecordsOptions {
    /// How many records may wait for the writer.
    pub queue: usize,
    /// How many files are kept open.
    pub max_files: usize,
    /// How long the first record of a group that nobody waits for lets others come after it, so that not every one of them
    /// wakes the writer. Whoever waits for something ends that.
    pub gather: Duration,
    /// How long a record that nobody waits for may be written but not flushed. Where many rooms talk at once they take
    /// turns, and it may be some seconds longer.
    pub flush_every: Duration,
    /// How long after a failed write the disk is tried again.
    pub retry_every: Duration,
    /// By which a test makes the disk fail.
    pub faults: Option<Faults>,
}

impl Default for RecordsOptions {
    fn default() -> Self {
        Self {
            queue: 8192,
            max_files: max_files(getrlimit(Resource::Nofile).current),
            gather: Duration::from_millis(200),
            flush_every: Duration::from_secs(1),
            retry_every: Duration::from_secs(10),
            faults: None,
        }
    }
}

/// A room's file stays open while the room talks: to open one again costs more than to write to it. So as many as the
/// process can spare of those that it may open.
pub(super) fn max_files(limit: Option<u64>) -> usize {
    usize::try_from(limit.unwrap_or(u64::MAX) / 4).unwrap_or(usize::MAX).clamp(16, 1024)
}

/// How the records fare.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct RecordsHealth {
    /// Whether the disk takes records.
    pub writable: bool,
    /// Records written since the start.
    pub written: u64,
    /// Records lost since the start: the disk did not take them, or the queue was full for too long.
    pub dropped: u64,
    /// Gap marks written since the start.
    pub gaps: u64,
    /// Days packed since the start.
    pub packed: u64,
    /// What the disk said last, until it works again.
    pub last_error: Option<String>,
}

/// The queue is full; the record comes back.
#[derive(Debug, thiserror::Error)]
#[error("too many records wait for the disk")]
pub struct Full(
    /// The record that was offered.
    pub Draft,
);

/// The records of all rooms. A handle is cheap to clone.
#[derive(Clone, Debug)]
pub struct Records {
    dir: PathBuf,
    jobs: mpsc::Sender<Job>,
    gaps: Arc<Gaps>,
    hurry: Arc<Notify>,
    health: watch::Receiver<RecordsHealth>,
    hold: Arc<Hold>,
}

pub(crate) type SeqReply = oneshot::Sender<Result<u64, StoreError>>;

/// What the writer is asked for.
pub(crate) enum Job {
    Append {
        draft: Draft,
        reply: Option<(SeqReply, Waiting)>,
    },
    Flush {
        /// All for `None`.
        rooms: Option<BTreeSet<RoomJid>>,
        reply: oneshot::Sender<()>,
        waiting: Waiting,
    },
    Maintain {
        now: Timestamp,
    },
    Purge {
        room: RoomJid,
        before: String,
        reply: oneshot::Sender<Result<usize, StoreError>>,
        waiting: Waiting,
    },
    Thin {
        room: RoomJid,
        days: Days,
        keep: KeepRecord,
        reply: oneshot::Sender<Result<u64, StoreError>>,
        waiting: Waiting,
    },
    Close {
        reply: oneshot::Sender<()>,
        waiting: Waiting,
    },
}

impl Records {
    /// Opens the folder of the records, making it where needed. Blocks, but reads nothing of the rooms.
    ///
    /// # Errors
    /// If another process has it, or the disk refuses.
    pub fn open(dir: &Path, options: RecordsOptions) -> Result<Self, StoreError> {
        std::fs::create_dir_all(dir).map_err(StoreError::io("create", dir))?;
        let lock = DirLock::take(dir)?;
        // 8,192 records; `offer` gives back what does not fit and the caller decides, `append` waits for room; what the
        // caller gives up is counted in `dropped` and becomes a gap mark.
        let (jobs, queue) = mpsc::channel(options.queue.max(1));
        let (gaps, hurry) = (Arc::new(Gaps::default()), Arc::new(Notify::new()));
        let (health_of_writer, health) = watch::channel(RecordsHealth { writable: true, ..RecordsHealth::default() });
        let writer = Writer::new(dir.to_owned(), options, Arc::clone(&gaps), health_of_writer);
        writer.start(queue, Arc::clone(&hurry), lock)?;
        Ok(Self { dir: dir.to_owned(), jobs, gaps, hurry, health, hold: Arc::default() })
    }

    /// Hands over a record and goes on. It is on disk soon after, unless the disk refuses; nobody is told then but
    /// [`Records::health`], and the room gets a gap mark.
    ///
    /// # Errors
    /// [`Full`] if the queue is. Who gives a record up after some patience says so with [`Records::missed`].
    pub fn offer(&self, record: impl Into<Draft>) -> Result<(), Full> {
        let job = Job::Append { draft: record.into(), reply: None };
        self.jobs.try_send(job).or_else(|error| match error.into_inner() {
            Job::Append { draft, .. } => {
                self.hurry.notify_one();
                Err(Full(draft))
            }
            Job::Flush { .. } | Job::Maintain { .. } | Job::Purge { .. } | Job::Thin { .. } | Job::Close { .. } => {
                Ok(())
            }
        })
    }

    /// Counts a record that was given up because the queue stayed full; the room gets a gap mark once there is room.
    pub fn missed(&self, record: &Draft) {
        self.gaps.add_missed(record.room(), record.at());
    }

    /// Writes a record and returns its `seq` when it is on disk: what is acknowledged survives.
    ///
    /// # Errors
    /// [`StoreError::Dropped`] if the disk did not take it.
    pub async fn append(&self, record: Record) -> Result<u64, StoreError> {
        self.ask(|reply, waiting| Job::Append { draft: record.into(), reply: Some((reply, waiting)) }).await?
    }

    /// Returns when everything offered before is on disk, or counted as lost.
    pub async fn flush(&self) {
        // Closed already is as good.
        self.ask(|reply, waiting| Job::Flush { rooms: None, reply, waiting }).await.ok();
    }

    /// Returns when everything offered before of these rooms is on disk, or counted as lost. Others are left to their turn.
    pub async fn flush_rooms(&self, rooms: impl IntoIterator<Item = RoomJid>) {
        let rooms = Some(rooms.into_iter().collect());
        // Closed already is as good.
        self.ask(|reply, waiting| Job::Flush { rooms, reply, waiting }).await.ok();
    }

    /// Packs the days that are over by this clock, and lets no record open a file of a day that is far ahead of it.
    /// Returns at once; to be called every hour or so.
    pub async fn maintain(&self, now: Timestamp) {
        // Closed already: the next start does it.
        self.jobs.send(Job::Maintain { now }).await.ok();
    }

    /// Deletes the days of a room that ended before `older_than`; says how many files went.
    ///
    /// # Errors
    /// If a file cannot be deleted.
    pub async fn purge(&self, room: &RoomJid, older_than: Timestamp) -> Result<usize, StoreError> {
        let (room, before) = (room.clone(), older_than.utc_day());
        self.ask(|reply, waiting| Job::Purge { room, before, reply, waiting }).await?
    }

    /// Takes single records out of days that are over, by rewriting their files: what `keep` does not want goes, the
    /// others keep their `seq`. Says how many went.
    ///
    /// # Errors
    /// If a file cannot be rewritten. A damaged day stays as it is.
    pub async fn thin(&self, room: &RoomJid, days: Days, keep: KeepRecord) -> Result<u64, StoreError> {
        let room = room.clone();
        self.ask(|reply, waiting| Job::Thin { room, days, keep, reply, waiting }).await?
    }

    /// The records of a room, in their order, as far as they are written. The iterator blocks, so it belongs on a
    /// blocking thread; it may be read while more is written.
    ///
    /// # Errors
    /// If the room's folder cannot be listed.
    pub fn read(&self, room: &RoomJid, from: &From) -> Result<Reader, StoreError> {
        Reader::open(&self.dir, room, from)
    }

    /// The room's id of the newest message in the records, and when that was said.
    ///
    /// # Errors
    /// If the files cannot be read.
    pub async fn last_stanza_id(&self, room: &RoomJid) -> Result<Option<(StanzaId, Timestamp)>, StoreError> {
        self.flush_rooms([room.clone()]).await;
        let dir = room_dir(&self.dir, room);
        // Fails only if the runtime ends.
        tokio::task::spawn_blocking(move || last_stanza_id(&dir)).await.map_err(|_| StoreError::Closed)?
    }

    /// The room's ids of what came since the day of this moment, at most so many: those of the newest.
    ///
    /// # Errors
    /// If the files cannot be read.
    pub async fn stanza_ids_since(&self, room: &RoomJid, since: Timestamp, max: usize) -> Result<KnownIds, StoreError> {
        self.flush_rooms([room.clone()]).await;
        let (dir, day) = (room_dir(&self.dir, room), since.utc_day());
        // Fails only if the runtime ends.
        tokio::task::spawn_blocking(move || stanza_ids_since(&dir, day, max)).await.map_err(|_| StoreError::Closed)?
    }

    /// The rooms that have records. Blocks.
    ///
    /// # Errors
    /// If the folder cannot be listed.
    pub fn rooms(&self) -> Result<Vec<RoomJid>, StoreError> {
        rooms(&self.dir)
    }

    /// How the records fare now; the receiver tells of changes.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<RecordsHealth> {
        self.health.clone()
    }

    /// How many records wait for the writer.
    #[must_use]
    pub fn n_queued(&self) -> usize {
        self.jobs.max_capacity() - self.jobs.capacity()
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Writes what waits, closes the files and gives the folder free. Other handles are of no use afterwards.
    pub async fn close(self) {
        // Closed already is as good.
        self.ask(|reply, waiting| Job::Close { reply, waiting }).await.ok();
    }

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<T>, Waiting) -> Job) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job = job(reply, self.hold.enter());
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        self.hurry.notify_one();
        answer.await.map_err(|_| StoreError::Closed)
    }
}

/// The rooms that have records under this folder.
///
/// # Errors
/// If the folder cannot be listed.
pub fn rooms(root: &Path) -> Result<Vec<RoomJid>, StoreError> {
    let mut rooms = Vec::new();
    for dir in room_dirs(root).map_err(StoreError::io("list", root))? {
        // A name too long to be whole: the records know it.
        let first = || Reader::of_dir(&dir, &From::Start).ok()?.find_map(Result::ok).map(|it| it.room);
        rooms.extend(room_of_dir(&dir).or_else(first));
    }
    Ok(rooms)
}
