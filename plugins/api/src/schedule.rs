//! When a plugin wants to be woken: at even spans, or by the five fields of cron.

use std::time::Duration;

/// A time at which a plugin is woken, in each room where it is on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schedule {
    /// Its name, for [`crate::Plugin::timer`].
    pub name: &'static str,
    /// When.
    pub when: When,
}

/// When a plugin is woken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum When {
    /// Each time this span has passed, for the first time after the bot came into the room.
    Every(Duration),
    /// At each minute that fits, by the clock of the room's time zone.
    Cron(Cron),
}

/// The five fields of cron: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday).
///
/// A field is `*`, a number, a range `1-5`, a list `1,3`, each perhaps with a step `*/15`. If both kinds of day are given,
/// one of them is enough.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    is_any_day: bool,
    is_any_weekday: bool,
}

/// A minute as the clock on the wall shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Minute {
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 23.
    pub hour: u8,
    /// Of the month, 1 to 31.
    pub day: u8,
    /// 1 to 12.
    pub month: u8,
    /// 0, Sunday, to 6.
    pub weekday: u8,
}

/// What is wrong with the fields.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CronError(
    /// In words.
    pub String,
);

impl Cron {
    /// Reads the five fields.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else {
            return Err(CronError(format!("`{text}` has {} fields and not five", fields.len())));
        };
        let weekday_bits = field(weekdays, "day of the week", 0, 7)?;
        Ok(Self {
            minutes: field(minutes, "minute", 0, 59)?,
            hours: field(hours, "hour", 0, 23)?,
            days: field(days, "day", 1, 31)?,
            months: field(months, "month", 1, 12)?,
            weekdays: weekday_bits | weekday_bits >> 7 & 1,
            is_any_day: days.starts_with('*'),
            is_any_weekday: weekdays.starts_with('*'),
        })
    }

    /// Whether this minute fits.
    #[must_use]
    pub fn fits(&self, at: Minute) -> bool {
        let has = |bits: u64, n: u8| bits >> n.min(63) & 1 == 1;
        let (day, weekday) = (has(self.days, at.day), has(self.weekdays, at.weekday));
        let is_day = if self.is_any_day || self.is_any_weekday { day && weekday } else { day || weekday };
        is_day && has(self.minutes, at.minute) && has(self.hours, at.hour) && has(self.months, at.month)
    }
}

fn field(text: &str, what: &str, min: u8, max: u8) -> Result<u64, CronError> {
    let wrong = || CronError(format!("`{text}` is no {what}: write *, a number from {min} to {max}, 1-5, 1,3 or */2"));
    let number = |text: &str| text.parse::<u8>().ok().filter(|it| (min..=max).contains(it)).ok_or_else(wrong);
    let mut bits = 0;
    for part in text.split(',') {
        let (range, step) = part.split_once('/').unwrap_or((part, "1"));
        let step = step.parse::<u8>().ok().filter(|it| 0 < *it).ok_or_else(wrong)?;
        let (low, high) = match range.split_once('-') {
            Some((low, high)) => (number(low)?, number(high)?),
            None if range == "*" => (min, max),
            None if part.contains('/') => (number(range)?, max),
            None => (number(range)?, number(range)?),
        };
        if high < low {
            return Err(wrong());
        }
        for n in (low..=high).step_by(usize::from(step)) {
            bits |= 1_u64 << n;
        }
    }
    Ok(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23, a Monday, at 9:30.
    const AT: Minute = Minute { minute: 30, hour: 9, day: 23, month: 11, weekday: 1 };

    #[test]
    fn fields_fit_as_in_cron() {
        let check = |text: &str, fits| assert_eq!(Cron::parse(text).unwrap().fits(AT), fits, "{text}");
        check("* * * * *", true);
        check("30 9 * * 1-5", true);
        check("30 9 * * 6,7", false);
        check("*/15 * * * *", true);
        check("*/7 * * * *", false);
        check("0-40/10 8-10 * 11 *", true);
        check("30 9 1 * 1", true);
        check("30 9 23 * 2", true);
        check("30 9 1 * 2", false);
        check("30 9 1 * *", false);
        let sunday = Minute { weekday: 0, ..AT };
        assert!(Cron::parse("* * * * 7").unwrap().fits(sunday));
        assert!(!Cron::parse("* * * * 1-6").unwrap().fits(sunday));
    }

    #[test]
    fn what_is_no_time_is_told() {
        for text in [
            "",
            "* * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "x * * * *",
            "5-1 * * * *",
            "*/0 * * * *",
            "-1 * * * *",
        ] {
            assert!(Cron::parse(text).is_err(), "{text}");
        }
    }
}
