//! Our own requests that wait for an answer.
//!
//! An answer counts only if it comes from whom we asked: in a room everybody could send us one. Pure: time is an
//! argument, ids are counted behind a prefix that the caller draws at random for each stream.

use std::{collections::HashMap, time::Duration};

use domovoi_plugin::{Timestamp, jid::BareJid, jid::Jid};

/// The requests of one stream.
#[derive(Debug)]
pub struct IqTable<T> {
    own: BareJid,
    prefix: String,
    n_asked: u64,
    cap: usize,
    // Looked up by id only; what is handed out in bulk is sorted first.
    waiting: HashMap<String, Waiting<T>>,
}

#[derive(Debug)]
struct Waiting<T> {
    number: u64,
    to: Option<Jid>,
    what: T,
    asked_at: Timestamp,
    timeout: Duration,
}

/// A request that was answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answered<T> {
    /// What it was for.
    pub what: T,
    /// How long the answer took.
    pub latency: Duration,
}

/// As many requests wait as may; the request was not registered.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("too many requests wait for an answer")]
pub struct Full<T>(
    /// What it was for.
    pub T,
);

impl<T> IqTable<T> {
    /// A table for the stream of the account `own`, with ids that begin with `prefix`, for at most `cap` requests.
    #[must_use]
    pub fn new(own: BareJid, prefix: impl Into<String>, cap: usize) -> Self {
        Self { own, prefix: prefix.into(), n_asked: 0, cap, waiting: HashMap::new() }
    }

    /// Registers a request and gives its id. `to` is `None` for our own account on its server.
    ///
    /// # Errors
    /// If the table is full. Who asks then waits for [`IqTable::expired`] or gives up; nothing waiting is pushed out.
    pub fn insert(&mut self, to: Option<Jid>, what: T, now: Timestamp, timeout: Duration) -> Result<String, Full<T>> {
        if self.cap <= self.waiting.len() {
            return Err(Full(what));
        }
        self.n_asked += 1;
        let id = format!("{}-{}", self.prefix, self.n_asked);
        let waiting = Waiting { number: self.n_asked, to, what, asked_at: now, timeout };
        self.waiting.insert(id.clone(), waiting);
        Ok(id)
    }

    /// The request that this answers; `None` if there is no such, or someone else answers it, and then it waits on.
    pub fn answer(&mut self, from: Option<&Jid>, id: &str, now: Timestamp) -> Option<Answered<T>> {
        let is_asked = is_asked(&self.own, self.waiting.get(id)?.to.as_ref(), from);
        let waiting = is_asked.then(|| self.waiting.remove(id)).flatten()?;
        Some(Answered { what: waiting.what, latency: now.since(waiting.asked_at) })
    }

    /// Takes out the requests whose time is over, in the order in which they were asked.
    pub fn expired(&mut self, now: Timestamp) -> Vec<T> {
        let expired = self.waiting.extract_if(|_, it| it.timeout <= now.since(it.asked_at));
        in_order(expired.map(|(_, it)| it).collect())
    }

    /// Forgets the requests that no longer matter; what answers them is an answer to nothing.
    pub fn forget(&mut self, is_void: impl Fn(&T) -> bool) {
        self.waiting.retain(|_, it| !is_void(&it.what));
    }

    /// Takes out all requests, in the order in which they were asked: the stream is gone, and so are the answers.
    pub fn drain(&mut self) -> Vec<T> {
        in_order(self.waiting.drain().map(|(_, it)| it).collect())
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

fn in_order<T>(mut waiting: Vec<Waiting<T>>) -> Vec<T> {
    waiting.sort_by_key(|it| it.number);
    waiting.into_iter().map(|it| it.what).collect()
}

/// Whether an answer from `from` is one of whom we asked.
///
/// The host of an address may answer in its place, so a room answers for its occupants (who cannot send from its bare
/// JID). Never the other way round: an occupant's client can send us an iq through the room at any time.
fn is_asked(own: &BareJid, to: Option<&Jid>, from: Option<&Jid>) -> bool {
    let is_own = |jid: &Jid| jid.is_bare() && *jid == *own;
    match (to, from) {
        (None, None) => true,
        (None, Some(from)) => is_own(from) || from.as_str() == own.domain().as_str(),
        (Some(to), None) => is_own(to),
        (Some(to), Some(from)) => from == to || (from.is_bare() && to.to_bare() == *from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(15);

    fn jid(text: &str) -> Option<Jid> {
        (!text.is_empty()).then(|| Jid::new(text).unwrap())
    }

    fn table(cap: usize) -> IqTable<u8> {
        IqTable::new(BareJid::new("bot@home").unwrap(), "r4nd", cap)
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn what_was_forgotten_neither_expires_nor_is_answered() {
        let mut table = table(9);
        let ids: Vec<String> = (0..3).map(|n| table.insert(None, n, at(0), TIMEOUT).unwrap()).collect();
        table.forget(|it| *it == 1);
        assert_eq!(table.answer(None, &ids[1], at(1)), None);
        assert_eq!(table.expired(at(60_000)), [0, 2]);
    }

    #[test]
    fn answer_counts_from_whom_was_asked_only() {
        let check = |to: &str, from: &str, counts: bool| {
            let mut table = table(9);
            let id = table.insert(jid(to), 1, at(0), TIMEOUT).unwrap();
            let answer = table.answer(jid(from).as_ref(), &id, at(20));
            let expected = Answered { what: 1, latency: Duration::from_millis(20) };
            assert_eq!(answer, counts.then_some(expected), "asked `{to}`, answered by `{from}`");
            assert_eq!(table.is_empty(), counts);
        };
        check("room@muc", "room@muc", true);
        check("room@muc/bot", "room@muc/bot", true);
        check("room@muc/bot", "room@muc", true);
        check("room@muc", "room@muc/mallory", false);
        check("room@muc/bot", "room@muc/mallory", false);
        check("room@muc", "", false);
        check("", "", true);
        check("", "bot@home", true);
        check("", "home", true);
        check("", "bot@home/other", false);
        check("", "mallory@home", false);
        check("bot@home", "", true);
        check("bot@home", "bot@home", true);
        check("home", "", false);
        check("home", "home", true);
    }

    #[test]
    fn unknown_and_repeated_answers_are_nothing() {
        let mut table = table(9);
        let id = table.insert(jid("room@muc"), 1, at(0), TIMEOUT).unwrap();
        assert_eq!(table.answer(jid("room@muc").as_ref(), "r4nd-7", at(1)), None);
        assert!(table.answer(jid("room@muc").as_ref(), &id, at(1)).is_some());
        assert_eq!(table.answer(jid("room@muc").as_ref(), &id, at(2)), None);
    }

    #[test]
    fn requests_expire_in_order_and_once() {
        let mut table = table(99);
        for n in 0..20 {
            table.insert(jid("room@muc"), n, at(i64::from(n)), TIMEOUT).unwrap();
        }
        assert_eq!(table.expired(at(14_999)).len(), 0);
        assert_eq!(table.expired(at(15_004)), [0, 1, 2, 3, 4]);
        assert_eq!(table.expired(at(15_004)).len(), 0);
        assert_eq!(table.drain(), (5..20).collect::<Vec<_>>());
        assert!(table.is_empty());
    }

    #[test]
    fn full_table_refuses_and_keeps_what_it_has() {
        let mut table = table(2);
        let first = table.insert(None, 1, at(0), TIMEOUT).unwrap();
        table.insert(None, 2, at(0), TIMEOUT).unwrap();
        assert_eq!(table.insert(None, 3, at(0), TIMEOUT), Err(Full(3)));
        assert_eq!(table.answer(None, &first, at(0)).unwrap().what, 1);
        assert!(table.insert(None, 3, at(0), TIMEOUT).is_ok());
        assert_eq!(table.len(), 2);
    }
}
