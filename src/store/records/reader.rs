//! Reads the records of a room in their order, packed days and plain ones, also while the writer works on them.
//!
//! Damage is an item of its own: whoever reads decides whether to go on. Blocking; for blocking threads only.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use domovoi_plugin::{Record, RoomJid};

use crate::store::{
    error::StoreError,
    records::{
        line::{MAX_LINE_BYTES, Tail, decode},
        path::{days, plain, room_dir},
    },
};

/// Where reading begins.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum From {
    /// With the oldest record.
    #[default]
    Start,
    /// With this `seq`.
    Seq(u64),
    /// With the first record of this UTC day, as `2026-11-22`.
    Day(String),
}

/// The records of a room, in their order.
pub struct Reader {
    sources: VecDeque<Source>,
    open: Option<OpenSource>,
    /// The last `seq` given out of the day that is being read.
    last_seq: u64,
    first_seq: u64,
}

/// A file that is still to be read.
#[derive(Clone, Debug)]
struct Source {
    /// Without `.zst`.
    plain: PathBuf,
    day: String,
    is_packed: bool,
    /// Whether records up to `last_seq` were given out already, from the other file of that day.
    is_second: bool,
}

struct OpenSource {
    source: Source,
    path: PathBuf,
    lines: Box<dyn BufRead + Send>,
    n_lines: u64,
}

impl Source {
    fn path(&self) -> PathBuf {
        if self.is_packed { self.plain.with_extension("jsonl.zst") } else { self.plain.clone() }
    }
}

impl Reader {
    /// The records of a room under `root`, the folder of all rooms.
    ///
    /// # Errors
    /// If the room's folder cannot be listed. A room without one has no records.
    pub fn open(root: &Path, room: &RoomJid, from: &From) -> Result<Self, StoreError> {
        Self::of_dir(&room_dir(root, room), from)
    }

    pub(crate) fn of_dir(dir: &Path, from: &From) -> Result<Self, StoreError> {
        let mut sources = VecDeque::new();
        for (day, files) in days(dir).map_err(StoreError::io("list", dir))? {
            let source =
                |is_packed, is_second| Source { plain: plain(dir, &day), day: day.clone(), is_packed, is_second };
            if files.packed {
                sources.push_back(source(true, false));
            }
            if files.plain {
                sources.push_back(source(false, files.packed));
            }
        }
        let mut first_seq = 0;
        match from {
            From::Start => (),
            From::Day(first) => sources.retain(|it| *first <= it.day),
            From::Seq(seq) => {
                first_seq = *seq;
                skip_older(&mut sources, first_seq);
            }
        }
        Ok(Self { sources, open: None, last_seq: 0, first_seq })
    }

    /// The records of one day.
    pub(crate) fn of_day(dir: &Path, day: &str) -> Result<Self, StoreError> {
        let mut reader = Self::of_dir(dir, &From::Day(day.to_owned()))?;
        reader.sources.retain(|it| it.day == day);
        Ok(reader)
    }

    /// The records of one packed file, wherever it lies.
    pub(crate) fn of_file(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(StoreError::io("open", path))?;
        let source = Source { plain: path.to_owned(), day: String::new(), is_packed: true, is_second: false };
        let open = open_packed(file).map(|lines| OpenSource { source, path: path.to_owned(), lines, n_lines: 0 });
        let open = Some(open.map_err(StoreError::io("open", path))?);
        Ok(Self { sources: VecDeque::new(), open, last_seq: 0, first_seq: 0 })
    }

    /// The next line that is a record, from the files that are left.
    fn advance(&mut self) -> Option<Result<Record, StoreError>> {
        loop {
            if self.open.is_none() {
                let source = self.sources.pop_front()?;
                if !source.is_second {
                    self.last_seq = 0;
                }
                match open(&source) {
                    Ok(it) => self.open = Some(it),
                    // Packed or purged in between; packed it is there again under the other name.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        if !source.is_packed {
                            self.sources.push_front(Source { is_packed: true, is_second: true, ..source });
                        }
                        continue;
                    }
                    Err(error) => return Some(Err(StoreError::io("open", source.path())(error))),
                }
            }
            let open = self.open.as_mut()?;
            match open.next() {
                Some(Ok(record)) => {
                    let seq = record.seq.unwrap_or(0);
                    let is_known = open.source.is_second && seq <= self.last_seq;
                    if seq < self.first_seq || is_known {
                        continue;
                    }
                    self.last_seq = self.last_seq.max(seq);
                    return Some(Ok(record));
                }
                Some(Err(error)) => return Some(Err(error)),
                None => self.open = None,
            }
        }
    }
}

impl Iterator for Reader {
    type Item = Result<Record, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.advance();
        if let Some(Err(StoreError::Io { .. })) = &item {
            self.open = None;
        }
        item
    }
}

impl OpenSource {
    fn next(&mut self) -> Option<Result<Record, StoreError>> {
        let mut line = Vec::new();
        let limit = MAX_LINE_BYTES as u64 + 1;
        self.n_lines += 1;
        match self.lines.by_ref().take(limit).read_until(b'\n', &mut line) {
            Ok(0) => return None,
            Ok(_) => (),
            Err(error) => {
                // Nothing after this can be read.
                self.lines = Box::new(io::empty());
                return Some(Err(self.damaged(&error.to_string())));
            }
        }
        if let Some(line) = line.strip_suffix(b"\n") {
            return Some(decode(line).map_err(|it| self.damaged(&it)));
        }
        if line.len() as u64 == limit {
            self.lines = Box::new(io::empty());
            return Some(Err(self.damaged("it is too long for a record")));
        }
        match Tail::of(&line).into_record() {
            Some(record) => Some(Ok(record)),
            None if self.source.is_packed => Some(Err(self.damaged("it is cut off"))),
            // Being written at this moment, or left by a crash: never acknowledged.
            None => None,
        }
    }

    fn damaged(&self, what: &str) -> StoreError {
        StoreError::damaged(&self.path, format!("line {}: {what}", self.n_lines))
    }
}

fn open(source: &Source) -> io::Result<OpenSource> {
    let path = source.path();
    let file = File::open(&path)?;
    let lines = if source.is_packed { open_packed(file)? } else { Box::new(BufReader::new(file)) };
    Ok(OpenSource { source: source.clone(), path, lines, n_lines: 0 })
}

fn open_packed(file: File) -> io::Result<Box<dyn BufRead + Send>> {
    Ok(Box::new(BufReader::new(zstd::stream::read::Decoder::new(file)?)))
}

/// Leaves out the files that end before `seq`: all before the last one that begins at or before it.
fn skip_older(sources: &mut VecDeque<Source>, seq: u64) {
    let begins_before = |source: &Source| {
        let first = open(source).ok().and_then(|mut it| it.next());
        matches!(first, Some(Ok(record)) if record.seq.is_some_and(|it| it <= seq))
    };
    if let Some(n) = sources.iter().rposition(begins_before) {
        sources.drain(..n);
        if let Some(first) = sources.front_mut() {
            first.is_second = false;
        }
    }
}
