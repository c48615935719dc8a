//! A long day in short: many people in many rooms of two accounts, with cuts and a restart of the server inside.
//!
//! Shown by it: every command given while the bot is there is answered once, everything that a room has passed on is in
//! its records once, and memory does not grow. `cargo test` plays it for some seconds; `scripts/soak` for minutes, with
//! more people, by `SOAK_MINUTES`.
#![allow(clippy::print_stdout, reason = "who waits for minutes wants to see how it goes")]

mod people;
mod records;

use std::{fmt::Write as _, time::Duration};

use anyhow::{Context as _, Result, ensure};
use domovoi_stage::{
    Crowd, Person, Proxy,
    bot::Bot,
    proxy::Mode,
    server::{Kind, Options, Server},
};
use tokio::{
    task::JoinSet,
    time::{Instant, interval},
};

use self::people::{Board, Play};
use crate::house::BINARY;

/// How much of it.
#[derive(Clone, Copy)]
struct Scale {
    n_rooms: usize,
    n_people: usize,
    length: Duration,
    /// When the connections of the bot are cut, in hundredths of the whole, and for how long; the restart is at half.
    cuts: &'static [(u32, Duration)],
}

const SHORT: Scale =
    Scale { n_rooms: 10, n_people: 60, length: Duration::from_secs(30), cuts: &[(20, Duration::ZERO)] };
const LONG: Scale = Scale { n_rooms: 50, n_people: 500, length: Duration::ZERO, cuts: CUTS };
/// The second one lasts, so that much is to be sent again.
const CUTS: &[(u32, Duration)] = &[(15, Duration::ZERO), (25, Duration::from_secs(10)), (75, Duration::ZERO)];
/// How long until the bot is back in all rooms after a restart: the wait after status 332, the pace of joins.
const BACK: Duration = Duration::from_secs(150);

/// COMPAT: Prosody 0.12 keeps 500 stanzas for a stream that was cut, and forgets the stream with the next one. All rooms
/// together send more than that in the second until the bot is back, and what is to be shown here is resumption.
const QUEUE: &str = "VirtualHost \"localhost\"\n  smacks_max_queue_size = 100000\n";

fn scale() -> Scale {
    let minutes = std::env::var("SOAK_MINUTES").ok().and_then(|it| it.parse().ok());
    minutes.map_or(SHORT, |minutes: u64| Scale { length: Duration::from_mins(minutes), ..LONG })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn soak_on_prosody() -> Result<()> {
    soak(Kind::Prosody).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn soak_on_ejabberd() -> Result<()> {
    soak(Kind::Ejabberd).await
}

async fn soak(kind: Kind) -> Result<()> {
    let mut soak = Soak::begin(kind, scale()).await?;
    let half = soak.began + soak.scale.length / 2;
    let end = soak.began + soak.scale.length;
    soak.act(half).await?;
    soak.restart().await?;
    soak.act(end).await?;
    soak.finish().await
}

struct Soak {
    scale: Scale,
    server: Server,
    proxy: Proxy,
    bot: Bot,
    /// Owns the rooms.
    owner: Person,
    crowd: Crowd,
    rooms: Vec<String>,
    began: Instant,
    board: Board,
    /// Memory of the bot, and when.
    memory: Vec<(Duration, u64)>,
    n_cuts: usize,
    /// When the network is there again.
    mends: Option<Duration>,
}

impl Soak {
    async fn begin(kind: Kind, scale: Scale) -> Result<Self> {
        let extra = if kind == Kind::Prosody { QUEUE.to_owned() } else { String::new() };
        let server = Server::start(kind, Options { persistent: true, extra, ..Options::default() }).await?;
        let proxy = Proxy::start(server.address()).await?;
        let rooms: Vec<String> = (0..scale.n_rooms).map(|n| server.room(&format!("soak{n}"))).collect();
        for account in ["keeper", "helper"] {
            server.register(account, "pw-keeper").await?;
        }
        let owner = Person::connect(&server, "olga").await?;
        for room in &rooms {
            owner.create_room(room, "olga", &[("muc#roomconfig_persistentroom", "1")]).await?;
            for account in ["keeper@localhost", "helper@localhost"] {
                owner.set_affiliation(room, account, "admin").await?;
            }
            // She would only be told everything that is said anywhere.
            owner.leave(room).await?;
        }
        let crowd = Crowd::connect(&server, "p", scale.n_people).await?;
        crowd.join(&rooms).await?;
        let mut bot = Bot::prepare(BINARY.as_ref(), &config(&server, &proxy, &rooms))?;
        bot.launch()?;
        all_joined(&bot, rooms.len()).await?;
        let (began, board, memory) = (Instant::now(), Board::default(), Vec::new());
        Ok(Self { scale, server, proxy, bot, owner, crowd, rooms, began, board, memory, n_cuts: 0, mends: None })
    }

    /// Everybody talks until then, and cuts come when they are due.
    async fn act(&mut self, end: Instant) -> Result<()> {
        let mut playing = JoinSet::new();
        for (n, person) in self.crowd.people().iter().enumerate() {
            let room = self.rooms[n % self.rooms.len()].clone();
            playing.spawn(Play::new(person.clone(), room, self.began, self.board.clone()).until(end));
        }
        let mut second = interval(Duration::from_secs(1));
        let mut shown = Instant::now();
        loop {
            tokio::select! {
                ended = playing.join_next() => match ended {
                    Some(played) => played?.with_context(|| self.story())?,
                    None => break,
                },
                _ = second.tick() => {
                    self.cut_if_due().await?;
                    self.weigh()?;
                    if Duration::from_secs(10) <= shown.elapsed() {
                        shown = Instant::now();
                        self.show();
                    }
                }
            }
        }
        self.show();
        Ok(())
    }

    /// What the bot says of itself, for whoever has to find out what went wrong.
    fn story(&self) -> String {
        let (at, log) = (self.began.elapsed(), self.bot.log());
        // What is said of every room would hide the rest.
        let is_telling = |it: &&String| !it.contains("session::rooms: joined") && !it.contains("the gap is filled");
        let log: Vec<&str> = log.iter().filter(is_telling).map(String::as_str).collect();
        let last = log.get(log.len().saturating_sub(60)..).unwrap_or_default().join("\n");
        let server = self.server.log_tail();
        format!("after {at:?}, {}; the end of the bot's log:\n{last}\nof the server's:\n{server}", self.board.tally())
    }

    async fn cut_if_due(&mut self) -> Result<()> {
        let elapsed = self.began.elapsed();
        if self.mends.is_some_and(|at| at <= elapsed) {
            self.mends = None;
            self.proxy.set(Mode::Clear).await?;
        }
        let Some((at, span)) = self.scale.cuts.get(self.n_cuts).copied() else { return Ok(()) };
        if self.scale.length * at / 100 <= elapsed {
            self.n_cuts += 1;
            println!("{:>5} s  cut {} for {span:?}", elapsed.as_secs(), self.n_cuts);
            if !span.is_zero() {
                self.mends = Some(elapsed + span);
                self.proxy.set(Mode::Refuse).await?;
            }
            self.proxy.cut();
        }
        Ok(())
    }

    /// The server goes down and comes back, and everybody with it; people are back before the bot.
    async fn restart(&mut self) -> Result<()> {
        println!("{:>5} s  the server restarts", self.began.elapsed().as_secs());
        self.bot.forget_log();
        self.server.restart().await?;
        self.owner = Person::connect(&self.server, "olga").await?;
        self.crowd = Crowd::connect(&self.server, "p", self.scale.n_people).await?;
        self.crowd.join(&self.rooms).await?;
        all_joined(&self.bot, self.rooms.len()).await?;
        println!("{:>5} s  everybody is back", self.began.elapsed().as_secs());
        Ok(())
    }

    fn weigh(&mut self) -> Result<()> {
        let id = self.bot.id().with_context(|| format!("the bot is gone:\n{}", self.bot.log_tail()))?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:")).context("no memory in /proc")?;
        self.memory.push((self.began.elapsed(), line.trim().trim_end_matches(" kB").parse()?));
        Ok(())
    }

    fn show(&self) {
        let kilobytes = self.memory.last().map_or(0, |(_, it)| *it);
        let n_heard = self.crowd.people().iter().map(|it| it.counts().0).sum::<u64>();
        println!(
            "{:>5} s  {n_heard} stanzas heard since the last start, {}, {} kB",
            self.began.elapsed().as_secs(),
            self.board.tally(),
            kilobytes
        );
    }

    async fn finish(mut self) -> Result<()> {
        let status = self.bot.stop(Duration::from_secs(20)).await?;
        ensure!(status.success(), "the bot ended with {status}:\n{}", self.bot.log_tail());
        ensure!(self.n_cuts == self.scale.cuts.len(), "only {} cuts were made", self.n_cuts);
        let n_found = records::check(&self.bot.data_dir().join("records"), &self.rooms, &self.board.tally())?;
        println!("all {n_found} messages are in the records once; {}", self.board.tally());
        self.check_memory()
    }

    /// The last minute within a tenth of the third; in the short form the last quarter and the second, loosely.
    fn check_memory(&self) -> Result<()> {
        let (early, late, most) = if self.scale.length < Duration::from_mins(5) {
            let quarter = self.scale.length / 4;
            (quarter..quarter * 2, quarter * 3..Duration::MAX, 150)
        } else {
            let minute = Duration::from_mins(1);
            (minute * 2..minute * 3, self.scale.length - minute..Duration::MAX, 110)
        };
        let mean = |span: std::ops::Range<Duration>| {
            let of_span: Vec<u64> =
                self.memory.iter().filter(|(at, _)| span.contains(at)).map(|(_, kilobytes)| *kilobytes).collect();
            of_span.iter().sum::<u64>() / u64::try_from(of_span.len()).unwrap_or(1).max(1)
        };
        let (early, late) = (mean(early), mean(late));
        println!("memory: {early} kB early, {late} kB at the end");
        ensure!(late * 100 <= early * most, "memory grew from {early} kB to {late} kB");
        Ok(())
    }
}

/// Waits until the bot has said of so many rooms that it is in.
async fn all_joined(bot: &Bot, n_rooms: usize) -> Result<()> {
    let deadline = Instant::now() + BACK;
    let mut second = interval(Duration::from_millis(200));
    loop {
        // The log is all that tells of every room; it is looked at until it has.
        second.tick().await;
        let log = bot.log();
        let mut joined: Vec<&str> =
            log.iter().filter(|it| it.contains(" joined ")).filter_map(|it| room_in(it)).collect();
        joined.sort_unstable();
        joined.dedup();
        if n_rooms <= joined.len() {
            return Ok(());
        }
        let n_joined = joined.len();
        ensure!(Instant::now() < deadline, "in {n_joined} of {n_rooms} rooms after {BACK:?}:\n{}", bot.log_tail());
    }
}

fn room_in(line: &str) -> Option<&str> {
    line.split_whitespace().find_map(|it| it.strip_prefix("room.jid="))
}

fn config(server: &Server, proxy: &Proxy, rooms: &[String]) -> String {
    let mut text = "[bot]\nowners = [\"boss@localhost\"]\ndata_dir = \"data\"\n".to_owned();
    let (address, ca, max_rooms) = (proxy.address(), server.ca_file().display().to_string(), rooms.len().div_ceil(2));
    for (name, account) in [("first", "keeper"), ("second", "helper")] {
        write!(
            text,
            "[accounts.{name}]\njid = \"{account}@localhost\"\npassword = \"pw-keeper\"\naddress = \"{address}\"\n\
             ca_file = \"{ca}\"\nmax_rooms = {max_rooms}\n"
        )
        .expect("a string takes everything");
    }
    for room in rooms {
        write!(text, "[rooms.\"{room}\"]\nrecords = \"full\"\n").expect("a string takes everything");
    }
    text
}
