//! The one writer of the records: a thread that appends what waits, flushes it together, and packs days that are over.
//!
//! Where the disk refuses, records are dropped and counted, and a gap mark tells of them later: moderation never waits
//! for a disk.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::ControlFlow,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use domovoi_plugin::{Record, RecordKind, RoomJid};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::store::{
    error::StoreError,
    hold::Waiting,
    lock::DirLock,
    records::{
        day::{Calendar, Span},
        files::{Files, Lost},
        gaps::{Gaps, span_of},
        handle::{Job, RecordsHealth, RecordsOptions, SeqReply},
        line::{MAX_LINE_BYTES, encode},
    },
};

/// The most records written before a flush.
const MAX_GROUP: usize = 1024;
/// The most files flushed by the clock at once. To flush one costs the disk much the same whatever is in it, so where more
/// rooms talk they take turns, and the disk has no more to do than with these.
const MAX_FLUSHED: usize = 64;

/// How far a record's time may be ahead of ours: clocks differ, and the time is told once an hour.
const AHEAD: Duration = Duration::from_secs(86_400);

type Reply = Option<(SeqReply, Waiting)>;

pub(crate) struct Writer {
    pub(super) options: RecordsOptions,
    gaps: Arc<Gaps>,
    pub(super) health: watch::Sender<RecordsHealth>,
    pub(super) files: Files,
    /// Set while the disk takes nothing, with what it said.
    pub(super) broken: Option<String>,
    /// Rooms whose own files fail while the disk works.
    pub(super) bad_rooms: BTreeSet<RoomJid>,
    /// The newest day seen: those before it are over.
    pub(super) today: String,
    calendar: Calendar,
    /// The line being made.
    line: Vec<u8>,
    /// No file is of a later day than this, once the time was told.
    pub(super) latest: Option<String>,
    /// Days to be packed, by folder and day.
    pub(super) to_pack: VecDeque<(PathBuf, String)>,
    /// What waits for the next flush.
    unanswered: Vec<Unanswered>,
    close_for: Vec<(oneshot::Sender<()>, Waiting)>,
}

/// An append that is written but not flushed.
struct Unanswered {
    room: RoomJid,
    seq: u64,
    reply: (SeqReply, Waiting),
}

/// Lines for one file.
#[derive(Default)]
struct Lines {
    bytes: Vec<u8>,
    span: Option<Span>,
    n_marks: u64,
    replies: Vec<(u64, (SeqReply, Waiting))>,
}

/// What is to be written, by room and day.
type Group = BTreeMap<(RoomJid, String), Lines>;

impl Writer {
    pub(crate) fn new(
        dir: PathBuf,
        options: RecordsOptions,
        gaps: Arc<Gaps>,
        health: watch::Sender<RecordsHealth>,
    ) -> Self {
        let files = Files::new(dir, options.max_files, options.faults.clone());
        Self {
            options,
            gaps,
            health,
            files,
            broken: None,
            bad_rooms: BTreeSet::new(),
            today: String::new(),
            calendar: Calendar::default(),
            line: Vec::new(),
            latest: None,
            to_pack: VecDeque::new(),
            unanswered: Vec::new(),
            close_for: Vec::new(),
        }
    }

    /// Starts the thread; it ends with [`Job::Close`] or the last handle, and frees the folder then.
    pub(crate) fn start(self, queue: mpsc::Receiver<Job>, hurry: Arc<Notify>, lock: DirLock) -> Result<(), StoreError> {
        let dir = self.files.root().to_owned();
        let io = |error| StoreError::io("start the writer of", &dir)(error);
        // A runtime of its own, for its timers: this thread may block.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(io)?;
        let thread = std::thread::Builder::new().name("records-writer".to_owned());
        thread.spawn(move || runtime.block_on(self.run(queue, &hurry, lock))).map_err(io)?;
        Ok(())
    }

    async fn run(mut self, mut queue: mpsc::Receiver<Job>, hurry: &Notify, lock: DirLock) {
        let gaps = Arc::clone(&self.gaps);
        let mut flush = tokio::time::interval(self.options.flush_every);
        let mut retry = tokio::time::interval(self.options.retry_every);
        flush.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        retry.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let is_failing = self.is_failing();
            // All are cancel-safe: a job that was not received stays in the queue.
            tokio::select! {
                biased;
                _ = retry.tick(), if is_failing => self.retry(),
                _ = flush.tick(), if 0 < self.files.n_unsynced() => self.flush(MAX_FLUSHED),
                job = queue.recv() => {
                    let Some(job) = job else { break };
                    if matches!(job, Job::Append { reply: None, .. }) && queue.len() < MAX_GROUP {
                        // Over, or somebody waits: either way it is time to write.
                        tokio::time::timeout(self.options.gather, hurry.notified()).await.ok();
                    }
                    if self.work(job, &mut queue).is_break() {
                        break;
                    }
                }
                () = gaps.changed.notified() => self.count_missed(),
                () = std::future::ready(()), if !self.to_pack.is_empty() => self.pack_one(),
            }
            if !is_failing && self.is_failing() {
                retry.reset();
            }
            self.write_marks();
        }
        // Nothing new comes in from here on, what was accepted before is still done.
        queue.close();
        while let Ok(job) = queue.try_recv() {
            // Asked to close again: it is closing.
            if self.work(job, &mut queue).is_break() {
                continue;
            }
        }
        self.finish(lock);
    }

    fn is_failing(&self) -> bool {
        self.broken.is_some() || !self.bad_rooms.is_empty()
    }

    /// Does a job, and with it what waits behind it.
    pub(super) fn work(&mut self, first: Job, queue: &mut mpsc::Receiver<Job>) -> ControlFlow<()> {
        let mut group = Group::new();
        let mut next = Some(first);
        let mut n_records = 0;
        let mut flow = ControlFlow::Continue(());
        while let Some(job) = next {
            n_records += 1;
            match job {
                Job::Append { draft, reply } => self.admit(&mut group, draft.into_record(), reply),
                Job::Flush { rooms, reply, waiting } => {
                    self.write(std::mem::take(&mut group));
                    match rooms {
                        Some(rooms) => self.flush_rooms(&rooms),
                        None => self.flush(usize::MAX),
                    }
                    // Who asked may have gone.
                    reply.send(()).ok();
                    drop(waiting);
                }
                Job::Maintain { now } => {
                    self.latest = Some((now + AHEAD).utc_day());
                    self.sweep(&now.utc_day());
                }
                Job::Thin { room, days, keep, reply, waiting } => {
                    self.write(std::mem::take(&mut group));
                    // Who asked may have gone.
                    reply.send(self.thin(&room, &days, &keep)).ok();
                    drop(waiting);
                }
                Job::Purge { room, before, reply, waiting } => {
                    self.write(std::mem::take(&mut group));
                    // Who asked may have gone.
                    reply.send(self.purge(&room, &before)).ok();
                    drop(waiting);
                }
                Job::Close { reply, waiting } => {
                    self.close_for.push((reply, waiting));
                    flow = ControlFlow::Break(());
                    break;
                }
            }
            next = if n_records < MAX_GROUP { queue.try_recv().ok() } else { None };
        }
        self.write(group);
        if !self.unanswered.is_empty() {
            let rooms = self.unanswered.iter().map(|it| it.room.clone());
            self.flush_rooms(&rooms.collect());
        }
        flow
    }

    /// Gives a record its place and puts it into the group.
    fn admit(&mut self, group: &mut Group, mut record: Record, reply: Reply) {
        if let Some(why) = self.refusal(&record.room) {
            self.drop_record(&record, reply, &why);
            return;
        }
        let arrival = self.day_of(&record);
        if self.today < arrival {
            self.sweep(&arrival);
        }
        let room = record.room.clone();
        let (seq, day) = match self.files.end(&room) {
            Ok(end) => {
                let seq = end.next_seq;
                let day = end.day.take().map_or(arrival.clone(), |it| it.max(arrival));
                end.day = Some(day.clone());
                (seq, day)
            }
            Err(error) => {
                let why = error.to_string();
                self.room_failed(&room, &why);
                self.drop_record(&record, reply, &why);
                return;
            }
        };
        record.seq = Some(seq);
        if encode(&record, &mut self.line).is_err() || MAX_LINE_BYTES < self.line.len() {
            return self.drop_record(&record, reply, "it is too long for a record");
        }
        if let Ok(end) = self.files.end(&room) {
            end.next_seq = seq + 1;
        }
        let lines = group.entry((room, day)).or_default();
        lines.bytes.extend_from_slice(&self.line);
        lines.span = Some(lines.span.map_or(span_of(&record), |it| it.join(span_of(&record))));
        lines.n_marks += u64::from(record.kind == RecordKind::Gap);
        lines.replies.extend(reply.map(|it| (seq, it)));
    }

    /// The day in whose file a record comes. One that is dated far ahead stays among those that come with it: a file of
    /// its day would take all that come after it, until that day, and no retention would reach them.
    fn day_of(&mut self, record: &Record) -> String {
        let day = self.calendar.of(record.arrived_at());
        self.latest.clone().filter(|latest| *latest < day).unwrap_or(day)
    }

    fn refusal(&self, room: &RoomJid) -> Option<String> {
        let is_bad = self.bad_rooms.contains(room);
        self.broken.clone().or_else(|| is_bad.then(|| "the room's files cannot be written".to_owned()))
    }

    /// Appends the lines of a group to their files.
    fn write(&mut self, group: Group) {
        let mut lost = Vec::new();
        let (mut n_written, mut n_marks) = (0, 0);
        for ((room, day), lines) in group {
            let Some(span) = lines.span else { continue };
            match self.files.append(&room, &day, (&lines.bytes, span), &mut lost) {
                Ok(()) => {
                    n_written += lines.bytes.iter().filter(|it| **it == b'\n').count() as u64;
                    n_marks += lines.n_marks;
                    let wait = |(seq, reply)| Unanswered { room: room.clone(), seq, reply };
                    self.unanswered.extend(lines.replies.into_iter().map(wait));
                }
                Err(error) => {
                    // What was not flushed before this goes too: the file is read again from the disk.
                    let why = error.to_string();
                    self.files.close(&room, &mut lost);
                    self.files.forget(&room);
                    self.gaps.add(&room, span);
                    self.health.send_modify(|it| it.dropped += span.n_uncounted());
                    self.room_failed(&room, &why);
                    refuse(lines.replies.into_iter().map(|(_, reply)| reply), &why);
                }
            }
        }
        self.handle_lost(lost);
        self.health.send_modify(|it| {
            it.written += n_written;
            it.gaps += n_marks;
        });
    }

    /// Flushes the files that have needed it longest, at most so many.
    fn flush(&mut self, n_files: usize) {
        let mut lost = Vec::new();
        self.files.sync_oldest(n_files, &mut lost);
        self.flushed(lost);
    }

    fn flush_rooms(&mut self, rooms: &BTreeSet<RoomJid>) {
        let mut lost = Vec::new();
        for room in rooms {
            self.files.sync(room, &mut lost);
        }
        self.flushed(lost);
    }

    /// Answers those whose records are on disk now.
    fn flushed(&mut self, lost: Vec<Lost>) {
        self.handle_lost(lost);
        let unanswered = std::mem::take(&mut self.unanswered).into_iter();
        let (rest, done) = unanswered.partition::<Vec<_>, _>(|it| self.files.is_unsynced(&it.room));
        self.unanswered = rest;
        for Unanswered { seq, reply: (reply, waiting), .. } in done {
            // Who asked may have gone.
            reply.send(Ok(seq)).ok();
            drop(waiting);
        }
    }

    /// Counts what flushing lost, and refuses those of it that are waited for.
    pub(super) fn handle_lost(&mut self, lost: Vec<Lost>) {
        for Lost { room, span, error } in lost {
            let why = error.to_string();
            self.gaps.add(&room, span);
            self.health.send_modify(|it| it.dropped += span.n_uncounted());
            let unanswered = std::mem::take(&mut self.unanswered);
            let (failed, rest) = unanswered.into_iter().partition::<Vec<_>, _>(|it| it.room == room);
            self.unanswered = rest;
            self.files.forget(&room);
            self.room_failed(&room, &why);
            refuse(failed.into_iter().map(|it| it.reply), &why);
        }
    }

    fn drop_record(&mut self, record: &Record, reply: Reply, why: &str) {
        let span = span_of(record);
        self.gaps.add(&record.room, span);
        self.health.send_modify(|it| it.dropped += span.n_uncounted());
        refuse(reply, why);
    }

    fn count_missed(&mut self) {
        let n = self.gaps.take_missed();
        self.health.send_modify(|it| it.dropped += n);
    }

    /// Writes gap marks, where something was lost and the disk takes them.
    fn write_marks(&mut self) {
        if self.broken.is_some() {
            return;
        }
        let mut group = Group::new();
        for mark in self.gaps.take_marks() {
            if self.bad_rooms.contains(&mark.room) {
                self.gaps.add(&mark.room, span_of(&mark));
            } else {
                self.admit(&mut group, mark, None);
            }
        }
        if !group.is_empty() {
            self.write(group);
        }
    }

    /// Writes and flushes what is left.
    fn finish(mut self, lock: DirLock) {
        self.flush(usize::MAX);
        drop(self.files);
        drop(lock);
        for (reply, waiting) in self.close_for {
            // Who asked may have gone.
            reply.send(()).ok();
            drop(waiting);
        }
    }
}

/// Tells those who wait that the disk did not take their record.
fn refuse(replies: impl IntoIterator<Item = (SeqReply, Waiting)>, why: &str) {
    for (reply, waiting) in replies {
        // Who asked may have gone.
        reply.send(Err(StoreError::Dropped { why: why.to_owned() })).ok();
        drop(waiting);
    }
}
