//! Questions that the bot asks clients and servers for people in a room.

use anyhow::Result;
use domovoi_stage::{
    person::Person,
    server::{Kind, Options},
    xml::Element,
};

use super::{on_both, with_log};
use crate::house::House;

on_both!(clients_and_servers_are_asked_for_whoever_wants_to_know);
on_both!(another_bot_is_not_answered_and_people_are);
on_both!(only_whose_client_is_one_of_people_s_may_repeat_a_line);

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

const CAPS: &str = "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://bot.example' \
                    ver='QgayPKawpkPSDYmwT/WM94uAlu0='/>";
const DISCO: &str = "http://jabber.org/protocol/disco#info";

fn identity(category: &str, kind: &str) -> String {
    format!("<query xmlns='{DISCO}'><identity category='{category}' type='{kind}'/></query>")
}

async fn another_bot_is_not_answered_and_people_are(kind: Kind) -> Result<()> {
    let mut house = House::build(kind, Options::default(), "").await?;
    house.wake().await?;
    let room = house.room.clone();
    // The same capabilities, which anybody can claim; what counts is what each client says.
    let robot = house.person("robot").await?;
    let alice = house.person("alice").await?;
    robot.answer(DISCO, Some(&identity("client", "bot")));
    alice.answer(DISCO, Some(&identity("client", "pc")));
    for person in [&robot, &alice] {
        person.send_raw(&format!("<presence to='{room}/{}'>{CAPS}</presence>", person.name)).await?;
        person.settle(&room).await?;
    }
    robot.say_heard("!ping").await?;
    house.order(&alice, "!ping", "alice: pong").await?;
    robot.say_heard("domovoi: ping").await?;
    house.order(&house.owner, "!ping", "olga: pong").await?;
    let is_answer = |it: &Element| it.nick() == "domovoi" && it.body().is_some_and(|it| it.contains("robot"));
    robot.nothing_like("answer", is_answer)?;
    // Whoever keeps the room in order is heard whatever their client says.
    house.owner.set_role(&room, "robot", "moderator").await?;
    house.order(&robot, "!ping", "robot: pong").await?;
    Ok(())
}

async fn only_whose_client_is_one_of_people_s_may_repeat_a_line(kind: Kind) -> Result<()> {
    let mut house = House::build(kind, Options::default(), "").await?;
    house.wake().await?;
    let (alice, relay, mute) =
        (house.person("alice").await?, house.person("relay").await?, house.person("mute").await?);
    let boss = Person::connect(&house.server, "boss").await?;
    alice.answer(DISCO, Some(&identity("client", "phone")));
    relay.answer(DISCO, Some(&identity("gateway", "irc")));
    mute.answer(DISCO, None);
    for _ in 0..5 {
        house.order(&alice, "!ping", "alice: pong").await?;
    }
    for person in [&relay, &mute] {
        let pong = format!("{}: pong", person.name);
        for _ in 0..4 {
            house.order(person, "!ping", &pong).await?;
        }
        person.say_heard("!ping").await?;
        let hint = house.told(person, "domovoi").await?;
        assert!(hint.starts_with("“ping” came several times within two minutes"), "{hint}");
        // What comes after it, and is answered, shows that the fifth was not.
        house.order(person, "!ping me", "answered within").await?;
        person.nothing_like("fifth answer", |it: &Element| it.body() == Some(pong.as_str()))?;
    }
    // Outside of a room the client itself is asked.
    for _ in 0..5 {
        boss.chat("keeper@localhost", "ping").await?;
        let is_pong = |it: &Element| it.from_bare() == "keeper@localhost" && it.body() == Some("pong");
        with_log(&house, boss.expect("a pong", is_pong).await)?;
    }
    Ok(())
}
