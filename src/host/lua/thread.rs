//! The thread of a plugin's VM: takes jobs, runs each as a coroutine, and parks it while it waits.
//!
//! Whoever asked for a job is told what the coroutine wants, sees to it, and sends the answer as another job. So nothing
//! but Lua runs here, and no Lua runs elsewhere.

use std::{collections::BTreeMap, rc::Rc, sync::Arc, thread};

use domovoi_plugin::{Call, Context, Event, Signal};
use mlua::{Function, IntoLuaMulti, MultiValue, Table, Thread, Value, thread::ThreadStatus};
use serde_json::Value as Json;
use tokio::sync::{mpsc, oneshot};
use tracing::error;

use super::{
    code::Code,
    event,
    here::Here,
    known::Known,
    limits::Limits,
    line::{Mouth, line},
    load::{Loaded, load},
    row::{First, RowJob},
    shape::Shape,
    start::fields,
    value::to_lua,
    vm::Stopped,
    watchdog::Pulse,
    yielded::{PAIR, wanted, yields_to},
};
use crate::host::panics::caught;

/// So many jobs wait for a VM: as many calls as the host has in flight, and as many answers.
const MAX_JOBS: usize = 1024;
/// Lua calls nest in C; mlua's frames are larger than Lua's.
pub(super) const STACK_BYTES: usize = 8 * 1024 * 1024;
/// So many coroutines that have ended are kept for the next calls.
const MAX_IDLE: usize = 16;
/// So many coroutines wait before those whom nobody waits for are looked for.
const MANY_PARKED: usize = 64;

/// What is to be done in a VM.
pub(super) enum Job {
    /// Someone calls the plugin.
    Call(Box<Entry>),
    /// What a coroutine waited for has come, or not.
    Answer {
        /// Which call.
        id: u64,
        /// What it gets.
        answer: Answer,
    },
    /// Several things happened.
    Row(RowJob),
    /// Chance is to be the same each time from here on.
    Seed(u64),
}

/// What a coroutine waited for; an error is raised in it.
pub(super) type Answer = Result<Json, String>;

/// A call into the plugin.
pub(super) struct Entry {
    pub(super) id: u64,
    pub(super) what: What,
    pub(super) cx: Arc<Context>,
    pub(super) said: Mouth<Said>,
}

/// What is called.
pub(super) enum What {
    /// The handler of an event.
    Event(Arc<Event>),
    /// A command.
    Command(Call),
    /// A schedule.
    Timer(String),
    /// Something from elsewhere than a room.
    Signal(Signal),
}

/// What comes out of a VM for a call.
#[derive(Debug)]
pub(super) enum Said {
    /// The coroutine waits for this.
    Wants(String, Vec<Json>),
    /// It is done.
    Done(Result<(), String>),
}

/// A VM on its thread.
#[derive(Clone)]
pub(super) struct Running {
    pub(super) jobs: mpsc::Sender<Job>,
    pub(super) pulse: Arc<Pulse>,
}

/// What loading came to.
pub(super) type Ready = oneshot::Receiver<Result<Shape, Vec<String>>>;

/// Starts a VM and loads the plugin in it. Jobs may be given at once; they wait until it is loaded.
pub(super) fn start(code: Arc<Code>, limits: Limits, pulse: Arc<Pulse>) -> Result<(Running, Ready), std::io::Error> {
    // 1,024 jobs; a call that finds it full is a fault of the plugin, which is too slow.
    let (sender, jobs) = mpsc::channel(MAX_JOBS);
    let (ready, loaded) = oneshot::channel();
    let running = Running { jobs: sender, pulse: pulse.clone() };
    // The name of a thread has at most 15 bytes.
    let name: String = format!("lua:{}", code.name).chars().take(15).collect();
    let body = move || {
        run(&code, limits, &pulse, jobs, ready);
        pulse.gone.cancel();
    };
    thread::Builder::new().name(name).stack_size(STACK_BYTES).spawn(body)?;
    Ok((running, loaded))
}

fn run(
    code: &Arc<Code>,
    limits: Limits,
    pulse: &Pulse,
    mut jobs: mpsc::Receiver<Job>,
    ready: oneshot::Sender<Result<Shape, Vec<String>>>,
) {
    pulse.is_of_this_thread();
    pulse.begin(limits.load);
    let loaded = caught(|| load(code, &limits));
    pulse.end();
    let mut room = match loaded.unwrap_or_else(|what| Err(vec![format!("{}: {what}", code.label)])) {
        // Whoever waited may have gone: then there is nobody to tell.
        Ok((loaded, shape)) => {
            drop(ready.send(Ok(shape)));
            Workroom { loaded, limits, parked: BTreeMap::new(), idle: Vec::new(), known: Known::default() }
        }
        Err(mistakes) => return drop(ready.send(Err(mistakes))),
    };
    while let Some(job) = jobs.blocking_recv() {
        let goes_on = caught(|| room.carry_out(job, pulse)).unwrap_or_else(|what| {
            pulse.end();
            // Of the plugin everything is caught in Lua: this is ours.
            error!(plugin = %code.name, "fault in domovoi, please report it: {what}");
            false
        });
        room.loaded.vm.suit_growth();
        if pulse.is_abandoned() || !goes_on {
            return;
        }
    }
}

/// A coroutine, and the table in which it keeps the `cx` of the call that it runs.
struct Coroutine {
    thread: Thread,
    slot: Table,
}

/// A call that waits.
struct Parked {
    coroutine: Coroutine,
    here: Rc<Here>,
    said: Mouth<Said>,
}

struct Workroom {
    loaded: Loaded,
    limits: Limits,
    /// Calls that wait.
    parked: BTreeMap<u64, Parked>,
    /// Coroutines that have ended: to make one costs as much as most calls.
    idle: Vec<Coroutine>,
    known: Known,
}

/// What a coroutine came to at its last step.
enum Step {
    Done,
    Wants(String, Vec<Json>),
}

/// What a call came to at its last step.
enum Came {
    Done,
    /// It waits for this; then its coroutine is gone on with.
    Wants(String, Vec<Json>, Coroutine),
    Failed(Failed),
}

struct Failed {
    what: String,
    /// Whether the VM can go on.
    goes_on: bool,
}

impl Workroom {
    /// Does it; gives whether the VM can go on.
    fn carry_out(&mut self, job: Job, pulse: &Pulse) -> bool {
        match job {
            Job::Call(entry) => {
                let Entry { id, what, cx, said } = *entry;
                let here = Rc::new(Here::new(cx));
                let came = self.first(&what, &here, pulse);
                self.tell(id, came, here, said)
            }
            Job::Row(row) => self.row(&row, pulse),
            Job::Answer { id, answer } => match self.parked.remove(&id) {
                Some(Parked { coroutine, here, said }) => {
                    let came = self.go_on(coroutine, &here, answer, pulse);
                    self.tell(id, came, here, said)
                }
                None => true,
            },
            Job::Seed(seed) => {
                self.loaded.now.seed(seed);
                // Luau's own source of chance is one of the libraries; without it there is nothing to be seeded.
                let math = self.loaded.vm.lua.globals().get::<Table>("math");
                let seeding = math.and_then(|it| it.get::<Function>("randomseed"));
                seeding.and_then(|it| it.call::<()>(seed as f64)).ok();
                true
            }
        }
    }

    /// Tells whoever waits for a call what it came to; gives whether the VM can go on.
    fn tell(&mut self, id: u64, came: Came, here: Rc<Here>, said: Mouth<Said>) -> bool {
        match came {
            Came::Done => said.say(Said::Done(Ok(()))),
            Came::Wants(what, args, coroutine) => {
                said.say(Said::Wants(what, args));
                self.park(id, Parked { coroutine, here, said });
            }
            Came::Failed(Failed { what, goes_on }) => {
                said.say(Said::Done(Err(what)));
                return goes_on;
            }
        }
        true
    }

    fn park(&mut self, id: u64, parked: Parked) {
        if MANY_PARKED < self.parked.len() {
            self.parked.retain(|_, it| !it.said.is_closed());
        }
        self.parked.insert(id, parked);
    }

    /// Begins the handlers of a row, one after the other.
    fn row(&mut self, row: &RowJob, pulse: &Pulse) -> bool {
        while let Some((at, id, it)) = row.next() {
            let here = Rc::new(Here::new(it.here.clone()));
            match self.first(&What::Event(it.event.clone()), &here, pulse) {
                Came::Done => (),
                Came::Wants(what, args, coroutine) => {
                    let (said, ear) = line();
                    row.tell(at, First::Wants(what, args, ear));
                    self.park(id, Parked { coroutine, here, said });
                }
                Came::Failed(Failed { what, goes_on }) => {
                    row.tell(at, First::Failed(what));
                    if !goes_on {
                        row.done();
                        return false;
                    }
                }
            }
            row.done();
            if pulse.is_abandoned() {
                return false;
            }
        }
        true
    }

    /// Makes the first step of a call.
    fn first(&mut self, what: &What, here: &Rc<Here>, pulse: &Pulse) -> Came {
        let functions = &self.loaded.functions;
        let function = match what {
            What::Event(event) => functions.events.get(event::name(&event.kind)),
            What::Command(call) => functions.commands.get(call.command),
            What::Timer(name) => functions.timers.get(name.as_str()),
            What::Signal(signal) => functions.events.get(event::signal_name(signal)),
        };
        let Some(function) = function.cloned() else { return Came::Done };
        let lua = self.loaded.vm.lua.clone();
        let words = match what {
            What::Event(event) => event::said(&lua, event, &here.cx, &here.sight, &mut self.known),
            What::Command(_) | What::Timer(_) | What::Signal(_) => Ok(None),
        };
        match words {
            Ok(Some(words)) => {
                let start = self.loaded.starts.said.clone();
                self.begin(&start, function, Ok(words), here, pulse)
            }
            Ok(None) => {
                let start = self.loaded.starts.any.clone();
                self.begin(&start, function, fields(&lua, what, here), here, pulse)
            }
            Err(error) => self.failed(&error),
        }
    }

    /// `rest` is what `start` takes after the slot and the function.
    fn begin(
        &mut self,
        start: &Function,
        function: Function,
        rest: mlua::Result<impl IntoLuaMulti>,
        here: &Rc<Here>,
        pulse: &Pulse,
    ) -> Came {
        match rest.and_then(|rest| Ok((self.coroutine(start)?, rest))) {
            Ok((coroutine, rest)) => {
                let slot = coroutine.slot.clone();
                self.step(coroutine, here, (slot, function, rest), pulse)
            }
            Err(error) => self.failed(&error),
        }
    }

    /// One that has ended before, or a new one.
    fn coroutine(&mut self, start: &Function) -> mlua::Result<Coroutine> {
        if let Some(idle) = self.idle.pop() {
            idle.thread.reset(start.clone())?;
            return Ok(idle);
        }
        let lua = &self.loaded.vm.lua;
        Ok(Coroutine { thread: lua.create_thread(start.clone())?, slot: lua.create_table()? })
    }

    /// There was no room for what a call is given.
    fn failed(&self, error: &mlua::Error) -> Came {
        Came::Failed(Failed { what: super::vm::described(error), goes_on: !self.loaded.vm.is_full() })
    }

    fn go_on(&mut self, coroutine: Coroutine, here: &Rc<Here>, answer: Answer, pulse: &Pulse) -> Came {
        let lua = &self.loaded.vm.lua;
        let args = match answer {
            Ok(Json::Array(mut pair)) if pair.len() == 3 && pair.first() == Some(&Json::from(PAIR)) => {
                let (second, first) = (pair.pop().unwrap_or_default(), pair.pop().unwrap_or_default());
                to_lua(lua, &first).and_then(|first| Ok(vec![Value::Boolean(true), first, to_lua(lua, &second)?]))
            }
            Ok(json) => to_lua(lua, &json).map(|it| vec![Value::Boolean(true), it]),
            Err(what) => lua.create_string(what).map(|it| vec![Value::Boolean(false), Value::String(it)]),
        };
        match args {
            Ok(args) => self.step(coroutine, here, MultiValue::from_vec(args), pulse),
            Err(error) => self.failed(&error),
        }
    }

    /// Lets a coroutine run until it waits or ends.
    fn step(&mut self, coroutine: Coroutine, here: &Rc<Here>, args: impl IntoLuaMulti, pulse: &Pulse) -> Came {
        let limit = self.limits.handler;
        self.loaded.now.set(Some(here.clone()));
        pulse.begin(limit);
        let Loaded { vm, host_mark, .. } = &self.loaded;
        let Coroutine { thread, slot } = &coroutine;
        let done = vm.enter_in(thread, limit, |lua| {
            let mut yielded: MultiValue = thread.resume(args)?;
            loop {
                if thread.status() != ThreadStatus::Resumable {
                    return Ok(Step::Done);
                }
                match wanted(host_mark, &slot.raw_get("cx")?, &yielded) {
                    Ok((what, args)) => return Ok(Step::Wants(what, args)),
                    // Raised where it was asked for, within the same time: asking again gains nothing.
                    Err(_) if vm.meter.is_due() => return Err(mlua::Error::runtime("out of time")),
                    Err(wrong) if yields_to(host_mark, &yielded) => {
                        yielded = thread.resume((false, lua.create_string(wrong)?))?;
                    }
                    Err(wrong) => yielded = thread.resume_error(lua.create_string(wrong)?)?,
                }
            }
        });
        pulse.end();
        self.loaded.now.set(None);
        match done {
            Ok(Step::Done) => {
                if self.idle.len() < MAX_IDLE {
                    self.idle.push(coroutine);
                }
                Came::Done
            }
            Ok(Step::Wants(what, args)) => Came::Wants(what, args, coroutine),
            Err(stopped) => Came::Failed(self.stopped(&stopped, pulse)),
        }
    }

    fn stopped(&self, stopped: &Stopped, pulse: &Pulse) -> Failed {
        let goes_on = !matches!(stopped, Stopped::Memory(..)) || !self.loaded.vm.is_full();
        if !goes_on {
            // First, so that whoever hears of it and calls again is not sent here any more.
            pulse.gone.cancel();
        }
        Failed { what: stopped.to_string(), goes_on }
    }
}
