//! What the writer must know of a room before it appends: the next `seq` and the newest day.
//!
//! Read from the end of its newest file when the room is first written to, so that a start does not read all rooms.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use domovoi_plugin::{StanzaId, Timestamp};

use crate::store::{
    error::StoreError,
    records::{
        known::{KnownIds, print_of},
        line::decode,
        path::{days, packed, plain},
        reader::{From, Reader},
    },
    state::opening::sync_dir,
};

/// How much of a file's end is looked at first.
const WINDOW_BYTES: u64 = 64 * 1024;
/// Where the newest file cannot be read to its end, `seq` goes on behind any number that can have been in it.
const SAFE_JUMP: u64 = 1_000_000_000;

/// The end of a room's records.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct RoomEnd {
    pub(crate) next_seq: u64,
    /// The newest day that has a file; no later record goes to an earlier one.
    pub(crate) day: Option<String>,
}

impl RoomEnd {
    /// Reads it from the room's folder.
    pub(crate) fn load(dir: &Path) -> io::Result<Self> {
        let days = days(dir)?;
        let kept = read_kept_seq(dir)?;
        let mut jump = 0;
        let mut next_seq = kept.unwrap_or(1);
        for (day, files) in days.iter().rev() {
            let plain_end = if files.plain { plain_seq(&plain(dir, day))? } else { End::Empty };
            let end = if plain_end == End::Empty && files.packed { packed_seq(dir, day) } else { plain_end };
            match end {
                End::Next(seq) => {
                    next_seq = next_seq.max(seq);
                    break;
                }
                End::Damaged => jump = SAFE_JUMP,
                End::Empty => (),
            }
        }
        if 0 < jump {
            tracing::warn!(path = %dir.display(), "the newest records are damaged, numbers go on far behind them");
        }
        Ok(Self { next_seq: next_seq.saturating_add(jump), day: days.into_keys().next_back() })
    }
}

/// What the end of a file says about the next `seq`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Next(u64),
    Empty,
    Damaged,
}

/// From the last lines of a plain file, which ends with a line end.
fn plain_seq(path: &Path) -> io::Result<End> {
    let mut file = File::open(path)?;
    let n_bytes = file.metadata()?.len();
    if n_bytes == 0 {
        return Ok(End::Empty);
    }
    for window in [WINDOW_BYTES, 64 * WINDOW_BYTES] {
        let start = n_bytes.saturating_sub(window);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.by_ref().take(window).read_to_end(&mut bytes)?;
        let lines = bytes.strip_suffix(b"\n").unwrap_or(&bytes).rsplit(|it| *it == b'\n');
        for (n_after, line) in lines.enumerate() {
            if let Ok(record) = decode(line) {
                let seq = record.seq.unwrap_or(0).saturating_add(n_after as u64).saturating_add(1);
                return Ok(End::Next(seq));
            }
        }
    }
    Ok(End::Damaged)
}

/// From a packed file, which has to be unpacked.
fn packed_seq(dir: &Path, day: &str) -> End {
    let Ok(reader) = Reader::of_dir(dir, &From::Day(day.to_owned())) else { return End::Damaged };
    let mut last = End::Empty;
    for record in reader {
        match record {
            Ok(record) => last = End::Next(record.seq.unwrap_or(0).saturating_add(1)),
            Err(_) => return End::Damaged,
        }
    }
    last
}

/// Keeps the next `seq` where the newest file is about to go, so that numbers are never used twice.
pub(crate) fn keep_seq(dir: &Path, next_seq: u64) -> io::Result<()> {
    let sum = crc32fast::hash(next_seq.to_string().as_bytes());
    // Twice, so that damage to one line leaves the other.
    let line = format!("{next_seq} {sum:08x}\n");
    let temporary = dir.join("seq.new");
    fs::write(&temporary, line.repeat(2))?;
    File::open(&temporary)?.sync_all()?;
    fs::rename(&temporary, dir.join("seq"))?;
    sync_dir(dir)
}

fn read_kept_seq(dir: &Path) -> io::Result<Option<u64>> {
    let text = match fs::read(dir.join("seq")) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let read = |line: &str| {
        let (digits, sum) = line.split_once(' ')?;
        let is_right = u32::from_str_radix(sum, 16).ok()? == crc32fast::hash(digits.as_bytes());
        is_right.then(|| digits.parse::<u64>().ok()).flatten()
    };
    match text.lines().filter_map(read).max() {
        Some(seq) => Ok(Some(seq)),
        None => Ok(Some(SAFE_JUMP)),
    }
}

/// The room's id of the newest message in the records, and when that was said.
///
/// Newest by its own time: what was filled in later came later but is older.
pub(crate) fn last_stanza_id(dir: &Path) -> Result<Option<(StanzaId, Timestamp)>, StoreError> {
    let days = days(dir).map_err(StoreError::io("list", dir))?;
    for (day, files) in days.iter().rev() {
        let mut newest: Option<(StanzaId, Timestamp)> = None;
        for record in Reader::of_dir(dir, &From::Day(day.clone()))? {
            let record = match record {
                Ok(record) => record,
                // What can be read is enough; damage is told by whoever needs all of it.
                Err(StoreError::Damaged { .. }) => continue,
                Err(error) => return Err(error),
            };
            if let Some(id) = record.stanza_id
                && newest.as_ref().is_none_or(|(_, at)| *at <= record.at)
            {
                newest = Some((id, record.at));
            }
        }
        if newest.is_some() {
            return Ok(newest);
        }
        tracing::trace!(day, ?files, "no stanza id in this day");
    }
    Ok(None)
}

/// The room's ids of what came on this day and later, at most so many: those of the newest.
pub(crate) fn stanza_ids_since(dir: &Path, day: String, max: usize) -> Result<KnownIds, StoreError> {
    let mut prints = VecDeque::new();
    for record in Reader::of_dir(dir, &From::Day(day))? {
        match record {
            Ok(record) => prints.extend(record.stanza_id.as_ref().map(print_of)),
            // What can be read is enough; damage is told by whoever needs all of it.
            Err(StoreError::Damaged { .. }) => (),
            Err(error) => return Err(error),
        }
        if max < prints.len() {
            prints.pop_front();
        }
    }
    Ok(KnownIds::of_prints(prints.into()))
}

/// The files of days before `day`.
pub(crate) fn files_before(dir: &Path, day: &str) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for (it, found) in days(dir)? {
        if it.as_str() < day {
            files.extend(found.packed.then(|| packed(dir, &it)));
            files.extend(found.plain.then(|| plain(dir, &it)));
        }
    }
    Ok(files)
}
