//! The promises of the records, one by one, on real files.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc, time::Duration};

use domovoi_plugin::{Filled, Record, RecordKind, RoomJid, StanzaId, Timestamp};
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    handle::{Job, max_files},
    *,
};
use crate::store::{Faults, StoreError, hold::Hold};

const DAY: i64 = 86_400_000;

fn at(day: i64, millis: i64) -> Timestamp {
    // 2026-11-22.
    Timestamp::from_millis(20_779 * DAY + day * DAY + millis)
}

fn room(n: usize) -> RoomJid {
    format!("room{n}@chat.example").parse().unwrap()
}

fn said(room: &RoomJid, at: Timestamp, body: &str) -> Record {
    Record { body: Some(body.to_owned()), ..Record::new(at, room.clone(), RecordKind::Message) }
}

fn open(dir: &Path) -> Records {
    Records::open(dir, RecordsOptions::default()).unwrap()
}

fn read(records: &Records, room: &RoomJid, from: &From) -> Vec<Record> {
    records.read(room, from).unwrap().map(Result::unwrap).collect()
}

fn bodies(records: &[Record]) -> Vec<&str> {
    records.iter().filter_map(|it| it.body.as_deref()).collect()
}

fn faulty(dir: &TempDir, options: RecordsOptions) -> (Records, Faults) {
    let faults = Faults::new();
    let options = RecordsOptions { faults: Some(faults.clone()), retry_every: Duration::from_millis(20), ..options };
    (Records::open(dir.path(), options).unwrap(), faults)
}

#[tokio::test]
async fn records_come_back_in_order_with_rising_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let (records, room) = (open(dir.path()), room(1));
    assert_eq!(records.append(said(&room, at(0, 1), "one")).await.unwrap(), 1);
    for n in 0..100 {
        records.offer(said(&room, at(0, n), "more")).unwrap();
    }
    assert_eq!(records.append(said(&room, at(1, 0), "last")).await.unwrap(), 102);
    records.close().await;
    let records = open(dir.path());
    assert_eq!(records.append(said(&room, at(1, 1), "after")).await.unwrap(), 103, "goes on after a restart");
    let all = read(&records, &room, &From::Start);
    assert_eq!(all.iter().map(|it| it.seq.unwrap()).collect::<Vec<_>>(), (1..=103).collect::<Vec<_>>());
    assert_eq!(bodies(&read(&records, &room, &From::Day("2026-11-23".to_owned()))), ["last", "after"]);
    assert_eq!(bodies(&read(&records, &room, &From::Seq(102))), ["last", "after"]);
    assert_eq!(records.rooms().unwrap(), std::slice::from_ref(&room));
    assert!(dir.path().join("room1@chat.example").join("2026-11-23.jsonl").exists());
}

#[tokio::test]
async fn late_records_go_to_the_day_on_which_they_came() {
    let dir = tempfile::tempdir().unwrap();
    let (records, room) = (open(dir.path()), room(1));
    let id = |text: &str| Some(StanzaId::new(text));
    records.append(Record { stanza_id: id("new"), ..said(&room, at(2, 0), "now") }).await.unwrap();
    let late = Record { stanza_id: id("old"), filled: Some(Filled::At(at(2, 1))), ..said(&room, at(0, 0), "then") };
    records.append(late).await.unwrap();
    // A clock that steps back does not break the order either.
    records.append(said(&room, at(1, 0), "stepped")).await.unwrap();
    assert_eq!(bodies(&read(&records, &room, &From::Day("2026-11-24".to_owned()))), ["now", "then", "stepped"]);
    assert_eq!(records.last_stanza_id(&room).await.unwrap(), Some((StanzaId::new("new"), at(2, 0))));
    let ids = async |since, max| {
        let ids = records.stanza_ids_since(&room, since, max).await.unwrap();
        let known: Vec<&str> =
            ["new", "old", "none"].into_iter().filter(|it| ids.contains(&StanzaId::new(*it))).collect();
        assert_eq!(ids.len(), known.len());
        known
    };
    assert_eq!(ids(at(0, 0), 10).await, ["new", "old"]);
    assert_eq!(ids(at(2, 9), 1).await, ["old"], "of too many the newest");
    assert_eq!(ids(at(3, 0), 10).await, [""; 0]);
}

#[tokio::test]
async fn a_record_dated_far_ahead_takes_no_others_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let (records, room) = (open(dir.path()), room(1));
    records.maintain(at(0, 0)).await;
    records.append(said(&room, at(0, 1), "before")).await.unwrap();
    records.append(said(&room, at(9_000, 0), "from the future")).await.unwrap();
    records.append(said(&room, at(0, 2), "after")).await.unwrap();
    assert_eq!(bodies(&read(&records, &room, &From::Start)), ["before", "from the future", "after"]);
    records.maintain(at(3, 0)).await;
    records.append(said(&room, at(3, 0), "later")).await.unwrap();
    assert_eq!(records.purge(&room, at(3, 0)).await.unwrap(), 2, "and retention reaches it");
    assert_eq!(bodies(&read(&records, &room, &From::Start)), ["later"]);
}

#[tokio::test]
async fn single_records_of_days_that_are_over_can_be_taken_out() {
    let dir = tempfile::tempdir().unwrap();
    let (records, room) = (open(dir.path()), room(1));
    for day in 0..4 {
        for n in 0..3 {
            records.append(said(&room, at(day, n), &format!("{day}/{n}"))).await.unwrap();
        }
    }
    records.maintain(at(3, 0)).await;
    records.health().wait_for(|it| it.packed == 3).await.unwrap();
    let not = |unwanted: &'static str| -> KeepRecord {
        Arc::new(move |it| it.body.as_deref().is_none_or(|it| !it.contains(unwanted)))
    };
    let days = |from: &str, before: &str| Days { from: from.to_owned(), before: before.to_owned() };
    assert_eq!(records.thin(&room, days("2026-11-23", "2026-11-24"), not("/1")).await.unwrap(), 1);
    assert_eq!(records.thin(&room, days("", "2026-11-24"), not("0/")).await.unwrap(), 3);
    assert_eq!(records.thin(&room, days("", "2099-01-01"), not("3/")).await.unwrap(), 0, "today is left alone");
    let left = read(&records, &room, &From::Start);
    assert_eq!(bodies(&left), ["1/0", "1/2", "2/0", "2/1", "2/2", "3/0", "3/1", "3/2"]);
    assert_eq!(left[1].seq, Some(6), "numbers stay");
    assert!(!dir.path().join("room1@chat.example").join("2026-11-22.jsonl.zst").exists());
    // No number is used twice, even if the newest records are those that go.
    records.maintain(at(4, 0)).await;
    assert_eq!(records.thin(&room, days("", "2099-01-01"), not("/")).await.unwrap(), 8);
    assert_eq!(records.append(said(&room, at(4, 0), "next")).await.unwrap(), 13);
    records.close().await;
    assert_eq!(open(dir.path()).append(said(&room, at(4, 0), "next")).await.unwrap(), 14);
}

#[tokio::test]
async fn days_that_are_over_are_packed_and_read_as_before() {
    let dir = tempfile::tempdir().unwrap();
    let (records, room) = (open(dir.path()), room(1));
    for day in 0..3 {
        for n in 0..50 {
            records.append(said(&room, at(day, n), &format!("{day}/{n}"))).await.unwrap();
        }
    }
    let mut health = records.health();
    health.wait_for(|it| it.packed == 2).await.unwrap();
    let folder = dir.path().join("room1@chat.example");
    assert!(folder.join("2026-11-22.jsonl.zst").exists() && !folder.join("2026-11-22.jsonl").exists());
    assert_eq!(read(&records, &room, &From::Start).len(), 150);
    assert_eq!(read(&records, &room, &From::Seq(60)).len(), 91);
    // The day is packed by the clock, and something comes for it all the same.
    records.maintain(at(3, 0)).await;
    health.wait_for(|it| it.packed == 3).await.unwrap();
    assert_eq!(records.append(said(&room, at(2, 99), "behind")).await.unwrap(), 151);
    assert_eq!(read(&records, &room, &From::Start).len(), 151);
    records.maintain(at(3, 0)).await;
    health.wait_for(|it| it.packed == 4).await.unwrap();
    let all = read(&records, &room, &From::Start);
    assert_eq!(all.len(), 151);
    assert_eq!(all.last().unwrap().body.as_deref(), Some("behind"));
    records.close().await;
    assert_eq!(open(dir.path()).append(said(&room, at(3, 0), "next")).await.unwrap(), 152);
}

#[tokio::test]
async fn a_crash_between_packing_and_deleting_doubles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (records, room) = (open(dir.path()), room(1));
    for n in 0..20 {
        records.append(said(&room, at(0, n), "x")).await.unwrap();
    }
    records.close().await;
    let plain = dir.path().join("room1@chat.example").join("2026-11-22.jsonl");
    let bytes = fs::read(&plain).unwrap();
    pack::pack(plain.parent().unwrap(), "2026-11-22").unwrap();
    fs::write(&plain, bytes).unwrap();
    let records = open(dir.path());
    assert_eq!(read(&records, &room, &From::Start).len(), 20);
    assert_eq!(records.append(said(&room, at(0, 20), "y")).await.unwrap(), 21);
    assert_eq!(read(&records, &room, &From::Start).len(), 21);
    records.maintain(at(1, 0)).await;
    records.health().wait_for(|it| it.packed == 1).await.unwrap();
    assert_eq!(read(&records, &room, &From::Start).len(), 21);
}

#[tokio::test]
async fn a_torn_end_is_cut_and_numbers_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let (records, room) = (open(dir.path()), room(1));
    records.append(said(&room, at(0, 0), "one")).await.unwrap();
    records.append(said(&room, at(0, 0), "two")).await.unwrap();
    records.close().await;
    let path = dir.path().join("room1@chat.example").join("2026-11-22.jsonl");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
    let records = open(dir.path());
    assert_eq!(bodies(&read(&records, &room, &From::Start)), ["one"], "readers pass over it");
    assert_eq!(records.append(said(&room, at(1, 0), "three")).await.unwrap(), 2, "the next day");
    assert_eq!(bodies(&read(&records, &room, &From::Start)), ["one", "three"]);
    records.health().wait_for(|it| it.packed == 1).await.unwrap();
    assert_eq!(bodies(&read(&records, &room, &From::Start)), ["one", "three"], "mended and packed");
}

#[tokio::test]
async fn damage_is_told_with_file_line_and_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let (records, room) = (open(dir.path()), room(1));
    for n in 0..9 {
        records.append(said(&room, at(0, n), "hello")).await.unwrap();
    }
    let path = dir.path().join("room1@chat.example").join("2026-11-22.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let at_line_5: usize = text.lines().take(4).map(|it| it.len() + 1).sum();
    let mut bytes = text.into_bytes();
    bytes[at_line_5 + 100] ^= 2;
    fs::write(&path, bytes).unwrap();
    let (good, bad): (Vec<_>, Vec<_>) = records.read(&room, &From::Start).unwrap().partition(Result::is_ok);
    assert_eq!((good.len(), bad.len()), (8, 1));
    let text = bad.into_iter().next().unwrap().unwrap_err().to_string();
    assert!(text.contains("2026-11-22.jsonl") && text.contains("line 5") && text.contains("backup restore"), "{text}");
    // Appending goes on, and packing leaves the damage where it can be seen.
    assert_eq!(records.append(said(&room, at(1, 0), "more")).await.unwrap(), 10);
    records.close().await;
    assert!(pack::pack(path.parent().unwrap(), "2026-11-22").is_err());
    assert!(path.exists());
}

#[tokio::test]
async fn purging_everything_does_not_use_a_number_twice() {
    let dir = tempfile::tempdir().unwrap();
    let (records, room) = (open(dir.path()), room(1));
    for day in 0..3 {
        records.append(said(&room, at(day, 0), "x")).await.unwrap();
    }
    assert_eq!(records.purge(&room, at(1, 5)).await.unwrap(), 1);
    assert_eq!(read(&records, &room, &From::Start).len(), 2);
    assert_eq!(records.purge(&room, at(9, 0)).await.unwrap(), 2);
    assert_eq!(read(&records, &room, &From::Start).len(), 0);
    records.close().await;
    assert_eq!(open(dir.path()).append(said(&room, at(9, 0), "x")).await.unwrap(), 4);
}

#[tokio::test]
async fn a_full_disk_drops_counts_and_leaves_a_gap_mark() {
    let dir = tempfile::tempdir().unwrap();
    let (records, faults) = faulty(&dir, RecordsOptions::default());
    let room = room(1);
    records.append(said(&room, at(0, 0), "before")).await.unwrap();
    faults.fill_disk();
    let refused = records.append(said(&room, at(0, 1), "lost")).await;
    assert!(matches!(refused, Err(StoreError::Dropped { .. })), "{refused:?}");
    for n in 2..10 {
        records.offer(said(&room, at(0, n), "lost")).unwrap();
    }
    records.flush().await;
    let mut health = records.health();
    assert_eq!((health.borrow().writable, health.borrow().dropped), (false, 9));
    faults.free_disk();
    health.wait_for(|it| it.writable && it.gaps == 1).await.unwrap();
    records.append(said(&room, at(0, 20), "after")).await.unwrap();
    let all = read(&records, &room, &From::Start);
    let kinds: Vec<_> = all.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(kinds, ["message", "gap", "message"]);
    let gap = &all[1];
    assert_eq!((gap.from, gap.until, gap.missing), (Some(at(0, 1)), Some(at(0, 9)), Some(9)));
    assert_eq!(all.iter().map(|it| it.seq.unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(health.borrow().dropped, 9);
}

#[tokio::test]
async fn one_rooms_bad_folder_stops_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let (records, _faults) = faulty(&dir, RecordsOptions::default());
    fs::write(dir.path().join("room1@chat.example"), "a file where a folder should be").unwrap();
    assert!(records.append(said(&room(1), at(0, 0), "x")).await.is_err());
    assert_eq!(records.append(said(&room(2), at(0, 0), "x")).await.unwrap(), 1);
    assert!(records.health().borrow().writable);
    fs::remove_file(dir.path().join("room1@chat.example")).unwrap();
    records.health().wait_for(|it| it.gaps == 1).await.unwrap();
    assert_eq!(records.append(said(&room(1), at(0, 0), "x")).await.unwrap(), 2, "behind the gap mark");
}

#[tokio::test]
async fn what_finds_no_room_in_the_queue_becomes_a_gap_mark() {
    let dir = tempfile::tempdir().unwrap();
    let records = Records::open(dir.path(), RecordsOptions { queue: 4, ..RecordsOptions::default() }).unwrap();
    let room = room(1);
    let mut n_full = 0;
    for n in 0..5000 {
        if let Err(Full(record)) = records.offer(said(&room, at(0, n), "x")) {
            records.missed(&record);
            n_full += 1;
        }
    }
    assert!(0 < n_full, "4 places were enough for 5,000 records");
    records.flush().await;
    records.health().wait_for(|it| it.dropped == n_full).await.unwrap();
    records.flush().await;
    records.flush().await;
    let all = read(&records, &room, &From::Start);
    let n_missing: u64 = all.iter().filter_map(|it| it.missing).sum();
    let n_said = all.iter().filter(|it| it.kind == RecordKind::Message).count() as u64;
    assert_eq!((n_missing, n_said + n_missing), (n_full, 5000));
}

#[tokio::test]
async fn more_rooms_than_open_files_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let records = Records::open(dir.path(), RecordsOptions { max_files: 3, ..RecordsOptions::default() }).unwrap();
    for n in 0..200 {
        records.offer(said(&room(n % 20), at(0, 0), &n.to_string())).unwrap();
    }
    records.close().await;
    let records = open(dir.path());
    let mut seen = BTreeSet::new();
    for n in 0..20 {
        for record in read(&records, &room(n), &From::Start) {
            seen.insert(record.body.unwrap());
        }
    }
    assert_eq!(seen.len(), 200);
}

#[tokio::test]
async fn whoever_waits_does_not_wait_for_others_to_come() {
    let dir = tempfile::tempdir().unwrap();
    let options = RecordsOptions { queue: 4, gather: Duration::MAX, ..RecordsOptions::default() };
    let (records, room) = (Records::open(dir.path(), options).unwrap(), room(1));
    records.offer(said(&room, at(0, 0), "x")).unwrap();
    assert_eq!(records.append(said(&room, at(0, 1), "y")).await.unwrap(), 2);
    records.offer(said(&room, at(0, 2), "x")).unwrap();
    records.flush_rooms([room.clone()]).await;
    assert_eq!(read(&records, &room, &From::Start).len(), 3);
    let mut health = records.health();
    // A queue that is full is worked on too.
    while records.offer(said(&room, at(0, 3), "x")).is_ok() {}
    health.wait_for(|it| 7 <= it.written).await.unwrap();
}

/// A writer of which the test is the thread.
fn writer(dir: &TempDir) -> writer::Writer {
    let (health, _) = watch::channel(RecordsHealth::default());
    writer::Writer::new(dir.path().to_owned(), RecordsOptions::default(), Arc::default(), health)
}

#[tokio::test]
async fn who_waits_for_the_disk_waits_for_their_own_room_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (mut writer, hold) = (writer(&dir), Arc::new(Hold::default()));
    let (jobs, mut queue) = mpsc::channel(9);
    let (reply, answer) = oneshot::channel();
    for (n, reply) in [(1, None), (2, Some((reply, hold.enter()))), (3, None)] {
        jobs.try_send(Job::Append { draft: said(&room(n), at(0, 0), "x").into(), reply }).unwrap();
    }
    assert!(writer.work(queue.try_recv().unwrap(), &mut queue).is_continue());
    assert_eq!(answer.await.unwrap().unwrap(), 1);
    let unsynced =
        |writer: &writer::Writer| (1..=3).filter(|n| writer.files.is_unsynced(&room(*n))).collect::<Vec<_>>();
    assert_eq!(unsynced(&writer), [1, 3]);
    for (rooms, left) in [(Some([room(3)].into()), vec![1]), (None, vec![])] {
        let (reply, answer) = oneshot::channel();
        assert!(writer.work(Job::Flush { rooms, reply, waiting: hold.enter() }, &mut queue).is_continue());
        answer.await.unwrap();
        assert_eq!(unsynced(&writer), left);
    }
}

#[test]
fn a_quarter_of_the_files_that_may_be_open_is_for_rooms() {
    assert_eq!([Some(20), Some(256), Some(1024), None].map(max_files), [16, 64, 256, 1024]);
}

#[tokio::test]
async fn the_folder_of_records_is_locked() {
    let dir = tempfile::tempdir().unwrap();
    let records = open(dir.path());
    assert!(matches!(Records::open(dir.path(), RecordsOptions::default()), Err(StoreError::InUse { .. })));
    records.close().await;
    open(dir.path());
}
