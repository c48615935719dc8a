//! What a plugin's `cx` can do without waiting: settings, words, JSON, time, chance, the log.
#![expect(clippy::wildcard_enum_match_arm, reason = "Lua has many kinds of values, of which a place takes one or two")]

use std::rc::Rc;

use domovoi_plugin::{Setting, Text, Value as Given};
use mlua::{Error, Function, Lua, MultiValue, Result, Table, Value};
use rand::RngExt as _;
use tracing::info;

use super::{
    here::Now,
    times,
    value::{to_json, to_lua},
};

/// The longest JSON text: reading it takes memory that the VM's limit does not count.
const MAX_JSON: usize = 1 << 20;
/// What is put into one text has at most so many bytes.
const MAX_GIVEN: usize = 64 * 1024;
/// The longest line in the log, in characters.
const MAX_LOG: usize = 500;

/// The table of these functions; regular expressions, pages and texts have files of their own.
pub(super) fn table(lua: &Lua, now: &Now, seed: Option<u64>) -> Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("option", option(lua, now)?)?;
    table.raw_set("t", words(lua, now)?)?;
    table.raw_set("log", log(lua, now)?)?;
    table.raw_set("json", json(lua)?)?;
    table.raw_set("time", times::table(lua, now)?)?;
    if let Some(seed) = seed {
        now.seed(seed);
    }
    table.raw_set("random", random(lua, now)?)?;
    Ok(table)
}

/// The arguments after `cx`, whether the function was called as `cx.f(…)` or as `cx:f(…)`.
fn own_args(args: MultiValue) -> MultiValue {
    let mut args = args;
    if args.front().is_some_and(Value::is_table) {
        args.pop_front();
    }
    args
}

/// `cx.option.text`, and `cx:option("text")` for whoever prefers that.
fn option(lua: &Lua, now: &Now) -> Result<Table> {
    let read = {
        let now = now.clone();
        move |lua: &Lua, name: &str| -> Result<Value> {
            let here = now.get()?;
            match here.cx.settings.get(name) {
                Some(Setting::Flag(flag)) => Ok(Value::Boolean(*flag)),
                #[expect(clippy::cast_precision_loss, reason = "settings are small numbers")]
                Some(Setting::Number(number)) => Ok(Value::Number(*number as f64)),
                Some(Setting::Span(span)) => Ok(Value::Number(span.as_secs_f64())),
                Some(Setting::Words(words)) => Ok(Value::String(lua.create_string(words)?)),
                None => Err(Error::runtime(format!("there is no option `{name}`: declare it under `options`"))),
            }
        }
    };
    let read = Rc::new(read);
    let meta = lua.create_table()?;
    let by_index = read.clone();
    meta.raw_set("__index", lua.create_function(move |lua, (_, name): (Value, String)| by_index(lua, &name))?)?;
    let call = move |lua: &Lua, args: MultiValue| {
        let name = args.iter().rev().find_map(Value::as_string).map(|it| it.to_string_lossy());
        read(lua, &name.ok_or_else(|| Error::runtime("the name of an option is needed"))?)
    };
    meta.raw_set("__call", lua.create_function(call)?)?;
    let proxy = lua.create_table()?;
    proxy.set_metatable(Some(meta))?;
    Ok(proxy)
}

/// `cx.t("key", { name = … })`: the text in the language of the place.
fn words(lua: &Lua, now: &Now) -> Result<Function> {
    let now = now.clone();
    lua.create_function(move |lua, args: MultiValue| {
        let (key, values): (String, Option<Table>) = lua.unpack_multi(own_args(args))?;
        let here = now.get()?;
        let mut text = Text::key(key);
        let mut room = MAX_GIVEN;
        for pair in values.iter().flat_map(Table::pairs::<String, Value>) {
            let (name, value) = pair?;
            text = text.with(name, given(&value, &mut room)?);
        }
        Ok(here.cx.words(&text))
    })
}

/// What is put into a text, which may have a place for it many times.
fn given(value: &Value, room: &mut usize) -> Result<Given> {
    let too_long = || Error::runtime(format!("at most {} KiB can be put into a text", MAX_GIVEN >> 10));
    let n_bytes = value.as_string().map_or(8, |it| it.as_bytes().len());
    *room = room.checked_sub(n_bytes).ok_or_else(too_long)?;
    match value {
        Value::Number(number) => Ok(Given::Number(*number)),
        #[expect(clippy::cast_precision_loss, reason = "what is counted is small")]
        Value::Integer(number) => Ok(Given::Number(*number as f64)),
        Value::String(text) => Ok(Given::Words(text.to_string_lossy())),
        other => Err(Error::runtime(format!("a text's argument is a number or a text, not a {}", other.type_name()))),
    }
}

fn log(lua: &Lua, now: &Now) -> Result<Function> {
    let now = now.clone();
    lua.create_function(move |_, args: MultiValue| {
        let text = args.iter().rev().find_map(Value::as_string).map(|it| it.to_string_lossy());
        let here = now.get()?;
        if now.may_log(here.cx.now().as_millis()) {
            let text: String = text.unwrap_or_default().chars().take(MAX_LOG).collect();
            let room = here.cx.room.as_ref().map_or("", |it| it.as_str());
            info!(plugin = %here.cx.plugin, room.jid = room, "a plugin says: {text}");
        }
        Ok(())
    })
}

fn json(lua: &Lua) -> Result<Table> {
    let table = lua.create_table()?;
    let encode = |_: &Lua, value: Value| {
        let text = to_json(&value, MAX_JSON)?.to_string();
        if text.len() <= MAX_JSON { Ok(text) } else { Err(Error::runtime("that is more than 1 MiB of JSON")) }
    };
    table.raw_set("encode", lua.create_function(encode)?)?;
    let decode = |lua: &Lua, text: mlua::LuaString| {
        if MAX_JSON < text.as_bytes().len() {
            return Err(Error::runtime("that is more than 1 MiB of JSON"));
        }
        let json = serde_json::from_slice(&text.as_bytes());
        to_lua(lua, &json.map_err(|error| Error::runtime(format!("this is no JSON: {error}")))?)
    };
    table.raw_set("decode", lua.create_function(decode)?)?;
    Ok(table)
}

/// `cx.random()` from 0 to 1, `cx.random(n)` from 1 to n, `cx.random(a, b)`.
fn random(lua: &Lua, now: &Now) -> Result<Function> {
    let source = now.chance.clone();
    lua.create_function(move |lua, args: MultiValue| {
        let (first, second): (Option<i64>, Option<i64>) = lua.unpack_multi(own_args(args))?;
        let mut source = source.borrow_mut();
        let (low, high) = match (first, second) {
            (None, _) => return Ok(Value::Number(source.random::<f64>())),
            (Some(high), None) => (1, high),
            (Some(low), Some(high)) => (low, high),
        };
        if high < low {
            return Err(Error::runtime(format!("there is no number from {low} to {high}")));
        }
        #[expect(clippy::cast_precision_loss, reason = "Lua's numbers have no more")]
        Ok(Value::Number(source.random_range(low..=high) as f64))
    })
}
