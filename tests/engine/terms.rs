//! Timed acts over ends, absences and answers that never come.

use domovoi::store::Tree;
use domovoi_stage::xml::Element;

use crate::{
    house::{House, room, says, secs, with_main},
    server::{Person, Server, error, leap},
};

fn admin(it: &Element) -> Option<&Element> {
    let query = it.child_ns("query", "http://jabber.org/protocol/muc#admin")?;
    query.child("item").filter(|_| it.kind() == "set")
}

fn sets_affiliation(word: &'static str) -> impl Fn(&Element) -> bool {
    move |it| admin(it).is_some_and(|it| it.attr("affiliation") == Some(word))
}

fn sets_role(word: &'static str) -> impl Fn(&Element) -> bool {
    move |it| admin(it).is_some_and(|it| it.attr("role") == Some(word))
}

fn mallory() -> Person {
    Person::new("mallory")
}

/// The garden with its owner Olga, and Mallory, who is not liked.
async fn garden() -> House {
    let server = Server::start();
    server.comes("garden", Person::new("olga").of("owner"));
    server.comes("garden", mallory());
    let house = House::in_garden(server, "").await;
    house.server.skip();
    house
}

/// What is kept of timed acts.
async fn kept(house: &House) -> Vec<String> {
    let all = house.bot.host.store.state.scan(Tree::Timed, "", 100).await.expect("the store");
    all.into_iter().map(|(key, _)| String::from_utf8_lossy(&key).replace('\0', " ")).collect()
}

/// The bot is ended while this act is not answered, and started again.
async fn ends_unanswered(command: &str, is_act: fn(&Element) -> bool) -> House {
    let house = garden().await;
    let swallowed = move |it: &Element| is_act(it).then(Vec::new);
    house.server.script(swallowed);
    house.server.says("garden", "olga", command);
    house.server.next("the act", secs(10), is_act).await;
    let intents = kept(&house).await;
    assert!(intents.iter().any(|it| it.contains(" intent-")), "kept before it is sent: {intents:?}");
    let server = house.server.clone();
    let dir = house.close().await;
    server.unscript();
    server.room("garden", |it| it.dismiss_bot());
    server.skip();
    House::open_in(server, &with_main(&room("garden", "")), dir).await
}

#[tokio::test(start_paused = true)]
async fn a_ban_whose_answer_never_came_ends_in_time_all_the_same() {
    let is_ban: fn(&Element) -> bool = |it| sets_affiliation("outcast")(it);
    let mut house = ends_unanswered("!tempban mallory 10m", is_ban).await;
    house.server.room("garden", |it| {
        it.people.remove("mallory");
        it.outcasts.push("mallory@example.net".to_owned());
    });
    house.joined("garden").await;
    house.server.next("the end", secs(700), sets_affiliation("none")).await;
}

#[tokio::test(start_paused = true)]
async fn a_ban_that_never_reached_the_server_is_forgotten() {
    let is_ban: fn(&Element) -> bool = |it| sets_affiliation("outcast")(it);
    let mut house = ends_unanswered("!tempban mallory 10m", is_ban).await;
    house.joined("garden").await;
    tokio::time::sleep(secs(5)).await;
    house.bot.host.in_hand.idle().await;
    assert!(kept(&house).await.is_empty(), "the room's list does not have it");
    // A ban that someone else puts there is theirs.
    house.server.room("garden", |it| it.outcasts.push("mallory@example.net".to_owned()));
    house.server.never("an end", secs(900), sets_affiliation("none")).await;
}

#[tokio::test(start_paused = true)]
async fn a_mute_whose_answer_never_came_ends_in_time_all_the_same() {
    let is_mute: fn(&Element) -> bool = |it| sets_role("visitor")(it);
    let mut house = ends_unanswered("!mute mallory 10m", is_mute).await;
    house.server.room("garden", |it| it.people.get_mut("mallory").expect("mallory").role = "visitor".to_owned());
    // Their presence is told anew when the bot comes in.
    house.joined("garden").await;
    assert_eq!(kept(&house).await.len(), 1);
    house.server.next("the end", secs(700), sets_role("participant")).await;
}

/// Mallory is muted; the bot is away for a while, and Mallory has a voice when it comes back.
async fn has_voice_after_an_absence(back_as: Person) -> House {
    let mut house = garden().await;
    house.server.says("garden", "olga", "!mute mallory 1h");
    house.server.next("the mute", secs(10), sets_role("visitor")).await;
    tokio::time::sleep(secs(2)).await;
    house.server.set_up(false);
    house.server.cut("domovoi", false);
    leap(secs(60)).await;
    house.server.room("garden", |it| it.people.insert("mallory".to_owned(), back_as));
    house.server.skip();
    house.server.set_up(true);
    house.joined("garden").await;
    house
}

#[tokio::test(start_paused = true)]
async fn who_came_in_anew_while_we_were_away_is_muted_again() {
    let house = has_voice_after_an_absence(mallory().at("mallory@example.net/laptop")).await;
    house.server.next("the mute", secs(10), sets_role("visitor")).await;
    tokio::time::sleep(secs(2)).await;
    assert_eq!(kept(&house).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_was_given_a_voice_while_we_were_away_keeps_it() {
    let house = has_voice_after_an_absence(mallory()).await;
    house.server.never("a mute", secs(60), sets_role("visitor")).await;
    assert!(kept(&house).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_mute_of_someone_who_left_is_said_to_be_for_their_return() {
    let house = garden().await;
    house.server.leaves("garden", "mallory");
    house.server.says("garden", "olga", "!mute mallory 1h");
    house.server.next("the answer", secs(10), says("when they return: mallory")).await;
    house.server.comes("garden", mallory());
    house.server.next("the mute", secs(10), sets_role("visitor")).await;
}

#[tokio::test(start_paused = true)]
async fn a_mute_that_crosses_with_their_leaving_is_for_their_return() {
    for condition in ["item-not-found", "not-acceptable"] {
        let house = garden().await;
        // The room knows them no more, and we have not heard of it yet.
        house.server.script(move |it| admin(it).is_some().then(|| vec![error(it, "cancel", condition)]));
        house.server.says("garden", "olga", "!mute mallory 1h");
        house.server.next("the answer", secs(10), says("when they return: mallory")).await;
        house.server.unscript();
        house.server.leaves("garden", "mallory");
        house.server.comes("garden", mallory());
        house.server.next("the mute", secs(10), sets_role("visitor")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_private_answer_is_not_for_whoever_took_the_nick() {
    let house = garden().await;
    // The answer waits for the client whose time is asked, and meanwhile somebody else is Mallory.
    house.server.script(|it| it.child_ns("time", "urn:xmpp:time").is_some().then(Vec::new));
    let from = format!("{}/mallory", crate::server::jid("garden"));
    let body = "<body>time olga</body>";
    house.server.tell_room("garden", &format!("<message from='{from}' type='chat' id='p1'>{body}</message>"));
    house.server.next("the question", secs(10), |it| it.child_ns("time", "urn:xmpp:time").is_some()).await;
    house.server.leaves("garden", "mallory");
    house.server.comes("garden", mallory().at("eve@example.net/phone"));
    house.server.never("an answer", secs(60), move |it| it.name == "message" && it.attr("to") == Some(&from)).await;
}
