//! What the owners of a room are told when the bot comes and when it loses a right, and how they set their room up.

use anyhow::Result;
use domovoi_stage::server::{Kind, Options};

use super::{on_both, with_log};
use crate::house::House;

on_both!(owners_hear_what_the_bot_may_do_and_set_their_room_up);

async fn owners_hear_what_the_bot_may_do_and_set_their_room_up(kind: Kind) -> Result<()> {
    let mut house = House::build(kind, Options::default(), "").await?;
    let alice = house.person("alice").await?;
    house.wake().await?;
    let head = format!("In {} my level is: ", house.room);
    let told = house.told(&house.owner, "domovoi").await?;
    assert!(told.starts_with(&format!("{head}admin.\nI can: speak, kick, ")), "{told}");

    // A right that is lost is told at once, and with what would bring it back.
    house.owner.set_affiliation(&house.room, "keeper@localhost", "none").await?;
    let told = house.told(&house.owner, "domovoi").await?;
    assert!(told.starts_with(&head) && !told.contains("admin.\n"), "{told}");
    assert!(
        told.contains("I cannot: ") && told.contains("kick, ") && told.contains("make me an admin of the room"),
        "{told}"
    );

    house.owner.set_affiliation(&house.room, "keeper@localhost", "admin").await?;
    house.owner.say("!setup").await?;
    let asked = house.told(&house.owner, "domovoi").await?;
    assert!(asked.contains("Which language"), "{asked}");
    for (answer, part) in [("ru", "How shall I guard"), ("friends", "What shall I keep"), ("full", "Done.")] {
        let told = with_log(&house, house.ask(&house.owner, answer).await)?;
        assert!(told.contains(part), "after {answer:?}: {told}");
    }
    house.order(&house.owner, "!пинг", "понг").await?;
    house.order(&house.owner, "!страж состояние", "friends").await?;
    // Owners are told what the bot may do, and nobody else.
    alice.settle(&house.room).await?;
    alice.nothing_like("report", |it| it.body().is_some_and(|it| it.contains("my level is")))?;
    Ok(())
}
