//! What is remembered of messages: which were seen, who wrote them, which of our own are still to come back.
//!
//! Only hashes are kept, in rings that grow to a bound, because there may be a thousand rooms.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use domovoi_plugin::{MessageId, Occupant, PluginName, SaidId, StanzaId, Timestamp};

use super::{
    gone::{GoneList, Speakers},
    occupants::bare_str,
};

/// Two thousand messages are known again if they come twice: each is remembered in one of so many rings, and only that
/// one is looked through for it.
const N_RINGS: usize = 16;
/// Half as many again as two thousand, since not every ring gets the same share.
const RING: usize = 192;
/// So many people who spoke in our absence are told apart.
const MAX_ABSENTEES: usize = 1000;
/// Of how many messages the author is known.
const MAX_AUTHORS: usize = 256;
/// How many of its own messages in a room a plugin can correct.
const MAX_OWN: usize = 32;
/// How many of our own messages may be on their way.
const MAX_ECHOES: usize = 64;
/// How long the room may take to send our own message back.
const ECHO_TIMEOUT: Duration = Duration::from_secs(20);

/// A ring of fixed length that takes memory only as it fills.
#[derive(Debug)]
struct Ring<T, const N: usize> {
    items: Vec<T>,
    next: usize,
}

impl<T, const N: usize> Default for Ring<T, N> {
    fn default() -> Self {
        Self { items: Vec::new(), next: 0 }
    }
}

impl<T, const N: usize> Ring<T, N> {
    fn push(&mut self, item: T) {
        match self.items.get_mut(self.next) {
            Some(slot) => *slot = item,
            None => {
                if self.items.len() == self.items.capacity() {
                    self.items.reserve_exact(self.items.len().max(4).min(N - self.items.len()));
                }
                self.items.push(item);
            }
        }
        self.next = (self.next + 1) % N;
    }
}

impl<const N: usize> Ring<u64, N> {
    /// Whether the number is there. Mostly it is not, so a run of them is compared without a branch for each.
    fn has(&self, number: u64) -> bool {
        self.items.chunks(32).any(|run| run.iter().fold(false, |found, it| found | (*it == number)))
    }
}

/// Which messages came, by hashes of the ids that the room gave them.
#[derive(Debug, Default)]
struct Seen([Ring<u64, RING>; N_RINGS]);

impl Seen {
    /// Whether it did not come before. Asking remembers it.
    fn is_new(&mut self, id: &StanzaId) -> bool {
        let hash = hash(id.as_str());
        let [low, ..] = hash.to_le_bytes();
        let Some(ring) = self.0.get_mut(usize::from(low) % N_RINGS) else { return true };
        if ring.has(hash) {
            return false;
        }
        ring.push(hash);
        true
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// A number for who this is: the real JID, else the occupant id, else the stay.
pub(super) fn author_key(occupant: &Occupant) -> u64 {
    match (occupant.jids.first(), &occupant.occupant_id) {
        (Some(jid), _) => hash(bare_str(jid)),
        (None, Some(id)) => hash(id.as_str()) ^ 1,
        (None, None) => occupant.stay,
    }
}

/// What is remembered of messages.
#[derive(Default)]
pub(super) struct Talk {
    seen: Seen,
    authors: Ring<Written, MAX_AUTHORS>,
    pub(super) echoes: Echoes,
    pub(super) speakers: Speakers,
    pub(super) gone: GoneList,
    pub(super) absentees: Absentees,
    pub(super) last_stanza_id: Option<StanzaId>,
    pub(super) own: Own,
}

#[derive(Debug)]
struct Written {
    message: Option<u64>,
    stanza: Option<u64>,
    author: u64,
}

impl Talk {
    /// Whether this message did not come before. Asking remembers it.
    pub(super) fn is_new(&mut self, id: &StanzaId) -> bool {
        self.seen.is_new(id)
    }

    pub(super) fn wrote(&mut self, author: u64, id: Option<&MessageId>, stanza_id: Option<&StanzaId>) {
        let message = id.map(|it| hash(it.as_str()));
        let stanza = stanza_id.map(|it| hash(it.as_str()));
        self.authors.push(Written { message, stanza, author });
    }

    /// Who wrote the message with this id, be it the sender's or the room's. Several people can use the same id.
    pub(super) fn authors_of(&self, id: &str) -> impl Iterator<Item = u64> {
        let hash = Some(hash(id));
        self.authors.items.iter().filter(move |it| it.message == hash || it.stanza == hash).map(|it| it.author)
    }

    pub(super) fn went(&mut self, occupant: &Arc<Occupant>, now: Timestamp) {
        let gone = self.speakers.take(occupant, now);
        self.gone.push(gone);
    }

    /// We are out: nothing will come back, and stays end.
    pub(super) fn stop_listening(&mut self) {
        self.echoes = Echoes::default();
        self.speakers.clear();
        self.absentees = Absentees::default();
    }
}

/// What we said ourselves lately, oldest first, and through which plugin: what that plugin may correct.
#[derive(Debug, Default)]
pub(super) struct Own(Vec<(PluginName, SaidId)>);

impl Own {
    pub(super) fn said(&mut self, plugin: &PluginName, id: SaidId) {
        if MAX_OWN <= self.0.iter().filter(|it| it.0 == *plugin).count()
            && let Some(oldest) = self.0.iter().position(|it| it.0 == *plugin)
        {
            self.0.remove(oldest);
        }
        self.0.push((plugin.clone(), id));
    }

    /// The message that this plugin means, by its id or the last one; `None` if it said no such thing.
    pub(super) fn meant(&self, plugin: &PluginName, which: Option<&MessageId>) -> Option<MessageId> {
        let mut own = self.0.iter().rev().filter(|it| it.0 == *plugin).map(|it| MessageId::from(it.1));
        own.find(|it| which.is_none_or(|which| it == which))
    }

    pub(super) fn has(&self, id: &MessageId) -> bool {
        self.0.iter().any(|it| MessageId::from(it.1) == *id)
    }
}

/// Those who spoke in our absence and of whom only a name is known: the same name within one gap is one stay.
#[derive(Debug, Default)]
pub(super) struct Absentees(BTreeMap<u64, u64>);

impl Absentees {
    /// The stay of this name; a new one if it was not heard in this gap.
    pub(super) fn stay(&mut self, name: &str, new: u64) -> u64 {
        let hash = hash(name);
        if MAX_ABSENTEES <= self.0.len() && !self.0.contains_key(&hash) {
            return new;
        }
        *self.0.entry(hash).or_insert(new)
    }
}

/// Our own messages that did not come back yet, oldest first.
#[derive(Debug, Default)]
pub(super) struct Echoes(Vec<(MessageId, Timestamp)>);

impl Echoes {
    pub(super) fn expect(&mut self, id: MessageId, now: Timestamp) {
        if self.0.len() < MAX_ECHOES {
            self.0.push((id, now));
        }
    }

    pub(super) fn came(&mut self, id: &MessageId) {
        self.0.retain(|(it, _)| it != id);
    }

    pub(super) fn overdue_at(&self) -> Option<Timestamp> {
        self.0.first().map(|(_, at)| *at + ECHO_TIMEOUT)
    }

    /// Forgets what did not come back in time; whether there was such a thing.
    pub(super) fn forget_overdue(&mut self, now: Timestamp) -> bool {
        let n_before = self.0.len();
        self.0.retain(|(_, at)| now < *at + ECHO_TIMEOUT);
        self.0.len() < n_before
    }

    pub(super) fn restart(&mut self, now: Timestamp) {
        self.0.iter_mut().for_each(|(_, at)| *at = now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_two_thousand_messages_are_known_again_and_memory_is_bounded() {
        let (mut talk, id) = (Talk::default(), |n: usize| StanzaId::new(format!("stanza {n}")));
        for n in 0..20_000 {
            assert!(talk.is_new(&id(n)), "{n}");
            assert!(n < 2_000 || !talk.is_new(&id(n - 2_000)), "{n}");
        }
        assert!(talk.seen.0.iter().all(|it| it.items.capacity() == RING));
    }
}
