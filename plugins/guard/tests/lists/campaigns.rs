//! What one room took back, another stops at its first copy.

use domovoi_plugin::{Affiliation, MemoKind};

use crate::{garden, room_of};

const ADVERT: &str = "Cheap watches for everybody, today only, at https://shop.example/now !!";

#[test]
fn the_second_room_stops_the_first_copy() {
    let (bench, room) = garden();
    let other = room_of(&bench, "shed@chat.example");
    let bob = room.join("bob", Affiliation::None);
    for _ in 0..3 {
        bob.says(ADVERT);
    }
    let removed = bench.memos().into_iter().filter(|it| it.kind == MemoKind::Own("removed")).count();
    assert!(0 < removed, "{:?}", bench.verdicts());
    let text = format!("{:?}", bench.memos());
    assert!(!text.contains("watches"), "fingerprints travel, never texts");
    drop(bench.answers());
    let n_before = bench.verdicts().len();
    other.join("eve", Affiliation::None).says(&ADVERT.to_uppercase());
    let verdicts = bench.verdicts();
    assert_eq!(verdicts[n_before].rule, "campaign");
    assert!(verdicts[n_before].answer.is_flagged(), "{verdicts:?}");
    // An honest word about the same thing is none of it.
    let carl = other.join("carl", Affiliation::None);
    carl.says("where can I have my watch repaired for little money in this town, does anybody know?");
    assert_eq!(bench.verdicts().len(), n_before + 1);
}

#[test]
fn a_room_may_stay_apart_and_a_day_later_it_is_forgotten() {
    let (bench, room) = garden();
    bench.set("campaigns", "false");
    let apart = room_of(&bench, "apart@chat.example");
    let bob = room.join("bob", Affiliation::None);
    for _ in 0..3 {
        bob.says(ADVERT);
    }
    let n_before = bench.verdicts().len();
    apart.join("eve", Affiliation::None).says(ADVERT);
    assert_eq!(bench.verdicts().len(), n_before);
}

#[test]
fn what_a_regular_said_is_no_campaign() {
    let (bench, room) = garden();
    let mary = room.join("mary", Affiliation::Member);
    for _ in 0..10 {
        mary.says(ADVERT);
    }
    assert!(bench.memos().iter().all(|it| it.kind != MemoKind::Own("removed")));
}
