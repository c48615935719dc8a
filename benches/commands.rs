//! CPU time for 10,000 commands answered in a real room on a real Prosody: domovoi against a bare echo loop on the same
//! kind of runtime, and against a slixmpp echo bot.
//!
//! Each bot is a process of its own in a room of its own, with the same three people, who give commands in turns. The
//! server carries no TLS, archive or stream management, and its own CPU time is not in the figures.

use std::{net::SocketAddr, path::Path, process::Stdio, time::Duration};

use anyhow::{Context as _, Result, ensure};
use domovoi_stage::{Options, Person, Process, Prosody, Server, process, xml::Element};

use crate::{
    cpu, subject,
    table::{self, Goal},
};

const N_TURNS: usize = 4;
/// Ten thousand in all.
const N_COMMANDS: usize = 2_500;
/// So many are under way at once.
const WINDOW: usize = 60;

/// Runs it.
pub(crate) fn run() -> Result<()> {
    table::title("commands", "CPU time for 10,000 commands answered in a room on Prosody");
    subject::runtime("one")?.block_on(scene())
}

/// A bot that is compared.
struct Bot {
    name: &'static str,
    room: String,
    process: Process,
    /// Seconds of CPU time, a turn each.
    spent: Vec<f64>,
}

async fn scene() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let without = ["smacks", "carbons", "csi_simple", "tls"].map(str::to_owned).to_vec();
    let options = Options { archive: false, moderation: false, persistent: true, without, ..Options::default() };
    let server = Prosody::start(options).await?;
    let people = people(&server).await?;
    let mut bots = Vec::new();
    for name in ["domovoi-many", "echo-many", "domovoi-one", "echo-one", "slixmpp"] {
        bots.push(enter(&server, &people, name, dir.path()).await?);
    }
    for turn in 0..=N_TURNS {
        for bot in &mut bots {
            // The first turn is short and only warms up.
            let n_commands = if turn == 0 { N_COMMANDS / 5 } else { N_COMMANDS };
            let before = cpu::of_process(bot.process.id())?;
            let done = converse(&people, &bot.room, turn * N_COMMANDS, n_commands).await;
            done.with_context(|| format!("{}, whose log is\n{}", bot.name, log(&dir.path().join(bot.name))))?;
            let spent = cpu::of_process(bot.process.id())? - before;
            if turn > 0 {
                bot.spent.push(spent.as_secs_f64());
            }
        }
    }
    report(&bots);
    Ok(())
}

async fn people(server: &Server) -> Result<Vec<Person>> {
    let mut people = Vec::new();
    for name in ["olga", "alice", "bob"] {
        people.push(Person::connect(server, name).await?);
    }
    Ok(people)
}

/// Makes the bot's room with everybody in it, starts the bot, and waits until it is in.
async fn enter(server: &Server, people: &[Person], name: &'static str, dir: &Path) -> Result<Bot> {
    let room = server.room(&format!("room-{name}"));
    let (olga, others) = people.split_first().context("nobody is there")?;
    server.register(name, "x").await?;
    olga.create_room(&room, "olga", &[("muc#roomconfig_persistentroom", "1")]).await?;
    olga.set_affiliation(&room, &format!("{name}@localhost"), "admin").await?;
    for person in others {
        person.join(&room, &person.name).await?;
    }
    let dir = dir.join(name);
    std::fs::create_dir(&dir)?;
    let process = start(server.address(), name, &room, &dir)?;
    olga.expect(&format!("{name} comes in"), |it| it.name == "presence" && it.from_bare() == room && is_bot(it.nick()))
        .await
        .with_context(|| log(&dir))?;
    Ok(Bot { name, room, process, spent: Vec::new() })
}

/// What a bot wrote.
fn log(dir: &Path) -> String {
    std::fs::read_to_string(dir.join("log")).unwrap_or_else(|it| it.to_string())
}

fn is_bot(nick: &str) -> bool {
    matches!(nick, "domovoi" | "echo" | "slixmpp")
}

fn start(address: SocketAddr, name: &str, room: &str, dir: &Path) -> Result<Process> {
    let jid = format!("{name}@localhost");
    let own = std::env::current_exe()?;
    let own = own.to_str().context("a path in UTF-8")?;
    match name.split_once('-') {
        Some(("domovoi", flavour)) => {
            let path = dir.join("domovoi.toml");
            std::fs::write(&path, config(address, &jid, room))?;
            spawn(own, &["as-domovoi", path.to_str().context("a path in UTF-8")?, flavour], dir)
        }
        Some((_, flavour)) => spawn(own, &["as-echo", &address.to_string(), &jid, "x", room, flavour], dir),
        None => spawn_slixmpp(address, &jid, "x", room, dir),
    }
}

/// The people own the bot, so that no cool-down holds them up; the pace is that of the whole room's commands.
fn config(address: SocketAddr, jid: &str, room: &str) -> String {
    format!(
        "[bot]\nowners = [\"olga@localhost\", \"alice@localhost\", \"bob@localhost\"]\ndata_dir = \"data\"\n\
         [accounts.main]\njid = \"{jid}\"\npassword = \"x\"\naddress = \"{address}\"\ntls = \"none\"\n\
         words_per_second = 10000\n[rooms.\"{room}\"]\nplugins = {{ guard = {{ preset = \"public\" }} }}\n"
    )
}

/// Starts a program whose output goes to a file `log` in its folder.
pub(crate) fn spawn(program: &str, arguments: &[&str], dir: &Path) -> Result<Process> {
    let mut command = process::command(program, None);
    let log = std::fs::File::create(dir.join("log"))?;
    command.args(arguments).current_dir(dir).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    Ok(Process::spawn(command)?.0)
}

/// Starts the slixmpp bot; `scripts/bench` says where Python has it.
pub(crate) fn spawn_slixmpp(
    address: SocketAddr,
    jid: &str,
    password: &str,
    rooms: &str,
    dir: &Path,
) -> Result<Process> {
    let python = std::env::var("SLIXMPP_PYTHON").context("SLIXMPP_PYTHON is not set: run scripts/bench")?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/reference/slix.py");
    let (host, port) = (address.ip().to_string(), address.port().to_string());
    spawn(&python, &[script, &host, &port, jid, password, "slixmpp", rooms], dir)
}

/// Everybody gives commands, and each is answered once.
async fn converse(people: &[Person], room: &str, first: usize, n_commands: usize) -> Result<()> {
    people.iter().for_each(Person::forget);
    let mut open = vec![false; n_commands];
    let (mut n_sent, mut n_answered) = (0, 0);
    while n_answered < n_commands {
        while n_sent < n_commands && n_sent - n_answered < WINDOW {
            people[n_sent % people.len()].say_in(room, &format!("!echo {}", first + n_sent)).await?;
            open[n_sent] = true;
            n_sent += 1;
        }
        // Everything is taken in the order in which it came, so that nothing piles up.
        let heard = people[0].expect("a message", |it| it.name == "message").await?;
        if let Some(number) = answered(&heard, room) {
            let at = number.checked_sub(first).filter(|it| *it < n_commands);
            let is_open = at.and_then(|it| open.get_mut(it)).context("an answer to nothing")?;
            ensure!(std::mem::take(is_open), "{number} was answered twice");
            n_answered += 1;
        }
        if n_answered % 100 == 0 {
            people.iter().skip(1).for_each(Person::forget);
        }
    }
    Ok(())
}

fn answered(message: &Element, room: &str) -> Option<usize> {
    let is_answer = message.from_bare() == room && is_bot(message.nick());
    let (_, number) = message.body().filter(|_| is_answer)?.split_once(": ")?;
    number.trim().parse().ok()
}

fn report(bots: &[Bot]) {
    let median = |name: &str| {
        let bot = bots.iter().find(|it| it.name == name);
        bot.map_or(f64::NAN, |it| table::median(it.spent.clone())) * 10_000.0 / to_f64(N_COMMANDS)
    };
    for bot in bots {
        let turns: Vec<String> = bot.spent.iter().map(|it| format!("{it:.2}")).collect();
        table::note(&format!("{} (turns of {N_COMMANDS}: {})", bot.name, turns.join(" ")), &seconds(median(bot.name)));
    }
    let ratio = |a: &str, b: &str| median(a) / median(b);
    table::goal("domovoi against the bare loop, one thread", ratio("domovoi-one", "echo-one"), "", Goal::AtMost(1.3));
    table::goal(
        "domovoi against the bare loop, many threads",
        ratio("domovoi-many", "echo-many"),
        "",
        Goal::AtMost(1.3),
    );
    table::goal("slixmpp against domovoi, many threads", ratio("slixmpp", "domovoi-many"), "", Goal::AtLeast(7.0));
    // The least that any bot on this library can cost. Where the bare loop is not seven times as cheap itself, the goal
    // above cannot be met by whatever is built on it.
    for (flavour, name) in [("many threads", "echo-many"), ("one thread", "echo-one")] {
        let times = ratio("slixmpp", name);
        table::note(&format!("slixmpp against the bare loop, {flavour}"), &format!("{times:.2}"));
    }
}

fn seconds(seconds: f64) -> String {
    format!("{:.2} s", Duration::from_secs_f64(seconds).as_secs_f64())
}

#[allow(clippy::cast_precision_loss, reason = "a few thousand commands")]
fn to_f64(n: usize) -> f64 {
    n as f64
}
