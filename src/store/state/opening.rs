//! Opens the folder of the state: makes it, checks all of it, upgrades it, or refuses with a sentence.
//!
//! The sled folder is only ever replaced as a whole, by renames that a crash between them leaves repairable.

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
    pub(crate) fn sled(&self) -> PathBuf {
        self.dir.join("sled")
    }
    fn fresh(&self) -> PathBuf {
        self.dir.join("sled.new")
    }
    fn replaced(&self) -> PathBuf {
        self.dir.join("sled.old")
    }
    fn acked(&self) -> PathBuf {
        self.dir.join("acked")
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
    pub(crate) faults: Option<Faults>,
}

impl Opener {
    /// Opens it at start: makes or upgrades it where that is needed.
    pub(crate) fn open(&self) -> Result<(Ready, Opened), StoreError> {
        self.settle().map_err(StoreError::io("tidy up", &self.layout.dir))?;
        let mut opened = Opened::default();
        let (acked, n_acked) = self.open_acked()?;
        if !self.layout.sled().exists() {
            if 0 < n_acked {
                return Err(self.damaged("the folder `sled` is missing"));
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

    /// Opens it after a failed write: nothing is made or upgraded.
    pub(crate) fn reopen(&self) -> Result<Ready, StoreError> {
        let (acked, n_acked) = self.open_acked()?;
        let (file, meta) = self.open_file()?;
        self.verify(&file, &meta, n_acked)?;
        Ok(Ready { backend: self.wrap(file), meta, acked })
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

    /// Finishes, or takes back, a replacement of the sled folder that a crash interrupted.
    fn settle(&self) -> io::Result<()> {
        let (sled, fresh, replaced) = (self.layout.sled(), self.layout.fresh(), self.layout.replaced());
        if !sled.exists() && replaced.exists() {
            fs::rename(&replaced, &sled)?;
        }
        for leftover in [fresh, replaced] {
            if leftover.exists() {
                fs::remove_dir_all(leftover)?;
            }
        }
        Ok(())
    }

    fn open_file(&self) -> Result<(SledFile, Meta), StoreError> {
        let file = SledFile::open(&self.layout.sled()).map_err(|it| self.fault(it))?;
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
        drop(file);
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

    /// Makes a sled folder with this in it and puts it in place of the one that is there.
    pub(crate) fn build(&self, image: &Image, commit: u64) -> Result<(), StoreError> {
        let (sled, fresh, replaced) = (self.layout.sled(), self.layout.fresh(), self.layout.replaced());
        self.fill(&fresh, image, commit)?;
        let io = |error| StoreError::io("replace", &sled)(error);
        if sled.exists() {
            fs::rename(&sled, &replaced).map_err(io)?;
        }
        fs::rename(&fresh, &sled).map_err(io)?;
        sync_dir(&self.layout.dir).map_err(io)?;
        if replaced.exists() {
            fs::remove_dir_all(&replaced).map_err(io)?;
        }
        Ok(())
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
        self.write_meta(&file, &changes, &meta)
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
            Fault::Damage(why) => self.damaged(format!("the folder `sled` cannot be read: {why}")),
            Fault::Disk(why) => StoreError::io("use", self.layout.sled())(io::Error::other(why)),
        }
    }
}

/// Brings the names in a folder to the disk.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    fs::File::open(dir)?.sync_all()
}
