//! A new plugin in Rust, as its author meets it: a crate that builds and passes its tests in the house's lints, and one
//! line in each of two files.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use domovoi::cli::plugin::new_rust::scaffold;
use domovoi_plugin::PluginName;

/// A tree like this one, as far as a plugin sees it: `plugins/api`, the house lints, the locked versions. It is made
/// anew each time in the same place, so that what it depends on is built once.
fn tree() -> PathBuf {
    let (here, tree) = (Path::new(env!("CARGO_MANIFEST_DIR")), Path::new(env!("CARGO_TARGET_TMPDIR")).join("new-rust"));
    if tree.exists() {
        fs::remove_dir_all(&tree).unwrap();
    }
    copy(&here.join("plugins/api"), &tree.join("plugins/api"));
    fs::copy(here.join("Cargo.lock"), tree.join("Cargo.lock")).unwrap();
    fs::copy(here.join("rustfmt.toml"), tree.join("rustfmt.toml")).unwrap();
    let manifest = fs::read_to_string(here.join("Cargo.toml")).unwrap();
    let (_, house) = manifest.split_once("[workspace.lints.rust]").unwrap();
    let root = format!("[workspace]\nresolver = \"3\"\nmembers = [\"plugins/hello\"]\n\n[workspace.lints.rust]{house}");
    fs::write(tree.join("Cargo.toml"), root).unwrap();
    tree
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The list of bundled plugins with this one line more, and without those that are not in the tree.
fn list_with(line: &str) -> String {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bundle.rs")).unwrap();
    let (_, list) = text.split_once("    let plugins: Vec<Box<dyn Plugin>> = vec![\n").unwrap();
    let (list, _) = list.split_once("    ];\n").unwrap();
    assert!(list.contains("domovoi_admin::plugin(),\n"), "{list}");
    format!("let plugins: Vec<Box<dyn Plugin>> = vec![\n{list}{line}\n];")
}

/// Runs cargo in that tree, where a warning is a mistake.
fn cargo(tree: &Path, arguments: &[&str]) {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(tree).env("RUSTFLAGS", "-Dwarnings");
    let out = command.env("CARGO_TARGET_DIR", tree.with_file_name("new-rust-target")).output().unwrap();
    let told = [out.stdout, out.stderr].map(|it| String::from_utf8_lossy(&it).into_owned()).join("\n");
    assert!(out.status.success(), "{told}");
}

#[test]
fn a_new_crate_builds_passes_its_tests_and_needs_one_line_in_each_of_two_files() {
    let tree = tree();
    let told = scaffold(&tree.join("plugins/hello"), &PluginName::new("hello").unwrap()).unwrap();
    let lines: Vec<&str> = told.lines().filter_map(|it| it.strip_prefix("  ")).collect();
    let [dependency, bundled, ..] = lines.as_slice() else { panic!("{told}") };
    cargo(&tree, &["fmt", "--check", "--package", "domovoi-hello"]);

    // The line of `Cargo.toml` is a dependency on the crate that was written.
    let table: toml::Table = format!("[dependencies]\n{dependency}").parse().unwrap();
    let path = table["dependencies"]["domovoi-hello"]["path"].as_str().unwrap();
    assert!(tree.join(path).join("src/lib.rs").is_file(), "{dependency}");

    // The real list with that one line, built as a test of the crate: without their features, nobody else is in it.
    let test = format!(
        "//! It is bundled.\n#![allow(unexpected_cfgs)]\n\nuse domovoi_plugin::Plugin;\n\n#[test]\nfn it_is_bundled() {{\n{}\n\
         let names: Vec<String> = plugins.iter().map(|it| it.manifest().name.to_string()).collect();\n\
         assert_eq!(names, [\"hello\"]);\n}}\n",
        list_with(bundled)
    );
    fs::write(tree.join("plugins/hello/tests/bundle.rs"), test).unwrap();
    cargo(&tree, &["test", "--offline", "--package", "domovoi-hello"]);
}
