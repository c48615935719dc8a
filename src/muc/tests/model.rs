//! Random rooms. One test plays a plausible service against a model of its own; one plays nonsense and asks only that
//! the room stays in one piece and that its events tell the whole story.

use std::collections::{BTreeMap, BTreeSet};

use domovoi_plugin::{Affiliation, Event, EventKind, OccupantId, Role, View, jid::Jid};
use proptest::{collection::vec, prelude::*, sample::select};

use super::{Stage, features, item, nick, plan, presence, says, subject};
use crate::muc::{
    InboundKind, Membership, Step,
    inbound::{Destroy, Item, Presence, Status},
};

const NICKS: [&str; 6] = ["alice", "bob", "carol", "dave", "eve", "domovoi"];
const ROLES: [Role; 3] = [Role::Visitor, Role::Participant, Role::Moderator];
const AFFILIATIONS: [Affiliation; 4] = [Affiliation::None, Affiliation::Member, Affiliation::Admin, Affiliation::Owner];

/// Whom the events say is here, by stay; ourselves apart.
#[derive(Default)]
struct Story(BTreeMap<u64, String>);

impl Story {
    fn hear(&mut self, events: &[Event]) {
        for event in events {
            let stay = event.occupant.as_ref().map_or(0, |it| it.stay);
            let name = || event.nick().unwrap().to_string();
            #[expect(clippy::wildcard_enum_match_arm, reason = "nothing else is about who is here")]
            match &event.kind {
                EventKind::Join => assert_eq!(self.0.insert(stay, name()), None, "a stay begins once"),
                EventKind::Leave(_) => drop(self.0.remove(&stay)),
                EventKind::Nick { .. } if event.is_own => {}
                EventKind::Nick { .. } => drop(self.0.insert(stay, name())),
                EventKind::Lost { .. } => self.0.clear(),
                _ => {}
            }
        }
    }
}

/// What a plausible service does; people are numbers, with a real JID each.
#[derive(Clone, Debug)]
enum Turn {
    /// Comes in, or with one more session under a nick they have.
    Enter {
        person: usize,
        nick: usize,
    },
    Leave {
        nick: usize,
        status: Option<u16>,
    },
    Rename {
        from: usize,
        to: usize,
    },
    Swap {
        a: usize,
        b: usize,
    },
    Change {
        nick: usize,
        role: Role,
        affiliation: Affiliation,
    },
    Flood {
        nick: usize,
        n: u8,
    },
    Say {
        nick: usize,
    },
    Wait {
        seconds: u64,
    },
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let nick = || 0..NICKS.len() - 1;
    let status = select(vec![None, Some(301), Some(307), Some(321), Some(322), Some(333)]);
    let turn = prop_oneof![
        4 => (0..8_usize, nick()).prop_map(|(person, nick)| Turn::Enter { person, nick }),
        2 => (nick(), status).prop_map(|(nick, status)| Turn::Leave { nick, status }),
        3 => (nick(), nick()).prop_map(|(from, to)| Turn::Rename { from, to }),
        2 => (nick(), nick()).prop_map(|(a, b)| Turn::Swap { a, b }),
        2 => (nick(), select(&ROLES[..]), select(&AFFILIATIONS[..]))
            .prop_map(|(nick, role, affiliation)| Turn::Change { nick, role, affiliation }),
        1 => (nick(), 0..20_u8).prop_map(|(nick, n)| Turn::Flood { nick, n }),
        1 => nick().prop_map(|nick| Turn::Say { nick }),
        1 => (0..20_u64).prop_map(|seconds| Turn::Wait { seconds }),
    ];
    vec(turn, 0..60)
}

/// Someone as the model knows them.
#[derive(Clone, PartialEq, Debug)]
struct Person {
    number: usize,
    n_sessions: usize,
    role: Role,
    affiliation: Affiliation,
    born: u64,
}

/// What identifies people to us: real JIDs, occupant ids, or nothing but the nick.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Sight {
    Jids,
    Ids,
    Nothing,
}

struct Service {
    stage: Stage,
    story: Story,
    sight: Sight,
    model: BTreeMap<usize, Person>,
    n_born: u64,
    /// The stay of each person in the model, by birth.
    stays: BTreeMap<u64, u64>,
}

impl Service {
    fn new(sight: Sight) -> Self {
        let mut stage = Stage::new(plan());
        stage.join();
        stage.enter(&[110]);
        stage.room_says(subject(""));
        let (story, model, stays) = (Story::default(), BTreeMap::new(), BTreeMap::new());
        Self { stage, story, sight, model, n_born: 0, stays }
    }

    /// A presence as the service would write it: one item a session.
    fn describe(&self, person: &Person, statuses: &[u16]) -> Presence {
        let jid = |n| (self.sight == Sight::Jids).then(|| format!("p{}@example.net/{n}", person.number));
        let items = (0..person.n_sessions).map(|n| item(person.affiliation, person.role, jid(n).as_deref()));
        let ids = (self.sight == Sight::Ids).then(|| OccupantId::new(format!("id{}", person.number)));
        Presence { occupant_ids: ids.into_iter().collect(), ..presence(statuses, items.collect()) }
    }

    fn here(&mut self, nick: usize) {
        let presence = self.describe(&self.model[&nick], &[]);
        let events = self.stage.available(NICKS[nick], presence);
        self.story.hear(&events);
    }

    fn away(&mut self, nick: usize, to: Option<usize>, status: Option<u16>) {
        let mut presence = self.describe(&self.model[&nick], status.as_slice());
        for item in &mut presence.items {
            item.nick = to.map(|it| super::nick(NICKS[it]));
        }
        let events = self.stage.unavailable(NICKS[nick], presence);
        self.story.hear(&events);
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "a turn that nobody can take is none")]
    fn play(&mut self, turn: Turn) {
        match turn {
            Turn::Enter { person, nick } => self.enter(person, nick),
            Turn::Leave { nick, status } if self.model.contains_key(&nick) => {
                self.away(nick, None, status);
                self.model.remove(&nick);
            }
            Turn::Rename { from, to } if self.model.contains_key(&from) && !self.model.contains_key(&to) => {
                self.away(from, Some(to), Some(303));
                let person = self.model.remove(&from).unwrap();
                self.model.insert(to, person);
                self.here(to);
            }
            Turn::Swap { a, b } if self.are_two_people(a, b) => self.swap(a, b),
            Turn::Change { nick, role, affiliation } if self.model.contains_key(&nick) => {
                let person = self.model.get_mut(&nick).unwrap();
                (person.role, person.affiliation) = (role, affiliation);
                self.here(nick);
            }
            Turn::Flood { nick, n } if self.model.contains_key(&nick) => (0..n).for_each(|_| self.here(nick)),
            Turn::Say { nick } if self.model.contains_key(&nick) => {
                let events = self.stage.says(NICKS[nick], says("m", "x"));
                assert!(events.len() <= 1);
            }
            Turn::Wait { seconds } => {
                let events = self.stage.wait(seconds);
                self.story.hear(&events);
            }
            _ => {}
        }
    }

    fn are_two_people(&self, a: usize, b: usize) -> bool {
        let [a, b] = [a, b].map(|it| self.model.get(&it).map(|it| it.number));
        a.is_some() && b.is_some() && a != b
    }

    fn enter(&mut self, number: usize, nick: usize) {
        match self.model.get_mut(&nick) {
            Some(person) if person.number == number => person.n_sessions = (person.n_sessions + 1).min(4),
            Some(_) => return,
            None => {
                self.n_born += 1;
                let (role, affiliation) = (Role::Participant, Affiliation::None);
                self.model.insert(nick, Person { number, n_sessions: 1, role, affiliation, born: self.n_born });
            }
        }
        self.here(nick);
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.away(a, Some(b), Some(303));
        self.away(b, Some(a), Some(303));
        let (was_a, was_b) = (self.model.remove(&a).unwrap(), self.model.remove(&b).unwrap());
        self.model.insert(a, was_b);
        self.model.insert(b, was_a);
        self.here(b);
        self.here(a);
    }

    /// The room knows exactly those whom the model knows, as the model knows them.
    fn compare(&mut self) {
        let room = &self.stage.room;
        let expected: BTreeSet<&str> = self.model.keys().map(|it| NICKS[*it]).chain(["domovoi"]).collect();
        let got: Vec<&str> = room.occupants().map(|it| it.nick.as_str()).collect();
        assert_eq!(got, expected.into_iter().collect::<Vec<_>>());
        let mut told = BTreeMap::new();
        for (index, person) in &self.model {
            let occupant = room.occupant(&nick(NICKS[*index])).unwrap();
            assert_eq!((occupant.role, occupant.affiliation), (person.role, person.affiliation));
            if self.sight == Sight::Jids {
                assert_eq!(occupant.jids.len(), person.n_sessions);
                assert_eq!(occupant.bare_jid().unwrap().to_string(), format!("p{}@example.net", person.number));
            }
            assert_eq!(*self.stays.entry(person.born).or_insert(occupant.stay), occupant.stay, "one stay, one number");
            told.insert(occupant.stay, occupant.nick.to_string());
        }
        assert_eq!(told.len(), self.model.len(), "no two have the same stay");
        assert_eq!(self.story.0, told, "the events tell who is here");
    }
}

/// Anything that a room could conceivably send.
fn nonsense() -> impl Strategy<Value = (Option<&'static str>, InboundKind)> {
    let codes = select(vec![100_u16, 101, 104, 110, 170, 201, 210, 301, 303, 307, 321, 322, 332, 333, 999]);
    let jids = select(vec![None, Some("a@x/1"), Some("b@x/2"), Some("domovoi@example.org/x")]);
    let roles = select(vec![Role::None, Role::Visitor, Role::Participant, Role::Moderator]);
    let affiliations = select(vec![Affiliation::Outcast, Affiliation::None, Affiliation::Owner]);
    let to = proptest::option::of(select(&NICKS[..]));
    let item = (affiliations, roles, jids, to).prop_map(|(affiliation, role, jid, to)| Item {
        nick: to.map(nick),
        jid: jid.map(|it| Jid::new(it).unwrap()),
        ..item(affiliation, role, None)
    });
    let ids = vec(select(vec!["i1", "i2", "i3"]).prop_map(OccupantId::new), 0..3);
    let destroy = proptest::option::weighted(0.02, Just(Destroy { venue: None, reason: None, password: None }));
    let presence =
        (vec(codes, 0..3), vec(item, 0..3), ids, destroy).prop_map(|(codes, items, occupant_ids, destroy)| {
            let statuses = codes.into_iter().map(Status::from_code).collect();
            Presence { statuses, items, occupant_ids, destroy, ..Presence::default() }
        });
    let errors = select(vec!["conflict", "forbidden", "not-acceptable", "gone", "x"]);
    let message = select(vec![says("m1", "x"), says("m2", "y"), subject("z")]);
    let kind = prop_oneof![
        8 => presence.clone().prop_map(InboundKind::Available),
        4 => presence.prop_map(InboundKind::Unavailable),
        1 => errors.prop_map(|it| InboundKind::PresenceError(super::error("cancel", it))),
        1 => message.clone().prop_map(InboundKind::Groupchat),
        1 => message.prop_map(InboundKind::Private),
    ];
    (proptest::option::weighted(0.95, select(&NICKS[..])), kind)
}

fn assert_whole(stage: &Stage, story: &Story) {
    let room = &stage.room;
    let is_inside = matches!(room.membership(), Membership::Joining { .. } | Membership::Joined { .. });
    assert!(is_inside || room.n_occupants() == 0, "whoever is out sees nobody");
    let stays: BTreeSet<u64> = room.occupants().map(|it| it.stay).collect();
    assert_eq!(stays.len(), room.n_occupants(), "a stay is one");
    for (key, occupant) in room.snapshot().occupants {
        assert_eq!(room.occupant(&key), Some(&occupant));
        let is_told = stage.room.is_joined() && !occupant.is_self;
        assert!(!is_told || story.0.contains_key(&occupant.stay), "nobody is here without having come");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_room_is_what_the_service_says(
        turns in turns(),
        sight in select(vec![Sight::Jids, Sight::Ids, Sight::Nothing]),
    ) {
        let mut service = Service::new(sight);
        for turn in turns {
            service.play(turn);
            service.compare();
        }
        let events = service.stage.unavailable("domovoi", presence(&[110, 307], vec![]));
        service.story.hear(&events);
        prop_assert_eq!(service.stage.room.n_occupants(), 0);
        prop_assert!(service.story.0.is_empty());
    }

    #[test]
    fn nonsense_leaves_the_room_in_one_piece(stanzas in vec((nonsense(), 0..40_u64), 0..80)) {
        let mut stage = Stage::new(plan());
        let mut story = Story::default();
        for ((from, kind), seconds) in stanzas {
            let events = stage.apply(from, kind);
            story.hear(&events);
            story.hear(&stage.wait(seconds));
            for step in stage.steps() {
                if step == Step::AskJoin {
                    stage.room.join_permitted(stage.now);
                    stage.room.on_features(Ok(features()), stage.now);
                }
            }
            stage.steps();
            assert_whole(&stage, &story);
        }
        // Whoever was displaced has come back or gone by now.
        story.hear(&stage.wait(11));
        if stage.room.is_joined() {
            let here: BTreeSet<u64> = stage.room.occupants().filter(|it| !it.is_self).map(|it| it.stay).collect();
            let told: BTreeSet<u64> = story.0.keys().copied().collect();
            prop_assert!(here.is_subset(&told));
            let all: BTreeSet<u64> = stage.room.occupants().map(|it| it.stay).collect();
            prop_assert!(told.is_subset(&all), "nobody is told of who is not here");
        }
    }
}
