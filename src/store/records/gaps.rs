//! What is missing in which room, until a gap mark says so in its records.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use domovoi_plugin::{Record, RecordKind, RoomJid, Timestamp};
use tokio::sync::Notify;

use crate::store::records::day::Span;

/// The most rooms that gaps are kept for; beyond that records are only counted.
const MAX_ROOMS: usize = 20_000;

/// Filled by the writer and by those whose records found no room, emptied by the writer.
#[derive(Debug, Default)]
pub(crate) struct Gaps {
    inner: Mutex<Inner>,
    /// Wakes the writer where nothing else does.
    pub(crate) changed: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    rooms: BTreeMap<RoomJid, Span>,
    n_missed: u64,
}

impl Gaps {
    /// A record that never reached the writer.
    pub(crate) fn add_missed(&self, room: &RoomJid, at: Timestamp) {
        self.lock().n_missed += 1;
        self.add(room, Span::of(at));
        self.changed.notify_one();
    }

    /// Records that are lost.
    pub(crate) fn add(&self, room: &RoomJid, span: Span) {
        let rooms = &mut self.lock().rooms;
        if let Some(gap) = rooms.get_mut(room) {
            *gap = gap.join(span);
        } else if rooms.len() < MAX_ROOMS {
            rooms.insert(room.clone(), span);
        }
    }

    /// How many records never reached the writer since this was asked last.
    pub(crate) fn take_missed(&self) -> u64 {
        std::mem::take(&mut self.lock().n_missed)
    }

    /// Takes out all gaps, as marks to be written.
    pub(crate) fn take_marks(&self) -> Vec<Record> {
        let rooms = std::mem::take(&mut self.lock().rooms);
        rooms.into_iter().map(|(room, span)| mark(room, span)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn mark(room: RoomJid, span: Span) -> Record {
    Record {
        from: Some(span.from),
        until: Some(span.until),
        missing: Some(span.n),
        ..Record::new(span.until, room, RecordKind::Gap)
    }
}

/// What is missing if this record is: itself, or for a mark that could not be written what it marks.
pub(crate) fn span_of(record: &Record) -> Span {
    match (&record.kind, record.from, record.until, record.missing) {
        (RecordKind::Gap, Some(from), Some(until), Some(n)) => Span { from, until, n, n_counted: n },
        _ => Span::of(record.at),
    }
}
