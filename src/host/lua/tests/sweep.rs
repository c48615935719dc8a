//! Every function of every library with the worst arguments there are, to find what no interrupt reaches.
#![allow(clippy::wildcard_enum_match_arm, reason = "of a library only functions and tables are of interest")]
#![allow(clippy::print_stdout, reason = "the slowest calls are what this is about")]

use std::{sync::Arc, time::Duration};

use mlua::{Function, Lua, MultiValue, Table, Value};

use super::super::{
    here::Now,
    limits::Limits,
    load,
    vm::{Stopped, Vm, text_chunk},
    yielded::wanted,
};
use super::loading::{HELLO, code};

/// The deadline of each call.
const LIMIT: Duration = Duration::from_millis(1);
/// What a call may take beyond it: what passes in C between two interrupts, on a slow machine.
const GRACE: Duration = Duration::from_millis(900);

/// Subjects, and what can be done to them. `BIG` is their size.
const SUBJECTS: &str = r#"
    local BIG = ...
    local letters = ("a"):rep(BIG)
    local list = table.create(BIG // 16, "x")
    local numbers = table.create(BIG // 16, 0)
    local hash = {}
    for i = 1, BIG // 64 do hash[-i] = i end
    return {
        ("<b>"):rep(BIG // 3), ("<p a=1 b=2>"):rep(BIG // 11), ("[[a]]\n"):rep(BIG // 6), ('{"a":'):rep(BIG // 5),
        table.create(BIG // 16, ("a"):rep(BIG // 16)),
        letters, ("ab"):rep(BIG // 2), ("\u{430}"):rep(BIG // 2), ("1"):rep(BIG), ("("):rep(BIG), ("%s"):rep(BIG // 2),
        list, numbers, hash, buffer.create(BIG), "", "x", 2147483647, -2147483648, 9007199254740992, 0, 1, 0/0,
        function() return 1 end, function(a, b) return true end, coroutine.create(function() end),
    }
"#;

/// Arguments after the first.
const OTHERS: &str = r#"
    local BIG = ...
    local needle = ("a"):rep(BIG // 64) .. "b"
    return {
        { }, { needle }, { needle, 1, true }, { "" }, { "", "" }, { "a", "" }, { ".-.-b", "x" }, { "%f[b]" },
        { "(a*)*b", "%1" }, { 1, 2147483647 }, { -2147483648, 2147483647, 1 }, { 1, BIG // 16, 2 }, { 2147483647, "x" },
        { 1, "x" }, { function(a, b) return true end }, { function(a, b) return a end, 1, 2 }, { 0, 0, 0, 8 }, { 0, 1, BIG },
        { 1, -1, true }, { 16 }, { ("a"):rep(BIG // 4) }, { table.create(100, "x"), 1, 100 }, { "*t", 1 },
    }
"#;

struct Slow {
    what: String,
    took: Duration,
    beyond: bool,
}

fn functions(lua: &Lua) -> Vec<(String, Function)> {
    let mut found = Vec::new();
    let globals: Vec<(String, Value)> =
        text_chunk(lua, "=list", "return getmetatable(_G) and getmetatable(_G).__index or _G")
            .eval::<Table>()
            .unwrap()
            .pairs()
            .map(Result::unwrap)
            .collect();
    for (name, value) in globals {
        match value {
            Value::Function(it) => found.push((name, it)),
            Value::Table(library) if name != "_G" => {
                for (inner, value) in library.pairs::<String, Value>().map(Result::unwrap) {
                    found.extend(value.as_function().map(|it| (format!("{name}.{inner}"), it.clone())));
                }
            }
            other => assert!(!other.is_userdata(), "{name}"),
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// Calls each of these functions with everything; gives the slowest call of each.
fn sweep(big: usize) -> Vec<Slow> {
    let limits = Limits { memory_bytes: 20 * big + (16 << 20), ..Limits::default() };
    let vm = Vm::new(&limits).unwrap();
    // What plugins hold is swept like a library of its own.
    let own = load::functions(&vm, &Now::default(), Some(1)).unwrap();
    for (name, value) in own.pairs::<String, Value>().map(Result::unwrap) {
        if value.is_table() {
            vm.lua.globals().raw_set(format!("cx.{name}"), value).unwrap();
        } else {
            vm.lua.globals().raw_set(format!("cx_{name}"), value).unwrap();
        }
    }
    let all = functions(&vm.lua);
    assert!(85 < all.len(), "{} functions", all.len());
    for name in ["cx.html.parse", "cx.toml.decode", "cx.text.fold", "cx.time.parse", "cx.base64.decode", "cx_random"] {
        assert!(all.iter().any(|it| it.0 == name), "{name}");
    }
    vm.seal().unwrap();
    let make = |code: &'static str| -> Table {
        vm.enter(Duration::from_secs(20), |lua| text_chunk(lua, "=pool", code).call(big)).unwrap()
    };
    let mut slowest = Vec::new();
    let mut pools: Option<(Table, Table)> = None;
    for (name, function) in all {
        let mut worst = Slow { what: name.clone(), took: Duration::ZERO, beyond: false };
        // Made anew after each function that changes what it is given.
        let (subjects, others) = pools.take().unwrap_or_else(|| (make(SUBJECTS), make(OTHERS)));
        for (i, subject) in subjects.sequence_values::<Value>().map(Result::unwrap).enumerate() {
            for (j, rest) in others.sequence_values::<Table>().map(Result::unwrap).enumerate() {
                let mut args: Vec<Value> = rest.sequence_values().map(Result::unwrap).collect();
                args.insert(0, subject.clone());
                let done = vm.enter(LIMIT, |_| function.call::<MultiValue>(MultiValue::from_vec(args)).map(drop));
                let took = vm.meter.used();
                let beyond = LIMIT + GRACE < took;
                if worst.took < took {
                    let is_late = matches!(done, Err(Stopped::Deadline(..)));
                    let what =
                        format!("{name} subject {} others {}{}", i + 1, j + 1, if is_late { ", stopped" } else { "" });
                    worst = Slow { what, took, beyond };
                }
            }
        }
        slowest.push(worst);
        pools = Some((subjects, others)).filter(|_| !name.starts_with("table") && name != "rawset");
        vm.lua.gc_collect().unwrap();
    }
    slowest.sort_by_key(|it| std::cmp::Reverse(it.took));
    slowest
}

fn show(slowest: &[Slow]) {
    for it in slowest.iter().take(8) {
        println!("{:>9.1} ms  {}", it.took.as_secs_f64() * 1e3, it.what);
    }
    let beyond: Vec<_> = slowest.iter().filter(|it| it.beyond).map(|it| it.what.as_str()).collect();
    assert!(beyond.is_empty(), "not stopped in time: {beyond:?}");
}

#[test]
fn no_function_runs_on_whatever_it_is_given() {
    println!("slowest with a megabyte:");
    show(&sweep(1 << 20));
}

#[test]
fn no_function_runs_on_with_fourteen_megabytes() {
    println!("slowest with fourteen megabytes:");
    show(&sweep(14 << 20));
}

/// The calls that wait, by the name under which a `cx` has them.
const WAITING: &[&str] = &[
    "reply",
    "say",
    "private",
    "ask",
    "react",
    "mute",
    "voice",
    "kick",
    "ban",
    "affiliation",
    "subject",
    "invite",
    "facts",
    "correct",
    "share",
    "upload",
    "retract",
    "run",
    "occupants",
    "level",
    "timer",
    "cancel_timer",
    "sleep",
    "http.get",
    "http.post",
    "store.get",
    "store.set",
    "store.delete",
    "store.keys",
    "store.update",
];

/// Hands each of these what there is as its first, second and third argument, up to where the host would see to it.
fn sweep_waiting(big: usize) -> Vec<Slow> {
    let limits = Limits { memory_bytes: 20 * big + (16 << 20), ..Limits::default() };
    let (loaded, _) = load::load(&Arc::new(code("hello", HELLO)), &limits).unwrap();
    let (vm, lua) = (&loaded.vm, &loaded.vm.lua);
    let (slot, cx) = (lua.create_table().unwrap(), lua.create_table().unwrap());
    let nothing = lua.create_function(|_, ()| Ok(())).unwrap();
    loaded.starts.any.call::<()>((slot, nothing, &cx)).unwrap();
    let subjects: Table =
        vm.enter(Duration::from_secs(20), |lua| text_chunk(lua, "=pool", SUBJECTS).call(big)).unwrap();
    let mut slowest = Vec::new();
    for name in WAITING {
        let (owner, method) = match name.split_once('.') {
            Some((owner, method)) => (cx.get::<Table>(owner).unwrap(), method),
            None => (cx.clone(), *name),
        };
        let function: Function = owner.get(method).unwrap_or_else(|_| panic!("there is no cx.{name}"));
        let mut worst = Slow { what: (*name).to_owned(), took: Duration::ZERO, beyond: false };
        for (i, subject) in subjects.sequence_values::<Value>().map(Result::unwrap).enumerate() {
            for at in 0..3 {
                let mut args = vec![Value::String(lua.create_string("10").unwrap()); at];
                args.insert(0, Value::Table(owner.clone()));
                args.push(subject.clone());
                let thread = lua.create_thread(function.clone()).unwrap();
                let done = vm.enter(LIMIT, |_| {
                    let yielded: MultiValue = thread.resume(MultiValue::from_vec(args))?;
                    // What the host refuses it refuses at once, too.
                    Ok(wanted(&loaded.host_mark, &cx, &yielded).is_ok())
                });
                let took = vm.meter.used();
                if worst.took < took {
                    let what = format!("cx.{name} subject {} as argument {}: {done:?}", i + 1, at + 1);
                    worst = Slow { what: what.chars().take(90).collect(), took, beyond: LIMIT + GRACE < took };
                }
            }
        }
        slowest.push(worst);
        lua.gc_collect().unwrap();
    }
    slowest.sort_by_key(|it| std::cmp::Reverse(it.took));
    slowest
}

#[test]
fn nothing_that_is_handed_to_the_host_takes_long() {
    for big in [1 << 20, 14 << 20] {
        println!("slowest handed to the host with {} MiB:", big >> 20);
        show(&sweep_waiting(big));
    }
}

#[test]
fn every_call_that_waits_is_swept() {
    let api = include_str!("../api.luau");
    for line in api.lines().filter_map(|it| it.strip_prefix("function ")) {
        let name = line.split('(').next().unwrap().replace("Cx.", "").to_lowercase();
        assert!(WAITING.contains(&name.as_str()), "{name}");
    }
}
