//! One run of a file of tests: on a thread of its own, bounded like any Lua, answered by whoever plays the rooms.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io,
    rc::Rc,
    sync::{Arc, atomic::AtomicU32},
    thread,
    time::Duration,
};

use mlua::{Error, Function, Lua, MultiValue, Result, Table, Thread, Value, thread::ThreadStatus};
use serde_json::Value as Json;
use tokio::sync::mpsc;

use super::super::{
    limits::Limits,
    thread::{Answer, STACK_BYTES},
    value::to_lua,
    vm::{Vm, place_now, text_chunk},
    watchdog::Pulse,
    yielded::{wanted, yields_to},
};
use super::TestFile;
use crate::host::panics::caught;

/// CPU time of a test from one wait to the next: more than a plugin has, since it compares and counts.
const STEP: Duration = Duration::from_secs(2);

/// What a test wants to happen.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The word.
    pub what: String,
    /// Where in the file: `plugins/hello/tests/hello.lua:5`.
    pub place: String,
    /// What else it says.
    pub args: Vec<Json>,
}

/// What comes next of a run.
#[derive(Clone, Debug)]
pub enum Next {
    /// It waits for an answer to this.
    Wants(Wish),
    /// It is over; or it failed, with file and line.
    Ended(std::result::Result<(), String>),
}

/// A run of a file of tests.
#[derive(Debug)]
pub struct TestRun {
    answers: mpsc::Sender<Answer>,
    said: mpsc::Receiver<Next>,
    pulse: Arc<Pulse>,
    label: String,
}

impl TestRun {
    /// Starts one: of this case of the file, or of what stands outside cases.
    ///
    /// # Errors
    /// If there is no thread to be had.
    pub fn start(file: &TestFile, case: Option<&str>) -> io::Result<Self> {
        let pulse = Pulse::watched(file.label.clone(), Arc::new(AtomicU32::new(0)));
        // One answer and one thing said: each waits for the other.
        let (answers, answered) = mpsc::channel(1);
        let (said, hears) = mpsc::channel(1);
        let it = Self { answers, said: hears, pulse: pulse.clone(), label: file.label.clone() };
        let (file, case) = (file.clone(), case.map(str::to_owned));
        let body = move || {
            pulse.is_of_this_thread();
            let mut told = Told { said, answered };
            let played = caught(|| play(&file, case.as_deref(), &pulse, &mut told));
            // Nobody may wait for it any more.
            told.said.try_send(Next::Ended(played.unwrap_or_else(Err))).ok();
            pulse.gone.cancel();
        };
        thread::Builder::new().name("lua-test".to_owned()).stack_size(STACK_BYTES).spawn(body)?;
        Ok(it)
    }

    /// What it wants next, or how it ended.
    pub async fn next(&mut self) -> Next {
        // Cancel-safe: what was said stays in the channel.
        let next = tokio::select! {
            biased;
            next = self.said.recv() => next,
            () = self.pulse.gone.cancelled() => self.said.try_recv().ok(),
        };
        next.unwrap_or_else(|| Next::Ended(Err(format!("{}: did not come back after its deadline", self.label))))
    }

    /// Answers what it wanted; an error is raised where it was asked for.
    pub fn answer(&self, answer: Answer) {
        // A run that ended needs no answer.
        self.answers.try_send(answer).ok();
    }
}

/// The way to whoever plays the rooms.
struct Told {
    said: mpsc::Sender<Next>,
    answered: mpsc::Receiver<Answer>,
}

fn play(file: &TestFile, case: Option<&str>, pulse: &Pulse, told: &mut Told) -> std::result::Result<(), String> {
    let limits = Limits { memory_bytes: 64 * 1024 * 1024, ..Limits::default() };
    let failed = |error: Error| format!("{}:1: {}", file.label, super::super::vm::described(&error));
    let vm = Vm::new(&limits).map_err(failed)?;
    let mark = dress(&vm, file, case).map_err(failed)?;
    vm.seal().map_err(failed)?;
    let main = compiled(&vm.lua, file)?;
    let thread = vm.lua.create_thread(main).map_err(failed)?;
    let mut args = MultiValue::new();
    loop {
        pulse.begin(STEP);
        let stepped = vm.enter(STEP, |_| step(&thread, &mark, args));
        pulse.end();
        let Some(wish) = stepped.map_err(|it| placed(file, &it.to_string()))? else { return Ok(()) };
        // Whoever ran it went away: then there is nobody to fail to.
        let asked = told.said.blocking_send(Next::Wants(wish));
        let Some(answer) = asked.ok().and_then(|()| told.answered.blocking_recv()) else { return Ok(()) };
        let (is_good, value) = match answer {
            Ok(json) => (true, to_lua(&vm.lua, &json).map_err(failed)?),
            Err(what) => (false, Value::String(vm.lua.create_string(what).map_err(failed)?)),
        };
        args = MultiValue::from_vec(vec![Value::Boolean(is_good), value]);
    }
}

fn compiled(lua: &Lua, file: &TestFile) -> std::result::Result<Function, String> {
    text_chunk(lua, &format!("={}", file.label), &file.text).into_function().map_err(|error| {
        let what = super::super::vm::described(&error);
        if what.starts_with(&file.folder) { what } else { format!("{}:1: {what}", file.label) }
    })
}

impl TestFile {
    /// What keeps the file from being read as Lua, if anything does.
    #[must_use]
    pub fn mistake(&self) -> Option<String> {
        // Nothing of it runs, so it needs no thread of its own.
        let vm = Vm::new(&Limits::default()).ok()?;
        compiled(&vm.lua, self).err()
    }
}

/// Goes on until it wants something, or ends.
fn step(thread: &Thread, mark: &Table, args: MultiValue) -> Result<Option<Wish>> {
    let yielded: MultiValue = thread.resume(args)?;
    if thread.status() != ThreadStatus::Resumable {
        return Ok(None);
    }
    if !yields_to(mark, &yielded) {
        return Err(Error::runtime("coroutine.yield outside any coroutine"));
    }
    let (what, mut args) = wanted(mark, mark, &yielded).map_err(Error::runtime)?;
    let place = if args.is_empty() { Json::Null } else { args.remove(0) };
    Ok(Some(Wish { what, place: place.as_str().unwrap_or_default().to_owned(), args }))
}

fn placed(file: &TestFile, what: &str) -> String {
    let what = what.trim();
    // A failure inside the plugin carries its own place.
    if what.contains(".lua:") { what.to_owned() } else { format!("{}: {what}", file.label) }
}

/// Gives the test its words.
fn dress(vm: &Vm, file: &TestFile, case: Option<&str>) -> Result<Table> {
    let lua = &vm.lua;
    let mark = lua.create_table()?;
    let place = lua.create_function(|lua, ()| Ok(place_now(lua).trim_end_matches(':').to_owned()))?;
    let bench = text_chunk(lua, "=domovoi", include_str!("bench.luau"));
    let test: Table = bench.call((mark.clone(), place, case))?;
    lua.globals().raw_set("test", test)?;
    lua.globals().raw_set("require", require(lua, file.clone())?)?;
    Ok(mark)
}

/// `require("_people")`: another file of the folder of tests, run once.
fn require(lua: &Lua, file: TestFile) -> Result<Function> {
    let loaded: Rc<RefCell<BTreeMap<String, Value>>> = Rc::default();
    lua.create_function(move |lua, name: String| {
        let Some((path, text)) = file.find(&name) else {
            return Err(Error::runtime(format!("there is no file `{name}.lua` in {}", file.folder)));
        };
        if let Some(value) = loaded.borrow().get(path) {
            return Ok(value.clone());
        }
        let value = text_chunk(lua, &format!("={}/{path}", file.folder), text).eval::<Value>()?;
        loaded.borrow_mut().insert(path.to_owned(), value.clone());
        Ok(value)
    })
}
