//! Orders from outside of a room, in a direct chat that names it: by whom they are taken, and what the room learns of it.

use anyhow::Result;
use domovoi_stage::{
    person::Person,
    server::{Kind, Options},
};

use super::{is_away, on_both, with_log};
use crate::house::House;

on_both!(who_writes_directly_has_the_rights_they_have_there_and_no_others);

const BOT: &str = "keeper@localhost";

/// Writes to the bot itself, and waits for an answer with this in it.
async fn order(house: &House, person: &Person, order: &str, part: &str) -> Result<String> {
    person.chat(BOT, order).await?;
    let is_answer =
        |it: &domovoi_stage::xml::Element| it.from_bare() == BOT && it.body().is_some_and(|body| body.contains(part));
    let answer = with_log(house, person.expect(&format!("an answer to {order:?} with {part:?}"), is_answer).await)?;
    Ok(answer.body().unwrap_or_default().to_owned())
}

async fn who_writes_directly_has_the_rights_they_have_there_and_no_others(kind: Kind) -> Result<()> {
    let mut house = House::build(kind, Options::default(), "\n[rooms.\"hall@conference.localhost\"]\n").await?;
    let (room, hall) = (house.room.clone(), house.server.room("hall"));
    let mallory = Person::connect(&house.server, "mallory").await?;
    mallory.create_room(&hall, "mallory", &[]).await?;
    mallory.set_affiliation(&hall, BOT, "admin").await?;
    house.wake().await?;
    let boss = Person::connect(&house.server, "boss").await?;
    let bob = house.person("bob").await?;
    let carl = house.person("carl").await?;

    // An owner of the bot who is in no room at all; whose address is nobody's business there.
    order(&house, &boss, &format!("{room} kick bob be quiet"), "kicked: bob").await?;
    let gone = bob.expect("the kick", is_away(&room, "bob")).await?;
    let reason = gone.find("reason").map(|it| it.text.clone()).unwrap_or_default();
    assert_eq!(reason, "be quiet (by an owner of the bot)");
    order(&house, &boss, "kick carl", "Which room? Put its address").await?;

    // Whoever owns one room has nothing to say in another, from wherever they write.
    mallory.join(&room, "mallory").await?;
    order(&house, &mallory, &format!("{room} kick carl"), "at least the level 15").await?;
    house.ask(&mallory, "kick carl").await.map(|it| assert!(it.contains("at least the level 15"), "{it}"))?;
    mallory.chat(&format!("{hall}/domovoi"), "kick carl").await?;
    let told = house.told(&mallory, "domovoi").await?;
    assert!(told.contains("carl"), "{told}");
    order(&house, &mallory, &format!("{hall} ban carl@localhost"), "banned: carl@localhost").await?;

    // The owner of a room, from outside of it; and what was done is told there.
    order(&house, &house.owner, &format!("{room} mute carl 10m"), "muted for 10 minutes: carl").await?;
    carl.expect("the mute", super::has_role(&room, "carl", "visitor")).await?;
    let acts = order(&house, &house.owner, &format!("{room} acts 1h"), "kicked bob").await?;
    assert!(acts.contains("an owner of the bot: done") && acts.contains("muted carl"), "{acts}");
    assert!(!acts.contains("carl@localhost"), "what was done in another room: {acts}");
    carl.nothing_like("kick", is_away(&room, "carl"))?;
    Ok(())
}
