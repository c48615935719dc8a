//! Accounts: one that takes over from another, and what comes over a stream at all.

use domovoi_stage::xml::Element;

use crate::{
    house::{House, account, is_join, is_leave, room, says, secs},
    server::{Person, Server, error, jid},
};

fn is_error(it: &Element) -> bool {
    it.kind() == "error"
}

/// Exactly one answer comes to a command.
async fn one_answers(house: &House, by: &str) {
    house.server.skip();
    house.server.says("garden", "olga", "!ping");
    let answer = house.server.next("an answer", secs(5), says("pong")).await;
    assert_eq!(answer.account, format!("{by}@example.org"));
    house.server.never("a second answer", secs(5), says("pong")).await;
}

#[tokio::test(start_paused = true)]
async fn standby_takes_over_with_all_that_was_known_and_gives_back() {
    let server = Server::start();
    server.comes("garden", Person::new("olga").of("owner"));
    server.comes("garden", Person::new("mallory"));
    let accounts = account("main", "domovoi", "") + &account("spare", "brownie", "standby = true");
    let mut house = House::open(server, &(accounts + &room("garden", ""))).await;
    house.joined("garden").await;
    one_answers(&house, "domovoi").await;
    house.server.says("garden", "olga", "!mute mallory 1h");
    house.server.next("the mute", secs(5), says("muted")).await;
    house.server.skip();
    let away = house.server.now();
    house.server.set_up(false);
    house.server.cut("domovoi", false);
    let join = house.server.next("the standby", secs(40), is_join("garden")).await;
    assert_eq!(join.account, "brownie@example.org");
    let waited = (join.at - away).as_secs_f64();
    assert!((30.0..33.0).contains(&waited), "{waited}");
    house.joined("garden").await;
    one_answers(&house, "brownie").await;
    // The mute moved with the room.
    house.server.leaves("garden", "mallory");
    house.server.comes("garden", Person::new("mallory"));
    let is_mute = |it: &Element| it.find("item").is_some_and(|it| it.attr("role") == Some("visitor"));
    let mute = house.server.next("the mute again", secs(5), is_mute).await;
    assert_eq!(mute.account, "brownie@example.org");
    house.server.set_up(true);
    let leave = house.server.next("the standby leaves", secs(120), is_leave("garden")).await;
    assert_eq!(leave.account, "brownie@example.org");
    let join = house.server.next("the first one comes back", secs(20), is_join("garden")).await;
    assert_eq!(join.account, "domovoi@example.org");
    house.joined("garden").await;
    one_answers(&house, "domovoi").await;
}

/// How often this was written down.
fn n_recorded(dir: &std::path::Path, body: &str) -> usize {
    let days = walk(&dir.join("records"));
    days.iter().map(|day| std::fs::read_to_string(day).unwrap_or_default().matches(body).count()).sum()
}

fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries: Vec<_> = std::fs::read_dir(dir).into_iter().flatten().map(|it| it.unwrap().path()).collect();
    let (dirs, files): (Vec<_>, Vec<_>) = entries.into_iter().partition(|it| it.is_dir());
    files.into_iter().chain(dirs.iter().flat_map(|it| walk(it))).collect()
}

#[tokio::test(start_paused = true)]
async fn two_accounts_of_ours_in_one_room_answer_judge_and_record_once() {
    let server = Server::start();
    server.comes("garden", Person::new("olga").of("owner"));
    let accounts = account("main", "domovoi", "") + &account("spare", "brownie", "standby = true");
    let more = "records = \"full\"\n[rooms.\"garden@rooms.example\".plugins]\nguard = { preset = \"public\" }";
    let mut house = House::open(server, &(accounts + &room("garden", more))).await;
    house.joined("garden").await;
    let floods = async |house: &House, nick: &'static str, by: &str| {
        house.server.comes("garden", Person::new(nick));
        for n in 0..12 {
            house.server.says("garden", nick, &format!("{nick} floods {n} as {by} looks on"));
        }
        let is_act = move |it: &Element| {
            let is_theirs = |it: &Element| it.attr("nick") == Some(nick);
            it.kind() == "set" && it.find("item").is_some_and(is_theirs)
        };
        house.server.next("an act", secs(5), is_act).await;
        tokio::time::sleep(secs(5)).await;
        let acts = house.server.all(is_act);
        let roles: Vec<_> = acts.iter().filter_map(|it| it.stanza.find("item")?.attr("role")).collect();
        assert!(acts.iter().all(|it| it.account == format!("{by}@example.org")), "{roles:?} by both");
        assert_eq!(roles.iter().collect::<std::collections::BTreeSet<_>>().len(), roles.len(), "twice: {roles:?}");
    };

    // The first one's stream lives on at the server, and with it its occupant: it is resumed once the other serves.
    house.server.set_up(false);
    house.server.cut("domovoi", true);
    house.joined("garden").await;
    let before = house.server.n_connections();
    house.server.set_up(true);
    while house.server.n_connections() == before {
        tokio::time::sleep(secs(1)).await;
    }
    tokio::time::sleep(secs(1)).await;
    assert!(["domovoi", "brownie"].iter().all(|it| house.server.is_in("garden", it)), "both are there");
    one_answers(&house, "brownie").await;
    floods(&house, "mallory", "brownie").await;
    assert!(house.server.is_in("garden", "domovoi") && house.server.is_in("garden", "brownie"), "both are there still");

    let leave = house.server.next("the standby leaves", secs(120), is_leave("garden")).await;
    assert_eq!(leave.account, "brownie@example.org");
    tokio::time::sleep(secs(30)).await;
    one_answers(&house, "domovoi").await;
    floods(&house, "eve", "domovoi").await;
    house.bot.host.store.records.flush().await;
    let dir = house.close().await;
    for (nick, by) in [("mallory", "brownie"), ("eve", "domovoi")] {
        assert_eq!(n_recorded(dir.path(), &format!("{nick} floods 0 as {by} looks on")), 1, "{nick}");
    }
    assert_eq!(n_recorded(dir.path(), "\"body\":\"!ping\""), 2);
}

#[tokio::test(start_paused = true)]
async fn points_of_the_guard_move_with_the_room() {
    let server = Server::start();
    server.comes("garden", Person::new("olga").of("owner"));
    let accounts = account("main", "domovoi", "") + &account("spare", "brownie", "standby = true");
    let guard = "[rooms.\"garden@rooms.example\".plugins]\nguard = { preset = \"public\" }";
    let mut house = House::open(server, &(accounts + &room("garden", guard))).await;
    house.joined("garden").await;
    house.server.comes("garden", Person::new("mallory"));
    house.server.comes("garden", Person::new("eve"));
    let advert = "BUY NOW cheap pills http://spam.example/pills";
    house.server.says("garden", "mallory", advert);
    house.shown("the first copy", secs(5), |it| it["text"] == advert).await;
    house.server.set_up(false);
    house.server.cut("domovoi", false);
    house.joined("garden").await;
    house.server.skip();
    house.server.says("garden", "eve", "has anybody seen alice today?");
    house.server.says("garden", "mallory", advert);
    let is_act = |nick: &str| {
        let nick = nick.to_owned();
        let is_about = move |it: &Element| {
            let is_jid = it.attr("jid").is_some_and(|it| it.starts_with(&format!("{nick}@")));
            is_jid || it.attr("nick") == Some(&nick)
        };
        move |it: &Element| it.kind() == "set" && it.find("item").is_some_and(&is_about)
    };
    house.server.next("the second copy of mallory is one too many", secs(5), is_act("mallory")).await;
    assert!(house.server.all(is_act("eve")).is_empty(), "eve said nothing of the kind");
}

#[tokio::test(start_paused = true)]
async fn room_without_room_for_an_account_is_tried_by_another() {
    let server = Server::start();
    server.room("garden", |_| ());
    let is_join_ = is_join("garden");
    let mut n = 0;
    server.script(move |it| {
        n += usize::from(is_join_(it));
        (is_join_(it) && n == 1).then(|| vec![error(it, "wait", "resource-constraint")])
    });
    let accounts = account("main", "domovoi", "") + &account("other", "brownie", "");
    let mut house = House::open(server, &(accounts + &room("garden", ""))).await;
    house.joined("garden").await;
    let joins = house.server.all(is_join("garden"));
    assert_eq!(joins.len(), 2);
    assert_ne!(joins[0].account, joins[1].account);
}

#[tokio::test(start_paused = true)]
async fn questions_are_answered_whatever_they_are() {
    let house = House::garden("").await;
    let from = "someone@example.net/phone";
    let ask = |id: &str, rest: &str| format!("<iq id='{id}' from='{from}' {rest}</iq>");
    for (id, rest, condition) in [
        ("q1", "type='get'><query xmlns='urn:nobody:knows'/>", "service-unavailable"),
        ("q2", "type='set'><query xmlns='urn:nobody:knows'/>", "service-unavailable"),
        ("q3", "type='get'>", "bad-request"),
        ("q4", "type='get'><a xmlns='urn:a'/><b xmlns='urn:b'/>", "bad-request"),
        ("q5", "type='whatever'><a xmlns='urn:a'/>", "bad-request"),
    ] {
        house.server.tell("domovoi", &ask(id, rest));
        let answer = house.server.next(id, secs(5), |it| it.attr("id") == Some(id)).await;
        assert_eq!((answer.stanza.kind(), answer.stanza.attr("to")), ("error", Some(from)), "{}", answer.stanza);
        assert_eq!(answer.stanza.condition(), Some(condition), "{id}");
    }
    // What nobody asked for is not answered.
    house.server.tell("domovoi", &ask("q6", "type='result'>"));
    house.server.tell("domovoi", &ask("q7", "type='error'><error type='cancel'/>"));
    house.server.never("an answer to an answer", secs(10), |it| matches!(it.attr("id"), Some("q6" | "q7"))).await;
    assert_eq!(house.server.n_connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn broken_stanzas_become_events_and_no_room_ever_gets_an_error() {
    let server = Server::start();
    server.comes("garden", Person::new("mallory"));
    let mut house = House::in_garden(server, "").await;
    house.server.skip();
    let from = format!("{}/mallory", jid("garden"));
    let deep = "<a xmlns='urn:a'>".repeat(200) + &"</a>".repeat(200);
    let long = "x".repeat(9_000);
    for (what, stanza) in [
        ("deep", format!("<message type='groupchat' from='{from}'><body>deep</body>{deep}</message>")),
        ("long", format!("<message type='groupchat' from='{from}' id='{long}'><body>long</body></message>")),
        ("threads", format!("<message type='groupchat' from='{from}'><thread>1</thread><thread>2</thread></message>")),
        ("show", format!("<presence from='{from}'><show>sleepy</show></presence>")),
        ("type", format!("<message type='shout' from='{from}'><body>hey</body></message>")),
    ] {
        house.server.tell_room("garden", &stanza);
        let shown = house.shown(what, secs(5), |it| it["what"] == "malformed").await;
        assert_eq!(shown["nick"], "mallory", "{what}");
    }
    for stanza in [
        format!("<message type='error' from='{from}'><error type='cancel'/></message>"),
        format!("<message type='groupchat' from='{}'/>", jid("nowhere")),
        format!("<presence type='error' from='{from}'><error type='wait'/></presence>"),
        format!("<presence type='probe' from='{from}'/>"),
    ] {
        house.server.tell_room("garden", &stanza);
    }
    house.server.never("an error", secs(10), is_error).await;
    house.server.says("garden", "mallory", "!ping");
    house.server.next("it is well", secs(5), says("pong")).await;
    assert_eq!(house.server.n_connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn burst_of_fifty_thousand_stanzas_is_taken_in() {
    let server = Server::start();
    for n in 0..100 {
        server.comes("garden", Person::new(&format!("person{n}")));
    }
    server.comes("garden", Person::new("alice"));
    let mut house = House::in_garden(server, "").await;
    let presence: Vec<String> =
        house.server.room("garden", |it| (0..100).map(|n| it.presence(&format!("person{n}"), "")).collect());
    for round in 0..500 {
        for it in &presence {
            house.server.tell_room("garden", it);
        }
        if round % 20 == 0 {
            house.server.drained("domovoi").await;
        }
    }
    house.server.says("garden", "alice", "!ping");
    house.server.next("an answer", secs(60), says("pong")).await;
    house.shown("the end", secs(60), |it| it["text"] == "!ping").await;
    assert_eq!(house.server.n_connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn answers_that_nobody_takes_are_dropped_at_a_bound() {
    let house = House::garden("").await;
    house.server.comes("garden", Person::new("alice"));
    house.server.set_deaf(true);
    for n in 0..10_000 {
        let from = "someone@example.net/phone";
        house.server.tell("domovoi", &format!("<iq type='get' id='q{n}' from='{from}'><q xmlns='urn:nobody'/></iq>"));
    }
    // Time passes only once everything was read.
    tokio::time::sleep(secs(5)).await;
    house.server.set_deaf(false);
    tokio::time::sleep(secs(5)).await;
    let n = house.server.all(is_error).len();
    assert!((4_000..6_000).contains(&n), "{n} were kept");
    house.server.says("garden", "alice", "!ping");
    house.server.next("it is well", secs(30), says("pong")).await;
    assert_eq!(house.server.n_connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_direct_chat_is_answered_by_the_account_that_was_written_to() {
    let server = Server::start();
    server.room("garden", |_| ());
    let accounts = account("main", "domovoi", "") + &account("other", "brownie", "");
    let placed = room("garden", "account = \"main\"");
    let mut house = House::open(server, &(accounts + &placed)).await;
    house.joined("garden").await;
    let asks = |account: &str, body: &str| {
        let to = format!("{account}@example.org");
        let body = format!("<message from='boss@example.net/desk' to='{to}' type='chat'><body>{body}</body></message>");
        house.server.tell(account, &body);
    };
    // Neither the first account nor the one that serves the room, but the one that the owner knows.
    for account in ["brownie", "domovoi", "brownie"] {
        for (asked, answer) in [("ping", "pong"), ("garden@rooms.example ping", "pong"), ("accounts", "brownie")] {
            house.server.skip();
            asks(account, asked);
            let heard = house.server.next(asked, secs(5), says(answer)).await;
            assert_eq!(heard.account, format!("{account}@example.org"), "{asked}");
            assert_eq!(heard.stanza.attr("to"), Some("boss@example.net"));
        }
    }
}
