//! Lists, rules of owners, block lists, campaigns and what people may ask, each as a conversation on the bench.
#![allow(clippy::unwrap_used, reason = "allow-unwrap-in-tests does not reach helper functions")]

mod blocks;
mod campaigns;
mod examples;
mod people;
mod rules;
mod undo;
mod words;

use domovoi_plugin::{
    Affiliation,
    testing::{Bench, BenchRoom},
};

/// A room with an owner, an admin, and the bot as admin.
pub fn garden() -> (Bench, BenchRoom) {
    let bench = Bench::new(domovoi_guard::plugin());
    let room = room_of(&bench, "garden@chat.example");
    (bench, room)
}

/// Another room of the same bot.
pub fn room_of(bench: &Bench, jid: &str) -> BenchRoom {
    let room = bench.room(jid, Affiliation::Owner);
    room.features(|it| {
        it.moderation = domovoi_plugin::Moderation::V1;
        it.has_stanza_ids = true;
    });
    room.join("olga", Affiliation::Owner);
    room.join("anna", Affiliation::Admin);
    room
}

/// What the bot did to people, without what it said and took back.
pub fn deeds(bench: &Bench) -> Vec<String> {
    let is_deed =
        |it: &String| !["bot: ", "bot to ", "bot tells ", "bot retracts "].iter().any(|start| it.starts_with(start));
    bench.answers().into_iter().filter(is_deed).collect()
}
