//! The library functions that no interrupt reaches, replaced by ones that take time in proportion to what they read.
//!
//! Luau searches plain text by comparing at every place: a needle of 64 KiB in 4 MiB takes seconds, and nothing can
//! stop it. So do the comparisons of a sort, and moves over a range of a table that holds nothing.

use memchr::memmem;
use mlua::{Function, Lua, LuaString, MultiValue, Result, Table, Value};

use super::vm::text_chunk;

/// Replaces them. To be called before the sandbox closes.
pub(super) fn replace(lua: &Lua) -> Result<()> {
    let string: Table = lua.globals().raw_get("string")?;
    let find: Function = string.raw_get("find")?;
    let original = find.clone();
    let long_find = lua.create_function(move |_, args| self::find(&original, args))?;
    let split: Function = string.raw_get("split")?;
    string.raw_set("split", lua.create_function(move |lua, args| self::split(lua, &split, args))?)?;
    let table: Table = lua.globals().raw_get("table")?;
    let (sort, shift, find): (Function, Function, Function) =
        text_chunk(lua, "=table", include_str!("bounded.luau")).call((find, long_find))?;
    string.raw_set("find", find)?;
    table.raw_set("sort", sort)?;
    table.raw_set("move", shift)
}

type FindArgs = (LuaString, LuaString, Option<f64>, Value);

/// `string.find`: in plain text by an algorithm that is linear, by a pattern as ever, which can be interrupted.
fn find(original: &Function, (text, what, begin, plain): FindArgs) -> Result<MultiValue> {
    let is_plain = !matches!(plain, Value::Nil | Value::Boolean(false));
    if !is_plain && what.as_bytes().iter().any(|it| b"^$*+?.([%-".contains(it)) {
        return original.call((text, what, begin, plain));
    }
    let (text, what) = (text.as_bytes(), what.as_bytes());
    let found = skipped(begin, text.len())
        .and_then(|skip| Some((skip, text.get(skip..)?)))
        .and_then(|(skip, rest)| Some(skip + memmem::find(rest, &what)?));
    let values = match found {
        Some(at) => vec![place(at + 1), place(at + what.len())],
        None => vec![Value::Nil],
    };
    Ok(MultiValue::from_vec(values))
}

/// How many bytes lie before the place where a search begins: from 1 on, or from the end below 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float cast saturates, as is meant here")]
fn skipped(begin: Option<f64>, len: usize) -> Option<usize> {
    let begin = begin.unwrap_or(1.0);
    let skip = if begin < 0.0 { len.saturating_sub((-begin) as usize) } else { (begin as usize).saturating_sub(1) };
    (skip <= len).then_some(skip)
}

#[expect(clippy::cast_precision_loss, reason = "texts are shorter than 2^53 bytes")]
fn place(at: usize) -> Value {
    Value::Number(at as f64)
}

/// `string.split`, with a linear search for separators of more than one byte.
fn split(lua: &Lua, original: &Function, (text, by): (LuaString, Option<LuaString>)) -> Result<Table> {
    let by = match by {
        Some(by) if 1 < by.as_bytes().len() => by,
        by => return original.call((text, by)),
    };
    let (text, by) = (text.as_bytes(), by.as_bytes());
    let parts = lua.create_table()?;
    let mut begin = 0;
    for at in memmem::find_iter(&text, &by) {
        parts.raw_push(lua.create_string(text.get(begin..at).unwrap_or_default())?)?;
        begin = at + by.len();
    }
    parts.raw_push(lua.create_string(text.get(begin..).unwrap_or_default())?)?;
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str) {
        let lua = Lua::new();
        replace(&lua).unwrap();
        if let Err(error) = text_chunk(&lua, "=test", code).exec() {
            panic!("{code}: {error}");
        }
    }

    #[test]
    fn find_is_as_it_was() {
        check(
            r#"
            local function same(...) 
                local args = table.pack(...)
                assert(string.find(args[1], args[2], args[3], args[4]) == args[5], args[1] .. "/" .. args[2])
            end
            same("hello", "l", nil, nil, 3)
            same("hello", "l", 4, nil, 4)
            same("hello", "l", -2, nil, 4)
            same("hello", "l", -100, nil, 3)
            same("hello", "l", 5, nil, nil)
            same("hello", "", 6, nil, 6)
            same("hello", "", 7, nil, nil)
            same("", "", nil, nil, 1)
            same("a.b", ".", nil, true, 2)
            same("a.b", ".", nil, nil, 1)
            same("a%b", "%%", nil, nil, 2)
            same(12321, "3", nil, true, 3)
            same("hello", "l", 1e300, true, nil)
            -- What is long is looked for by another way.
            local long = ("a"):rep(70000) .. ("b"):rep(20)
            same(long, ("b"):rep(20), nil, true, 70001)
            same(long, ("b"):rep(20), nil, nil, 70001)
            same(long, ("b"):rep(20), -20, true, 70001)
            same(long, ("b"):rep(20), -19, true, nil)
            assert(not pcall(string.find, nil, "x") and not pcall(string.find, "x"))
            local from, to, what = ("key = value"):find("(%w+)$")
            assert(from == 7 and to == 11 and what == "value")
        "#,
        );
    }

    #[test]
    fn split_is_as_it_was() {
        check(
            r#"
            local function parts(...) return table.concat(string.split(...), "|") end
            assert(parts("a,b,,c") == "a|b||c")
            assert(parts("a;b", ";") == "a|b")
            assert(parts("a, b, ", ", ") == "a|b|")
            assert(parts("abc", "") == "a|b|c")
            assert(parts("", ", ") == "")
        "#,
        );
    }

    #[test]
    fn sort_and_move_are_as_they_were() {
        check(
            r#"
            local function shown(list, before) table.sort(list, before); return table.concat(list, " ") end
            assert(shown({ 3, 1, 2 }) == "1 2 3")
            assert(shown({ "b", "c", "a", "aa" }) == "a aa b c")
            assert(shown({ 3, 1, 2 }, function(a, b) return a > b end) == "3 2 1")
            local long = {}
            for i = 1, 1000 do long[i] = (i * 7919) % 1009 .. "" end
            local copy = table.clone(long)
            table.sort(long)
            for i = 2, 1000 do assert(not (long[i] < long[i - 1])) end
            assert(#long == #copy)
            assert(not pcall(table.sort, { 1, "a" }))
            assert(not pcall(table.sort, nil))
            assert(not pcall(table.sort, table.freeze({ 2, 1 })))
            local t = table.move({ 1, 2, 3 }, 1, 3, 2)
            assert(table.concat(t, " ") == "1 1 2 3")
            local big = table.create(10000, 0)
            for i = 1, 10000 do big[i] = i end
            table.move(big, 1, 10000, 3)
            assert(big[3] == 1 and big[10002] == 10000 and big[5000] == 4998)
            table.move(big, 3, 10002, 1)
            assert(big[1] == 1 and big[10000] == 10000)
        "#,
        );
    }
}
