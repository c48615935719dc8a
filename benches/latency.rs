//! From a flooding message's arrival to the moderation iq's departure, at 1,000 messages a second in a thousand rooms.
//!
//! The real binary against the service of this bench. The clock runs from before the message is written to a socket on
//! loopback until the iq has been read from it, so the kernel's way there and back, and waking up on both sides, are in
//! the figures, and named beside them; no server is.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, Result, ensure};
use domovoi_stage::xml::Element;
use tokio::time::{Duration, Instant, timeout_at};

use crate::{
    memory, recording,
    service::{Client, Heard, Service},
    subject,
    table::{self, Goal},
    transit,
};

/// Each has one flood at most: where several come in a minute the guard sees a raid, and bears fewer lines.
const N_ROOMS: usize = 1_000;
/// Ten rooms a service, as `memory` places them.
const N_PER_SERVICE: usize = 10;
/// Who talk as people do, in each room.
const N_PEOPLE: usize = 10;
/// One in so many ticks a flooder comes: 40 a second, one a service in 2.5 s, below the pace at which one service is asked
/// to act. They come in the tick before a line, not with one: else each line that counts would wait for somebody's entry
/// into another room, read together with it.
const TICKS_A_FLOODER: usize = 25;
/// And sends so many lines at most before the guard must have acted.
const MOST_LINES: usize = 12;
const TICKS_A_LINE: usize = 5;
/// Floods by which it is found out how many lines it takes.
const N_TRIALS: usize = 8;
const SECONDS: usize = 20;
/// How long the last ones of a flood may take on a busy machine.
const LAST: Duration = Duration::from_secs(1);

/// Runs it.
pub(crate) fn run() -> Result<()> {
    table::title("latency", "from a flooding message to the moderation iq, at 1,000 messages a second");
    let (latencies, transit) = subject::runtime("one")?.block_on(scene())?;
    let mut millis: Vec<f64> = latencies.iter().map(|it| it.as_secs_f64() * 1000.0).collect();
    millis.sort_by(f64::total_cmp);
    ensure!(SECONDS * 1000 / TICKS_A_FLOODER / 4 < millis.len(), "only {} floods count", millis.len());
    table::note("floods stopped by the line that was to", &millis.len().to_string());
    let way = format!("{:.2} ms", table::quantile(&transit, 0.5));
    table::note("of which loopback and waking up, p50", &way);
    table::goal("p50", table::quantile(&millis, 0.5), " ms", Goal::AtMost(0.3));
    table::goal("p99", table::quantile(&millis, 0.99), " ms", Goal::AtMost(2.0));
    Ok(())
}

/// How long each took, and what the way alone costs meanwhile.
async fn scene() -> Result<(Vec<Duration>, Vec<f64>)> {
    let dir = tempfile::tempdir()?;
    let service = Service::start(N_PEOPLE).await?;
    let rooms = memory::rooms();
    let guard = "[plugins.guard]\nenabled = true\npreset = \"public\"\n";
    let _process = memory::start(dir.path(), service.address()?, &rooms, guard)?;
    let mut client = service.client().await?;
    client.joins(N_ROOMS).await?;
    client.settle().await?;
    let n_lines = lines_needed(&mut client).await?;
    table::note("lines until a flooder is stopped", &n_lines.to_string());
    let latencies = flood(&mut client, n_lines)?;
    Ok((latencies, transit::millis(dir.path()).await?))
}

/// One who comes to flood, a room for each and the services in turn. Their number is above those of the people.
fn flooder(n: usize) -> (String, usize) {
    let n_services = N_ROOMS / N_PER_SERVICE;
    let room = n % n_services * N_PER_SERVICE + n / n_services % N_PER_SERVICE;
    (memory::room(room), N_PEOPLE + n)
}

/// A pasted line.
fn line((room, who): &(String, usize), n: usize) -> String {
    recording::message(room, *who, *who * 100 + n, &format!("<body>{}</body>", recording::words(*who * 100 + n, 30)))
}

/// How many lines at this distance the guard bears. It is pure, so it bears as many each time; an answer that the machine
/// holds up looks like one more, so the least of several counts.
async fn lines_needed(client: &mut Client) -> Result<usize> {
    let mut least = None;
    for n in 0..N_TRIALS {
        let needed = lines_of(client, &flooder(N_ROOMS - 1 - n)).await?;
        least = Some(least.unwrap_or(needed).min(needed));
    }
    least.context("nobody stops a flooder")
}

async fn lines_of(client: &mut Client, someone: &(String, usize)) -> Result<usize> {
    let whom = (someone.0.clone(), format!("person{}", someone.1));
    client.push(&recording::presence(&someone.0, someone.1, ""))?;
    for n in 1..=MOST_LINES {
        client.push(&line(someone, n))?;
        // The pause is that of the scene, so that the guard sees the same; the answer must come within it.
        let end = Instant::now() + Duration::from_millis(TICKS_A_LINE as u64);
        while let Ok(Some(heard)) = timeout_at(end, client.heard.recv()).await {
            if muted(&heard.stanza).as_ref() == Some(&whom) {
                return Ok(n);
            }
        }
    }
    Ok(MOST_LINES)
}

/// Where and whom an iq mutes or kicks.
fn muted(stanza: &Element) -> Option<(String, String)> {
    let item = stanza.child_ns("query", "http://jabber.org/protocol/muc#admin")?.child("item")?;
    Some((stanza.attr("to")?.to_owned(), item.attr("nick")?.to_owned()))
}

/// In a thread of its own pace: the timers of the runtime ring in whole milliseconds, and two at once now and then.
#[expect(clippy::disallowed_methods, reason = "nothing else is to run here meanwhile")]
fn flood(client: &mut Client, n_lines: usize) -> Result<Vec<Duration>> {
    let began = Instant::now();
    let mut sent: HashMap<(String, String), Option<Instant>> = HashMap::new();
    let mut planned: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    let mut latencies = Vec::new();
    let n_ticks = SECONDS * 1000;
    for now in 0..n_ticks {
        std::thread::sleep((began + Duration::from_millis(now as u64)).saturating_duration_since(Instant::now()));
        while let Ok(heard) = client.heard.try_recv() {
            latencies.extend(stopped(heard, &mut sent));
        }
        if now % TICKS_A_FLOODER == TICKS_A_FLOODER - 1 && now + TICKS_A_LINE * (n_lines + 1) < n_ticks {
            let (room, who) = flooder(now / TICKS_A_FLOODER);
            client.push(&recording::presence(&room, who, ""))?;
            for n in 1..=n_lines {
                planned.entry(now + 1 + (n - 1) * TICKS_A_LINE).or_default().push((now / TICKS_A_FLOODER, n));
            }
        }
        for (n_flooder, n) in planned.remove(&now).into_iter().flatten() {
            let it = flooder(n_flooder);
            let xml = line(&it, n);
            if n == n_lines {
                // Whoever was stopped before does not count: where the machine is late, lines bunch up.
                sent.entry((it.0.clone(), format!("person{}", it.1))).or_insert(Some(Instant::now()));
            }
            client.push(&xml)?;
        }
        if now % TICKS_A_LINE != 0 {
            client.push(&chatter(now))?;
        }
    }
    std::thread::sleep(LAST);
    while let Ok(heard) = client.heard.try_recv() {
        latencies.extend(stopped(heard, &mut sent));
    }
    let n_missed = sent.values().flatten().count();
    ensure!(n_missed == 0, "{n_missed} of {} flooders were never stopped", sent.len());
    Ok(latencies)
}

/// Someone says something short.
fn chatter(now: usize) -> String {
    let n = now * 4 / 5;
    let (where_, who) = (n % N_ROOMS, n / N_ROOMS % N_PEOPLE);
    recording::message(&memory::room(where_), who, now, &format!("<body>{}</body>", recording::words(now, 5)))
}

fn stopped(heard: Heard, sent: &mut HashMap<(String, String), Option<Instant>>) -> Option<Duration> {
    let whom = muted(&heard.stanza)?;
    sent.insert(whom, None)?.map(|at| heard.at - at)
}
