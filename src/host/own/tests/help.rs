//! Help, and questions to clients and servers.

use domovoi_plugin::{Nick, Place, Target};

use crate::host::testing::{CONFIG, Scene, bundled, garden};

#[tokio::test]
async fn ping_answers_pong_and_measures() {
    let it = Scene::new().await;
    assert_eq!(it.say("alice", "!ping").await, ["alice: pong"]);
    assert_eq!(it.say("alice", "!ping bob").await, ["alice: bob answered within 0.042 s."]);
    assert_eq!(it.say("alice", "!ping server.example").await, ["alice: server.example answered within 0.042 s."]);
    assert_eq!(it.say("alice", "!ping silent.example").await, ["alice: silent.example did not answer."]);
    assert_eq!(it.say("alice", "!ping me").await, ["alice: alice answered within 0.042 s."]);
    assert_eq!(
        it.say("alice", "!ping nobody").await,
        ["alice: Nobody here, and nobody who left lately, is called “nobody”. A JID works too."]
    );
    assert_eq!(it.direct("juliet@capulet.example", "ping me").await, ["juliet@capulet.example< pong"]);
    assert_eq!(it.say("bob", "!time nurse").await, ["bob: The client of nurse cannot tell that."]);
    assert_eq!(it.say("bob", "!ping nowhere.example").await, ["bob: There is no server for nowhere.example."]);
    let said = it.whisper("bob", "версия nowhere.example").await;
    assert_eq!(said, ["@bob Сервера для nowhere.example не найти."], "no jargon of servers in it");
}

#[tokio::test]
async fn a_server_of_ours_may_have_no_dot_in_its_name() {
    let text = format!("{CONFIG}\n[accounts.home]\njid = \"bot@localhost\"\npassword = \"p\"\n");
    let home = Scene::with(&text, bundled()).await;
    assert_eq!(home.say("alice", "!ping localhost").await, ["alice: localhost answered within 0.042 s."]);
    let elsewhere = Scene::new().await;
    assert!(elsewhere.say("alice", "!ping localhost").await[0].contains("is called “localhost”"));
}

#[tokio::test]
async fn help_lists_what_this_person_may_give() {
    let it = Scene::new().await;
    let said = it.say("alice", "!help").await;
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("core: help"), "{said:?}");
    let said = it.direct("juliet@capulet.example", "help").await.concat();
    assert!(said.ends_with("begins with its address here: garden@chat.example.org help"), "{said}");
}

#[tokio::test]
async fn strangers_are_not_asked_for_just_anybody() {
    let it = Scene::new().await;
    let said = it.say("alice", "!version tybalt@capulet.example").await;
    assert_eq!(
        said,
        ["alice: I ask servers by their address (capulet.example), people only by the nick of someone here."]
    );
    assert_eq!(it.say("alice", "!version").await, ["alice: alice uses Gajim 1.8."]);
    assert_eq!(
        it.say("bob", "!time tybalt").await,
        ["bob: Nobody here, and nobody who left lately, is called “tybalt”. A JID works too."]
    );
    assert_eq!(it.say("bob", "!uptime server.example").await, ["bob: server.example has been running for 3 days."]);
}

#[tokio::test]
async fn long_answers_are_cut_and_the_rest_waits_for_more() {
    let it = Scene::new().await;
    for n in 0..25 {
        it.say("juliet", &format!("!access set p{n}@people.example member")).await;
    }
    let said = it.say("romeo", "!access").await;
    assert_eq!(said.len(), 1);
    assert!(
        said[0].starts_with("@romeo Your level is room owner (30).\np0@people.example has the level member"),
        "{said:?}"
    );
    assert!(said[0].ends_with("\n… say “more” for the rest"), "{said:?}");
    let mut n_people = said[0].matches("@people.example").count();
    for _ in 0..10 {
        let said = it.whisper("romeo", "more").await;
        n_people += said[0].matches("@people.example").count();
        if !said[0].contains("say “more”") {
            break;
        }
    }
    assert_eq!(n_people, 25);
    assert_eq!(it.whisper("romeo", "more").await, ["@romeo There is nothing more."]);
    it.say("romeo", "!access").await;
    assert!(it.say("romeo", "!more").await[0].starts_with("@romeo p"), "private, though asked for in the room");
    it.say("romeo", "!access").await;
    it.advance(std::time::Duration::from_secs(601));
    assert_eq!(it.whisper("romeo", "more").await, ["@romeo There is nothing more."]);
}

#[tokio::test]
async fn the_rest_is_asked_for_as_it_has_to_be_typed_there_in_the_reader_s_language() {
    let it = Scene::new().await;
    let long = "x\n".repeat(12);
    let said = async |place, lang: &str| {
        it.whisper("romeo", &format!("language {lang}")).await;
        let occupant = it.stage.occupant(&garden(), "romeo").unwrap();
        let to = Target { nick: occupant.nick.clone(), identity: occupant.identity() };
        it.host.answer(&it.host.own_name(), Some(&garden()), &place, Some(&to), long.clone()).await;
        it.stage.said().concat()
    };
    let private = Place::Private(Nick::new("romeo").unwrap());
    assert!(said(Place::Room, "en").await.ends_with("… say “!more” for the rest"));
    assert!(said(private.clone(), "en").await.ends_with("… say “more” for the rest"));
    assert!(said(private, "ru").await.ends_with("… скажите «ещё», чтобы увидеть остальное"));
    assert!(said(Place::Room, "ru").await.ends_with("… say “!more” for the rest"), "the room speaks English");
    assert!(it.say("romeo", "!more").await[0].starts_with("romeo:\nx"));
}

#[tokio::test]
async fn what_is_too_long_to_wait_is_said_to_be_left_out() {
    let it = Scene::new().await;
    let occupant = it.stage.occupant(&garden(), "romeo").unwrap();
    let to = Target { nick: occupant.nick.clone(), identity: occupant.identity() };
    let place = Place::Private(Nick::new("romeo").unwrap());
    let long = format!("{}\n", "x".repeat(900)).repeat(30);
    it.host.answer(&it.host.own_name(), Some(&garden()), &place, Some(&to), long).await;
    it.settle().await;
    drop(it.stage.said());
    let mut last = String::new();
    for _ in 0..30 {
        // Nobody reads a page at once, but for bots that talk to each other.
        it.advance(std::time::Duration::from_secs(12));
        let said = it.whisper("romeo", "more").await.concat();
        if said.ends_with("There is nothing more.") {
            break;
        }
        last = said;
    }
    assert!(last.ends_with("… and 7 more lines, which are too much for one answer: ask for a part of it"), "{last}");
}

#[tokio::test]
async fn help_names_arguments_as_the_plugin_does() {
    let it = Scene::new().await;
    it.say("romeo", "!plugin on guard").await;
    let said = it.say("romeo", "!help guard set").await;
    assert!(said[0].contains("guard set <setting> <value> — "), "{said:?}");
    it.say("romeo", "!language ru").await;
    let said = it.say("romeo", "!помощь страж задать").await;
    assert!(said[0].contains("страж задать <настройка> <значение> — "), "{said:?}");
    assert!(said[0].contains("Например: !страж задать rate_burst 8"), "{said:?}");
}

#[tokio::test]
async fn an_owner_of_the_bot_sees_how_a_room_of_theirs_is_named() {
    let it = Scene::with(&format!("{CONFIG}[rooms.\"attic@chat.example.org\"]\n"), bundled()).await;
    let said = it.direct("juliet@capulet.example", "help").await.concat();
    assert!(said.ends_with("begins with its address here: attic@chat.example.org help"), "{said}");
    it.say("romeo", "!access set alice@alice.example member").await;
    it.direct("juliet@capulet.example", "access set alice@alice.example member").await;
    let said = it.direct("alice@alice.example", "help").await.concat();
    assert!(said.ends_with("begins with its address here: garden@chat.example.org help"), "{said}");
}

#[tokio::test]
async fn the_room_one_is_in_may_be_named_in_private() {
    let it = Scene::new().await;
    assert_eq!(it.whisper("alice", "garden@chat.example.org ping").await, ["@alice pong"]);
    let said = it.whisper("alice", "other@chat.example.org ping").await;
    assert_eq!(said, ["@alice I do not know that command. “help” lists those I know."]);
}

#[tokio::test]
async fn a_room_s_owner_hears_that_a_plugin_is_off() {
    let it = Scene::new().await;
    let hint = "@romeo guard is off here, so nobody hears that command. To turn it on: plugin on guard";
    assert_eq!(it.say("romeo", "!guard on").await, [hint]);
    assert_eq!(it.say("romeo", "!guard status").await, [""; 0], "in public once a day: another bot may be meant");
    assert_eq!(it.whisper("romeo", "guard on").await, [hint]);
    assert_eq!(
        it.whisper("alice", "guard on").await,
        ["@alice I do not know that command. “help” lists those I know."]
    );
    assert_eq!(it.say("alice", "!guard on").await, [""; 0]);
    it.advance(std::time::Duration::from_secs(86_401));
    assert_eq!(it.say("romeo", "!guard on").await, [hint]);
    it.say("romeo", "!plugin on guard").await;
    assert_eq!(it.say("romeo", "!guard observe").await, ["romeo: The guard decides and shows; nothing is done."]);
    assert_eq!(it.say("romeo", "!plugin off guard").await, ["romeo: guard is off."]);
    let said = it.say("romeo", "!plugin on guard").await;
    assert_eq!(said, ["romeo: guard is on; its mode is observe."]);
    let said = it.whisper("romeo", "setup").await;
    assert!(said[0].starts_with("@romeo Setting up"), "{said:?}");
    let said = it.whisper("romeo", "skip").await;
    assert!(said[0].ends_with("Now: public (it only observes; “guard on” makes it act)"), "{said:?}");
}

#[tokio::test]
async fn help_explains_one_command_to_whom_it_concerns() {
    let it = Scene::new().await;
    assert_eq!(
        it.say("alice", "!help ignore").await,
        ["alice:\nignore <who> [for how long] — Has me not hear someone, for good or for a while.\n\
         For example: !ignore alice@alice.example 10m\nNeeds: moderator (15)"]
    );
    assert_eq!(
        it.whisper("alice", "help ingore").await,
        ["@alice I do not know that command. “help” lists those I know."]
    );
    assert_eq!(it.whisper("nurse", "help ingore").await, ["@nurse Did you mean “ignore”?"]);
    assert_eq!(it.whisper("nurse", "u").await, ["@nurse I do not know that command. “help” lists those I know."]);
    it.say("romeo", "!language ru").await;
    assert_eq!(
        it.say("alice", "!помощь пинг").await,
        ["alice:\nпинг [кто] [сервер] — Отвечает, что я здесь; а если назвать кого-то или сервер — за сколько оттуда \
         приходит ответ.\nНапример: !пинг\nНужен уровень: гость (0)\nИначе: ping"]
    );
    let lists = async |nick| it.say(nick, "!помощь").await[0].clone();
    let (alices, juliets) = (lists("alice").await, lists("juliet").await);
    assert!(!alices.contains("выключись") && juliets.contains("выключись"), "{alices}\n{juliets}");
    let said = it.say("romeo", "!команды").await;
    assert!(said[0].contains("плагин задать") && !said[0].contains("комнаты"), "{said:?}");
}

#[tokio::test]
async fn word_that_begins_commands_shows_them() {
    let it = Scene::new().await;
    let said = it.say("juliet", "!access sit").await;
    let all = "With “access” begin: access set, access show, access unset. “help access” explains them.";
    assert!(said[0].contains("is called “sit”") && said[0].ends_with(all), "{said:?}");
    let all = it.say("juliet", "!plugin nonsense").await;
    assert!(all[0].contains("\nWith “plugin” begin: plugin get, plugin help, plugin hook"), "{all:?}");
    let said = it.say("juliet", "!help access").await;
    assert!(said[0].contains("access show") && said[0].contains("access unset"), "{said:?}");
    assert_eq!(it.say("bob", "!access").await.len(), 1);
    let all = it.say("bob", "!plugin nonsense").await;
    assert!(!all[0].contains("plugin off"), "bob may not: {all:?}");
}

#[tokio::test]
async fn unknown_words_are_silence_in_public_and_answered_in_private() {
    let it = Scene::new().await;
    assert_eq!(it.say("alice", "!wat").await, [""; 0]);
    assert_eq!(it.say("alice", "!pnig").await, ["@alice Did you mean “ping”?"]);
    assert_eq!(it.whisper("alice", "wat").await, ["@alice I do not know that command. “help” lists those I know."]);
}

#[test]
fn no_bundled_plugin_wants_a_word_of_the_host_s() {
    let manifests: Vec<_> = bundled().iter().map(|it| it.manifest()).collect();
    let own = crate::host::own::manifest();
    let (_, collisions) = domovoi_plugin::grammar::Commands::build(std::iter::once(&own).chain(&manifests));
    assert_eq!(collisions, []);
}
