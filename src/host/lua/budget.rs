//! How often a plugin in Lua may ask for something: so much at once, and then so much a second.
//!
//! What it asks for beyond that is an error with a sentence, raised where it was asked for; nothing of it reaches the
//! rooms, the store or the web, where others wait too.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use domovoi_plugin::{RoomJid, Timestamp};

/// One call into a plugin may ask for so many things; then it is ended.
pub(super) const MAX_WAITS: u32 = 1000;
/// What is said has at most so many bytes; answers are cut sooner.
pub(super) const MAX_SAID: usize = 8 * 1024;

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    /// To speak: counted in each room by itself.
    Say,
    /// To moderate: counted in each room by itself.
    Act,
    /// To write something down.
    Write,
    /// To reach the web, or to upload.
    Web,
    /// To set a timer.
    Timer,
    /// To look something up.
    Look,
}

impl Kind {
    /// What a call of this name asks for; none for what costs nobody anything.
    pub(super) fn of(call: &str) -> Option<Self> {
        Some(match call {
            "reply" | "private" | "private_to" | "say" | "ask" | "react" | "correct" | "share" | "run" => Self::Say,
            "kick" | "ban" | "mute" | "voice" | "retract" | "affiliation" | "subject" | "invite" => Self::Act,
            "store_set" | "store_put" => Self::Write,
            "timer" | "cancel_timer" => Self::Timer,
            "sleep" | "store_release" => return None,
            it if it.starts_with("http") || it.starts_with("upload") => Self::Web,
            _ => Self::Look,
        })
    }

    /// At once, and then a second.
    const fn quota(self) -> (u32, u32) {
        match self {
            Self::Say => (20, 1),
            Self::Act | Self::Web => (30, 1),
            Self::Write => (500, 50),
            Self::Timer => (200, 10),
            Self::Look => (2000, 200),
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Say => "messages",
            Self::Act => "acts",
            Self::Write => "writes",
            Self::Web => "requests to the web",
            Self::Timer => "timers",
            Self::Look => "questions",
        }
    }
}

type Key = (Kind, Option<RoomJid>);

/// What is left of one quota, in thousandths.
#[derive(Debug)]
struct Bucket {
    left: u64,
    at: Timestamp,
}

/// What a plugin has used up lately: an entry for each kind, for some of them one for each room.
#[derive(Debug, Default)]
pub(super) struct Budget(Mutex<BTreeMap<Key, Bucket>>);

impl Budget {
    /// Takes one of a kind.
    ///
    /// # Errors
    /// In words, if there is none left.
    pub(super) fn take(&self, kind: Kind, room: Option<&RoomJid>, now: Timestamp) -> Result<(), String> {
        let (at_once, a_second) = kind.quota();
        let full = u64::from(at_once) * 1000;
        let room = room.filter(|_| matches!(kind, Kind::Say | Kind::Act)).cloned();
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry((kind, room)).or_insert(Bucket { left: full, at: now });
        let passed = u64::try_from(now.since(bucket.at).as_millis()).unwrap_or(u64::MAX);
        bucket.left = full.min(bucket.left.saturating_add(passed.saturating_mul(u64::from(a_second))));
        bucket.at = now;
        match bucket.left.checked_sub(1000) {
            Some(left) => bucket.left = left,
            None => {
                return Err(format!(
                    "too many {} at once: a plugin has {at_once}, and then {a_second} a second",
                    kind.words()
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::host::testing::garden;

    #[test]
    fn so_many_at_once_and_then_so_many_a_second() {
        let (budget, now) = (Budget::default(), Timestamp::from_millis(1_000_000));
        let take = |room: Option<&RoomJid>, at| budget.take(Kind::Say, room, at).is_ok();
        let garden = garden();
        assert!((0..20).all(|_| take(Some(&garden), now)));
        assert!(!take(Some(&garden), now));
        assert!(take(None, now), "each room has its own");
        assert!(!take(Some(&garden), now + Duration::from_millis(900)));
        assert!(take(Some(&garden), now + Duration::from_millis(1000)));
        assert!(!take(Some(&garden), now), "a clock that steps back gives nothing");
        let later = now + Duration::from_secs(3600);
        assert!((0..20).all(|_| take(Some(&garden), later)) && !take(Some(&garden), later));
        let wrong = budget.take(Kind::Say, Some(&garden), later).unwrap_err();
        assert_eq!(wrong, "too many messages at once: a plugin has 20, and then 1 a second");
    }
}
