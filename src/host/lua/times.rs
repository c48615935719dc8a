//! `cx.time`: instants as seconds since 1970, read and written by any zone's clock.

use domovoi_plugin::{Text, Timestamp, parse_duration};
use jiff::{
    civil,
    fmt::{rfc2822, strtime},
    tz::TimeZone,
};
use mlua::{Error, Lua, MultiValue, Result, Table, Value};

use super::{event::seconds, here::Now};

/// The longest text and the longest pattern.
const MAX_TEXT: usize = 200;

/// The functions of `cx.time`.
pub(super) fn table(lua: &Lua, now: &Now) -> Result<Table> {
    let table = lua.create_table()?;
    let clock = now.clone();
    table.raw_set("now", lua.create_function(move |_, ()| Ok(seconds(clock.get()?.cx.now())))?)?;
    let span = |_: &Lua, text: String| {
        if MAX_TEXT < text.len() {
            return Err(wrong("that is no span"));
        }
        parse_duration(&text).map(|it| it.as_secs_f64()).map_err(|error| Error::runtime(error.to_string()))
    };
    table.raw_set("duration", lua.create_function(span)?)?;
    let place = now.clone();
    let spell = move |_: &Lua, span: f64| {
        let span = std::time::Duration::try_from_secs_f64(span.max(0.0)).unwrap_or_default();
        Ok(place.get()?.cx.words(&Text::span(span)))
    };
    table.raw_set("spell", lua.create_function(spell)?)?;
    let place = now.clone();
    let zone = move |_: &Lua, ()| {
        let here = place.get()?;
        Ok(here.cx.services.rooms.zone(here.cx.room.as_ref()))
    };
    table.raw_set("zone", lua.create_function(zone)?)?;
    table.raw_set("format", lua.create_function(format)?)?;
    table.raw_set("parse", lua.create_function(parse)?)?;
    table.raw_set("parts", lua.create_function(parts)?)?;
    Ok(table)
}

fn wrong(error: impl std::fmt::Display) -> Error {
    Error::runtime(error.to_string())
}

fn zone(name: Option<&str>) -> Result<TimeZone> {
    match name {
        None => Ok(TimeZone::UTC),
        Some(name) if MAX_TEXT < name.len() => Err(wrong("that is no time zone")),
        Some(name) => TimeZone::get(name).map_err(wrong),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a float cast saturates; such times are refused then")]
fn instant(at: f64) -> Result<jiff::Timestamp> {
    if at.is_nan() {
        return Err(wrong("a number that is none is no time"));
    }
    let at = Timestamp::from_millis((at * 1000.0) as i64);
    jiff::Timestamp::from_millisecond(at.as_millis()).map_err(wrong)
}

type FormatArgs = (f64, Option<String>, Option<String>);

/// `cx.time.format(seconds, "%Y-%m-%d %H:%M", "Europe/Helsinki")`.
fn format(_: &Lua, (at, pattern, name): FormatArgs) -> Result<String> {
    let at = instant(at)?.to_zoned(zone(name.as_deref())?);
    let pattern = pattern.unwrap_or_else(|| "%Y-%m-%d %H:%M".to_owned());
    if MAX_TEXT < pattern.len() {
        return Err(wrong("that pattern is too long"));
    }
    strtime::format(&pattern, &at).map_err(wrong)
}

type ParseArgs = (String, Option<String>, Option<String>);

/// `cx.time.parse("22.11.2026 15:00", "%d.%m.%Y %H:%M", "Europe/Helsinki")`: seconds, or nil and why. Without a pattern
/// it reads what feeds and programs write: RFC 3339, RFC 2822, ISO 8601.
fn parse(lua: &Lua, (text, pattern, name): ParseArgs) -> Result<MultiValue> {
    let zone = zone(name.as_deref())?;
    let (text, pattern) = (text.trim(), pattern.filter(|it| !it.is_empty()));
    let read = match &pattern {
        _ if MAX_TEXT < text.len() => Err("that text is too long for a time".to_owned()),
        Some(pattern) if MAX_TEXT < pattern.len() => return Err(wrong("that pattern is too long")),
        Some(pattern) => by_pattern(text, pattern, zone),
        None => by_form(text, zone).ok_or_else(|| format!("`{text}` is no time")),
    };
    Ok(MultiValue::from_vec(match read {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a few thousand years are exact")]
        Ok(at) => vec![Value::Number(at.as_millisecond() as f64 / 1000.0)],
        Err(why) => vec![Value::Nil, Value::String(lua.create_string(why)?)],
    }))
}

fn by_form(text: &str, zone: TimeZone) -> Option<jiff::Timestamp> {
    let local = || {
        let at = text.parse::<civil::DateTime>().ok();
        let at = at.or_else(|| text.parse::<civil::Date>().ok().map(|it| it.at(0, 0, 0, 0)));
        at?.to_zoned(zone).ok().map(|it| it.timestamp())
    };
    let stamp = text.parse::<jiff::Timestamp>().ok();
    stamp.or_else(|| rfc2822::DateTimeParser::new().parse_timestamp(text).ok()).or_else(local)
}

/// What a pattern leaves open: midnight, and the zone that was given.
fn by_pattern(text: &str, pattern: &str, zone: TimeZone) -> std::result::Result<jiff::Timestamp, String> {
    let read = strtime::parse(pattern, text).map_err(|error| error.to_string())?;
    if let Ok(at) = read.to_timestamp() {
        return Ok(at);
    }
    let at = read.to_datetime().or_else(|_| read.to_date().map(|it| it.at(0, 0, 0, 0)));
    let at = at.and_then(|it| it.to_zoned(zone)).map_err(|error| error.to_string())?;
    Ok(at.timestamp())
}

/// `cx.time.parts(seconds, "Europe/Helsinki")`: what the clock and the calendar on the wall there show.
fn parts(lua: &Lua, (at, name): (f64, Option<String>)) -> Result<Table> {
    let at = instant(at)?.to_zoned(zone(name.as_deref())?);
    let table = lua.create_table()?;
    table.raw_set("year", at.year())?;
    table.raw_set("month", at.month())?;
    table.raw_set("day", at.day())?;
    table.raw_set("hour", at.hour())?;
    table.raw_set("minute", at.minute())?;
    table.raw_set("second", at.second())?;
    // Monday is 1, as ISO 8601 has it.
    table.raw_set("weekday", at.weekday().to_monday_one_offset())?;
    table.raw_set("zone", strtime::format("%Z", &at).map_err(wrong)?)?;
    table.raw_set("offset", at.offset().seconds())?;
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written_by_any_zone() {
        let lua = Lua::new();
        lua.globals().set("time", table(&lua, &Now::default()).unwrap()).unwrap();
        let code = r#"
            local function same(expected, ...)
                local at, why = time.parse(...)
                assert(at and time.format(at, "%Y-%m-%dT%H:%M:%S") == expected, tostring(at) .. tostring(why))
            end
            same("2026-11-22T13:00:00", "22.11.2026 15:00", "%d.%m.%Y %H:%M", "Europe/Helsinki")
            same("2026-07-22T12:00:00", "22.07.2026 15:00", "%d.%m.%Y %H:%M", "europe/helsinki")
            same("2026-11-22T00:00:00", "2026-11-22", "%Y-%m-%d")
            same("2026-11-22T13:00:00", "2026-11-22 15:00 +0200", "%Y-%m-%d %H:%M %z", "Asia/Tokyo")
            same("2026-11-22T15:29:01", "2026-11-22T15:29:01.123Z")
            same("2026-11-22T13:29:01", "Sun, 22 Nov 2026 15:29:01 +0200")
            same("2026-11-22T13:29:00", "2026-11-22T15:29", nil, "Europe/Helsinki")
            same("2026-11-21T22:00:00", "2026-11-22", nil, "Europe/Helsinki")
            for _, text in { "", "soon", "2026-13-01", ("1"):rep(1000) } do
                local at, why = time.parse(text)
                assert(at == nil and type(why) == "string", text)
            end
            assert(not pcall(time.parse, "2026-11-22", nil, "Europe/Nowhere"))
            local parts = time.parts(1795352400, "Europe/Helsinki")
            assert(parts.year == 2026 and parts.month == 11 and parts.day == 22 and parts.weekday == 7, parts.day)
            assert(parts.hour == 15 and parts.zone == "EET" and parts.offset == 7200)
            assert(not pcall(time.parts, 1e300) and not pcall(time.parts, 0/0))
        "#;
        lua.load(code).exec().unwrap();
    }
}
