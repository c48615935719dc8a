//! The state as one file: zstd of JSON lines, each with its checksum. What backups keep.
//!
//! Deliberately not sled's files: a dump can be read by any tool, and checked without opening a store.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::store::{
    error::StoreError,
    state::meta::{Meta, checksum, seal},
};

/// Everything in a state, by tree name and key, without checksums.
pub type Image = BTreeMap<(String, Vec<u8>), Vec<u8>>;

/// What compression level day files and dumps get: quick, and within a few percent of the smallest.
pub(crate) const ZSTD_LEVEL: i32 = 3;
/// No line of a dump is longer: the longest key and value, in base64, with room to spare.
const MAX_LINE_BYTES: u64 = 4 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    tree: String,
    key: String,
    value: String,
    crc: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    /// The last line. Without it the file is cut off.
    end: Meta,
}

/// Writes a dump, entry by entry.
pub(crate) struct DumpWriter {
    path: PathBuf,
    to: zstd::stream::write::Encoder<'static, BufWriter<File>>,
    meta: Meta,
}

impl DumpWriter {
    pub(crate) fn create(path: &Path, schema: u32, commit: u64) -> Result<Self, StoreError> {
        let file = File::create_new(path).map_err(StoreError::io("create", path))?;
        let to = encoder(BufWriter::new(file)).map_err(StoreError::io("write", path))?;
        Ok(Self { path: path.to_owned(), to, meta: Meta { commit, ..Meta::new(schema) } })
    }

    pub(crate) fn entry(&mut self, tree: &str, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.meta.tally(tree).add(&seal(tree, key, value));
        let crc = checksum(tree, key, value);
        let (key, value) = (STANDARD.encode(key), STANDARD.encode(value));
        self.line(&Entry { tree: tree.to_owned(), key, value, crc })
    }

    /// Writes the last line and brings all to the disk.
    pub(crate) fn finish(mut self) -> Result<Meta, StoreError> {
        let end = End { end: self.meta.clone() };
        self.line(&end)?;
        let io = |error| StoreError::io("write", &self.path)(error);
        let buffer = self.to.finish().map_err(io)?;
        let file = buffer.into_inner().map_err(|it| io(it.into_error()))?;
        file.sync_all().map_err(io)?;
        Ok(self.meta)
    }

    fn line<T: Serialize>(&mut self, line: &T) -> Result<(), StoreError> {
        let mut text = serde_json::to_vec(line).map_err(|it| StoreError::io("write", &self.path)(it.into()))?;
        text.push(b'\n');
        self.to.write_all(&text).map_err(StoreError::io("write", &self.path))
    }
}

/// Reads a whole dump and checks every line of it.
///
/// # Errors
/// [`StoreError::BadBackup`] if anything in it is not as it was written.
pub(crate) fn read_dump(path: &Path) -> Result<(Image, Meta), StoreError> {
    let bad = |what: &str| StoreError::BadBackup { path: path.to_owned(), what: what.to_owned() };
    let file = File::open(path).map_err(StoreError::io("open", path))?;
    let decoder = zstd::stream::read::Decoder::new(file).map_err(|it| bad(&it.to_string()))?;
    let mut lines = BufReader::new(decoder);
    let (mut image, mut meta) = (Image::new(), Meta::default());
    let mut line = Vec::new();
    for n in 1_u64.. {
        line.clear();
        let n_read = lines.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line);
        n_read.map_err(|it| bad(&format!("line {n}: {it}")))?;
        if line.is_empty() {
            return Err(bad("its end is missing"));
        }
        if let Ok(End { end }) = serde_json::from_slice(&line) {
            meta.schema = end.schema;
            meta.commit = end.commit;
            if meta != end {
                return Err(bad("entries are missing"));
            }
            let rest = lines.read_until(b'\n', &mut line).map_err(|it| bad(&it.to_string()))?;
            return if rest == 0 { Ok((image, meta)) } else { Err(bad("there is more after its end")) };
        }
        let entry: Entry = serde_json::from_slice(&line).map_err(|_| bad(&format!("line {n} cannot be read")))?;
        let (key, value) = decode(&entry).ok_or_else(|| bad(&format!("line {n}: the checksum is wrong")))?;
        meta.tally(&entry.tree).add(&seal(&entry.tree, &key, &value));
        image.insert((entry.tree, key), value);
    }
    Err(bad("its end is missing"))
}

fn decode(entry: &Entry) -> Option<(Vec<u8>, Vec<u8>)> {
    let key = STANDARD.decode(&entry.key).ok()?;
    let value = STANDARD.decode(&entry.value).ok()?;
    (checksum(&entry.tree, &key, &value) == entry.crc).then_some((key, value))
}

/// A zstd encoder whose frame carries a checksum.
pub(crate) fn encoder<W: Write>(to: W) -> std::io::Result<zstd::stream::write::Encoder<'static, W>> {
    let mut encoder = zstd::stream::write::Encoder::new(to, ZSTD_LEVEL)?;
    encoder.include_checksum(true)?;
    Ok(encoder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_reads_back_and_a_cut_one_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.zst");
        let mut writer = DumpWriter::create(&path, 1, 9).unwrap();
        writer.entry("access", b"alice", b"20").unwrap();
        writer.entry("kv", b"\xff\x00", b"").unwrap();
        let written = writer.finish().unwrap();
        let (image, meta) = read_dump(&path).unwrap();
        assert_eq!(meta, written);
        assert_eq!(image.get(&("access".to_owned(), b"alice".to_vec())).unwrap(), b"20");
        assert_eq!(image.len(), 2);
        let bytes = std::fs::read(&path).unwrap();
        for n in 0..bytes.len() {
            std::fs::write(&path, &bytes[..n]).unwrap();
            assert!(read_dump(&path).is_err(), "{n} of {} bytes", bytes.len());
        }
    }
}
