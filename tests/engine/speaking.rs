//! What is said and done: history, commands, moderation, answers of the server, pace.

use std::{sync::Arc, time::Duration};

use domovoi::host::outlet::Errand;
use domovoi_plugin::{ActError, Action, Outcome};
use domovoi_stage::xml::Element;

use crate::{
    house::{House, room, says, secs, with_main},
    server::{Person, Server, error, jid},
};

const GUARD: &str = "[rooms.\"garden@rooms.example\".plugins]\nguard = { preset = \"public\" }";

fn is_admin_set(it: &Element) -> bool {
    it.kind() == "set" && it.child_ns("query", "http://jabber.org/protocol/muc#admin").is_some()
}

fn is_retract(it: &Element) -> bool {
    it.kind() == "set" && (it.child("moderate").is_some() || it.child("apply-to").is_some())
}

#[tokio::test(start_paused = true)]
async fn history_without_a_subject_ends_after_three_seconds_of_quiet_and_its_commands_are_not_executed() {
    let server = Server::start();
    server.comes("garden", Person::new("alice").of("owner"));
    server.room("garden", |it| {
        it.sends_subject = false;
        it.history = ["!ping", "!kick bob"].map(|body| it.message_of("alice", body)).to_vec();
    });
    let mut house = House::open(server, &with_main(&room("garden", ""))).await;
    let join = house.server.next("join", secs(5), crate::house::is_join("garden")).await;
    // What comes before three seconds are over is history too, and begins them anew.
    tokio::time::sleep(secs(2)).await;
    house.server.says("garden", "alice", "!ping");
    house.joined("garden").await;
    let waited = (house.server.now() - join.at).as_secs_f64();
    assert!((4.9..6.0).contains(&waited), "{waited}");
    house.server.never("an answer", secs(30), |it| says("pong")(it) || is_admin_set(it)).await;
    house.server.says("garden", "alice", "!ping");
    house.server.next("an answer", secs(5), says("pong")).await;
}

#[tokio::test(start_paused = true)]
async fn command_that_pretends_to_be_old_is_executed_all_the_same() {
    let house = House::garden("").await;
    house.server.comes("garden", Person::new("alice"));
    let delay =
        format!("<delay xmlns='urn:xmpp:delay' from='{}' stamp='2020-01-01T00:00:00Z'/></message>", jid("garden"));
    let message = house.server.room("garden", |it| it.message_of("alice", "!ping")).replace("</message>", &delay);
    house.server.tell_room("garden", &message);
    house.server.next("an answer", secs(5), says("pong")).await;
}

/// A flood in a garden that offers this; mallory is stopped and alice, who talks meanwhile, is not.
async fn flood(features: &[&str]) -> House {
    let server = Server::start();
    server.room("garden", |it| it.offers(features));
    server.comes("garden", Person::new("alice"));
    let house = House::in_garden(server, GUARD).await;
    house.server.skip();
    house.server.comes("garden", Person::new("mallory"));
    for n in 0..12 {
        house.server.says("garden", "mallory", &format!("BUY NOW cheap pills {n} http://spam.example/{n}"));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    house.server.says("garden", "alice", "what was that");
    tokio::time::sleep(secs(5)).await;
    let acts = house.server.all(is_admin_set);
    assert!(!acts.is_empty(), "mallory loses voice or place");
    let on_alice = |it: &Element| it.find("item").is_some_and(|it| it.attr("nick") == Some("alice"));
    assert!(acts.iter().all(|it| !on_alice(&it.stanza)), "{acts:?}");
    house
}

#[tokio::test(start_paused = true)]
async fn flood_is_taken_back_in_the_form_of_version_1() {
    let house = flood(&["urn:xmpp:sid:0", "urn:xmpp:message-moderate:1", "urn:xmpp:message-moderate:0"]).await;
    let retracts = house.server.all(is_retract);
    assert!(2 <= retracts.len(), "{retracts:?}");
    for it in &retracts {
        let moderate = it.stanza.child_ns("moderate", "urn:xmpp:message-moderate:1").expect("version 1");
        assert!(moderate.attr("id").is_some_and(|it| it.starts_with('s')));
        assert!(moderate.child_ns("retract", "urn:xmpp:message-retract:1").is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn flood_is_taken_back_in_the_form_of_version_0() {
    let house = flood(&["urn:xmpp:sid:0", "urn:xmpp:message-moderate:0"]).await;
    let retracts = house.server.all(is_retract);
    assert!(2 <= retracts.len(), "{retracts:?}");
    for it in &retracts {
        let apply = it.stanza.child_ns("apply-to", "urn:xmpp:fasten:0").expect("version 0");
        assert!(apply.attr("id").is_some_and(|it| it.starts_with('s')));
        let moderate = apply.child_ns("moderate", "urn:xmpp:message-moderate:0").expect("what is to be done");
        assert!(moderate.child_ns("retract", "urn:xmpp:message-retract:0").is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_taken_back_where_the_room_cannot() {
    let house = flood(&["urn:xmpp:sid:0"]).await;
    assert!(house.server.all(is_retract).is_empty());
}

/// Olga, who owns the garden, and Mallory are there; all admin requests are answered by the script.
async fn court(script: impl FnMut(&Element) -> Option<Vec<String>> + Send + 'static) -> House {
    let server = Server::start();
    server.comes("garden", Person::new("olga").of("owner"));
    server.comes("garden", Person::new("mallory"));
    server.script(script);
    let house = House::in_garden(server, "").await;
    house.server.skip();
    house
}

#[tokio::test(start_paused = true)]
async fn refusal_of_the_server_is_what_the_command_answers() {
    let house = court(|it| is_admin_set(it).then(|| vec![error(it, "cancel", "not-allowed")])).await;
    house.server.says("garden", "olga", "!kick mallory");
    let answer = house.server.next("the refusal", secs(5), says("mallory")).await;
    let body = answer.stanza.body().unwrap_or_default();
    assert!(body.contains("not-allowed") && !body.contains("kicked"), "{body}");
}

#[tokio::test(start_paused = true)]
async fn server_that_does_not_answer_is_said_after_the_time_out() {
    let house = court(|it| is_admin_set(it).then(Vec::new)).await;
    house.server.says("garden", "olga", "!kick mallory");
    let asked = house.server.next("the request", secs(5), is_admin_set).await;
    let answer = house.server.next("the answer", secs(60), says("mallory")).await;
    let waited = (answer.at - asked.at).as_secs_f64();
    assert!((30.0..32.0).contains(&waited), "{waited}");
    assert!(answer.stanza.body().is_some_and(|it| !it.contains("kicked")), "{}", answer.stanza);
}

#[tokio::test(start_paused = true)]
async fn what_the_server_did_is_what_the_command_answers() {
    let house = court(|_| None).await;
    house.server.says("garden", "olga", "!kick mallory");
    let asked = house.server.next("the request", secs(5), is_admin_set).await;
    let reason = asked.stanza.find("reason").map(|it| it.text.clone()).unwrap_or_default();
    assert!(reason.contains("by olga"), "{reason}");
    house.server.next("the answer", secs(5), says("kicked: mallory")).await;
}

fn errand(house: &House, action: Action) -> Errand {
    let (host, name) = (&house.bot.host, jid("garden"));
    Errand { room: name.parse().expect("a room"), plugin: host.own_name(), action, by: None, is_bulk: false }
}

/// Has the bot do all of this at once; gives what came of each.
async fn act_all(house: &House, actions: Vec<Action>) -> Vec<Result<Outcome, ActError>> {
    let outlet = Arc::clone(house.bot.host.outlet().expect("the way to the rooms"));
    let errands = actions.into_iter().map(|it| errand(house, it));
    futures::future::join_all(errands.map(|it| outlet.act(it))).await
}

fn words(n: usize, text: &str) -> Vec<Action> {
    (0..n).map(|i| Action::Say { text: format!("{text} {i}") }).collect()
}

#[tokio::test(start_paused = true)]
async fn words_are_paced_by_room_and_moderation_goes_before_them() {
    let server = Server::start();
    server.comes("garden", Person::new("mallory"));
    let house = House::in_garden(server, "").await;
    let began = house.server.now();
    let mut actions = words(60, "word");
    let jid = "mallory@example.net".parse().expect("an address");
    actions.push(Action::Ban { jid, span: None, reason: "enough".to_owned() });
    let results = act_all(&house, actions).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let said: Vec<f64> = house.server.all(says("word")).iter().map(|it| (it.at - began).as_secs_f64()).collect();
    assert_eq!(said.len(), 60);
    assert!(said[19] < 0.1 && 0.05 < said[20] && said[20] < 0.3, "{said:?}");
    assert!((3.8..4.3).contains(&said[59]), "40 more at ten a second: {said:?}");
    let log = house.server.all(|it| is_admin_set(it) || says("word")(it));
    let ban = log.iter().position(|it| is_admin_set(&it.stanza));
    assert!(ban.is_some_and(|it| it <= 20), "the ban came last and passes all that wait: {ban:?}");
}

#[tokio::test(start_paused = true)]
async fn server_that_reads_nothing_neither_swells_nor_stalls_the_bot() {
    let server = Server::start();
    server.comes("garden", Person::new("alice"));
    let mut house = House::in_garden(server, "").await;
    house.server.set_deaf(true);
    let outlet = Arc::clone(house.bot.host.outlet().expect("the way to the rooms"));
    let text = "x".repeat(2_000);
    let errands: Vec<Errand> = words(3_000, &text).into_iter().map(|it| errand(&house, it)).collect();
    let began = house.server.now();
    let acts = tokio::task::JoinSet::from_iter(errands.into_iter().map(|it| {
        let outlet = Arc::clone(&outlet);
        async move { outlet.act(it).await }
    }));
    let all = tokio::time::timeout(secs(180), acts.join_all());
    let reading = async {
        for n in 0..4 {
            tokio::time::sleep(secs(5)).await;
            let body = format!("still heard {n}");
            house.server.says("garden", "alice", &body);
            house.shown("it reads on", secs(5), |it| it["text"] == body.as_str()).await;
        }
    };
    let (results, ()) = tokio::join!(all, reading);
    let results = results.expect("everyone is answered");
    let n_refused = results.iter().filter(|it| it.is_err()).count();
    assert!(1_500 < n_refused, "what cannot be sent is refused, not kept: {n_refused}");
    house.server.set_deaf(false);
    house.server.skip();
    house.server.says("garden", "alice", "!ping");
    house.server.next("an answer", secs(60), says("pong")).await;
    assert_eq!(house.server.all(crate::house::is_join("garden")).len(), 1, "the stream is resumed");
    assert!(house.server.now() - began < secs(260));
}
