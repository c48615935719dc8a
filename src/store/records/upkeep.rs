//! What the writer does between writing: packing days that are over, and deleting those that nobody wants any more.

use std::fs;

use domovoi_plugin::RoomJid;

use crate::store::{
    error::{StoreError, chain},
    records::{
        pack::pack,
        path::{days, plain, room_dirs},
        room::{files_before, keep_seq},
        writer::Writer,
    },
};

impl Writer {
    /// Finds the days before this one that are not packed.
    pub(super) fn sweep(&mut self, today: &str) {
        self.today = today.to_owned();
        let dirs = room_dirs(self.files.root()).unwrap_or_else(|error| {
            tracing::warn!(%error, "the folder of the records cannot be listed");
            Vec::new()
        });
        self.to_pack.clear();
        for dir in dirs {
            let old = days(&dir).unwrap_or_default().into_iter();
            let old = old.filter(|(day, files)| files.plain && day.as_str() < today);
            self.to_pack.extend(old.map(|(day, _)| (dir.clone(), day)));
        }
    }

    pub(super) fn pack_one(&mut self) {
        let Some((dir, day)) = self.to_pack.pop_front() else { return };
        let path = plain(&dir, &day);
        let mut lost = Vec::new();
        self.files.close_path(&path, &mut lost);
        self.handle_lost(lost);
        if self.broken.is_some() || !path.exists() {
            return;
        }
        match pack(&dir, &day) {
            Ok(()) => self.health.send_modify(|it| it.packed += 1),
            Err(error) => {
                let why = chain(&error);
                tracing::warn!(path = %path.display(), why, "a day of records stays as it is, it cannot be packed");
            }
        }
    }

    pub(super) fn purge(&mut self, room: &RoomJid, before: &str) -> Result<usize, StoreError> {
        let mut lost = Vec::new();
        self.files.close(room, &mut lost);
        self.handle_lost(lost);
        let dir = self.files.dir(room);
        let files = files_before(&dir, before).map_err(StoreError::io("list", &dir))?;
        if files.is_empty() {
            return Ok(0);
        }
        let end = self.files.end(room).map_err(StoreError::io("read", &dir))?;
        keep_seq(&dir, end.next_seq).map_err(StoreError::io("write to", &dir))?;
        end.day = None;
        for file in &files {
            fs::remove_file(file).map_err(StoreError::io("delete", file))?;
        }
        self.files.forget(room);
        Ok(files.len())
    }
}
