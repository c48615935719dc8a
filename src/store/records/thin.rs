//! Takes single records out of days that are over: what is kept for a shorter time than the rest, and what somebody
//! does not want kept.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
    sync::Arc,
};

use domovoi_plugin::{Record, RoomJid};

use crate::store::{
    error::{StoreError, chain},
    records::{
        line::encode,
        path::{days, packed, plain},
        reader::Reader,
        room::keep_seq,
        writer::Writer,
    },
    state::{dump::encoder, opening::sync_dir},
};

/// Whether a record stays.
pub type KeepRecord = Arc<dyn Fn(&Record) -> bool + Send + Sync>;

/// Days, as `2026-11-22`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Days {
    /// From this one on; from the first for none.
    pub from: String,
    /// Up to the one before this.
    pub before: String,
}

impl Writer {
    pub(super) fn thin(&mut self, room: &RoomJid, range: &Days, keep: &KeepRecord) -> Result<u64, StoreError> {
        let dir = self.files.dir(room);
        let all = days(&dir).map_err(StoreError::io("list", &dir))?;
        let mut n_gone = 0;
        let is_meant = |it: &String| range.from <= *it && *it < range.before && *it < self.today;
        let meant: Vec<String> = all.into_keys().filter(is_meant).collect();
        for day in &meant {
            match n_unwanted(&dir, day, keep) {
                Ok(0) => continue,
                Ok(n) => n_gone += n,
                Err(error) => {
                    let why = chain(&error);
                    tracing::warn!(path = %dir.display(), day, why, "a day of records stays as it is, it cannot be read");
                    continue;
                }
            }
            let mut lost = Vec::new();
            self.files.close(room, &mut lost);
            self.handle_lost(lost);
            // The last number may be among what goes, and none is used twice.
            let end = self.files.end(room).map_err(StoreError::io("read", &dir))?;
            keep_seq(&dir, end.next_seq).map_err(StoreError::io("write to", &dir))?;
            rewrite(&dir, day, keep)?;
            self.files.forget(room);
        }
        Ok(n_gone)
    }
}

fn n_unwanted(dir: &Path, day: &str, keep: &KeepRecord) -> Result<u64, StoreError> {
    let mut n = 0;
    for record in Reader::of_day(dir, day)? {
        n += u64::from(!keep(&record?));
    }
    Ok(n)
}

/// Writes what stays beside the packed file, replaces that, and removes the plain one.
fn rewrite(dir: &Path, day: &str, keep: &KeepRecord) -> Result<(), StoreError> {
    let (from, to) = (plain(dir, day), packed(dir, day));
    let temporary = dir.join(format!("{day}.jsonl.zst.new"));
    let io = |error| StoreError::io("rewrite", &to)(error);
    let mut frame = encoder(BufWriter::new(File::create(&temporary).map_err(io)?)).map_err(io)?;
    let (mut n_kept, mut line) = (0, Vec::new());
    for record in Reader::of_day(dir, day)? {
        let record = record?;
        if keep(&record) {
            encode(&record, &mut line).map_err(|it| io(it.into()))?;
            frame.write_all(&line).map_err(io)?;
            n_kept += 1;
        }
    }
    let file = frame.finish().map_err(io)?.into_inner().map_err(|it| io(it.into_error()))?;
    file.sync_all().map_err(io)?;
    // A crash in between leaves records that go the next time.
    if 0 < n_kept {
        fs::rename(&temporary, &to).map_err(io)?;
    } else {
        fs::remove_file(&temporary).map_err(io)?;
        remove(&to)?;
    }
    remove(&from)?;
    sync_dir(dir).map_err(io)
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StoreError::io("delete", path)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
