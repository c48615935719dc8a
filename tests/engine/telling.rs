//! Who is told what: the person concerned once, moderators once and in one place, nobody of what happens to everybody.

use domovoi_stage::xml::Element;

use crate::{
    house::{House, room, secs, with_main},
    judge::{court_with, garden, is_role, people, to},
    server::{Person, Server, jid},
};

/// Anything that is said to somebody, or to a room, but for how the bot stands there.
fn is_said(it: &Element) -> bool {
    it.name == "message" && it.body().is_some_and(|it| !it.contains("my level is"))
}

fn in_public(it: &Element) -> bool {
    it.kind() == "groupchat" && it.body().is_some()
}

fn in_hall(text: &'static str) -> impl Fn(&Element) -> bool {
    move |it| in_public(it) && it.attr("to") == Some(&jid("hall")) && it.body().is_some_and(|body| body.contains(text))
}

/// The court with its moderators' room.
async fn with_hall(alerts: &str) -> House {
    let server = people();
    server.room("hall", |_| ());
    let text = with_main(&format!("{}{}", room("garden", &format!("alerts = \"{alerts}\"")), room("hall", "")));
    let (mut house, _) = court_with(&text, server, tempfile::tempdir().unwrap()).await;
    house.joined("hall").await;
    house.server.skip();
    house
}

#[tokio::test(start_paused = true)]
async fn a_person_is_warned_once_an_incident_in_private_and_never_in_a_raid() {
    let (house, _) = garden().await;
    house.server.says("garden", "mallory", "warn me");
    house.server.next("the warning", secs(5), to("mallory", "as you wish")).await;
    for _ in 0..3 {
        house.server.says("garden", "mallory", "warn me");
    }
    house.server.never("a second one, or a word in public", secs(5), is_said).await;
    // Another person is another incident.
    house.server.says("garden", "alice", "warn me");
    house.server.next("the warning of another", secs(5), to("alice", "as you wish")).await;
    // What is over is no longer the same one.
    tokio::time::sleep(secs(660)).await;
    house.server.skip();
    house.server.says("garden", "mallory", "warn me");
    house.server.next("a warning anew", secs(5), to("mallory", "as you wish")).await;

    tokio::time::sleep(secs(660)).await;
    house.server.says("garden", "olga", "raid");
    house.server.next("olga is told", secs(5), to("olga", "#")).await;
    house.server.skip();
    for nick in ["mallory", "alice"] {
        house.server.says("garden", nick, "warn me");
    }
    house.server.never("a word in a raid", secs(5), is_said).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_done_in_public_is_told_to_nobody_there() {
    let (house, _) = garden().await;
    for wish in ["mute me", "mute me", "kick me"] {
        house.server.says("garden", "mallory", wish);
    }
    house.server.next("olga is told", secs(5), to("olga", "#1")).await;
    tokio::time::sleep(secs(10)).await;
    assert_eq!(house.server.all(is_said).len(), 1, "a line in public, or a second word to olga");
}

#[tokio::test(start_paused = true)]
async fn moderators_are_told_in_their_room_once_and_not_in_private_as_well() {
    let house = with_hall(&jid("hall")).await;
    house.server.says("garden", "mallory", "mute me");
    let told = house.server.next("the hall is told", secs(5), in_hall("#1")).await.stanza;
    let told = told.body().unwrap().to_owned();
    assert!(told.contains(&jid("garden")) && told.contains("undo 1"), "{told}");
    house.server.says("garden", "mallory", "mute me");
    house.server.says("garden", "mallory", "kick me");
    house.server.never("a second word", secs(10), is_said).await;
    house.server.says("garden", "alice", "raid");
    house.server.next("the hall is told of the raid", secs(5), in_hall("#2")).await;
    tokio::time::sleep(secs(5)).await;
    // Whichever came first.
    assert_eq!(house.server.all(to("olga", "#")).len(), 0, "in private as well");
    assert_eq!(house.server.all(in_hall("#")).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_a_member_reports_is_told_where_moderators_are_told_everything() {
    let server = Server::start();
    server.comes("garden", Person::new("olga").of("owner"));
    server.comes("garden", Person::new("mallory"));
    server.comes("garden", Person::new("mary").of("member"));
    server.room("hall", |_| ());
    let guarded = format!("alerts = \"{}\"\nplugins = {{ guard = true }}", jid("hall"));
    let mut house = House::open(server, &with_main(&format!("{}{}", room("garden", &guarded), room("hall", "")))).await;
    house.joined("garden").await;
    house.joined("hall").await;
    house.server.skip();
    house.whispers("mary", "report mallory adverts in private");
    let told = house.server.next("the hall is told", secs(5), in_hall("mary reports mallory")).await.stanza;
    let told = told.body().unwrap().to_owned();
    assert!(told.contains("adverts in private") && told.contains(&format!("{} kick mallory", jid("garden"))), "{told}");
    house.server.next("thanks", secs(5), to("mary", "Thank you.")).await;
    house.server.never("olga is told as well", secs(5), to("olga", "mallory")).await;
}

#[tokio::test(start_paused = true)]
async fn where_alerts_are_off_nobody_is_told() {
    let house = with_hall("off").await;
    house.server.says("garden", "mallory", "mute me");
    house.server.next("the mute", secs(5), is_role("mallory", "visitor")).await;
    tokio::time::sleep(secs(5)).await;
    assert!(house.server.all(is_said).is_empty(), "somebody is told");
}

#[tokio::test(start_paused = true)]
async fn of_what_is_done_to_everybody_nobody_is_told_and_it_uses_up_no_budget() {
    let (house, _) = garden().await;
    house.server.says("garden", "olga", "as always");
    for n in 0..70 {
        house.server.comes("garden", crate::server::Person::new(&format!("p{n}")));
        house.server.says("garden", &format!("p{n}"), "mute me");
    }
    house.server.next("the last mute", secs(30), is_role("p69", "visitor")).await;
    tokio::time::sleep(secs(5)).await;
    let said = house.server.all(is_said);
    assert!(said.is_empty(), "{said:?}");
    house.whispers("olga", "incident 1");
    house.server.next("it is a case all the same", secs(5), to("olga", "muted p0 for 1 hour: done")).await;
}
