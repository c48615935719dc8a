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
