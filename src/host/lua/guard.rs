//! A plugin's `guard` function: judged in a second VM of the plugin, on a thread of its own.
//!
//! A session waits for it for two milliseconds. No answer is a pass, and counted; nor is one given to a VM that has
//! fallen behind, so that a slow guard costs a session nothing.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use domovoi_plugin::{
    Answer, Event, GuardSetup, Memo, MemoKind, Role, RoomJid, Secret, Shared, StanzaId, Target, Text, Timestamp,
    Verdict, View, grammar::shown, parse_duration,
};
use mlua::{Error, MultiValue, Thread, Value, thread::ThreadStatus};
use tracing::{error, warn};

use super::{
    code::Code,
    event::{self, Sight},
    intern::word,
    limits::{Limits, MAX_ABANDONED},
    load::{Loaded, load},
    reader::MAX_QUOTED,
    thread::STACK_BYTES,
    vm::described,
    watchdog::Pulse,
};
use crate::host::panics::caught;

/// So many events wait for a guard; more pass, and are counted.
const MAX_WAITING: usize = 8;
/// So many faults wait to be told; the same again in a row is told by its number.
const MAX_FAULTS: usize = 16;
/// A reason has at most so many characters: it is kept with the incident, and shown in answers.
const MAX_REASON: usize = 300;
/// The kind of memo by which a guard tells what went wrong.
pub(super) const FAULT: MemoKind = MemoKind::Own("guard");

/// What a guard may see of the room, as of the event.
struct Seen {
    n_occupants: usize,
    is_spared: bool,
    is_moderated: bool,
    own_role: Role,
}

struct Job {
    event: Event,
    seen: Seen,
    secret: Secret,
    verdict: mpsc::SyncSender<Option<Verdict>>,
}

struct Running {
    jobs: mpsc::SyncSender<Job>,
    pulse: Arc<Pulse>,
}

/// The judging VM of one plugin, for all rooms.
pub(super) struct GuardVm {
    code: Arc<Code>,
    limits: Limits,
    n_abandoned: Arc<AtomicU32>,
    running: Mutex<Option<Running>>,
    n_missed: AtomicU64,
    faults: Arc<Faults>,
    is_off: AtomicBool,
}

/// What went wrong and was not told yet.
#[derive(Default)]
struct Faults(Mutex<VecDeque<String>>);

impl Faults {
    fn add(&self, what: String) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MAX_FAULTS {
            waiting.push_back(what);
        }
    }

    fn take(&self) -> VecDeque<String> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Asked after every event: nothing is moved where there is nothing.
        if waiting.is_empty() { VecDeque::new() } else { std::mem::take(&mut *waiting) }
    }
}

impl GuardVm {
    pub(super) fn new(code: Arc<Code>, limits: Limits, n_abandoned: Arc<AtomicU32>) -> Self {
        Self {
            code,
            limits,
            n_abandoned,
            running: Mutex::default(),
            n_missed: AtomicU64::new(0),
            faults: Arc::default(),
            is_off: AtomicBool::new(false),
        }
    }

    fn send(&self, job: Job) -> bool {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.as_ref().is_none_or(|it| it.pulse.gone.is_cancelled()) {
            if running.as_ref().is_some_and(|it| it.pulse.is_abandoned()) {
                self.faults.add("its guard did not come back after its deadline; it has a fresh VM now".to_owned());
            }
            *running = self.start();
        }
        running.as_ref().is_some_and(|it| it.jobs.try_send(job).is_ok())
    }

    fn start(&self) -> Option<Running> {
        if MAX_ABANDONED <= self.n_abandoned.load(Ordering::Acquire) {
            if !self.is_off.swap(true, Ordering::AcqRel) {
                let name = &self.code.name;
                self.faults.add(format!(
                    "its guard is off: {MAX_ABANDONED} of its threads did not come back; `plugin reload {name}` turns \
                     it on"
                ));
            }
            return None;
        }
        // 8 events; one that finds it full passes, and is counted as missed.
        let (jobs, taken) = mpsc::sync_channel(MAX_WAITING);
        let pulse = Pulse::watched(format!("{}, its guard", self.code.name), self.n_abandoned.clone());
        let (code, limits, beat, faults) = (self.code.clone(), self.limits, pulse.clone(), self.faults.clone());
        let name: String = format!("lua-guard:{}", code.name).chars().take(15).collect();
        let spawned = thread::Builder::new().name(name).stack_size(STACK_BYTES).spawn(move || {
            if let Err(what) = caught(|| run(&code, limits, (&beat, &faults), &taken)) {
                beat.end();
                faults.add(what);
            }
            // Whoever comes next gets a fresh one, whatever ended this.
            beat.gone.cancel();
        });
        spawned.map(|_| Running { jobs, pulse }).inspect_err(|error| error!("no thread for a guard: {error}")).ok()
    }

    fn missed(&self) {
        let n = self.n_missed.fetch_add(1, Ordering::Relaxed) + 1;
        if n.is_power_of_two() {
            warn!(plugin = %self.code.name, n_missed = n, "a guard did not answer in time; what it missed passed");
        }
    }
}

/// The guard of one room.
pub(super) struct LuaGuard {
    vm: Arc<GuardVm>,
    room: RoomJid,
    secret: Secret,
    /// When it was asked last.
    at: Timestamp,
}

impl LuaGuard {
    pub(super) fn new(vm: Arc<GuardVm>, setup: &GuardSetup<'_>) -> Self {
        Self { vm, room: setup.room.clone(), secret: setup.secret, at: Timestamp::default() }
    }
}

impl domovoi_plugin::RoomGuard for LuaGuard {
    fn judge(&mut self, event: &Event, view: &dyn View, _: &Shared) -> Verdict {
        self.at = event.at;
        let seen = Seen {
            n_occupants: view.n_occupants(),
            is_spared: event.occupant.as_ref().is_some_and(|it| view.is_spared(it)),
            is_moderated: view.features().is_moderated,
            own_role: view.me().map_or(Role::None, |it| it.role),
        };
        // One answer, and nobody waits for room: whoever asked may have gone.
        let (verdict, answered) = mpsc::sync_channel(1);
        if !self.vm.send(Job { event: event.clone(), seen, secret: self.secret, verdict }) {
            self.vm.missed();
            return Verdict::pass();
        }
        match answered.recv_timeout(self.vm.limits.guard_wait()) {
            Ok(verdict) => verdict.unwrap_or_else(Verdict::pass),
            Err(_) => {
                self.vm.missed();
                Verdict::pass()
            }
        }
    }

    /// What went wrong, on its way to the plugin, whose fault it is then: in any room, since one VM judges for all.
    fn take_memos(&mut self) -> Vec<Memo> {
        let memo = |what: String| Memo {
            at: self.at,
            room: self.room.clone(),
            kind: FAULT,
            about: None,
            rule: "",
            score: 0,
            reason: Text::plain(what),
            data: serde_json::Value::Null,
        };
        self.vm.faults.take().into_iter().map(memo).collect()
    }
}

fn run(code: &Arc<Code>, limits: Limits, (pulse, faults): (&Pulse, &Faults), jobs: &mpsc::Receiver<Job>) {
    pulse.is_of_this_thread();
    pulse.begin(limits.load);
    let loaded = load(code, &limits);
    pulse.end();
    let (loaded, _) = match loaded {
        Ok(loaded) => loaded,
        Err(wrong) => return faults.add(wrong.join("; ")),
    };
    // In a coroutine, which tells where it was when it ended.
    let coroutine = loaded.functions.guard.clone().map(|it| loaded.vm.lua.create_thread(it)).transpose();
    let coroutine = match coroutine {
        Ok(coroutine) => coroutine,
        Err(error) => return faults.add(described(&error)),
    };
    let mut sight = Sight { plugin: code.name.clone(), sees_jids: false, secret: Secret::default() };
    while let Ok(job) = jobs.recv() {
        sight.secret = job.secret;
        pulse.begin(limits.guard);
        let judged = match &coroutine {
            Some(coroutine) => judge(&loaded, coroutine, limits.guard, &sight, &job),
            None => Ok(None),
        };
        pulse.end();
        let verdict = judged.unwrap_or_else(|what| {
            faults.add(what);
            None
        });
        // An error means that the session did not wait so long.
        drop(job.verdict.try_send(verdict));
        if pulse.is_abandoned() || loaded.vm.is_nearly_full() && loaded.vm.is_full() {
            return;
        }
    }
}

fn judge(
    loaded: &Loaded,
    coroutine: &Thread,
    limit: Duration,
    sight: &Sight,
    job: &Job,
) -> Result<Option<Verdict>, String> {
    let Some(guard) = &loaded.functions.guard else { return Ok(None) };
    let done = loaded.vm.enter_in(coroutine, limit, |lua| {
        coroutine.reset(guard.clone())?;
        let view = lua.create_table_with_capacity(0, 4)?;
        view.raw_set("n_occupants", job.seen.n_occupants)?;
        view.raw_set("is_spared", job.seen.is_spared)?;
        view.raw_set("is_moderated", job.seen.is_moderated)?;
        view.raw_set("own_role", job.seen.own_role.as_str())?;
        let returned: MultiValue = coroutine.resume((event::table(lua, &job.event, sight)?, view))?;
        let is_done = coroutine.status() != ThreadStatus::Resumable;
        if is_done { Ok(returned) } else { Err(Error::runtime("a guard cannot wait")) }
    });
    verdict(&job.event, sight, &done.map_err(|it| it.to_string())?)
}

/// `"mute", "reason", "10m"` as a verdict about whom the event is of.
fn verdict(event: &Event, sight: &Sight, returned: &MultiValue) -> Result<Option<Verdict>, String> {
    let word_at = |at: usize| returned.get(at).and_then(Value::as_string).map(|it| it.to_string_lossy());
    let Some(what) = word_at(0) else {
        let is_nothing = returned.front().is_none_or(|it| it.is_nil());
        return if is_nothing { Ok(None) } else { Err("a guard returns nil or a word such as \"mute\"".to_owned()) };
    };
    let Some(occupant) = &event.occupant else { return Ok(None) };
    let span = word_at(2).map(|it| parse_duration(&it)).transpose().map_err(|it| it.to_string())?;
    let answer = match what.as_str() {
        "pass" => return Ok(None),
        "note" => Answer::Note,
        "warn" => Answer::Warn,
        "retract" => Answer::Retract,
        "mute" => Answer::Mute { span: span.unwrap_or(Duration::from_secs(600)) },
        "kick" => Answer::Kick,
        "ban" => Answer::Ban { span },
        other => {
            let other = shown(other, MAX_QUOTED);
            return Err(format!("`{other}` is no verdict: there are note, warn, retract, mute, kick, ban"));
        }
    };
    let message: Option<StanzaId> = event.message().and_then(|it| it.stanza_id.clone());
    Ok(Some(Verdict {
        answer,
        target: Some(Target { nick: occupant.nick.clone(), identity: occupant.identity() }),
        rule: word(sight.plugin.as_str()),
        score: 0,
        retract: message.filter(|_| Answer::Retract <= answer).into_iter().collect(),
        reason: word_at(1).map_or_else(Text::empty, |it| Text::plain(shown(&it, MAX_REASON))),
        ..Verdict::pass()
    }))
}
