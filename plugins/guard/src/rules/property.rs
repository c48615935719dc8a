//! What holds of every rule, whatever is done: played through the guard of a room, rule by rule.
//!
//! Each rule is tried alone, all others off. A rule that the made-up doings never provoke fails a test, unless it is
//! about what people wrote down, which has tests of its own.

use std::sync::Arc;

use domovoi_plugin::{
    Affiliation, Cause, Correction, Event, EventKind, Features, Identity, Leave, Message, MessageId, Moderation, Nick,
    Occupant, Phase, Reaction, Role, RoomGuard as _, RoomJid, Settings, Show, StanzaId, Timestamp, Verdict, View,
};
use proptest::prelude::*;

use super::Rule;
use crate::{
    options::{self, Config},
    room::Room,
};

const DAY: i64 = 86_400_000;
const START: i64 = 1_795_000_000_000;
/// Texts that rules look for, and some that no one should mind.
const TEXTS: &[&str] = &[
    "hello everybody",
    "lol",
    "x",
    "+1",
    "cheap watches at https://shop.example/sale, hurry up",
    "CHEAP watches at https://shop.example/sale, hurry!!! 100%",
    "come to xmpp:fun@rooms.example?join now",
    "call +1 555 123 45 67",
    "your account is locked: https://p\u{430}ypal.com/login NOW!!! 100% free",
    "go to \u{202e}moc.elpmaxe",
    "Z\u{300}\u{301}\u{302}\u{303}\u{304}a\u{300}\u{301}\u{302}\u{303}\u{304}l\u{300}\u{301}\u{302}\u{303}\u{304}g\u{300}",
    "b u y c h e a p w a t c h e s",
    "> a\n> b\n> c\n> d\n> e\n> f",
    "!weather today",
    "https://up.example/1.jpg",
    "does anyone know how to mount this disk",
    "pal0 pal1 pal2 pal3 pal4 pal5 pal6 pal7",
    "\n\n\n\n\n\n\n\n\n\n\n\n\n\n",
    "READ\nREAD\nREAD\nREAD\nREAD\nREAD\nREAD\nREAD\nREAD\nREAD\nREAD\nREAD",
];

/// What someone does.
#[derive(Clone, Debug)]
enum Doing {
    Says(String),
    Edits(String),
    Reacts(String),
    Whispers(String),
    Subject(String),
    Status(String),
    Renames,
    Comes,
    Goes,
    Breaks,
}

/// Who does it, and how long after the last thing.
type Step = (usize, i64, Doing);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let known = prop::sample::select(TEXTS).prop_map(str::to_owned);
    let text = || prop_oneof![4 => known.clone(), 1 => any::<String>(), 1 => "(\\PC{1,9} ){1,90}"];
    let doing = prop_oneof![
        12 => text().prop_map(Doing::Says),
        2 => text().prop_map(Doing::Edits),
        1 => text().prop_map(Doing::Reacts),
        1 => text().prop_map(Doing::Whispers),
        1 => text().prop_map(Doing::Subject),
        2 => text().prop_map(Doing::Status),
        1 => Just(Doing::Renames),
        2 => Just(Doing::Comes),
        1 => Just(Doing::Goes),
        1 => Just(Doing::Breaks),
    ];
    // Most of it is done by one or two people, so that there is something to add up.
    let who = prop_oneof![6 => Just(0_usize), 2 => Just(1), 3 => 2_usize..8];
    prop::collection::vec((who, prop_oneof![3 => 0_i64..900, 1 => 0_i64..40_000], doing), 1..70)
}

/// Who is in the room.
struct Hall {
    room: RoomJid,
    now: Timestamp,
    features: Features,
    here: Vec<Arc<Occupant>>,
}

impl View for Hall {
    fn room(&self) -> &RoomJid {
        &self.room
    }
    fn now(&self) -> Timestamp {
        self.now
    }
    fn me(&self) -> Option<&Arc<Occupant>> {
        None
    }
    fn occupant(&self, nick: &Nick) -> Option<&Arc<Occupant>> {
        self.here.iter().find(|it| it.nick == *nick)
    }
    fn occupants(&self) -> Box<dyn Iterator<Item = &Arc<Occupant>> + '_> {
        Box::new(self.here.iter())
    }
    fn n_occupants(&self) -> usize {
        self.here.len()
    }
    fn features(&self) -> &Features {
        &self.features
    }
    fn is_spared(&self, _: &Occupant) -> bool {
        false
    }
}

fn occupant(n: usize, affiliation: Affiliation, now: Timestamp) -> Occupant {
    Occupant {
        nick: Nick::new(&format!("pal{n}")).unwrap(),
        role: if Affiliation::Admin <= affiliation { Role::Moderator } else { Role::Participant },
        affiliation,
        jids: vec![format!("p{n}@people.example/x").parse().unwrap()],
        occupant_id: None,
        show: Show::Online,
        status: None,
        caps: None,
        avatar: Some("one picture for all".into()),
        joined_at: now,
        stay: u64::try_from(n).unwrap(),
        is_self: false,
    }
}

/// The guard of a room in which no other rule is asked than this.
struct Trial {
    room: Room,
    hall: Hall,
    n_said: usize,
}

impl Trial {
    fn new(rule: Rule, affiliation: Affiliation) -> Self {
        let others: Vec<&str> = Rule::ALL.iter().filter(|it| **it != rule).map(|it| it.as_str()).collect();
        let given = [("rules_off", others.join(" ")), ("raid", "false".to_owned())];
        let (settings, wrong) = Settings::read(&options::options(), given);
        assert!(wrong.is_empty(), "{wrong:?}");
        let jid: RoomJid = "garden@chat.example".parse().unwrap();
        let now = Timestamp::from_millis(START);
        let features = Features { moderation: Moderation::V1, has_stanza_ids: true, ..Features::default() };
        let here = (0..8).map(|n| Arc::new(occupant(n, affiliation, now))).collect();
        let room = Room::new(&jid, Config::new(&settings), None);
        Self { room, hall: Hall { room: jid, now, features, here }, n_said: 0 }
    }

    fn play(&mut self, steps: &[Step]) -> Vec<Verdict> {
        steps.iter().flat_map(|(who, gap, doing)| self.step(*who, *gap, doing)).collect()
    }

    fn step(&mut self, who: usize, gap: i64, doing: &Doing) -> Vec<Verdict> {
        self.hall.now = Timestamp::from_millis(self.hall.now.as_millis() + gap);
        let kind = self.kind(who, doing);
        let (at, room, occupant) = (self.hall.now, self.hall.room.clone(), Some(self.hall.here[who].clone()));
        let event = Event { at, room, phase: Phase::Live, is_own: false, occupant, kind };
        let first = self.room.judge(&event, &self.hall, &None);
        let mut all = vec![first];
        all.extend(self.room.also());
        all.extend(self.room.tick(at, &self.hall, &None));
        all.retain(|it| !it.is_pass());
        all
    }

    fn message(&mut self, text: &str) -> Message {
        self.n_said += 1;
        Message {
            id: Some(MessageId::new(format!("m{}", self.n_said))),
            stanza_id: Some(StanzaId::new(format!("s{}", self.n_said))),
            body: text.to_owned(),
            ..Message::default()
        }
    }

    fn kind(&mut self, who: usize, doing: &Doing) -> EventKind {
        let place = Arc::make_mut(&mut self.hall.here[who]);
        match doing {
            Doing::Status(text) => {
                place.status = Some(text.as_str().into());
                EventKind::Presence
            }
            Doing::Renames => {
                let old = place.nick.clone();
                place.nick = Nick::new(if old.as_str().starts_with('p') { "shop.example" } else { "p9" }).unwrap();
                EventKind::Nick { old }
            }
            Doing::Comes => {
                place.joined_at = self.hall.now;
                EventKind::Join
            }
            Doing::Goes => EventKind::Leave(Leave { cause: Cause::Left, actor: None, reason: None }),
            Doing::Breaks => EventKind::Malformed { why: "too deep".to_owned() },
            Doing::Subject(text) => EventKind::Subject { text: text.clone() },
            Doing::Reacts(text) => {
                EventKind::Reaction(Reaction { target: "s1".to_owned(), emojis: vec![text.clone()] })
            }
            Doing::Says(text) => EventKind::Message(self.message(text)),
            Doing::Whispers(text) => EventKind::Private(self.message(text)),
            Doing::Edits(text) => {
                let replaces = MessageId::new(format!("m{}", self.n_said));
                EventKind::Correction(Correction { replaces, message: self.message(text) })
            }
        }
    }

    /// What is held against anybody at some time.
    fn points(&mut self, now: Timestamp) -> u32 {
        self.room.past.people.iter().map(|it| it.points.sum(now)).max().unwrap_or(0)
    }
}

/// So many times the same, a second apart.
fn again(n: usize, doing: &Doing) -> Vec<Step> {
    (0..n).map(|_| (0, 1_000, doing.clone())).collect()
}

fn says(text: &str) -> Doing {
    Doing::Says(text.to_owned())
}

/// What provokes a rule; `None` of rules about what people wrote down, of which `tests/lists` has conversations, and of
/// those that only speak where another has found something.
fn provocation(rule: Rule) -> Option<Vec<Step>> {
    const ADVERT: &str = "cheap watches at https://shop.example/sale, hurry up";
    Some(match rule {
        Rule::Words | Rule::Own | Rule::Block | Rule::Campaign | Rule::Report | Rule::Account => return None,
        Rule::Wave | Rule::Removed => return None,
        Rule::Rate => (0..9).map(|n| (0, 100, says(&format!("line {n}")))).collect(),
        Rule::Repeat => again(4, &says("does anyone know how to mount this disk")),
        Rule::Size => again(1, &says(&"READ\n".repeat(12))),
        Rule::Churn => again(8, &Doing::Comes),
        Rule::Crowd => (0..3).map(|who| (who, 1_000, says(ADVERT))).collect(),
        Rule::Link => again(1, &says(ADVERT)),
        Rule::Contact => vec![
            (0, 1_000, says("call me: +1 555 123 45 67")),
            (0, 1_000, says("loans for all, +15551234567 is the number")),
        ],
        Rule::Edit => vec![(0, 1_000, says("good morning to you")), (0, 1_000, Doing::Edits(ADVERT.to_owned()))],
        Rule::Hidden => again(1, &says("go to \u{202e}moc.elpmaxe")),
        Rule::Mentions => again(1, &says("pal1 pal2 pal3 pal4 pal5 pal6 pal7")),
        Rule::Media => again(5, &says("https://up.example/1.jpg")),
        Rule::Spread => again(1, &says("b u y c h e a p w a t c h e s")),
        Rule::Quotes => again(4, &says("> a\n> b\n> c\n> d\n> e\n> f")),
        Rule::Command => again(6, &says("!weather today")),
        Rule::Nick => again(1, &Doing::Renames),
        Rule::Status => again(1, &Doing::Status(ADVERT.to_owned())),
        Rule::Reaction => again(1, &Doing::Reacts("buy at shop.example".to_owned())),
    })
}

/// Everything that holds of a rule, for one course of things.
fn holds(rule: Rule, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut trial = Trial::new(rule, Affiliation::None);
    let verdicts = trial.play(steps);
    prop_assert_eq!(&verdicts, &Trial::new(rule, Affiliation::None).play(steps), "the same each time");
    for verdict in &verdicts {
        prop_assert!(verdict.target.is_some(), "{:?}", verdict);
        prop_assert!(verdict.because.iter().all(|it| it.rule == rule.as_str()), "{:?}", verdict);
    }
    for affiliation in [Affiliation::Member, Affiliation::Admin, Affiliation::Owner] {
        prop_assert_eq!(Trial::new(rule, affiliation).play(steps), [], "{:?}", affiliation);
    }
    let later = Timestamp::from_millis(trial.hall.now.as_millis() + DAY);
    let (now, before) = (trial.hall.now, trial.points(trial.hall.now));
    let soon = trial.points(Timestamp::from_millis(now.as_millis() + 60_000));
    prop_assert!(soon <= before && trial.points(later) == 0, "{} {}", before, soon);
    let again = trial.step(0, DAY, &Doing::Says("good morning".to_owned()));
    prop_assert!(again.is_empty(), "nothing is left: {:?}", again);
    // What it remembers survives a restart, whatever was done.
    let saved = trial.room.save();
    let restored = Room::new(&trial.hall.room, trial.room.config, Some(&saved));
    prop_assert_eq!(restored.save(), saved);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn every_rule_is_deterministic_spares_whom_it_must_and_forgives(steps in steps()) {
        for rule in Rule::ALL {
            holds(*rule, &steps)?;
        }
    }
}

#[test]
fn every_rule_that_judges_by_itself_has_its_line_in_the_readme() {
    let readme = include_str!("../../README.md");
    let rows: Vec<Vec<&str>> =
        readme.lines().filter(|it| it.starts_with("| `")).map(|it| it.split(" | ").collect()).collect();
    let is_of_people =
        |it: &Rule| matches!(it, Rule::Words | Rule::Own | Rule::Block | Rule::Campaign | Rule::Report | Rule::Account);
    for rule in Rule::ALL.iter().filter(|it| !is_of_people(it)) {
        let begin = format!("| `{}`", rule.as_str());
        let row = rows.iter().find(|it| it.len() == 6 && it[0].starts_with(&begin));
        let row = row.unwrap_or_else(|| {
            panic!("{begin}: threshold, points, half-life, what it is needed for and what it spares")
        });
        let half_life = format!("{} min", rule.half_life().as_secs() / 60);
        assert_eq!(row[3], half_life, "{begin}");
    }
}

#[test]
fn every_rule_is_provoked_by_something() {
    for rule in Rule::ALL {
        let Some(steps) = provocation(*rule) else { continue };
        let mut trial = Trial::new(*rule, Affiliation::None);
        trial.play(&steps);
        assert!(0 < trial.points(trial.hall.now), "{rule:?}");
        holds(*rule, &steps).unwrap();
    }
}

#[test]
fn an_identity_that_is_only_a_stay_is_judged_like_any_other() {
    let mut trial = Trial::new(Rule::Rate, Affiliation::None);
    Arc::make_mut(&mut trial.hall.here[0]).jids.clear();
    let verdicts: Vec<Verdict> =
        (0..9).flat_map(|n| trial.step(0, 100, &Doing::Says(format!("line {n} of many")))).collect();
    let target = verdicts.iter().find_map(|it| it.target.clone()).unwrap();
    assert_eq!(target.identity, Identity::Occupancy(0));
}
