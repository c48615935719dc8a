//! The store under kill, damage and a full disk, each on real files.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::print_stderr,
    reason = "the exceptions for tests do not reach their helpers, and seeds must be shown"
)]

mod damage;
mod disk;
mod kill;
mod released;

use std::{
    fs,
    hash::{BuildHasher, RandomState},
    path::Path,
};

use domovoi::store::{Store, StoreOptions};
use domovoi_plugin::{Record, RecordKind, RoomJid, Timestamp};

/// A small generator whose seed is printed, so that a failure can be had again with `DOMOVOI_SEED`.
struct Random(u64);

impl Random {
    fn new(test: &str) -> Self {
        let given = std::env::var("DOMOVOI_SEED").ok().and_then(|it| it.parse().ok());
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one(test));
        eprintln!("{test}: DOMOVOI_SEED={seed}");
        Self(seed)
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n).unwrap()).unwrap()
    }
}

fn open(dir: &Path) -> Store {
    Store::open(dir, StoreOptions::default()).unwrap().0
}

fn room(n: usize) -> RoomJid {
    format!("room{n}@chat.example").parse().unwrap()
}

/// A message, this many minutes after the evening of 2026-11-21.
fn said(room: RoomJid, minute: i64, body: String) -> Record {
    let at = Timestamp::from_millis(1_795_280_000_000 + minute * 60_000);
    Record { body: Some(body), ..Record::new(at, room, RecordKind::Message) }
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
