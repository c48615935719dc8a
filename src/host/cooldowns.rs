//! What keeps commands from being a flood: how many a person, a room and a command bear; and words that are none.
//!
//! What is refused to a person costs the room nothing. Whoever only floods pays alone.

use std::{num::NonZeroU32, time::Duration};

use domovoi_plugin::{Identity, Level, RoomJid};
use governor::{Quota, RateLimiter, middleware::NoOpMiddleware, state::keyed::DefaultKeyedStateStore};

use crate::clock::{Clock, Ticking};

/// So many words that are no command are answered at once to whoever is not known to be a person ...
const STRAYS: NonZeroU32 = NonZeroU32::MIN.saturating_add(2);
/// ... and then one more in this time.
const STRAY_AGAIN: Duration = Duration::from_secs(300);
/// They are told once in this time that repetitions are not answered.
const HINT_AGAIN: Duration = Duration::from_secs(3600);

type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, Ticking, NoOpMiddleware<Duration>>;

/// What keeps commands from being a flood.
#[derive(Debug)]
pub(super) struct Limits {
    per_person: Limiter<Identity>,
    /// Who clears up after a raid gives many orders in a short time.
    per_moderator: Limiter<Identity>,
    per_room: Limiter<RoomJid>,
    per_command: Limiter<(RoomJid, &'static str)>,
    /// Words that are no command: an answer to each could be answered for ever.
    per_stray: Limiter<Identity>,
    /// That repetitions are not answered.
    per_hint: Limiter<Identity>,
}

impl Limits {
    /// Limits that nobody has used up yet.
    #[must_use]
    pub(super) fn new(clock: Clock) -> Self {
        let quota = |per_minute: u32, burst: u32| {
            let per_minute = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
            Quota::per_minute(per_minute).allow_burst(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN))
        };
        let every = |period, burst: NonZeroU32| {
            let quota = Quota::with_period(period).map(|it| it.allow_burst(burst));
            quota.unwrap_or_else(|| Quota::per_hour(NonZeroU32::MIN))
        };
        let ticking = || Ticking(clock);
        Self {
            per_person: RateLimiter::new(quota(20, 6), DefaultKeyedStateStore::default(), ticking()),
            per_moderator: RateLimiter::new(quota(120, 30), DefaultKeyedStateStore::default(), ticking()),
            per_room: RateLimiter::new(quota(120, 30), DefaultKeyedStateStore::default(), ticking()),
            per_command: RateLimiter::new(quota(40, 15), DefaultKeyedStateStore::default(), ticking()),
            per_stray: RateLimiter::new(every(STRAY_AGAIN, STRAYS), DefaultKeyedStateStore::default(), ticking()),
            per_hint: RateLimiter::new(
                every(HINT_AGAIN, NonZeroU32::MIN),
                DefaultKeyedStateStore::default(),
                ticking(),
            ),
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

    /// Whether this word that is no command may be answered without knowing whether a person said it.
    pub(super) fn allow_stray(&self, identity: &Identity) -> bool {
        self.per_stray.check_key(identity).is_ok()
    }

    /// Whether they may be told that repetitions are not answered.
    pub(super) fn allow_hint(&self, identity: &Identity) -> bool {
        self.per_hint.check_key(identity).is_ok()
    }

    /// Forgets those who have been quiet.
    pub(super) fn tidy(&self) {
        self.per_person.retain_recent();
        self.per_moderator.retain_recent();
        self.per_room.retain_recent();
        self.per_command.retain_recent();
        self.per_stray.retain_recent();
        self.per_hint.retain_recent();
    }
}
