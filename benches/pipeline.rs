//! Stanzas a second and core: from bytes through fence, parser, decode, room, guards and dispatch, against the bare
//! parser on the same bytes.
//!
//! One thread's CPU time, each part measured in turns with the others. What runs elsewhere on purpose (the writer of
//! records has a thread of its own) is not counted, handing over to it is. Between two rounds everything that was handed
//! over is written, and nothing may have been turned away for a full queue.

use std::{collections::BTreeSet, sync::Arc};

use anyhow::{Result, ensure};
use domovoi::{
    bot::Bot,
    host::{
        core::Host,
        room::{RoomHost, Saved},
    },
    muc::{Outbound, Plan, Pools, Room, Spared, Stays, Step},
    xmpp::{
        decode::{Decoded, decode},
        fence::{Limits, Scanner},
    },
};
use domovoi_plugin::{Event, Features, Moderation, Timestamp, jid::BareJid};
use xmpp_parsers::stanza::Stanza;
use xso::{
    FromEventsBuilder as _, FromXml,
    exports::rxml::{self, Parse as _},
};

use crate::{
    cpu, recording, subject,
    table::{self, Goal},
};

const N_PEOPLE: usize = 100;
/// Fewer than the records' queue holds, so that a round can hand over all of its own.
const N_STANZAS: usize = 6_000;
const N_ROUNDS: usize = 21;
/// As much as TCP gives at a time.
const PIECE: usize = 4096;
/// Between two stanzas, so that a hundred people talk as people do.
const GAP_MS: i64 = 400;

/// Runs it.
pub(crate) fn run() -> Result<()> {
    table::title("pipeline", "stanzas a second and core, in memory");
    let dir = tempfile::tempdir()?;
    let runtime = subject::runtime("many")?;
    let bot = runtime.block_on(start(dir.path()))?;
    let _guard = runtime.enter();
    let bench = Bench { host: bot.host.clone(), entry: pieces(true), talk: pieces(false) };
    let mut rounds = Vec::new();
    for _ in 0..N_ROUNDS {
        rounds.push(bench.round()?);
        runtime.block_on(bot.host.store.records.flush());
    }
    ensure!(bot.host.store.records.health().borrow().dropped == 0, "records were turned away");
    report(&rounds);
    runtime.block_on(bot.stop());
    Ok(())
}

async fn start(dir: &std::path::Path) -> Result<Bot> {
    let path = dir.join("domovoi.toml");
    let text = format!(
        "[bot]\nowners = [\"boss@example.org\"]\n[accounts.main]\njid = \"{}\"\npassword = \"x\"\n\
         [rooms.\"{}\"]\nplugins = {{ guard = {{ preset = \"public\" }} }}\n",
        recording::ACCOUNT,
        recording::ROOM
    );
    std::fs::write(&path, text)?;
    let mut config = subject::read(&path)?;
    // The stanzas come out of memory; nobody connects.
    config.accounts.clear();
    subject::start(config).await
}

/// The recording as TCP would give it: the entry, or what comes after.
fn pieces(is_entry: bool) -> Vec<Vec<u8>> {
    let stanzas = if is_entry { recording::entry(N_PEOPLE) } else { recording::talk(N_PEOPLE, N_STANZAS) };
    stanzas.concat().into_bytes().chunks(PIECE).map(<[u8]>::to_vec).collect()
}

/// Seconds of CPU time for the same stanzas, by how far they go.
#[derive(Default)]
struct Round {
    parsed: f64,
    fenced: f64,
    decoded: f64,
    applied: f64,
    judged: f64,
}

struct Bench {
    host: Arc<Host>,
    entry: Vec<Vec<u8>>,
    talk: Vec<Vec<u8>>,
}

impl Bench {
    fn round(&self) -> Result<Round> {
        let mut watched = Served::enter(self, true);
        let judged = self.measure(true, |stanza, now| watched.take(stanza, now));
        ensure!(N_STANZAS / 2 < watched.n_events, "only {} events came of {N_STANZAS} stanzas", watched.n_events);
        let mut bare = Served::enter(self, false);
        let rooms = BTreeSet::from([room_jid()]);
        Ok(Round {
            parsed: self.measure(false, |stanza, _| drop(stanza)),
            fenced: self.measure(true, |stanza, _| drop(stanza)),
            decoded: self.measure(true, |stanza, _| drop(decode(stanza, &|it| rooms.contains(it)))),
            applied: self.measure(true, |stanza, now| bare.take(stanza, now)),
            judged,
        })
    }

    fn measure(&self, is_fenced: bool, mut take: impl FnMut(Stanza, Timestamp)) -> f64 {
        let mut source = Source::new(is_fenced);
        let mut now = base();
        let began = cpu::of_thread();
        let mut n = 0_usize;
        for piece in &self.talk {
            source.feed(piece, &mut |stanza| {
                now = now + std::time::Duration::from_millis(GAP_MS.unsigned_abs());
                n += 1;
                take(stanza, now);
            });
        }
        let spent = (cpu::of_thread() - began).as_secs_f64();
        assert_eq!(n, N_STANZAS, "stanzas were lost on the way");
        spent
    }
}

fn base() -> Timestamp {
    "2026-11-22T15:00:00Z".parse().expect("an instant")
}

fn room_jid() -> BareJid {
    BareJid::new(recording::ROOM).expect("an address")
}

/// A room that we are in, with or without what watches it.
struct Served {
    room: Room,
    host: Option<RoomHost>,
    n_events: usize,
}

impl Served {
    fn enter(bench: &Bench, is_watched: bool) -> Self {
        let key = recording::ROOM.parse().expect("an address");
        let plan = Plan {
            room: key,
            nick: "domovoi".parse().expect("a nick"),
            password: None,
            create: false,
            account: BareJid::new(recording::ACCOUNT).expect("an address"),
            spared: Arc::new(Spared::default()),
            stays: Stays::default(),
            pools: Pools::default(),
        };
        let host = is_watched.then(|| RoomHost::new(bench.host.clone(), plan.room.clone(), Saved::default()));
        let mut it = Self { room: Room::new(plan, 1), host, n_events: 0 };
        it.knock();
        let mut source = Source::new(true);
        for piece in &bench.entry {
            source.feed(piece, &mut |stanza| it.take(stanza, base()));
        }
        assert!(it.room.is_joined(), "the recording does not let us in");
        it
    }

    fn knock(&mut self) {
        let features = Features {
            has_occupant_ids: true,
            has_stanza_ids: true,
            moderation: Moderation::V1,
            ..Features::default()
        };
        while let Some(step) = self.room.poll(base()) {
            if step == Step::AskJoin {
                self.room.join_permitted(base());
            } else if step == Step::Send(Outbound::QueryFeatures) {
                drop(self.room.on_features(Ok(features.clone()), base()));
            }
        }
    }

    fn take(&mut self, stanza: Stanza, now: Timestamp) {
        let ours = room_key();
        let Decoded::Room(inbound) = decode(stanza, &|it| *it == *ours) else { return };
        let events: Vec<Event> = self.room.apply(inbound, now);
        self.n_events += events.len();
        let Some(host) = &mut self.host else { return };
        for event in events {
            drop(host.event(event, &self.room));
        }
    }
}

/// The room's address, made once.
fn room_key() -> &'static BareJid {
    static KEY: std::sync::OnceLock<BareJid> = std::sync::OnceLock::new();
    KEY.get_or_init(room_jid)
}

type Building = <Stanza as FromXml>::Builder;

/// From pieces of bytes to stanzas, with the fence before the parser or without.
struct Source {
    scanner: Option<Scanner>,
    parser: rxml::Parser,
    language: rxml::xml_lang::XmlLangStack,
    depth: usize,
    building: Option<Building>,
}

impl Source {
    fn new(is_fenced: bool) -> Self {
        let scanner = is_fenced.then(|| Scanner::new(Limits::default()));
        let (parser, language) = (rxml::Parser::default(), rxml::xml_lang::XmlLangStack::new());
        let mut it = Self { scanner, parser, language, depth: 0, building: None };
        it.feed(recording::HEADER.as_bytes(), &mut |_| ());
        it
    }

    fn feed(&mut self, piece: &[u8], take: &mut impl FnMut(Stanza)) {
        let Some(mut scanner) = self.scanner.take() else { return self.parse(piece, take) };
        scanner.feed(piece);
        self.parse(scanner.ready(), take);
        scanner.consume(scanner.ready().len());
        self.scanner = Some(scanner);
    }

    fn parse(&mut self, mut bytes: &[u8], take: &mut impl FnMut(Stanza)) {
        loop {
            match self.parser.parse(&mut bytes, false) {
                Ok(Some(event)) => self.on_event(event, take),
                Ok(None) | Err(rxml::error::EndOrError::NeedMoreData) => return,
                Err(rxml::error::EndOrError::Error(error)) => panic!("the recording is not well-formed: {error}"),
            }
        }
    }

    fn on_event(&mut self, event: rxml::Event, take: &mut impl FnMut(Stanza)) {
        self.language.handle_event(&event);
        let context = xso::Context::empty().with_language(self.language.current());
        let before = self.depth;
        match &event {
            rxml::Event::StartElement(..) => self.depth += 1,
            rxml::Event::EndElement(_) => self.depth -= 1,
            rxml::Event::Text(..) | rxml::Event::XmlDeclaration(..) => (),
        }
        match (event, &mut self.building) {
            (rxml::Event::StartElement(_, name, attributes), None) if before == 1 => {
                self.building = Some(Stanza::from_events(name, attributes, &context).expect("a stanza"));
            }
            (event, Some(building)) => {
                if let Some(stanza) = building.feed(event, &context).expect("a stanza that parses") {
                    self.building = None;
                    take(stanza);
                }
            }
            _ => (),
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "a few thousand stanzas")]
fn report(rounds: &[Round]) {
    let n = N_STANZAS as f64;
    let bytes = recording::talk(N_PEOPLE, N_STANZAS).iter().map(String::len).sum::<usize>() as f64;
    let median = |f: fn(&Round) -> f64| table::median(rounds.iter().map(f).collect());
    table::note("bytes a stanza", &format!("{:.0}", bytes / n));
    let rate = |what: &str, seconds: f64| table::note(what, &format!("{:.0}/s", n / seconds));
    rate("the parser alone (xmpp_parsers on rxml)", median(|it| it.parsed));
    rate("fence, parser", median(|it| it.fenced));
    rate("fence, parser, decode", median(|it| it.decoded));
    rate("fence, parser, decode, room", median(|it| it.applied));
    rate("fence, parser, decode, room, guards, dispatch", median(|it| it.judged));
    let ratio = median(|it| it.parsed / it.judged);
    table::goal("all of it against the parser alone", ratio, "", Goal::AtLeast(0.7));
}
