//! A plugin's folder as it was read: its Lua files, its Fluent files and its data, nothing else.
//!
//! A folder may come from a stranger. What a link in it leads to outside is not read, since a plugin sees its own data;
//! neither is what is no plain file, and might never end.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use domovoi_plugin::PluginName;

use crate::host::core::OWN_NAME;

/// A plugin's files come to at most so many bytes.
const MAX_BYTES: u64 = 2 * 1024 * 1024;
/// And so many files.
pub(super) const MAX_FILES: usize = 200;
/// So many mistakes are told of a folder.
const MAX_WRONG: usize = 20;
/// Folders in folders.
pub(super) const MAX_DEPTH: usize = 4;

/// The files of one plugin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Code {
    /// Its name, that of the folder.
    pub name: PluginName,
    /// How its files are called in messages: `plugins/hello`.
    pub label: String,
    /// Its Lua files, by their path in the folder.
    pub lua: BTreeMap<String, String>,
    /// Its Fluent files: language and contents.
    pub locales: Vec<(String, String)>,
    /// Its files of data, by their path in the folder.
    pub data: BTreeMap<String, String>,
}

/// What files of data are called.
const DATA: &[&str] = &[".toml", ".json", ".txt", ".csv"];

/// The file that makes a folder a plugin.
pub const MAIN: &str = "init.lua";

impl Code {
    /// Reads a folder.
    ///
    /// # Errors
    /// What is wrong with it, each with its file.
    pub fn read(folder: &Path) -> Result<Self, Vec<String>> {
        let label = label(folder);
        let wrong = |what: String| vec![format!("{label}: {what}")];
        let name = folder.file_name().and_then(|it| it.to_str()).unwrap_or_default();
        let name = PluginName::new(name).map_err(|error| wrong(error.to_string()))?;
        if name.as_str() == OWN_NAME {
            // Under this name the host itself acts, with every power.
            return Err(wrong(format!("`{OWN_NAME}` is the name of the bot's own commands: choose another")));
        }
        let real = fs::canonicalize(folder).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let (files, mistakes) = (Vec::new(), Vec::new());
        let mut reading =
            Reading { root: folder, real, label: &label, n_bytes: 0, is_full: false, files, wrong: mistakes };
        reading.folder(folder, 0);
        let Reading { files, wrong: mistakes, .. } = reading;
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let it = Self::of_files(name, label.clone(), files);
        if it.lua.contains_key(MAIN) { Ok(it) } else { Err(wrong(format!("there is no {MAIN}"))) }
    }

    /// A plugin of these files: path in the folder and contents.
    #[must_use]
    pub fn of_files(name: PluginName, label: String, files: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut it = Self { name, label, lua: BTreeMap::new(), locales: Vec::new(), data: BTreeMap::new() };
        for (path, text) in files {
            if let Some(lang) = path.strip_prefix("locales/").and_then(|it| it.strip_suffix(".ftl")) {
                it.locales.push((lang.to_owned(), text));
            } else if path.ends_with(".lua") {
                it.lua.insert(path, text);
            } else {
                it.data.insert(path, text);
            }
        }
        it.locales.sort();
        it
    }

    /// Whether the files are the same, wherever they are.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.name, &self.lua, &self.locales, &self.data) == (&other.name, &other.lua, &other.locales, &other.data)
    }

    /// A plugin of this one file.
    #[must_use]
    pub fn of_text(name: PluginName, text: &str) -> Self {
        let label = format!("plugins/{name}");
        Self::of_files(name, label, [(MAIN.to_owned(), text.to_owned())])
    }

    /// The path of the file that `require` means by this name: below the folder, whatever it says.
    #[must_use]
    pub fn find(&self, module: &str) -> Option<&str> {
        let module = module.strip_prefix("./").unwrap_or(module);
        let module = module.strip_suffix(".lua").unwrap_or(module);
        let candidates = [format!("{module}.lua"), format!("{module}/{MAIN}")];
        let found = candidates.iter().find_map(|it| self.lua.get_key_value(it));
        found.map(|(path, _)| path.as_str())
    }
}

/// Whether a path in the folder is hidden: editors and version control keep things there that are nobody's.
pub(super) fn is_hidden(name: &str) -> bool {
    name.split('/').any(|it| it.starts_with('.'))
}

/// Whether something leads nowhere but into the folder whose real path this is.
pub(super) fn is_inside(real: &Path, path: &Path) -> bool {
    fs::canonicalize(path).is_ok_and(|it| it.starts_with(real))
}

/// Whether a file of the folder belongs to the plugin.
pub(super) fn is_part(name: &str) -> bool {
    let is_locale = name.starts_with("locales/") && name.ends_with(".ftl");
    is_locale || name.ends_with(".lua") || DATA.iter().any(|it| name.ends_with(it))
}

/// The last two parts of a folder's path, as a message calls it.
fn label(folder: &Path) -> String {
    let parts: Vec<_> = folder.components().rev().take(2).map(|it| it.as_os_str().to_string_lossy()).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
}

struct Reading<'a> {
    root: &'a Path,
    /// The same without links.
    real: PathBuf,
    label: &'a str,
    n_bytes: u64,
    /// There is more than may be: the rest is not even looked at.
    is_full: bool,
    files: Vec<(String, String)>,
    wrong: Vec<String>,
}

impl Reading<'_> {
    fn folder(&mut self, folder: &Path, depth: usize) {
        let entries = match fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
            Ok(entries) => entries,
            Err(error) => return self.wrong.push(format!("{}: cannot be read: {error}", self.label)),
        };
        let mut paths: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
        paths.sort();
        for path in paths {
            let Some(name) = path.strip_prefix(self.root).ok().and_then(Path::to_str).map(str::to_owned) else {
                continue;
            };
            // Tests are not part of what runs.
            let is_folder = path.is_dir() && name != "tests" && depth < MAX_DEPTH;
            if is_hidden(&name) || !is_folder && !is_part(&name) {
                continue;
            }
            match self.admit(&path) {
                Ok(()) if is_folder => self.folder(&path, depth + 1),
                Ok(()) => self.file(&path, name),
                Err(what) => self.wrong.push(format!("{}/{name}: {what}", self.label)),
            }
            if self.is_full || MAX_WRONG <= self.wrong.len() {
                return;
            }
        }
    }

    /// Whether this is to be looked into.
    fn admit(&self, path: &Path) -> Result<(), String> {
        if !is_inside(&self.real, path) {
            return Err("leads out of the plugin's folder, or nowhere".to_owned());
        }
        if path.is_dir() || path.is_file() { Ok(()) } else { Err("is no plain file".to_owned()) }
    }

    fn file(&mut self, path: &Path, name: String) {
        let left = MAX_BYTES - self.n_bytes;
        let mut text = Vec::new();
        let read = File::open(path).and_then(|it| it.take(left + 1).read_to_end(&mut text));
        self.n_bytes += (text.len() as u64).min(left);
        self.is_full = left < text.len() as u64 || MAX_FILES <= self.files.len();
        let told = match (read, String::from_utf8(text)) {
            _ if self.is_full => format!("a plugin has at most {MAX_FILES} files and {} MiB", MAX_BYTES >> 20),
            (Err(error), _) => format!("cannot be read: {error}"),
            (Ok(_), Err(_)) => "cannot be read: it is no UTF-8".to_owned(),
            (Ok(_), Ok(text)) => return self.files.push((name, text)),
        };
        self.wrong.push(format!("{}/{name}: {told}", self.label));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_read_and_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("plugins/hello");
        fs::create_dir_all(folder.join("locales")).unwrap();
        fs::create_dir_all(folder.join("lib")).unwrap();
        fs::create_dir_all(folder.join("tests")).unwrap();
        fs::write(folder.join("init.lua"), "return {}").unwrap();
        fs::write(folder.join("lib/init.lua"), "return 1").unwrap();
        fs::write(folder.join("lib/more.lua"), "return 2").unwrap();
        fs::write(folder.join("tests/a.lua"), "x").unwrap();
        fs::write(folder.join("locales/en.ftl"), "a = b").unwrap();
        fs::write(folder.join("words.txt"), "x").unwrap();
        fs::write(folder.join("secret.pem"), "x").unwrap();
        fs::write(dir.path().join("plugins/other.lua"), "x").unwrap();
        let code = Code::read(&folder).unwrap();
        assert_eq!(code.label, "plugins/hello");
        assert_eq!(code.lua.keys().collect::<Vec<_>>(), ["init.lua", "lib/init.lua", "lib/more.lua"]);
        assert_eq!(code.locales, [("en".to_owned(), "a = b".to_owned())]);
        assert_eq!(code.data.keys().collect::<Vec<_>>(), ["words.txt"]);
        assert_eq!(code.find("lib"), Some("lib/init.lua"));
        assert_eq!(code.find("./lib/more"), Some("lib/more.lua"));
        for outside in ["../other", "/etc/passwd", "tests/a", "lib/../../other", "words.txt"] {
            assert_eq!(code.find(outside), None, "{outside}");
        }
        // What editors leave beside files, and what belongs to version control.
        std::os::unix::fs::symlink("juliet@balcony.1234", folder.join(".#init.lua")).unwrap();
        fs::create_dir_all(folder.join(".git")).unwrap();
        fs::write(folder.join(".git/x.json"), "x").unwrap();
        assert_eq!(Code::read(&folder).unwrap(), code);
        let own = dir.path().join("plugins/core");
        fs::create_dir_all(&own).unwrap();
        fs::write(own.join("init.lua"), "return {}").unwrap();
        assert!(Code::read(&own).unwrap_err()[0].contains("the bot's own commands"));
        fs::remove_file(folder.join("init.lua")).unwrap();
        assert_eq!(Code::read(&folder).unwrap_err(), ["plugins/hello: there is no init.lua"]);
    }

    #[test]
    fn what_leads_out_of_the_folder_or_never_ends_is_not_read() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("plugins/hello");
        fs::create_dir_all(folder.join("lib")).unwrap();
        fs::write(folder.join("init.lua"), "return {}").unwrap();
        fs::write(folder.join("lib/words.txt"), "x").unwrap();
        fs::write(dir.path().join("domovoi.toml"), "password = \"x\"").unwrap();
        // Within the folder links are as good as what they lead to, and so is one to the folder itself.
        symlink("lib/words.txt", folder.join("words.txt")).unwrap();
        symlink(&folder, dir.path().join("plugins/other")).unwrap();
        assert_eq!(Code::read(&folder).unwrap().data.len(), 2);
        assert_eq!(Code::read(&dir.path().join("plugins/other")).unwrap().data.len(), 2);
        let check = |name: &str, made: &dyn Fn(&Path), what: &str| {
            made(&folder.join(name));
            assert_eq!(Code::read(&folder).unwrap_err(), [format!("plugins/hello/{name}: {what}")]);
            fs::remove_file(folder.join(name)).unwrap();
        };
        let out = "leads out of the plugin's folder, or nowhere";
        check("conf.toml", &|it| symlink("../../domovoi.toml", it).unwrap(), out);
        check("all", &|it| symlink("/", it).unwrap(), out);
        check("gone.lua", &|it| symlink("nothing", it).unwrap(), out);
        check("zero.txt", &|it| symlink("/dev/zero", it).unwrap(), out);
        // Of a pipe that nobody writes into, the end would never come.
        let pipe = |it: &Path| assert!(std::process::Command::new("mkfifo").arg(it).status().unwrap().success());
        check("pipe.txt", &pipe, "is no plain file");
        let large = |it: &Path| fs::write(it, vec![b'x'; 3 << 20]).unwrap();
        check("large.txt", &large, "a plugin has at most 200 files and 2 MiB");
        let bytes = |it: &Path| fs::write(it, [0xff_u8]).unwrap();
        check("bytes.txt", &bytes, "cannot be read: it is no UTF-8");
        for n in 0..1_000 {
            fs::write(folder.join(format!("n{n}.txt")), "").unwrap();
        }
        let told = Code::read(&folder).unwrap_err();
        assert!(told.len() == 1 && told[0].ends_with(": a plugin has at most 200 files and 2 MiB"), "{told:?}");
        for n in 0..1_000 {
            fs::remove_file(folder.join(format!("n{n}.txt"))).unwrap();
            symlink("nothing", folder.join(format!("n{n}.txt"))).unwrap();
        }
        assert_eq!(Code::read(&folder).unwrap_err().len(), MAX_WRONG);
    }
}
