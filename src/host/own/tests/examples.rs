//! The example of every command is carried out, by whom it is for.

use domovoi_plugin::{Level, grammar};

use crate::host::{
    invites::Invitation,
    own::manifest,
    testing::{GARDEN, Scene},
};

#[tokio::test]
async fn every_example_is_understood_and_answered() {
    for spec in manifest().commands {
        let it = Scene::new().await;
        it.host.fault(&it.host.own_name(), None, "test", "a fault for `error 1`");
        let hall = "hall@chat.example.org".parse().unwrap();
        let inviter = Some("tybalt@capulet.example".parse().unwrap());
        it.host.invited(Invitation { room: hall, inviter, is_direct: true, reason: None, password: None }).await;
        it.settle().await;
        it.stage.said();
        let said = it.direct("juliet@capulet.example", &format!("{GARDEN} {}", spec.example)).await;
        let is_silent = said.is_empty();
        let all = said.join("\n");
        assert!(!is_silent && !all.contains("fault 2"), "{}: {all}", spec.example);
        let usage = grammar::usage(&spec, "en", it.host.words.as_ref());
        assert!(!all.contains(&format!("Usage: {usage}")), "{}: {all}", spec.example);
    }
}

#[tokio::test]
async fn every_command_has_a_russian_name_and_is_found_by_it() {
    let it = Scene::new().await;
    for spec in manifest().commands {
        let (_, name) = spec.names.iter().find(|it| it.0 == "ru").unwrap();
        let roster = it.host.roster();
        let found = roster.commands.find(name, "ru", |_| true).unwrap();
        assert_eq!(found.entry.spec.name, spec.name, "{name}");
    }
}

#[tokio::test]
async fn participants_are_refused_what_is_for_owners() {
    let it = Scene::new().await;
    for spec in manifest().commands {
        for nick in ["bob", "peter", "nurse", "mercutio"] {
            let occupant = it.host.outlet().unwrap().snapshot(&GARDEN.parse().unwrap()).await.unwrap();
            let occupant = occupant.occupants.values().find(|it| it.nick.as_str() == nick).cloned().unwrap();
            let level = Level::of(occupant.role, occupant.affiliation);
            if spec.level <= level || spec.level < Level::ROOM_OWNER {
                continue;
            }
            let scene = Scene::new().await;
            let said = scene.say(nick, &format!("!{}", spec.example)).await;
            assert_eq!(said.len(), 1, "{nick}: {}: {said:?}", spec.example);
            assert!(said[0].contains("That takes at least the level"), "{nick}: {}: {said:?}", spec.example);
        }
    }
}

/// The longest run of English words in a text, by which an answer that was never translated shows.
fn english(text: &str) -> Option<String> {
    let is_word = |it: &str| 2 <= it.len() && it.chars().all(|c| c.is_ascii_lowercase());
    let parts = text.split(|c: char| !c.is_alphanumeric() && c != ' ');
    let mut runs = parts.flat_map(|part| {
        let words: Vec<&str> = part.split_whitespace().collect();
        words.windows(3).filter(|it| it.iter().all(|it| is_word(it))).map(|it| it.join(" ")).collect::<Vec<_>>()
    });
    runs.next()
}

#[tokio::test]
async fn a_room_that_speaks_russian_is_answered_in_russian() {
    assert_eq!(english("права: member carl; it was done"), Some("it was done".to_owned()));
    let wrong = [
        "prefix слишкомдлинный",
        "timezone Атлантида",
        "language tlh",
        "alerts кому-нибудь",
        "plugin set guard.rate_burst много",
        "plugin set guard.preset чепуха",
        "plugin get guard",
        "plugin help admin",
        "guard set mute_first никогда",
        "guard set mode спи",
        "guard set чепуха 1",
        "rule add a if nik = bob then kick",
        "rule add a if links > many then kick",
        "words add казино стреляй",
        "rooms move garden@chat.example.org никто",
        "access set bob герцог",
        "since 10m kick",
        "help",
        "commands",
        "more",
    ];
    let own: Vec<String> = manifest().commands.iter().map(|it| it.example.to_owned()).collect();
    for line in own.iter().map(String::as_str).chain(wrong) {
        let it = Scene::new().await;
        it.say("romeo", "!plugin on guard").await;
        it.say("romeo", "!language ru").await;
        let said = it.say("juliet", &format!("!{line}")).await.join("\n");
        assert_eq!(english(&said), None, "{line}: {said}");
    }
}
