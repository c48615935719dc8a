//! Filling what was missed from a room's archive (XEP-0313).

use std::time::Duration;

use domovoi_stage::xml::Element;

use crate::{
    house::{House, says, secs},
    server::{Archived, Person, Server, T0, leap},
};

const FEATURES: [&str; 4] =
    ["urn:xmpp:sid:0", "urn:xmpp:mam:2", "urn:xmpp:message-moderate:1", "urn:xmpp:occupant-id:0"];
const GUARD: &str = "[rooms.\"garden@rooms.example\".plugins]\nguard = { preset = \"public\" }";

fn is_query(it: &Element) -> bool {
    it.child_ns("query", "urn:xmpp:mam:2").is_some()
}

/// The garden has an archive, and the bot has seen one message of it, which is there if `is_kept`.
async fn garden(more: &str, is_kept: bool) -> House {
    let server = Server::start();
    server.comes("garden", Person::new("alice"));
    server.room("garden", |it| it.offers(&FEATURES));
    let mut house = House::in_garden(server, more).await;
    let id = house.server.says("garden", "alice", "the last one before");
    house.shown("it is seen", secs(5), |it| it["text"] == "the last one before").await;
    let at = T0 + house.server.now();
    if is_kept {
        let archived = Archived { id, at, nick: "alice".to_owned(), body: "the last one before".to_owned() };
        house.server.room("garden", |it| it.archive.push(archived));
    }
    house.server.skip();
    house
}

/// The bot is away for this long, while these are said one after the other at the end of it.
async fn away(house: &mut House, span: Duration, nick: &str, bodies: Vec<String>) {
    house.server.set_up(false);
    house.server.cut("domovoi", false);
    leap(span).await;
    let from = house.server.now().saturating_sub(secs(bodies.len() as u64));
    house.server.room("garden", |it| it.archives(from, nick, bodies));
    house.server.set_up(true);
    house.shown("back", secs(120), |it| it["what"] == "joined").await;
    tokio::time::sleep(secs(5)).await;
}

fn talk(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("word number {i}")).collect()
}

/// What the pages were asked for: before or after which id.
fn pages(house: &House) -> Vec<String> {
    let asked = |it: &Element| {
        let word = |name: &str| it.find(name).map(|it| format!("{name} {}", it.text));
        word("before").or_else(|| word("after")).unwrap_or_else(|| "start".to_owned())
    };
    house.server.all(is_query).iter().map(|it| asked(&it.stanza)).collect()
}

/// Which of the messages of the archive were shown as events, by their numbers.
fn filled(house: &mut House) -> Vec<usize> {
    let mut all = Vec::new();
    while let Some(value) = house.shown_already() {
        let number: Option<usize> = value["text"].as_str().and_then(|it| it.strip_prefix("word number ")?.parse().ok());
        all.extend(number);
    }
    all
}

#[tokio::test(start_paused = true)]
async fn gap_is_filled_page_by_page_until_it_is_complete() {
    let mut house = garden("", true).await;
    away(&mut house, secs(300), "alice", talk(120)).await;
    assert_eq!(pages(&house), ["before ", "before a71", "before a21"]);
    assert_eq!(filled(&mut house), Vec::from_iter(0..120), "in order of time");
}

#[tokio::test(start_paused = true)]
async fn last_message_that_the_archive_does_not_know_leads_to_a_search_by_time() {
    let mut house = garden("records = \"full\"", false).await;
    away(&mut house, secs(1_200), "alice", talk(520)).await;
    let asked = pages(&house);
    assert_eq!(asked[10..], ["after s1", "start"], "{asked:?}");
    let shown = filled(&mut house);
    assert_eq!(shown, Vec::from_iter((20..520).chain(0..20)), "the newest come first");
}

#[tokio::test(start_paused = true)]
async fn room_without_full_records_fetches_five_hundred_at_most() {
    let mut house = garden("", true).await;
    away(&mut house, secs(1_200), "alice", talk(900)).await;
    assert_eq!(filled(&mut house), Vec::from_iter(400..900), "the newest");
}

#[tokio::test(start_paused = true)]
async fn room_with_full_records_fetches_everything() {
    let mut house = garden("records = \"full\"", true).await;
    away(&mut house, secs(1_200), "alice", talk(900)).await;
    assert_eq!(filled(&mut house).len(), 900);
}

#[tokio::test(start_paused = true)]
async fn after_a_day_only_the_last_six_hours_are_fetched() {
    let mut house = garden("", true).await;
    let old: Vec<String> = (0..600).map(|i| format!("long ago {i}")).collect();
    house.server.room("garden", |it| it.archives(secs(600), "alice", old));
    away(&mut house, secs(86_400), "alice", talk(20)).await;
    assert_eq!(filled(&mut house).len(), 20, "the new ones are not crowded out by old ones");
}

#[tokio::test(start_paused = true)]
async fn spam_of_a_gap_is_taken_back_but_nobody_is_muted_or_kicked_for_it_and_no_command_runs() {
    let mut house = garden(GUARD, true).await;
    house.server.comes("garden", Person::new("mallory"));
    let mut bodies: Vec<String> = (0..12).map(|i| format!("BUY NOW cheap pills {i} http://spam.example/{i}")).collect();
    bodies.push("!ping".to_owned());
    away(&mut house, secs(120), "mallory", bodies).await;
    let retracts = house.server.all(|it| it.kind() == "set" && it.child("moderate").is_some());
    assert!(3 <= retracts.len(), "{retracts:?}");
    let is_role = |it: &Element| it.find("item").is_some_and(|it| it.attr("role").is_some());
    assert!(house.server.all(is_role).is_empty());
    assert!(house.server.all(says("pong")).is_empty());
}

#[tokio::test(start_paused = true)]
async fn last_message_that_was_seen_survives_a_restart() {
    let house = garden("", true).await;
    let server = house.server.clone();
    let dir = house.close().await;
    let from = server.now();
    server.room("garden", |it| it.archives(from, "alice", talk(3)));
    server.skip();
    let text = crate::house::with_main(&crate::house::room("garden", ""));
    let house = House::open_in(server, &text, dir).await;
    let query = house.server.next("the gap is asked for", secs(20), is_query).await;
    let start = query.stanza.find_all("field").into_iter().find(|it| it.attr("var") == Some("start"));
    let start = start.and_then(|it| Some(it.child("value")?.text.clone())).unwrap_or_default();
    assert!(start.starts_with("2026-11-18T"), "since that message, not since six hours: {start}");
    let mut house = house;
    house.shown("the last", secs(20), |it| it["text"] == "word number 2").await;
}

/// Spam of a room that gives no occupant ids, while nobody else has that nick.
#[tokio::test(start_paused = true)]
async fn spam_of_a_gap_is_taken_back_where_people_have_no_ids() {
    let mut house = garden(GUARD, true).await;
    house.server.room("garden", |it| it.offers(&FEATURES[..3]));
    let bodies = (0..12).map(|i| format!("BUY NOW cheap pills {i} http://spam.example/{i}")).collect();
    away(&mut house, secs(120), "mallory", bodies).await;
    let retracts = house.server.all(|it| it.kind() == "set" && it.child("moderate").is_some());
    assert!(3 <= retracts.len(), "{retracts:?}");
    assert!(house.server.all(|it| it.kind() == "set" && it.find("item").is_some()).is_empty());
}

/// A raid that came after hours of talk is judged, though the talk is more than is fetched.
#[tokio::test(start_paused = true)]
async fn the_end_of_a_gap_is_judged_rather_than_its_beginning() {
    let mut house = garden(GUARD, true).await;
    let quiet = house.server.now();
    house.server.room("garden", |it| {
        for i in 0..600 {
            it.archives(quiet + secs(i), &format!("guest{i}"), [format!("good morning to all of you, says guest {i}")]);
        }
    });
    let bodies = (0..12).map(|i| format!("BUY NOW cheap pills {i} http://spam.example/{i}")).collect();
    away(&mut house, secs(1_200), "mallory", bodies).await;
    let retracts = house.server.all(|it| it.kind() == "set" && it.child("moderate").is_some());
    let is_spam =
        |it: &Element| it.child("moderate").and_then(|it| it.attr("id")?.strip_prefix('a')?.parse().ok()) > Some(600);
    assert!(retracts.iter().any(|it| is_spam(&it.stanza)), "{retracts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_cut_while_a_gap_is_filled_leaves_no_hole() {
    let mut house = garden("records = \"full\"", true).await;
    // The second page never comes.
    let is_second = |it: &Element| is_query(it) && it.find("before").is_some_and(|it| !it.text.is_empty());
    house.server.script(move |it| is_second(it).then(Vec::new));
    away(&mut house, secs(300), "alice", talk(120)).await;
    assert_eq!(filled(&mut house), Vec::<usize>::new(), "nothing is told before it is whole");
    let (id, at) = (house.server.says("garden", "alice", "word number 120"), T0 + house.server.now());
    house.shown("it is seen", secs(5), |it| it["text"] == "word number 120").await;
    let body = "word number 120".to_owned();
    house.server.room("garden", |it| it.archive.push(Archived { id, at, nick: "alice".to_owned(), body }));
    house.server.unscript();
    away(&mut house, secs(60), "alice", vec!["word number 121".to_owned()]).await;
    assert_eq!(filled(&mut house), Vec::from_iter((0..120).chain([121])), "all that was missed, and nothing twice");
}
