//! A process that writes under load is killed at random, again and again; whatever it acknowledged is there.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use domovoi::store::{Batch, Store, Tree, records::From};
use tokio::task::JoinSet;

use crate::{Random, open, room, said};

const N_KILLS: usize = 50;
const N_TASKS: usize = 8;
const N_ROOMS: usize = 4;
/// How many keys each task leaves behind it.
const KEPT: u64 = 50;
const DIR: &str = "DOMOVOI_KILL_TEST_DIR";

/// What the writer said was on disk.
#[derive(Default)]
struct Acknowledged {
    /// The last number of each task.
    counters: BTreeMap<usize, u64>,
    /// Room, `seq` and body.
    records: Vec<(usize, u64, String)>,
}

/// What was found by earlier checks, so that each looks only at what is new.
#[derive(Default)]
struct Checked {
    next_seq: BTreeMap<usize, u64>,
    bodies: BTreeSet<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_fifty_kills() {
    let mut random = Random::new("kill");
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = Acknowledged::default();
    let mut checked = Checked::default();
    for _ in 0..N_KILLS {
        let n_acks = 1 + random.below(300);
        acknowledged.records.clear();
        let path = dir.path().to_owned();
        let run = move || kill_after(&path, n_acks, &mut acknowledged).map(|()| acknowledged);
        acknowledged = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
        let store = open(dir.path());
        check_state(&store, &acknowledged).await;
        check_records(&store, &acknowledged, &mut checked);
        store.close().await;
    }
    assert!(checked.bodies.len() > N_KILLS, "the writer wrote next to nothing");
    let store = open(dir.path());
    for n in 0..N_ROOMS {
        let seqs: Vec<_> =
            store.records.read(&room(n), &From::Start).unwrap().map(|it| it.unwrap().seq.unwrap()).collect();
        assert_eq!(seqs, (1..checked.next_seq[&n]).collect::<Vec<_>>(), "all records of all runs, each once");
    }
}

/// Starts the writer and kills it when it has acknowledged so much.
fn kill_after(dir: &Path, n_acks: usize, acknowledged: &mut Acknowledged) -> std::io::Result<()> {
    let mut child = Command::new(env::current_exe()?)
        .args(["--exact", "kill::writer", "--nocapture", "--test-threads=1"])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .spawn()?;
    let result = read_acks(&mut child, n_acks, acknowledged);
    // Reaped in any case, so that the lock is free.
    child.kill()?;
    child.wait()?;
    result
}

fn read_acks(child: &mut Child, n_acks: usize, acknowledged: &mut Acknowledged) -> std::io::Result<()> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut n = 0;
    for line in lines {
        n += usize::from(take_ack(&line?, acknowledged));
        if n == n_acks {
            child.kill()?;
        }
    }
    assert!(n_acks <= n, "the writer ended by itself after {n} acknowledgements");
    Ok(())
}

/// Whether the line is a whole acknowledgement.
fn take_ack(line: &str, acknowledged: &mut Acknowledged) -> bool {
    let words: Vec<_> = line.split(' ').collect();
    match words.as_slice() {
        ["state", task, n, "."] => {
            acknowledged.counters.insert(task.parse().unwrap(), n.parse().unwrap());
        }
        ["record", room, seq, body, "."] => {
            acknowledged.records.push((room.parse().unwrap(), seq.parse().unwrap(), (*body).to_owned()));
        }
        _ => return false,
    }
    true
}

/// Every batch is there whole: the counter, the keys up to it, and none that it deleted.
async fn check_state(store: &Store, acknowledged: &Acknowledged) {
    for task in 0..N_TASKS {
        let n: u64 = store.state.get_json(Tree::Counters, task.to_string()).await.unwrap().unwrap_or(0);
        let acked = acknowledged.counters.get(&task).copied().unwrap_or(0);
        assert!(acked <= n, "task {task}: {acked} was acknowledged, {n} is there");
        let keys = store.state.scan(Tree::Kv, format!("{task}/"), 1000).await.unwrap();
        let found: Vec<u64> =
            keys.into_iter().map(|(key, _)| String::from_utf8(key).unwrap()[2..].parse().unwrap()).collect();
        assert_eq!(found, (n.saturating_sub(KEPT - 1).max(1)..=n).collect::<Vec<_>>(), "task {task}: torn");
    }
}

/// Every record is there once, in its place, whole; none is missing in between.
fn check_records(store: &Store, acknowledged: &Acknowledged, checked: &mut Checked) {
    let mut found = BTreeMap::new();
    for n in 0..N_ROOMS {
        let next_seq = checked.next_seq.entry(n).or_insert(1);
        for record in store.records.read(&room(n), &From::Seq(*next_seq)).unwrap() {
            let record = record.unwrap();
            assert_eq!(record.seq, Some(*next_seq), "room {n}");
            *next_seq += 1;
            let body = record.body.unwrap();
            assert!(checked.bodies.insert(body.clone()), "{body} is there twice");
            found.insert((n, record.seq.unwrap()), body);
        }
    }
    for (room, seq, body) in &acknowledged.records {
        assert_eq!(found.get(&(*room, *seq)), Some(body), "room {room}, seq {seq}");
    }
}

/// Not a test of its own: the process that is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writer() {
    let Some(dir) = env::var_os(DIR).map(PathBuf::from) else { return };
    let store = open(&dir);
    let mut tasks = JoinSet::new();
    for task in 0..N_TASKS {
        tasks.spawn(write(store.clone(), task));
    }
    tasks.join_all().await;
}

async fn write(store: Store, task: usize) {
    let mut n: u64 = store.state.get_json(Tree::Counters, task.to_string()).await.unwrap().unwrap_or(0);
    loop {
        n += 1;
        let mut batch = Batch::new()
            .put(Tree::Kv, format!("{task}/{n:09}"), vec![b'v'; usize::try_from(n % 400).unwrap()])
            .put_json(Tree::Counters, task.to_string(), &n)
            .unwrap();
        if KEPT < n {
            batch = batch.delete(Tree::Kv, format!("{task}/{:09}", n - KEPT));
        }
        store.state.commit(batch).await.unwrap();
        say(&format!("state {task} {n} .\n"));
        let (pid, room_n) = (std::process::id(), task % N_ROOMS);
        // Ten minutes a step, so that days end and are packed while it is killed.
        let minute = i64::try_from(n * 10).unwrap();
        let body = format!("{pid}/{task}/{n}");
        let seq = store.records.append(said(room(room_n), minute, body.clone())).await.unwrap();
        say(&format!("record {room_n} {seq} {body} .\n"));
        store.records.offer(said(room(room_n), minute, format!("offered/{pid}/{task}/{n}"))).unwrap();
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes()).and_then(|()| out.flush()).unwrap();
}
