//! Cool-downs: of a person, a room and a command; whom they cost, and whom they spare.

use domovoi_plugin::{Affiliation, Role};
use std::time::Duration;

use crate::host::testing::{Scene, garden};

/// How many of so many different lines are answered.
async fn n_answered(it: &Scene, nick: &str, n: usize) -> usize {
    let mut n_answered = 0;
    for line in 0..n {
        n_answered += it.say(nick, &format!("!help nothing{line}")).await.len();
    }
    n_answered
}

#[tokio::test]
async fn a_flood_of_commands_costs_the_flooder_and_not_the_room() {
    let it = Scene::new().await;
    assert_eq!(n_answered(&it, "alice", 300).await, 6);
    assert_eq!(it.say("bob", "!ping").await, ["bob: pong"], "what was refused costs nobody else");
    assert_eq!(it.say("alice", "!ping").await, [""; 0]);
    it.advance(Duration::from_secs(3));
    assert_eq!(it.say("alice", "!ping").await, ["alice: pong"], "twenty a minute");
    assert_eq!(it.say("alice", "!ping").await, [""; 0]);
    assert_eq!(it.whisper("alice", "ping").await, [""; 0], "in private, too");
    let text = it.host.metrics.text();
    assert!(text.contains("domovoi_queue_drops_total{name=\"commands cooled down\"}"), "{text}");
}

#[tokio::test]
async fn whoever_keeps_order_may_give_many() {
    let it = Scene::new().await;
    assert_eq!(n_answered(&it, "nurse", 100).await, 30);
    assert_eq!(n_answered(&it, "juliet", 100).await, 100, "an owner of the bot as many as they like");
    assert_eq!(it.say("bob", "!ping").await, ["bob: pong"]);
}

#[tokio::test]
async fn one_command_of_many_people_leaves_room_for_others() {
    let it = Scene::new().await;
    let mut n_pongs = 0;
    for n in 0..20 {
        let nick = format!("guest{n}");
        let jid = format!("{nick}@guests.example/x");
        it.stage.put(&garden(), &nick, Some(&jid), (Role::Participant, Affiliation::None));
        n_pongs += it.say(&nick, "!ping").await.len();
    }
    assert_eq!(n_pongs, 15, "of one command");
    for n in 0..20 {
        n_pongs += it.say(&format!("guest{n}"), "!version").await.len();
    }
    assert!((29..=30).contains(&n_pongs), "of all: {n_pongs}");
    assert_eq!(it.say("nurse", "!ping").await, ["nurse: pong"], "moderators are heard all the same");
}
