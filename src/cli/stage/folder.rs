//! A folder for configuration and store, removed with everything in it when dropped.

use std::{fs, os::unix::fs::DirBuilderExt as _, path::PathBuf};

use anyhow::Context as _;

/// So many names are tried.
const TRIES: u32 = 10_000;

/// The folder.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// A new one, for nobody else to look into.
    pub(super) fn new() -> anyhow::Result<Self> {
        let base = std::env::temp_dir();
        let name = |n: u32| base.join(format!("domovoi-stage-{}-{n}", std::process::id()));
        for path in (0..TRIES).map(name) {
            match fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => (),
                Err(error) => return Err(error).with_context(|| format!("cannot make {}", path.display())),
            }
        }
        anyhow::bail!("cannot make a folder of our own in {}", base.display())
    }

    /// The configuration in it.
    pub(super) fn config(&self) -> PathBuf {
        self.0.join("domovoi.toml")
    }

    /// What is kept.
    pub(super) fn data(&self) -> PathBuf {
        self.0.join("data")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind is in the folder for temporary files and holds nothing of anybody.
        fs::remove_dir_all(&self.0).ok();
    }
}
