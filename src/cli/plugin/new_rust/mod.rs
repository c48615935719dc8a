//! A plugin in Rust to begin with: a crate that builds and passes its tests, to be changed into another.

use std::{fs, io::Write as _, path::Path};

use anyhow::{Context as _, ensure};
use domovoi_plugin::PluginName;

/// The files; `@name@` and its like stand for what [`Words`] says.
const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("template/Cargo.toml.txt")),
    ("README.md", include_str!("template/README.md")),
    ("src/lib.rs", include_str!("template/lib.rs.txt")),
    ("tests/bench.rs", include_str!("template/tests.rs.txt")),
    ("locales/en.ftl", include_str!("template/en.ftl")),
    ("locales/ru.ftl", include_str!("template/ru.ftl")),
];

/// What its `Cargo.toml` says below `plugins/`, where the house lints hold.
const HOUSE_LINTS: &str = "\n[lints]\nworkspace = true\n";

/// What stands for what in the files.
struct Words {
    /// The plugin's name.
    name: String,
    /// Its first command: the name, as commands are written.
    word: String,
    /// The crate, as Rust names it.
    ident: String,
    /// The type.
    type_name: String,
    /// The dependency on the contract.
    api: &'static str,
}

/// Writes the crate of a plugin of this name into this folder, and gives what there is to say about it.
///
/// Beside `plugins/api` it depends on that and follows the house lints; anywhere else it depends on the version that this
/// program was built with.
///
/// # Errors
/// If there is such a folder already, or a file cannot be written; what was written stays.
pub fn scaffold(folder: &Path, name: &PluginName) -> anyhow::Result<String> {
    ensure!(!folder.exists(), "{} is there already and was left as it is", folder.display());
    let is_bundled = is_beside_api(folder);
    let words = Words::of(name, is_bundled);
    for (path, text) in FILES {
        let mut text = words.fill(text);
        if *path == "Cargo.toml" && is_bundled {
            text.push_str(HOUSE_LINTS);
        }
        write(&folder.join(path), &text)?;
    }
    Ok(if is_bundled { words.next_here(folder) } else { words.next_elsewhere(folder) })
}

/// Whether the folder is one of those in the `plugins/` of domovoi.
fn is_beside_api(folder: &Path) -> bool {
    let manifest = folder.parent().map(|it| it.join("api/Cargo.toml"));
    let text = manifest.and_then(|it| fs::read_to_string(it).ok()).unwrap_or_default();
    text.contains("name = \"domovoi-plugin\"")
}

impl Words {
    fn of(name: &PluginName, is_bundled: bool) -> Self {
        let name = name.as_str();
        let api = if is_bundled { "{ path = \"../api\" }" } else { concat!("\"", env!("CARGO_PKG_VERSION"), "\"") };
        Self {
            word: name.to_lowercase(),
            ident: format!("domovoi_{}", name.replace('-', "_")),
            type_name: type_name(name),
            name: name.to_owned(),
            api,
        }
    }

    fn fill(&self, text: &str) -> String {
        // No name has an `@`, so what was put in is never taken for one of these.
        let text = text.replace("@name@", &self.name).replace("@word@", &self.word);
        text.replace("@ident@", &self.ident).replace("@type@", &self.type_name).replace("@api@", self.api)
    }

    fn next_here(&self, folder: &Path) -> String {
        let Self { name, ident, .. } = self;
        format!(
            "wrote {folder}: src/lib.rs, its words in locales, tests and a README\n\
             next: a line in [dependencies] of Cargo.toml, and one in the list of src/bundle.rs\n  \
             domovoi-{name} = {{ path = \"plugins/{name}\" }}\n  \
             {ident}::plugin(),\n\
             then change it, and run\n  cargo test -p domovoi-{name}\n  cargo run -- console\n",
            folder = folder.display(),
        )
    }

    fn next_elsewhere(&self, folder: &Path) -> String {
        let Self { name, ident, .. } = self;
        format!(
            "wrote {folder}: src/lib.rs, its words in locales, tests and a README\n\
             next: change it, and run `cargo test` there\n\
             into a bot it comes with a `main` of your own, in a crate that depends on domovoi and domovoi-{name}\n  \
             let mut plugins = domovoi::bundle::plugins();\n  \
             plugins.push({ident}::plugin().into());\n  \
             domovoi::main(plugins)\n",
            folder = folder.display(),
        )
    }
}

/// `lost-and-found` as `LostAndFoundPlugin`: its end keeps it apart from all that the crate names, and a type does not
/// begin with a digit.
fn type_name(name: &str) -> String {
    let capital = |part: &str| {
        let mut chars = part.chars();
        chars.next().map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + chars.as_str())
    };
    let joined: String = name.split(['-', '_']).map(capital).collect();
    let the = if joined.starts_with(|it: char| it.is_ascii_alphabetic()) { "" } else { "The" };
    format!("{the}{joined}Plugin")
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let why = || format!("cannot write {}", path.display());
    fs::create_dir_all(path.parent().unwrap_or(path)).with_context(why)?;
    let mut file = fs::File::create_new(path).with_context(why)?;
    file.write_all(text.as_bytes()).with_context(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_named_after_the_plugin() {
        let check = |name: &str, expected: &str| assert_eq!(type_name(name), expected);
        check("hello", "HelloPlugin");
        check("lost-and_found", "LostAndFoundPlugin");
        check("9lives", "The9livesPlugin");
        check("-", "ThePlugin");
    }

    #[test]
    fn a_crate_outside_the_repository_depends_on_the_version() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("hello");
        let name = PluginName::new("hello").unwrap();
        let told = scaffold(&folder, &name).unwrap();
        let manifest: toml::Table = fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
        assert_eq!(manifest["dependencies"]["domovoi-plugin"].as_str(), Some(env!("CARGO_PKG_VERSION")));
        assert!(!manifest.contains_key("lints"));
        assert!(told.contains("  plugins.push(domovoi_hello::plugin().into());\n"), "{told}");
        let again = scaffold(&folder, &name).unwrap_err().to_string();
        assert!(again.ends_with("is there already and was left as it is"), "{again}");
    }
}
