//! Powers: declared, granted for all rooms or one, denied, and what was made of them.

use super::living::{CONFIG, command, scene};
use crate::host::testing::Scene;

const OWNER: &str = "juliet@capulet.example";

#[tokio::test]
async fn what_was_used_and_tried_in_vain_is_shown() {
    let body = "cx.store:set('n', 1) pcall(cx.ban, cx, 'bob') cx:say('done')";
    let scene = scene(&[("hello", &command(body))]).await;
    for nick in ["nurse", "alice", "bob"] {
        assert_eq!(scene.say(nick, "!x").await, ["done"]);
    }
    let said = scene.say("romeo", "!plugin perms hello").await.join("\n");
    for line in [
        "hello wants: say, private, kick, voice, store",
        "Granted here: say, private, kick, voice, store",
        "store 3",
        "Tried in vain: ban 3",
    ] {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
    let said = scene.say("bob", "!plugin perms hello").await.join("\n");
    assert!(said.contains("That takes at least the level"), "{said}");
    let russian = CONFIG.replace("org\"]\n[rooms", "org\"]\nlanguage = \"ru\"\n[rooms");
    scene.write_config(&russian);
    scene.host.reload().await.unwrap();
    let said = scene.say("mercutio", "!плагин права hello").await.join("\n");
    assert!(said.contains("hello просит: say") && said.contains("Безуспешных попыток: ban 3"), "{said}");
}

#[tokio::test]
async fn a_room_grants_in_place_of_all_rooms() {
    let body = "local ok, why = pcall(cx.store.set, cx.store, 'n', 1) cx:say(tostring(ok))";
    let scene = scene(&[("hello", &command(body))]).await;
    assert_eq!(scene.say("nurse", "!x").await, ["true"]);
    let grant = async |own: &str| {
        scene.write_config(&CONFIG.replace("hello = true", own));
        scene.host.reload().await.unwrap();
    };
    grant("hello = { powers = [\"kick\"] }").await;
    assert_eq!(scene.say("alice", "!x").await, ["false"]);
    let said = scene.say("romeo", "!plugin perms hello").await.join("\n");
    assert!(said.contains("Granted here: say, private, kick\n"), "{said}");
    assert!(said.contains("Not granted: voice, store"), "{said}");
    let said = scene.direct(OWNER, "plugin perms hello").await.join("\n");
    assert!(said.contains("Granted: say, private, kick, voice, store"), "{said}");
    grant("hello = { powers = [\"store\"] }").await;
    assert_eq!(scene.say("bob", "!x").await, ["true"]);
}

#[tokio::test]
async fn nobody_is_recognised_by_hashing_what_is_guessed() {
    let whole = r#"return { name = "hello", api = 1,
        commands = { { name = "x", level = 0, run = function(cx) cx:say(cx.identity) end } } }"#;
    let (here, there) = (scene(&[("hello", whole)]).await, scene(&[("hello", whole)]).await);
    let name = async |it: &Scene, nick: &str| {
        it.advance(std::time::Duration::from_secs(60));
        it.say(nick, "!x").await.concat()
    };
    let alice = name(&here, "alice").await;
    assert_eq!(name(&here, "alice").await, alice, "the same person is the same");
    assert_ne!(name(&here, "bob").await, alice);
    // The plugin, the person and the code are the same, so another name comes of what only the installation knows.
    assert_ne!(name(&there, "alice").await, alice);
}
