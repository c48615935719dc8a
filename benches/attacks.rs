//! How soon a command of one plugin in Lua is answered while another does its worst.
//!
//! The whole way of a command on the runtime that the real program has: from the line that was said to the action that
//! leaves for the room. Only the room itself is made up, so that the answer can be seen to leave.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use domovoi::{
    clock::{Clock, Stopwatch},
    host::{
        access::Access,
        commands::Line,
        core::{Host, Parts},
        in_hand::InHand,
        instance::Job,
        live::Live,
        loading::Which,
        outlet::{AccountState, Errand, Outlet, RoomState},
        secrets::Secrets,
    },
    i18n,
    metrics::Metrics,
    store::{Store, StoreOptions},
};
use domovoi_plugin::{
    ActError, Action, Affiliation, ListEntry, Occupant, Outcome, Place, Question, Reply, RoomJid, SaidId, ServiceError,
    Snapshot, async_trait,
    jid::{BareJid, Jid},
};
use tokio::{sync::mpsc, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    lua, subject,
    table::{self, Goal},
};

/// Each attack is made so often in a row: fewer than put a plugin to rest.
const N_TIMES: usize = 6;
/// From one command to the next.
const EVERY: Duration = Duration::from_millis(10);
/// As many commands as are given at least while one attack lasts.
const N_PINGS: usize = 40;

/// What the other plugin does when somebody says something.
const ATTACKS: &[(&str, &str)] = &[
    ("nothing", ""),
    ("loop", "while true do end"),
    ("loop in pcall", "while true do pcall(function() while true do end end) end"),
    ("loop in a coroutine", "coroutine.wrap(function() while true do end end)()"),
    ("coroutines", "while true do coroutine.resume(coroutine.create(function() end)) end"),
    ("metamethods", "local t = setmetatable({}, { __index = function() while true do end end }) local x = t.y"),
    ("recursion", "local function f() local ok, e = pcall(f) return 1 + f() end while true do pcall(f) end"),
    ("patterns", "string.find(('a'):rep(20000), '.-.-.-.-b')"),
    ("long needle", "while true do ('a'):rep(4000000):find(('a'):rep(65000) .. 'b', 1, true) end"),
    ("split", "while true do ('ab'):rep(1000000):split('ba') end"),
    ("gsub", "while true do ('x'):rep(100000):gsub('x', 'yy') end"),
    ("format and rep", "while true do string.format('%s', ('x'):rep(1000000)) end"),
    (
        "sort",
        "local t = {} for i = 1, 50000 do t[i] = -i end while true do table.sort(t, function(a, b) return a < b end) end",
    ),
    ("insert at the front", "local t = table.create(300000, 0) while true do table.insert(t, 1, 0) end"),
    ("concat", "local t = table.create(1000, ('x'):rep(100)) while true do table.concat(t) end"),
    ("unpack", "local t = table.create(7000, 1) while true do select('#', table.unpack(t)) end"),
    ("buffer", "while true do buffer.create(1000000) end"),
    ("growing text", "local s = 'x' while true do s = s .. s end"),
    ("tables", "local t = {} for i = 1, 1e9 do t[i] = {} end"),
    ("closures", "local t = {} for i = 1, 1e9 do t[i] = function() return i end end"),
    ("interned texts", "local t = {} for i = 1, 1e9 do t[i] = 'key ' .. i end"),
    ("a million messages", "for i = 1, 1e6 do pcall(cx.say, cx, 'spam') end"),
    ("a million writes", "for i = 1, 1e6 do pcall(cx.store.set, cx.store, 'k' .. i, i) end"),
    ("a million timers", "for i = 1, 1e6 do pcall(cx.timer, cx, '1h', 't' .. i) end"),
    ("a million web calls", "for i = 1, 1e6 do pcall(cx.http.get, cx.http, 'http://127.0.0.1:1/') end"),
    ("JSON", "local t = table.create(50000, 'x') while true do cx.json.encode(t) end"),
    ("HTML", "local page = ('<p>'):rep(100000) while true do pcall(cx.html.parse, page) end"),
    ("regular expressions", "local text = ('ab'):rep(300000) while true do pcall(cx.regex.find, text, '(a|b)*c') end"),
];

const PONG: &str = "return { name = 'pong', api = 1, commands = { { name = 'pong',\n\
    args = { { 'which', 'number' } }, run = function(cx) cx:say('pong') end } } }";
/// The commands go through these rooms in turn: what a plugin may say in one is soon used up.
const N_ROOMS: usize = 500;

/// Runs it.
pub(crate) async fn run(dir: &Path) -> Result<()> {
    let scene = Scene::start(dir).await?;
    scene.load("pong", PONG).await?;
    let mut worst: f64 = 0.0;
    for (name, code) in ATTACKS {
        let text = format!(
            "return {{ name = 'attacker', api = 1, powers = {{ 'say', 'store', 'schedule', 'http' }},\n\
             on = {{ message = function(cx, event)\n{code}\nend }} }}"
        );
        scene.load("attacker", &text).await.with_context(|| format!("the attack `{name}`"))?;
        let mut millis = scene.pings_during_attack().await.with_context(|| format!("the attack `{name}`"))?;
        millis.sort_by(f64::total_cmp);
        let [middle, late, last] = [0.5, 0.99, 1.0].map(|share| table::quantile(&millis, share));
        table::note(
            &format!("a command beside `{name}`: p50, p99, max of {}", millis.len()),
            &format!("{middle:.2} {late:.2} {last:.2} ms"),
        );
        worst = worst.max(last);
    }
    table::goal("the latest answer of all", worst, " ms", Goal::AtMost(50.0));
    scene.stop().await;
    Ok(())
}

/// A host in a made-up room.
struct Scene {
    host: Arc<Host>,
    said: tokio::sync::Mutex<mpsc::Receiver<()>>,
    dir: std::path::PathBuf,
    n_pings: AtomicUsize,
    tasks: TaskTracker,
    cancel: CancellationToken,
}

impl Scene {
    async fn start(dir: &Path) -> Result<Self> {
        fs::create_dir_all(dir.join("plugins"))?;
        let path = dir.join("domovoi.toml");
        let rooms: String = (0..N_ROOMS).map(|n| format!("[rooms.\"{}\"]\n", lua::room(n))).collect();
        fs::write(
            &path,
            rooms
                + "[bot]\nowners = [\"alice@example.org\"]\n[accounts.main]\njid = \"bot@example.org\"\npassword = \"x\"\n\
             [plugins.pong]\nenabled = true\n[plugins.attacker]\nenabled = true\n\
             powers = [\"store\", \"schedule\", \"http\"]\nhosts = [\"127.0.0.1\"]\n",
        )?;
        let config = subject::read(&path)?;
        let data_dir = config.bot.data_dir.clone();
        let opening = tokio::task::spawn_blocking(move || Store::open(&data_dir, StoreOptions::default()));
        let (store, _) = opening.await??;
        let (tasks, cancel) = (TaskTracker::new(), CancellationToken::new());
        let parts = Parts {
            plugins: Vec::new(),
            access: Access::load(&store.state).await?,
            secrets: Secrets::load(&store.state).await?,
            live: Live::new(config),
            store,
            clock: Clock::System,
            metrics: Metrics::default(),
            words: Box::new(i18n::words),
        };
        let host = Host::start(parts, &tasks, &cancel);
        // As many as can be under way; beyond them what was said is forgotten, and a command counts as late.
        let (tell, said) = mpsc::channel(1024);
        host.connect(Arc::new(Room(tell)));
        Ok(Self {
            host,
            said: tokio::sync::Mutex::new(said),
            dir: dir.to_owned(),
            n_pings: AtomicUsize::new(0),
            tasks,
            cancel,
        })
    }

    async fn load(&self, name: &str, text: &str) -> Result<()> {
        let folder = self.dir.join("plugins").join(name);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("init.lua"), text)?;
        self.host.load_plugin(name, Which::Any, None).await?;
        Ok(())
    }

    /// How long each command took, in milliseconds, while the other plugin attacked.
    async fn pings_during_attack(&self) -> Result<Vec<f64>> {
        let attacker = self.host.installed(&"attacker".parse()?).context("there is no attacker")?;
        let attack = InHand::default();
        for _ in 0..N_TIMES {
            let event = Arc::new(lua::event(lua::room(0), &lua::occupant()));
            ensure!(attacker.mailbox.try_send(Job::Event(event, attack.hold())).is_ok(), "its mailbox is full");
        }
        let mut millis = Vec::new();
        while millis.len() < N_PINGS || (0 < attack.count() && millis.len() < 10 * N_PINGS) {
            tokio::time::sleep(EVERY).await;
            millis.push(self.ping().await?);
        }
        Ok(millis)
    }

    async fn ping(&self) -> Result<f64> {
        let mut said = self.said.lock().await;
        let watch = Stopwatch::start();
        self.host.take_command(self.line());
        timeout(Duration::from_secs(10), said.recv()).await.context("no answer")?.context("nobody answers")?;
        Ok(watch.elapsed().as_secs_f64() * 1e3)
    }

    /// An owner's, so that no cool-down holds it up; each is another one, so that it is no loop.
    fn line(&self) -> Line {
        let occupant =
            Occupant { jids: vec![Jid::new("alice@example.org/x").expect("a JID")], ..(*lua::occupant()).clone() };
        let n = self.n_pings.fetch_add(1, Ordering::Relaxed);
        Line {
            text: format!("pong {n}"),
            room: Some(lua::room(n % N_ROOMS)),
            place: Place::Room,
            occupant: Some(Arc::new(occupant)),
            jid: None,
            from: None,
        }
    }

    async fn stop(self) {
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.host.store.clone().close().await;
    }
}

/// A room in which everything that is said is said.
struct Room(mpsc::Sender<()>);

#[async_trait]
impl Outlet for Room {
    async fn act(&self, errand: Errand) -> Result<Outcome, ActError> {
        if matches!(&errand.action, Action::Say { text } if text == "pong") {
            // Nobody waits for more than one.
            self.0.try_send(()).ok();
        }
        Ok(Outcome::Said(SaidId(rand::random())))
    }

    async fn snapshot(&self, _: &RoomJid) -> Option<Snapshot> {
        None
    }

    async fn list(&self, _: &RoomJid, _: Affiliation) -> Result<Vec<ListEntry>, ActError> {
        Err(ActError::NotInRoom)
    }

    async fn ask(&self, _: Option<&RoomJid>, to: &Jid, _: Question) -> Result<Reply, ServiceError> {
        Err(ServiceError::NoAnswer(to.to_string()))
    }

    async fn direct(&self, _: Option<&RoomJid>, _: &BareJid, _: String) -> bool {
        true
    }

    async fn lifted(&self, _: &RoomJid, _: &BareJid) {}

    async fn rejoin(&self, _: &RoomJid) {}

    async fn accounts(&self) -> Vec<AccountState> {
        Vec::new()
    }

    async fn rooms(&self) -> Vec<RoomState> {
        Vec::new()
    }
}
