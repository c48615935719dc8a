//! Lines of record files in order of time, without holding the files in memory.
//!
//! Files that are in order are read line by line, several of them at once. A line that is older than one before it ends
//! that: then the files are read again, first for time and place of each line (32 bytes a line are held), then line by
//! line at those places. A compressed file that is out of order is held whole, since nobody can jump about in it.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, binary_heap::PeekMut, btree_map::Entry},
    fs,
    io::{self, BufRead, BufReader, Cursor, Read},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use domovoi_plugin::Timestamp;

use crate::host::replay::time_of;

/// Longer lines are no records; they are cut, and so malformed.
const MAX_LINE_BYTES: usize = 4 * 1024 * 1024;
/// What is read of a file at once.
const PIECE: usize = 128 * 1024;
/// So much of the beginning of each file shows what its times look like.
const HEAD_BYTES: u64 = 64 * 1024;
/// So many files are open at once where lines are looked up here and there.
const MOST_OPEN: usize = 200;
/// How a zstd file begins.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A file of records.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    is_packed: bool,
    pub(super) n_bytes: u64,
}

/// How a reading ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Flow {
    /// With the last line.
    Whole,
    /// With a line that should have come before.
    OutOfOrder,
}

/// Is handed each line, and how much has been read of all files so far.
type Take<'a> = &'a mut dyn FnMut(&[u8], u64);

/// What kind of files they are.
///
/// # Errors
/// If one cannot be read.
pub(super) fn look_at(paths: &[PathBuf]) -> anyhow::Result<Vec<File>> {
    let look = |path: &PathBuf| {
        let file = open(path)?;
        let about = file.metadata().with_context(|| cannot_read(path))?;
        anyhow::ensure!(!about.is_dir(), "{}: it is a folder", cannot_read(path));
        anyhow::ensure!(about.is_file(), "{}: it is no plain file", cannot_read(path));
        let mut head = Vec::new();
        file.take(4).read_to_end(&mut head).with_context(|| cannot_read(path))?;
        Ok(File { path: path.clone(), is_packed: head == ZSTD, n_bytes: about.len() })
    };
    paths.iter().map(look).collect()
}

fn open(path: &Path) -> anyhow::Result<fs::File> {
    fs::File::open(path).with_context(|| cannot_read(path))
}

fn cannot_read(path: &Path) -> String {
    format!("cannot read {}", path.display())
}

/// The lines of one file, each with its time; a line without one has that of the line before it.
struct Lines<'a> {
    file: &'a File,
    reader: Box<dyn BufRead>,
    line: Vec<u8>,
    at: Timestamp,
    /// Bytes read so far, line ends included.
    n_read: u64,
}

impl<'a> Lines<'a> {
    fn open(file: &'a File) -> anyhow::Result<Self> {
        let plain = open(&file.path)?;
        let reader: Box<dyn BufRead> = if file.is_packed {
            let unpacked = zstd::stream::read::Decoder::new(plain).with_context(|| cannot_read(&file.path))?;
            Box::new(BufReader::with_capacity(PIECE, unpacked))
        } else {
            Box::new(BufReader::with_capacity(PIECE, plain))
        };
        Ok(Self { file, reader, line: Vec::new(), at: Timestamp::from_millis(i64::MIN), n_read: 0 })
    }

    /// Goes on to the next line; `false` at the end.
    fn advance(&mut self) -> anyhow::Result<bool> {
        self.line.clear();
        let limit = MAX_LINE_BYTES as u64;
        let n = self.reader.by_ref().take(limit).read_until(b'\n', &mut self.line);
        let mut n = n.with_context(|| cannot_read(&self.file.path))? as u64;
        if n == limit && !self.line.ends_with(b"\n") {
            n += self.skip_line().with_context(|| cannot_read(&self.file.path))?;
        }
        self.n_read += n;
        self.at = time_of(&self.line).unwrap_or(self.at);
        Ok(0 < n)
    }

    /// Reads on to the end of a line without keeping any of it.
    fn skip_line(&mut self) -> io::Result<u64> {
        let mut n_skipped = 0;
        loop {
            let piece = self.reader.fill_buf()?;
            let end = piece.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
            let n = end.unwrap_or(piece.len());
            self.reader.consume(n);
            n_skipped += n as u64;
            if end.is_some() || n == 0 {
                return Ok(n_skipped);
            }
        }
    }

    /// How much of the file was read, as far as one can tell: of a compressed one guessed.
    fn n_done(&self) -> u64 {
        if self.file.is_packed { (self.n_read / 8).min(self.file.n_bytes) } else { self.n_read }
    }
}

/// Hands on the first lines of each file.
///
/// # Errors
/// If a file cannot be read.
pub(super) fn heads(files: &[File], take: &mut dyn FnMut(&[u8])) -> anyhow::Result<()> {
    for file in files {
        let mut lines = Lines::open(file)?;
        while lines.n_read < HEAD_BYTES && lines.advance()? {
            take(&lines.line);
        }
    }
    Ok(())
}

/// Hands on the lines of all files in order of time, those of one time in the order of files and lines, as long as
/// each file is in order.
///
/// # Errors
/// If a file cannot be read.
pub(super) fn stream(files: &[File], take: Take<'_>) -> anyhow::Result<Flow> {
    let mut order = BinaryHeap::new();
    for (number, file) in files.iter().enumerate() {
        // Closed again: of a year of days one is read at a time, and nobody may have thousands of files open.
        let mut lines = Lines::open(file)?;
        if lines.advance()? {
            order.push(Reverse((lines.at, number)));
        }
    }
    let mut open: BTreeMap<usize, Lines<'_>> = BTreeMap::new();
    let mut n_done = 0;
    while let Some(mut first) = order.peek_mut() {
        let number = first.0.1;
        let lines = match open.entry(number) {
            Entry::Occupied(lines) => lines.into_mut(),
            Entry::Vacant(place) => {
                let Some(file) = files.get(number) else { break };
                let mut lines = Lines::open(file)?;
                lines.advance()?;
                place.insert(lines)
            }
        };
        let (at, done) = (lines.at, lines.n_done());
        take(&lines.line, n_done + done);
        if !lines.advance()? {
            n_done += lines.file.n_bytes;
            PeekMut::pop(first);
            open.remove(&number);
        } else if lines.at < at {
            return Ok(Flow::OutOfOrder);
        } else if lines.at != at {
            first.0.0 = lines.at;
        }
    }
    Ok(Flow::Whole)
}

/// Where a line is.
struct Place {
    at: Timestamp,
    file: usize,
    begins: u64,
    n_bytes: usize,
}

/// As [`stream`], whatever the order within the files.
///
/// # Errors
/// If a file cannot be read.
pub(super) fn sorted(files: &[File], take: Take<'_>) -> anyhow::Result<()> {
    let mut places = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let mut lines = Lines::open(file)?;
        let mut begins = 0;
        while lines.advance()? {
            places.push(Place { at: lines.at, file: number, begins, n_bytes: lines.line.len() });
            begins = lines.n_read;
        }
    }
    places.sort_by_key(|it| it.at);
    let mut readers: BTreeMap<usize, Jumping> = BTreeMap::new();
    let (mut line, mut n_done) = (Vec::new(), 0);
    for place in places {
        let Some(file) = files.get(place.file) else { continue };
        if MOST_OPEN <= readers.len() && !readers.contains_key(&place.file) {
            readers.clear();
        }
        let reader = match readers.entry(place.file) {
            Entry::Occupied(reader) => reader.into_mut(),
            Entry::Vacant(empty) => empty.insert(Jumping::open(file)?),
        };
        line.resize(place.n_bytes, 0);
        reader.read(place.begins, &mut line).with_context(|| cannot_read(&file.path))?;
        n_done += place.n_bytes as u64;
        take(&line, n_done);
    }
    Ok(())
}

/// A file that is read here and there.
enum Jumping {
    Plain(BufReader<fs::File>, u64),
    Held(Cursor<Vec<u8>>),
}

impl Jumping {
    fn open(file: &File) -> anyhow::Result<Self> {
        let plain = open(&file.path)?;
        if !file.is_packed {
            return Ok(Self::Plain(BufReader::with_capacity(PIECE, plain), 0));
        }
        let held = zstd::stream::decode_all(plain).with_context(|| cannot_read(&file.path))?;
        Ok(Self::Held(Cursor::new(held)))
    }

    fn read(&mut self, begins: u64, line: &mut [u8]) -> io::Result<()> {
        match self {
            Self::Plain(reader, is_at) => {
                // Lines that are nearly in order lie near each other, mostly in what is read already.
                let way = i64::try_from(begins).unwrap_or(i64::MAX) - i64::try_from(*is_at).unwrap_or(i64::MAX);
                reader.seek_relative(way)?;
                *is_at = begins + line.len() as u64;
                reader.read_exact(line)
            }
            Self::Held(held) => {
                held.set_position(begins);
                held.read_exact(line)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn file(dir: &Path, name: &str, seconds: &[(u32, &str)], is_packed: bool) -> PathBuf {
        let line = |(second, body): &(u32, &str)| {
            format!(
                "{{\"at\":\"2026-11-22T15:00:{second:02}Z\",\"room\":\"a@b.example\",\"kind\":\"message\",\"body\":\"{body}\"}}\n"
            )
        };
        let text: String = seconds.iter().map(line).collect();
        let bytes = if is_packed { zstd::encode_all(text.as_bytes(), 1).unwrap() } else { text.into_bytes() };
        let path = dir.join(name);
        fs::File::create(&path).unwrap().write_all(&bytes).unwrap();
        path
    }

    fn bodies(paths: &[PathBuf], is_sorted: bool) -> (Flow, String) {
        let files = look_at(paths).unwrap();
        let mut all = String::new();
        let mut take = |line: &[u8], _: u64| {
            let text = String::from_utf8_lossy(line).into_owned();
            all.push_str(text.split("body\":\"").nth(1).and_then(|it| it.split('"').next()).unwrap_or("?"));
        };
        let flow = if is_sorted { sorted(&files, &mut take).map(|()| Flow::Whole) } else { stream(&files, &mut take) };
        (flow.unwrap(), all)
    }

    #[test]
    fn files_in_order_are_merged_and_equal_times_keep_their_order() {
        let dir = tempfile::tempdir().unwrap();
        let one = file(dir.path(), "one", &[(1, "a"), (3, "d"), (3, "e"), (9, "h")], false);
        let two = file(dir.path(), "two", &[(1, "b"), (2, "c"), (3, "f"), (4, "g")], true);
        let empty = file(dir.path(), "empty", &[], false);
        let paths = [one, empty, two];
        assert_eq!(bodies(&paths, false), (Flow::Whole, "abcdefgh".to_owned()));
        assert_eq!(bodies(&paths, true), (Flow::Whole, "abcdefgh".to_owned()));
    }

    #[test]
    fn what_is_out_of_order_is_noticed_and_then_sorted() {
        let dir = tempfile::tempdir().unwrap();
        let one = file(dir.path(), "one", &[(5, "d"), (1, "a"), (5, "e"), (3, "b")], false);
        let two = file(dir.path(), "two", &[(7, "f"), (4, "c")], true);
        let paths = [one, two];
        assert_eq!(bodies(&paths, false).0, Flow::OutOfOrder);
        assert_eq!(bodies(&paths, true).1, "abcdef");
    }

    #[test]
    fn lines_without_a_time_stay_where_they_are_and_endless_ones_are_cut() {
        let dir = tempfile::tempdir().unwrap();
        let path = file(dir.path(), "one", &[(1, "a"), (2, "b")], false);
        let mut bytes = b"?\n".to_vec();
        bytes.extend(fs::read(&path).unwrap());
        bytes.resize(bytes.len() + MAX_LINE_BYTES + PIECE * 3, b'x');
        bytes.extend(b"\nlast");
        fs::write(&path, bytes).unwrap();
        assert_eq!(bodies(std::slice::from_ref(&path), false), (Flow::Whole, "?ab??".to_owned()));
        assert_eq!(bodies(&[path], true).1, "?ab??");
    }
}
