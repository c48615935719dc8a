//! The stage itself, on both servers: what a live test relies on must hold before any bot is on it.

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use domovoi_stage::person::Ticket;
use domovoi_stage::proxy::Mode;
use domovoi_stage::server::Kind;
use domovoi_stage::{Crowd, Ejabberd, Options, Person, Prosody, Proxy, Server};

async fn on_both<F: Future<Output = ()>>(scene: impl Fn(Server) -> F) {
    let (prosody, ejabberd) = tokio::join!(Prosody::start(Options::default()), Ejabberd::start(Options::default()));
    scene(prosody.unwrap()).await;
    scene(ejabberd.unwrap()).await;
}

#[tokio::test]
async fn people_meet_and_hear_each_other() {
    on_both(|server| async move {
        let room = server.room("garden");
        let alice = Person::connect(&server, "alice").await.unwrap();
        let boris = Person::connect(&server, "boris").await.unwrap();
        alice.create_room(&room, "alice", &[("muc#roomconfig_persistentroom", "1")]).await.unwrap();
        boris.join(&room, "boris").await.unwrap();
        alice.say_heard("hello & <welcome>").await.unwrap();
        let heard = boris.expect_message_from("alice", "hello & <welcome>").await.unwrap();
        assert_eq!(heard.from_bare(), room);
        boris.private("alice", "psst").await.unwrap();
        let whisper = alice.expect("a whisper", |it| it.kind() == "chat" && it.body() == Some("psst")).await.unwrap();
        assert_eq!(whisper.nick(), "boris");

        boris.change_nick(&room, "Boris the second").await.unwrap();
        alice.set_role(&room, "Boris the second", "visitor").await.unwrap();
        boris.expect("the loss of voice", |it| it.item("role") == Some("visitor")).await.unwrap();
        alice.set_affiliation(&room, &boris.jid, "outcast").await.unwrap();
        boris.expect("the ban", |it| it.has_status("301")).await.unwrap();
        let answer = boris.try_join(&room, "boris", "").await.unwrap();
        if server.kind() == Kind::Prosody {
            assert_eq!(answer.condition(), Some("forbidden"), "{answer}");
        } else {
            // COMPAT: ejabberd 22.10-23.01 lets in a banned one whose role was ever set by hand. Bots must know.
            assert_eq!(answer.item("affiliation"), Some("outcast"), "{answer}");
        }
        alice.leave(&room).await.unwrap();
        alice.disconnect().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn forged_payloads_pass_as_researched() {
    on_both(|server| async move {
        let room = server.room("garden");
        let alice = Person::connect(&server, "alice").await.unwrap();
        let mallory = Person::connect(&server, "mallory").await.unwrap();
        alice.create_room(&room, "alice", &[]).await.unwrap();
        mallory.join(&room, "mallory").await.unwrap();
        let forged = format!(
            "<message type='groupchat' id='f1' to='{room}'><body>boo</body><body xml:lang='ru'>бу</body>\
             <x xmlns='http://jabber.org/protocol/muc#user'><status code='307'/></x>\
             <occupant-id xmlns='urn:xmpp:occupant-id:0' id='FORGED'/>\
             <stanza-id xmlns='urn:xmpp:sid:0' by='{room}' id='FORGED'/></message>"
        );
        mallory.send_raw(&forged).await.unwrap();
        let seen = alice.expect_message_from("mallory", "boo").await.unwrap();
        assert!(seen.has_status("307"), "{seen}");
        assert_eq!(seen.find_all("body").len(), 2, "{seen}");
        assert!(seen.find_all("stanza-id").iter().all(|it| it.attr("id") != Some("FORGED")), "{seen}");
        let has_forged_occupant = seen.find_all("occupant-id").iter().any(|it| it.attr("id") == Some("FORGED"));
        assert_eq!(has_forged_occupant, server.kind() == Kind::Ejabberd, "{seen}");
        let features = alice.features(&room).await.unwrap();
        let can_moderate = features.iter().any(|it| it == "urn:xmpp:message-moderate:0");
        assert_eq!(can_moderate, server.kind() == Kind::Prosody, "{features:?}");
    })
    .await;
}

#[tokio::test]
async fn a_restarted_server_keeps_its_ports_and_its_data() {
    on_both(|mut server| async move {
        let room = server.room("garden");
        let alice = Person::connect(&server, "alice").await.unwrap();
        alice.create_room(&room, "alice", &[("muc#roomconfig_persistentroom", "1")]).await.unwrap();
        let (address, pid) = (server.address(), server.id().unwrap());
        server.restart().await.unwrap();
        alice.disconnected().await.unwrap();
        assert_eq!(server.address(), address);
        assert_ne!(server.id().unwrap(), pid);
        let alice = Person::log_in(Ticket::new(&server, "alice")).await.unwrap();
        let presence = alice.join(&room, "alice").await.unwrap();
        assert_eq!(presence.item("affiliation"), Some("owner"), "{presence}");
        server.kill().await.unwrap();
        alice.disconnected().await.unwrap();
        server.up_again().await.unwrap();
        Person::log_in(Ticket::new(&server, "alice")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn two_stages_do_not_meet_and_leave_nothing_behind() {
    for kind in [Kind::Prosody, Kind::Ejabberd] {
        let (one, other) =
            tokio::join!(Server::start(kind, Options::default()), Server::start(kind, Options::default()));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_ne!(one.address(), other.address());
        Person::connect(&one, "alice").await.unwrap();
        assert!(Person::log_in(Ticket::new(&other, "alice")).await.is_err(), "an account of the other stage");
        let (ca_file, pid, address) = (one.ca_file(), one.id().unwrap(), one.address());
        assert!(ca_file.exists());
        drop(one);
        assert!(!ca_file.exists());
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
        assert!(std::net::TcpStream::connect(address).is_err());
        Person::connect(&other, "alice").await.unwrap();
    }
}

#[tokio::test]
async fn people_can_show_that_nothing_happened() {
    on_both(|server| async move {
        let room = server.room("garden");
        let alice = Person::connect(&server, "alice").await.unwrap();
        let boris = Person::connect(&server, "boris").await.unwrap();
        alice.create_room(&room, "alice", &[]).await.unwrap();
        boris.join(&room, "boris").await.unwrap();
        boris.say("early").await.unwrap();
        boris.say("marker").await.unwrap();
        let is = |text: &'static str| move |it: &domovoi_stage::Element| it.body() == Some(text);
        alice.nothing_until(is("marker"), is("late")).await.unwrap();
        boris.say("marker").await.unwrap();
        assert!(alice.nothing_until(is("marker"), is("early")).await.is_err());
        boris.say("done").await.unwrap();
        boris.settle(&room).await.unwrap();
        alice.settle(&room).await.unwrap();
        assert!(alice.nothing_like("last word", is("done")).is_err());
        alice.nothing_like("secret", is("secret")).unwrap();
    })
    .await;
}

#[tokio::test]
async fn queries_between_people_are_answered() {
    on_both(|server| async move {
        let room = server.room("garden");
        let alice = Person::connect(&server, "alice").await.unwrap();
        let boris = Person::connect(&server, "boris").await.unwrap();
        alice.create_room(&room, "alice", &[]).await.unwrap();
        boris.join(&room, "boris").await.unwrap();
        let version = "<query xmlns='jabber:iq:version'/>";
        let to = format!("{room}/boris");
        assert_eq!(alice.iq("get", &to, version).await.unwrap().condition(), Some("service-unavailable"));
        boris.answer("jabber:iq:version", Some("<query xmlns='jabber:iq:version'><name>Test</name></query>"));
        assert_eq!(alice.iq_ok("get", &to, version).await.unwrap().find("name").unwrap().text, "Test");
        alice.iq_ok("get", &to, "<ping xmlns='urn:xmpp:ping'/>").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_cut_person_is_soon_gone_for_the_others() {
    on_both(|server| async move {
        let room = server.room("garden");
        let alice = Person::connect(&server, "alice").await.unwrap();
        let boris = Person::connect(&server, "boris").await.unwrap();
        alice.create_room(&room, "alice", &[]).await.unwrap();
        boris.join(&room, "boris").await.unwrap();
        boris.cut().await.unwrap();
        let is_gone = |it: &domovoi_stage::Element| it.nick() == "boris" && it.kind() == "unavailable";
        alice.expect("boris to be gone", is_gone).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn options_reach_the_server() {
    let options = Options { archive: false, limits: true, moderated: true, persistent: true, ..Options::default() };
    for kind in [Kind::Prosody, Kind::Ejabberd] {
        let server = Server::start(kind, options.clone()).await.unwrap();
        let room = server.room("garden");
        let alice = Person::connect(&server, "alice").await.unwrap();
        let boris = Person::connect(&server, "boris").await.unwrap();
        alice.create_room(&room, "alice", &[]).await.unwrap();
        let presence = boris.join(&room, "boris").await.unwrap();
        assert_eq!(presence.item("role"), Some("visitor"), "{presence}");
        let features = alice.features(&room).await.unwrap();
        assert!(features.iter().any(|it| it == "muc_persistent"), "{features:?}");
        assert!(features.iter().all(|it| it != "urn:xmpp:mam:2"), "{features:?}");
    }
}

#[tokio::test]
async fn a_server_that_demands_tls_still_lets_people_in_by_the_stage_door() {
    for kind in [Kind::Prosody, Kind::Ejabberd] {
        let server = Server::start(kind, Options { plain_tcp: false, ..Options::default() }).await.unwrap();
        Person::connect(&server, "alice").await.unwrap();
        let ticket = Ticket { address: server.address(), ..Ticket::new(&server, "alice") };
        assert!(Person::log_in(ticket).await.is_err(), "{kind:?} should refuse plain TCP");
    }
}

#[tokio::test]
async fn prosody_has_rooms_for_special_tests() {
    let server = Prosody::start(Options::default()).await.unwrap();
    let alice = Person::connect(&server, "alice").await.unwrap();
    let boris = Person::connect(&server, "boris").await.unwrap();
    let presence = alice.try_join("x@locked.localhost", "alice", "").await.unwrap();
    assert!(presence.has_status("201"), "{presence}");
    assert_eq!(boris.try_join("x@locked.localhost", "b", "").await.unwrap().condition(), Some("item-not-found"));
    alice.configure("x@locked.localhost", &[]).await.unwrap();
    boris.join("x@locked.localhost", "b").await.unwrap();
    assert_eq!(boris.try_join("x@closed.localhost", "b", "").await.unwrap().condition(), Some("not-allowed"));
    alice.create_room("x@bare.localhost", "alice", &[]).await.unwrap();
    let features = alice.features("x@bare.localhost").await.unwrap();
    assert!(features.iter().all(|it| it != "urn:xmpp:mam:2"), "{features:?}");
}

#[tokio::test]
async fn a_crowd_fills_rooms() {
    on_both(|server| async move {
        let rooms: Vec<String> = (0..4).map(|it| server.room(&format!("r{it}"))).collect();
        let crowd = Crowd::connect(&server, "someone", 40).await.unwrap();
        crowd.join(&rooms).await.unwrap();
        let first = crowd.people().first().unwrap();
        first.say("hello, all").await.unwrap();
        for person in crowd.people().iter().step_by(4) {
            person.expect_message_from("someone0", "hello, all").await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn an_expectation_that_fails_tells_what_came_instead() {
    let server = Prosody::start(Options::default()).await.unwrap();
    let mut alice = Person::connect(&server, "alice").await.unwrap();
    alice.create_room(&server.room("garden"), "alice", &[]).await.unwrap();
    alice.say("something else").await.unwrap();
    alice.settle(&server.room("garden")).await.unwrap();
    alice.patience = Duration::from_millis(10);
    let err = alice.expect_message_from("boris", "hello").await.unwrap_err();
    let text = format!("{err:#}");
    assert!(text.contains("alice waited for a message of boris"), "{text}");
    assert!(text.contains("something else"), "{text}");
}

#[tokio::test]
async fn faults_of_the_network_reach_the_people() {
    on_both(|server| async move {
        let room = server.room("garden");
        let proxy = Proxy::start(server.address()).await.unwrap();
        let ticket = Ticket { address: proxy.address(), ..Ticket::new(&server, "alice") };
        let alice = Person::enter(ticket.clone()).await.unwrap();
        alice.create_room(&room, "alice", &[]).await.unwrap();
        proxy.set(Mode::Dribble { bytes: 7, pause: Duration::from_millis(1) }).await.unwrap();
        alice.say_heard("in small pieces").await.unwrap();
        proxy.set(Mode::Refuse).await.unwrap();
        proxy.cut();
        alice.disconnected().await.unwrap();
        assert!(Person::log_in(ticket.clone()).await.is_err());
        proxy.set(Mode::Clear).await.unwrap();
        Person::log_in(ticket).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_distributions_limits_slow_a_flooding_client() {
    for kind in [Kind::Prosody, Kind::Ejabberd] {
        let server = Server::start(kind, Options { limits: true, ..Options::default() }).await.unwrap();
        let ticket = Ticket { address: server.address(), ..Ticket::new(&server, "alice") };
        let mut alice = Person::enter(ticket).await.unwrap();
        alice.patience = Duration::from_secs(60);
        let begin = tokio::time::Instant::now();
        for _ in 0..7 {
            alice.chat("alice@localhost/nobody", &"x".repeat(4000)).await.unwrap();
        }
        alice.iq("get", "", "<ping xmlns='urn:xmpp:ping'/>").await.unwrap();
        // 28 KB at 10 KB/s (Prosody), or 20 KB at once and the rest at 3 KB/s (ejabberd).
        assert!(begin.elapsed() > Duration::from_secs(1), "{kind:?} took only {:?}", begin.elapsed());
    }
}
