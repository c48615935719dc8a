//! Help, and questions to clients and servers.

use crate::host::testing::Scene;

#[tokio::test]
async fn ping_answers_pong_and_measures() {
    let it = Scene::new().await;
    assert_eq!(it.say("alice", "!ping").await, ["alice: pong"]);
    assert_eq!(it.say("alice", "!ping bob").await, ["alice: bob answered within 0.042 s."]);
    assert_eq!(it.say("alice", "!ping server.example").await, ["alice: server.example answered within 0.042 s."]);
    assert_eq!(it.say("alice", "!ping silent.example").await, ["alice: silent.example did not answer."]);
}

#[tokio::test]
async fn help_lists_what_this_person_may_give() {
    let it = Scene::new().await;
    let said = it.say("alice", "!help").await;
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("core: help"), "{said:?}");
}

#[tokio::test]
async fn strangers_are_not_asked_for_just_anybody() {
    let it = Scene::new().await;
    let said = it.say("alice", "!version tybalt@capulet.example").await;
    assert_eq!(
        said,
        ["alice: I ask servers by their address (capulet.example), people only by the nick of someone here."]
    );
    assert_eq!(it.say("alice", "!version").await, ["alice: alice uses Gajim 1.8."]);
    assert_eq!(
        it.say("bob", "!time tybalt").await,
        ["bob: Nobody here, and nobody who left lately, is called “tybalt”. A JID works too."]
    );
    assert_eq!(it.say("bob", "!uptime server.example").await, ["bob: server.example has been running for 3d."]);
}
