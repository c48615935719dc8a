//! Backups: folders with a manifest, the state as one checked file, and the records' day files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::store::error::StoreError;

/// Makes the backup that an upgrade of the state begins with; returns its folder.
pub(crate) fn before_upgrade(
    dir: &Path,
    schema: u32,
    dump: impl FnOnce(&Path) -> Result<(), StoreError>,
) -> Result<PathBuf, StoreError> {
    let dest = dir.join(format!("before-upgrade-from-{schema}"));
    fs::create_dir_all(&dest).map_err(StoreError::io("create", &dest))?;
    dump(&dest.join("state.zst"))?;
    Ok(dest)
}
