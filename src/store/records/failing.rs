//! What the writer does while the disk, or a room's own files, take nothing: it says so once and tries again.

use std::fs;

use domovoi_plugin::RoomJid;

use crate::store::records::writer::Writer;

impl Writer {
    /// A failure of one room's files, or the first sign that the disk takes nothing.
    pub(super) fn room_failed(&mut self, room: &RoomJid, why: &str) {
        if self.broken.is_some() {
            return;
        }
        let dir = self.files.dir(room);
        if let Err(error) = self.probe() {
            tracing::error!(path = %self.files.root().display(), %error, "records cannot be written, they are dropped");
            self.broken = Some(error.to_string());
            self.health.send_modify(|it| {
                it.writable = false;
                it.last_error = Some(error.to_string());
            });
        } else if self.bad_rooms.insert(room.clone()) {
            tracing::warn!(path = %dir.display(), why, "the records of a room cannot be written, they are dropped");
            self.health.send_modify(|it| it.last_error = Some(format!("{}: {why}", dir.display())));
        }
    }

    /// Tries the disk again, and rooms that failed.
    pub(super) fn retry(&mut self) {
        if let Err(error) = self.probe() {
            tracing::debug!(%error, "records still cannot be written");
            return;
        }
        self.bad_rooms.clear();
        if self.broken.take().is_some() {
            let n_dropped = self.health.borrow().dropped;
            tracing::info!(n_dropped, "records are written again");
        }
        self.health.send_modify(|it| {
            it.writable = true;
            it.last_error = None;
        });
    }

    /// Whether the disk takes a few records.
    fn probe(&self) -> std::io::Result<()> {
        if let Some(faults) = &self.options.faults {
            faults.before_write()?;
        }
        let path = self.files.root().join("probe");
        let done = fs::write(&path, vec![1; 1 << 18]).and_then(|()| fs::File::open(&path)?.sync_all());
        // A probe that stays behind does no harm, and the next one overwrites it.
        fs::remove_file(&path).ok();
        done
    }
}
