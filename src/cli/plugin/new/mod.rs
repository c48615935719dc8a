//! `domovoi plugin new`: a folder with a plugin that works, to be changed into another.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use domovoi_plugin::PluginName;

use super::new_rust;
use crate::{
    cli::{Context, UsageError, print},
    host::core::OWN_NAME,
};

/// Arguments of `plugin new`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The plugin's name; the folder is made in `plugins` if there is such a folder, else here.
    #[arg(value_name = "NAME")]
    name: String,
    /// A crate in Rust, instead of a folder in Lua.
    #[arg(long)]
    rust: bool,
}

/// The files of a new plugin; `NAME` in them stands for its name.
const FILES: &[(&str, &str)] = &[
    ("init.lua", include_str!("init.lua")),
    ("README.md", include_str!("README.md")),
    ("tests/NAME.lua", include_str!("test.lua")),
    ("locales/en.ftl", "NAME-hello = Hello, { $whom }!\n"),
    ("locales/ru.ftl", "NAME-hello = Здравствуйте, { $whom }!\n"),
];

/// Writes the files, and refuses where there is something already.
pub(super) fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<ExitCode> {
    let (folder, name) = place(&arguments.name, context)?;
    if arguments.rust {
        print(&new_rust::scaffold(&folder, &name)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    ensure!(!folder.exists(), "{} is there already and was left as it is", folder.display());
    for (path, text) in FILES {
        let path = folder.join(path.replace("NAME", name.as_str()));
        write(&path, &text.replace("NAME", name.as_str()))?;
    }
    let folder = folder.display();
    print(&format!(
        "wrote {folder}/init.lua, with its words in locales, a test and a README\n\
         next: change it, then run\n  domovoi plugin test {folder}\n  domovoi console --plugin {folder}\n"
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// The folder of a plugin of this name, and the name.
fn place(given: &str, context: &Context) -> anyhow::Result<(PathBuf, PluginName)> {
    let path = Path::new(given);
    let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
    let wrong = |why: String| UsageError::BadPluginName { given: given.to_owned(), why };
    let name = PluginName::new(name).map_err(|error| wrong(error.to_string()))?;
    // Its first command is called so too, and nobody types capitals.
    if name.as_str().contains(|it: char| it != '-' && !it.is_ascii_lowercase() && !it.is_ascii_digit()) {
        bail!(wrong("use lower case letters, digits and -, since its first command is called so too".to_owned()));
    }
    if name.as_str() == OWN_NAME {
        bail!(wrong("that is the name of the bot's own commands".to_owned()));
    }
    if context.plugins.iter().any(|it| it.manifest().name == name) {
        bail!(wrong("that is the name of a plugin that is part of the program".to_owned()));
    }
    let is_alone = path.components().count() == 1;
    let dir = Path::new("plugins");
    Ok((if is_alone && dir.is_dir() { dir.join(path) } else { path.to_owned() }, name))
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let why = || format!("cannot write {}", path.display());
    fs::create_dir_all(path.parent().unwrap_or(path)).with_context(why)?;
    let mut file = fs::File::create_new(path).with_context(why)?;
    file.write_all(text.as_bytes()).with_context(why)
}
