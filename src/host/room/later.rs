//! What is handed over only once what was decided is on its way.
//!
//! To hand something to the store wakes whoever takes it, and whoever is woken may take the processor from us at once.
//! So where an event asks for acts, that waits until their stanzas have left.

use domovoi_plugin::{Action, Timestamp, View};

use super::RoomHost;
use crate::host::{guard_chain::Judged, in_hand::Held, keeper::Keep};

/// What waits, if anything has to.
#[derive(Debug, Default)]
pub(super) struct Later {
    is_held_back: bool,
    /// What was decided, and when, that is not put down yet.
    decided: Option<(Judged, Timestamp)>,
    /// What was sent since, and on whose behalf, of which what it will put in force is not known yet.
    sent: Vec<(Action, String)>,
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

    /// An action is being sent, and nothing may wait for what is noted of it: has it noted when what waits is handed over.
    /// Gives it back if nothing waits now.
    pub(super) fn note_later(&mut self, action: &Action, by: String) -> Option<String> {
        if !self.later.is_held_back {
            return Some(by);
        }
        self.later.sent.push((action.clone(), by));
        None
    }

    /// What was asked for is on its way: notes what it will put in force, and hands over what waited for that, in the
    /// order in which it came.
    pub fn hand_over(&mut self, view: &dyn View) {
        for (action, by) in std::mem::take(&mut self.later.sent) {
            self.intend(&action, &by, view);
        }
        self.put_down();
    }

    /// An action was answered before anything was handed over: it puts nothing in force any more.
    pub(super) fn forget_sent(&mut self, action: &Action) {
        self.later.sent.retain(|(sent, _)| sent != action);
        self.put_down();
    }

    /// Hands over what does not depend on who is in the room.
    pub(super) fn put_down(&mut self) {
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
    use std::time::Duration;

    use domovoi_plugin::{ActError, Identity, Nick, PluginName, Target};

    use super::*;
    use crate::host::{
        keeper,
        room::{Acted, Saved},
        testing::{Scene, crowd, garden},
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
        assert_eq!(host.in_hand.count(), 1);
        assert!(!is_written(&first).await);
        room.hand_over(&crowd(0));
        assert!(is_written(&first).await);
        // From then on nothing waits.
        room.keep(Keep::Timed { room: garden(), entry: next.clone() });
        assert!(is_written(&next).await);
    }

    #[tokio::test]
    async fn what_was_sent_is_noted_once_it_has_left_and_not_if_it_was_refused() {
        let scene = Scene::new().await;
        let mut room = RoomHost::new(scene.host.clone(), garden(), Saved::default());
        let (view, plugin) = (crowd(0), PluginName::new("judge").unwrap());
        let mute = |nick: &str| {
            let identity = Identity::Jid(format!("{nick}@x.example").parse().unwrap());
            let target = Target { nick: Nick::new(nick).unwrap(), identity };
            Action::Mute { target, span: Some(Duration::from_secs(300)), reason: String::new() }
        };
        room.hold_back();
        for nick in ["alice", "bob"] {
            room.sending(&plugin, &mute(nick), None, &view);
        }
        assert!(room.later.waiting.is_empty(), "nothing was noted before it left");
        let (action, result) = (mute("bob"), Err(ActError::Busy));
        let acted =
            Acted { plugin: &plugin, action: &action, by: None, result: &result, took: Duration::ZERO, incident: None };
        room.acted(&acted, scene.host.clock.now()).unwrap_err();
        room.hand_over(&view);
        room.sending(&plugin, &mute("carl"), None, &view);
        scene.host.keeper.written().await;
        let saved = keeper::load(&scene.host.store, &garden(), scene.host.clock.now()).await.unwrap();
        let nicks: Vec<_> = saved.intents.iter().map(|it| it.nick.as_str()).collect();
        assert_eq!(nicks, ["alice", "carl"]);
    }
}
