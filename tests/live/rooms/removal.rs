//! Out of a room: kicked, banned, shut out, destroyed, and what the bot does then.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use domovoi_stage::server::{Kind, Options};

use super::{is_away, is_here, on_both, with_log};
use crate::house::House;

on_both!(a_kicked_bot_comes_back_after_a_minute);
on_both!(each_removal_is_understood_and_none_is_fought);

async fn each_removal_is_understood_and_none_is_fought(kind: Kind) -> Result<()> {
    let names = ["kicked", "banned", "closed", "destroyed"];
    let tables: String = names.iter().map(|it| format!("\n[rooms.\"{it}@conference.localhost\"]")).collect();
    let mut house = House::build(kind, Options::default(), &tables).await?;
    let rooms = names.map(|it| house.server.room(it));
    for room in &rooms {
        house.owner.create_room(room, "olga", &[]).await?;
    }
    house.wake().await?;
    for room in &rooms {
        house.owner.expect("the bot", is_here(room, "domovoi")).await?;
    }
    let [kicked, banned, closed, destroyed] = &rooms;
    house.owner.set_role(kicked, "domovoi", "none").await?;
    house.owner.set_affiliation(banned, "keeper@localhost", "outcast").await?;
    house.owner.configure(closed, &[("muc#roomconfig_membersonly", "1")]).await?;
    let venue = "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy jid='new@conference.localhost'/></query>";
    house.owner.iq_ok("set", destroyed, venue).await?;
    house.bot.expect_log_with(&["kicked@", "lost: we were kicked by olga"]).await?;
    house.bot.expect_log_with(&["not in the room", "banned@", "we were banned by olga"]).await?;
    house.bot.expect_log_with(&["not in the room", "closed@", "only members may stay"]).await?;
    house.bot.expect_log_with(&["not in the room", "destroyed@", "new@conference.localhost"]).await?;
    // By its answer here the bot has done what it does at once.
    house.owner.join(&house.room, "olga").await?;
    house.order(&house.owner, "!subject", "There is no subject").await?;
    for room in &rooms {
        house.owner.nothing_like("return of the bot", is_here(room, "domovoi"))?;
    }
    Ok(())
}

/// Takes as long as it says: the wait is the promise.
async fn a_kicked_bot_comes_back_after_a_minute(kind: Kind) -> Result<()> {
    let mut house = House::build(kind, Options::default(), "").await?;
    house.wake().await?;
    house.owner.forget();
    house.owner.set_role(&house.room, "domovoi", "none").await?;
    house.owner.expect("the kick", is_away(&house.room, "domovoi")).await?;
    let since = Instant::now();
    house.owner.patience = Duration::from_secs(75);
    with_log(&house, house.owner.expect("the bot again", is_here(&house.room, "domovoi")).await)?;
    ensure!(Duration::from_secs(59) < since.elapsed(), "after {:?}", since.elapsed());
    house.order(&house.owner, "!subject", "There is no subject").await?;
    Ok(())
}
