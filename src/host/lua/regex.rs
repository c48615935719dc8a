//! Regular expressions for plugins: the linear ones, small, over texts that are not too long, and stopped like the rest.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use mlua::{Error, Lua, Result, Table, Value};
use regex::{Captures, Regex, RegexBuilder};

use super::meter::Meter;

/// The longest text that is searched.
const MAX_TEXT: usize = 16 * 1024;
/// The longest expression.
const MAX_PATTERN: usize = 1000;
/// How large an expression may become.
const MAX_SIZE: usize = 256 * 1024;
/// So many expressions of a VM are kept ready.
const KEPT: usize = 32;

type Kept = Rc<RefCell<VecDeque<(String, Regex)>>>;

/// The functions of `cx.regex`.
pub(super) fn table(lua: &Lua, meter: &Rc<Meter>) -> Result<Table> {
    let kept = Kept::default();
    let table = lua.create_table()?;
    let ready = kept.clone();
    let find = move |lua: &Lua, (text, pattern): (String, String)| {
        let regex = ready_for(&ready, &text, &pattern)?;
        regex.captures(&text).map(|it| groups(lua, &regex, &it)).transpose()
    };
    table.raw_set("match", lua.create_function(find)?)?;
    let (ready, watch) = (kept.clone(), meter.clone());
    let all = move |lua: &Lua, (text, pattern): (String, String)| {
        let regex = ready_for(&ready, &text, &pattern)?;
        let found = lua.create_table()?;
        for captures in regex.captures_iter(&text) {
            in_time(&watch)?;
            found.raw_push(groups(lua, &regex, &captures)?)?;
        }
        Ok(found)
    };
    table.raw_set("all", lua.create_function(all)?)?;
    let watch = meter.clone();
    let replace = move |_: &Lua, (text, pattern, with): (String, String, String)| {
        let regex = ready_for(&kept, &text, &pattern)?;
        replaced(&regex, &text, &with, &watch)
    };
    table.raw_set("replace", lua.create_function(replace)?)?;
    table.raw_set("escape", lua.create_function(escape)?)?;
    Ok(table)
}

fn escape(_: &Lua, text: String) -> Result<String> {
    if MAX_PATTERN < text.len() {
        return Err(Error::runtime(format!("a regular expression has at most {MAX_PATTERN} bytes")));
    }
    Ok(regex::escape(&text))
}

fn replaced(regex: &Regex, text: &str, with: &str, meter: &Meter) -> Result<String> {
    let (mut made, mut last) = (String::new(), 0);
    for captures in regex.captures_iter(text) {
        in_time(meter)?;
        let Some(whole) = captures.get(0) else { continue };
        made.push_str(text.get(last..whole.start()).unwrap_or_default());
        captures.expand(with, &mut made);
        last = whole.end();
        if 64 * MAX_TEXT < made.len() {
            return Err(Error::runtime("what is put in makes the text too long"));
        }
    }
    made.push_str(text.get(last..).unwrap_or_default());
    Ok(made)
}

/// Each search is short, but there may be many.
fn in_time(meter: &Meter) -> Result<()> {
    if meter.is_due() { Err(Error::runtime("out of time")) } else { Ok(()) }
}

fn ready_for(kept: &Kept, text: &str, pattern: &str) -> Result<Regex> {
    if MAX_TEXT < text.len() {
        return Err(Error::runtime(format!("a text to be searched has at most {} KiB", MAX_TEXT >> 10)));
    }
    if let Some((_, regex)) = kept.borrow().iter().find(|(it, _)| it == pattern) {
        return Ok(regex.clone());
    }
    if MAX_PATTERN < pattern.len() {
        return Err(Error::runtime(format!("a regular expression has at most {MAX_PATTERN} bytes")));
    }
    let built = RegexBuilder::new(pattern).size_limit(MAX_SIZE).dfa_size_limit(MAX_SIZE).nest_limit(50).build();
    let regex = built.map_err(|error| {
        let what = error.to_string();
        let last = what.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Error::runtime(format!("`{pattern}` is no regular expression: {last}"))
    })?;
    let mut kept = kept.borrow_mut();
    if kept.len() == KEPT {
        kept.pop_front();
    }
    kept.push_back((pattern.to_owned(), regex.clone()));
    Ok(regex)
}

/// What was found: the whole as `[0]`, groups by number and by name, `from` and `to` as `string.sub` takes them.
fn groups(lua: &Lua, regex: &Regex, captures: &Captures<'_>) -> Result<Table> {
    let table = lua.create_table()?;
    for (i, group) in captures.iter().enumerate() {
        table.raw_set(i, group.map(|it| it.as_str()))?;
    }
    for name in regex.capture_names().flatten() {
        table.raw_set(name, captures.name(name).map(|it| it.as_str()))?;
    }
    if let Some(whole) = captures.get(0) {
        table.raw_set("from", whole.start() + 1)?;
        table.raw_set("to", Value::Number(f64::from(u32::try_from(whole.end()).unwrap_or(u32::MAX))))?;
    }
    Ok(table)
}
