//! What the state knows about itself: its schema, and what each tree must contain.
//!
//! sled does not notice all damage. So every value carries a checksum, and one value, written in the same transaction as
//! every change, says how many keys each tree has and what their checksums add up to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How many keys a tree has, and the sum of their checksums, whose order does not matter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) n: u64,
    pub(crate) sum: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, sealed: &[u8]) {
        self.n = self.n.wrapping_add(1);
        self.sum = self.sum.wrapping_add(checksum_of(sealed));
    }

    pub(crate) fn remove(&mut self, sealed: &[u8]) {
        self.n = self.n.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(checksum_of(sealed));
    }
}

/// The one value of the `meta` tree. Every schema keeps this form, so that older and newer programs can read it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Meta {
    pub(crate) schema: u32,
    /// Rises by one with each transaction.
    pub(crate) commit: u64,
    pub(crate) trees: BTreeMap<String, Tally>,
}

/// The tree and key that [`Meta`] is sealed as.
const SEAL: (&str, &[u8]) = ("meta", b"meta");

impl Meta {
    pub(crate) fn new(schema: u32) -> Self {
        Self { schema, ..Self::default() }
    }

    /// The tally of a tree, made if there was none.
    pub(crate) fn tally(&mut self, tree: &str) -> &mut Tally {
        self.trees.entry(tree.to_owned()).or_default()
    }

    /// As bytes with a checksum.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        Ok(seal(SEAL.0, SEAL.1, &serde_json::to_vec(self)?))
    }

    /// `None` if the bytes are not what [`Meta::encode`] wrote.
    pub(crate) fn decode(sealed: &[u8]) -> Option<Self> {
        serde_json::from_slice(unseal(SEAL.0, SEAL.1, sealed)?).ok()
    }
}

/// The checksum of an entry: of the value and of where it belongs.
pub(crate) fn checksum(tree: &str, key: &[u8], value: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(tree.as_bytes());
    hasher.update(&[0]);
    hasher.update(&(key.len() as u64).to_le_bytes());
    hasher.update(key);
    hasher.update(value);
    hasher.finalize()
}

/// The value with its checksum before it, as it stands in the store.
pub(crate) fn seal(tree: &str, key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(4 + value.len());
    sealed.extend_from_slice(&checksum(tree, key, value).to_le_bytes());
    sealed.extend_from_slice(value);
    sealed
}

/// The value without its checksum; `None` if the checksum is wrong.
pub(crate) fn unseal<'a>(tree: &str, key: &[u8], sealed: &'a [u8]) -> Option<&'a [u8]> {
    let (sum, value) = sealed.split_first_chunk::<4>()?;
    (u32::from_le_bytes(*sum) == checksum(tree, key, value)).then_some(value)
}

fn checksum_of(sealed: &[u8]) -> u64 {
    sealed.first_chunk::<4>().map_or(0, |sum| u64::from(u32::from_le_bytes(*sum)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_in_another_place_is_refused() {
        let sealed = seal("access", b"alice", b"20");
        assert_eq!(unseal("access", b"alice", &sealed), Some(&b"20"[..]));
        assert_eq!(unseal("access", b"bob", &sealed), None);
        assert_eq!(unseal("kv", b"alice", &sealed), None);
        assert_eq!(unseal("access", b"alice", b"abc"), None);
    }

    #[test]
    fn meta_reads_back() {
        let mut meta = Meta::new(1);
        meta.tally("access").add(&seal("access", b"alice", b"20"));
        let mut bytes = meta.encode().unwrap();
        assert_eq!(Meta::decode(&bytes), Some(meta));
        bytes[9] ^= 1;
        assert_eq!(Meta::decode(&bytes), None);
    }
}
