//! The world of one test: the plugin in a real host, rooms, people, and what they saw of the bot.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use domovoi_plugin::{
    Action, Nick, Plugin, RoomJid, Timestamp,
    jid::{BareJid, Jid},
};
use serde_json::Value as Json;

use super::conditions::{Conditions, OWNER};
use crate::{
    cli::{
        plugins::{Compiled, known},
        stage::{
            Setup, Stage,
            transcript::{Deed, Transcript},
            web::Web,
        },
    },
    clock::Clock,
    host::lua::{self, LuaPlugin, limits::Limits},
    outbox::Pace,
};

/// When every test begins: 2026-01-01T12:00:00Z, a Thursday.
pub(super) const BEGIN: Timestamp = Timestamp::from_millis(1_767_268_800_000);
/// How the bot is called.
const NICK: &str = "domovoi";
/// What chance begins with, unless the test says otherwise.
const SEED: u64 = 0;
/// How long the host may take to come to rest, on the wall's clock.
const PATIENCE: Duration = Duration::from_secs(60);
/// So many characters of a line of what happened are shown.
const LINE: usize = 300;
/// So many lines of what happened are shown.
const SHOWN: usize = 40;

/// Someone.
pub(super) struct Person {
    /// Where, if in a room.
    pub(super) room: Option<RoomJid>,
    pub(super) nick: Nick,
    pub(super) jid: Jid,
}

/// Something that the bot did in a room besides talking.
pub(super) struct Did {
    pub(super) action: Action,
    /// Of a message that was taken back, what it said.
    pub(super) text: Option<String>,
}

/// A plugin that failed.
pub(super) struct Failed {
    pub(super) what: String,
    /// Where the test was then.
    pub(super) place: String,
}

/// What is tested.
pub(super) struct Subject {
    /// The folder of the plugin.
    pub(super) folder: PathBuf,
    /// The plugins that are part of the program.
    pub(super) compiled: Compiled,
}

/// The world.
pub(super) struct World {
    pub(super) stage: Stage,
    pub(super) conditions: Conditions,
    pub(super) rooms: Vec<RoomJid>,
    pub(super) people: Vec<Person>,
    pub(super) said: BTreeMap<RoomJid, VecDeque<String>>,
    pub(super) did: BTreeMap<RoomJid, VecDeque<Did>>,
    pub(super) heard: BTreeMap<BareJid, VecDeque<String>>,
    pub(super) faults: VecDeque<Failed>,
    /// Cases that the file has.
    pub(super) cases: Vec<String>,
    /// The made-up web.
    pub(super) web: Web,
    folder: PathBuf,
    plugin: Arc<LuaPlugin>,
    seed: u64,
    n_unheard: u64,
}

impl World {
    /// A world with the plugin of this folder, and nobody in it but the bot's owner.
    pub(super) async fn new(subject: &Subject) -> anyhow::Result<Self> {
        let Subject { folder, compiled } = subject;
        let plugin = load(folder, SEED).await?;
        let conditions = Conditions::new(&plugin.manifest());
        let own: Arc<dyn Plugin> = plugin.clone();
        let plugins = lua::joined(compiled.to_vec(), vec![own]);
        let manifests: Vec<_> = plugins.iter().map(|it| Arc::new(it.manifest())).collect();
        let clock = Clock::by_hand(BEGIN);
        let web = Web::new(clock);
        let setup = Setup {
            clock,
            config: conditions.text(),
            plugins,
            catalogue: Box::new(move |_| known(manifests.clone())),
            transcript: Transcript::plain(Nick::new(NICK)?),
            // The clock stands still unless the test moves it, so nothing may wait for it.
            pace: Pace { moderation: (10_000, 1000), words: (10_000, 1000) },
            web: Some(web.clone()),
        };
        let stage = Stage::open(setup).await?;
        let owner = Person { room: None, nick: Nick::new("owner")?, jid: Jid::new(OWNER)? };
        Ok(Self {
            stage,
            conditions,
            rooms: Vec::new(),
            people: vec![owner],
            said: BTreeMap::new(),
            did: BTreeMap::new(),
            heard: BTreeMap::new(),
            faults: VecDeque::new(),
            cases: Vec::new(),
            web,
            folder: folder.to_owned(),
            plugin,
            seed: SEED,
            n_unheard: 0,
        })
    }

    /// The room of this number.
    pub(super) fn room(&self, number: &Json) -> Result<RoomJid, String> {
        let index = number.as_u64().and_then(|it| usize::try_from(it).ok()?.checked_sub(1));
        index.and_then(|it| self.rooms.get(it)).cloned().ok_or_else(|| "there is no such room".to_owned())
    }

    /// The number of someone, in the order of people.
    pub(super) fn index(&self, number: &Json) -> Result<usize, String> {
        let index = number.as_u64().and_then(|it| usize::try_from(it).ok()?.checked_sub(1));
        index.filter(|it| *it < self.people.len()).ok_or_else(|| "there is no such person".to_owned())
    }

    /// The person of this number.
    pub(super) fn person(&self, number: &Json) -> Result<&Person, String> {
        self.people.get(self.index(number)?).ok_or_else(|| "there is no such person".to_owned())
    }

    /// Waits for all that comes of what happened, and takes in what was seen of it.
    pub(super) async fn settle(&mut self, place: &str) -> Result<(), String> {
        let rests = tokio::time::timeout(PATIENCE, self.stage.settle()).await;
        rests.map_err(|_| format!("the bot did not come to rest within {} s", PATIENCE.as_secs()))?;
        self.take_in(place);
        Ok(())
    }

    /// Lets time pass.
    pub(super) async fn advance(&mut self, span: Duration, place: &str) {
        self.stage.advance(span).await;
        self.take_in(place);
    }

    fn take_in(&mut self, place: &str) {
        let deeds = self.stage.log.borrow_mut().deeds();
        for deed in deeds {
            match deed {
                Deed::Done(room, action, text) => self.done(room, action, text),
                Deed::Direct(to, text) => self.heard.entry(to).or_default().push_back(text),
                Deed::Fault(what) => self.faults.push_back(Failed { what, place: place.to_owned() }),
            }
        }
        self.notice_unheard();
        self.notice_unanswered();
    }

    /// A page that the test does not have is silence otherwise.
    fn notice_unanswered(&self) {
        for url in self.web.unknown() {
            let what =
                format!("the plugin asked {url}, for which the test has no answer: test.http[\"{url}\"] = {{ … }}");
            self.stage.log.borrow_mut().note(self.stage.now(), &what);
        }
    }

    fn done(&mut self, room: RoomJid, action: Action, text: Option<String>) {
        if let Action::Say { text } = action {
            self.said.entry(room).or_default().push_back(text);
        } else if let Action::Private { to, text } = &action {
            let is_meant = |it: &&Person| it.room.as_ref() == Some(&room) && it.nick == to.nick;
            if let Some(person) = self.people.iter().find(is_meant) {
                self.heard.entry(person.jid.to_bare()).or_default().push_back(text.clone());
            }
        } else {
            self.did.entry(room).or_default().push_back(Did { action, text });
        }
    }

    /// A command that the host did not take is silence otherwise, which nobody could explain.
    fn notice_unheard(&mut self) {
        let text = self.stage.host.metrics.text();
        let of = |queue: &str| {
            let label = format!("name=\"{queue}\"");
            let line = text.lines().find(|it| it.contains("queue_drops") && it.contains(&label));
            line.and_then(|it| it.rsplit(' ').next()?.parse::<f64>().ok()).unwrap_or(0.0)
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let n_unheard = (of("commands cooled down") + of("command loops")) as u64;
        if self.n_unheard < n_unheard {
            self.n_unheard = n_unheard;
            let why = "a command was not heard: too many in a short time; let time pass with test.clock:advance \"1m\"";
            let now = self.stage.now();
            self.stage.log.borrow_mut().note(now, why);
        }
    }

    /// Puts the conditions in force.
    pub(super) async fn configure(&mut self) -> Result<(), String> {
        let wrong = self.stage.configure(&self.conditions.text()).await.err();
        let Some(wrong) = wrong else { return Ok(()) };
        let said: Vec<String> = wrong.iter().map(|it| format!("{}: {}", it.key, it.what)).collect();
        Err(said.join("; "))
    }

    /// Makes chance come out the same each time.
    pub(super) fn seed(&mut self, seed: u64) -> Result<(), String> {
        self.seed = seed;
        self.plugin.seed(seed).map_err(|it| it.to_string())
    }

    /// Loads the plugin again from its folder.
    pub(super) async fn reload(&mut self) -> Result<(), String> {
        let plugin = load(&self.folder, self.seed).await.map_err(|it| it.to_string())?;
        self.plugin = plugin.clone();
        self.stage.host.put_plugin(plugin);
        Ok(())
    }

    /// The end of what happened.
    pub(super) fn story(&self) -> String {
        let log = self.stage.log.borrow();
        let lines: Vec<&str> = log.text().lines().collect();
        let left_out = lines.len().saturating_sub(SHOWN);
        let mut story = String::new();
        if 0 < left_out {
            // Writing to a string does not fail.
            writeln!(story, "      … {left_out} lines before").ok();
        }
        let cut = |it: &str| match it.char_indices().nth(LINE) {
            Some((at, _)) => format!("{}…", it.get(..at).unwrap_or(it)),
            None => it.to_owned(),
        };
        let shown = lines.iter().skip(left_out).map(|it| format!("      {}\n", cut(it)));
        story + &shown.collect::<String>()
    }
}

async fn load(folder: &Path, seed: u64) -> anyhow::Result<Arc<LuaPlugin>> {
    // Nobody is kept waiting here, and a busy machine must not change what comes of a test: a guard has as much as a
    // configuration may give it, which ends a loop all the same.
    let limits = Limits { guard_wait: PATIENCE, guard: Duration::from_millis(10), ..Limits::default() };
    let plugin = LuaPlugin::load(folder, limits).await;
    let plugin = plugin.map_err(|wrong| anyhow::anyhow!("{}", wrong.join("\n")))?;
    plugin.seed(seed)?;
    Ok(Arc::new(plugin))
}
