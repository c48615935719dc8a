//! Levels that are given, and all the ways in which nobody gets more than they have.

use std::time::Duration;

use domovoi_plugin::{Affiliation, Role};

use crate::host::testing::{GARDEN, Scene, garden};

#[tokio::test]
async fn levels_are_given_for_a_while_and_taken_back() {
    let it = Scene::new().await;
    assert_eq!(it.say("alice", "!access").await, ["alice: Your level is participant (10)."]);
    let said = it.say("romeo", "!access set alice moderator 7d").await;
    let given =
        "alice@alice.example has the level moderator (15) in this room for 7 days, given by romeo@romeo.example.";
    // In public nobody's address is told.
    let shown = "alice has the level moderator (15) in this room for 7 days.";
    assert_eq!(said, [format!("romeo: {shown}")]);
    assert_eq!(it.say("alice", "!access").await, [format!("@alice Your level is moderator (15).\n{given}")]);
    let it = it.restart().await;
    assert_eq!(it.say("bob", "!access show alice").await, [format!("bob: {shown}")]);
    assert_eq!(it.whisper("bob", "access show alice").await, [format!("@bob {given}")]);
    assert_eq!(it.say("romeo", "!access unset alice").await, ["romeo: alice has the level participant (10)."]);
    assert_eq!(it.say("romeo", "!access unset alice").await, ["romeo: Nothing of that kind was given to alice here."]);
    it.say("romeo", "!access set alice 20 10m").await;
    it.advance(Duration::from_secs(601));
    assert_eq!(it.say("alice", "!access").await, ["alice: Your level is participant (10)."]);
    assert_eq!(
        it.say("romeo", "!access set alice duke").await,
        ["romeo: “duke” is no level: write a number from -100 to 100, or ignored, visitor, participant, member, \
         moderator, admin, owner."]
    );
}

#[tokio::test]
async fn an_owner_whom_the_room_does_not_show_is_told_where_to_say_it() {
    let it = Scene::new().await;
    it.stage.put(&garden(), "hidden", None, (Role::Participant, Affiliation::None));
    let said = it.say("hidden", "!plugin load hello").await.join("\n");
    assert!(said.contains("at least the level 100") && said.contains("say it in a direct chat with me"), "{said}");
    let said = it.say("hidden", "!kick bob").await.join("\n");
    assert!(!said.contains("direct chat"), "what others may do needs no address: {said}");
    let said = it.say("alice", "!plugin load hello").await.join("\n");
    assert!(said.contains("at least the level 100") && !said.contains("direct chat"), "{said}");
}

#[tokio::test]
async fn nobody_gives_more_than_they_have() {
    let it = Scene::new().await;
    let check = async |nick: &str, line: &str, answer: &str| {
        assert_eq!(it.say(nick, line).await, [format!("{nick}: {answer}")], "{nick}: {line}");
    };
    check("bob", "!access set bob 30", "That takes at least the level 30 (room owner).").await;
    check("mercutio", "!access set bob 15", "That takes at least the level 30 (room owner).").await;
    check("romeo", "!access set bob 100", "You can give at most room owner (30) there.").await;
    check("romeo", "!access set bob 31", "You can give at most room owner (30) there.").await;
    check("romeo", "!access set bob admin everywhere", "That takes at least the level 100 (bot owner).").await;
    check("romeo", "!access set romeo 30", "Not to yourself.").await;
    check("romeo", "!access set juliet ignored", "juliet has as much as you, or more.").await;
    check("romeo", "!access set juliet@capulet.example 0", "juliet@capulet.example has as much as you, or more.").await;
    let at_most = "A level given in one room goes up to room owner (30), and yours is more. If bob is to have 100, give it \
                   everywhere: access set bob 100 everywhere";
    check("juliet", "!access set bob 100", at_most).await;
    check("juliet", "!access set bob 100 everywhere", "bob has the level bot owner (100) everywhere.").await;
}

#[tokio::test]
async fn a_level_in_a_room_is_worth_nothing_elsewhere() {
    let it = Scene::new().await;
    it.say("juliet", "!access set bob owner").await;
    assert_eq!(it.say("bob", "!prefix ?").await, ["bob: Commands begin with “?” here."]);
    assert_eq!(it.say("bob", "!quit").await, ["bob: That takes at least the level 100 (bot owner)."]);
    assert!(it.direct("bob@bob.example", "prefix !").await[0].starts_with("bob@bob.example< I am a bot"));
    assert_eq!(it.host.live.config().bot.prefix.as_str(), "!");
    // What the bot's owner gave, a room's owner does not take back.
    let said = it.say("romeo", "!access unset bob").await;
    assert_eq!(said, ["romeo: That was given by somebody above you; only an owner of the bot can take it back."]);
    let said = it.whisper("romeo", "access unset bob").await;
    assert_eq!(said, ["@romeo That was given by juliet@capulet.example; only an owner of the bot can take it back."]);
    let said = it.direct("juliet@capulet.example", "access set tybalt@capulet.example bot-owner").await;
    assert_eq!(
        said,
        ["juliet@capulet.example< tybalt@capulet.example has the level bot owner (100) everywhere, \
                       given by juliet@capulet.example."]
    );
    assert_eq!(
        it.direct("tybalt@capulet.example", "invites").await,
        ["tybalt@capulet.example< No invitation is waiting."]
    );
}

#[tokio::test]
async fn who_is_ignored_is_not_answered() {
    let it = Scene::new().await;
    let said = it.say("nurse", "!ignore bob 10m").await;
    assert_eq!(said, ["nurse: bob has the level ignored (-100) in this room for 10 minutes."]);
    assert_eq!(it.say("bob", "!ping").await, [""; 0]);
    assert_eq!(it.whisper("bob", "ping").await, [""; 0]);
    assert_eq!(it.direct("bob@bob.example", &format!("{GARDEN} ping")).await, [""; 0]);
    assert_eq!(it.say("alice", "!ignore bob").await, ["alice: That takes at least the level 15 (moderator)."]);
    for above in ["romeo", "mercutio", "juliet", "nurse@nurse.example", "romeo@romeo.example"] {
        let said = it.say("nurse", &format!("!ignore {above}")).await;
        let expected = [format!("nurse: {above} has as much as you, or more."), "nurse: Not to yourself.".to_owned()];
        assert!(expected.contains(&said[0]), "{above}: {said:?}");
    }
    assert_eq!(it.say("nurse", "!unignore bob").await, ["nurse: bob has the level participant (10)."]);
    assert_eq!(it.say("bob", "!ping").await, ["bob: pong"]);
    // `unignore` is no way to take other levels.
    it.say("romeo", "!access set bob member").await;
    assert_eq!(it.say("nurse", "!unignore bob").await, ["nurse: Nothing of that kind was given to bob here."]);
}

#[tokio::test]
async fn who_is_away_is_what_the_lists_say() {
    let it = Scene::new().await;
    let (lady, paris) = ("lady@capulet.example", "paris@paris.example");
    it.stage.set_listed(Some(&[(Affiliation::Owner, lady), (Affiliation::Admin, paris)]));
    for above in [lady, paris] {
        let said = it.say("nurse", &format!("!ignore {above}")).await;
        assert_eq!(said, [format!("nurse: {above} has as much as you, or more.")]);
    }
    let said = it.say("romeo", &format!("!access set {lady} 0")).await;
    assert_eq!(said, [format!("romeo: {lady} has as much as you, or more.")]);
    assert!(it.say("romeo", &format!("!access set {paris} 0")).await[0].contains("has the level visitor (0)"));
    assert!(it.say("nurse", "!ignore tybalt@capulet.example").await[0].contains("ignored (-100)"));
    it.stage.set_listed(None);
    let said = it.say("nurse", "!ignore benvolio@montague.example").await;
    assert!(said[0].starts_with("nurse: I cannot read who the owners and admins of the room are"), "{said:?}");
    assert!(it.say("nurse", "!ignore alice").await[0].contains("ignored (-100)"), "who is there is seen");
    assert!(it.say("juliet", "!ignore benvolio@montague.example").await[0].contains("ignored (-100)"));
}

#[tokio::test]
async fn whoever_cannot_be_known_again_is_given_nothing_but_silence() {
    let it = Scene::new().await;
    it.stage.put(&garden(), "mask", None, (Role::Participant, Affiliation::None));
    let said = it.say("romeo", "!access set mask moderator").await;
    assert_eq!(said, ["romeo: I would not know mask again after they leave."]);
    assert!(it.say("romeo", "!ignore mask").await[0].contains("ignored (-100)"));
    assert_eq!(it.say("mask", "!ping").await, [""; 0]);
    let stored = it.host.store.state.scan(crate::store::Tree::Access, Vec::new(), 10).await.unwrap();
    assert_eq!(stored, []);
    assert_eq!(
        it.say("juliet", "!access set mask ignored everywhere").await,
        ["juliet: I do not know the JID of mask, and everywhere needs one."]
    );
}
