//! Prefix, language, time zone and plugins, changed by chat.

use crate::host::testing::{CONFIG, GARDEN, Scene, garden};

#[tokio::test]
async fn a_room_owner_changes_the_room_and_nobody_less_does() {
    let it = Scene::new().await;
    assert_eq!(it.say("alice", "!prefix").await, ["alice: Commands begin with “!” here."]);
    let refused = "That takes at least the level 30 (room owner).";
    assert_eq!(it.say("mercutio", "!prefix ?").await, [format!("mercutio: {refused}")]);
    assert_eq!(it.say("romeo", "!prefix ?").await, ["romeo: Commands begin with “?” here."]);
    assert_eq!(
        it.say("romeo", "!prefix \"too long by far\"").await,
        ["romeo: “too long by far” cannot be what commands begin with: write 1 to 8 characters without blanks."]
    );
    assert_eq!(it.host.live.config().rooms[&garden()].prefix.as_str(), "?");
    assert_eq!(it.say("alice", "!timezone Europe/Helsinki").await, [format!("alice: {refused}")]);
    let said = it.say("romeo", "!timezone Europe/Helsinki").await;
    assert_eq!(said, ["romeo: Times here are those of Europe/Helsinki, where it is 2026-11-18 13:06."]);
    assert!(it.say("romeo", "!timezone Verona").await[0].contains("I do not know the time zone “Verona”"));
}

#[tokio::test]
async fn a_room_speaks_its_language_and_a_person_theirs() {
    let it = Scene::new().await;
    assert_eq!(it.say("romeo", "!language ru").await, ["romeo: Теперь я говорю здесь по-русски."]);
    assert_eq!(it.say("alice", "!пинг").await, ["alice: понг"]);
    assert_eq!(it.say("alice", "!ping").await, ["alice: понг"]);
    let said = it.say("alice", "!префикс").await;
    assert_eq!(said, ["alice: Команды здесь начинаются с «!»."]);
    assert_eq!(it.whisper("bob", "ping").await, ["@bob понг"]);
    assert_eq!(it.whisper("bob", "language en").await, ["@bob From now on I answer you in English in private."]);
    assert_eq!(it.whisper("bob", "ping").await, ["@bob pong"]);
    assert_eq!(it.say("bob", "!ping").await, ["bob: понг"], "in public the room's language holds");
    let said = it.whisper("bob", "language tlh").await;
    assert_eq!(said, ["@bob I do not speak “tlh”, only: en, ru."]);
    let it = it.restart().await;
    it.settle().await;
    assert_eq!(it.say("alice", "!ping").await, ["alice: понг"]);
    assert_eq!(it.whisper("bob", "prefix").await, ["@bob Commands begin with “!” here."]);
}

#[tokio::test]
async fn what_was_said_survives_a_restart_and_stands_over_the_file() {
    let it = Scene::new().await;
    it.say("romeo", "!prefix ?").await;
    let it = it.restart().await;
    assert_eq!(it.host.live.config().rooms[&garden()].prefix.as_str(), "?");
    let said = it.direct("juliet@capulet.example", "config diff").await;
    let line = "rooms.\"garden@chat.example.org\".prefix: ? (romeo@romeo.example, 2026-11-18 11:06)";
    assert_eq!(said, [format!("juliet@capulet.example< {line}")]);
    it.write_config(&format!("{CONFIG}prefix = \"%\"\nnick = \"house\"\n"));
    it.host.reload().await.unwrap();
    let room = it.host.live.config().rooms[&garden()].clone();
    assert_eq!((room.prefix.as_str(), room.nick.as_str()), ("?", "house"));
    let said = it.direct("juliet@capulet.example", "config diff").await;
    assert!(said[0].contains("prefix: % → ? (romeo@romeo.example"), "{said:?}");
    it.write_config("[bot]\nowners = 3\n");
    assert!(it.host.reload().await.is_err());
    assert_eq!(it.host.live.config().rooms[&garden()].nick.as_str(), "house", "a broken file changes nothing");
    assert!(std::fs::read_to_string(it.file()).unwrap().contains("owners = 3"), "the file is never written");
}

#[tokio::test]
async fn plugins_are_turned_on_and_set_room_by_room() {
    let it = Scene::new().await;
    let is_on = || it.host.live.config().is_enabled(&"guard".parse().unwrap(), &garden());
    assert!(!is_on());
    assert_eq!(it.say("romeo", "!plugin on guard").await, ["romeo: guard is on."]);
    assert!(is_on());
    let said = it.say("romeo", "!plugin set guard.rate_burst 5").await;
    assert!(said[0].starts_with("romeo: guard.rate_burst = 5 — "), "{said:?}");
    assert!(is_on(), "a setting does not turn it off");
    let said = it.say("romeo", "!plugin set guard.rate_burst many").await;
    assert_eq!(said, ["romeo: rate_burst cannot be “many”: it is a whole number from 0 to 20."]);
    assert_eq!(
        it.say("romeo", "!plugin set guard.rate_bust 5").await[0].split(':').nth(1).unwrap(),
        " There is no setting “rate_bust”. There are"
    );
    let said = it.say("romeo", "!plugin off gurad").await;
    assert_eq!(said, ["romeo: There is no plugin “gurad”. There are: guard, admin."]);
    assert_eq!(
        it.say("romeo", "!plugin off core").await,
        ["romeo: There is no plugin “core”. There are: guard, admin."]
    );
    assert_eq!(it.say("romeo", "!plugin off guard").await, ["romeo: guard is off."]);
    assert!(!is_on());
    assert_eq!(it.say("romeo", "!plugin on guard").await, ["romeo: guard is on."]);
    let said = it.say("romeo", "!plugin get guard.rate_burst").await;
    assert!(said[0].starts_with("romeo: guard.rate_burst = 5 — "), "{said:?}");
    it.say("romeo", "!plugin unset guard.rate_burst").await;
    let said = it.say("romeo", "!plugin get guard.rate_burst").await;
    assert!(said[0].starts_with("romeo: guard.rate_burst = 0 — "), "{said:?}");
}

#[tokio::test]
async fn settings_for_all_rooms_are_for_owners_of_the_bot() {
    let it = Scene::new().await;
    let said = it.direct("juliet@capulet.example", "plugin set guard.preset strict").await;
    assert!(said[0].starts_with("juliet@capulet.example< guard.preset = strict"), "{said:?}");
    assert_eq!(
        it.host.live.config().plugins[&"guard".parse::<domovoi_plugin::PluginName>().unwrap()].settings.len(),
        1
    );
    // A room's owner names a room and means only that one.
    let said = it.direct("romeo@romeo.example", &format!("{GARDEN} plugin set guard.preset friends")).await;
    assert!(said[0].starts_with("romeo@romeo.example< guard.preset = friends"), "{said:?}");
    let said = it.direct("romeo@romeo.example", "plugin set guard.preset public").await;
    assert!(said[0].starts_with("romeo@romeo.example< I am a bot"), "{said:?}");
    assert_eq!(it.direct("romeo@romeo.example", "plugin set guard.preset public").await, [""; 0]);
}

mod secrets {
    use std::sync::Arc;

    use domovoi_plugin::{Manifest, OptionKind, OptionSpec, Plugin};

    use super::*;

    struct Weather;

    impl Plugin for Weather {
        fn manifest(&self) -> Manifest {
            let key =
                OptionSpec { name: "key", kind: OptionKind::Secret, default: "", help: "The key of the service." };
            Manifest { options: vec![key], ..Manifest::new("weather".parse().unwrap()) }
        }
    }

    #[tokio::test]
    async fn secrets_are_taken_in_direct_chat_only_and_never_shown() {
        let it = Scene::with(CONFIG, vec![Arc::new(Weather)]).await;
        let refused = "weather.key is a secret: set it in a direct chat with me, naming the room first, \
                       and choose another one now if you said it in the room.";
        assert_eq!(it.say("romeo", "!plugin set weather.key sesame").await, [format!("@romeo {refused}")]);
        assert_eq!(it.whisper("romeo", "plugin set weather.key sesame").await, [format!("@romeo {refused}")]);
        let said = it.direct("romeo@romeo.example", &format!("{GARDEN} plugin set weather.key sesame")).await;
        assert_eq!(said, ["romeo@romeo.example< weather.key = ******** — The key of the service."]);
        let said = it.direct("juliet@capulet.example", "config diff").await;
        assert!(said[0].contains("weather.key: ********") && !said[0].contains("sesame"), "{said:?}");
        let past = it.host.store.state.scan(crate::store::Tree::OverlayHistory, Vec::new(), 10).await.unwrap();
        assert_eq!(past.len(), 1);
        assert!(!String::from_utf8_lossy(&past[0].1).contains("sesame"));
    }
}
