//! The example of every command works, in both languages.

use domovoi_plugin::{Affiliation, Level, Node};

use crate::garden;

#[test]
fn the_example_of_every_command_works_in_both_languages() {
    let (bench, room) = garden();
    bench.language("ru");
    // An owner of the room too: guards let alone who gives so many commands at once.
    let juliet = room.join("juliet", Affiliation::Owner);
    bench.give_level(juliet.jid().as_str(), Level::BOT_OWNER);
    room.join("bob", Affiliation::None);
    let node = Node::of("blocks.example".parse().unwrap(), "muc_bans_sha256");
    bench.node(&node, Vec::new());
    bench.try_examples(&juliet, |_| ());
}
