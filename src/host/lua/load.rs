//! Makes a plugin out of its code inside a VM: the API, `require`, the table it returns.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc, sync::Arc};

use mlua::{Error, Function, Lua, MultiValue, Result, Table, Value, thread::ThreadStatus};

use super::{
    code::{Code, MAIN},
    here::Now,
    hints::with_hint,
    html,
    limits::Limits,
    native, regex,
    shape::{self, Functions, Shape},
    texts,
    vm::{Stopped, Vm, described, text_chunk},
};

/// A plugin in its VM.
pub(super) struct Loaded {
    pub(super) vm: Vm,
    pub(super) functions: Functions,
    pub(super) now: Now,
    pub(super) starts: Starts,
    /// What a coroutine yields first if the host is meant.
    pub(super) host_mark: Table,
}

/// In what a coroutine begins, see `api.luau`.
pub(super) struct Starts {
    /// Any call: its slot, the function, the fields of its `cx`, what comes second.
    pub(super) any: Function,
    /// A call about what was said.
    pub(super) said: Function,
}

/// Loads a plugin. What it says of itself comes beside it.
pub(super) fn load(code: &Arc<Code>, limits: &Limits) -> std::result::Result<(Loaded, Shape), Vec<String>> {
    let failed = |error: &Error| vec![described(error)];
    let vm = Vm::new(limits).map_err(|it| failed(&it))?;
    let now = Now::default();
    let (starts, host_mark) = dress(&vm, &now, code, limits).map_err(|it| failed(&it))?;
    vm.seal().map_err(|it| failed(&it))?;
    let returned = run(&vm, code, limits).map_err(|it| vec![placed(code, &it.to_string())])?;
    let Value::Table(table) = returned else {
        let what =
            format!("{}/{MAIN}:1: a plugin returns a table, this one returns a {}", code.label, returned.type_name());
        return Err(vec![what]);
    };
    let (shape, functions) = shape::read(code, table)?;
    Ok((Loaded { vm, functions, now, starts, host_mark }, shape))
}

/// What the main file returns.
fn run(vm: &Vm, code: &Code, limits: &Limits) -> std::result::Result<Value, Stopped> {
    let thread = vm.enter(limits.load, |lua| {
        let text = code.lua.get(MAIN).map_or("", String::as_str);
        lua.create_thread(text_chunk(lua, &chunk_name(code, MAIN), text).into_function()?)
    })?;
    vm.enter_in(&thread, limits.load, |_| {
        let returned = thread.resume(())?;
        let is_done = thread.status() != ThreadStatus::Resumable;
        if is_done { Ok(returned) } else { Err(Error::runtime("coroutine.yield outside any coroutine")) }
    })
}

/// What went wrong, with the main file where no place is known.
fn placed(code: &Code, what: &str) -> String {
    let is_placed = what.starts_with(&code.label);
    with_hint(code, if is_placed { what.to_owned() } else { format!("{}/{MAIN}:1: {what}", code.label) })
}

/// The name under which Lua tells of a file: as a person would call it.
fn chunk_name(code: &Code, path: &str) -> String {
    format!("={}/{path}", code.label)
}

/// Everything of a `cx` that does not wait.
pub(super) fn functions(vm: &Vm, now: &Now, seed: Option<u64>) -> Result<Table> {
    let lua = &vm.lua;
    let functions = native::table(lua, now, seed)?;
    functions.raw_set("regex", regex::table(lua, &vm.meter)?)?;
    functions.raw_set("html", html::table(lua, &vm.meter)?)?;
    functions.raw_set("text", texts::text_table(lua)?)?;
    functions.raw_set("toml", texts::toml_table(lua)?)?;
    functions.raw_set("base64", texts::base64_table(lua)?)?;
    Ok(functions)
}

fn dress(vm: &Vm, now: &Now, code: &Arc<Code>, limits: &Limits) -> Result<(Starts, Table)> {
    let lua = &vm.lua;
    let functions = functions(vm, now, limits.seed)?;
    functions.raw_set("file", file(lua, code.clone())?)?;
    let host_mark = lua.create_table()?;
    let api = text_chunk(lua, "=domovoi", include_str!("api.luau"));
    let (any, said): (Function, Function) = api.call((host_mark.clone(), functions))?;
    lua.globals().raw_set("require", require(lua, code.clone())?)?;
    Ok((Starts { any, said }, host_mark))
}

/// `cx.file("questions/en.toml")`: the text of a file of data in the plugin's own folder.
fn file(lua: &Lua, code: Arc<Code>) -> Result<Function> {
    lua.create_function(move |_, args: MultiValue| {
        let path = args.iter().rev().find_map(Value::as_string).map(|it| it.to_string_lossy()).unwrap_or_default();
        let there_is_none = || Error::runtime(format!("there is no file `{path}` in {}", code.label));
        code.data.get(&path).cloned().ok_or_else(there_is_none)
    })
}

/// What a module is while its file runs, and after.
enum Module {
    Loading,
    Loaded(Value),
}

/// `require("name")`: another file of the same folder, run once. There is nothing else to be had.
fn require(lua: &Lua, code: Arc<Code>) -> Result<Function> {
    let modules: Rc<RefCell<BTreeMap<String, Module>>> = Rc::default();
    lua.create_function(move |lua, name: String| {
        let Some(path) = code.find(&name) else {
            return Err(Error::runtime(format!("there is no file `{name}.lua` in {}", code.label)));
        };
        match modules.borrow().get(path) {
            Some(Module::Loaded(value)) => return Ok(value.clone()),
            Some(Module::Loading) => {
                return Err(Error::runtime(format!("{}/{path} requires itself, by way of another file", code.label)));
            }
            None => (),
        }
        modules.borrow_mut().insert(path.to_owned(), Module::Loading);
        let text = code.lua.get(path).map_or("", String::as_str);
        let value = text_chunk(lua, &chunk_name(&code, path), text).eval::<Value>();
        match value {
            Ok(value) => {
                modules.borrow_mut().insert(path.to_owned(), Module::Loaded(value.clone()));
                Ok(value)
            }
            Err(error) => {
                modules.borrow_mut().remove(path);
                Err(error)
            }
        }
    })
}
