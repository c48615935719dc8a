//! Which account of ours people write to: they are answered from the address they know. Kept in memory only; after a
//! restart any account of ours will do until they write again.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use domovoi_plugin::{AccountId, jid::BareJid};

/// So many people are remembered; whoever was silent longest makes way.
const MAX_PEOPLE: usize = 1000;

/// Who wrote to which account last.
#[derive(Debug, Default)]
pub(super) struct Chats(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    people: BTreeMap<BareJid, (u64, AccountId)>,
    /// Rises with each message, so that the smallest is the oldest.
    n: u64,
}

impl Chats {
    /// Someone wrote to this account.
    pub(super) fn note(&self, person: &BareJid, account: &AccountId) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.n += 1;
        let n = known.n;
        known.people.insert(person.clone(), (n, account.clone()));
        if MAX_PEOPLE < known.people.len() {
            let oldest = known.people.iter().min_by_key(|(_, (n, _))| *n).map(|(person, _)| person.clone());
            oldest.and_then(|person| known.people.remove(&person));
        }
    }

    /// The account that someone wrote to last.
    #[must_use]
    pub(super) fn of(&self, person: &BareJid) -> Option<AccountId> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.people.get(person).map(|(_, account)| account.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_do_not_fill_the_memory() {
        let (chats, account): (Chats, AccountId) = (Chats::default(), "main".parse().unwrap());
        let person = |n: usize| BareJid::new(&format!("p{n}@x.example")).unwrap();
        for n in 0..=MAX_PEOPLE {
            chats.note(&person(n), &account);
        }
        assert_eq!(chats.of(&person(0)), None, "silent longest");
        assert_eq!(chats.of(&person(1)), Some(account));
        assert_eq!(chats.0.lock().unwrap().people.len(), MAX_PEOPLE);
    }
}
