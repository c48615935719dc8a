//! Timers on the bench, and whatever else reaches a plugin from elsewhere than a room.

use std::time::Duration;

use async_trait::async_trait;
use jid::BareJid;
use serde_json::Value;

use super::{Bench, wait, world::Shelf};
use crate::{Answers, Place, Ring, RoomJid, ServiceError, Signal, Timers};

#[async_trait]
impl Timers for Shelf {
    async fn set(&self, room: Option<&RoomJid>, name: &str, after: Duration, data: Value) -> Result<(), ServiceError> {
        let mut world = self.world();
        let at = world.now + after;
        world.timers.insert((room.cloned(), name.to_owned()), (at, data));
        Ok(())
    }

    async fn cancel(&self, room: Option<&RoomJid>, name: &str) -> Result<bool, ServiceError> {
        Ok(self.world().timers.remove(&(room.cloned(), name.to_owned())).is_some())
    }
}

#[async_trait]
impl Answers for Shelf {
    /// On the bench nobody answers in a direct chat.
    async fn next_from(&self, _: &BareJid, _: Duration) -> Option<String> {
        None
    }
}

impl Bench {
    /// Something reaches the plugin from elsewhere than a room.
    pub fn signal(&self, room: Option<RoomJid>, signal: &Signal) {
        let cx = self.context(room, Place::Room, None);
        let result = wait::finish(self.0.plugin.signal(signal, &cx));
        self.answer(&cx, result);
    }

    /// Rings the timers that have run out.
    pub(super) fn ring(&self) {
        let due = self.world(|it| {
            let now = it.now;
            let due: Vec<_> = it.timers.iter().filter(|(_, timer)| timer.0 <= now).map(|it| it.0.clone()).collect();
            due.into_iter().filter_map(|key| it.timers.remove(&key).map(|timer| (key, timer.1))).collect::<Vec<_>>()
        });
        for ((room, name), data) in due {
            self.signal(room, &Signal::Timer(Ring { name, data }));
        }
    }
}
