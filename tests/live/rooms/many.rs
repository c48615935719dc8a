//! Two hundred rooms on a server that restarts, with the shapers and limits that its package ships.

use std::{collections::BTreeSet, fmt::Write as _, time::Duration};

use anyhow::{Result, bail};
use domovoi_stage::server::{Kind, Options};
use tokio::time::{Instant, sleep};

use super::on_both;
use crate::house::House;

const N_ROOMS: usize = 200;
/// From the moment when the server is up again.
const BACK_WITHIN: Duration = Duration::from_secs(150);

on_both!(two_hundred_rooms_are_back_soon_after_a_restart);

async fn two_hundred_rooms_are_back_soon_after_a_restart(kind: Kind) -> Result<()> {
    let options = Options { limits: true, persistent: true, ..Options::default() };
    let mut house = House::build(kind, options, "").await?;
    house.bot.write_config(&config(&house, kind).await?)?;
    house.bot.launch()?;
    all_joined(&house).await?;
    house.bot.forget_log();
    house.server.restart().await?;
    let since = Instant::now();
    all_joined(&house).await?;
    let took = since.elapsed();
    println!("{N_ROOMS} rooms on {kind:?} were back after {:.0} s", took.as_secs_f64());
    assert!(took < BACK_WITHIN, "{took:?}; the bot's log:\n{}", house.bot.log_tail());
    Ok(())
}

/// ejabberd lets a user into a hundred rooms: two accounts there.
async fn config(house: &House, kind: Kind) -> Result<String> {
    let (address, ca) = (house.server.address(), house.server.ca_file().display().to_string());
    let accounts: &[&str] = if kind == Kind::Prosody { &["keeper"] } else { &["keeper", "deputy"] };
    let mut text = "[bot]\nowners = [\"boss@localhost\"]\ndata_dir = \"data\"\n".to_owned();
    for name in accounts {
        house.server.register(name, &format!("pw-{name}")).await?;
        writeln!(
            text,
            "[accounts.{name}]\njid = \"{name}@localhost\"\npassword = \"pw-{name}\"\naddress = \"{address}\"\n\
             ca_file = \"{ca}\"\nmax_rooms = {}",
            N_ROOMS / accounts.len()
        )?;
    }
    for n in 0..N_ROOMS {
        writeln!(text, "[rooms.\"r{n}@conference.localhost\"]\ncreate = true")?;
    }
    Ok(text)
}

/// Waits until each room was joined, as the log tells; it tells too how many are back as it goes.
async fn all_joined(house: &House) -> Result<()> {
    let since = Instant::now();
    while since.elapsed() < BACK_WITHIN + Duration::from_secs(30) {
        let log = house.bot.log();
        let joined = log.iter().filter(|it| it.contains(" joined "));
        let rooms: BTreeSet<&str> = joined.filter_map(|it| it.split("room.jid=").nth(1)?.split(' ').next()).collect();
        if rooms.len() == N_ROOMS {
            assert!(log.iter().any(|it| it.contains(&format!("n_joined={}", N_ROOMS / 2))));
            return Ok(());
        }
        sleep(Duration::from_millis(250)).await;
    }
    bail!("not all rooms were joined; the bot's log:\n{}", house.bot.log_tail())
}
