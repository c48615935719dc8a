//! What a plugin can get hold of at all: followed from everything that it has, through tables, metatables and environments.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use mlua::{Function, Table, Value};

use super::super::{
    code::Code,
    limits::Limits,
    load::{Loaded, load},
};

/// Functions of Luau's that read stacks, change environments, make code of text or reach for the machine.
const FORBIDDEN: &[&str] = &[
    "info",
    "traceback",
    "getfenv",
    "setfenv",
    "loadstring",
    "newproxy",
    "collectgarbage",
    "gcinfo",
    "print",
    "getupvalue",
    "sethook",
    "getregistry",
];

/// Everything that was met.
#[derive(Default)]
struct Walk {
    seen: BTreeSet<usize>,
    functions: Vec<(String, Function)>,
}

impl Walk {
    fn value(&mut self, path: &str, value: &Value) {
        if let Value::Table(table) = value
            && self.seen.insert(table.to_pointer() as usize)
        {
            self.table(path, table);
        }
        if let Value::Function(function) = value
            && self.seen.insert(function.to_pointer() as usize)
        {
            self.functions.push((path.to_owned(), function.clone()));
            if let Some(environment) = function.environment() {
                self.value(&format!("{path} (environment)"), &Value::Table(environment));
            }
        }
    }

    fn table(&mut self, path: &str, table: &Table) {
        for pair in table.pairs::<Value, Value>() {
            let (key, value) = pair.unwrap();
            let name = key.as_string().map_or_else(|| "?".to_owned(), |it| it.to_string_lossy());
            self.value(&format!("{path}.{name}"), &key);
            self.value(&format!("{path}.{name}"), &value);
        }
        // Also where `__metatable` hides it from plugins.
        if let Some(metatable) = table.metatable() {
            self.table(&format!("{path} (metatable)"), &metatable);
        }
    }
}

fn loaded() -> Loaded {
    let text = "return { name = 'hello', api = 1, on = { join = function(cx) seen = cx end } }";
    let code = Arc::new(Code::of_text("hello".parse().unwrap(), text));
    load(&code, &Limits { load: Duration::from_secs(10), ..Limits::default() }).unwrap().0
}

#[test]
fn no_function_that_a_plugin_reaches_looks_into_stacks_or_environments() {
    let loaded = loaded();
    let lua = &loaded.vm.lua;
    let mut walk = Walk::default();
    let (slot, cx) = (lua.create_table().unwrap(), lua.create_table().unwrap());
    let handler: Function = lua.load("return function(cx) seen = cx end").eval().unwrap();
    walk.value("handler", &Value::Function(handler.clone()));
    loaded.starts.any.call::<()>((slot, handler, &cx)).unwrap();
    walk.value("cx", &Value::Table(cx));
    walk.value("_G", &Value::Table(lua.globals()));
    for (name, value) in [("string", "''"), ("number", "1"), ("function", "next"), ("thread", "coroutine.create(next)")]
    {
        let metatable: Value = lua.load(format!("return getmetatable({value})")).eval().unwrap();
        walk.value(&format!("metatable of a {name}"), &metatable);
    }
    // What is there is met, or the walk would prove nothing.
    for expected in ["_G.string.find", "_G.coroutine.wrap", "_G.table.sort", "_G.pcall", "cx (metatable).__index"] {
        let is_met = walk.functions.iter().any(|(path, _)| path.ends_with(expected.trim_start_matches("_G")));
        assert!(is_met, "{expected} was not met: {:?}", walk.functions.iter().map(|it| &it.0).collect::<Vec<_>>());
    }
    for (path, function) in &walk.functions {
        assert!(!loaded.vm.is_info(function), "{path} is debug.info");
        let info = function.info();
        let name = info.name.as_deref().unwrap_or_default();
        assert!(info.what != "C" || !FORBIDDEN.contains(&name), "{path} is {name}");
    }
}

#[test]
fn a_plugin_is_shown_no_metatable_of_the_hosts() {
    let loaded = loaded();
    let lua = &loaded.vm.lua;
    let (slot, cx) = (lua.create_table().unwrap(), lua.create_table().unwrap());
    let look = "return function(cx)\n\
        assert(debug == nil and _G.debug == nil and rawget(_G, 'debug') == nil and newproxy == nil)\n\
        local element = cx.html.parse('<p>x</p>'):first('p')\n\
        assert(element:text() == 'x')\n\
        for _, it in { cx, element, next, coroutine.create(next), buffer.create(1), 1, true } do\n\
          assert(type(getmetatable(it)) ~= 'table', typeof(it))\n\
        end\n\
        assert(getmetatable('').__index == string and not pcall(setmetatable, cx, nil))\n\
        assert(not pcall(function() getmetatable('').__index = nil end))\n\
        end";
    let handler: Function = lua.load(look).eval().unwrap();
    loaded.starts.any.call::<()>((slot, handler, &cx)).unwrap();
}
