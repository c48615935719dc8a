//! Stream management (XEP-0198): what came is acknowledged in time, and breaks anywhere lose and double nothing.

use std::collections::BTreeMap;

use domovoi_stage::xml::Element;

use crate::{
    house::{House, is_join, room, says, secs, with_main},
    server::{Person, Server},
};

/// How often the connection breaks in the test of it.
const BREAKS: usize = 300;

async fn unacked_falls_to(server: &Server, most: usize) {
    let falls = async {
        while most < server.n_unacked("domovoi") {
            tokio::task::yield_now().await;
        }
    };
    let fallen = tokio::time::timeout(secs(5), falls).await;
    fallen.unwrap_or_else(|_| panic!("{} stanzas are not acknowledged", server.n_unacked("domovoi")));
}

#[tokio::test(start_paused = true)]
async fn much_is_acknowledged_unasked_and_little_after_a_while() {
    let server = Server::start();
    server.never_ask();
    server.room("garden", |_| ());
    let house = House::in_garden(server, "").await;
    for n in 0..2_000 {
        house.server.tell("domovoi", &ping(n));
    }
    unacked_falls_to(&house.server, 50).await;
    tokio::time::sleep(secs(21)).await;
    house.server.tell("domovoi", &ping(2_000));
    unacked_falls_to(&house.server, 0).await;
}

fn ping(n: usize) -> String {
    format!("<iq type='get' id='q{n}' from='someone@example.net/phone'><ping xmlns='urn:xmpp:ping'/></iq>")
}

fn is_pong(it: &Element) -> bool {
    it.kind() == "result" && it.attr("to") == Some("someone@example.net/phone")
}

/// The server reads with a parser that takes nothing but XML, and counts as the bot does.
#[tokio::test(start_paused = true)]
async fn breaks_at_any_byte_lose_and_double_nothing() {
    let seed = rand::random();
    let server = Server::start();
    server.room("garden", |_| ());
    let mut house = House::open(server, &with_main(&room("garden", ""))).await;
    house.joined("garden").await;
    house.server.skip();
    house.server.tear(Some(seed));
    house.server.cut("domovoi", true);
    let mut n_asked = 0;
    while house.server.n_connections() <= BREAKS {
        // No more than what gets through between two breaks.
        while house.server.n_unacked("domovoi") < 20 {
            house.server.tell("domovoi", &ping(n_asked));
            n_asked += 1;
        }
        tokio::time::sleep(secs(2)).await;
    }
    house.server.tear(None);
    house.server.cut("domovoi", true);
    house.server.tell("domovoi", &ping(n_asked));
    let last = format!("q{n_asked}");
    let is_last = |it: &Element| is_pong(it) && it.attr("id") == Some(&last);
    house.server.next(&format!("the last answer, seed {seed}"), secs(300), is_last).await;
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    for heard in house.server.all(is_pong) {
        *answers.entry(heard.stanza.attr("id").unwrap_or_default().to_owned()).or_default() += 1;
    }
    let lost: Vec<usize> = (0..=n_asked).filter(|n| !answers.contains_key(&format!("q{n}"))).collect();
    assert!(lost.is_empty(), "seed {seed}: {} of {n_asked} are not answered: {lost:?}", lost.len());
    let doubled: Vec<&String> = answers.iter().filter(|(_, n)| 1 < **n).map(|(id, _)| id).collect();
    assert!(doubled.is_empty(), "seed {seed}: answered twice: {doubled:?}");
    assert_eq!(house.server.all(is_join("garden")).len(), 1, "seed {seed}: every stream was resumed");
}

/// It goes on sending, so that no time-out of reading finds it out.
async fn talks_until(house: &mut House, n_connections: usize) {
    for n in 0..40 {
        tokio::time::sleep(secs(5)).await;
        house.server.says("garden", "olga", &format!("still talking {n}"));
        if n_connections <= house.server.n_connections() {
            return;
        }
    }
    panic!("it did not come again");
}

#[tokio::test(start_paused = true)]
async fn server_that_hears_us_no_more_is_found_within_a_minute_and_nothing_is_lost() {
    // With something to say to it, and with nothing: then it is asked. Both as late as can be: a second later the read
    // time-out would ask.
    for body in ["!ping", "good morning"] {
        let server = Server::start();
        server.comes("garden", Person::new("olga").of("owner"));
        let house = House::in_garden(server, "").await;
        house.server.says("garden", "olga", "!ping");
        house.server.next("the answer", secs(5), says("pong")).await;
        house.server.set_deaf(true);
        tokio::time::sleep(secs(34)).await;
        assert_eq!(house.server.n_connections(), 1);
        house.server.says("garden", "olga", body);
        tokio::time::sleep(secs(25)).await;
        assert!(2 <= house.server.n_connections(), "{body}: it is not found within a minute");
        house.server.set_deaf(false);
        house.server.says("garden", "olga", "!ping");
        house.server.next("the answer", secs(60), says("pong")).await;
        assert_eq!(house.server.all(is_join("garden")).len(), 1, "{body}: the stream is resumed");
    }
}

#[tokio::test(start_paused = true)]
async fn server_that_acknowledges_nothing_is_left_for_a_new_stream() {
    let server = Server::start();
    server.comes("garden", Person::new("olga").of("owner"));
    let mut house = House::in_garden(server, "").await;
    house.server.skip();
    house.server.set_acks(false);
    let before = house.server.now();
    house.server.says("garden", "olga", "!ping");
    house.server.next("the answer", secs(5), says("pong")).await;
    talks_until(&mut house, 2).await;
    let took = (house.server.now() - before).as_secs();
    assert!((20..60).contains(&took), "{took} s");
    // The resumed stream proves itself no better.
    talks_until(&mut house, 3).await;
    house.server.set_acks(true);
    house.joined("garden").await;
    assert_eq!(house.server.all(is_join("garden")).len(), 2, "nothing of the old stream is resumed");
    house.server.skip();
    house.server.says("garden", "olga", "!ping");
    house.server.next("the answer", secs(5), says("pong")).await;
}
