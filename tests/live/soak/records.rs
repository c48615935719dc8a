//! What was said against what was written down.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Result, ensure};
use domovoi::store::records::{From, Reader};
use domovoi_plugin::RecordKind;

use super::people::Tally;

/// Everything that rooms passed on is in their records, once; gives how much that was.
pub(super) fn check(root: &Path, rooms: &[String], tally: &Tally) -> Result<usize> {
    let mut written: BTreeMap<String, usize> = BTreeMap::new();
    for room in rooms {
        for record in Reader::open(root, &room.parse()?, &From::Start)? {
            let record = record?;
            ensure!(record.kind != RecordKind::Gap, "a gap in the records of {room}: {record:?}");
            if let (RecordKind::Message, Some(body)) = (record.kind, record.body) {
                *written.entry(body).or_default() += 1;
            }
        }
    }
    let missing: Vec<&String> = tally.said.iter().filter(|it| !written.contains_key(*it)).collect();
    ensure!(
        missing.is_empty(),
        "{} of {} messages are not in the records: {missing:?}",
        missing.len(),
        tally.said.len()
    );
    let doubled: Vec<&String> = tally.said.iter().filter(|it| written.get(*it).is_some_and(|n| 1 < *n)).collect();
    ensure!(doubled.is_empty(), "{} messages are in the records twice: {doubled:?}", doubled.len());
    Ok(tally.said.len())
}
