//! What survives a restart and a move to another machine, as JSON with a version.

use domovoi_plugin::Identity;
use serde::{Deserialize, Serialize};

use crate::people::{People, Person};

/// Raised with every change that an older reader would misread.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Written<'a> {
    v: u32,
    settled: bool,
    people: Vec<(&'a Identity, &'a Person)>,
}

#[derive(Deserialize)]
struct Read {
    v: u32,
    settled: bool,
    people: Vec<(Identity, Person)>,
}

/// As bytes.
pub(crate) fn write(is_settled: bool, people: &People) -> Vec<u8> {
    let written = Written { v: VERSION, settled: is_settled, people: people.lasting().collect() };
    // Plain values in memory cannot fail to be written; if they did, the guard would start anew.
    serde_json::to_vec(&written).unwrap_or_default()
}

/// From bytes; whatever is not ours is nothing.
pub(crate) fn read(bytes: Option<&[u8]>) -> (bool, People) {
    let read = bytes.and_then(|it| serde_json::from_slice::<Read>(it).ok()).filter(|it| it.v == VERSION);
    read.map_or((false, People::default()), |it| (it.settled, People::load(it.people)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn garbage_is_nothing() {
        for garbage in ["", "null", "{}", "[[[", r#"{"v":2,"settled":true,"people":[]}"#, "\u{0}\u{ff}"] {
            assert_eq!(read(Some(garbage.as_bytes())), (false, People::default()), "{garbage}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_borne(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            read(Some(&bytes));
        }
    }
}
