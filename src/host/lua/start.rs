//! What a call is begun with.

use mlua::{Lua, Table, Value};

use super::{event, here::Here, thread::What};

/// The fields of a call's `cx`, and what its function is given after it.
pub(super) fn fields(lua: &Lua, what: &What, here: &Here) -> mlua::Result<(Table, Option<Table>)> {
    let fields = lua.create_table_with_capacity(0, 8)?;
    fields.raw_set("nick", here.cx.nick.as_ref().map(|it| it.as_str()))?;
    fields.raw_set("room", here.cx.room.as_ref().map(|it| it.as_str()))?;
    fields.raw_set("lang", &*here.cx.lang)?;
    fields.raw_set("prefix", &*here.cx.prefix)?;
    fields.raw_set("place", event::place(&here.cx.place))?;
    let (event, second) = match what {
        What::Event(event) => {
            let table = event::table(lua, event, &here.sight)?;
            (Some(table.clone()), Some(table))
        }
        What::Command(call) => (Some(event::call(lua, call, &here.sight)?), Some(event::args(lua, call, &here.sight)?)),
        What::Signal(signal) => {
            let table = event::signal(lua, signal, &here.sight)?;
            (Some(table.clone()), Some(table))
        }
        What::Timer(_) => (None, None),
    };
    if let Some(event) = &event {
        fields.raw_set("identity", event.raw_get::<Value>("identity")?)?;
        fields.raw_set("event", event)?;
        if here.cx.nick.is_none() {
            fields.raw_set("nick", event.raw_get::<Value>("nick")?)?;
        }
    }
    Ok((fields, second))
}
