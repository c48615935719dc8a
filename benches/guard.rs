//! What the guard costs: time of a message in an ordinary room and in a raid, with all rules on, and memory of people.
//!
//! The guard alone, fed with events by hand. Each message is timed in several rounds over the same events, and the
//! least of its times counts: what the machine does besides is not the guard's.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use domovoi_plugin::{
    Event, EventKind, GuardSetup, Message, MessageId, Nick, Occupant, RoomGuard, RoomJid, Secret, Settings, StanzaId,
    Timestamp, testing::PlainRoom,
};

use crate::{
    cpu,
    table::{self, Goal},
};

const N_ROUNDS: usize = 15;
const N_IDENTITIES: usize = 100_000;
/// As many as the guard keeps of one room.
const N_PER_ROOM: usize = 4_000;

/// Runs it.
pub(crate) fn run() -> Result<()> {
    table::title("guard", "all rules on, one room");
    let ordinary = ordinary()?;
    let (mean, worst) = cost(&ordinary)?;
    table::note("messages of an ordinary room", &n_messages(&ordinary).to_string());
    table::goal("mean", mean, " us", Goal::AtMost(3.0));
    table::note("p99", &format!("{worst:.2} us"));
    let raid = raid()?;
    let (mean, worst) = cost(&raid)?;
    table::note("messages of a raid of 500", &n_messages(&raid).to_string());
    table::note("mean", &format!("{mean:.2} us"));
    table::goal("p99", worst, " us", Goal::AtMost(20.0));
    // The first ones stay, so that the second do not get their memory.
    let (_first, at_once) = memory(|_, _| ())?;
    let (_second, in_turn) = memory(|guard, room| drop(guard.tick(room.now, room, &None)))?;
    table::goal("100,000 identities that came and spoke, one in 20 s a room", in_turn, " MB", Goal::AtMost(60.0));
    table::note("the same before anything of it is forgotten", &format!("{at_once:.2} MB"));
    Ok(())
}

fn room() -> Result<PlainRoom> {
    Ok(PlainRoom::new("garden@chat.example".parse()?))
}

fn guard(room: &RoomJid) -> Result<Box<dyn RoomGuard>> {
    let plugin = domovoi_guard::plugin();
    let (settings, wrong) = Settings::read(&plugin.manifest().options, []);
    ensure!(wrong.is_empty(), "defaults are wrong");
    plugin
        .guard(&GuardSetup { room, settings: &settings, saved: None, secret: Secret::default() })
        .context("the guard is off")
}

fn occupant(nick: &str, stay: u64, at: Timestamp) -> Result<Arc<Occupant>> {
    let jids = vec![format!("u{stay}@people.example/client").parse()?];
    Ok(Arc::new(Occupant { jids, ..Occupant::new(Nick::new(nick)?, at, stay) }))
}

fn message(n: usize, body: String) -> EventKind {
    let (id, stanza_id) = (Some(MessageId::new(format!("m{n}"))), Some(StanzaId::new(format!("{n}"))));
    EventKind::Message(Message { id, stanza_id, body, ..Message::default() })
}

/// What people say in the quiet scenes, one after the other, in one room where each says something now and then.
fn ordinary() -> Result<Vec<Event>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/quiet");
    let mut paths: Vec<_> = fs::read_dir(&folder)?.map(|it| it.map(|it| it.path())).collect::<Result<_, _>>()?;
    paths.sort();
    let (mut room, mut events, mut people, mut millis) = (room()?, Vec::new(), BTreeMap::new(), 0);
    for path in paths {
        for line in fs::read_to_string(&path)?.lines() {
            let record: serde_json::Value = serde_json::from_str(line)?;
            let text = |key: &str| record.get(key).and_then(serde_json::Value::as_str);
            let (Some("message"), Some(nick), Some(body)) = (text("kind"), text("nick"), text("body")) else {
                continue;
            };
            millis += 5_000;
            room.now = Timestamp::from_millis(millis);
            if !people.contains_key(nick) {
                let someone = occupant(nick, u64::try_from(people.len())?, room.now)?;
                events.push(room.event(&someone, EventKind::Join));
                people.insert(nick.to_owned(), someone);
            }
            let someone = people.get(nick).context("they came in")?;
            events.push(room.event(someone, message(events.len(), body.to_owned())));
        }
    }
    Ok(events)
}

/// Five hundred come within a minute, each with an advert put a little differently, three times.
fn raid() -> Result<Vec<Event>> {
    const WORDS: [&str; 6] = ["today", "only now", "for you", "my friend", "at once", "for free"];
    let (mut room, mut events) = (room()?, Vec::new());
    for n in 0..500_usize {
        room.now = Timestamp::from_millis(i64::try_from(n)? * 120);
        let someone = occupant(&format!("guest{n}"), u64::try_from(n)?, room.now)?;
        events.push(room.event(&someone, EventKind::Join));
        for k in 0..3_usize {
            room.now = room.now + Duration::from_millis(40);
            let word = WORDS.get((n + k) % WORDS.len()).copied().unwrap_or_default();
            let body = format!("Cheap replica wаtches {word}, {n} left, order at https://watches.example/sale?r={n}");
            events.push(room.event(&someone, message(events.len(), body)));
        }
    }
    events.sort_by_key(|it| it.at);
    Ok(events)
}

fn n_messages(events: &[Event]) -> usize {
    events.iter().filter(|it| it.message().is_some()).count()
}

/// Microseconds of a message: on average, and of the slowest in a hundred.
#[allow(clippy::cast_precision_loss, reason = "a few thousand messages")]
fn cost(events: &[Event]) -> Result<(f64, f64)> {
    let mut least = vec![f64::INFINITY; events.len()];
    for _ in 0..N_ROUNDS {
        let mut room = room()?;
        let mut guard = guard(&room.jid)?;
        let joined = Event { kind: EventKind::Joined, ..events.first().context("there are events")?.clone() };
        guard.judge(&joined, &room, &None);
        for (event, least) in events.iter().zip(&mut least) {
            if let (EventKind::Join, Some(someone)) = (&event.kind, &event.occupant) {
                room.occupants.insert(someone.nick.clone(), Arc::clone(someone));
            }
            while room.now + Duration::from_secs(1) <= event.at {
                room.now = room.now + Duration::from_secs(1);
                guard.tick(room.now, &room, &None);
            }
            #[allow(clippy::disallowed_methods, reason = "a stopwatch")]
            let began = std::time::Instant::now();
            guard.judge(event, &room, &None);
            guard.also();
            guard.take_memos();
            *least = least.min(began.elapsed().as_secs_f64() * 1e6);
        }
    }
    let said = events.iter().zip(least).filter(|it| it.0.message().is_some()).map(|it| it.1);
    let mut said: Vec<f64> = said.collect();
    said.sort_by(f64::total_cmp);
    Ok((said.iter().sum::<f64>() / said.len() as f64, table::quantile(&said, 0.99)))
}

/// Guards that remember a hundred thousand people who came and said a line each, and their megabytes. `second` is done
/// every second.
#[allow(clippy::cast_precision_loss, reason = "some megabytes")]
fn memory(second: impl Fn(&mut dyn RoomGuard, &PlainRoom)) -> Result<(Vec<Box<dyn RoomGuard>>, f64)> {
    let before = cpu::memory_of(std::process::id())?;
    let mut guards = Vec::new();
    for n_room in 0..N_IDENTITIES / N_PER_ROOM {
        let mut room = room()?;
        let mut guard = guard(&room.jid)?;
        for n in 0..N_PER_ROOM {
            let at = Timestamp::from_millis(i64::try_from(n)? * 20_000);
            while room.now + Duration::from_secs(1) <= at {
                room.now = room.now + Duration::from_secs(1);
                second(&mut *guard, &room);
            }
            room.now = at;
            let someone = occupant(&format!("guest{n}"), u64::try_from(n_room * N_PER_ROOM + n)?, room.now)?;
            let line = format!("what number {n} has to say about room {n_room}");
            for kind in [EventKind::Join, message(n, line)] {
                guard.judge(&room.event(&someone, kind), &room, &None);
                guard.also();
                guard.take_memos();
            }
        }
        guards.push(guard);
    }
    let after = cpu::memory_of(std::process::id())?;
    ensure!(guards.len() == N_IDENTITIES / N_PER_ROOM, "all of them are still there");
    Ok((guards, after.saturating_sub(before) as f64 / 1e6))
}
