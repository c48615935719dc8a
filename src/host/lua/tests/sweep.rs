//! Every function of every library with the worst arguments there are, to find what no interrupt reaches.
#![allow(clippy::wildcard_enum_match_arm, reason = "of a library only functions and tables are of interest")]
#![allow(clippy::print_stdout, reason = "the slowest calls are what this is about")]

use std::time::Duration;

use mlua::{Function, Lua, MultiValue, Table, Value};

use super::super::{
    here::Now,
    limits::Limits,
    load,
    vm::{Stopped, Vm, text_chunk},
};

/// The deadline of each call.
const LIMIT: Duration = Duration::from_millis(5);
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
    name: String,
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
fn sweep(big: usize, is_meant: impl Fn(&str) -> bool) -> Vec<Slow> {
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
    for (name, function) in all.into_iter().filter(|(name, _)| is_meant(name)) {
        let mut worst = Slow { name: name.clone(), what: name.clone(), took: Duration::ZERO, beyond: false };
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
                    worst = Slow { name: name.clone(), what, took, beyond };
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
    let slowest = sweep(1 << 20, |_| true);
    println!("slowest with a megabyte:");
    show(&slowest);
    // What is quick with a megabyte is not slow with fourteen, unless it is worse than quadratic.
    let is_slow = |name: &str| slowest.iter().any(|it| it.name == name && Duration::from_millis(2) < it.took);
    println!("slowest with fourteen megabytes:");
    show(&sweep(14 << 20, is_slow));
}
