//! The room in which the scenes of these tests are played.

use domovoi_admin::Admin;
use domovoi_plugin::{
    Affiliation, Role,
    testing::{Bench, BenchRoom},
};

/// A room of which the bot is owner, with an owner, an admin, a moderator, a member and two more people.
pub(crate) fn garden() -> (Bench, BenchRoom) {
    let bench = Bench::new(Box::new(Admin));
    let room = bench.room("garden@chat.example", Affiliation::Owner);
    room.join("olga", Affiliation::Owner);
    room.join("anna", Affiliation::Admin);
    room.join("mike", Affiliation::None).is_made(Role::Moderator);
    room.join("mary", Affiliation::Member);
    room.join("bob", Affiliation::None);
    room.join("Big Bad Wolf", Affiliation::None);
    (bench, room)
}

/// Plays a scene in that room; the plugin must come through it without a fault.
#[track_caller]
pub(crate) fn check(script: &str) {
    let (bench, room) = garden();
    bench.play(&room, script);
    assert_eq!(bench.faults(), []);
}
