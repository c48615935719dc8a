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
use futures::{StreamExt as _, stream::FuturesUnordered};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::{core::Host, in_hand::Held, panics::caught_in};
use crate::clock::Stopwatch;

/// So many handlers of one instance wait at once; more wait in its mailbox.
const MAX_IN_FLIGHT: usize = 256;
/// What a handler that is under way may take yet once its plugin is not there any more.
const GRACE: Duration = Duration::from_secs(5);
/// What a handler may take, waiting included, before it is dropped and counted as a fault.
const PATIENCE: Duration = Duration::from_secs(120);

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
    let mut running = FuturesUnordered::new();
    let mut alarm = host.installed(&name).and_then(|it| alarm(&it));
    if let Some(installed) = host.installed(&name).filter(|_| alarm.is_some()) {
        running.push(handle(&host, installed, Job::Wake(Wake::Start)));
    }
    loop {
        // Cancel-safe: a receive that loses the race leaves its message in the channel.
        tokio::select! {
            biased;
            () = cancel.cancelled() => return,
            Some(()) = running.next(), if !running.is_empty() => (),
            Some(()) = ring(&mut alarm), if running.len() < MAX_IN_FLIGHT => {
                if let Some(installed) = host.installed(&name) {
                    running.push(handle(&host, installed, Job::Wake(Wake::Time)));
                }
            }
            job = jobs.recv(), if running.len() < MAX_IN_FLIGHT => match job {
                Some(job) => if let Some(installed) = host.installed(&name) {
                    running.push(handle(&host, installed, job));
                },
                None => return,
            },
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

async fn handle(host: &Arc<Host>, installed: Arc<Installed>, job: Job) {
    let (watch, installed) = (Stopwatch::start(), &*installed);
    let rest = host.pauses.rest(installed.name(), host.clock.now());
    let (room, doing, done) = match job {
        Job::Event(..) | Job::Timer(..) | Job::Signal(..) if rest.is_some() => return,
        Job::Event(event, held) => {
            let cx = host.event_context(installed, &event);
            let done = held.during(fenced(host, installed, installed.plugin.on(&event, &cx))).await;
            (Some(event.room.clone()), "event".to_owned(), done)
        }
        Job::Memo(memo, _held) => {
            let cx = host.context(installed, Some(&memo.room));
            let done = fenced(host, installed, installed.plugin.memo(&memo, &cx)).await;
            (Some(memo.room.clone()), memo.kind.as_str().to_owned(), done)
        }
        Job::Push(push, _held) => {
            let cx = host.context(installed, None);
            let done = fenced(host, installed, installed.plugin.pushed(&push, &cx)).await;
            (None, "push".to_owned(), done)
        }
        Job::Wake(Wake::Time) if installed.is_awake.load(Ordering::Relaxed) => return,
        Job::Wake(why) => {
            // Several services, each with a patience of its own, may be asked in turn: no bound on the whole, but no
            // second turn before the first is over.
            installed.is_awake.store(true, Ordering::Relaxed);
            let done = caught(installed.plugin.wake(why, &host.context(installed, None))).await;
            installed.is_awake.store(false, Ordering::Relaxed);
            (None, "wake".to_owned(), done)
        }
        Job::Undo(incident, reply, _held) => {
            let cx = host.context(installed, Some(&incident.room));
            let done = fenced(host, installed, installed.plugin.undo(&incident, &cx)).await;
            // Who asked and went away hears nothing.
            let done = done.map(|text| drop(reply.send(text)));
            (Some(incident.room.clone()), "undo".to_owned(), done)
        }
        Job::Command(job, held) => {
            carry_out(host, installed, *job, rest, &held).await;
            host.metrics.handler(installed.name(), watch.elapsed());
            return;
        }
        Job::Signal(signal, room, held) => {
            let cx = host.context(installed, room.as_ref());
            let done = held.during(fenced(host, installed, installed.plugin.signal(&signal, &cx))).await;
            (room, signal_word(&signal).to_owned(), done)
        }
        Job::Timer(name, room, held) => {
            let cx = host.context(installed, Some(&room));
            let done = held.during(fenced(host, installed, installed.plugin.timer(name, &cx))).await;
            (Some(room), name.to_owned(), done)
        }
    };
    if matches!(done, Err(Went::Replaced)) {
        debug!(plugin = %installed.name(), doing, "what an old version had begun was ended");
    } else if let Err(what) = done.map_err(|it| fault_text(&it)) {
        tell(host, installed, room.as_ref(), &doing, &what);
    }
    host.metrics.handler(installed.name(), watch.elapsed());
}

/// Carries a command out, and says to who gave it what went wrong.
async fn carry_out(
    host: &Arc<Host>,
    installed: &Installed,
    (call, cx): (Call, Context),
    rest: Option<Duration>,
    held: &Held,
) {
    if let Some(rest) = rest {
        let plugin = installed.name().as_str();
        return cx.reply(Text::key("plugin-rests").with("plugin", plugin).with("span", Text::span(rest))).await;
    }
    let done = held.during(fenced(host, installed, installed.plugin.command(&call, &cx))).await;
    if let Err(what) = answer_fault(&cx, done).await {
        let number = tell(host, installed, cx.room.as_ref(), call.command, &what);
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
enum Went {
    Fault(Fault),
    /// Its plugin was replaced, and it was not done yet.
    Replaced,
    Panicked(String),
    Late,
}

fn fault_text(went: &Went) -> String {
    match went {
        Went::Fault(fault) => fault.to_string(),
        Went::Panicked(what) => what.clone(),
        Went::Replaced => "was not done when its plugin was replaced".to_owned(),
        Went::Late => format!("did not finish within {} s", PATIENCE.as_secs()),
    }
}

async fn fenced<T>(
    host: &Host,
    installed: &Installed,
    handler: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Went> {
    tokio::select! {
        biased;
        done = caught(handler) => done,
        // Whoever is late is dropped.
        () = host.clock.sleep(PATIENCE) => Err(Went::Late),
        () = over(host, installed) => Err(Went::Replaced),
    }
}

/// Until what a plugin that is not there any more has begun must be over.
async fn over(host: &Host, installed: &Installed) {
    installed.retired.cancelled().await;
    host.clock.sleep(GRACE).await;
}

async fn caught<T>(handler: impl Future<Output = Result<T, Fault>>) -> Result<T, Went> {
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

fn tell(host: &Arc<Host>, installed: &Installed, room: Option<&RoomJid>, doing: &str, what: &str) -> u64 {
    host.fault(installed.name(), room, doing, what)
}
