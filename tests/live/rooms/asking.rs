//! Questions that the bot asks clients and servers for people in a room.

use anyhow::Result;
use domovoi_stage::server::{Kind, Options};

use super::on_both;
use crate::house::House;

on_both!(clients_and_servers_are_asked_for_whoever_wants_to_know);

async fn clients_and_servers_are_asked_for_whoever_wants_to_know(kind: Kind) -> Result<()> {
    let mut house = House::build(kind, Options::default(), "").await?;
    house.wake().await?;
    let alice = house.person("alice").await?;
    alice.answer(
        "jabber:iq:version",
        Some("<query xmlns='jabber:iq:version'><name>Gajim</name><version>1.8</version><os>Plan 9</os></query>"),
    );
    let time = "<time xmlns='urn:xmpp:time'><tzo>+02:00</tzo><utc>2026-11-22T10:00:00Z</utc></time>";
    alice.answer("urn:xmpp:time", Some(time));
    let bob = house.person("bob").await?;

    house.order(&bob, "!ping", "pong").await?;
    house.order(&bob, "!ping me", "bob answered within 0.").await?;
    house.order(&bob, "!ping alice", "alice answered within 0.").await?;
    house.order(&bob, "!ping localhost", "localhost answered within 0.").await?;
    house.order(&bob, "!version alice", "alice uses Gajim 1.8 (Plan 9).").await?;
    house.order(&bob, "!time alice", "For alice it is 2026-11-22 12:00:00 +02:00.").await?;
    let server = if kind == Kind::Prosody { "localhost uses Prosody" } else { "localhost uses ejabberd" };
    house.order(&house.owner, "!version localhost", server).await?;
    house.order(&house.owner, "!uptime localhost", "localhost has been running for").await?;
    house.order(&house.owner, "!uptime", "I have been running for").await?;
    house.order(&house.owner, "!version bob", "bob does not tell that.").await?;
    house.order(&house.owner, "!ping nobody", "is called “nobody”").await?;
    Ok(())
}
