//! Ways into a room, and the answers that real servers give.

use anyhow::Result;
use domovoi_stage::server::{Kind, Options};

use super::{is_away, is_here, on_both, with_log};
use crate::house::House;

on_both!(each_refusal_is_understood_and_none_keeps_the_bot_from_other_rooms);
on_both!(a_room_is_created_only_where_that_is_wanted);
on_both!(a_taken_nick_is_evaded_and_taken_back_when_it_is_free);

async fn each_refusal_is_understood_and_none_keeps_the_bot_from_other_rooms(kind: Kind) -> Result<()> {
    let rooms = "\n[rooms.\"members@conference.localhost\"]\n[rooms.\"banned@conference.localhost\"]\n\
                 [rooms.\"moved@conference.localhost\"]\n[rooms.\"full@conference.localhost\"]\n\
                 [rooms.\"open@conference.localhost\"]\npassword = \"sesame\"\n\
                 [rooms.\"shut@conference.localhost\"]\npassword = \"wrong\"\n";
    let mut house = House::build(kind, Options::default(), rooms).await?;
    let room = |name: &str| house.server.room(name);
    let owner = &house.owner;
    let password = [("muc#roomconfig_passwordprotectedroom", "1"), ("muc#roomconfig_roomsecret", "sesame")];
    owner.create_room(&room("open"), "olga", &password).await?;
    owner.create_room(&room("shut"), "olga", &password).await?;
    owner.create_room(&room("members"), "olga", &[("muc#roomconfig_membersonly", "1")]).await?;
    owner.create_room(&room("banned"), "olga", &[]).await?;
    owner.set_affiliation(&room("banned"), "keeper@localhost", "outcast").await?;
    owner.create_room(&room("moved"), "olga", &[("muc#roomconfig_persistentroom", "1")]).await?;
    let destroy =
        "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy jid='new@conference.localhost'/></query>";
    owner.iq_ok("set", &room("moved"), destroy).await?;
    // Prosody knows no limit; there the room is an ordinary one.
    owner.create_room(&room("full"), "olga", &[("muc#roomconfig_maxusers", "1")]).await?;
    house.wake().await?;

    house.owner.expect("the bot in the room with a password", is_here(&house.server.room("open"), "domovoi")).await?;
    let moved = match kind {
        Kind::Prosody => "the room is gone; people went to",
        // It forgets a room that was destroyed.
        Kind::Ejabberd => "the room does not exist",
    };
    for (name, why) in [
        ("shut@", "the password is missing or wrong"),
        ("members@", "only members may enter"),
        ("banned@", "we are banned there"),
        ("moved@", moved),
    ] {
        house.bot.expect_log_with(&["not in the room", name, why]).await?;
    }
    match kind {
        Kind::Prosody => drop(house.owner.expect("the bot", is_here(&house.server.room("full"), "domovoi")).await?),
        Kind::Ejabberd => drop(house.bot.expect_log_with(&["not in the room", "full@"]).await?),
    }
    Ok(())
}

async fn a_room_is_created_only_where_that_is_wanted(kind: Kind) -> Result<()> {
    // Rooms of this service are locked until their configuration is accepted; ejabberd's all are.
    let service = if kind == Kind::Prosody { "locked.localhost" } else { "conference.localhost" };
    let more = format!(
        "\n[rooms.\"wanted@{service}\"]\ncreate = true\n[rooms.\"unwanted@{service}\"]\n\
         [rooms.\"forbidden@closed.localhost\"]\ncreate = true\n"
    );
    let mut house = House::build(kind, Options::default(), &more).await?;
    house.wake().await?;
    house.bot.expect_log_with(&["not in the room", "unwanted@", "the room does not exist"]).await?;
    house.bot.expect_log_with(&[" joined ", &format!("room.jid=wanted@{service}")]).await?;
    if kind == Kind::Prosody {
        house.bot.expect_log_with(&["not in the room", "forbidden@", "we may not create it"]).await?;
    }
    // Nobody but its owner could enter a locked room.
    let wanted = format!("wanted@{service}");
    // Nobody is told of the moment when a room is unlocked.
    let is_locked = |it: &domovoi_stage::xml::Element| it.find("item-not-found").is_some();
    for _ in 0..50 {
        if !is_locked(&house.owner.try_join(&wanted, "olga", "").await?) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let answer = house.order(&house.owner, "!ping", "").await;
    with_log(&house, answer)?;
    let (unwanted, query) = (format!("unwanted@{service}"), "<query xmlns='http://jabber.org/protocol/disco#info'/>");
    let answer = house.owner.iq("get", &unwanted, query).await?;
    assert!(answer.find("item-not-found").is_some(), "the room was created");
    Ok(())
}

async fn a_taken_nick_is_evaded_and_taken_back_when_it_is_free(kind: Kind) -> Result<()> {
    let mut house = House::build(kind, Options::default(), "").await?;
    let room = house.room.clone();
    let thief = domovoi_stage::person::Person::connect(&house.server, "thief").await?;
    thief.join(&room, "domovoi").await?;
    house.owner.forget();
    house.bot.launch()?;
    house.owner.expect("the bot under another nick", is_here(&room, "domovoi_")).await?;
    house.owner.say("domovoi_: subject").await?;
    house.owner.expect_message_from("domovoi_", "There is no subject").await?;
    thief.leave(&room).await?;
    house.owner.expect("the bot to give up the other nick", is_away(&room, "domovoi_")).await?;
    house.owner.expect("the bot under its own nick", is_here(&room, "domovoi")).await?;
    house.owner.say("domovoi, subject").await?;
    house.owner.expect_message_from("domovoi", "There is no subject").await?;
    Ok(())
}
