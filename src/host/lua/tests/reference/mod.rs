//! The reference of the Lua API: made of one file, and compared with what there is.

mod make;
mod present;

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde::Deserialize;

/// The file that all is made of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Api {
    section: Vec<Section>,
}

/// A type, and what is in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    r#type: String,
    title: String,
    doc: String,
    /// How its examples are tried; that is for another test, which runs the program.
    #[serde(default, rename = "kind")]
    _kind: Option<String>,
    #[serde(default)]
    example: Option<String>,
    /// What else is in a table of this type.
    #[serde(default)]
    fields: Vec<String>,
    /// What is in it without a name.
    #[serde(default)]
    indexer: Option<String>,
    #[serde(default)]
    word: Vec<Word>,
}

/// A key of a table: a function, a field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    name: String,
    sig: String,
    doc: String,
    #[serde(default)]
    example: Option<String>,
}

impl Api {
    fn read() -> Self {
        toml::from_str(&fs::read_to_string(folder().join("api.toml")).unwrap()).unwrap()
    }

    /// The words of a type.
    fn words(&self, of: &str) -> BTreeSet<&str> {
        let section = self.section.iter().find(|it| it.r#type == of).unwrap_or_else(|| panic!("no section {of}"));
        section.word.iter().map(|it| it.name.as_str()).collect()
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("plugins/api/luau")
}
