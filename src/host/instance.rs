//! One task a plugin: its handlers are polled here, started in the order of events, interleaved only where they wait.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domovoi_plugin::{
    Call, Context, Event, Fault, Incident, Manifest, Memo, Plugin, PluginName, Push, RoomJid, Signal, Text, Translate,
    Wake,
};
use futures::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tracing::debug;

use super::{
    contexts::Contexts,
    core::Host,
    in_hand::Held,
    leash::{Leash, Leashes, PATIENCE, Why},
    panics::caught_in,
    rows,
};
use crate::clock::Stopwatch;

/// So many handlers of one instance wait at once; more wait in its mailbox.
const MAX_IN_FLIGHT: usize = 256;
/// So many events are handed over together.
const MAX_ROW: usize = 64;

/// Something for a plugin to do.
pub enum Job {
    /// Something happened.
    Event(Arc<Event>, Held),
    /// A guard of the plugin told something.
    Memo(Box<Memo>, Held),
    /// A node that it subscribed to has news.
    Push(Box<Push>, Held),
    /// It is time to look after what no event causes.
    Wake(Wake),
    /// A moderator takes an incident back in which the plugin decided; what it took back itself goes here.
    Undo(Box<Incident>, oneshot::Sender<Option<Text>>, Held),
    /// Someone gave a command.
    Command(Box<(Call, Context)>, Held),
    /// Something reached it from elsewhere than a room; about this room, if any.
    Signal(Box<Signal>, Option<RoomJid>, Held),
    /// One of its schedules is due in a room.
    Timer(&'static str, RoomJid, Held),
}

/// A plugin that is installed.
pub struct Installed {
    /// The plugin.
    pub plugin: Arc<dyn Plugin>,
    /// What it says of itself.
    pub manifest: Arc<Manifest>,
    /// Its words.
    pub words: Arc<dyn Translate>,
    /// Where its jobs go.
    pub mailbox: mpsc::Sender<Job>,
    /// Whether it looks after things just now.
    pub is_awake: AtomicBool,
    /// Another version took its place, or it was taken away.
    pub retired: CancellationToken,
}

impl Installed {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &PluginName {
        &self.manifest.name
    }
}

/// Runs one plugin until it is cancelled or its mailbox is closed.
///
/// Each job goes to the plugin that has the name at that moment: to reload one means to put another in its place.
pub async fn run(host: Arc<Host>, name: PluginName, mut jobs: mpsc::Receiver<Job>, cancel: CancellationToken) {
    let mut running = Running::new(host.clone(), name);
    let mut alarm = running.version().and_then(|it| alarm(&it.installed));
    if alarm.is_some() {
        running.begin(Job::Wake(Wake::Start));
    }
    let mut taken = Vec::with_capacity(MAX_ROW);
    // Made once: to enter and leave a token's list for each job is not free.
    let mut cancelled = std::pin::pin!(cancel.cancelled());
    loop {
        let free = MAX_IN_FLIGHT.saturating_sub(running.n_open);
        // Cancel-safe: a receive that loses the race leaves its messages in the channel.
        tokio::select! {
            biased;
            () = &mut cancelled => return,
            Some(n) = running.handlers.next(), if !running.handlers.is_empty() => running.n_open -= n,
            Some(()) = ring(&mut alarm), if 0 < free => running.begin(Job::Wake(Wake::Time)),
            n = jobs.recv_many(&mut taken, free.min(MAX_ROW)), if 0 < free => {
                if n == 0 {
                    return;
                }
                running.begin_all(&mut taken);
            }
            () = over(&mut running.retired) => running.retire(),
            () = running.leashes.look_after() => (),
        }
    }
}

/// When a plugin is woken next, if it wants to be.
fn alarm(installed: &Installed) -> Option<tokio::time::Interval> {
    let every = installed.manifest.wakes_every?.max(Duration::from_secs(1));
    let mut alarm = tokio::time::interval_at(tokio::time::Instant::now() + every, every);
    alarm.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    Some(alarm)
}

/// Cancel-safe, as the interval is.
async fn ring(alarm: &mut Option<tokio::time::Interval>) -> Option<()> {
    alarm.as_mut()?.tick().await;
    Some(())
}

type Retired = std::pin::Pin<Box<WaitForCancellationFutureOwned>>;

/// Until the version that runs is replaced. Cancel-safe, as the token is.
async fn over(retired: &mut Option<Retired>) {
    match retired {
        Some(retired) => retired.await,
        None => std::future::pending().await,
    }
}

/// A version of the plugin, and what its handlers hold.
pub(super) struct Version {
    pub(super) host: Arc<Host>,
    pub(super) installed: Arc<Installed>,
    pub(super) contexts: Contexts,
}

/// The handlers of a plugin that are under way.
struct Running {
    host: Arc<Host>,
    name: PluginName,
    version: Option<Arc<Version>>,
    retired: Option<Retired>,
    /// Each gives for how many it counts once it is done.
    handlers: FuturesUnordered<BoxFuture<'static, usize>>,
    /// How many those count for that are not done.
    n_open: usize,
    leashes: Leashes,
}

impl Running {
    fn new(host: Arc<Host>, name: PluginName) -> Self {
        let leashes = Leashes::new(host.clock);
        Self { host, name, version: None, retired: None, handlers: FuturesUnordered::new(), n_open: 0, leashes }
    }

    /// The version that has the name now.
    fn version(&mut self) -> Option<Arc<Version>> {
        let installed = self.host.installed(&self.name)?;
        if let Some(version) = self.version.as_ref().filter(|it| Arc::ptr_eq(&it.installed, &installed)) {
            return Some(version.clone());
        }
        self.retire();
        self.retired = Some(Box::pin(installed.retired.clone().cancelled_owned()));
        let contexts = Contexts::new(self.host.clone(), &installed);
        let version = Arc::new(Version { host: self.host.clone(), installed, contexts });
        self.version = Some(version.clone());
        Some(version)
    }

    /// Nothing of the old version stays but what it has begun, and that not for long.
    fn retire(&mut self) {
        self.retired = None;
        if self.version.take().is_some() {
            self.leashes.replaced();
        }
    }

    fn begin(&mut self, job: Job) {
        if let Some(version) = self.version() {
            self.push(&version, job);
        }
    }

    fn push(&mut self, version: &Arc<Version>, job: Job) {
        let (version, leash) = (version.clone(), self.leashes.give());
        self.n_open += 1;
        self.handlers.push(Box::pin(async move {
            handle(&version, job, &leash).await;
            1
        }));
    }

    /// Begins these in their order: events that follow each other together, where the plugin can do that.
    fn begin_all(&mut self, jobs: &mut Vec<Job>) {
        let Some(version) = self.version() else { return jobs.clear() };
        let mut row = Vec::new();
        for job in jobs.drain(..) {
            match job {
                Job::Event(event, held) if version.installed.plugin.rows().is_some() => row.push((event, held)),
                other @ (Job::Event(..)
                | Job::Memo(..)
                | Job::Push(..)
                | Job::Wake(_)
                | Job::Undo(..)
                | Job::Command(..)
                | Job::Signal(..)
                | Job::Timer(..)) => {
                    self.push_row(&version, std::mem::take(&mut row));
                    self.push(&version, other);
                }
            }
        }
        self.push_row(&version, row);
    }

    fn push_row(&mut self, version: &Arc<Version>, mut row: Vec<(Arc<Event>, Held)>) {
        if row.len() < 2 {
            if let Some((event, held)) = row.pop() {
                self.push(version, Job::Event(event, held));
            }
            return;
        }
        let (version, leash, n) = (version.clone(), self.leashes.give(), row.len());
        self.n_open += n;
        self.handlers.push(Box::pin(async move {
            rows::handle(&version, row, &leash).await;
            n
        }));
    }
}

async fn handle(version: &Version, job: Job, leash: &Leash) {
    let Version { host, installed, contexts } = version;
    let (watch, plugin) = (Stopwatch::start(), &installed.plugin);
    let rest = host.pauses.rest(installed.name(), host.clock.now());
    let (room, doing, done) = match job {
        Job::Event(..) | Job::Timer(..) | Job::Signal(..) if rest.is_some() => return,
        Job::Event(event, held) => {
            let cx = contexts.of_event(&event);
            let done = held.during(fenced(leash, plugin.on(&event, &cx))).await;
            (Some(event.room.clone()), "event", done)
        }
        Job::Memo(memo, _held) => {
            let cx = contexts.of(Some(&memo.room));
            let done = fenced(leash, plugin.memo(&memo, &cx)).await;
            (Some(memo.room.clone()), memo.kind.as_str(), done)
        }
        Job::Push(push, _held) => (None, "push", fenced(leash, plugin.pushed(&push, &contexts.of(None))).await),
        Job::Wake(Wake::Time) if installed.is_awake.load(Ordering::Relaxed) => return,
        Job::Wake(why) => {
            // Several services, each with a patience of its own, may be asked in turn: no bound on the whole, but no
            // second turn before the first is over.
            installed.is_awake.store(true, Ordering::Relaxed);
            let done = caught(plugin.wake(why, &contexts.of(None))).await;
            installed.is_awake.store(false, Ordering::Relaxed);
            (None, "wake", done)
        }
        Job::Undo(incident, reply, _held) => {
            let cx = contexts.of(Some(&incident.room));
            let done = fenced(leash, plugin.undo(&incident, &cx)).await;
            // Who asked and went away hears nothing.
            let done = done.map(|text| drop(reply.send(text)));
            (Some(incident.room.clone()), "undo", done)
        }
        Job::Command(job, held) => {
            carry_out(version, *job, (rest, leash), &held).await;
            host.metrics.handler(installed.name(), watch.elapsed());
            return;
        }
        Job::Signal(signal, room, held) => {
            let cx = contexts.of(room.as_ref());
            let done = held.during(fenced(leash, plugin.signal(&signal, &cx))).await;
            (room, signal_word(&signal), done)
        }
        Job::Timer(name, room, held) => {
            let cx = contexts.of(Some(&room));
            let done = held.during(fenced(leash, plugin.timer(name, &cx))).await;
            (Some(room), name, done)
        }
    };
    if let Err(went) = done {
        note(version, room.as_ref(), doing, went);
    }
    host.metrics.handler(installed.name(), watch.elapsed());
}

/// Tells what went wrong, if that is a fault.
pub(super) fn note(version: &Version, room: Option<&RoomJid>, doing: &str, went: Went) {
    match went {
        Went::Replaced => {
            debug!(plugin = %version.installed.name(), doing, "what an old version had begun was ended");
        }
        Went::Fault(_) | Went::Panicked(_) | Went::Late => {
            tell(version, room, doing, &fault_text(&went));
        }
    }
}

/// Carries a command out, and says to who gave it what went wrong.
async fn carry_out(
    version: &Version,
    (call, cx): (Call, Context),
    (rest, leash): (Option<Duration>, &Leash),
    held: &Held,
) {
    let installed = &version.installed;
    if let Some(rest) = rest {
        let plugin = installed.name().as_str();
        return cx.reply(Text::key("plugin-rests").with("plugin", plugin).with("span", Text::span(rest))).await;
    }
    let done = held.during(fenced(leash, installed.plugin.command(&call, &cx))).await;
    if let Err(what) = answer_fault(&cx, done).await {
        let number = tell(version, cx.room.as_ref(), call.command, &what);
        cx.reply(Text::key("fault-in-command").with("number", number.to_string())).await;
    }
}

/// What a fault calls it.
const fn signal_word(signal: &Signal) -> &'static str {
    match signal {
        Signal::Timer(_) => "timer",
        Signal::Invitation(_) => "invitation",
        Signal::Hook(_) => "webhook",
    }
}

/// What a fault is, once panics and patience are taken in.
pub(super) enum Went {
    Fault(Fault),
    /// Its plugin was replaced, and it was not done yet.
    Replaced,
    Panicked(String),
    Late,
}

impl From<Why> for Went {
    fn from(why: Why) -> Self {
        match why {
            Why::Late => Self::Late,
            Why::Replaced => Self::Replaced,
        }
    }
}

fn fault_text(went: &Went) -> String {
    match went {
        Went::Fault(fault) => fault.to_string(),
        Went::Panicked(what) => what.clone(),
        Went::Replaced => "was not done when its plugin was replaced".to_owned(),
        Went::Late => format!("did not finish within {} s", PATIENCE.as_secs()),
    }
}

async fn fenced<T>(leash: &Leash, handler: impl Future<Output = Result<T, Fault>>) -> Result<T, Went> {
    tokio::select! {
        biased;
        done = caught(handler) => done,
        // Whoever is late is dropped.
        why = leash.pulled() => Err(why.into()),
    }
}

pub(super) async fn caught<T>(handler: impl Future<Output = Result<T, Fault>>) -> Result<T, Went> {
    match caught_in(handler).await {
        Ok(done) => done.map_err(Went::Fault),
        Err(what) => Err(Went::Panicked(what)),
    }
}

/// Says to the caller what is the caller's to know; leaves what is a fault of the plugin.
async fn answer_fault(cx: &Context, done: Result<(), Went>) -> Result<(), String> {
    match done {
        Ok(()) => Ok(()),
        Err(Went::Fault(Fault::Answer(text))) => {
            cx.reply(text).await;
            Ok(())
        }
        Err(Went::Replaced) => {
            cx.reply(Text::key("plugin-replaced")).await;
            Ok(())
        }
        Err(Went::Fault(Fault::Act(error))) => {
            cx.reply(domovoi_plugin::grammar::act_error_text(&error)).await;
            Ok(())
        }
        Err(went) => Err(fault_text(&went)),
    }
}

fn tell(version: &Version, room: Option<&RoomJid>, doing: &str, what: &str) -> u64 {
    version.host.fault(version.installed.name(), room, doing, what)
}
