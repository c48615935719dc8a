//! The files with the tests of a plugin.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A file of tests has at most so many bytes, and so have all that may be required.
const MAX_BYTES: u64 = 2 * 1024 * 1024;

/// A file of tests.
#[derive(Clone, Debug)]
pub struct TestFile {
    /// How messages call it: `plugins/hello/tests/hello.lua`.
    pub label: String,
    /// How messages call the folder of tests.
    pub(super) folder: String,
    pub(super) text: String,
    /// What it may `require`: the files beside it, by path.
    pub(super) beside: Arc<BTreeMap<String, String>>,
}

impl TestFile {
    /// The tests of the plugin in this folder, in the order of their names; none if it has none. What begins with `_`
    /// is no test, but may be required by one.
    ///
    /// # Errors
    /// The files that cannot be read.
    pub fn all(folder: &Path, label: &str) -> Result<Vec<Self>, Vec<String>> {
        let (tests, label) = (folder.join("tests"), format!("{label}/tests"));
        let mut paths: Vec<PathBuf> = match fs::read_dir(&tests) {
            Ok(entries) => entries.flatten().map(|it| it.path()).collect(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(vec![format!("{label}: cannot be read: {error}")]),
        };
        paths.sort();
        let (mut files, mut wrong) = (BTreeMap::new(), Vec::new());
        for path in paths.into_iter().filter(|it| it.extension().is_some_and(|it| it == "lua")) {
            let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
            let is_large = fs::metadata(&path).is_ok_and(|it| MAX_BYTES < it.len());
            match fs::read_to_string(&path) {
                Ok(_) if is_large => wrong.push(format!("{label}/{name}: has more than {} MiB", MAX_BYTES >> 20)),
                Ok(text) => drop(files.insert(name, text)),
                Err(error) => wrong.push(format!("{label}/{name}: cannot be read: {error}")),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let beside = Arc::new(files);
        let is_test = |(name, _): &(&String, &String)| !name.starts_with('_');
        let file = |(name, text): (&String, &String)| Self {
            label: format!("{label}/{name}"),
            folder: label.clone(),
            text: text.clone(),
            beside: beside.clone(),
        };
        Ok(beside.iter().filter(is_test).map(file).collect())
    }

    /// The files that a test may require, and the test itself, each with its name in messages.
    pub(super) fn find(&self, module: &str) -> Option<(&str, &str)> {
        let module = module.strip_prefix("./").unwrap_or(module);
        let name = format!("{}.lua", module.strip_suffix(".lua").unwrap_or(module));
        self.beside.get_key_value(&name).map(|(name, text)| (name.as_str(), text.as_str()))
    }
}
