//! A line that breaks: resumed in time nothing happened; too late, every room is entered anew.

use std::time::Duration;

use anyhow::Result;
use domovoi_stage::{
    proxy::{Mode, Proxy},
    server::{Kind, Options},
};

use super::{has_role, is_away, is_here, on_both, with_log};
use crate::house::House;

on_both!(a_short_cut_is_noticed_by_nobody_and_the_room_is_asked);
on_both!(a_restarted_service_finds_the_bot_again_and_the_muted_muted);

async fn a_short_cut_is_noticed_by_nobody_and_the_room_is_asked(kind: Kind) -> Result<()> {
    let mut house = House::build(kind, Options::default(), "").await?;
    let proxy = Proxy::start(house.server.address()).await?;
    let config = crate::house::config(&house.server, &house.room, "");
    house.bot.write_config(&config.replace(&house.server.address().to_string(), &proxy.address().to_string()))?;
    house.wake().await?;
    let room = house.room.clone();
    house.order(&house.owner, "!subject", "There is no subject").await?;
    house.owner.forget();
    proxy.set(Mode::Refuse).await?;
    proxy.cut();
    // Said while the bot is cut off: it is answered late, and once.
    house.owner.say("!subject Said in the gap").await?;
    proxy.until(Duration::from_secs(5), |it| it.n_open == 0).await?;
    proxy.set(Mode::Clear).await?;
    house.bot.expect_log("back, nothing was lost").await?;
    let is_new = |it: &domovoi_stage::xml::Element| it.child("subject").is_some_and(|it| it.text == "Said in the gap");
    with_log(&house, house.owner.expect("the new subject", is_new).await)?;
    // The answer to the ping that each room is asked after a cut has come before this one.
    house.order(&house.owner, "!who", "sent it to you in private").await?;
    let is_moved = |it: &domovoi_stage::xml::Element| is_away(&room, "domovoi")(it) || is_here(&room, "domovoi")(it);
    house.owner.nothing_like("coming or going of the bot", is_moved)?;
    house.owner.nothing_like("second change of the subject", is_new)?;
    assert_eq!(house.bot.log().iter().filter(|it| it.contains(" joined ")).count(), 1);
    Ok(())
}

async fn a_restarted_service_finds_the_bot_again_and_the_muted_muted(kind: Kind) -> Result<()> {
    let mut house = House::build(kind, Options::default(), "").await?;
    house.wake().await?;
    let room = house.room.clone();
    let alice = house.person("alice").await?;
    house.order(&house.owner, "!mute alice 10m", "muted for 10").await?;
    house.bot.forget_log();
    house.server.restart().await?;
    let mut owner = house.person("olga").await?;
    let alice = {
        drop(alice);
        house.person("alice").await?
    };
    // The service said that it goes down, so the bot lets it rest for up to 30 s.
    owner.patience = Duration::from_secs(45);
    let seen = owner.expect("the bot again", is_here(&room, "domovoi")).await;
    with_log(&house, seen)?;
    with_log(&house, owner.expect("alice's mute again", has_role(&room, "alice", "visitor")).await)?;
    drop(alice);
    Ok(())
}
