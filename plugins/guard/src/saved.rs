//! What survives a restart and a move to another machine, as JSON with a version.

use domovoi_plugin::{Identity, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    people::{People, Person},
    raid::Alarm,
};

/// Raised with every change that an older reader would misread.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Written<'a> {
    v: u32,
    settled: bool,
    swept: i64,
    people: Vec<(&'a Identity, &'a Person)>,
    alarm: &'a Alarm,
}

#[derive(Deserialize)]
struct Read {
    v: u32,
    settled: bool,
    swept: i64,
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
    /// What it knows of raids.
    pub(crate) alarm: Alarm,
}

impl Default for Past {
    fn default() -> Self {
        Self {
            is_settled: false,
            swept: Timestamp::from_millis(i64::MIN),
            people: People::default(),
            alarm: Alarm::default(),
        }
    }
}

/// As bytes.
pub(crate) fn write(past: &Past) -> Vec<u8> {
    let people = past.people.lasting().collect();
    let written =
        Written { v: VERSION, settled: past.is_settled, swept: past.swept.as_millis(), people, alarm: &past.alarm };
    // Plain values in memory cannot fail to be written; if they did, the guard would start anew.
    serde_json::to_vec(&written).unwrap_or_default()
}

/// From bytes; whatever is not ours is nothing.
pub(crate) fn read(bytes: Option<&[u8]>) -> Past {
    let read = bytes.and_then(|it| serde_json::from_slice::<Read>(it).ok()).filter(|it| it.v == VERSION);
    read.map_or_else(Past::default, |it| Past {
        is_settled: it.settled,
        swept: Timestamp::from_millis(it.swept),
        people: People::load(it.people),
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

    proptest! {
        #[test]
        fn any_bytes_are_borne(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            read(Some(&bytes));
        }
    }
}
