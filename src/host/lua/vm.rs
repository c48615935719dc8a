//! One VM: Luau with nothing of the machine in reach, bounded functions, a memory limit, and a deadline on each entry.

use std::{cell::Cell, ffi::c_int, rc::Rc, time::Duration};

use domovoi_plugin::grammar::shown;
use mlua::{
    Error, Function, Lua, LuaOptions, LuaString, Result, StdLib, Table, Thread, VmState,
    chunk::{Chunk, ChunkMode, Compiler},
    state::{GcIncParams, GcMode},
};

use super::{bounded, limits::Limits, meter::Meter};

/// Globals that reach files, make code of text, or show what a plugin has no use for.
const REMOVED: &[&str] =
    &["require", "loadstring", "getfenv", "setfenv", "newproxy", "collectgarbage", "gcinfo", "print", "debug"];

/// What went wrong is told in at most so many characters: an error may carry all the memory that a plugin has.
const MAX_DESCRIBED: usize = 1000;
/// So deep below the top of a stack a place in the plugin's own files is looked for.
const MAX_DEPTH: usize = 20;
/// How much a VM may grow between two collections of its garbage, in percent of what it keeps: while it has little it is
/// left alone, for each collection looks at everything there is; nothing clears up once the limit is reached, so whoever
/// comes nearer to that is cleared up after early.
const GROWTH: c_int = 400;
const GROWTH_NEAR_LIMIT: c_int = 130;
/// So much is made between two steps of a collection, in KiB; a step looks at four times as much. There is one step for a
/// text that is made, however long it is: with small ones a few texts of a megabyte fill the VM before anything of them is
/// given back.
const STEP_KIB: c_int = 64;
/// The share of its memory up to which a VM has little.
const LITTLE: usize = 8;

/// One VM. It stays on the thread that made it.
pub(super) struct Vm {
    pub(super) lua: Lua,
    pub(super) meter: Rc<Meter>,
    /// `debug.info`, which the host alone has: where a coroutine was when it ended.
    info: Function,
    memory_bytes: usize,
    /// Whether it had little when that was looked at last.
    has_little: Cell<bool>,
}

/// Why an entry ended before it was done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Stopped {
    /// It had its time: how much, and where it was then.
    Deadline(Duration, String),
    /// It wanted more memory than there is: how much that is, and where it was then.
    Memory(usize, String),
    /// It raised an error: the first line of what Lua says, with file and line.
    Error(String),
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Deadline(limit, place) => {
                write!(f, "{}did not end within {} ms of CPU time", before(place), limit.as_millis())
            }
            Self::Memory(bytes, place) => {
                write!(f, "{}wanted more than {} MiB of memory", before(place), bytes >> 20)
            }
            Self::Error(what) => f.write_str(what),
        }
    }
}

/// A place as it stands before what happened there.
fn before(place: &str) -> String {
    if place.is_empty() { String::new() } else { format!("{place} ") }
}

impl Stopped {
    /// The same, with the place where it does not know it by itself.
    fn at(self, place: impl FnOnce() -> String) -> Self {
        match self {
            Self::Deadline(limit, known) if known.is_empty() => Self::Deadline(limit, place()),
            Self::Memory(bytes, known) if known.is_empty() => Self::Memory(bytes, place()),
            Self::Error(what) if !has_place(&what) => Self::Error(format!("{}{what}", before(&place()))),
            Self::Deadline(..) | Self::Memory(..) | Self::Error(_) => self,
        }
    }
}

impl Vm {
    /// A VM with the libraries, which whoever asked for it dresses and then [`Vm::seal`]s.
    pub(super) fn new(limits: &Limits) -> Result<Self> {
        let libs = StdLib::COROUTINE
            | StdLib::TABLE
            | StdLib::STRING
            | StdLib::UTF8
            | StdLib::BIT
            | StdLib::MATH
            | StdLib::BUFFER
            | StdLib::DEBUG;
        let lua = Lua::new_with(libs, LuaOptions::new())?;
        let collecting = GcIncParams::default().goal(GROWTH_NEAR_LIMIT).step_multiplier(400).step_size(STEP_KIB);
        lua.gc_set_mode(GcMode::Incremental(collecting));
        bounded::replace(&lua)?;
        let info = lua.globals().raw_get::<Table>("debug")?.raw_get("info")?;
        for name in REMOVED {
            lua.globals().raw_set(*name, mlua::Nil)?;
        }
        let meter = Rc::new(Meter::new());
        let interrupted = meter.clone();
        lua.set_interrupt(move |lua| match interrupted.is_due() {
            true => Err(Error::runtime(format!("{} out of time", place_now(lua)))),
            false => Ok(VmState::Continue),
        });
        Ok(Self { lua, meter, info, memory_bytes: limits.memory_bytes, has_little: Cell::new(false) })
    }

    /// Closes the sandbox: libraries and globals cannot be changed any more, and memory is limited.
    pub(super) fn seal(&self) -> Result<()> {
        self.lua.sandbox(true)?;
        self.lua.gc_collect()?;
        self.lua.set_memory_limit(self.memory_bytes).map(|_| ())
    }

    /// Runs an entry that may use so much CPU time.
    pub(super) fn enter<T>(
        &self,
        limit: Duration,
        entry: impl FnOnce(&Lua) -> Result<T>,
    ) -> std::result::Result<T, Stopped> {
        self.meter.start(limit);
        let done = entry(&self.lua);
        // Whoever catches the error of the deadline and then ends has had too long all the same.
        let is_over = self.meter.stop();
        match done {
            Ok(_) if is_over => Err(Stopped::Deadline(limit, String::new())),
            Err(error) if is_over => Err(Stopped::Deadline(limit, place_of(&described(&error)))),
            Ok(value) => Ok(value),
            Err(error) if is_memory(&error) => Err(Stopped::Memory(self.memory_bytes, String::new())),
            Err(error) => Err(Stopped::Error(described(&error))),
        }
    }

    /// The same, of a coroutine: where it was is known also where the error does not say it.
    pub(super) fn enter_in<T>(
        &self,
        thread: &Thread,
        limit: Duration,
        entry: impl FnOnce(&Lua) -> Result<T>,
    ) -> std::result::Result<T, Stopped> {
        self.enter(limit, entry).map_err(|it| it.at(|| self.place_in(thread)))
    }

    /// `path/init.lua:5:` of the innermost function of the plugin's in which a coroutine has ended.
    fn place_in(&self, thread: &Thread) -> String {
        // To say where memory ran out takes a little of it. An error would mean that a limit cannot be set, as it was before.
        drop(self.lua.set_memory_limit(0));
        let at = |level: usize| {
            let (source, line): (LuaString, i64) = self.info.call((thread, level, "sl")).ok()?;
            Some((source.to_string_lossy(), line))
        };
        let place = (0..MAX_DEPTH).map_while(at).find(|(source, _)| source.ends_with(".lua"));
        drop(self.lua.set_memory_limit(self.memory_bytes));
        place.map_or_else(String::new, |(source, line)| format!("{source}:{line}:"))
    }

    /// Whether this is the one function of `debug` that the host keeps for itself.
    #[cfg(test)]
    pub(super) fn is_info(&self, function: &Function) -> bool {
        *function == self.info
    }

    /// Sees whether garbage can wait a little longer, or no more. To be called between two entries.
    pub(super) fn suit_growth(&self) {
        let has_little = self.lua.used_memory() < self.memory_bytes / LITTLE;
        if self.has_little.replace(has_little) != has_little {
            let goal = if has_little { GROWTH } else { GROWTH_NEAR_LIMIT };
            self.lua.gc_set_mode(GcMode::Incremental(GcIncParams::default().goal(goal)));
        }
    }

    /// Whether it is worth looking closer.
    pub(super) fn is_nearly_full(&self) -> bool {
        self.memory_bytes / 3 * 2 < self.lua.used_memory()
    }

    /// Whether so much is kept that what comes next would hardly run. Collects first what is not.
    pub(super) fn is_full(&self) -> bool {
        // An error of a collection says that there is no room even for that.
        self.lua.gc_collect().is_err() || self.is_nearly_full()
    }
}

/// Code as text, never as bytecode, under the name that its errors carry.
pub(super) fn text_chunk<'a>(lua: &Lua, name: &str, code: &'a str) -> Chunk<'a> {
    let compiler = Compiler::new().set_optimization_level(1).set_debug_level(1);
    lua.load(code).set_name(name).set_mode(ChunkMode::Text).set_compiler(compiler)
}

/// `path/init.lua:5:` of the innermost function that is running and is a plugin's.
pub(super) fn place_now(lua: &Lua) -> String {
    let place = |level: usize| {
        let at = |it: &mlua::debug::Debug<'_>| Some((it.source().short_src?.into_owned(), it.current_line()?));
        lua.inspect_stack(level, at)
    };
    let mut levels = (0..20).map_while(place).flatten();
    levels
        .find(|(source, _)| source.ends_with(".lua"))
        .map_or_else(String::new, |(source, line)| format!("{source}:{line}:"))
}

fn is_memory(error: &Error) -> bool {
    error.chain().any(|it| matches!(it.downcast_ref::<Error>(), Some(Error::MemoryError(_))))
        || first_line(&error.to_string()).ends_with("not enough memory")
}

/// The first line of what went wrong, with file and line where Lua knows them.
pub(super) fn described(error: &Error) -> String {
    let (mut cause, mut trace) = (error, None);
    while let Error::CallbackError { traceback, cause: inner } = cause {
        trace.get_or_insert(traceback.as_str());
        cause = inner;
    }
    let text = cause.to_string();
    let text = first_line(text.strip_prefix("runtime error: ").unwrap_or(&text)).to_owned();
    let text = text.strip_prefix("syntax error: ").unwrap_or(&text);
    let text = unsaid(text).unwrap_or_else(|| shown(text, MAX_DESCRIBED).trim().to_owned());
    if has_place(&text) {
        return text;
    }
    match trace.and_then(|it| it.lines().map(str::trim).find(|it| has_place(it))) {
        Some(line) => format!("{} {text}", place_of(line)),
        None => text,
    }
}

/// What an error is that was raised with a value that is no text: its address says nothing, and differs each time.
fn unsaid(text: &str) -> Option<String> {
    let kind = match text.split_once(": 0x") {
        Some((kind @ ("table" | "function" | "thread" | "buffer" | "userdata"), address)) => {
            address.chars().all(|it| it.is_ascii_hexdigit()).then_some(kind)?
        }
        _ if text == "nil" => text,
        _ => return None,
    };
    Some(format!("an error without words: error(…) was given a {kind} and no text"))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Whether a line begins as `path/init.lua:5`.
fn has_place(line: &str) -> bool {
    let Some((path, rest)) = line.split_once(".lua:") else { return false };
    !path.contains(' ') && rest.starts_with(|it: char| it.is_ascii_digit())
}

/// `path/init.lua:5:` of a line that begins so.
fn place_of(line: &str) -> String {
    let Some((path, rest)) = line.split_once(".lua:") else { return String::new() };
    let n: String = rest.chars().take_while(char::is_ascii_digit).collect();
    format!("{path}.lua:{n}:")
}
