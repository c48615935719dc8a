//! A day file that is open for appending: repaired at its end when opened, cut back when a write fails.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use domovoi_plugin::Timestamp;

use crate::store::{
    faults::Faults,
    records::line::{MAX_LINE_BYTES, Tail},
    state::opening::sync_dir,
};

/// How far from its end the last line end of a file is looked for: zeros after a power cut can be many.
const MAX_TAIL_BYTES: u64 = 64 * 1024 * 1024;

/// Names the days of instants, of which most are on the same one.
#[derive(Debug, Default)]
pub(crate) struct Calendar {
    last: Option<(i64, String)>,
}

impl Calendar {
    /// The UTC day of this instant.
    pub(crate) fn of(&mut self, at: Timestamp) -> String {
        let number = at.as_millis().div_euclid(86_400_000);
        match &self.last {
            Some((last, day)) if *last == number => day.clone(),
            _ => self.last.insert((number, at.utc_day())).1.clone(),
        }
    }
}

/// Which records are meant: those that are not on disk for certain, or are lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) n: u64,
    /// How many of them were counted as lost before: those that a gap mark among them tells of.
    pub(crate) n_counted: u64,
}

impl Span {
    pub(crate) const fn of(at: Timestamp) -> Self {
        Self { from: at, until: at, n: 1, n_counted: 0 }
    }

    /// How many are to be counted as lost, if these are.
    pub(crate) const fn n_uncounted(&self) -> u64 {
        self.n.saturating_sub(self.n_counted)
    }

    /// Both together.
    pub(crate) fn join(self, other: Self) -> Self {
        let (from, until) = (self.from.min(other.from), self.until.max(other.until));
        let n_counted = self.n_counted.saturating_add(other.n_counted);
        Self { from, until, n: self.n.saturating_add(other.n), n_counted }
    }
}

/// The file.
#[derive(Debug)]
pub(crate) struct DayFile {
    file: File,
    pub(crate) path: PathBuf,
    pub(crate) day: String,
    n_bytes: u64,
    n_synced: u64,
    pub(crate) unsynced: Option<Span>,
}

impl DayFile {
    /// Opens the file, or makes it, and mends its end.
    pub(crate) fn open(dir: &Path, path: PathBuf, day: &str) -> io::Result<Self> {
        let is_new = !path.exists();
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
        if is_new {
            sync_dir(dir)?;
        }
        let n_bytes = repair(&file, &path)?;
        Ok(Self { file, path, day: day.to_owned(), n_bytes, n_synced: n_bytes, unsynced: None })
    }

    /// Writes whole lines at the end; on failure nothing of them stays.
    pub(crate) fn append(&mut self, lines: &[u8], span: Span, faults: Option<&Faults>) -> io::Result<()> {
        let checked = faults.map_or(Ok(()), Faults::before_write);
        let written = checked.and_then(|()| self.file.write_all_at(lines, self.n_bytes));
        if let Err(error) = written {
            self.cut(self.n_bytes);
            return Err(error);
        }
        self.n_bytes += lines.len() as u64;
        self.unsynced = Some(self.unsynced.map_or(span, |it| it.join(span)));
        Ok(())
    }

    /// Brings everything to the disk. On failure nobody knows what is there, so all since the last time is taken back.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        if self.unsynced.is_none() {
            return Ok(());
        }
        if let Err(error) = self.file.sync_data() {
            self.cut(self.n_synced);
            return Err(error);
        }
        self.n_synced = self.n_bytes;
        self.unsynced = None;
        Ok(())
    }

    fn cut(&mut self, n_bytes: u64) {
        if let Err(error) = self.file.set_len(n_bytes) {
            // What stays is mended when the file is opened next.
            tracing::debug!(%error, path = %self.path.display(), "a failed write could not be cut off");
        }
        self.n_bytes = n_bytes;
    }
}

/// Makes the file end with a line end, and says how long it is then.
pub(crate) fn repair(file: &File, path: &Path) -> io::Result<u64> {
    let n_bytes = file.metadata()?.len();
    let (start, tail) = tail_of(file, n_bytes)?;
    match Tail::of(&tail) {
        Tail::Clean => return Ok(n_bytes),
        Tail::Unended(_) => file.write_all_at(b"\n", n_bytes)?,
        Tail::BadEnd(_) => file.write_all_at(b"\n", n_bytes - 1)?,
        Tail::Torn if MAX_LINE_BYTES < tail.len() && tail.iter().any(|it| *it != 0) => {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its end is no record"));
        }
        Tail::Torn => {
            tracing::info!(path = %path.display(), n_bytes = tail.len(), "an unfinished record of a crash was cut off");
            file.set_len(start)?;
        }
    }
    file.sync_data()?;
    Ok(file.metadata()?.len())
}

/// What stands after the last line end, and where it begins.
fn tail_of(file: &File, n_bytes: u64) -> io::Result<(u64, Vec<u8>)> {
    let mut window: u64 = 4096;
    loop {
        let start = n_bytes.saturating_sub(window);
        let mut bytes = vec![0; usize::try_from(n_bytes - start).map_err(io::Error::other)?];
        file.read_exact_at(&mut bytes, start)?;
        if let Some(n) = bytes.iter().rposition(|it| *it == b'\n') {
            return Ok((start + n as u64 + 1, bytes.split_off(n + 1)));
        }
        if start == 0 {
            return Ok((0, bytes));
        }
        if MAX_TAIL_BYTES < window {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its end is no record"));
        }
        window *= 8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::records::line::encode;
    use domovoi_plugin::{Record, RecordKind};
    use std::fs;

    fn lines(n: usize) -> Vec<u8> {
        let room: domovoi_plugin::RoomJid = "garden@chat.example".parse().unwrap();
        let record = Record::new(Timestamp::from_millis(1), room, RecordKind::Join);
        let mut line = Vec::new();
        encode(&record, &mut line).unwrap();
        line.repeat(n)
    }

    #[test]
    fn a_torn_end_is_cut_and_a_whole_one_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("2026-11-22.jsonl");
        let three = lines(3);
        let two = lines(2).len();
        for n in two..=three.len() {
            fs::write(&path, &three[..n]).unwrap();
            DayFile::open(dir.path(), path.clone(), "2026-11-22").unwrap();
            let whole = three.len() - 1 <= n;
            assert_eq!(fs::read(&path).unwrap(), if whole { &three[..] } else { &three[..two] }, "{n} bytes");
        }
        let zeros = [&three[..], &[0; 9000]].concat();
        fs::write(&path, zeros).unwrap();
        DayFile::open(dir.path(), path.clone(), "2026-11-22").unwrap();
        assert_eq!(fs::read(&path).unwrap(), three);
    }

    #[test]
    fn a_file_that_is_no_record_file_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("2026-11-22.jsonl");
        let bytes = vec![b'x'; 8 * MAX_LINE_BYTES];
        fs::write(&path, &bytes).unwrap();
        assert!(DayFile::open(dir.path(), path.clone(), "2026-11-22").is_err());
        assert!(fs::read(&path).unwrap() == bytes);
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("2026-11-22.jsonl");
        let mut file = DayFile::open(dir.path(), path.clone(), "2026-11-22").unwrap();
        let (faults, span) = (Faults::new(), Span::of(Timestamp::from_millis(1)));
        file.append(&lines(1), span, Some(&faults)).unwrap();
        faults.fill_disk();
        file.append(&lines(1), span, Some(&faults)).unwrap_err();
        faults.free_disk();
        file.append(&lines(1), span, Some(&faults)).unwrap();
        file.sync().unwrap();
        assert_eq!(fs::read(&path).unwrap(), lines(2));
    }
}
