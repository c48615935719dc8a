//! Opens the folder of the state: makes it, checks all of it, upgrades it, or refuses with a sentence.
//!
//! sled's files lie in `sled-N`. A changed copy is made beside it and becomes `sled-N+1` by one rename; the highest number
//! is the state. Never again the same name: an old handle of sled may still write to its folder long after.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::store::{
    backup,
    error::StoreError,
    faults::Faults,
    state::{
        acked::Acked,
        backend::{Backend, Fault, Faulty},
        dump::{DumpWriter, Image},
        meta::{Meta, Tally, seal, unseal},
        sled_file::SledFile,
        tree::{Change, Tree},
    },
};

/// Brings an image from one schema to the next, or says why it cannot.
pub type UpgradeStep = fn(&mut Image) -> Result<(), String>;

/// The form in which the state is kept. Tests make their own to see upgrades work.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// The version that this program writes; versions begin with 1.
    pub version: u32,
    /// The way from version 1 to 2, from 2 to 3, and so on.
    pub steps: &'static [UpgradeStep],
}

impl Schema {
    /// What this program writes.
    pub const CURRENT: Self = Self { version: 1, steps: &[] };

    /// Brings the image of an older schema to this one.
    pub(crate) fn upgrade(&self, image: &mut Image, from: u32) -> Result<(), String> {
        let n_done = from.checked_sub(1).ok_or("schema 0 was never released")?;
        let n_done = usize::try_from(n_done).map_err(|it| it.to_string())?;
        self.steps.iter().skip(n_done).try_for_each(|step| step(image))
    }
}

/// Where the parts of the state lie.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) dir: PathBuf,
}

impl Layout {
    fn sled(&self, generation: u64) -> PathBuf {
        self.dir.join(format!("sled-{generation}"))
    }

    fn fresh(&self) -> PathBuf {
        self.dir.join("sled.new")
    }

    fn acked(&self) -> PathBuf {
        self.dir.join("acked")
    }

    /// The numbers of the folders that are there, in order.
    fn generations(&self) -> io::Result<Vec<u64>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let name = entry?.file_name();
            let number: Option<u64> =
                name.to_str().and_then(|it| it.strip_prefix("sled-")).and_then(|it| it.parse().ok());
            found.extend(number);
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Makes `sled.new` the state.
    fn publish(&self) -> io::Result<()> {
        let next = self.generations()?.last().map_or(1, |it| it + 1);
        sync_dir(&self.fresh())?;
        fs::rename(self.fresh(), self.sled(next))?;
        sync_dir(&self.dir)?;
        self.tidy()
    }

    /// Removes what is not the state, or not any more.
    fn tidy(&self) -> io::Result<()> {
        let mut leftovers: Vec<_> = self.generations()?.into_iter().map(|it| self.sled(it)).collect();
        leftovers.pop();
        leftovers.push(self.fresh());
        for leftover in leftovers.iter().filter(|it| it.exists()) {
            fs::remove_dir_all(leftover)?;
        }
        Ok(())
    }
}

/// How the state was found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Opened {
    /// There was nothing, and it was made.
    pub created: bool,
    /// The schema it had, where that was an older one.
    pub upgraded_from: Option<u32>,
    /// The backup that was made before the upgrade.
    pub backup: Option<PathBuf>,
}

/// The state, open and checked.
pub(crate) struct Ready {
    pub(crate) backend: Box<dyn Backend>,
    pub(crate) meta: Meta,
    pub(crate) acked: Acked,
}

/// Opens the state again and again in the life of a writer.
#[derive(Clone, Debug)]
pub(crate) struct Opener {
    pub(crate) layout: Layout,
    pub(crate) schema: Schema,
    pub(crate) backup_dir: PathBuf,
    /// So much space must be free for anything to be written; 0 for not asking.
    pub(crate) min_free_bytes: u64,
    pub(crate) faults: Option<Faults>,
}

impl Opener {
    /// Opens it at start: makes or upgrades it where that is needed.
    pub(crate) fn open(&self) -> Result<(Ready, Opened), StoreError> {
        self.layout.tidy().map_err(StoreError::io("tidy up", &self.layout.dir))?;
        let mut opened = Opened::default();
        let (acked, n_acked) = self.open_acked()?;
        if self.current()?.is_none() {
            if 0 < n_acked {
                return Err(self.damaged("its folder `sled-N` is missing"));
            }
            self.build(&Image::new(), 0)?;
            opened.created = true;
        }
        let (mut file, mut meta) = self.open_file()?;
        if meta.schema < self.schema.version {
            opened.upgraded_from = Some(meta.schema);
            opened.backup = Some(self.upgrade(file, &meta)?);
            (file, meta) = self.open_file()?;
        }
        self.verify(&file, &meta, n_acked)?;
        Ok((Ready { backend: self.wrap(file), meta, acked }, opened))
    }

    /// Opens a copy of it after a failed write, while the failed handle still serves reads.
    ///
    /// After a failure sled's handle can neither write nor be closed (dropping it may wait for ever), and keeps its
    /// files locked. So nobody waits for it: the copy is what goes on.
    pub(crate) fn reopen(&self) -> Result<Ready, StoreError> {
        let io = |error| StoreError::io("copy the state in", &self.layout.dir)(error);
        let current = self.current()?.ok_or_else(|| self.damaged("its folder `sled-N` is missing"))?;
        let fresh = self.layout.fresh();
        if fresh.exists() {
            fs::remove_dir_all(&fresh).map_err(io)?;
        }
        if let Err(error) = copy_dir(&current, &fresh) {
            // The space is needed more than the beginning of a copy.
            fs::remove_dir_all(&fresh).ok();
            return Err(io(error));
        }
        self.layout.publish().map_err(io)?;
        let (acked, n_acked) = self.open_acked()?;
        let (file, meta) = self.open_file()?;
        self.verify(&file, &meta, n_acked)?;
        Ok(Ready { backend: self.wrap(file), meta, acked })
    }

    /// Whether so much space is free that sled will not run out of it in the middle of writing `n_bytes`.
    pub(crate) fn check_space(&self, n_bytes: u64) -> Result<(), String> {
        let needed = self.min_free_bytes.saturating_add(n_bytes.saturating_mul(4));
        if self.min_free_bytes == 0 {
            return Ok(());
        }
        match fs2::available_space(&self.layout.dir) {
            Ok(n_free) if n_free < needed => Err(format!("only {n_free} bytes are free on the disk")),
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Whether the disk takes a megabyte, twice what sled asks for at once.
    pub(crate) fn probe(&self) -> io::Result<()> {
        if let Some(faults) = &self.faults {
            faults.before_write()?;
        }
        let path = self.layout.dir.join("probe");
        let done = fs::write(&path, vec![1; 1 << 20]).and_then(|()| fs::File::open(&path)?.sync_all());
        // A probe that stays behind does no harm, and the next one overwrites it.
        fs::remove_file(&path).ok();
        done
    }

    fn wrap(&self, file: SledFile) -> Box<dyn Backend> {
        match &self.faults {
            Some(faults) => Box::new(Faulty::new(file, faults.clone())),
            None => Box::new(file),
        }
    }

    fn open_acked(&self) -> Result<(Acked, u64), StoreError> {
        let path = self.layout.acked();
        Acked::open(&path).map_err(StoreError::io("open", path))
    }

    fn current(&self) -> Result<Option<PathBuf>, StoreError> {
        let found = self.layout.generations().map_err(StoreError::io("list", &self.layout.dir))?;
        Ok(found.last().map(|it| self.layout.sled(*it)))
    }

    fn open_file(&self) -> Result<(SledFile, Meta), StoreError> {
        let dir = self.current()?.ok_or_else(|| self.damaged("its folder `sled-N` is missing"))?;
        let file = SledFile::open(&dir).map_err(|it| self.fault(it))?;
        let sealed = file.meta().map_err(|it| self.fault(it))?;
        let sealed = sealed.ok_or_else(|| self.damaged("the tree `meta` is empty"))?;
        let meta = Meta::decode(&sealed).ok_or_else(|| self.damaged("the checksum of the tree `meta` is wrong"))?;
        if self.schema.version < meta.schema {
            let (found, known) = (meta.schema, self.schema.version);
            return Err(StoreError::Newer { path: self.layout.dir.clone(), found, known });
        }
        Ok((file, meta))
    }

    /// Reads every value, and compares with what the meta value and the acknowledged number say.
    fn verify(&self, file: &SledFile, meta: &Meta, n_acked: u64) -> Result<(), StoreError> {
        for tree in Tree::ALL {
            let mut found = Tally::default();
            let mut bad = None;
            let scanned = file.scan(tree, b"", &mut |key, sealed| {
                if unseal(tree.name(), key, sealed).is_none() {
                    bad = Some(String::from_utf8_lossy(key).into_owned());
                }
                found.add(sealed);
                bad.is_none()
            });
            scanned.map_err(|it| self.tree_fault(tree, it))?;
            if let Some(key) = bad {
                return Err(self.damaged(format!("tree `{tree}`: the checksum of `{key}` is wrong")));
            }
            let expected = meta.trees.get(tree.name()).copied().unwrap_or_default();
            if found != expected {
                let (n_found, n_expected) = (found.n, expected.n);
                return Err(self.damaged(format!("tree `{tree}` has {n_found} keys where {n_expected} were written")));
            }
        }
        self.check_extent(file, meta, n_acked)
    }

    fn check_extent(&self, file: &SledFile, meta: &Meta, n_acked: u64) -> Result<(), StoreError> {
        let used = file.used_trees().map_err(|it| self.fault(it))?;
        if let Some(name) = used.iter().find(|name| Tree::ALL.iter().all(|it| it.name() != name.as_str())) {
            return Err(self.damaged(format!("there is a tree `{name}` that nobody wrote")));
        }
        if meta.commit < n_acked {
            let n_lost = n_acked - meta.commit;
            return Err(self.damaged(format!("its last {n_lost} acknowledged changes are missing")));
        }
        Ok(())
    }

    /// Backs up what is there, and puts the upgraded state in its place.
    fn upgrade(&self, file: SledFile, meta: &Meta) -> Result<PathBuf, StoreError> {
        let mut image = self.image(&file, meta)?;
        file.close();
        let (from, to) = (meta.schema, self.schema.version);
        let backup = backup::before_upgrade(&self.backup_dir, from, |path| {
            let mut dump = DumpWriter::create(path, from, meta.commit)?;
            image.iter().try_for_each(|((tree, key), value)| dump.entry(tree, key, value))?;
            dump.finish().map(|_| ())
        })?;
        let error = |why| StoreError::Upgrade { path: self.layout.dir.clone(), from, to, why };
        self.schema.upgrade(&mut image, from).map_err(error)?;
        self.build(&image, meta.commit)?;
        tracing::info!(from, to, backup = %backup.display(), "the state was upgraded");
        Ok(backup)
    }

    /// Everything in a store of an older schema, checked.
    fn image(&self, file: &SledFile, meta: &Meta) -> Result<Image, StoreError> {
        let mut found = Meta { commit: meta.commit, ..Meta::new(meta.schema) };
        let mut image = Image::new();
        for ((tree, key), sealed) in file.image().map_err(|it| self.fault(it))? {
            let Some(value) = unseal(&tree, &key, &sealed) else {
                let key = String::from_utf8_lossy(&key);
                return Err(self.damaged(format!("tree `{tree}`: the checksum of `{key}` is wrong")));
            };
            found.tally(&tree).add(&sealed);
            image.insert((tree, key), value.to_vec());
        }
        let empty = Tally::default();
        if meta.trees.iter().any(|(tree, tally)| found.trees.get(tree).unwrap_or(&empty) != tally)
            || found.trees.keys().any(|tree| !meta.trees.contains_key(tree))
        {
            return Err(self.damaged("keys are missing"));
        }
        Ok(image)
    }

    /// Makes a state with this in it, in place of what is there.
    pub(crate) fn build(&self, image: &Image, commit: u64) -> Result<(), StoreError> {
        self.fill(&self.layout.fresh(), image, commit)?;
        self.layout.publish().map_err(StoreError::io("replace the state in", &self.layout.dir))
    }

    fn fill(&self, dir: &Path, image: &Image, commit: u64) -> Result<(), StoreError> {
        const PER_TRANSACTION: usize = 1000;
        let file = SledFile::open(dir).map_err(|it| self.fault(it))?;
        let mut meta = Meta { commit: commit + 1, ..Meta::new(self.schema.version) };
        let mut changes = Vec::new();
        for (n, ((name, key), value)) in image.iter().enumerate() {
            let Some(tree) = Tree::ALL.into_iter().find(|it| it.name() == name) else {
                return Err(self.damaged(format!("there is no tree `{name}`")));
            };
            let sealed = seal(name, key, value);
            meta.tally(name).add(&sealed);
            changes.push(Change { tree, key: key.clone(), value: Some(sealed) });
            if (n + 1).is_multiple_of(PER_TRANSACTION) {
                self.write_meta(&file, &changes, &meta)?;
                changes.clear();
            }
        }
        self.write_meta(&file, &changes, &meta)?;
        file.close();
        Ok(())
    }

    fn write_meta(&self, file: &SledFile, changes: &[Change], meta: &Meta) -> Result<(), StoreError> {
        let meta = meta.encode().map_err(|it| StoreError::io("write", &self.layout.dir)(it.into()))?;
        file.write(changes, &meta).map_err(|it| self.fault(it))
    }

    fn damaged(&self, what: impl Into<String>) -> StoreError {
        StoreError::damaged(&self.layout.dir, what)
    }

    fn tree_fault(&self, tree: Tree, fault: Fault) -> StoreError {
        match fault {
            Fault::Damage(why) => self.damaged(format!("tree `{tree}` cannot be read: {why}")),
            Fault::Disk(_) => self.fault(fault),
        }
    }

    fn fault(&self, fault: Fault) -> StoreError {
        match fault {
            Fault::Damage(why) => self.damaged(format!("sled's files cannot be read: {why}")),
            Fault::Disk(why) => StoreError::io("use", &self.layout.dir)(io::Error::other(why)),
        }
    }
}

/// Copies a folder and what is below it.
fn copy_dir(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_dir(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), &to)?;
            fs::File::open(&to)?.sync_all()?;
        }
    }
    Ok(())
}

/// Brings the names in a folder to the disk.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    fs::File::open(dir)?.sync_all()
}
