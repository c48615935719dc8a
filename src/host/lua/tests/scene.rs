//! What a scene with plugins in Lua does besides what others do.

use std::sync::Arc;

use domovoi_plugin::{Event, EventKind, Message, Phase, Place, jid::BareJid};

use crate::host::{
    commands::Line,
    instance::Job,
    testing::{Scene, garden},
};

impl Scene {
    /// Someone gives a command; nobody waits until it is done.
    pub(crate) fn say_and_leave(&self, nick: &str, text: &str) {
        let occupant = self.stage.occupant(&garden(), nick).unwrap();
        let text = text.trim_start_matches('!').to_owned();
        self.host.take_command(Line {
            text,
            room: Some(garden()),
            place: Place::Room,
            occupant: Some(occupant),
            jid: None,
            from: None,
        });
    }

    /// Someone writes to the bot directly; nobody waits until that is done.
    pub(crate) fn write_directly(&self, jid: &str, text: &str) {
        let jid = BareJid::new(jid).unwrap();
        let place = Place::Direct(jid.clone());
        self.host.take_command(Line {
            text: text.to_owned(),
            room: None,
            place,
            occupant: None,
            jid: Some(jid.into()),
            from: None,
        });
    }

    /// Waits until this is the next thing that the bot says.
    pub(crate) async fn until_said(&self, text: &str) {
        loop {
            let said = self.stage.said();
            if !said.is_empty() {
                assert_eq!(said, [text]);
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Every plugin hears that someone said this in the room.
    pub(crate) async fn event(&self, nick: &str, body: &str) {
        let occupant = self.stage.occupant(&garden(), nick).unwrap();
        let message = Message { body: body.to_owned(), ..Message::default() };
        let event = Arc::new(Event {
            at: self.host.clock.now(),
            room: garden(),
            phase: Phase::Live,
            is_own: false,
            occupant: Some(occupant),
            kind: EventKind::Message(message),
        });
        for installed in self.host.roster().plugins.iter().filter(|it| it.manifest.wants_events) {
            let job = Job::Event(event.clone(), self.host.in_hand.hold());
            installed.mailbox.try_send(job).ok().unwrap();
        }
    }
}
