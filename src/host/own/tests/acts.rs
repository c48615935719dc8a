//! `acts`: who made the bot do what.

use std::time::Duration;

use domovoi_plugin::{ActError, Action, Affiliation, Asker, Level, Outcome, Role};

use crate::host::{
    acts::{self, Act},
    room::Acted,
    testing::{GARDEN, Scene, garden},
};
use crate::store::Batch;

const OWNER: &str = "juliet@capulet.example";

async fn act(it: &Scene, seq: u64, action: &Action, by: Option<&str>) {
    act_with(it, (seq, "done"), action, by).await;
}

async fn act_with(it: &Scene, (seq, told): (u64, &str), action: &Action, by: Option<&str>) {
    let by = by.map(|nick| Asker {
        identity: domovoi_plugin::Identity::Jid(format!("{nick}@{nick}.example").parse().unwrap()),
        nick: nick.to_owned(),
        signature: format!("by {nick}"),
        level: Level::MODERATOR,
        occupant: None,
        is_override: false,
    });
    let plugin = if by.is_some() { "admin" } else { "guard" }.parse().unwrap();
    let result: Result<Outcome, ActError> = Ok(Outcome::Done);
    let took = Duration::ZERO;
    let acted = Acted { plugin: &plugin, action, by: by.as_ref(), result: &result, took, incident: None };
    let act = Act::of(&acted, told, seq, it.host.clock.now()).unwrap();
    let batch = acts::put(Batch::new(), &garden(), &act);
    it.host.store.state.commit(batch).await.unwrap();
}

#[tokio::test]
async fn acts_say_who_made_the_bot_do_what() {
    let it = Scene::new().await;
    assert_eq!(it.say("nurse", "!acts").await, ["nurse: I did nothing of that kind here."]);
    let jid = |nick: &str| format!("{nick}@{nick}.example").parse().unwrap();
    let ban = |nick| Action::Ban { jid: jid(nick), span: Some(Duration::from_secs(7200)), reason: "ads".to_owned() };
    act(&it, 0, &ban("tybalt"), Some("nurse")).await;
    act(&it, 1, &ban("paris"), None).await;
    assert_eq!(
        it.say("nurse", "!acts").await,
        ["@nurse 2026-11-18 11:06 banned paris@paris.example for 2 hours (ads) — by me (guard): done\n\
         2026-11-18 11:06 banned tybalt@tybalt.example for 2 hours (ads) — by nurse: done"]
    );
    assert!(!it.say("nurse", "!acts tybalt@tybalt.example").await[0].contains("paris"));
    assert!(!it.say("nurse", "!acts 24h nurse").await[0].contains("paris"));
    act(&it, 2, &ban("bob"), Some("nurse")).await;
    let of_bob = it.say("nurse", "!acts bob").await;
    assert!(of_bob[0].contains("banned bob@bob.example"), "who was banned by JID is found by nick: {of_bob:?}");
    assert!(!of_bob[0].contains("tybalt"), "{of_bob:?}");
    assert_eq!(it.say("bob", "!acts").await, ["bob: That takes at least the level 15 (moderator)."]);
    assert_eq!(acts::next_seq(&it.host.store.state, &garden()).await.unwrap(), 3);
    act(&it, 1000, &ban("lady"), None).await;
    let now = it.host.clock.now();
    let kept = acts::list(&it.host.store.state, &garden(), now - Duration::from_secs(60), now).await.unwrap();
    assert_eq!(kept.iter().map(|it| it.seq).collect::<Vec<_>>(), [1000, 2, 1], "the ring is full after a thousand");
    let later = now + acts::KEPT_FOR;
    assert_eq!(acts::list(&it.host.store.state, &garden(), now, later).await.unwrap(), []);
}

#[tokio::test]
async fn acts_say_what_was_given_and_why_not() {
    let it = Scene::new().await;
    let above = ActError::Above { nick: "juliet".to_owned(), what: "an owner" }.to_string();
    let refused = "the server refused: not-allowed";
    for (seq, told, why) in [(0, above.as_str(), "juliet — владелец, трогать нельзя."), (1, refused, "Сервер отказал")]
    {
        let it = Scene::new().await;
        let carl = "carl@carl.example".parse().unwrap();
        let ban = Action::Ban { jid: carl, span: None, reason: String::new() };
        act_with(&it, (seq, told), &ban, Some("nurse")).await;
        it.say("romeo", "!language ru").await;
        let said = it.say("nurse", "!действия").await;
        assert!(said[0].contains(&format!("nurse: не вышло. {why}")), "{said:?}");
    }
    let carl = "carl@carl.example".parse().unwrap();
    let member = Action::Affiliation { jid: carl, affiliation: Affiliation::Member, reason: String::new() };
    act(&it, 0, &member, Some("romeo")).await;
    let member = "2026-11-18 11:06 made member carl@carl.example — by romeo: done";
    assert_eq!(it.say("nurse", "!acts").await, [format!("@nurse {member}")]);
    it.say("romeo", "!language ru").await;
    let member = "2026-11-18 11:06 сделан постоянным участником carl@carl.example — romeo: сделано";
    assert_eq!(it.say("nurse", "!действия").await, [format!("@nurse {member}")]);
    it.say("romeo", "!language en").await;
    let carl: domovoi_plugin::jid::BareJid = "carl@carl.example".parse().unwrap();
    let none = Action::Affiliation { jid: carl.clone(), affiliation: Affiliation::None, reason: String::new() };
    let role = |role| {
        let who = domovoi_plugin::Target {
            nick: "carl".parse().unwrap(),
            identity: domovoi_plugin::Identity::Jid(carl.clone()),
        };
        Action::Role { target: who, role, reason: String::new() }
    };
    act(&it, 1, &none, Some("romeo")).await;
    act(&it, 2, &Action::Ban { jid: carl.clone(), span: None, reason: String::new() }, Some("romeo")).await;
    act(&it, 3, &none, Some("nurse")).await;
    act(&it, 4, &role(Role::Visitor), Some("nurse")).await;
    act(&it, 5, &role(Role::Moderator), Some("nurse")).await;
    let said = it.whisper("nurse", "acts").await[0].clone();
    let told: Vec<&str> = said.lines().filter_map(|it| it.split("11:06 ").nth(1)?.split(" —").next()).collect();
    let unbanned =
        ["made moderator carl", "voice taken from carl", "unbanned carl@carl.example", "banned carl@carl.example"];
    assert_eq!(
        told,
        [unbanned.as_slice(), &["taken off the lists carl@carl.example", "made member carl@carl.example"]].concat()
    );
    assert!(it.whisper("nurse", "acts nurse").await[0].contains("unbanned carl"), "the ban itself was somebody else's");
    it.say("romeo", "!language ru").await;
    let said = it.direct(OWNER, &format!("{GARDEN} rooms")).await;
    let room = "garden@chat.example.org: на месте, main, 8 человек, администратор, модератор";
    assert_eq!(said, [format!("{OWNER}< {room}")]);
}
