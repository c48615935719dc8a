//! The same line again and again: who is answered, and what the others are told.

use std::time::Duration;

use domovoi_plugin::{Place, Target};

use crate::host::testing::{Scene, garden};

const ROLL: &str = "!ping";
const PACE: Duration = Duration::from_secs(4);
const HINT: &str = "@bob “ping” came several times within two minutes, and your client does not tell me that a person \
                    uses it, so I do not answer it for now: two bots that answer each other would go on for ever. Wait \
                    two minutes, or say something else.";

fn client(nick: &str) -> String {
    format!("{}/{nick}", garden())
}

/// What is said to so many of the same line in a row.
async fn repeat(it: &Scene, n_lines: usize) -> Vec<Vec<String>> {
    let mut said = Vec::new();
    for _ in 0..n_lines {
        said.push(it.say("bob", ROLL).await);
        it.advance(PACE);
    }
    said
}

#[tokio::test]
async fn whose_client_is_one_of_people_s_may_repeat_a_line() {
    for says in ["pc", "phone", "web", "console", "handheld", "sms", "tablet", "game"] {
        let it = Scene::new().await;
        it.stage.set_client(&client("bob"), Some(format!("client/{says}").leak()));
        assert_eq!(repeat(&it, 6).await, vec![["bob: pong"]; 6], "{says}");
        assert_eq!(it.stage.n_identity(), 1, "what it said is remembered");
    }
}

#[tokio::test]
async fn nobody_else_is_answered_the_fifth_time() {
    let others = ["gateway/irc", "component/generic", "automation/rpc", "client/unheard-of", "server/im", ""];
    for says in others.map(Some).into_iter().chain([None]) {
        let it = Scene::new().await;
        it.stage.set_client(&client("bob"), says);
        let said = repeat(&it, 6).await;
        assert_eq!(said[..4], vec![["bob: pong"]; 4], "{says:?}");
        assert_eq!(said[4..], [vec![HINT.to_owned()], vec![]], "told once, in private: {says:?}");
        assert_eq!(it.say("bob", "!ping me").await.len(), 1, "another line is answered: {says:?}");
        assert_eq!(it.say("alice", "!ping").await, ["alice: pong"], "and another person: {says:?}");
        it.advance(Duration::from_secs(120));
        assert_eq!(it.say("bob", "!ping").await, ["bob: pong"], "after two minutes: {says:?}");
    }
}

#[tokio::test]
async fn the_hint_comes_once_an_hour_and_never_to_a_bot() {
    let it = Scene::new().await;
    it.stage.set_client(&client("bob"), None);
    let n_told = async || repeat(&it, 8).await.concat().iter().filter(|it| it.starts_with('@')).count();
    assert_eq!(n_told().await, 1);
    it.advance(Duration::from_secs(1_800));
    assert_eq!(n_told().await, 0);
    it.advance(Duration::from_secs(1_800));
    assert_eq!(n_told().await, 1);
    // A moderator's bot is heard, and four of the same are enough for it too.
    it.stage.set_client(&client("nurse"), Some("client/bot"));
    let mut said = Vec::new();
    for _ in 0..10 {
        said.extend(it.say("nurse", ROLL).await);
    }
    assert_eq!(said, ["nurse: pong"; 4]);
}

#[tokio::test]
async fn what_is_hinted_in_private_is_in_the_reader_s_language() {
    let it = Scene::new().await;
    it.stage.set_client(&client("bob"), None);
    it.whisper("bob", "language ru").await;
    assert_eq!(it.say("bob", "!pingg").await, ["@bob Может быть, «ping»?"]);
    let said = repeat(&it, 5).await.concat();
    assert!(said.last().is_some_and(|it| it.starts_with("@bob «ping» пришло несколько раз")), "{said:?}");
}

#[tokio::test]
async fn nothing_is_told_of_commands_of_other_bots() {
    let it = Scene::new().await;
    it.stage.set_client(&client("bob"), None);
    for _ in 0..6 {
        assert_eq!(it.say("bob", "!xyzzy").await, [""; 0]);
    }
}

#[tokio::test]
async fn a_client_that_did_not_answer_is_asked_again_a_minute_later() {
    let it = Scene::new().await;
    it.stage.set_client(&client("bob"), None);
    assert_eq!(repeat(&it, 7).await.concat().len(), 5);
    assert_eq!(it.stage.n_identity(), 1, "a loop asks its partner once a minute, not with each line");
    it.stage.set_client(&client("bob"), Some("client/phone"));
    it.advance(Duration::from_secs(50));
    assert_eq!(it.say("bob", ROLL).await, ["bob: pong"]);
}

#[tokio::test]
async fn who_claims_to_be_a_person_still_ends() {
    let it = Scene::new().await;
    let mut n_said = 0;
    for _ in 0..30 {
        n_said += it.say("bob", ROLL).await.len();
        it.advance(PACE);
    }
    assert_eq!(n_said, 12);
}

#[tokio::test]
async fn a_direct_chat_asks_the_client_that_wrote() {
    let it = Scene::new().await;
    for (who, n_heard) in [("juliet@capulet.example/balcony", 6), ("juliet@capulet.example/script", 4)] {
        it.stage.set_client("juliet@capulet.example/script", None);
        let mut said = Vec::new();
        for _ in 0..6 {
            said.extend(it.direct(who, "ping").await);
            it.advance(PACE);
        }
        assert_eq!(said.iter().filter(|it| it.ends_with("pong")).count(), n_heard, "{said:?}");
        it.advance(Duration::from_secs(200));
    }
}

#[tokio::test]
async fn a_long_answer_is_read_to_its_end_whatever_the_client_says() {
    let it = Scene::new().await;
    it.stage.set_client(&client("bob"), None);
    let occupant = it.stage.occupant(&garden(), "bob").unwrap();
    let to = Target { nick: occupant.nick.clone(), identity: occupant.identity() };
    let long = "x\n".repeat(8 * 9);
    it.host.answer(&it.host.own_name(), Some(&garden()), &Place::Room, Some(&to), long).await;
    drop(it.stage.said());
    for page in 0..8 {
        let said = it.say("bob", "!more").await.concat();
        assert!(said.starts_with("bob:\nx"), "page {page}: {said}");
        it.advance(PACE);
    }
    let said = it.say("bob", "!more").await.concat();
    assert!(said.starts_with("@bob “more” came"), "that there is nothing more could be said for ever: {said}");
}

#[tokio::test]
async fn who_is_no_person_hears_three_times_that_a_word_is_unknown() {
    let it = Scene::new().await;
    it.stage.set_client(&client("bob"), Some("component/generic"));
    let strays = async |nick: &str| {
        let mut said = Vec::new();
        for n in 0..5 {
            said.extend(it.whisper(nick, &format!("thank you for message {n}")).await);
        }
        said.len()
    };
    assert_eq!(strays("bob").await, 3);
    assert_eq!(strays("alice").await, 5);
    it.advance(Duration::from_secs(300));
    assert_eq!(strays("bob").await, 1);
    assert_eq!(it.whisper("bob", "ping").await, ["@bob pong"]);
}
