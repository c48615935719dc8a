//! What is handed over only once what was decided is on its way.
//!
//! To hand something to the store wakes whoever takes it, and whoever is woken may take the processor from us at once.
//! So where an event asks for acts, that waits until their stanzas have left.

use domovoi_plugin::Timestamp;

use super::RoomHost;
use crate::host::{guard_chain::Judged, in_hand::Held, keeper::Keep};

/// What waits, if anything has to.
#[derive(Debug, Default)]
pub(super) struct Later {
    is_held_back: bool,
    /// What was decided, and when, that is not put down yet.
    decided: Option<(Judged, Timestamp)>,
    /// Bounded by what one event, and the acts that it asks for, write down.
    waiting: Vec<(Keep, Held)>,
}

impl RoomHost {
    /// From now on what is to be kept waits for [`RoomHost::hand_over`].
    pub(super) fn hold_back(&mut self) {
        self.later.is_held_back = true;
    }

    /// What was decided is put down when what waits is handed over.
    pub(super) fn file_later(&mut self, judged: Judged, now: Timestamp) {
        self.later.decided = Some((judged, now));
    }

    /// Has the store keep this, at once or when what waits is handed over.
    pub(super) fn keep(&mut self, keep: Keep) {
        if self.later.is_held_back {
            self.later.waiting.push((keep, self.host.in_hand.hold()));
        } else {
            self.host.keeper.keep(keep);
        }
    }

    /// What was asked for is on its way: hands over what waited for that, in the order in which it came.
    pub fn hand_over(&mut self) {
        if let Some((judged, at)) = self.later.decided.take() {
            self.file_all(&judged, at);
        }
        self.later.is_held_back = false;
        for (keep, _held) in self.later.waiting.drain(..) {
            self.host.keeper.keep(keep);
        }
    }
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::Identity;

    use super::*;
    use crate::host::{
        keeper,
        room::Saved,
        testing::{Scene, garden},
        timed::{Entry, Kind},
    };

    fn entry(n: u64, scene: &Scene) -> Entry {
        Entry {
            kind: Kind::Mute,
            identity: Identity::Occupancy(n),
            nick: "alice".to_owned(),
            since: scene.host.clock.now(),
            until: None,
            reason: String::new(),
            by: "guard".to_owned(),
            was_voiceless: false,
            after_ban: false,
            sessions: Vec::new(),
        }
    }

    #[tokio::test]
    async fn what_is_held_back_is_in_hand_and_written_once_it_is_handed_over() {
        let scene = Scene::new().await;
        let host = &scene.host;
        let mut room = RoomHost::new(host.clone(), garden(), Saved::default());
        let is_written = async |it: &Entry| {
            host.keeper.written().await;
            let kept = keeper::timed(&host.store.state, &garden(), (it.kind, &it.identity)).await;
            kept.unwrap().is_some()
        };
        let (first, next) = (entry(1, &scene), entry(2, &scene));
        room.hold_back();
        room.keep(Keep::Timed { room: garden(), entry: first.clone() });
        assert!(!is_written(&first).await && host.in_hand.count() == 1);
        room.hand_over();
        assert!(is_written(&first).await);
        // From then on nothing waits.
        room.keep(Keep::Timed { room: garden(), entry: next.clone() });
        assert!(is_written(&next).await);
    }
}
