//! `domovoi init [DIR]`: a configuration to begin with.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::Args;

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder to write into; it is made if it is not there.
    #[arg(default_value = ".")]
    pub dir: PathBuf,
}

/// What a room's owner needs, and no more.
const TEMPLATE: &str = include_str!("init.toml");
/// The folders that the template names.
const FOLDERS: [&str; 2] = ["data", "plugins"];

/// Writes the file and the folders, and refuses where such a file is there already.
///
/// # Errors
/// If the file is there already, or something cannot be written.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let file = arguments.dir.join("domovoi.toml");
    fs::create_dir_all(&arguments.dir).with_context(|| format!("cannot make {}", arguments.dir.display()))?;
    write_new(&file)?;
    for folder in FOLDERS.map(|name| arguments.dir.join(name)) {
        make_private(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let file = file.display();
    super::print(&format!(
        "wrote {file}\nnext: put the account and the room in it, then run\n  domovoi --config {file} check\n  domovoi --config \
         {file} run\n"
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the file readable for its owner only, since a password will be in it.
fn write_new(file: &Path) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = match options.open(file) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} is there already and was left as it is", file.display())
        }
        opened => opened.with_context(|| format!("cannot write {}", file.display()))?,
    };
    opened.write_all(TEMPLATE.as_bytes()).with_context(|| format!("cannot write {}", file.display()))
}

fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
