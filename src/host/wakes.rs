//! When plugins are woken in one room, by the room's own time: in a session, so that exactly one wakes them.

use std::{collections::BTreeMap, sync::Arc};

use domovoi_plugin::{Minute, PluginName, Power, RoomJid, Timestamp, When};
use jiff::tz::TimeZone;

use super::{
    core::Host,
    instance::{Installed, Job},
};

type Key = (PluginName, &'static str);

/// The schedules of one room.
#[derive(Default)]
pub(super) struct Wakes {
    woken: Vec<Arc<Installed>>,
    /// When what comes at even spans is due next.
    due: BTreeMap<Key, Timestamp>,
    /// The last minute that was looked at.
    minute: Option<i64>,
    zone: Option<TimeZone>,
}

impl Wakes {
    /// Which plugins are on here was read again. What was due stays due.
    pub(super) fn read<'a>(&mut self, host: &Host, room: &RoomJid, on: impl Iterator<Item = &'a Arc<Installed>>) {
        let is_woken = |it: &&Arc<Installed>| {
            !it.manifest.schedules.is_empty() && host.powers(&it.manifest, Some(room)).contains(&Power::Schedule)
        };
        self.woken = on.filter(is_woken).cloned().collect();
        let woken = &self.woken;
        let is_there = |key: &Key| {
            woken.iter().any(|it| *it.name() == key.0 && it.manifest.schedules.iter().any(|it| it.name == key.1))
        };
        self.due.retain(|key, _| is_there(key));
        let config = host.live.config();
        let zone = config.rooms.get(room).map_or(&config.bot.timezone, |it| &it.timezone);
        self.zone = TimeZone::get(zone.as_str()).ok();
    }

    /// A second passed.
    pub(super) fn tick(&mut self, host: &Host, room: &RoomJid, now: Timestamp) {
        if self.woken.is_empty() {
            return;
        }
        let minute = self.new_minute(now);
        for installed in &self.woken {
            for schedule in &installed.manifest.schedules {
                let is_due = match &schedule.when {
                    When::Cron(cron) => minute.is_some_and(|it| cron.fits(it)),
                    When::Every(span) => {
                        let key = (installed.name().clone(), schedule.name);
                        let due = self.due.entry(key).or_insert(now + *span);
                        let is_due = *due <= now;
                        if is_due {
                            *due = now + *span;
                        }
                        is_due
                    }
                };
                if !is_due {
                    continue;
                }
                host.power_used(installed.name(), Power::Schedule);
                let job = Job::Timer(schedule.name, room.clone(), host.in_hand.hold());
                if installed.mailbox.try_send(job).is_err() {
                    host.metrics.queue_drop(installed.name().as_str());
                }
            }
        }
    }

    /// The minute on the wall, if it is a new one.
    fn new_minute(&mut self, now: Timestamp) -> Option<Minute> {
        let n = now.as_millis().div_euclid(60_000);
        let last = self.minute.replace(n)?;
        if n <= last {
            return None;
        }
        let zone = self.zone.clone().unwrap_or(TimeZone::UTC);
        let at = jiff::Timestamp::from_millisecond(now.as_millis()).ok()?.to_zoned(zone);
        let small = |it: i8| u8::try_from(it).unwrap_or(0);
        Some(Minute {
            minute: small(at.minute()),
            hour: small(at.hour()),
            day: small(at.day()),
            month: small(at.month()),
            weekday: small(at.weekday().to_sunday_zero_offset()),
        })
    }
}
