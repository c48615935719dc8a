//! The thread of a plugin's VM: takes jobs, runs each as a coroutine, and parks it while it waits.
//!
//! Whoever asked for a job is told what the coroutine wants, sees to it, and sends the answer as another job. So nothing
//! but Lua runs here, and no Lua runs elsewhere.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    sync::Arc,
    thread,
};

use domovoi_plugin::{Call, Context, Event, Signal};
use mlua::{Function, MultiValue, Table, Thread, Value, thread::ThreadStatus};
use serde_json::Value as Json;
use tokio::sync::{mpsc, oneshot};

use super::{
    code::Code,
    event,
    here::Here,
    limits::Limits,
    load::{Loaded, load},
    shape::Shape,
    value::{to_json, to_lua},
    vm::Stopped,
    watchdog::Pulse,
};
use crate::host::fault::panic_text;

/// So many jobs wait for a VM: as many calls as the host has in flight, and as many answers.
const MAX_JOBS: usize = 1024;
/// Lua calls nest in C; mlua's frames are larger than Lua's.
const STACK_BYTES: usize = 8 * 1024 * 1024;
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
    /// Chance is to be the same each time from here on.
    Seed(u64),
}

/// What a coroutine waited for; an error is raised in it.
pub(super) type Answer = Result<Json, String>;

/// A call into the plugin.
pub(super) struct Entry {
    pub(super) id: u64,
    pub(super) what: What,
    pub(super) cx: Context,
    pub(super) said: mpsc::Sender<Said>,
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
    let loaded = catch_unwind(AssertUnwindSafe(|| load(code, &limits)));
    pulse.end();
    let loaded =
        loaded.unwrap_or_else(|it| Err(vec![format!("{}: panicked: {}", code.label, panic_text(it.as_ref()))]));
    let mut room = match loaded {
        // Whoever waited may have gone: then there is nobody to tell.
        Ok((loaded, shape)) => {
            drop(ready.send(Ok(shape)));
            Workroom { loaded, limits, parked: BTreeMap::new() }
        }
        Err(mistakes) => return drop(ready.send(Err(mistakes))),
    };
    while let Some(job) = jobs.blocking_recv() {
        let goes_on = catch_unwind(AssertUnwindSafe(|| room.carry_out(job, pulse)));
        if pulse.is_abandoned() || !goes_on.unwrap_or(false) {
            return;
        }
    }
}

/// A coroutine that waits.
struct Parked {
    thread: Thread,
    here: Rc<Here>,
    cx: Table,
    said: mpsc::Sender<Said>,
}

struct Workroom {
    loaded: Loaded,
    limits: Limits,
    parked: BTreeMap<u64, Parked>,
}

/// What a coroutine came to at its last step.
enum Step {
    Done,
    Wants(String, Vec<Json>),
}

impl Workroom {
    /// Does it; gives whether the VM can go on.
    fn carry_out(&mut self, job: Job, pulse: &Pulse) -> bool {
        if MANY_PARKED < self.parked.len() {
            self.parked.retain(|_, it| !it.said.is_closed());
        }
        match job {
            Job::Call(entry) => self.call(*entry, pulse),
            Job::Answer { id, answer } => match self.parked.remove(&id) {
                Some(parked) => self.go_on(id, parked, answer, pulse),
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

    fn call(&mut self, entry: Entry, pulse: &Pulse) -> bool {
        let Entry { id, what, cx, said } = entry;
        let function = match &what {
            What::Event(event) => self.loaded.functions.events.get(event::name(&event.kind)),
            What::Command(call) => self.loaded.functions.commands.get(call.command),
            What::Timer(name) => self.loaded.functions.timers.get(name.as_str()),
            What::Signal(signal) => self.loaded.functions.events.get(event::signal_name(signal)),
        };
        let Some(function) = function.cloned() else {
            tell(&said, Said::Done(Ok(())));
            return true;
        };
        let here = Rc::new(Here::new(cx));
        match self.prepare(&function, &what, &here) {
            Ok((thread, cx, args)) => {
                let parked = Parked { thread, here, cx, said };
                self.step(id, parked, args, pulse)
            }
            Err(error) => {
                tell(&said, Said::Done(Err(super::vm::described(&error))));
                !self.loaded.vm.is_full()
            }
        }
    }

    /// The coroutine of a call, its `cx`, and what it is started with.
    fn prepare(&self, function: &Function, what: &What, here: &Here) -> mlua::Result<(Thread, Table, MultiValue)> {
        let lua = &self.loaded.vm.lua;
        let fields = lua.create_table_with_capacity(0, 8)?;
        fields.raw_set("nick", here.cx.nick.as_ref().map(|it| it.as_str().to_owned()))?;
        fields.raw_set("room", here.cx.room.as_ref().map(|it| it.as_str()))?;
        fields.raw_set("lang", &*here.cx.lang)?;
        fields.raw_set("prefix", &*here.cx.prefix)?;
        fields.raw_set("place", event::place(&here.cx.place))?;
        let (event, second) = match what {
            What::Event(event) => {
                let table = event::table(lua, event, &here.sight)?;
                (Some(table.clone()), Some(table))
            }
            What::Command(call) => {
                (Some(event::call(lua, call, &here.sight)?), Some(event::args(lua, call, &here.sight)?))
            }
            What::Signal(signal) => {
                let table = event::signal(lua, signal, &here.sight)?;
                (Some(table.clone()), Some(table))
            }
            What::Timer(_) => (None, None),
        };
        if let Some(event) = &event {
            fields.raw_set("identity", event.raw_get::<Value>("identity")?)?;
            fields.raw_set("event", event)?;
            if here.cx.nick.is_none() {
                fields.raw_set("nick", event.raw_get::<Value>("nick")?)?;
            }
        }
        let cx: Table = self.loaded.make_cx.call(fields)?;
        let mut args = MultiValue::from_vec(vec![Value::Table(cx.clone())]);
        args.extend(second.map(Value::Table));
        Ok((lua.create_thread(function.clone())?, cx, args))
    }

    fn go_on(&mut self, id: u64, parked: Parked, answer: Answer, pulse: &Pulse) -> bool {
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
            Ok(args) => self.step(id, parked, MultiValue::from_vec(args), pulse),
            Err(error) => {
                tell(&parked.said, Said::Done(Err(super::vm::described(&error))));
                !self.loaded.vm.is_full()
            }
        }
    }

    /// Lets a coroutine run until it waits or ends.
    fn step(&mut self, id: u64, parked: Parked, args: MultiValue, pulse: &Pulse) -> bool {
        let limit = self.limits.handler;
        self.loaded.now.set(Some(parked.here.clone()));
        pulse.begin(limit);
        let Loaded { vm, host_mark, .. } = &self.loaded;
        let done = vm.enter(limit, |lua| {
            let mut yielded: MultiValue = parked.thread.resume(args)?;
            loop {
                if parked.thread.status() != ThreadStatus::Resumable {
                    return Ok(Step::Done);
                }
                match wanted(host_mark, &parked.cx, &yielded) {
                    Ok((what, args)) => return Ok(Step::Wants(what, args)),
                    // Raised where it was asked for, within the same time: asking again gains nothing.
                    Err(_) if vm.meter.is_due() => return Err(mlua::Error::runtime("out of time")),
                    Err(wrong) if yields_to(host_mark, &yielded) => {
                        yielded = parked.thread.resume((false, lua.create_string(wrong)?))?;
                    }
                    Err(wrong) => yielded = parked.thread.resume_error(lua.create_string(wrong)?)?,
                }
            }
        });
        pulse.end();
        self.loaded.now.set(None);
        match done {
            Ok(Step::Done) => tell(&parked.said, Said::Done(Ok(()))),
            Ok(Step::Wants(what, args)) => {
                tell(&parked.said, Said::Wants(what, args));
                self.parked.insert(id, parked);
            }
            Err(stopped) => return self.stopped(&parked, &stopped, pulse),
        }
        true
    }

    fn stopped(&self, parked: &Parked, stopped: &Stopped, pulse: &Pulse) -> bool {
        let goes_on = *stopped != Stopped::Memory(self.limits.memory_bytes) || !self.loaded.vm.is_full();
        if !goes_on {
            // First, so that whoever hears of it and calls again is not sent here any more.
            pulse.gone.cancel();
        }
        tell(&parked.said, Said::Done(Err(stopped.to_string())));
        goes_on
    }
}

/// Marks an answer of two values, such as `nil` and why.
pub(super) const PAIR: &str = "\0two";

/// What a coroutine that yielded wants of the host; or why it cannot have it.
pub(super) fn wanted(mark: &Table, own: &Table, yielded: &MultiValue) -> Result<(String, Vec<Json>), String> {
    if !yields_to(mark, yielded) {
        return Err("coroutine.yield outside any coroutine".to_owned());
    }
    let mut values = yielded.iter().skip(1);
    if !matches!(values.next(), Some(Value::Table(it)) if it == own) {
        return Err("this cx belongs to another call: use the one that this function was given".to_owned());
    }
    let what = values.next().and_then(|it| it.as_string().map(|it| it.to_string_lossy())).unwrap_or_default();
    let args = values.map(to_json).collect::<mlua::Result<Vec<Json>>>();
    args.map(|args| (what, args)).map_err(|error| super::vm::described(&error))
}

/// Whether it is the host that this was yielded to.
pub(super) fn yields_to(mark: &Table, yielded: &MultiValue) -> bool {
    matches!(yielded.front(), Some(Value::Table(it)) if it == mark)
}

/// There is room for one: a call waits for one thing at a time. An error means that nobody waits any more.
fn tell(said: &mpsc::Sender<Said>, it: Said) {
    drop(said.try_send(it));
}
