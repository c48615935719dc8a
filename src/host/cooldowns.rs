//! What keeps commands from being a flood: how many a person, a room and a command bear.

use std::{num::NonZeroU32, time::Duration};

use domovoi_plugin::{Identity, Level, RoomJid};
use governor::{Quota, RateLimiter, middleware::NoOpMiddleware, state::keyed::DefaultKeyedStateStore};

use crate::clock::{Clock, Ticking};

type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, Ticking, NoOpMiddleware<Duration>>;

/// What keeps commands from being a flood.
#[derive(Debug)]
pub(super) struct Limits {
    per_person: Limiter<Identity>,
    /// Who clears up after a raid gives many orders in a short time.
    per_moderator: Limiter<Identity>,
    per_room: Limiter<RoomJid>,
    per_command: Limiter<(RoomJid, &'static str)>,
}

impl Limits {
    /// Limits that nobody has used up yet.
    pub(super) fn new(clock: Clock) -> Self {
        let quota = |per_minute: u32, burst: u32| {
            let per_minute = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
            Quota::per_minute(per_minute).allow_burst(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN))
        };
        let ticking = || Ticking(clock);
        Self {
            per_person: RateLimiter::new(quota(20, 6), DefaultKeyedStateStore::default(), ticking()),
            per_moderator: RateLimiter::new(quota(120, 30), DefaultKeyedStateStore::default(), ticking()),
            per_room: RateLimiter::new(quota(120, 30), DefaultKeyedStateStore::default(), ticking()),
            per_command: RateLimiter::new(quota(40, 15), DefaultKeyedStateStore::default(), ticking()),
        }
    }

    /// Whether this person may give one more command. Owners of the bot always may; moderators only cost themselves. What
    /// is refused to a person costs the room nothing, and what is refused of a command costs nothing of the others.
    pub(super) fn allow(
        &self,
        identity: &Identity,
        room: Option<&RoomJid>,
        command: Option<&'static str>,
        level: Level,
    ) -> bool {
        if Level::BOT_OWNER <= level {
            return true;
        }
        let limiter = if Level::MODERATOR <= level { &self.per_moderator } else { &self.per_person };
        if limiter.check_key(identity).is_err() {
            return false;
        }
        let Some(room) = room.filter(|_| level < Level::MODERATOR) else { return true };
        let of_command = |it| self.per_command.check_key(&(room.clone(), it)).is_ok();
        command.is_none_or(of_command) && self.per_room.check_key(room).is_ok()
    }

    /// Forgets those who have been quiet.
    pub(super) fn tidy(&self) {
        self.per_person.retain_recent();
        self.per_moderator.retain_recent();
        self.per_room.retain_recent();
        self.per_command.retain_recent();
    }
}
