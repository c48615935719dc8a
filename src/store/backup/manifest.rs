//! The manifest of a backup, and the check that a backup is what it says.

use std::{
    collections::BTreeSet,
    fmt::Write,
    fs::{self, File},
    io::Read,
    path::{Component, Path, PathBuf},
};

use domovoi_plugin::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::store::{
    error::{StoreError, chain},
    records::{From, Reader, path::room_dirs},
    state::{dump::read_dump, opening::sync_dir},
};

/// The form that this program writes.
const FORMAT: u32 = 1;
/// The file whose presence makes a folder a backup.
pub(crate) const MANIFEST: &str = "manifest.json";
/// The state in a backup.
pub(crate) const STATE: &str = "state.zst";
/// The records in a backup.
pub(crate) const RECORDS: &str = "records";

/// What a backup consists of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    format: u32,
    /// When it was made; not known for one before an upgrade, which is named for its schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    /// Whether it has records; one before an upgrade has the state only.
    pub(crate) records: bool,
    pub(crate) files: Vec<FileEntry>,
}

/// One file of a backup.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct FileEntry {
    /// Below the backup's folder.
    pub(crate) path: PathBuf,
    bytes: u64,
    sha256: String,
}

/// What a backup has.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BackupReport {
    /// Its folder.
    pub path: PathBuf,
    /// Files in it.
    pub n_files: usize,
    /// Their size together.
    pub n_bytes: u64,
    /// Keys of the state.
    pub n_keys: usize,
    /// Records of all rooms.
    pub n_records: u64,
    /// What was damaged before it was backed up, each in a sentence; the rest of those files is there.
    pub damaged: Vec<String>,
}

impl Manifest {
    /// Describes all files below `dir`.
    pub(crate) fn of(dir: &Path, at: Option<Timestamp>, records: bool) -> Result<Self, StoreError> {
        let mut files = Vec::new();
        for path in files_below(dir)? {
            let (bytes, sha256) = digest(&dir.join(&path))?;
            files.push(FileEntry { path, bytes, sha256 });
        }
        Ok(Self { format: FORMAT, at, records, files })
    }

    pub(crate) fn n_bytes(&self) -> u64 {
        self.files.iter().map(|it| it.bytes).sum()
    }

    /// Writes it, which makes the folder a backup.
    pub(crate) fn write(&self, dir: &Path) -> Result<(), StoreError> {
        let path = dir.join(MANIFEST);
        let io = |error| StoreError::io("write", &path)(error);
        let text = serde_json::to_vec_pretty(self).map_err(|it| io(it.into()))?;
        fs::write(&path, text).and_then(|()| File::open(&path)?.sync_all()).map_err(io)?;
        sync_dir(dir).map_err(io)
    }

    /// Reads it, without looking at the files.
    pub(crate) fn read(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(MANIFEST);
        if !dir.exists() {
            return Err(bad(dir, "there is no such folder"));
        }
        if !path.exists() {
            return Err(bad(dir, "it has no manifest.json; it is no backup, or was not finished"));
        }
        let text = fs::read(&path).map_err(StoreError::io("read", &path))?;
        let manifest: Self = serde_json::from_slice(&text).map_err(|it| bad(dir, &format!("manifest.json: {it}")))?;
        if FORMAT < manifest.format {
            return Err(bad(dir, "it was made by a newer domovoi"));
        }
        let is_safe = |it: &FileEntry| it.path.components().all(|part| matches!(part, Component::Normal(_)));
        if let Some(file) = manifest.files.iter().find(|it| !is_safe(it)) {
            return Err(bad(dir, &format!("manifest.json names {}, which is outside of it", file.path.display())));
        }
        Ok(manifest)
    }
}

/// Reads every byte of a backup back and compares it with the manifest and with every checksum inside.
///
/// # Errors
/// [`StoreError::BadBackup`] for the first thing that is not as it was written.
pub fn verify(dir: &Path) -> Result<BackupReport, StoreError> {
    let manifest = Manifest::read(dir)?;
    let mut report =
        BackupReport { path: dir.to_owned(), n_files: 0, n_bytes: 0, n_keys: 0, n_records: 0, damaged: Vec::new() };
    let mut named = BTreeSet::new();
    for file in &manifest.files {
        let path = dir.join(&file.path);
        if !path.exists() {
            return Err(bad(dir, &format!("{} is missing", file.path.display())));
        }
        let (bytes, sha256) = digest(&path)?;
        if (bytes, &sha256) != (file.bytes, &file.sha256) {
            return Err(bad(dir, &format!("{} is not what was written", file.path.display())));
        }
        report.n_files += 1;
        report.n_bytes += bytes;
        named.insert(file.path.clone());
    }
    if let Some(path) = files_below(dir)?.into_iter().find(|it| !named.contains(it) && it != Path::new(MANIFEST)) {
        return Err(bad(dir, &format!("{} does not belong to it", path.display())));
    }
    let (image, _) = read_dump(&dir.join(STATE))?;
    report.n_keys = image.len();
    if manifest.records {
        count_records(&dir.join(RECORDS), &mut report)?;
    }
    Ok(report)
}

/// Reads all records, and notes what is damaged in them.
pub(crate) fn count_records(root: &Path, report: &mut BackupReport) -> Result<(), StoreError> {
    for dir in room_dirs(root).map_err(StoreError::io("list", root))? {
        for record in Reader::of_dir(&dir, &From::Start)? {
            match record {
                Ok(_) => report.n_records += 1,
                Err(StoreError::Damaged { path, what }) => {
                    let path = path.strip_prefix(root).unwrap_or(&path);
                    report.damaged.push(format!("{}: {what}", path.display()));
                }
                Err(error) => return Err(bad(&report.path, &chain(&error))),
            }
        }
    }
    Ok(())
}

/// The files below a folder, by their paths from there, in order.
fn files_below(dir: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut files = Vec::new();
    let mut todo = vec![dir.to_owned()];
    while let Some(folder) = todo.pop() {
        let io = |error| StoreError::io("list", &folder)(error);
        for entry in fs::read_dir(&folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            if entry.file_type().map_err(io)?.is_dir() {
                todo.push(entry.path());
            } else if let Ok(path) = entry.path().strip_prefix(dir) {
                files.push(path.to_owned());
            }
        }
    }
    files.sort();
    Ok(files)
}

fn digest(path: &Path) -> Result<(u64, String), StoreError> {
    let io = |error| StoreError::io("read", path)(error);
    let mut file = File::open(path).map_err(io)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut n_bytes = 0;
    loop {
        let n = file.read(&mut buffer).map_err(io)?;
        let Some(chunk) = buffer.get(..n).filter(|it| !it.is_empty()) else { break };
        hasher.update(chunk);
        n_bytes += n as u64;
    }
    let mut text = String::with_capacity(64);
    for byte in hasher.finalize() {
        // Writing to a string does not fail.
        write!(text, "{byte:02x}").ok();
    }
    Ok((n_bytes, text))
}

pub(crate) fn bad(dir: &Path, what: &str) -> StoreError {
    StoreError::BadBackup { path: dir.to_owned(), what: what.to_owned() }
}
