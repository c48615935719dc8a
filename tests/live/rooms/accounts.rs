//! Rooms and accounts: which one serves a room, and who steps in.

use std::time::Duration;

use anyhow::Result;
use domovoi_stage::{
    proxy::{Mode, Proxy},
    server::{Kind, Options},
    xml::Element,
};

use super::{is_away, is_here, on_both, with_log};
use crate::house::House;

on_both!(a_standby_serves_while_an_account_is_away_and_nobody_answers_twice);
on_both!(rooms_spill_over_to_the_next_account_and_stay_there);

/// Another account of the bot.
async fn second_account(house: &House, more: &str) -> Result<String> {
    house.server.register("deputy", "pw-deputy").await?;
    let (address, ca) = (house.server.address(), house.server.ca_file().display().to_string());
    Ok(format!(
        "[accounts.second]\njid = \"deputy@localhost\"\npassword = \"pw-deputy\"\naddress = \"{address}\"\n\
         ca_file = \"{ca}\"\n{more}"
    ))
}

async fn a_standby_serves_while_an_account_is_away_and_nobody_answers_twice(kind: Kind) -> Result<()> {
    let mut house = House::build(kind, Options::default(), "").await?;
    let room = house.room.clone();
    let proxy = Proxy::start(house.server.address()).await?;
    let config = crate::house::config(&house.server, &room, "");
    let config = config.replace(&house.server.address().to_string(), &proxy.address().to_string());
    let second = second_account(&house, "standby = true\n").await?;
    house.bot.write_config(&format!("{config}{second}"))?;
    house.owner.set_affiliation(&room, "deputy@localhost", "admin").await?;
    house.wake().await?;
    house.order(&house.owner, "!subject", "There is no subject").await?;
    house.owner.forget();

    proxy.set(Mode::Refuse).await?;
    proxy.cut();
    house.owner.patience = Duration::from_secs(50);
    // The dead session still holds the nick, so the deputy comes under another one.
    let came = |it: &Element| is_here(&room, "domovoi_")(it) && it.find("item").is_some();
    with_log(&house, house.owner.expect("the deputy", came).await)?;
    house.owner.say("!subject").await?;
    house.owner.expect_message_from("domovoi_", "There is no subject").await?;

    house.bot.forget_log();
    // The next try may be a minute away, and the account has to stand for twenty seconds.
    house.owner.patience = Duration::from_secs(120);
    proxy.set(Mode::Clear).await?;
    house.owner.expect("the deputy to go", is_away(&room, "domovoi_")).await?;
    house.bot.expect_log_with(&[" joined ", "account=main"]).await?;
    let is_answer = |it: &Element| it.kind() == "groupchat" && it.nick().starts_with("domovoi");
    house.owner.nothing_like("second answer", |it| is_answer(it) && it.body().is_some())?;
    house.order(&house.owner, "domovoi: subject", "There is no subject").await?;
    house.owner.settle(&room).await?;
    house.owner.nothing_like("second answer", |it| is_answer(it) && it.body().is_some())?;
    Ok(())
}

async fn rooms_spill_over_to_the_next_account_and_stay_there(kind: Kind) -> Result<()> {
    let rooms = "create = true\n[rooms.\"attic@conference.localhost\"]\ncreate = true\n\
                 [rooms.\"cellar@conference.localhost\"]\ncreate = true\n[rooms.\"porch@conference.localhost\"]\n\
                 create = true\naccount = \"second\"\n";
    let mut house = House::build(kind, Options::default(), "").await?;
    let second = second_account(&house, "max_rooms = 10\n").await?;
    let config = crate::house::config(&house.server, &house.room, rooms);
    let config = config.replace("[rooms.\"garden", &format!("max_rooms = 1\n{second}[rooms.\"garden"));
    house.bot.write_config(&config)?;
    house.wake().await?;
    let mut before = homes(&house).await?;
    assert_eq!(before.iter().filter(|it| it.ends_with(" main")).count(), 1, "{before:?}");
    assert!(before.contains(&"porch second".to_owned()), "{before:?}");
    house.bot.stop(Duration::from_secs(10)).await?;
    house.bot.forget_log();
    // A room more, which would come first: those that have a home keep it.
    let config = config + "\n[rooms.\"aaa@conference.localhost\"]\ncreate = true\n";
    house.bot.write_config(&config)?;
    house.bot.launch()?;
    house.bot.expect_log_with(&[" joined ", "room.jid=aaa@"]).await?;
    before.push("aaa second".to_owned());
    before.sort();
    assert_eq!(homes(&house).await?, before);
    Ok(())
}

/// Which account joined which room, once all are joined.
async fn homes(house: &House) -> Result<Vec<String>> {
    let mut homes = Vec::new();
    for room in ["aaa", "attic", "cellar", "garden", "porch"] {
        if room == "aaa" && !house.bot.log().iter().any(|it| it.contains("aaa@")) {
            continue;
        }
        let line = house.bot.expect_log_with(&[" joined ", &format!("room.jid={room}@")]).await?;
        let account = line.split("account=").nth(1).and_then(|it| it.split_whitespace().next());
        homes.push(format!("{room} {}", account.unwrap_or_default()));
    }
    Ok(homes)
}
