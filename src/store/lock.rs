//! A lock on a folder, so that two processes never write one store.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, SeekFrom, Write},
    path::Path,
};

use crate::store::error::StoreError;

/// Holds the folder until it is dropped, or the process ends in whatever way.
#[derive(Debug)]
pub(crate) struct DirLock {
    #[expect(dead_code, reason = "the lock lives as long as the open file")]
    file: File,
}

impl DirLock {
    /// Takes the folder, which must exist.
    ///
    /// # Errors
    /// [`StoreError::InUse`] with the number of the process that has it.
    pub(crate) fn take(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join("lock");
        let io = |what| StoreError::io(what, &path);
        // Never truncated on open: the number in it belongs to the holder.
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(io("open"))?;
        match file.try_lock() {
            Ok(()) => (),
            Err(TryLockError::WouldBlock) => return Err(in_use(dir, &mut file)),
            Err(TryLockError::Error(source)) => return Err(io("lock")(source)),
        }
        // The number only makes the message better; on a full disk the lock must still work.
        if let Err(error) = write_pid(&mut file) {
            tracing::debug!(%error, "the lock file keeps no process number");
        }
        Ok(Self { file })
    }
}

fn write_pid(file: &mut File) -> std::io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.set_len(0)?;
    file.write_all(std::process::id().to_string().as_bytes())
}

fn in_use(dir: &Path, file: &mut File) -> StoreError {
    let mut text = String::new();
    let read = file.take(32).read_to_string(&mut text);
    let holder = match (read, text.trim().parse::<u32>()) {
        (Ok(_), Ok(pid)) => format!("process {pid}"),
        _ => "another process".to_owned(),
    };
    StoreError::InUse { path: dir.to_owned(), holder }
}
