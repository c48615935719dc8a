//! Values on their way between Lua and everything else: as JSON.
#![expect(clippy::wildcard_enum_match_arm, reason = "Lua has many kinds of values, of which a place takes one or two")]

use mlua::{Error, Lua, LuaString, Result, Table, Value};
use serde_json::{Map, Number, Value as Json};

/// Tables in tables.
const MAX_DEPTH: usize = 32;
/// Values in one: what is made of them takes time and memory that the VM's limits do not count.
const MAX_VALUES: usize = 100_000;

/// A Lua value as JSON. A table is a list if its keys are 1 to n, else its keys must be texts; an empty one is a table.
///
/// Its texts have at most so many bytes: a table of a thousand times the same one costs a plugin next to nothing, and is
/// a thousand texts here.
pub(super) fn to_json(value: &Value, max_bytes: usize) -> Result<Json> {
    deep(value, 0, &mut Room { n_values: MAX_VALUES, n_bytes: max_bytes, max_bytes })
}

/// What there is yet room for.
struct Room {
    n_values: usize,
    n_bytes: usize,
    max_bytes: usize,
}

impl Room {
    fn take_value(&mut self) -> Result<()> {
        let too_many = || Error::runtime(format!("more than {MAX_VALUES} values cannot be kept or sent at once"));
        self.n_values = self.n_values.checked_sub(1).ok_or_else(too_many)?;
        Ok(())
    }

    /// Before the text is copied.
    fn take_text(&mut self, text: &LuaString) -> Result<()> {
        let most = self.max_bytes >> 20;
        let too_long = || Error::runtime(format!("more than {most} MiB cannot be kept or sent at once"));
        self.n_bytes = self.n_bytes.checked_sub(text.as_bytes().len()).ok_or_else(too_long)?;
        Ok(())
    }
}

fn deep(value: &Value, depth: usize, room: &mut Room) -> Result<Json> {
    room.take_value()?;
    Ok(match value {
        Value::Nil => Json::Null,
        Value::Boolean(flag) => Json::Bool(*flag),
        Value::Integer(number) => Json::from(*number),
        Value::Number(number) => to_number(*number)?,
        Value::String(text) => {
            room.take_text(text)?;
            let text = text.to_str().map_err(|_| Error::runtime("a text that is no UTF-8 cannot be kept or sent"))?;
            Json::from(&*text)
        }
        Value::Table(_) if depth == MAX_DEPTH => {
            return Err(Error::runtime(format!("tables are nested deeper than {MAX_DEPTH}, or contain themselves")));
        }
        Value::Table(table) => from_table(table, depth + 1, room)?,
        other => return Err(Error::runtime(format!("a {} cannot be kept or sent", other.type_name()))),
    })
}

#[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small just before")]
fn to_number(number: f64) -> Result<Json> {
    if number.fract() == 0.0 && number.abs() < 9e15 {
        return Ok(Json::from(number as i64));
    }
    Number::from_f64(number).map(Json::Number).ok_or_else(|| Error::runtime("a number that is none cannot be kept"))
}

fn from_table(table: &Table, depth: usize, room: &mut Room) -> Result<Json> {
    let n = table.raw_len();
    if 0 < n {
        let items = table.sequence_values::<Value>().map(|it| deep(&it?, depth, room));
        let items: Vec<Json> = items.collect::<Result<_>>()?;
        let mut n_keys = 0_usize;
        table.for_each::<Value, Value>(|_, _| {
            n_keys += 1;
            Ok(())
        })?;
        if n_keys != items.len() {
            return Err(Error::runtime("a table is either a list or has texts as keys, not both"));
        }
        return Ok(Json::Array(items));
    }
    let mut map = Map::new();
    table.for_each::<Value, Value>(|key, value| {
        let Value::String(key) = key else {
            return Err(Error::runtime(format!("a key must be a text, this is a {}: use tostring", key.type_name())));
        };
        room.take_text(&key)?;
        let key = key.to_str().map_err(|_| Error::runtime("a key that is no UTF-8 cannot be kept"))?.to_owned();
        map.insert(key, deep(&value, depth, room)?);
        Ok(())
    })?;
    Ok(Json::Object(map))
}

/// JSON as a Lua value; what is null is nil.
pub(super) fn to_lua(lua: &Lua, json: &Json) -> Result<Value> {
    Ok(match json {
        Json::Null => Value::Nil,
        Json::Bool(flag) => Value::Boolean(*flag),
        Json::Number(number) => Value::Number(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => Value::String(lua.create_string(text)?),
        Json::Array(items) => {
            let table = lua.create_table_with_capacity(items.len(), 0)?;
            for item in items {
                table.raw_push(to_lua(lua, item)?)?;
            }
            Value::Table(table)
        }
        Json::Object(map) => {
            let table = lua.create_table_with_capacity(0, map.len())?;
            for (key, value) in map {
                table.raw_set(key.as_str(), to_lua(lua, value)?)?;
            }
            Value::Table(table)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_kept_comes_back_and_the_rest_is_refused() {
        let lua = Lua::new();
        let json =
            |code: &str| lua.load(code).eval::<Value>().and_then(|it| to_json(&it, 1 << 20)).map(|it| it.to_string());
        let check = |code: &str, expected: &str| {
            assert_eq!(json(code).unwrap(), expected);
            let back = to_lua(&lua, &serde_json::from_str(expected).unwrap()).unwrap();
            assert_eq!(to_json(&back, 1 << 20).unwrap().to_string(), expected);
        };
        check("return { a = 1, b = { true, 'x', 1.5 } }", r#"{"a":1,"b":[true,"x",1.5]}"#);
        check("return {}", "{}");
        check("return nil", "null");
        for code in [
            "return print",
            "return '\\255'",
            "return { 1, a = 2 }",
            "return { [5] = 1 }",
            "return 0/0",
            "local t = {} t.t = t return t",
            "return { [{}] = 1 }",
            "return table.create(200000, 1)",
            "return table.create(100000, ('x'):rep(1000000))",
            "local t = {} for i = 1, 1000 do t[('x'):rep(10000) .. i] = i end return t",
        ] {
            assert!(json(code).is_err(), "{code}");
        }
    }
}
