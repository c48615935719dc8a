//! `setup`, from the first question to the result, and what may go wrong on the way.

use std::time::Duration;

use domovoi_plugin::{Affiliation, Role};

use crate::host::testing::{Scene, garden};

#[tokio::test]
async fn three_answers_set_a_room_up() {
    let it = Scene::new().await;
    let said = it.say("romeo", "!setup").await;
    assert_eq!(
        said,
        ["@romeo Setting up garden@chat.example.org. Answer “skip” to leave something as it is, “stop” to \
                       stop. Which language shall I speak there: en or ru? Now: en"]
    );
    let said = it.whisper("romeo", "ru").await;
    let guard = "@romeo How shall I guard the room: public (anybody may come), support (people bring logs and code), friends (people know each other), strict (under attack), or off? Now: off";
    assert_eq!(said, [guard]);
    assert_eq!(it.whisper("romeo", "ping").await, ["@romeo pong"], "a command is a command all the same");
    let again = guard.replace("@romeo ", "@romeo “whatever” is no answer to that.\n");
    assert_eq!(it.whisper("romeo", "whatever").await, [again], "what is neither is asked about again");
    assert_eq!(it.host.room_language(&garden()).as_ref(), "en", "nothing is changed before the end");
    let said = it.whisper("romeo", "Friends").await;
    assert!(said[0].starts_with("@romeo What shall I keep"), "{said:?}");
    let said = it.whisper("romeo", "full").await;
    assert_eq!(said, ["@romeo Done. garden@chat.example.org — language: ru, guard: friends, records: full."]);
    assert_eq!(it.whisper("romeo", "full").await, ["@romeo Такой команды я не знаю. Список команд: «помощь»."]);
}

#[tokio::test]
async fn a_setup_in_russian_skips_and_stops() {
    let it = Scene::new().await;
    it.say("romeo", "!language ru").await;
    assert!(it.say("romeo", "!настройка").await[0].starts_with("@romeo Настраиваем garden@chat.example.org."));
    assert!(it.whisper("romeo", "дальше").await[0].starts_with("@romeo Как охранять комнату"));
    assert_eq!(it.whisper("romeo", "стоп").await, ["@romeo Прекращено, ничего не изменилось."]);
    it.say("romeo", "!настройка").await;
    for answer in ["дальше", "дальше"] {
        it.whisper("romeo", answer).await;
    }
    let said = it.whisper("romeo", "дальше").await;
    assert_eq!(said, ["@romeo Готово. garden@chat.example.org — язык: ru, охрана: off, записи: events."]);
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_none() {
    let it = Scene::new().await;
    it.say("romeo", "!setup").await;
    it.advance(Duration::from_secs(601));
    assert_eq!(it.whisper("romeo", "ru").await, ["@romeo I do not know that command. “help” lists those I know."]);
    assert_eq!(it.host.room_language(&garden()).as_ref(), "en");
}

#[tokio::test]
async fn only_the_owner_who_began_answers_and_only_while_an_owner() {
    let it = Scene::new().await;
    it.say("romeo", "!setup").await;
    assert_eq!(it.whisper("bob", "ru").await, ["@bob I do not know that command. “help” lists those I know."]);
    it.stage.put(&garden(), "romeo", Some("romeo@romeo.example/phone"), (Role::Participant, Affiliation::None));
    assert_eq!(it.whisper("romeo", "ru").await, ["@romeo That takes at least the level 30 (room owner)."]);
    assert_eq!(it.say("bob", "!setup").await, ["bob: That takes at least the level 30 (room owner)."]);
}

#[tokio::test]
async fn answers_may_come_in_a_direct_chat() {
    let it = Scene::new().await;
    it.say("romeo", "!setup").await;
    let said = it.direct("romeo@romeo.example", "skip").await;
    assert!(said[0].starts_with("romeo@romeo.example< How shall I guard the room"), "{said:?}");
    assert!(it.direct("bob@bob.example", "skip").await[0].starts_with("bob@bob.example< I am a bot"));
}
