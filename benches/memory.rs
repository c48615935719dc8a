//! Memory: a thousand rooms of ten occupants against a slixmpp bot in the same rooms, and what a hundred thousand
//! further occupants cost.
//!
//! The real binary as a process of its own, against the service of this bench, so that both bots are told the same.
//! What counts is the memory that is really there (RSS), of everything: code, runtime, store and rooms.

use std::{fs, net::SocketAddr, path::Path};

use anyhow::{Context as _, Result};
use domovoi_stage::Process;

use crate::{
    DOMOVOI, commands, cpu, recording,
    service::{Client, Service},
    subject,
    table::{self, Goal},
};

const N_ROOMS: usize = 1_000;
const N_PEOPLE: usize = 10;
const N_MORE: usize = 100;
/// Ten rooms a service: so many may be joined at once.
const N_PER_SERVICE: usize = 10;

/// Runs it.
pub(crate) fn run() -> Result<()> {
    table::title("memory", "1,000 rooms of 10 occupants");
    subject::runtime("many")?.block_on(async {
        let own = domovoi("").await?;
        let guarded = domovoi("[plugins.guard]\nenabled = true\n").await?;
        let slixmpp = slixmpp().await?;
        table::note("domovoi, in no room", &mb(own.idle));
        table::note("domovoi, in all rooms", &mb(own.joined));
        table::note("domovoi with guard, in all rooms", &mb(guarded.joined));
        table::note("slixmpp, in all rooms", &mb(slixmpp));
        table::goal("domovoi against slixmpp", own.joined / slixmpp, "", Goal::AtMost(0.5));
        table::goal("100,000 further occupants", own.crowded - own.joined, " MB", Goal::AtMost(40.0));
        table::note("100,000 further occupants, with guard", &mb(guarded.crowded - guarded.joined));
        Ok(())
    })
}

/// Megabytes.
struct Memory {
    idle: f64,
    joined: f64,
    crowded: f64,
}

fn mb(megabytes: f64) -> String {
    format!("{megabytes:.1} MB")
}

#[allow(clippy::cast_precision_loss, reason = "a few hundred megabytes")]
fn memory_of(process: &Process) -> Result<f64> {
    Ok(cpu::memory_of(process.id())? as f64 / 1e6)
}

/// A thousand rooms.
pub(crate) fn rooms() -> Vec<String> {
    (0..N_ROOMS).map(room).collect()
}

/// One of them.
pub(crate) fn room(n: usize) -> String {
    format!("room{n}@chat{}.example", n / N_PER_SERVICE)
}

async fn domovoi(more: &str) -> Result<Memory> {
    let dir = tempfile::tempdir()?;
    let service = Service::start(N_PEOPLE).await?;
    let process = start(dir.path(), service.address()?, &rooms(), more)?;
    let mut client = service.client().await?;
    let idle = memory_of(&process)?;
    client.joins(N_ROOMS).await?;
    client.settle().await?;
    let joined = memory_of(&process)?;
    crowd(&mut client).await?;
    client.settle().await?;
    Ok(Memory { idle, joined, crowded: memory_of(&process)? })
}

/// Starts the real binary in these rooms of a service.
pub(crate) fn start(dir: &Path, address: SocketAddr, rooms: &[String], more: &str) -> Result<Process> {
    let tables: String = rooms.iter().map(|it| format!("[rooms.\"{it}\"]\n")).collect();
    let config = format!(
        "[bot]\nowners = [\"boss@example.org\"]\ndata_dir = \"data\"\n[accounts.main]\njid = \"{}/bot\"\npassword = \"x\"\n\
         address = \"{address}\"\ntls = \"none\"\nmax_rooms = 1000\n{more}{tables}",
        recording::ACCOUNT
    );
    let path = dir.join("domovoi.toml");
    fs::write(&path, config)?;
    commands::spawn(DOMOVOI, &["--config", path.to_str().context("a path in UTF-8")?, "run"], dir)
}

/// A hundred more in each room, as fast as they are taken in: a queue of those who wait is not what is weighed.
async fn crowd(client: &mut Client) -> Result<()> {
    for (n, room) in rooms().into_iter().enumerate() {
        let people: String = (N_PEOPLE..N_PEOPLE + N_MORE).map(|n| recording::presence(&room, n, "")).collect();
        client.push(&people)?;
        if n % 10 == 9 {
            client.settle().await?;
        }
    }
    Ok(())
}

async fn slixmpp() -> Result<f64> {
    let dir = tempfile::tempdir()?;
    let service = Service::start(N_PEOPLE).await?;
    let list = dir.path().join("rooms");
    fs::write(&list, rooms().join("\n"))?;
    let rooms = format!("@{}", list.display());
    let process = commands::spawn_slixmpp(service.address()?, recording::ACCOUNT, "x", &rooms, dir.path())?;
    let mut client = service.client().await?;
    client.joins(N_ROOMS).await?;
    client.settle().await?;
    memory_of(&process)
}
