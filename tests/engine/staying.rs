//! Being removed, being lost, coming back (XEP-0045 §7.14, §8.2, §9.1; XEP-0410; XEP-0198).

use std::time::Duration;

use domovoi_stage::xml::Element;

use crate::{
    house::{House, account, is_join, is_leave, is_ping, room, says, secs, with_main},
    server::{Person, Server, error, jid},
};

const DAY: Duration = secs(86_400);

/// The garden, and everything up to now seen.
async fn garden() -> House {
    let house = House::garden("").await;
    house.server.skip();
    house
}

async fn rejoins_after(house: &mut House, least: f64, most: f64) {
    let from = house.server.now();
    let join = house.server.next("a rejoin", Duration::from_secs_f64(most), is_join("garden")).await;
    let waited = (join.at - from).as_secs_f64();
    assert!((least..=most).contains(&waited), "{waited}");
    house.joined("garden").await;
}

#[tokio::test(start_paused = true)]
async fn kicked_bot_comes_back_after_a_minute_then_after_ten_then_no_more() {
    let mut house = garden().await;
    house.server.expel("garden", &[307], "");
    rejoins_after(&mut house, 60.0, 62.0).await;
    house.server.expel("garden", &[307], "");
    rejoins_after(&mut house, 600.0, 602.0).await;
    house.server.expel("garden", &[307], "");
    house.server.never("a third rejoin", DAY, is_join("garden")).await;
    let told = house.server.all(|it| it.attr("to").is_some_and(|it| it.starts_with("boss@")));
    assert_eq!(told.len(), 1, "the owner is told once");
}

#[tokio::test(start_paused = true)]
async fn technical_removal_is_no_kick() {
    let mut house = garden().await;
    for _ in 0..4 {
        house.server.expel("garden", &[307, 333], "");
        rejoins_after(&mut house, 3.4, 6.7).await;
        // A stay of more than a minute begins the count of failures anew.
        tokio::time::sleep(secs(61)).await;
    }
    // ejabberd gives no status at all.
    house.server.expel("garden", &[], "");
    rejoins_after(&mut house, 3.4, 6.7).await;
}

#[tokio::test(start_paused = true)]
async fn banned_or_removed_bot_does_not_come_back() {
    for codes in [&[301][..], &[301, 307], &[321], &[322]] {
        let house = garden().await;
        house.server.expel("garden", codes, "");
        house.server.never("a rejoin", DAY, is_join("garden")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn destroyed_room_is_not_entered_and_its_venue_is_told() {
    let house = garden().await;
    let destroy = format!("<destroy jid='{}'><reason>moved</reason></destroy>", jid("meadow"));
    house.server.expel("garden", &[], &destroy);
    let told = house.server.next("a word", secs(60), says(&jid("meadow"))).await;
    assert!(told.stanza.attr("to").is_some_and(|it| it.starts_with("boss@")));
    house.server.never("a rejoin", DAY, |it| is_join("garden")(it) || is_join("meadow")(it)).await;
}

/// Two hundred rooms of one service on two accounts.
async fn estate() -> House {
    let server = Server::start();
    let mut text = account("main", "domovoi", "max_rooms = 200");
    for n in 0..200 {
        let name = format!("room{n}");
        server.room(&name, |_| ());
        text.push_str(&room(&name, ""));
    }
    House::open(server, &text).await
}

/// All joins of rooms since that time.
fn joined_since(server: &Server, from: Duration) -> Vec<Duration> {
    let is_muc = |it: &Element| it.child_ns("x", "http://jabber.org/protocol/muc").is_some();
    let joins = server.all(|it| it.name == "presence" && is_muc(it));
    joins.into_iter().filter(|it| from <= it.at).map(|it| it.at - from).collect()
}

/// Never more than ten at once and three a second after that.
fn check_pace(joins: &[Duration]) {
    for (i, from) in joins.iter().enumerate() {
        for (n, to) in joins[i..].iter().enumerate() {
            let most = 11.0 + 3.0 * (*to - *from).as_secs_f64();
            assert!((n as f64) <= most, "{} joins within {:?}", n + 1, *to - *from);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_hundred_rooms_are_entered_and_entered_again_after_a_restart_of_their_service() {
    let house = estate().await;
    tokio::time::sleep(secs(150)).await;
    let joins = joined_since(&house.server, Duration::ZERO);
    assert_eq!(joins.len(), 200);
    check_pace(&joins);
    let down = house.server.now();
    for n in 0..200 {
        house.server.expel(&format!("room{n}"), &[332], "");
    }
    tokio::time::sleep(secs(150)).await;
    let joins = joined_since(&house.server, down);
    assert_eq!(joins.len(), 200, "all are back within 150 s");
    let first = joins[0].as_secs_f64();
    assert!((5.0..=31.0).contains(&first), "one wait for the service: {first}");
    check_pace(&joins);
    assert!((0..200).all(|n| house.server.is_in(&format!("room{n}"), "domovoi")));
}

#[tokio::test(start_paused = true)]
async fn silent_room_is_asked_every_two_minutes_or_so_and_a_lively_one_never() {
    let house = garden().await;
    let mut last = house.server.now();
    for _ in 0..20 {
        let ping = house.server.next("a ping", secs(160), is_ping).await;
        let silence = (ping.at - last).as_secs_f64();
        assert!((95.9..=146.0).contains(&silence), "{silence}");
        assert_eq!(ping.stanza.attr("to"), Some(format!("{}/domovoi", jid("garden")).as_str()));
        last = ping.at;
    }
    house.server.comes("garden", Person::new("alice"));
    for _ in 0..60 {
        tokio::time::sleep(secs(30)).await;
        house.server.says("garden", "alice", "still here");
    }
    house.server.never("a ping", Duration::ZERO, is_ping).await;
}

/// What the room answers to pings, and whether that means that we are in.
async fn check_ping(kind: &'static str, condition: &'static str, is_in: bool) {
    let mut house = garden().await;
    house.server.script(move |it| is_ping(it).then(|| vec![error(it, kind, condition)]));
    house.server.next("a ping", secs(160), is_ping).await;
    if is_in {
        house.server.never(condition, secs(600), |it| is_join("garden")(it) || is_leave("garden")(it)).await;
    } else {
        house.server.unscript();
        house.server.forget("garden");
        house.server.next("a rejoin", secs(10), is_join("garden")).await;
        house.joined("garden").await;
    }
}

#[tokio::test(start_paused = true)]
async fn answers_to_self_pings_are_read_as_the_xep_says() {
    check_ping("cancel", "service-unavailable", true).await;
    check_ping("cancel", "feature-not-implemented", true).await;
    check_ping("cancel", "item-not-found", true).await;
    check_ping("cancel", "not-acceptable", false).await;
    check_ping("modify", "not-acceptable", false).await;
    check_ping("cancel", "not-allowed", false).await;
    check_ping("modify", "bad-request", false).await;
}

#[tokio::test(start_paused = true)]
async fn unreachable_or_silent_room_is_asked_three_times_more_then_left_and_entered_again() {
    for answer in [None, Some("remote-server-timeout"), Some("remote-server-not-found")] {
        let house = garden().await;
        house
            .server
            .script(move |it| is_ping(it).then(|| answer.map(|it2| error(it, "wait", it2)).into_iter().collect()));
        house.server.next("a ping", secs(160), is_ping).await;
        for _ in 0..3 {
            house.server.next("one more", secs(32), is_ping).await;
        }
        house.server.next("a leave", secs(40), is_leave("garden")).await;
        house.server.next("a rejoin", secs(10), is_join("garden")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn silent_loss_is_noticed_and_repaired_within_five_minutes() {
    let mut house = garden().await;
    let lost = house.server.now();
    house.server.forget("garden");
    house.server.next("a rejoin", secs(300), is_join("garden")).await;
    house.joined("garden").await;
    assert!(house.server.now() - lost < secs(300));
}

#[tokio::test(start_paused = true)]
async fn answer_that_does_not_come_back_makes_the_bot_ask_at_once() {
    let house = garden().await;
    house.server.comes("garden", Person::new("alice"));
    house.server.script(|it| (it.kind() == "groupchat").then(Vec::new));
    house.server.says("garden", "alice", "!ping");
    let said = house.server.next("an answer", secs(5), says("pong")).await;
    let ping = house.server.next("a self-ping", secs(30), is_ping).await;
    let waited = (ping.at - said.at).as_secs_f64();
    assert!((20.0..22.0).contains(&waited), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn resumed_stream_rejoins_nothing_loses_nothing_and_asks_each_room_once() {
    let server = Server::start();
    let names = ["garden", "meadow", "orchard"];
    let mut text = with_main("");
    for name in names {
        server.comes(name, Person::new("alice"));
        text.push_str(&room(name, ""));
    }
    let mut house = House::open(server, &text).await;
    for _ in names {
        house.shown("joined", secs(10), |it| it["what"] == "joined").await;
    }
    house.server.skip();
    house.server.cut("domovoi", true);
    house.server.says("garden", "alice", "!ping");
    house.server.next("the command of the meantime is answered", secs(30), says("pong")).await;
    tokio::time::sleep(secs(30)).await;
    assert_eq!(house.server.n_connections(), 2);
    let after = |fits: fn(&Element) -> bool| house.server.all(fits).len();
    assert_eq!(after(is_ping), 3);
    house.server.never("a rejoin", Duration::ZERO, |it| names.iter().any(|name| is_join(name)(it))).await;
}

#[tokio::test(start_paused = true)]
async fn failed_resumption_rejoins_every_room() {
    let server = Server::start();
    let mut text = with_main("");
    for n in 0..30 {
        server.room(&format!("room{n}"), |_| ());
        text.push_str(&room(&format!("room{n}"), ""));
    }
    let house = House::open(server, &text).await;
    tokio::time::sleep(secs(30)).await;
    let cut = house.server.now();
    house.server.cut("domovoi", false);
    tokio::time::sleep(secs(30)).await;
    let joins = joined_since(&house.server, cut);
    assert_eq!(joins.len(), 30);
    check_pace(&joins);
    assert!((0..30).all(|n| house.server.is_in(&format!("room{n}"), "domovoi")));
}

#[tokio::test(start_paused = true)]
async fn connection_that_went_silent_is_given_up_within_a_minute() {
    let house = garden().await;
    let silent = house.server.now();
    house.server.set_deaf(true);
    while house.server.n_connections() == 1 {
        tokio::time::sleep(secs(1)).await;
        assert!(house.server.now() - silent < secs(60));
    }
    house.server.set_deaf(false);
    tokio::time::sleep(secs(60)).await;
    assert!(house.server.is_in("garden", "domovoi"));
}

#[tokio::test(start_paused = true)]
async fn bot_that_ends_says_good_bye_in_each_room_and_at_once() {
    let house = garden().await;
    let (server, from) = (house.server.clone(), house.server.now());
    house.close().await;
    let leave = server.next("a leave", secs(1), is_leave("garden")).await;
    assert!(leave.stanza.child("status").is_some_and(|it| !it.text.is_empty()), "{}", leave.stanza);
    assert!(server.now() - from < secs(5));
}
