//! From a guard's decision to the moderation iq on the wire, in real rooms on a real Prosody that has all it can do.
//!
//! Two owners of the rooms talk in turns as fast as Prosody passes on what they say, and beside them one flooder after
//! the other comes and is muted. The bot reaches its server through a tap of this bench, which notes when each line of a
//! flooder went by on its way to the bot, and when the iq went by on its way back. The last line before the iq is the one
//! that decided; of lines that went by together the first counts. Judging it is in the figures and takes microseconds.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use anyhow::{Context as _, Result, ensure};
use domovoi_stage::{
    Options, Person, Prosody, Server,
    xml::{Element, Reader, Step},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
    task::JoinSet,
    time::{Duration, Instant, timeout},
};

use crate::{commands, recording, subject, table};

const N_FLOODERS: usize = 100;
/// In turns, since thirty mutes a minute in one room are taken for a guard that runs away, and held.
const N_ROOMS: usize = 10;
/// So many lines of the owners are under way at once.
const WINDOW: usize = 60;
/// A flooder comes when so much time has gone by since the one before: below the pace at which a service is asked to act.
const PAUSE: Duration = Duration::from_millis(250);
/// Between two of a flooder's lines.
const BETWEEN: Duration = Duration::from_millis(10);
const MOST_LINES: usize = 12;
/// For how long the mute of one who has said all that is waited for; without one the flood does not count.
const PATIENCE: Duration = Duration::from_secs(3);
/// Lines that went by within this much time went by together.
const TOGETHER: Duration = Duration::from_millis(5);

/// Runs it.
pub(crate) fn run() -> Result<()> {
    table::title("wire", "from a decision to the moderation iq on the wire, Prosody at its limit");
    let (mut millis, rate) = subject::runtime("many")?.block_on(scene())?;
    millis.sort_by(f64::total_cmp);
    table::note("lines a second that Prosody passed on", &format!("{rate:.0}"));
    table::note("floods stopped", &millis.len().to_string());
    table::note("p50", &format!("{:.2} ms", table::quantile(&millis, 0.5)));
    table::note("p99", &format!("{:.2} ms", table::quantile(&millis, 0.99)));
    Ok(())
}

/// Milliseconds from decision to iq, and how many lines a second went by.
async fn scene() -> Result<(Vec<f64>, f64)> {
    let dir = tempfile::tempdir()?;
    let without = ["smacks", "carbons", "csi_simple", "tls"].map(str::to_owned).to_vec();
    let options = Options { archive: false, moderation: false, persistent: true, without, ..Options::default() };
    let server = Prosody::start(options).await?;
    let rooms: Vec<String> = (0..N_ROOMS).map(|n| server.room(&format!("garden{n}"))).collect();
    let (olga, alice) = (Person::connect(&server, "olga").await?, Person::connect(&server, "alice").await?);
    server.register("bot", "x").await?;
    for room in &rooms {
        open(&olga, &alice, room).await?;
    }
    let mut flooders = Vec::new();
    for n in 0..N_FLOODERS {
        flooders.push(Person::connect(&server, &format!("flooder{n}")).await?);
    }
    // 65,536 sights, more than the flooders can make; one that does not fit ends the bench with an error.
    let (tell, told) = mpsc::channel(65_536);
    let mut tap = Tap::start(&server, tell).await?;
    let path = dir.path().join("domovoi.toml");
    std::fs::write(&path, config(&tap.address, &rooms))?;
    let _process = commands::spawn(crate::DOMOVOI, &["--config", path.to_str().context("UTF-8")?, "run"], dir.path())?;
    for room in &rooms {
        let is_bot = |it: &Element| it.name == "presence" && it.from_bare() == *room && it.nick() == "domovoi";
        olga.see("the bot comes in", is_bot).await?;
    }
    let flood = flood(flooders, &rooms);
    tokio::pin!(flood);
    let began = Instant::now();
    let mut n_lines = 0;
    tokio::select! {
        done = talk([&olga, &alice], &rooms, &mut n_lines) => done?,
        done = &mut flood => done?,
        done = tap.tasks.join_next() => anyhow::bail!("the tap is closed: {done:?}"),
    }
    #[allow(clippy::cast_precision_loss, reason = "some thousand lines")]
    let rate = n_lines as f64 / began.elapsed().as_secs_f64();
    Ok((latencies(told)?, rate))
}

/// A room of both owners in which the bot may moderate.
async fn open(olga: &Person, alice: &Person, room: &str) -> Result<()> {
    olga.create_room(room, "olga", &[("muc#roomconfig_persistentroom", "1")]).await?;
    for (name, affiliation) in [("bot", "admin"), ("alice", "owner")] {
        olga.set_affiliation(room, &format!("{name}@localhost"), affiliation).await?;
    }
    alice.join(room, "alice").await?;
    Ok(())
}

fn config(address: &str, rooms: &[String]) -> String {
    let room =
        |it: &String| format!("[rooms.\"{it}\"]\nplugins = {{ guard = {{ preset = \"public\", raid = false }} }}\n");
    format!(
        "[bot]\nowners = [\"olga@localhost\"]\ndata_dir = \"data\"\n[accounts.main]\njid = \"bot@localhost\"\n\
         password = \"x\"\naddress = \"{address}\"\ntls = \"none\"\n{}",
        rooms.iter().map(room).collect::<String>()
    )
}

/// Talks for ever, as fast as the server passes on what is said.
async fn talk(people: [&Person; 2], rooms: &[String], n_lines: &mut usize) -> Result<()> {
    let (mut n_sent, mut n_seen) = (0, 0);
    loop {
        while n_sent - n_seen < WINDOW {
            people[n_sent % 2]
                .say_in(&rooms[n_sent % rooms.len()], &format!("{} line{n_sent}", recording::words(n_sent, 6)))
                .await?;
            n_sent += 1;
        }
        let heard = people[0].expect("a line", |it| it.name == "message").await?;
        *n_lines += 1;
        n_seen += usize::from(!heard.nick().starts_with("flooder"));
        if n_seen % 100 == 0 {
            people[1].forget();
        }
    }
}

/// One flooder after the other comes, floods until they lose their voice, and goes.
async fn flood(flooders: Vec<Person>, rooms: &[String]) -> Result<()> {
    for (n, person) in flooders.into_iter().enumerate() {
        let (nick, room) = (format!("flooder{n}"), &rooms[n % rooms.len()]);
        person.join(room, &nick).await?;
        let is_muted = |it: &Element| it.name == "presence" && it.nick() == nick && it.item("role") == Some("visitor");
        let mut has_voice = true;
        for k in 0..MOST_LINES {
            person.say_in(room, &recording::words(n * 100 + k + 1_000_000, 30)).await?;
            has_voice = timeout(BETWEEN, person.see("the mute", is_muted)).await.is_err();
            if !has_voice {
                break;
            }
        }
        // At its limit the server is late: whoever went at once would be gone before the answer.
        if has_voice {
            timeout(PATIENCE, person.see("the mute", is_muted)).await.ok();
        }
        person.disconnect().await?;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// What went by the tap.
#[derive(Debug)]
enum Seen {
    /// A line of this flooder, on its way to the bot.
    Line(String, Instant),
    /// The iq that mutes them, on its way to the server.
    Mute(String, Instant),
}

/// Between the bot and its server.
struct Tap {
    address: String,
    tasks: JoinSet<Result<()>>,
}

impl Tap {
    async fn start(server: &Server, tell: mpsc::Sender<Seen>) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, behind) = (listener.local_addr()?.to_string(), server.address());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let (bot, _) = listener.accept().await?;
            let server = TcpStream::connect(behind).await?;
            bot.set_nodelay(true)?;
            server.set_nodelay(true)?;
            let ((bot_read, bot_write), (server_read, server_write)) = (bot.into_split(), server.into_split());
            let tell = Arc::new(tell);
            tokio::try_join!(
                pass(server_read, bot_write, tell.clone(), line_of),
                pass(bot_read, server_write, tell, mute_of)
            )?;
            Ok(())
        });
        Ok(Self { address, tasks })
    }
}

/// Passes bytes on, then looks at what they were.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    tell: Arc<mpsc::Sender<Seen>>,
    look: fn(&Element, Instant) -> Option<Seen>,
) -> Result<()> {
    let (mut bytes, mut reader) = (vec![0; 64 * 1024], Reader::default());
    loop {
        let n_read = from.read(&mut bytes).await?;
        let at = Instant::now();
        let piece = bytes.get(..n_read).unwrap_or_default();
        to.write_all(piece).await?;
        if n_read == 0 {
            return Ok(());
        }
        reader.feed(piece);
        while let Some(step) = reader.next_step()? {
            let Step::Stanza(stanza) = step else { continue };
            if let Some(seen) = look(&stanza, at) {
                tell.try_send(seen).ok().context("too much went by")?;
            }
        }
    }
}

fn line_of(stanza: &Element, at: Instant) -> Option<Seen> {
    let is_line = stanza.name == "message" && stanza.nick().starts_with("flooder");
    is_line.then(|| Seen::Line(stanza.nick().to_owned(), at))
}

fn mute_of(stanza: &Element, at: Instant) -> Option<Seen> {
    let item = stanza.child_ns("query", "http://jabber.org/protocol/muc#admin")?.child("item")?;
    Some(Seen::Mute(item.attr("nick").filter(|_| item.attr("role") == Some("visitor"))?.to_owned(), at))
}

/// Milliseconds from the line that decided to the iq, a flooder each.
fn latencies(mut told: mpsc::Receiver<Seen>) -> Result<Vec<f64>> {
    let mut lines: BTreeMap<String, Vec<Instant>> = BTreeMap::new();
    let (mut muted, mut latencies) = (BTreeSet::new(), Vec::new());
    while let Ok(seen) = told.try_recv() {
        match seen {
            Seen::Line(nick, at) => lines.entry(nick).or_default().push(at),
            Seen::Mute(nick, at) => {
                let lines = lines.get(&nick).map_or(&[][..], Vec::as_slice);
                if muted.insert(nick) {
                    latencies.push(latency(lines, at).context("muted without a word")?.as_secs_f64() * 1e3);
                }
            }
        }
    }
    ensure!(N_FLOODERS * 9 / 10 <= latencies.len(), "only {} of {N_FLOODERS} floods were stopped", latencies.len());
    Ok(latencies)
}

fn latency(lines: &[Instant], at: Instant) -> Option<Duration> {
    let mut before = lines.iter().rev().filter(|it| **it <= at);
    let mut decided = *before.next()?;
    while let Some(earlier) = before.next().filter(|it| decided - **it < TOGETHER) {
        decided = *earlier;
    }
    Some(at - decided)
}
