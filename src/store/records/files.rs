//! The day files that are open for appending, and what is known of each room's end. Part of the writer.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use domovoi_plugin::RoomJid;

use crate::store::{
    faults::Faults,
    records::{
        day::{DayFile, Span},
        path::{plain, room_dir},
        room::RoomEnd,
    },
};

/// The most rooms whose end is remembered; others are read again from their files.
const MAX_ROOMS: usize = 20_000;

/// All rooms' files.
pub(crate) struct Files {
    root: PathBuf,
    max_files: usize,
    faults: Option<Faults>,
    open: BTreeMap<RoomJid, Open>,
    /// The rooms of which something is written and not flushed, in the order in which that began.
    unsynced: BTreeMap<u64, RoomJid>,
    ends: BTreeMap<RoomJid, RoomEnd>,
    n_uses: u64,
}

/// A file that is open.
struct Open {
    file: DayFile,
    last_use: u64,
    /// Its place in [`Files::unsynced`].
    unsynced_since: Option<u64>,
}

/// Records of a room that were written, and are lost because flushing failed.
pub(crate) struct Lost {
    pub(crate) room: RoomJid,
    pub(crate) span: Span,
    pub(crate) error: io::Error,
}

impl Files {
    pub(crate) fn new(root: PathBuf, max_files: usize, faults: Option<Faults>) -> Self {
        Self {
            root,
            max_files: max_files.max(1),
            faults,
            open: BTreeMap::new(),
            unsynced: BTreeMap::new(),
            ends: BTreeMap::new(),
            n_uses: 0,
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn dir(&self, room: &RoomJid) -> PathBuf {
        room_dir(&self.root, room)
    }

    /// What is known of the room's end; read from its files the first time, after mending the newest one.
    pub(crate) fn end(&mut self, room: &RoomJid) -> io::Result<&mut RoomEnd> {
        if !self.ends.contains_key(room) {
            if MAX_ROOMS <= self.ends.len() {
                self.ends.pop_first();
            }
            let dir = self.dir(room);
            mend_newest(&dir)?;
            self.ends.insert(room.clone(), RoomEnd::load(&dir)?);
        }
        self.ends.get_mut(room).ok_or_else(|| io::Error::other("the room is not known"))
    }

    /// Writes whole lines to the file of this day of the room; on failure nothing of them stays. Closing other files for
    /// it may lose what they had not flushed.
    pub(crate) fn append(
        &mut self,
        room: &RoomJid,
        day: &str,
        (lines, span): (&[u8], Span),
        lost: &mut Vec<Lost>,
    ) -> io::Result<()> {
        self.open(room, day, lost)?;
        self.n_uses += 1;
        let n_uses = self.n_uses;
        let open = self.open.get_mut(room).ok_or_else(|| io::Error::other("the file is not open"))?;
        open.last_use = n_uses;
        open.file.append(lines, span, self.faults.as_ref())?;
        if open.unsynced_since.is_none() {
            open.unsynced_since = Some(n_uses);
            self.unsynced.insert(n_uses, room.clone());
        }
        Ok(())
    }

    fn open(&mut self, room: &RoomJid, day: &str, lost: &mut Vec<Lost>) -> io::Result<()> {
        match self.open.get(room) {
            Some(open) if open.file.day == day => return Ok(()),
            Some(_) => self.close(room, lost),
            None => (),
        }
        while self.max_files <= self.open.len() {
            let Some((oldest, _)) = self.open.iter().min_by_key(|(_, it)| it.last_use) else { break };
            let oldest = oldest.clone();
            self.close(&oldest, lost);
        }
        let dir = self.dir(room);
        fs::create_dir_all(&dir)?;
        let file = DayFile::open(&dir, plain(&dir, day), day)?;
        self.open.insert(room.clone(), Open { file, last_use: 0, unsynced_since: None });
        Ok(())
    }

    /// Flushes and closes a room's file.
    pub(crate) fn close(&mut self, room: &RoomJid, lost: &mut Vec<Lost>) {
        self.sync(room, lost);
        self.open.remove(room);
    }

    /// Closes whatever file has this path.
    pub(crate) fn close_path(&mut self, path: &Path, lost: &mut Vec<Lost>) {
        let room = self.open.iter().find(|(_, it)| it.file.path == path).map(|(room, _)| room.clone());
        if let Some(room) = room {
            self.close(&room, lost);
        }
    }

    /// Forgets a room after a failure: what is true is read again from its files.
    pub(crate) fn forget(&mut self, room: &RoomJid) {
        if let Some(since) = self.open.remove(room).and_then(|it| it.unsynced_since) {
            self.unsynced.remove(&since);
        }
        self.ends.remove(room);
    }

    /// Flushes a room's file, if it needs it.
    pub(crate) fn sync(&mut self, room: &RoomJid, lost: &mut Vec<Lost>) {
        let Some(open) = self.open.get_mut(room) else { return };
        let Some(since) = open.unsynced_since.take() else { return };
        self.unsynced.remove(&since);
        let span = open.file.unsynced;
        if let (Err(error), Some(span)) = (open.file.sync(), span) {
            lost.push(Lost { room: room.clone(), span, error });
            self.forget(room);
        }
    }

    /// Flushes the files that have needed it longest, at most so many.
    pub(crate) fn sync_oldest(&mut self, n_files: usize, lost: &mut Vec<Lost>) {
        let rooms: Vec<RoomJid> = self.unsynced.values().take(n_files).cloned().collect();
        for room in rooms {
            self.sync(&room, lost);
        }
    }

    /// Whether something of this room is written and not flushed.
    pub(crate) fn is_unsynced(&self, room: &RoomJid) -> bool {
        self.open.get(room).is_some_and(|it| it.unsynced_since.is_some())
    }

    /// Of how many rooms something is written and not flushed.
    pub(crate) fn n_unsynced(&self) -> usize {
        self.unsynced.len()
    }
}

/// A crash may have left the beginning of a record at the end of the newest plain file.
fn mend_newest(dir: &Path) -> io::Result<()> {
    let days = crate::store::records::path::days(dir)?;
    match days.iter().rev().find(|(_, files)| files.plain) {
        Some((day, _)) => DayFile::open(dir, plain(dir, day), day).map(|_| ()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::Timestamp;

    use super::*;

    fn room(n: usize) -> RoomJid {
        format!("room{n}@chat.example").parse().unwrap()
    }

    fn append(files: &mut Files, n: usize) {
        let (mut lost, span) = (Vec::new(), Span::of(Timestamp::from_millis(1)));
        files.append(&room(n), "2026-11-22", (b"line\n", span), &mut lost).unwrap();
        assert!(lost.is_empty());
    }

    fn unsynced(files: &Files) -> Vec<usize> {
        (0..9).filter(|n| files.is_unsynced(&room(*n))).collect()
    }

    #[test]
    fn rooms_take_turns_in_being_flushed() {
        let (dir, mut lost) = (tempfile::tempdir().unwrap(), Vec::new());
        let mut files = Files::new(dir.path().to_owned(), 9, None);
        for n in [3, 1, 2, 1, 0] {
            append(&mut files, n);
        }
        assert_eq!(unsynced(&files), [0, 1, 2, 3]);
        files.sync_oldest(2, &mut lost);
        assert_eq!(unsynced(&files), [0, 2], "whoever waits longest is first, and writing again does not put that off");
        append(&mut files, 3);
        files.sync(&room(0), &mut lost);
        assert_eq!(unsynced(&files), [2, 3], "or whoever is asked for");
        files.sync_oldest(1, &mut lost);
        assert_eq!((unsynced(&files), files.n_unsynced()), (vec![3], 1));
        files.sync_oldest(9, &mut lost);
        assert!(unsynced(&files).is_empty() && files.n_unsynced() == 0 && lost.is_empty());
    }

    #[test]
    fn a_file_that_makes_way_is_flushed() {
        let dir = tempfile::tempdir().unwrap();
        let mut files = Files::new(dir.path().to_owned(), 2, None);
        for n in [0, 1, 0, 2] {
            append(&mut files, n);
        }
        assert_eq!((unsynced(&files), files.n_unsynced()), (vec![0, 2], 2));
        files.forget(&room(0));
        assert_eq!((unsynced(&files), files.n_unsynced()), (vec![2], 1));
    }
}
