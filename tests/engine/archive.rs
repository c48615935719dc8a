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

/// What the pages were asked for: after which id, or from which time.
fn pages(house: &House) -> Vec<(Option<String>, bool)> {
    let after = |it: &Element| it.find("after").map(|it| it.text.clone());
    let has_start = |it: &Element| it.find_all("field").iter().any(|it| it.attr("var") == Some("start"));
    house.server.all(is_query).iter().map(|it| (after(&it.stanza), has_start(&it.stanza))).collect()
}

/// How many of the messages of the archive were shown as events.
async fn n_filled(house: &mut House) -> usize {
    let mut n = 0;
    while let Some(value) = house.shown_already() {
        n += usize::from(value["text"].as_str().is_some_and(|it| it.starts_with("word number")));
    }
    n
}

#[tokio::test(start_paused = true)]
async fn gap_is_filled_page_by_page_until_it_is_complete() {
    let mut house = garden("", true).await;
    away(&mut house, secs(300), "alice", talk(120)).await;
    let after: Vec<Option<String>> = pages(&house).into_iter().map(|it| it.0).collect();
    let expected = ["s1", "a50", "a100"].map(|it| Some(it.to_owned()));
    assert_eq!(after, expected);
    assert_eq!(n_filled(&mut house).await, 120);
}

#[tokio::test(start_paused = true)]
async fn last_message_that_the_archive_does_not_know_leads_to_a_search_by_time() {
    let mut house = garden("", false).await;
    away(&mut house, secs(300), "alice", talk(20)).await;
    assert_eq!(pages(&house), [(Some("s1".to_owned()), false), (None, true)]);
    assert_eq!(n_filled(&mut house).await, 20);
}

#[tokio::test(start_paused = true)]
async fn room_without_full_records_fetches_five_hundred_at_most() {
    let mut house = garden("", true).await;
    away(&mut house, secs(1_200), "alice", talk(900)).await;
    assert_eq!(n_filled(&mut house).await, 500);
}

#[tokio::test(start_paused = true)]
async fn room_with_full_records_fetches_everything() {
    let mut house = garden("records = \"full\"", true).await;
    away(&mut house, secs(1_200), "alice", talk(900)).await;
    assert_eq!(n_filled(&mut house).await, 900);
}

#[tokio::test(start_paused = true)]
async fn after_a_day_only_the_last_six_hours_are_fetched() {
    let mut house = garden("", true).await;
    let old: Vec<String> = (0..600).map(|i| format!("long ago {i}")).collect();
    house.server.room("garden", |it| it.archives(secs(600), "alice", old));
    away(&mut house, secs(86_400), "alice", talk(20)).await;
    assert_eq!(n_filled(&mut house).await, 20, "the new ones are not crowded out by old ones");
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
    assert_eq!(query.stanza.find("after").map(|it| it.text.as_str()), Some("s1"));
}
