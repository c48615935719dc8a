//! Dates and times of day for plugins: an instant taken apart in a time zone, and put together again.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use mlua::{Error, Lua, Result, Table};

fn zone(name: Option<String>) -> Result<TimeZone> {
    name.map_or(Ok(TimeZone::UTC), |it| TimeZone::get(&it)).map_err(|error| Error::runtime(error.to_string()))
}

/// `cx.time.parts(seconds, "Europe/Helsinki")`: year, month, day, hour, minute, second, weekday (Monday is 1), and how
/// many seconds the zone is ahead of UTC then.
#[expect(clippy::cast_possible_truncation, reason = "a float cast saturates; such times are refused then")]
pub(super) fn parts(lua: &Lua, (at, name): (f64, Option<String>)) -> Result<Table> {
    let at = Timestamp::from_millisecond((at * 1000.0) as i64).map_err(|error| Error::runtime(error.to_string()))?;
    let zoned = at.to_zoned(zone(name)?);
    let table = lua.create_table()?;
    table.raw_set("year", zoned.year())?;
    table.raw_set("month", zoned.month())?;
    table.raw_set("day", zoned.day())?;
    table.raw_set("hour", zoned.hour())?;
    table.raw_set("minute", zoned.minute())?;
    table.raw_set("second", zoned.second())?;
    table.raw_set("weekday", zoned.weekday().to_monday_one_offset())?;
    table.raw_set("offset", zoned.offset().seconds())?;
    Ok(table)
}

/// `cx.time.at({ year = 2026, month = 11, day = 22, hour = 18, minute = 5 }, zone)`: the instant in seconds, nil if
/// there is no such date. A time that a zone skips is the one after the gap.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of a few thousand years are exact")]
pub(super) fn at(_: &Lua, (given, name): (Table, Option<String>)) -> Result<Option<f64>> {
    let zone = zone(name)?;
    let part =
        |key: &str, otherwise: i16| -> Result<i16> { Ok(given.raw_get::<Option<i16>>(key)?.unwrap_or(otherwise)) };
    let small = |value: i16| i8::try_from(value).unwrap_or(-1);
    let year = given.raw_get::<i16>("year")?;
    let (month, day) = (small(part("month", 1)?), small(part("day", 1)?));
    let (hour, minute, second) = (small(part("hour", 0)?), small(part("minute", 0)?), small(part("second", 0)?));
    let civil = DateTime::new(year, month, day, hour, minute, second, 0);
    let zoned = civil.and_then(|it| it.to_zoned(zone));
    Ok(zoned.ok().map(|it| it.timestamp().as_millisecond() as f64 / 1000.0))
}
