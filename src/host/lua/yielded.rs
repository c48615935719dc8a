//! What a coroutine yields to the host, and in which form it is answered.

use mlua::{MultiValue, Table, Value};
use serde_json::Value as Json;

use super::{value::to_json, vm::described};

/// Marks an answer of two values, such as `nil` and why.
pub(super) const PAIR: &str = "\0two";

/// What is handed to the host has at most so many bytes: the largest file there may be, packed.
const MAX_WANTED: usize = 12 << 20;

/// What a coroutine that yielded wants of the host; or why it cannot have it.
pub(super) fn wanted(mark: &Table, own: &Table, yielded: &MultiValue) -> Result<(String, Vec<Json>), String> {
    if !yields_to(mark, yielded) {
        return Err("coroutine.yield outside any coroutine".to_owned());
    }
    let mut values = yielded.iter().skip(1);
    if !matches!(values.next(), Some(Value::Table(it)) if it == own) {
        return Err("this cx belongs to another call: use the one that this function was given".to_owned());
    }
    let what = values.next().and_then(|it| it.as_string().map(|it| it.to_string_lossy())).unwrap_or_default();
    let args = values.map(|it| to_json(it, MAX_WANTED)).collect::<mlua::Result<Vec<Json>>>();
    args.map(|args| (what, args)).map_err(|error| described(&error))
}

/// Whether it is the host that this was yielded to.
pub(super) fn yields_to(mark: &Table, yielded: &MultiValue) -> bool {
    matches!(yielded.front(), Some(Value::Table(it)) if it == mark)
}
