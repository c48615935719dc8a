//! Puts a backup in place of a store. What was there before goes aside, and nothing is half done after a crash.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use domovoi_plugin::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::{
    backup::{
        create::copy_file,
        manifest::{BackupReport, Manifest, RECORDS, STATE, bad, verify},
    },
    error::StoreError,
    lock::DirLock,
    state::{
        Schema,
        dump::read_dump,
        opening::{Layout, Opener, sync_dir},
    },
};

/// Where the new store is made, beside the old one.
const STAGE: &str = "restore.new";
/// In the stage: it is complete, only the renames are left. Holds the name for what was there before.
const READY: &str = "ready";
const PARTS: [&str; 2] = ["state", "records"];

/// What restoring did.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Restored {
    /// What came back.
    pub backup: BackupReport,
    /// Where that is which was there before, if there was something.
    pub replaced: Option<PathBuf>,
}

/// Puts a backup in place of what is in a data folder, after reading all of it. Blocks.
///
/// # Errors
/// If the backup is bad, a bot runs on the folder, or the disk refuses; what was there is then still there.
pub fn restore(backup: &Path, data_dir: &Path, now: Timestamp) -> Result<Restored, StoreError> {
    fs::create_dir_all(data_dir).map_err(StoreError::io("create", data_dir))?;
    let _lock = DirLock::take(data_dir)?;
    let _locks = PARTS
        .iter()
        .map(|it| data_dir.join(it))
        .filter(|it| it.exists())
        .map(|it| DirLock::take(&it))
        .collect::<Result<Vec<_>, _>>()?;
    finish_restore(data_dir)?;
    let report = verify(backup)?;
    let manifest = Manifest::read(backup)?;
    stage(backup, &manifest, &data_dir.join(STAGE))?;
    let aside = format!("replaced-{}", now.to_string().replace(':', "-"));
    let ready = data_dir.join(STAGE).join(READY);
    let done = fs::write(&ready, &aside).and_then(|()| fs::File::open(&ready)?.sync_all());
    done.and_then(|()| sync_dir(&data_dir.join(STAGE))).map_err(StoreError::io("write", &ready))?;
    finish_restore(data_dir)?;
    let aside = data_dir.join(aside);
    Ok(Restored { backup: report, replaced: aside.exists().then_some(aside) })
}

/// Makes the new store.
fn stage(backup: &Path, manifest: &Manifest, stage: &Path) -> Result<(), StoreError> {
    let state = stage.join("state");
    fs::create_dir_all(&state).map_err(StoreError::io("create", &state))?;
    let (mut image, meta) = read_dump(&backup.join(STATE))?;
    let schema = Schema::CURRENT;
    if schema.version < meta.schema {
        let (found, known) = (meta.schema, schema.version);
        return Err(StoreError::Newer { path: backup.to_owned(), found, known });
    }
    schema.upgrade(&mut image, meta.schema).map_err(|it| bad(backup, &it))?;
    let opener = Opener {
        layout: Layout { dir: state },
        schema,
        backup_dir: stage.join("backups"),
        min_free_bytes: 0,
        faults: None,
    };
    opener.build(&image, meta.commit)?;
    if !manifest.records {
        return Ok(());
    }
    let io = |error| StoreError::io("create", stage)(error);
    fs::create_dir_all(stage.join(RECORDS)).map_err(io)?;
    for file in manifest.files.iter().filter(|it| it.path.starts_with(RECORDS)) {
        let to = stage.join(&file.path);
        let dir = to.parent().unwrap_or(stage);
        fs::create_dir_all(dir).map_err(io)?;
        copy_file(&backup.join(&file.path), &to)?;
    }
    Ok(())
}

/// Does the renames that are left of a restore, or throws away one that did not get so far.
pub(crate) fn finish_restore(data_dir: &Path) -> Result<(), StoreError> {
    let stage = data_dir.join(STAGE);
    if !stage.exists() {
        return Ok(());
    }
    let io = |error| StoreError::io("finish the restore in", data_dir)(error);
    match fs::read_to_string(stage.join(READY)) {
        Ok(aside) => swap(data_dir, &stage, &data_dir.join(aside)).map_err(io)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => (),
        Err(error) => return Err(io(error)),
    }
    fs::remove_dir_all(&stage).map_err(io)?;
    sync_dir(data_dir).map_err(io)
}

/// Each step leaves something by which the next start knows whether it was done.
fn swap(data_dir: &Path, stage: &Path, aside: &Path) -> io::Result<()> {
    for part in PARTS {
        let (new, old) = (stage.join(part), data_dir.join(part));
        if !new.exists() {
            continue;
        }
        if old.exists() {
            fs::create_dir_all(aside)?;
            fs::rename(&old, aside.join(part))?;
        }
        fs::rename(&new, &old)?;
    }
    sync_dir(data_dir)
}
