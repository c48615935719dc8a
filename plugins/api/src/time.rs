//! Instants and spans as plugins see them.
//!
//! A plugin never reads a clock: time comes with an event or from the context, so that tests and `replay` turn it by
//! hand.

use std::{fmt, ops, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

/// An instant, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant this many milliseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The time from `earlier` until this instant; zero if the clock stepped back.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// The UTC day as `2026-11-22`.
    #[must_use]
    pub fn utc_day(self) -> String {
        self.to_jiff().strftime("%Y-%m-%d").to_string()
    }

    /// The instant as a clock on the wall of this time zone shows it, `2026-11-22 18:04`; UTC for an unknown zone.
    #[must_use]
    pub fn in_zone(self, zone: &str) -> String {
        let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
        self.to_jiff().to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string()
    }
}

impl ops::Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl ops::Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 with milliseconds, `2026-11-22T15:29:01.123Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.to_jiff())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = jiff::Error;
    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        Ok(Self(text.parse::<jiff::Timestamp>()?.as_millisecond()))
    }
}

impl TryFrom<String> for Timestamp {
    type Error = jiff::Error;
    fn try_from(text: String) -> Result<Self, jiff::Error> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(at: Timestamp) -> Self {
        at.to_string()
    }
}

/// A text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration: write a number and a unit, such as 30s, 10m, 2h, 7d or 1h30m")]
pub struct DurationError(
    /// What was given.
    pub String,
);

/// Reads a span with units: `10s`, `1h30m`, `90d`; units `ms`, `s`, `m`, `h`, `d`, `w`, and `с`, `м`, `ч`, `д`, `н`.
///
/// # Errors
/// If a number has no unit, a unit no number, the unit is unknown, or the sum passes 100 years.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let error = || DurationError(text.to_owned());
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(error());
    }
    while !rest.is_empty() {
        let n_digits = rest.chars().take_while(char::is_ascii_digit).count();
        let (digits, after) = rest.split_at_checked(n_digits).ok_or_else(error)?;
        let unit: String = after.chars().take_while(|c| c.is_alphabetic()).collect();
        let number: u64 = digits.parse().map_err(|_| error())?;
        let millis = number.checked_mul(unit_millis(&unit).ok_or_else(error)?).ok_or_else(error)?;
        total = total.checked_add(Duration::from_millis(millis)).ok_or_else(error)?;
        rest = after.strip_prefix(unit.as_str()).ok_or_else(error)?;
    }
    if Duration::from_secs(100 * 366 * 86_400) < total {
        return Err(error());
    }
    Ok(total)
}

fn unit_millis(unit: &str) -> Option<u64> {
    Some(match unit {
        "ms" | "мс" => 1,
        "s" | "с" => 1_000,
        "m" | "min" | "м" | "мин" => 60_000,
        "h" | "ч" => 3_600_000,
        "d" | "д" => 86_400_000,
        "w" | "н" => 7 * 86_400_000,
        _ => return None,
    })
}

/// Writes a span in the form that [`parse_duration`] reads, its two largest units: `1d2h`, `10m`, `250ms`.
#[must_use]
pub fn format_duration(span: Duration) -> String {
    const UNITS: [(&str, u128); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    let mut rest = span.as_millis();
    let mut parts = Vec::new();
    for (unit, size) in UNITS {
        let n = rest / size;
        if 0 < n && parts.len() < 2 {
            parts.push(format!("{n}{unit}"));
            rest %= size;
        } else if !parts.is_empty() {
            break;
        }
    }
    if parts.is_empty() { "0s".to_owned() } else { parts.concat() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_write() {
        for (text, seconds) in [("10s", 10), ("1h30m", 5400), ("7d", 604_800), ("2ч", 7200), ("1w", 604_800)] {
            assert_eq!(parse_duration(text).unwrap(), Duration::from_secs(seconds), "{text}");
        }
        for text in ["", "10", "s", "10x", "-5m", "99999999999999999999d", "300000w", "1h 30m"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
        assert_eq!(format_duration(Duration::from_secs(5400)), "1h30m");
        assert_eq!(format_duration(Duration::ZERO), "0s");
        assert_eq!(format_duration(Duration::from_millis(250)), "250ms");
    }

    #[test]
    fn timestamps_read_and_write() {
        let at: Timestamp = "2026-11-22T15:29:01.123Z".parse().unwrap();
        assert_eq!(at.to_string(), "2026-11-22T15:29:01.123Z");
        assert_eq!(at.utc_day(), "2026-11-22");
        assert_eq!(at.in_zone("Europe/Helsinki"), "2026-11-22 17:29");
        assert_eq!(Timestamp::from_millis(0).since(at), Duration::ZERO);
    }
}
