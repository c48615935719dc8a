//! The day files that are open for appending, and what is known of each room's end. Part of the writer.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use domovoi_plugin::RoomJid;

use crate::store::records::{
    day::{DayFile, Span},
    path::{plain, room_dir},
    room::RoomEnd,
};

/// The most rooms whose end is remembered; others are read again from their files.
const MAX_ROOMS: usize = 20_000;

/// All rooms' files.
pub(crate) struct Files {
    root: PathBuf,
    max_files: usize,
    open: BTreeMap<RoomJid, (DayFile, u64)>,
    ends: BTreeMap<RoomJid, RoomEnd>,
    n_uses: u64,
}

/// Records of a room that were written, and are lost because flushing failed.
pub(crate) struct Lost {
    pub(crate) room: RoomJid,
    pub(crate) span: Span,
    pub(crate) error: io::Error,
}

impl Files {
    pub(crate) fn new(root: PathBuf, max_files: usize) -> Self {
        Self { root, max_files: max_files.max(1), open: BTreeMap::new(), ends: BTreeMap::new(), n_uses: 0 }
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

    /// The open file of this day of the room. Closing others for it may lose what they had not flushed.
    pub(crate) fn file(&mut self, room: &RoomJid, day: &str, lost: &mut Vec<Lost>) -> io::Result<&mut DayFile> {
        self.n_uses += 1;
        if self.open.get(room).is_some_and(|(file, _)| file.day != day) {
            self.close(room, lost);
        }
        if !self.open.contains_key(room) {
            while self.max_files <= self.open.len() {
                let Some(oldest) = self.open.iter().min_by_key(|(_, (_, used))| *used) else { break };
                let oldest = oldest.0.clone();
                self.close(&oldest, lost);
            }
            let dir = self.dir(room);
            fs::create_dir_all(&dir)?;
            let file = DayFile::open(&dir, plain(&dir, day), day)?;
            self.open.insert(room.clone(), (file, 0));
        }
        let n_uses = self.n_uses;
        let entry = self.open.get_mut(room).ok_or_else(|| io::Error::other("the file is not open"))?;
        entry.1 = n_uses;
        Ok(&mut entry.0)
    }

    /// Flushes and closes a room's file.
    pub(crate) fn close(&mut self, room: &RoomJid, lost: &mut Vec<Lost>) {
        if let Some((mut file, _)) = self.open.remove(room) {
            self.sync_one(room, &mut file, lost);
        }
    }

    /// Closes whatever file has this path.
    pub(crate) fn close_path(&mut self, path: &Path, lost: &mut Vec<Lost>) {
        let room = self.open.iter().find(|(_, (file, _))| file.path == path).map(|(room, _)| room.clone());
        if let Some(room) = room {
            self.close(&room, lost);
        }
    }

    /// Forgets a room after a failure: what is true is read again from its files.
    pub(crate) fn forget(&mut self, room: &RoomJid) {
        self.open.remove(room);
        self.ends.remove(room);
    }

    /// Flushes all files that need it.
    pub(crate) fn sync(&mut self, lost: &mut Vec<Lost>) {
        let mut failed = BTreeSet::new();
        for (room, (file, _)) in &mut self.open {
            let span = file.unsynced;
            if let (Err(error), Some(span)) = (file.sync(), span) {
                lost.push(Lost { room: room.clone(), span, error });
                failed.insert(room.clone());
            }
        }
        for room in failed {
            self.forget(&room);
        }
    }

    pub(crate) fn is_dirty(&self) -> bool {
        self.open.values().any(|(file, _)| file.unsynced.is_some())
    }

    fn sync_one(&mut self, room: &RoomJid, file: &mut DayFile, lost: &mut Vec<Lost>) {
        let span = file.unsynced;
        if let (Err(error), Some(span)) = (file.sync(), span) {
            lost.push(Lost { room: room.clone(), span, error });
            self.ends.remove(room);
        }
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
