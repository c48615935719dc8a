//! Makes backups. A folder `….partial` becomes a backup by its last step, a rename.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use domovoi_plugin::Timestamp;

use crate::store::{
    Store,
    backup::manifest::{BackupReport, Manifest, RECORDS, STATE, bad, count_records},
    error::StoreError,
    records::{
        day::repair,
        path::{days, packed, plain, room_dirs},
    },
    state::opening::sync_dir,
};

/// Makes a backup of a store in use: the state as of one instant, the records up to then.
///
/// # Errors
/// If `dest` exists and is not an empty folder, or something cannot be read or written.
pub async fn create(store: &Store, dest: &Path, now: Timestamp) -> Result<BackupReport, StoreError> {
    let (partial, target) = (begin(dest)?, dest.to_owned());
    let meta = store.state.export(partial.join(STATE)).await?;
    store.records.flush().await;
    let from = store.records.dir().to_owned();
    let n_keys = meta.trees.values().map(|it| usize::try_from(it.n).unwrap_or(usize::MAX)).sum();
    let mut report =
        BackupReport { path: target.clone(), n_files: 0, n_bytes: 0, n_keys, n_records: 0, damaged: Vec::new() };
    let copied = tokio::task::spawn_blocking(move || {
        copy_records(&from, &partial.join(RECORDS))?;
        count_records(&partial.join(RECORDS), &mut report)?;
        let manifest = finish(&partial, &target, Some(now), true)?;
        report.n_files = manifest.files.len();
        report.n_bytes = manifest.n_bytes();
        Ok(report)
    });
    // Fails only if the runtime ends.
    copied.await.map_err(|_| StoreError::Closed)?
}

/// Where a backup goes if nobody says where: `backups` in the data folder, by its time.
#[must_use]
pub fn default_dest(data_dir: &Path, now: Timestamp) -> PathBuf {
    data_dir.join("backups").join(now.to_string().replace(':', "-"))
}

/// Makes the backup that an upgrade of the state begins with; returns its folder.
pub(crate) fn before_upgrade(
    dir: &Path,
    schema: u32,
    dump: impl FnOnce(&Path) -> Result<(), StoreError>,
) -> Result<PathBuf, StoreError> {
    let name = |n: u32| dir.join(format!("before-upgrade-from-{schema}-{n}"));
    let dest = (1..).map(name).find(|it| !it.exists()).unwrap_or_else(|| name(0));
    let partial = begin(&dest)?;
    dump(&partial.join(STATE))?;
    finish(&partial, &dest, None, false)?;
    Ok(dest)
}

/// Makes the folder in which the backup comes into being.
fn begin(dest: &Path) -> Result<PathBuf, StoreError> {
    if fs::read_dir(dest).is_ok_and(|mut it| it.next().is_some()) || dest.is_file() {
        return Err(bad(dest, "there is something already; give a folder that does not exist"));
    }
    let mut name = dest.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = dest.with_file_name(name);
    if partial.exists() {
        fs::remove_dir_all(&partial).map_err(StoreError::io("remove", &partial))?;
    }
    fs::create_dir_all(&partial).map_err(StoreError::io("create", &partial))?;
    Ok(partial)
}

fn finish(partial: &Path, dest: &Path, at: Option<Timestamp>, records: bool) -> Result<Manifest, StoreError> {
    let manifest = Manifest::of(partial, at, records)?;
    manifest.write(partial)?;
    fs::rename(partial, dest).map_err(StoreError::io("create", dest))?;
    let parent = dest.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    sync_dir(parent).map_err(StoreError::io("create", dest))?;
    Ok(manifest)
}

/// Copies the day files of all rooms, while they may be appended to and packed.
fn copy_records(from: &Path, to: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(to).map_err(StoreError::io("create", to))?;
    for dir in room_dirs(from).map_err(StoreError::io("list", from))? {
        let Some(name) = dir.file_name() else { continue };
        copy_room(&dir, &to.join(name))?;
    }
    Ok(())
}

fn copy_room(from: &Path, to: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(to).map_err(StoreError::io("create", to))?;
    for (day, files) in days(from).map_err(StoreError::io("list", from))? {
        if files.packed {
            copy_file(&packed(from, &day), &packed(to, &day))?;
        }
        if !files.plain {
            continue;
        }
        if copy_file(&plain(from, &day), &plain(to, &day))? {
            let path = plain(to, &day);
            let copy = File::options().read(true).write(true).open(&path);
            // Cuts off what was being written at this moment. What cannot be mended is told when it is read.
            if let Err(error) = copy.and_then(|it| repair(&it, &path)) {
                tracing::debug!(%error, path = %path.display(), "the copy is damaged at its end");
            }
        } else {
            // Packed since it was listed.
            copy_file(&packed(from, &day), &packed(to, &day))?;
        }
    }
    copy_file(&from.join("seq"), &to.join("seq"))?;
    sync_dir(to).map_err(StoreError::io("write", to))
}

/// Copies a file to the disk; `false` if it is not there (any more).
pub(crate) fn copy_file(from: &Path, to: &Path) -> Result<bool, StoreError> {
    let mut source = match File::open(from) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(StoreError::io("read", from)(error)),
    };
    let copied = File::create(to).and_then(|mut target| {
        io::copy(&mut source, &mut target)?;
        target.sync_all()
    });
    copied.map_err(StoreError::io("write", to))?;
    Ok(true)
}
