//! What a person takes back, the guard does not hold against anybody either.

use domovoi_plugin::{
    Affiliation, Identity, Incident, Nick, PluginName, Said, Target, Timestamp,
    testing::{Bench, BenchRoom},
};

use crate::{garden, room_of};

const ADVERT: &str = "Cheap watches for everybody, today only, at https://shop.example/now !!";

fn target(nick: &str) -> Target {
    let identity = Identity::Jid(format!("{nick}@people.example").parse().unwrap());
    Target { nick: Nick::new(nick).unwrap(), identity }
}

/// What the host tells of an incident that lasted until now.
fn incident(bench: &Bench, opened: Timestamp, people: &[&str], said: &[&str]) -> Incident {
    let said =
        said.iter().map(|text| Said { at: opened, nick: people.concat(), text: (*text).to_owned(), stanza_id: None });
    Incident {
        room: "garden@chat.example".parse().unwrap(),
        number: 1,
        plugin: PluginName::new("guard").unwrap(),
        opened,
        last: bench.now(),
        is_raid: false,
        is_observed: false,
        people: people.iter().map(|it| target(it)).collect(),
        rules: Vec::new(),
        said: said.collect(),
    }
}

/// Bob advertises until he is sentenced, and then says that it was a mistake.
fn sentenced() -> (Bench, BenchRoom, Timestamp) {
    let (bench, room) = garden();
    let opened = bench.now();
    let bob = room.join("bob", Affiliation::None);
    for _ in 0..3 {
        bob.says(ADVERT);
    }
    assert!(bench.verdicts().iter().any(|it| it.answer.is_flagged()), "{:?}", bench.verdicts());
    (bench, room, opened)
}

/// Whether the next copy is held against its author, said half an hour later by someone new.
fn is_held(bench: &Bench, room: &BenchRoom, nick: &str) -> bool {
    bench.advance("1800s");
    let n_before = bench.verdicts().len();
    room.join(nick, Affiliation::None).says(ADVERT);
    bench.verdicts().iter().skip(n_before).any(|it| it.answer.is_flagged())
}

#[test]
fn what_was_said_may_be_said_again_here_and_elsewhere() {
    for said in [&[ADVERT][..], &[]] {
        let (bench, room, opened) = sentenced();
        let other = room_of(&bench, "shed@chat.example");
        let incident = incident(&bench, opened, &["bob"], said);
        assert!(is_held(&bench, &other, "eve"));
        let words = bench.undo(&incident).unwrap();
        assert!(words.contains("nothing of it"), "{words}");
        bench.advance("2s");
        let third = room_of(&bench, "barn@chat.example");
        for (room, nick) in [(&room, "fred"), (&third, "gina")] {
            assert!(!is_held(&bench, room, nick), "{:?}", bench.verdicts());
        }
    }
}

#[test]
fn what_is_forgiven_may_be_said_again_at_once() {
    let (bench, room, opened) = sentenced();
    let n_before = bench.verdicts().len();
    bench.undo(&incident(&bench, opened, &["bob"], &[ADVERT])).unwrap();
    room.join("eve", Affiliation::None).says(ADVERT);
    assert!(bench.verdicts().iter().skip(n_before).all(|it| !it.answer.is_flagged()), "{:?}", bench.verdicts());
}

#[test]
fn what_others_were_sentenced_for_stays() {
    let (bench, room, opened) = sentenced();
    let other = "the honest words of somebody who has nothing to do with watches at all";
    bench.undo(&incident(&bench, opened, &["carl"], &[other]));
    bench.advance("2s");
    assert!(is_held(&bench, &room, "eve"));
}

#[test]
fn the_forgiven_person_starts_from_where_they_were() {
    let (bench, room) = garden();
    let bob = room.join("bob", Affiliation::None);
    for n in 0..12 {
        bench.advance("90s");
        bob.says(&format!("something worth saying about matter number {}", n * n * 7_919));
    }
    let told = |bench: &Bench| {
        drop(bench.answers());
        bob.whispers("mydata");
        bench.advance("3s");
        bench.answers().concat()
    };
    let before = told(&bench);
    assert!(before.contains("12"), "{before}");
    let opened = bench.now();
    for _ in 0..4 {
        bob.says("read this read this read this read this");
    }
    assert!(bench.verdicts().iter().any(|it| it.answer.is_flagged()), "{:?}", bench.verdicts());
    bench.undo(&incident(&bench, opened, &["bob"], &[]));
    bench.advance("30s");
    let after = told(&bench);
    assert!(after.contains("15 messages") && !after.contains("sentence"), "{before} / {after}");
}
