//! Getting in, and each way of being refused (XEP-0045 §7.2, #enter).

use std::time::Duration;

use domovoi_stage::xml::Element;

use crate::{
    house::{House, is_disco, is_join, is_join_as, is_leave, is_ping, room, says, secs, with_main},
    server::{Heard, Person, Server, error, error_with, jid, leap},
};

const DAY: Duration = secs(86_400);
const HOUR: Duration = secs(3_600);

/// A garden that answers each join with this error.
async fn refused(kind: &'static str, inside: &'static str) -> House {
    let server = Server::start();
    server.room("garden", |_| ());
    let is_join = is_join("garden");
    server.script(move |it| is_join(it).then(|| vec![error_with(it, kind, inside)]));
    House::open(server, &with_main(&room("garden", "password = \"sesame\""))).await
}

fn condition(name: &str) -> &'static str {
    let text = format!("<{name} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>");
    Box::leak(text.into_boxed_str())
}

/// When joins of the garden came, from the first one on.
fn joins(server: &Server) -> Vec<Duration> {
    let all: Vec<Heard> = server.all(is_join("garden"));
    all.iter().map(|it| it.at - all[0].at).collect()
}

fn is_to_boss(it: &Element) -> bool {
    it.name == "message" && it.attr("to").is_some_and(|to| to.starts_with("boss@example.net"))
}

/// Refused for good: one join in more than a day, the owner is told, and the room's state says why.
async fn check_stops(kind: &'static str, name: &str, state: &str) {
    let house = refused(kind, condition(name)).await;
    house.server.next("the one join", secs(5), is_join("garden")).await;
    house.server.next("a word to the owner", secs(60), is_to_boss).await;
    let now = house.state("garden").await;
    assert!(now.contains(state), "{name}: {now}");
    house.server.never(name, DAY + HOUR, is_join("garden")).await;
    house.server.never("a second word", secs(1), is_to_boss).await;
}

/// Refused for now: tried again, `first` seconds later (give or take a third), then less and less often, to a ceiling.
async fn check_backs_off(kind: &'static str, name: &str, first: f64) {
    let house = refused(kind, condition(name)).await;
    tokio::time::sleep(2 * HOUR).await;
    let joins = joins(&house.server);
    let waits: Vec<f64> = joins.windows(2).map(|it| (it[1] - it[0]).as_secs_f64()).collect();
    assert!((first * 0.69..first * 1.31 + 0.1).contains(&waits[0]), "{name}: {waits:?}");
    assert!(waits.iter().all(|it| *it <= 1_171.0), "the ceiling is 15 min and a third: {waits:?}");
    assert!(waits.last().is_some_and(|it| 600.0 < *it), "{name}: {waits:?}");
    assert!((8..=22).contains(&waits.len()), "{name}: {waits:?}");
}

#[tokio::test(start_paused = true)]
async fn bot_asks_what_the_room_is_before_it_enters_and_takes_no_history() {
    let house = House::garden("").await;
    let asked = house.server.next("disco", secs(1), is_disco).await;
    assert_eq!(asked.stanza.attr("to"), Some(jid("garden").as_str()));
    let join = house.server.next("join", secs(1), is_join_as("garden", "domovoi")).await;
    assert_eq!(join.stanza.find("history").and_then(|it| it.attr("maxstanzas")), Some("0"));
}

#[tokio::test(start_paused = true)]
async fn taken_nick_leads_to_another_one_and_own_nick_is_taken_back_when_free() {
    let server = Server::start();
    server.comes("garden", Person::new("domovoi"));
    server.comes("garden", Person::new("domovoi_"));
    let house = House::in_garden(server, "").await;
    for nick in ["domovoi", "domovoi_", "domovoi2"] {
        house.server.next(nick, secs(5), is_join_as("garden", nick)).await;
    }
    house.server.says("garden", "domovoi", "!ping");
    house.server.next("an answer as domovoi2", secs(10), says("pong")).await;
    house.server.leaves("garden", "domovoi");
    let wanted = format!("{}/domovoi", jid("garden"));
    let is_change = |it: &Element| {
        it.name == "presence"
            && it.attr("to") == Some(&wanted)
            && it.child("x").is_none_or(|it| it.ns.contains("vcard"))
    };
    house.server.next("its own nick", secs(61), is_change).await;
    assert_eq!(joins(&house.server).len(), 3, "a change of nick is no join");
}

#[tokio::test(start_paused = true)]
async fn nicks_that_are_all_taken_are_told_and_tried_later() {
    let server = Server::start();
    for nick in ["domovoi", "domovoi_", "domovoi2", "domovoi3", "domovoi4", "domovoi5"] {
        server.comes("garden", Person::new(nick));
    }
    let mut house = House::open(server, &with_main(&room("garden", ""))).await;
    house.server.next("a word to the owner", secs(60), is_to_boss).await;
    assert_eq!(joins(&house.server).len(), 6);
    house.server.leaves("garden", "domovoi");
    // A minute, give or take a third.
    house.shown("joined", secs(80), |it| it["what"] == "joined").await;
    assert_eq!(joins(&house.server).len(), 7);
}

#[tokio::test(start_paused = true)]
async fn password_goes_with_the_join_and_a_wrong_one_stops() {
    let house = refused("auth", condition("not-authorized")).await;
    let join = house.server.next("join", secs(5), is_join("garden")).await;
    assert_eq!(join.stanza.find("password").map(|it| it.text.as_str()), Some("sesame"));
    check_stops("auth", "not-authorized", "password").await;
}

#[tokio::test(start_paused = true)]
async fn members_only_stops_and_is_told() {
    check_stops("auth", "registration-required", "only members").await;
}

#[tokio::test(start_paused = true)]
async fn creation_that_is_forbidden_stops_and_is_told() {
    check_stops("cancel", "not-allowed", "may not create").await;
}

#[tokio::test(start_paused = true)]
async fn banned_bot_looks_again_once_a_day_and_tells_once() {
    let house = refused("auth", condition("forbidden")).await;
    house.server.next("the first join", secs(5), is_join("garden")).await;
    leap(3 * DAY + HOUR).await;
    let joins = joins(&house.server);
    assert_eq!(joins.len(), 4, "{joins:?}");
    assert!(joins.windows(2).all(|it| DAY <= it[1] - it[0]), "{joins:?}");
    assert_eq!(house.server.all(is_to_boss).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn full_room_is_tried_again_after_a_minute_and_less_often_later() {
    check_backs_off("wait", "service-unavailable", 60.0).await;
}

#[tokio::test(start_paused = true)]
async fn server_that_cannot_be_reached_is_tried_again_after_seconds_and_less_often_later() {
    check_backs_off("cancel", "remote-server-not-found", 5.0).await;
    check_backs_off("wait", "remote-server-timeout", 5.0).await;
}

#[tokio::test(start_paused = true)]
async fn room_that_does_not_exist_is_never_created() {
    let server = Server::start();
    let house = House::open(server, &with_main(&room("garden", ""))).await;
    house.server.next("disco", secs(5), is_disco).await;
    house.server.next("a word to the owner", secs(60), is_to_boss).await;
    house.server.never("a join would create it", DAY, is_join("garden")).await;
    // When somebody makes it, it is found within the hour.
    house.server.room("garden", |_| ());
    house.server.next("join", HOUR + secs(60), is_join("garden")).await;
}

#[tokio::test(start_paused = true)]
async fn room_is_created_and_unlocked_where_that_was_asked_for() {
    let server = Server::start();
    let is_join = is_join("garden");
    server.script(move |it| {
        let me = format!("{}/domovoi", jid("garden"));
        let user = "http://jabber.org/protocol/muc#user";
        let presence = format!(
            "<presence from='{me}'><x xmlns='{user}'><item affiliation='owner' role='moderator'/>\
             <status code='110'/><status code='201'/></x></presence>"
        );
        is_join(it).then(|| vec![presence])
    });
    let house = House::open(server, &with_main(&room("garden", "create = true"))).await;
    let is_form = |it: &Element| it.kind() == "set" && it.find("x").is_some_and(|it| it.attr("type") == Some("submit"));
    let form = house.server.next("the defaults", secs(5), is_form).await;
    assert_eq!(&*form.stanza.children[0].ns, "http://jabber.org/protocol/muc#owner");
}

#[tokio::test(start_paused = true)]
async fn room_that_came_to_be_by_mistake_is_left_at_once() {
    let server = Server::start();
    server.room("garden", |_| ());
    let is_join_ = is_join("garden");
    server.script(move |it| {
        let me = format!("{}/domovoi", jid("garden"));
        let presence = format!(
            "<presence from='{me}'><x xmlns='http://jabber.org/protocol/muc#user'>\
             <item affiliation='owner' role='moderator'/><status code='110'/><status code='201'/></x></presence>"
        );
        is_join_(it).then(|| vec![presence])
    });
    let house = House::open(server, &with_main(&room("garden", ""))).await;
    house.server.next("a leave", secs(5), is_leave("garden")).await;
    house.server.never("another join", DAY, is_join("garden")).await;
}

#[tokio::test(start_paused = true)]
async fn locked_room_is_not_entered_and_looked_at_again_after_an_hour() {
    let house = refused("cancel", condition("item-not-found")).await;
    house.server.next("the first join", secs(5), is_join("garden")).await;
    leap(HOUR + secs(100)).await;
    let joins = joins(&house.server);
    assert_eq!(joins.len(), 2, "{joins:?}");
    assert!(HOUR <= joins[1]);
}

#[tokio::test(start_paused = true)]
async fn nick_policy_is_met_with_the_reserved_nick() {
    let server = Server::start();
    server.room("garden", |it| it.reserved_nick = Some("brownie".to_owned()));
    let wrong = is_join_as("garden", "domovoi");
    server.script(move |it| wrong(it).then(|| vec![error(it, "cancel", "not-acceptable")]));
    let house = House::in_garden(server, "").await;
    let is_asked = |it: &Element| it.find("query").is_some_and(|it| it.attr("node") == Some("x-roomuser-item"));
    house.server.next("which nick", secs(5), is_asked).await;
    house.server.next("a join", secs(5), is_join_as("garden", "brownie")).await;
    assert_eq!(joins(&house.server).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn nick_policy_without_a_reserved_nick_stops() {
    check_stops("modify", "jid-malformed", "nick").await;
}

#[tokio::test(start_paused = true)]
async fn moved_room_is_not_followed_and_the_new_address_is_told() {
    let gone = "<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>xmpp:meadow@rooms.example?join</gone>";
    let house = refused("cancel", gone).await;
    house.server.room("meadow", |_| ());
    let told = house.server.next("a word to the owner", secs(60), is_to_boss).await;
    assert!(told.stanza.body().is_some_and(|it| it.contains("meadow@rooms.example")), "{}", told.stanza);
    house.server.never("following", DAY, is_join("meadow")).await;
    assert_eq!(joins(&house.server).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn captcha_is_a_persons_business() {
    let server = Server::start();
    server.room("garden", |_| ());
    let is_join_ = is_join("garden");
    server.script(move |it| {
        let ask = format!(
            "<message from='{}'><body>Your messages are being blocked</body><captcha xmlns='urn:xmpp:captcha'>\
             <x xmlns='jabber:x:data' type='form'/></captcha></message>",
            jid("garden")
        );
        is_join_(it).then(|| vec![ask, error(it, "auth", "not-authorized")])
    });
    let house = House::open(server, &with_main(&room("garden", ""))).await;
    let told = house.server.next("a word to the owner", secs(60), is_to_boss).await;
    assert!(told.stanza.body().is_some_and(|it| it.contains("CAPTCHA")), "{}", told.stanza);
    house.server.never("another join", DAY, is_join("garden")).await;
}

#[tokio::test(start_paused = true)]
async fn room_that_does_not_answer_is_left_after_half_a_minute_and_tried_later() {
    let server = Server::start();
    server.room("garden", |_| ());
    let is_join_ = is_join("garden");
    server.script(move |it| is_join_(it).then(Vec::new));
    let house = House::open(server, &with_main(&room("garden", ""))).await;
    let join = house.server.next("join", secs(5), is_join("garden")).await;
    let leave = house.server.next("leave", secs(40), is_leave("garden")).await;
    let waited = (leave.at - join.at).as_secs_f64();
    assert!((30.0..31.1).contains(&waited), "{waited}");
    let again = house.server.next("join", secs(20), is_join("garden")).await;
    let waited = (again.at - leave.at).as_secs_f64();
    assert!((3.4..7.0).contains(&waited), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn nick_that_the_service_gives_is_ours() {
    let server = Server::start();
    server.room("garden", |_| ());
    let is_join_ = is_join("garden");
    server.script(move |it| {
        let me = format!("{}/guest-7", jid("garden"));
        let presence = format!(
            "<presence from='{me}'><x xmlns='http://jabber.org/protocol/muc#user'>\
             <item affiliation='admin' role='moderator'/><status code='110'/><status code='210'/></x></presence>"
        );
        is_join_(it).then(|| vec![presence])
    });
    let mut house = House::open(server, &with_main(&room("garden", ""))).await;
    house.joined("garden").await;
    let ping = house.server.next("ping", secs(200), is_ping).await;
    assert!(ping.stanza.attr("to").is_some_and(|it| it.ends_with("/guest-7")));
    assert_eq!(joins(&house.server).len(), 1, "it is not fought");
}

#[tokio::test(start_paused = true)]
async fn server_without_status_110_lets_us_in_all_the_same() {
    let server = Server::start();
    server.room("garden", |_| ());
    let is_join_ = is_join("garden");
    server.script(move |it| {
        let presence = format!(
            "<presence from='{}/domovoi'><x xmlns='http://jabber.org/protocol/muc#user'>\
             <item affiliation='admin' role='moderator' jid='domovoi@example.org/x'/></x></presence>",
            jid("garden")
        );
        is_join_(it).then(|| vec![presence])
    });
    let mut house = House::open(server, &with_main(&room("garden", ""))).await;
    house.joined("garden").await;
}
