//! Time on the bench: turned by hand, and what it brings with it.

use std::time::Duration;

use super::{Bench, wait};
use crate::{Minute, Place, Power, RoomJid, Schedule, Timestamp, Wake, When, parse_duration};

const MINUTE: i64 = 60_000;

impl Bench {
    /// Turns the clock on, such as by `"10m"`, second by second: guards tick, mutes and bans end, schedules are due
    /// (those of cron in UTC), what is kept for a while is forgotten.
    ///
    /// # Panics
    /// If it is no span.
    pub fn advance(&self, span: &str) {
        self.world(|it| it.log.push(format!("clock +{span}")));
        let span = parse_duration(span).unwrap_or_else(|error| panic!("{error}"));
        let end = self.now() + span;
        while self.now() < end {
            let step = end.since(self.now()).min(Duration::from_secs(1));
            let before = self.now();
            self.world(|world| {
                world.now = world.now + step;
                let now = world.now;
                for room in world.rooms.values_mut() {
                    room.now = now;
                    world.events.extend(room.expire());
                }
            });
            self.tick();
            self.call_timers(before);
            self.wake_if_due();
            self.settle();
        }
    }

    /// Now. A bench begins on Sunday, 2026-11-22, at noon UTC.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.shelf.world().now
    }

    /// Wakes the plugin, as the host does at start and after a change of the configuration.
    pub fn wake(&self, why: Wake) {
        let cx = self.context(None, Place::Room, None);
        let result = wait::finish(self.0.plugin.wake(why, &cx));
        self.answer(&cx, result);
    }

    fn wake_if_due(&self) {
        let Some(every) = self.0.manifest.wakes_every else { return };
        let now = self.now();
        let is_due = self.world(|it| {
            let is_due = every <= now.since(it.woken);
            if is_due {
                it.woken = now;
            }
            is_due
        });
        if is_due {
            self.wake(Wake::Time);
        }
    }

    /// Calls the plugin's schedules that became due since then, in each room.
    fn call_timers(&self, before: Timestamp) {
        let schedules = &self.0.manifest.schedules;
        if schedules.is_empty() || !self.world(|it| it.powers.contains(&Power::Schedule)) {
            return;
        }
        let now = self.now();
        let minute = (before.as_millis().div_euclid(MINUTE) < now.as_millis().div_euclid(MINUTE)).then(|| wall(now));
        let rooms: Vec<RoomJid> = self.world(|it| it.rooms.keys().cloned().collect());
        for room in rooms {
            for schedule in schedules {
                let is_due = match &schedule.when {
                    When::Cron(cron) => minute.is_some_and(|it| cron.fits(it)),
                    When::Every(span) => self.is_due(&room, schedule, *span),
                };
                if is_due {
                    let cx = self.context(Some(room.clone()), Place::Room, None);
                    let result = wait::finish(self.0.plugin.timer(schedule.name, &cx));
                    self.answer(&cx, result);
                }
            }
        }
    }

    /// Whether this span has passed in this room since it was due, or since the bot came.
    fn is_due(&self, room: &RoomJid, schedule: &Schedule, span: Duration) -> bool {
        self.world(|world| {
            let now = world.now;
            let Some(made) = world.rooms.get_mut(room) else { return false };
            let due = made.due.entry(schedule.name).or_insert(made.began + span);
            let is_due = *due <= now;
            if is_due {
                *due = now + span;
            }
            is_due
        })
    }
}

/// A minute as a clock in UTC shows it.
fn wall(now: Timestamp) -> Minute {
    // Out of range only thousands of years from now.
    let at = jiff::Timestamp::from_millisecond(now.as_millis()).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
    let small = |it: i8| u8::try_from(it).unwrap_or(0);
    Minute {
        minute: small(at.minute()),
        hour: small(at.hour()),
        day: small(at.day()),
        month: small(at.month()),
        weekday: small(at.weekday().to_sunday_zero_offset()),
    }
}
