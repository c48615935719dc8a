//! Code that runs for ever, eats memory or reaches for the machine: each is stopped within its deadline or limit.

use std::time::Duration;

use super::super::{
    limits::Limits,
    vm::{Stopped, Vm, text_chunk},
};

/// What a script is stopped by.
#[derive(Clone, Copy, PartialEq, Debug)]
enum By {
    Deadline,
    Memory,
    /// It cannot do what it tries, and is told so.
    Error,
}

const LIMIT: Duration = Duration::from_millis(50);

/// Loops, plain and hidden.
pub(super) const LOOPS: &[&str] = &[
    "while true do end",
    "local function f() end while true do f() end",
    "repeat until false",
    "for i = 1, math.huge do end",
    "while true do pcall(function() while true do end end) end",
    "local function again() pcall(again) pcall(again) while true do end end again()",
    "while true do xpcall(function() while true do end end, function() while true do end end) end",
    "coroutine.wrap(function() while true do end end)()",
    "while true do local co = coroutine.create(function() while true do end end) coroutine.resume(co) end",
    "local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end",
    "local t = setmetatable({}, { __index = function(t, k) while true do end end }) local x = t.y",
    "local t = setmetatable({}, { __newindex = function() while true do end end }) t.x = 1",
    "local t = setmetatable({}, { __eq = function() while true do end end }) local u = setmetatable({}, getmetatable(t)) local x = t == u",
    "local t = setmetatable({}, { __lt = function() while true do end end }) local x = t < t",
    "local t = setmetatable({}, { __concat = function() while true do end end }) local x = t .. t",
    "local t = setmetatable({}, { __len = function() while true do end end }) local x = #t",
    "local t = setmetatable({}, { __tostring = function() while true do end end }) tostring(t)",
    "local t = setmetatable({}, { __call = function() while true do end end }) t()",
    "local t = setmetatable({}, { __iter = function() return function() return 1 end end }) for k in t do end",
    "for k in function() return 1 end do end",
    "local t = setmetatable({}, { __gc = function() while true do end end }) t = nil while true do end",
    "while true do error_free = pcall(error, 'x') end",
    "local function f(n) while true do n = n + 1 end end f(0)",
];

/// What takes long in functions of the libraries.
pub(super) const SEARCHES: &[&str] = &[
    "string.find(('a'):rep(20000), '.-.-.-.-b')",
    "string.match(('a'):rep(30000), '(.*)(.*)(.*)(.*)b')",
    "string.gsub(('a'):rep(200000), '.-.-.-b', '')",
    "for x in string.gmatch(('a'):rep(200000), '.-.-.-b') do end",
    "string.find(('('):rep(100000), '%b()')  while true do string.find(('('):rep(100000), '%b()') end",
    "string.find(('a'):rep(200000), ('a?'):rep(60) .. ('a'):rep(60) .. 'b')",
    "string.gsub(('x'):rep(100000), 'x', function() while true do end end)",
    "table.sort({ 1, 2, 3 }, function() while true do end end)",
    "local t = {} for i = 1, 3000 do t[i] = ('x'):rep(4000) .. i end while true do table.sort(t) end",
    "local t = {} for i = 1, 50000 do t[i] = i end while true do table.sort(t, function(a, b) return a > b end) end",
    "local t = table.create(500000, 0) while true do table.insert(t, 1, 0) table.remove(t, 1) end",
    "while true do local s = ('x'):rep(1000000) s:reverse() s:upper() end",
    "while true do string.format('%s', ('x'):rep(1000000)) end",
    "while true do buffer.tostring(buffer.create(1000000)) end",
    "while true do local t = table.create(1000, 'x') table.concat(t, ',') end",
    "table.move({}, 1, 2000000000, 2)",
    "table.move(table.create(1000, 1), -2000000000, 100, 1)",
];

/// What wants more memory than there is.
pub(super) const GREED: &[&str] = &[
    "local s = ('x'):rep(2^30)",
    "local s = 'x' while true do s = s .. s end",
    "local t = {} for i = 1, 1e9 do t[i] = i end",
    "local t = {} for i = 1, 1e9 do t[i] = {} end",
    "local t = {} for i = 1, 1e9 do t[i] = function() return i end end",
    "local t = {} for i = 1, 1e9 do t[i] = coroutine.create(function() end) end",
    "local t = {} for i = 1, 1e9 do t[i] = 'key number ' .. i end",
    "local t = {} for i = 1, 1e9 do t[i .. ''] = true end",
    "table.create(10000000, 0)",
    "local t = table.create(1000, ('x'):rep(100000)) table.concat(t)",
    "string.gsub(('x'):rep(100000), 'x', ('y'):rep(1000))",
    "buffer.create(1000000000)",
    "string.format(('%s'):rep(50), table.unpack(table.create(50, ('x'):rep(1000000))))",
    "('x,'):rep(5000000):split(',')",
    "mine = {} for i = 1, 1e9 do mine[i] = ('x'):rep(1000) .. i end",
];

/// What goes too deep or too far.
pub(super) const BOUNDS: &[&str] = &[
    "local function f() return 1 + f() end f()",
    "local function f() local ok, e = pcall(f) error(e) end f()",
    "local s = '' local t = setmetatable({}, {}) getmetatable(t).__index = t local x = t.y.z",
    "table.unpack({}, 1, 1e7)",
    "string.byte(('x'):rep(1e6), 1, -1)",
    "string.format('%99999d', 1)",
    "string.rep('x', -1)()",
    "('x'):bad()",
    "local co co = coroutine.wrap(function() co() end) co()",
];

/// What reaches for the machine, or for what all plugins share.
pub(super) const BURGLARY: &[&str] = &[
    "getmetatable('').__index = {}",
    "string.find = nil",
    "table.sort = nil",
    "math.random = nil",
    "string.rep = function() end",
    "os.execute('true')",
    "os.getenv('HOME')",
    "os.time()",
    "io.open('/etc/passwd')",
    "require('x')",
    "dofile('x')",
    "loadfile('x')",
    "load('x')",
    "loadstring('return 1')()",
    "debug.info(1, 'f')()",
    "getfenv()",
    "setfenv(1, {})",
    "newproxy()",
    "collectgarbage('stop')",
    "package.loadlib('x', 'y')",
    "print('x')",
];

fn vm() -> Vm {
    let vm = Vm::new(&Limits::default()).unwrap();
    vm.seal().unwrap();
    vm
}

/// Runs it, and then something harmless in the same VM: what was stopped has left it usable.
fn run(code: &str, limit: Duration) -> Result<(), Stopped> {
    let vm = vm();
    let done = vm.enter(limit, |lua| text_chunk(lua, "=attack.lua", code).exec());
    let used = vm.meter.used();
    assert!(used < limit + Duration::from_millis(600), "{used:?} of CPU for {code}");
    let is_kept = code.starts_with("mine");
    assert_eq!(vm.is_full(), is_kept, "memory is given back after {code}");
    if is_kept {
        return done;
    }
    let sum: i32 = vm.enter(LIMIT, |lua| text_chunk(lua, "=after.lua", "return 1 + 1").eval()).unwrap();
    assert_eq!(sum, 2);
    done
}

fn check(by: By, codes: &[&str]) {
    // What is to fail for want of memory must not be stopped for want of time first.
    let limit = if by == By::Memory { 100 * LIMIT } else { LIMIT };
    for code in codes {
        let got = match run(code, limit) {
            Err(Stopped::Deadline(..)) => By::Deadline,
            Err(Stopped::Memory(..)) => By::Memory,
            Err(Stopped::Error(_)) => By::Error,
            Ok(()) => panic!("not stopped: {code}"),
        };
        assert_eq!(got, by, "{code}");
    }
}

#[test]
fn loops_are_stopped_wherever_they_hide() {
    check(By::Deadline, LOOPS);
}

#[test]
fn searches_and_sorts_are_stopped() {
    check(By::Deadline, SEARCHES);
}

#[test]
fn memory_is_refused_however_it_is_asked_for() {
    check(By::Memory, GREED);
}

#[test]
fn what_is_out_of_bounds_is_an_error() {
    check(By::Error, BOUNDS);
}

#[test]
fn nothing_of_the_machine_or_of_others_is_in_reach() {
    check(By::Error, BURGLARY);
}

#[test]
fn bytecode_is_refused() {
    let vm = vm();
    let bytecode = mlua::chunk::Compiler::new().compile("return 1").unwrap();
    let loaded = vm.lua.load(bytecode).set_mode(mlua::chunk::ChunkMode::Text).into_function();
    assert!(loaded.is_err());
}

#[test]
fn plugins_own_globals_stay_in_its_vm() {
    let (one, other) = (vm(), vm());
    one.enter(LIMIT, |lua| text_chunk(lua, "=a.lua", "mine = 1").exec()).unwrap();
    let seen: Option<i32> = other.enter(LIMIT, |lua| text_chunk(lua, "=b.lua", "return mine").eval()).unwrap();
    assert_eq!(seen, None);
}
