//! Acts of incidents that were asked for and are not answered yet.
//!
//! A guard's acts wait for nobody, so that someone may take an incident back before the server has answered the ban.
//! Whoever takes it back then would find nothing in force, and the ban would come after. So each act carries a token
//! through the outbox to the server's answer, or to wherever it is given up, and `undo` waits until none is left.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domovoi_plugin::RoomJid;
use tokio::sync::Notify;

/// What is under way, by room and incident. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct UnderWay(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Counts; an incident of which nothing is left is taken out.
    counts: Mutex<BTreeMap<(RoomJid, u64), usize>>,
    /// Wakes those who wait for nothing to be left.
    less: Notify,
}

/// One act under way, until it is dropped.
#[derive(Debug)]
pub struct Token {
    of: UnderWay,
    key: (RoomJid, u64),
}

impl UnderWay {
    /// An act of this incident is on its way.
    #[must_use]
    pub fn begin(&self, room: &RoomJid, incident: u64) -> Token {
        let key = (room.clone(), incident);
        *self.counts().entry(key.clone()).or_default() += 1;
        Token { of: self.clone(), key }
    }

    /// How many acts of an incident are under way.
    #[must_use]
    pub fn count(&self, room: &RoomJid, incident: u64) -> usize {
        self.counts().get(&(room.clone(), incident)).copied().unwrap_or(0)
    }

    /// Waits until nothing of an incident is under way, but no longer than this; gives whether nothing is.
    pub async fn settled(&self, room: &RoomJid, incident: u64, within: Duration) -> bool {
        let settled = async {
            loop {
                let mut woken = std::pin::pin!(self.0.less.notified());
                // Listens before it looks, so that the last one cannot go in between.
                woken.as_mut().enable();
                if self.count(room, incident) == 0 {
                    return;
                }
                woken.await;
            }
        };
        tokio::time::timeout(within, settled).await.is_ok()
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<(RoomJid, u64), usize>> {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        let mut counts = self.of.counts();
        if let Some(n) = counts.get_mut(&self.key) {
            *n -= 1;
            if *n == 0 {
                counts.remove(&self.key);
            }
        }
        drop(counts);
        self.of.0.less.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_goes_on_with_the_last_answer_and_not_for_ever() {
        let (under_way, room): (_, RoomJid) = (UnderWay::default(), "garden@chat.example".parse().unwrap());
        let second = Duration::from_secs(1);
        assert!(under_way.settled(&room, 1, second).await);
        let (first, other) = (under_way.begin(&room, 1), under_way.begin(&room, 2));
        assert!(!under_way.settled(&room, 1, second).await);
        let (_, is_settled) = tokio::join!(
            async {
                tokio::task::yield_now().await;
                drop(first);
            },
            under_way.settled(&room, 1, second)
        );
        assert!(is_settled, "the other incident is none of its business");
        drop(other);
        assert!(under_way.counts().is_empty());
    }
}
