//! Block lists of others, in real time: who stands on which, and what that is worth here.
//!
//! An entry is the hex SHA-256 of a bare JID or of a domain, or one of these in plain. A list is given a weight and
//! perhaps a deed of its own; it may be made to count only together with others (a quorum).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use domovoi_plugin::{RoomJid, jid::BareJid};
use sha2::{Digest, Sha256};

use super::deed::Deed;

/// Points of a list of full weight for a JID.
const JID_POINTS: u32 = 100;
/// And for a domain, on which honest people are too: never enough alone, whatever deed the list has.
const DOMAIN_POINTS: u32 = 40;

/// An entry, as it is looked up.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Key {
    /// A digest.
    Hash([u8; 32]),
    /// A JID or a domain, in lower case.
    Plain(Box<str>),
}

impl Key {
    /// Of the id of an item.
    pub(crate) fn of(id: &str) -> Self {
        let id = id.trim().to_lowercase();
        unhex(&id).map_or_else(|| Self::Plain(id.into()), Self::Hash)
    }

    /// Of a bare JID or a domain, hashed.
    pub(crate) fn hashed(text: &str) -> Self {
        Self::Hash(Sha256::digest(text.as_bytes()).into())
    }

    /// As the id of an item.
    pub(crate) fn id(&self) -> String {
        match self {
            Self::Hash(bytes) => bytes.iter().map(|it| format!("{it:02x}")).collect(),
            Self::Plain(text) => text.to_string(),
        }
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (n, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * n..2 * n + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// What a list is worth.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Worth {
    /// Of a hundred.
    pub(crate) weight: u32,
    /// What standing on it leads to, instead of points.
    pub(crate) deed: Option<Deed>,
    /// On how many lists someone must stand before this one counts.
    pub(crate) quorum: usize,
    /// Whether it is only watched.
    pub(crate) is_observed: bool,
}

impl Default for Worth {
    fn default() -> Self {
        Self { weight: 100, deed: None, quorum: 1, is_observed: false }
    }
}

/// One list.
#[derive(Clone, Debug, Default)]
pub(crate) struct BlockList {
    /// By which name it is called here.
    pub(crate) name: Arc<str>,
    /// What it is worth.
    pub(crate) worth: Worth,
    /// Who stands on it.
    pub(crate) entries: Arc<BTreeSet<Key>>,
}

/// All lists.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blocks {
    /// In the order of their names.
    pub(crate) lists: Vec<BlockList>,
    /// JIDs and domains that no list counts against, everywhere (`None`) or in a room.
    pub(crate) exceptions: BTreeMap<Option<RoomJid>, BTreeSet<String>>,
    /// Rises with every change, so that those present are looked at again.
    pub(crate) generation: u64,
}

/// That someone stands on a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Blocked {
    /// Which list.
    pub(crate) list: Arc<str>,
    /// Under which id.
    pub(crate) id: String,
    /// Points, before trust weighs them.
    pub(crate) points: u32,
    /// What it leads to instead.
    pub(crate) deed: Option<Deed>,
    /// Whether it is only watched.
    pub(crate) is_observed: bool,
}

impl Blocks {
    /// On which lists someone stands, as far as they count here.
    pub(crate) fn find(&self, room: Option<&RoomJid>, jid: &BareJid) -> Vec<Blocked> {
        if self.lists.iter().all(|it| it.entries.is_empty()) || self.is_excepted(room, jid) {
            return Vec::new();
        }
        let domain = jid.domain().as_str();
        let keys = [Key::hashed(jid.as_str()), Key::Plain(jid.as_str().into())];
        let of_domain = [Key::hashed(domain), Key::Plain(domain.into())];
        let mut found: Vec<(&BlockList, Blocked)> = Vec::new();
        for list in &self.lists {
            let on = |keys: &[Key]| keys.iter().find(|it| list.entries.contains(*it)).cloned();
            let (key, points, deed) = match on(&keys) {
                Some(key) => (key, JID_POINTS, list.worth.deed),
                None => match on(&of_domain) {
                    Some(key) => (key, DOMAIN_POINTS, None),
                    None => continue,
                },
            };
            let points = points * list.worth.weight.min(100) / 100;
            let is_observed = list.worth.is_observed;
            found.push((list, Blocked { list: list.name.clone(), id: key.id(), points, deed, is_observed }));
        }
        let n_found = found.len();
        found.into_iter().filter(|(list, _)| list.worth.quorum <= n_found).map(|it| it.1).collect()
    }

    fn is_excepted(&self, room: Option<&RoomJid>, jid: &BareJid) -> bool {
        let is_in = |it: &BTreeSet<String>| it.contains(jid.as_str()) || it.contains(jid.domain().as_str());
        let in_room = room.and_then(|it| self.exceptions.get(&Some(it.clone())));
        self.exceptions.get(&None).is_some_and(is_in) || in_room.is_some_and(is_in)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(name: &str, worth: Worth, ids: &[&str]) -> BlockList {
        BlockList { name: name.into(), worth, entries: Arc::new(ids.iter().map(|it| Key::of(it)).collect()) }
    }

    fn found(lists: Vec<BlockList>, jid: &str) -> Vec<(String, u32)> {
        let blocks = Blocks { lists, ..Blocks::default() };
        let found = blocks.find(None, &BareJid::new(jid).unwrap());
        found.into_iter().map(|it| (it.list.to_string(), it.points)).collect()
    }

    #[test]
    fn entries_are_hashes_or_plain_of_jids_or_domains() {
        // SHA-256 of `bob@bad.example` and of `bad.example`.
        let jid = Key::hashed("bob@bad.example").id();
        let domain = Key::hashed("bad.example").id().to_uppercase();
        for (id, points) in [(jid.as_str(), 100), ("Bob@bad.example", 100), (domain.as_str(), 40), ("bad.example", 40)]
        {
            let hits = found(vec![list("a", Worth::default(), &[id])], "bob@bad.example");
            assert_eq!(hits, [("a".to_owned(), points)], "{id}");
        }
        assert!(found(vec![list("a", Worth::default(), &[&jid])], "bob@good.example").is_empty());
    }

    #[test]
    fn a_digest_is_that_of_the_public_lists() {
        let id = Key::hashed("user@example.org").id();
        assert_eq!(id.len(), 64);
        assert_eq!(Key::of(&id).id(), id);
        // What `printf abc | sha256sum` says.
        assert_eq!(Key::hashed("abc").id(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn weight_and_quorum_say_what_a_list_counts() {
        let half = Worth { weight: 50, ..Worth::default() };
        let both = Worth { quorum: 2, ..Worth::default() };
        assert_eq!(found(vec![list("a", half.clone(), &["a@a.example"])], "a@a.example"), [("a".to_owned(), 50)]);
        assert!(found(vec![list("a", both.clone(), &["a@a.example"])], "a@a.example").is_empty());
        let two = vec![list("a", half, &["a@a.example"]), list("b", both, &["a@a.example"])];
        assert_eq!(found(two, "a@a.example"), [("a".to_owned(), 50), ("b".to_owned(), 100)]);
    }

    #[test]
    fn exceptions_hold_in_their_room_or_everywhere() {
        let (here, there): (RoomJid, RoomJid) = ("a@c.example".parse().unwrap(), "b@c.example".parse().unwrap());
        let lists = vec![list("a", Worth::default(), &["bad.example"])];
        let exceptions = BTreeMap::from([(Some(here.clone()), BTreeSet::from(["bad.example".to_owned()]))]);
        let blocks = Blocks { lists, exceptions, generation: 0 };
        let jid = BareJid::new("bob@bad.example").unwrap();
        assert!(blocks.find(Some(&here), &jid).is_empty());
        assert_eq!(blocks.find(Some(&there), &jid).len(), 1);
    }
}
