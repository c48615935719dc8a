//! Plugins in Lua: what a handler costs beside a bare call of the same function, what a thousand rooms cost in memory,
//! and how long a new version of a plugin takes while messages flow.
//!
//! CPU time is that of the whole process, since a handler runs on the thread of its plugin's VM and is asked for on
//! another. Messages are handed over as a session does it: into the mailbox, without waiting.

use std::{fmt::Write as _, fs, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use domovoi::{
    bot::Bot,
    clock::Stopwatch,
    host::{
        core::Host,
        instance::Job,
        loading::Which,
        room::{RoomHost, Saved},
    },
};
use domovoi_plugin::{
    Affiliation, Event, EventKind, Message, Nick, Occupant, Phase, Role, RoomJid, Show, Timestamp, testing::PlainRoom,
};
use mlua::{Function, Lua, Table};

use crate::{
    attacks, cpu, subject,
    table::{self, Goal},
};

/// Fewer than a mailbox holds, so that a row can be handed over at once.
const N_ROW: usize = 500;
const N_ROWS: usize = 200;
const N_ROUNDS: usize = 7;
const N_ROOMS: usize = 1000;
/// Messages a second while a plugin is loaded again, and for how many milliseconds.
const A_SECOND: usize = 1000;
const FLOW_MS: usize = 3000;

/// What a handler does with each message: looks into it, and remembers a little.
const HANDLER: &str = "function(cx, event)\n\
    if event.body:find('hello', 1, true) then n = (n or 0) + #event.nick end\nend";

/// Runs it.
pub(crate) fn run() -> Result<()> {
    table::title("lua", "plugins in Lua");
    let dir = tempfile::tempdir()?;
    let runtime = subject::runtime("many")?;
    let bot = runtime.block_on(start(dir.path(), N_ROOMS))?;
    let host = bot.host.clone();
    runtime.block_on(async {
        load(&host, dir.path(), "bench", &plugin("bench", HANDLER, 0)).await?;
        handler_cost(&host).await?;
        rooms(&host).await?;
        reload(&host, dir.path()).await
    })?;
    runtime.block_on(bot.stop());
    runtime.block_on(attacks::run(&dir.path().join("attacks")))
}

async fn start(dir: &Path, n_rooms: usize) -> Result<Bot> {
    fs::create_dir_all(dir.join("plugins"))?;
    let path = dir.join("domovoi.toml");
    let mut text =
        "[bot]\nowners = [\"boss@example.org\"]\n[accounts.main]\njid = \"bot@example.org\"\npassword = \"x\"\n\
                    max_rooms = 2000\n[plugins.bench]\nenabled = true\n"
            .to_owned();
    for n in 0..n_rooms {
        writeln!(text, "[rooms.\"r{n}@chat.example.org\"]\nrecords = \"off\"")?;
    }
    fs::write(&path, text)?;
    let mut config = subject::read(&path)?;
    // The messages come out of memory; nobody connects.
    config.accounts.clear();
    subject::start(config).await
}

/// A plugin with this handler of messages, and so many lines of other code.
fn plugin(name: &str, handler: &str, n_lines: usize) -> String {
    let lines: String = (0..n_lines).fold(String::new(), |mut text, n| {
        // Writing to a text does not fail.
        writeln!(text, "t[{n}] = function(x) return x * {n} + #tostring(x) end").ok();
        text
    });
    format!("local t = {{}}\n{lines}return {{ name = '{name}', api = 1, on = {{ message = {handler} }} }}\n")
}

async fn load(host: &Arc<Host>, dir: &Path, name: &str, text: &str) -> Result<()> {
    let folder = dir.join("plugins").join(name);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("init.lua"), text)?;
    host.load_plugin(name, Which::Any, None).await?;
    Ok(())
}

pub(crate) fn room(n: usize) -> RoomJid {
    format!("r{n}@chat.example.org").parse().expect("an address")
}

pub(crate) fn occupant() -> Arc<Occupant> {
    Arc::new(Occupant {
        nick: Nick::new("alice").expect("a nick"),
        role: Role::Participant,
        affiliation: Affiliation::None,
        jids: Vec::new(),
        occupant_id: None,
        show: Show::Online,
        status: None,
        caps: None,
        avatar: None,
        joined_at: Timestamp::default(),
        stay: 1,
        is_self: false,
    })
}

pub(crate) fn event(room: RoomJid, occupant: &Arc<Occupant>) -> Event {
    let body = "hello everybody, how are you all doing on this fine evening?".to_owned();
    Event {
        at: Timestamp::from_millis(1_795_000_000_000),
        room,
        phase: Phase::Live,
        is_own: false,
        occupant: Some(occupant.clone()),
        kind: EventKind::Message(Message { body, ..Message::default() }),
    }
}

/// Seconds of CPU time a handler and a bare call take for the same messages.
async fn handler_cost(host: &Arc<Host>) -> Result<()> {
    let installed = host.installed(&"bench".parse()?).context("the plugin is not there")?;
    let event = Arc::new(event(room(0), &occupant()));
    let mut hosted = Vec::new();
    let mut bare = Vec::new();
    for round in 0..=N_ROUNDS {
        let began = cpu::of_process(std::process::id())?;
        for _ in 0..N_ROWS {
            for _ in 0..N_ROW {
                let job = Job::Event(event.clone(), host.in_hand.hold());
                ensure!(installed.mailbox.try_send(job).is_ok(), "a message did not fit");
            }
            host.in_hand.idle().await;
        }
        let spent = (cpu::of_process(std::process::id())? - began).as_secs_f64();
        let alone = bare_calls()?;
        // The first round only warms up.
        if round > 0 {
            hosted.push(spent);
            bare.push(alone);
        }
    }
    let n = (N_ROW * N_ROWS) as f64;
    let (hosted, bare) = (table::median(hosted), table::median(bare));
    table::note("a handler of a message, CPU", &format!("{:.1} µs", hosted / n * 1e6));
    table::note("a bare call with the same table, CPU", &format!("{:.1} µs", bare / n * 1e6));
    table::goal("a handler against a bare call", hosted / bare, "", Goal::AtMost(2.5));
    Ok(())
}

/// The same function called with the same table by mlua alone.
fn bare_calls() -> Result<f64> {
    let lua = Lua::new();
    lua.sandbox(true).map_err(|it| anyhow::anyhow!("{it}"))?;
    let call = || -> mlua::Result<f64> {
        let function: Function = lua.load(format!("return {HANDLER}")).eval()?;
        let began = cpu::of_thread();
        for _ in 0..N_ROW * N_ROWS {
            let cx: Table = lua.create_table()?;
            for (key, value) in [("nick", "alice"), ("room", "r0@chat.example.org"), ("lang", "en")] {
                cx.raw_set(key, value)?;
            }
            let event = lua.create_table()?;
            for (key, value) in [
                ("kind", "message"),
                ("room", "r0@chat.example.org"),
                ("nick", "alice"),
                ("role", "participant"),
                ("affiliation", "none"),
                ("identity", "0123456789abcdef0123"),
                ("body", "hello everybody, how are you all doing on this fine evening?"),
            ] {
                event.raw_set(key, value)?;
            }
            event.raw_set("at", 1_795_000_000.0)?;
            cx.raw_set("event", &event)?;
            function.call::<()>((cx, event))?;
        }
        Ok((cpu::of_thread() - began).as_secs_f64())
    };
    call().map_err(|it| anyhow::anyhow!("{it}"))
}

/// What a thousand rooms cost beside one, in the memory of the whole process.
async fn rooms(host: &Arc<Host>) -> Result<()> {
    let occupant = occupant();
    let say = async |rooms: &mut Vec<RoomHost>| {
        for (n, it) in rooms.iter_mut().enumerate() {
            it.event(event(room(n), &occupant), &PlainRoom::new(room(n)));
            if n % 200 == 0 {
                host.in_hand.idle().await;
            }
        }
        host.in_hand.idle().await;
    };
    let make = || (0..N_ROOMS).map(|n| RoomHost::new(host.clone(), room(n), Saved::default())).collect::<Vec<_>>();
    let name = "bench".parse()?;
    // Rooms as such first, without the plugin; then what it adds to them.
    host.unload_plugin(&name).await?;
    let mut all = make();
    for _ in 0..3 {
        say(&mut all).await;
    }
    let before = cpu::memory_of(std::process::id())?;
    host.load_plugin("bench", Which::Any, None).await?;
    say(&mut vec![RoomHost::new(host.clone(), room(0), Saved::default())]).await;
    let one = cpu::memory_of(std::process::id())?;
    for _ in 0..3 {
        say(&mut all).await;
    }
    let after = cpu::memory_of(std::process::id())?;
    let grown = (after as f64 - one as f64) / N_ROOMS as f64 / 1024.0;
    table::note("a plugin in one room", &format!("{:.2} MiB", (one as f64 - before as f64) / 1_048_576.0));
    table::goal("each of 1,000 rooms more", grown, " KB", Goal::AtMost(2.0));
    Ok(())
}

/// How long a new version takes while a thousand messages a second flow, and whether each was handled.
async fn reload(host: &Arc<Host>, dir: &Path) -> Result<()> {
    let text = plugin("bench", HANDLER, 500);
    load(host, dir, "bench", &text).await?;
    let name = "bench".parse()?;
    let handled = || n_handled(host);
    let (before, occupant) = (handled(), occupant());
    let flow = async {
        let mut tick = tokio::time::interval(Duration::from_millis(1));
        let mut n_sent = 0_usize;
        let watch = Stopwatch::start();
        while n_sent < A_SECOND * FLOW_MS / 1000 {
            tick.tick().await;
            let due = usize::try_from(watch.elapsed().as_millis())? * A_SECOND / 1000;
            for _ in n_sent..due {
                let installed = host.installed(&name).context("the plugin is gone")?;
                let job = Job::Event(Arc::new(event(room(0), &occupant)), host.in_hand.hold());
                ensure!(installed.mailbox.try_send(job).is_ok(), "a message did not fit");
            }
            n_sent = n_sent.max(due);
        }
        Ok::<usize, anyhow::Error>(n_sent)
    };
    let reloads = async {
        let mut took = Vec::new();
        for n in 0..10 {
            tokio::time::sleep(Duration::from_millis(250)).await;
            fs::write(dir.join("plugins/bench/init.lua"), format!("{text}-- {n}\n"))?;
            let watch = Stopwatch::start();
            host.load_plugin("bench", Which::Any, None).await?;
            took.push(watch.elapsed().as_secs_f64() * 1e3);
        }
        Ok::<Vec<f64>, anyhow::Error>(took)
    };
    let (n_sent, took) = tokio::try_join!(flow, reloads)?;
    host.in_hand.idle().await;
    let n = handled() - before;
    ensure!(host.faults.count() == 0, "a handler failed: {:?}", host.faults.get(1));
    table::note("messages sent and handled meanwhile", &format!("{n_sent}, {n}"));
    ensure!(n == n_sent as u64, "messages were lost");
    table::goal("a new version of 500 lines, the middle of ten", table::median(took), " ms", Goal::AtMost(50.0));
    Ok(())
}

/// How many handlers of the plugin were run, as the metrics count them.
fn n_handled(host: &Host) -> u64 {
    let text = host.metrics.text();
    let line = text.lines().find(|it| it.contains("plugin_seconds_count") && it.contains("\"bench\""));
    line.and_then(|it| it.rsplit_once(' ')).and_then(|it| it.1.parse().ok()).unwrap_or(0)
}
