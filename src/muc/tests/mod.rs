//! Rooms on paper: stanzas as values, time by hand. What stands here are the helpers; a file beside is a topic.

mod join;
mod model;
mod permits;
mod presence;
mod removal;
mod talk;
mod wire;

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{
    Affiliation, Event, EventKind, Features, MessageId, Moderation, Nick, OccupantId, Phase, Role, RoomJid, StanzaId,
    Timestamp, View, jid::Jid,
};

use super::{
    Inbound, InboundKind, Membership, Outbound, Plan, Pools, Room, Spared, StanzaError, Stays, Step,
    inbound::{Item, Message, Presence, Status},
};

/// A room and the clock on the wall.
pub(super) struct Stage {
    pub(super) room: Room,
    pub(super) now: Timestamp,
}

pub(super) fn nick(text: &str) -> Nick {
    Nick::new(text).unwrap()
}

pub(super) fn garden() -> RoomJid {
    "garden@chat.example".parse().unwrap()
}

pub(super) fn plan() -> Plan {
    Plan {
        room: garden(),
        nick: nick("domovoi"),
        password: None,
        create: false,
        account: "domovoi@example.org".parse().unwrap(),
        spared: Arc::new(Spared::default()),
        stays: Stays::default(),
        pools: Pools::default(),
    }
}

/// A room that offers everything.
pub(super) fn features() -> Features {
    Features {
        is_moderated: true,
        has_stanza_ids: true,
        has_occupant_ids: true,
        moderation: Moderation::V1,
        ..Features::default()
    }
}

pub(super) fn item(affiliation: Affiliation, role: Role, jid: Option<&str>) -> Item {
    let jid = jid.map(|it| Jid::new(it).unwrap());
    Item { affiliation, role, jid, nick: None, actor: None, reason: None }
}

pub(super) fn presence(statuses: &[u16], items: Vec<Item>) -> Presence {
    let statuses = statuses.iter().map(|it| Status::from_code(*it)).collect();
    Presence { statuses, items, ..Presence::default() }
}

pub(super) fn error(kind: &str, condition: &str) -> StanzaError {
    StanzaError { kind: kind.to_owned(), condition: condition.to_owned(), text: None, address: None }
}

/// A message with an id, a body and the room's id.
pub(super) fn says(id: &str, body: &str) -> Message {
    Message {
        id: Some(MessageId::new(id)),
        stanza_ids: vec![(Some(garden().as_bare().clone()), StanzaId::new(format!("sid-{id}")))],
        body: Some(body.to_owned()),
        ..Message::default()
    }
}

pub(super) fn subject(text: &str) -> Message {
    Message { subject: Some(text.to_owned()), ..Message::default() }
}

/// The names of what happened, with whom it happened to.
pub(super) fn names(events: &[Event]) -> Vec<String> {
    let name = |event: &Event| {
        let kind = format!("{:?}", event.kind);
        let kind = kind.split([' ', '(', '{']).next().unwrap_or_default().to_owned();
        event.nick().map_or(kind.clone(), |nick| format!("{kind} {nick}"))
    };
    events.iter().map(name).collect()
}

impl Stage {
    pub(super) fn new(plan: Plan) -> Self {
        Self { room: Room::new(plan, 1), now: Timestamp::from_millis(1_800_000_000_000) }
    }

    /// A room that we are in as an admin, with alice (participant) and bob (member) before us; history is over.
    pub(super) fn joined() -> Self {
        let mut stage = Self::new(plan());
        stage.ask_to_join();
        stage.features(Ok(features()));
        stage.steps();
        assert_eq!(stage.here("alice", Affiliation::None, Role::Participant), []);
        assert_eq!(stage.here("bob", Affiliation::Member, Role::Participant), []);
        let events = stage.enter(&[110]);
        assert_eq!(names(&events), ["Join alice", "Join bob"]);
        assert!(events.iter().all(|it| it.phase == Phase::History));
        let events = stage.room_says(subject(""));
        assert_eq!(names(&events), ["Subject", "Joined domovoi"]);
        stage.steps();
        stage
    }

    pub(super) fn wait(&mut self, seconds: u64) -> Vec<Event> {
        self.now = self.now + Duration::from_secs(seconds);
        self.room.tick(self.now)
    }

    pub(super) fn steps(&mut self) -> Vec<Step> {
        std::iter::from_fn(|| self.room.poll(self.now)).collect()
    }

    pub(super) fn sends(&mut self) -> Vec<Outbound> {
        let out = |step| if let Step::Send(out) = step { Some(out) } else { None };
        self.steps().into_iter().filter_map(out).collect()
    }

    /// From nothing to disco.
    pub(super) fn ask_to_join(&mut self) {
        assert_eq!(self.steps(), [Step::AskJoin]);
        self.room.join_permitted(self.now);
        assert_eq!(self.steps(), [Step::Send(Outbound::QueryFeatures)]);
    }

    /// From nothing to join presence.
    pub(super) fn join(&mut self) {
        self.ask_to_join();
        self.features(Ok(features()));
        let join = Outbound::Join { nick: nick("domovoi"), password: None };
        assert_eq!(self.steps(), [Step::Send(join)]);
    }

    pub(super) fn features(&mut self, answer: Result<Features, StanzaError>) {
        assert_eq!(self.room.on_features(answer, self.now), []);
    }

    pub(super) fn apply(&mut self, from: Option<&str>, kind: InboundKind) -> Vec<Event> {
        let inbound = Inbound { room: garden(), nick: from.map(nick), kind };
        self.room.apply(inbound, self.now)
    }

    pub(super) fn available(&mut self, from: &str, presence: Presence) -> Vec<Event> {
        self.apply(Some(from), InboundKind::Available(presence))
    }

    pub(super) fn unavailable(&mut self, from: &str, presence: Presence) -> Vec<Event> {
        self.apply(Some(from), InboundKind::Unavailable(presence))
    }

    pub(super) fn says(&mut self, from: &str, message: Message) -> Vec<Event> {
        self.apply(Some(from), InboundKind::Groupchat(message))
    }

    pub(super) fn room_says(&mut self, message: Message) -> Vec<Event> {
        self.apply(None, InboundKind::Groupchat(message))
    }

    pub(super) fn refuse(&mut self, error: StanzaError) {
        let from = "domovoi";
        assert_eq!(self.apply(Some(from), InboundKind::PresenceError(error)), []);
    }

    /// Someone with a JID and an occupant id made of their nick.
    pub(super) fn here(&mut self, name: &str, affiliation: Affiliation, role: Role) -> Vec<Event> {
        let mut presence = presence(&[], vec![item(affiliation, role, Some(&format!("{name}@example.net/x")))]);
        presence.occupant_ids = vec![OccupantId::new(format!("oid-{name}"))];
        self.available(name, presence)
    }

    /// Our own presence, as an admin.
    pub(super) fn enter(&mut self, statuses: &[u16]) -> Vec<Event> {
        let own = item(Affiliation::Admin, Role::Moderator, Some("domovoi@example.org/x"));
        self.available("domovoi", presence(statuses, vec![own]))
    }

    pub(super) fn nicks(&self) -> Vec<String> {
        self.room.occupants().map(|it| it.nick.to_string()).collect()
    }

    pub(super) fn membership(&self) -> &Membership {
        self.room.membership()
    }
}

#[test]
fn a_room_lives_from_join_to_leave() {
    let mut stage = Stage::joined();
    assert_eq!(stage.nicks(), ["alice", "bob", "domovoi"]);
    assert_eq!(names(&stage.says("alice", says("m1", "hello"))), ["Message alice"]);
    let events = stage.unavailable("alice", presence(&[], vec![item(Affiliation::None, Role::None, None)]));
    assert_eq!(names(&events), ["Leave alice"]);
    assert_eq!(stage.room.gone().next().unwrap().last_said.as_deref(), Some("hello"));
    let events = stage.room.leave(Some("good night".to_owned()), stage.now);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].kind, EventKind::Lost { why: "we left".to_owned() });
    let leave = Outbound::Leave { nick: nick("domovoi"), status: Some("good night".to_owned()) };
    assert_eq!(stage.sends(), [leave]);
    assert_eq!(*stage.membership(), Membership::Left);
    assert_eq!(stage.nicks(), [""; 0]);
    assert_eq!(stage.wait(86_400), []);
    assert_eq!(stage.steps(), []);
}
