//! What survives a restart and a move to another machine, as JSON with a version.

use domovoi_plugin::{Identity, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    company::Company,
    people::{People, Person, Worth},
    raid::Alarm,
};

/// Raised with every change that an older reader would misread.
const VERSION: u32 = 1;

/// Most bytes that are saved. The host takes a value of at most 1 MiB, and writes one every few seconds where a room
/// is busy: so not more of them than are worth it.
const MOST_BYTES: usize = 256 * 1024;

#[derive(Serialize)]
struct Head<'a> {
    v: u32,
    settled: bool,
    swept: i64,
    company: &'a Company,
    alarm: &'a Alarm,
}

#[derive(Deserialize)]
struct Read {
    v: u32,
    settled: bool,
    swept: i64,
    #[serde(default)]
    company: Company,
    people: Vec<(Identity, Person)>,
    #[serde(default)]
    alarm: Alarm,
}

/// What a guard remembers of its room.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Past {
    /// Whether the bot was ever in here: whoever is there the first time is no stranger.
    pub(crate) is_settled: bool,
    /// When what had expired was dropped last: a restart must not change when that happens next.
    pub(crate) swept: Timestamp,
    /// Whom it knows.
    pub(crate) people: People,
    /// What the room remembers beyond single people.
    pub(crate) company: Company,
    /// What it knows of raids.
    pub(crate) alarm: Alarm,
}

impl Default for Past {
    fn default() -> Self {
        Self {
            is_settled: false,
            swept: Timestamp::from_millis(i64::MIN),
            people: People::default(),
            company: Company::default(),
            alarm: Alarm::default(),
        }
    }
}

/// As bytes, [`MOST_BYTES`] of them at most: those are left out who are least worth it.
pub(crate) fn write(past: &Past) -> Vec<u8> {
    let (company, alarm) = (&past.company.lasting(), &past.alarm);
    let head = Head { v: VERSION, settled: past.is_settled, swept: past.swept.as_millis(), company, alarm };
    // Plain values in memory cannot fail to be written; if they did, the guard would start anew.
    let mut bytes = serde_json::to_vec(&head).unwrap_or_default();
    bytes.pop();
    bytes.extend_from_slice(br#","people":["#);
    let people = chosen(past, MOST_BYTES.saturating_sub(bytes.len() + 2));
    for (n, person) in people.iter().enumerate() {
        if 0 < n {
            bytes.push(b',');
        }
        bytes.extend_from_slice(person);
    }
    bytes.extend_from_slice(b"]}");
    bytes
}

/// Those of the people who fit, in the order of identities.
fn chosen(past: &Past, most_bytes: usize) -> Vec<Vec<u8>> {
    let people = past.people.lasting();
    let latest = people.iter().map(|it| it.1.seen).max().unwrap_or_default();
    let now = Timestamp::from_millis(latest);
    let written =
        |(n, it): (usize, (&Identity, &Person))| (it.1.worth(now), n, serde_json::to_vec(&it).unwrap_or_default());
    let mut all: Vec<(Worth, usize, Vec<u8>)> = people.into_iter().enumerate().map(written).collect();
    let n_bytes: usize = all.iter().map(|it| it.2.len() + 1).sum();
    if most_bytes < n_bytes {
        all.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut left = most_bytes;
        all.retain(|it| {
            left = left.saturating_sub(it.2.len() + 1);
            0 < left
        });
        all.sort_unstable_by_key(|it| it.1);
    }
    all.into_iter().map(|it| it.2).collect()
}

/// From bytes; whatever is not ours is nothing.
pub(crate) fn read(bytes: Option<&[u8]>) -> Past {
    let read = bytes.and_then(|it| serde_json::from_slice::<Read>(it).ok()).filter(|it| it.v == VERSION);
    read.map_or_else(Past::default, |it| Past {
        is_settled: it.settled,
        swept: Timestamp::from_millis(it.swept),
        people: People::load(it.people),
        company: it.company.sane(),
        alarm: it.alarm.sane(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn garbage_is_nothing() {
        for garbage in ["", "null", "{}", "[[[", r#"{"v":2,"settled":true,"swept":0,"people":[]}"#, "\u{0}\u{ff}"] {
            assert_eq!(read(Some(garbage.as_bytes())), Past::default(), "{garbage}");
        }
    }

    #[test]
    fn a_crowd_is_cut_to_size_and_the_known_are_kept() {
        let now = Timestamp::from_millis(0);
        let mut past = Past::default();
        for n in 0..4_096 {
            let identity = Identity::Jid(format!("someone-{n}@far.away.people.example").parse().unwrap());
            let person = past.people.know(&identity, now);
            person.looks = n;
            if n % 64 == 0 {
                person.standing.was_here_before(now);
            }
        }
        let bytes = write(&past);
        assert!(200_000 < bytes.len() && bytes.len() <= MOST_BYTES, "{}", bytes.len());
        let again = read(Some(&bytes));
        let n_known = again.people.lasting().into_iter().filter(|it| it.1.standing.learned(now).is_known()).count();
        assert_eq!(n_known, 64);
        assert_eq!(write(&again), bytes);
    }

    proptest! {
        #[test]
        fn any_bytes_are_borne(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            read(Some(&bytes));
        }
    }
}
