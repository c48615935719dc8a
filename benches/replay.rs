//! Records a second and core that `domovoi replay` plays: lines in memory, JSON included, with the guard and without.
//!
//! The records are those of the quiet scenes, each in a room of its own, all rooms at the same time.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use domovoi::{
    bundle,
    cli::replay::seats,
    host::replay::{Player, Seat, time_of},
};
use domovoi_plugin::{Record, Timestamp};

use crate::{
    cpu,
    table::{self, Goal},
};

const N_ROUNDS: usize = 9;

/// Runs it.
pub(crate) fn run() -> Result<()> {
    table::title("replay", "records a second and core, in memory");
    let lines = lines()?;
    let seats = seats(&bundle::plugins(), "public")?;
    ensure!(!seats.is_empty(), "there is no guard");
    let bytes: usize = lines.iter().map(Vec::len).sum();
    let (mut read, mut played, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..N_ROUNDS {
        bare.push(cost(&lines, |line| serde_json::from_slice::<Record>(line).is_ok()));
        read.push(play(&lines, &[])?);
        played.push(play(&lines, &seats)?);
    }
    let [bare, read, played] = [bare, read, played].map(table::median);
    let nanos = |what: &str, seconds: f64| table::note(what, &format!("{:.0} ns", seconds * 1e9));
    table::note("records", &lines.len().to_string());
    table::note("bytes a record", &(bytes / lines.len()).to_string());
    nanos("a record read to be kept (serde into Record)", bare);
    nanos("a record read and its room kept up with", read);
    nanos("the same, judged by the guard, every second told", played);
    table::goal("thousand events a second", 1e-3 / played, "", Goal::AtLeast(100.0));
    Ok(())
}

/// Seconds a line.
#[allow(clippy::cast_precision_loss, reason = "a few thousand lines")]
fn cost(lines: &[Vec<u8>], mut take: impl FnMut(&[u8]) -> bool) -> f64 {
    let began = cpu::of_thread();
    let n = lines.iter().filter(|line| take(line)).count();
    let spent = (cpu::of_thread() - began).as_secs_f64();
    assert_eq!(n, lines.len(), "some lines were not read");
    spent / n as f64
}

fn play(lines: &[Vec<u8>], seats: &[Seat]) -> Result<f64> {
    let mut player = Player::new(seats.to_vec());
    let spent = cost(lines, |line| {
        player.line(line);
        true
    });
    let report = player.finish();
    ensure!(report.events == u64::try_from(lines.len())? && report.skipped == 0, "not all were played");
    ensure!(report.actions.is_empty(), "the guard acted where nothing is wrong");
    Ok(spent)
}

/// The records of all quiet scenes, in order of time, as if all scenes began together.
fn lines() -> Result<Vec<Vec<u8>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/quiet");
    let mut paths: Vec<_> = fs::read_dir(&folder)?.map(|it| it.map(|it| it.path())).collect::<Result<_, _>>()?;
    paths.sort();
    let mut all: BTreeMap<(Timestamp, usize), Vec<u8>> = BTreeMap::new();
    for (number, path) in paths.iter().enumerate() {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let mut began = None;
        for line in text.lines().skip(1) {
            let at = time_of(line.as_bytes()).context("a record without a time")?;
            let began = *began.get_or_insert(at);
            let mut record: Record = serde_json::from_str(line)?;
            record.at = Timestamp::from_millis(1_770_000_000_000) + at.since(began);
            record.room = format!("room{number}@chat.example").parse()?;
            all.insert((record.at, all.len()), serde_json::to_vec(&record)?);
        }
    }
    Ok(all.into_values().collect())
}
