//! The number of the last acknowledged transaction, kept beside sled.
//!
//! sled takes damage near the end of its log for the place where a crash stopped it, and goes back to the state before,
//! meta value and all. Only something outside of it can tell that acknowledged changes are gone.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::Path,
};

const SLOT_BYTES: usize = 16;

/// Two slots, written in turn, so that a torn write leaves the other one.
#[derive(Debug)]
pub(crate) struct Acked {
    file: File,
}

impl Acked {
    /// Opens the file, or makes it, and reads the highest number in it; zero if there is none.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, u64)> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut highest = 0;
        for offset in [0, SLOT_BYTES as u64] {
            let mut slot = [0; SLOT_BYTES];
            if file.read_exact_at(&mut slot, offset).is_ok() {
                highest = highest.max(decode(&slot).unwrap_or(0));
            }
        }
        Ok((Self { file }, highest))
    }

    /// Notes that this transaction is on disk. Not flushed: after a power cut the number may be an older one, which
    /// notices less but never refuses a good store.
    pub(crate) fn note(&self, commit: u64) -> io::Result<()> {
        let offset = if commit.is_multiple_of(2) { 0 } else { SLOT_BYTES as u64 };
        self.file.write_all_at(&encode(commit), offset)
    }
}

fn encode(commit: u64) -> [u8; SLOT_BYTES] {
    let number = commit.to_le_bytes();
    let sum = crc32fast::hash(&number).to_le_bytes();
    let mut slot = [0; SLOT_BYTES];
    for (to, from) in slot.iter_mut().zip(number.iter().chain(&sum)) {
        *to = *from;
    }
    slot
}

fn decode(slot: &[u8; SLOT_BYTES]) -> Option<u64> {
    let (number, rest) = slot.split_first_chunk::<8>()?;
    let (sum, _) = rest.split_first_chunk::<4>()?;
    (crc32fast::hash(number).to_le_bytes() == *sum).then_some(u64::from_le_bytes(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_slot_leaves_the_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("acked");
        let (acked, highest) = Acked::open(&path).unwrap();
        assert_eq!(highest, 0);
        acked.note(6).unwrap();
        acked.note(7).unwrap();
        assert_eq!(Acked::open(&path).unwrap().1, 7);
        acked.file.write_all_at(b"x", 20).unwrap();
        assert_eq!(Acked::open(&path).unwrap().1, 6);
    }
}
