//! A flood in a real room.

use anyhow::Result;
use domovoi_stage::{
    server::{Kind, Options},
    xml::Element,
};

use crate::house::House;

fn is_muted(it: &Element, from: &str) -> bool {
    let item = it.find("item");
    let gone = it.attr("type") == Some("unavailable");
    it.name == "presence"
        && it.attr("from") == Some(from)
        && (gone || item.is_some_and(|it| it.attr("role") == Some("visitor")))
}

async fn flooder_is_stopped_and_friend_is_not(kind: Kind) -> Result<()> {
    let guard = "[rooms.\"garden@ROOMS\".plugins]\nguard = { preset = \"public\" }";
    let mut house = House::build(kind, Options::default(), "").await?;
    let config = crate::house::config(&house.server, &house.room, "") + &guard.replace("garden@ROOMS", &house.room);
    house.bot.write_config(&config)?;
    house.wake().await?;
    let alice = house.person("alice").await?;
    let mallory = house.person("mallory").await?;
    alice.say("good morning").await?;
    for n in 0..12 {
        mallory.say(&format!("BUY NOW cheap pills {n} http://spam.example/{n}")).await?;
    }
    let from = format!("{}/mallory", house.room);
    house.owner.expect("mallory loses voice or place", |it| is_muted(it, &from)).await?;
    alice.say("what was that").await?;
    house.owner.expect_message_from("alice", "what was that").await?;
    let alice_at = format!("{}/alice", house.room);
    house.owner.nothing_like("alice being touched", |it| is_muted(it, &alice_at))?;
    Ok(())
}

#[tokio::test]
async fn flooder_is_stopped_on_prosody() -> Result<()> {
    flooder_is_stopped_and_friend_is_not(Kind::Prosody).await
}

#[tokio::test]
async fn flooder_is_stopped_on_ejabberd() -> Result<()> {
    flooder_is_stopped_and_friend_is_not(Kind::Ejabberd).await
}
