//! Whether the files of a plugin are still the same: by their times and sizes, without reading them.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::code::{MAX_DEPTH, MAX_FILES, is_hidden, is_inside, is_part};

/// What the files of a folder looked like: path, size, and when each was changed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Stamp(Vec<(PathBuf, u64, Option<SystemTime>)>);

impl Stamp {
    /// As they look now. What cannot be read is as if it were not there: it is seen when it can be.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        let mut stamp = Self::default();
        let real = fs::canonicalize(folder).unwrap_or_default();
        stamp.add((folder, &real), folder, 0);
        stamp.0.sort();
        stamp
    }

    fn add(&mut self, (root, real): (&Path, &Path), folder: &Path, depth: usize) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if MAX_FILES < self.0.len() {
                return;
            }
            let path = entry.path();
            let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str).map(str::to_owned) else { continue };
            // As an editor sees a link: what it leads to. Nothing is looked at behind one that leads out of the folder.
            let is_out = || entry.file_type().is_ok_and(|it| it.is_symlink()) && !is_inside(real, &path);
            let Ok(meta) = fs::metadata(&path) else { continue };
            if is_hidden(&name) {
                continue;
            }
            if meta.is_dir() && name != "tests" && depth < MAX_DEPTH {
                if !is_out() {
                    self.add((root, real), &path, depth + 1);
                }
            } else if is_part(&name) {
                self.0.push((path, meta.len(), meta.modified().ok()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_counts_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("init.lua", "a");
        let mut last = Stamp::of(dir.path());
        let mut changes = |name: &str, text: &str| {
            write(name, text);
            let now = Stamp::of(dir.path());
            std::mem::replace(&mut last, now.clone()) != now
        };
        assert!(changes("init.lua", "ab"));
        assert!(changes("lib/deep/x.lua", "x"));
        assert!(changes("locales/ru.ftl", "a = b"));
        assert!(!changes("tests/a.lua", "x"));
        assert!(!changes("README.md", "x"));
        assert!(!changes("init.lua~", "x"));
        assert!(!changes(".vscode/settings.json", "x"));
        // The whole of the machine is not walked through each second.
        std::os::unix::fs::symlink("/", dir.path().join("all")).unwrap();
        assert!(!changes("README.md", "y"));
    }
}
