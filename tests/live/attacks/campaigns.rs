//! An advert that was taken back once is known when others come with it, here and in the next room.

use std::time::Duration;

use anyhow::Result;
use domovoi_stage::{Crowd, server::Kind};

use super::{
    ADVERTS,
    battle::{Battle, Goal, Manner},
};
use crate::rooms::on_both;

on_both!(a_second_wave_is_known);
on_both!(the_next_room_is_warned);

/// The one whose advert is taken back, before the others come.
async fn first_of_them(battle: &Battle) -> Result<Crowd> {
    let first = Crowd::connect(&battle.house.server, "mallory", 1).await?;
    let lines = [ADVERTS[0], ADVERTS[1]].map(str::to_owned).to_vec();
    let manner = Manner { lines, pause: Duration::from_millis(500), gap: Duration::ZERO };
    battle.attack(&battle.house.room, &first, |_| manner.clone()).await?;
    battle.until_silent(&battle.house.room, &first).await?;
    Ok(first)
}

/// They come with the same advert, put differently line by line.
fn again(_: usize) -> Manner {
    let lines = [ADVERTS[0], ADVERTS[2], ADVERTS[1], ADVERTS[4]].map(str::to_owned).to_vec();
    Manner { lines, pause: Duration::from_secs(1), gap: Duration::from_millis(500) }
}

async fn a_second_wave_is_known(kind: Kind) -> Result<()> {
    let battle = Battle::begin(kind, "admin").await?;
    let room = battle.house.room.clone();
    first_of_them(&battle).await?;
    let wave = Crowd::connect(&battle.house.server, "wave", 10).await?;
    let n_sent = battle.attack(&room, &wave, again).await?;
    battle.until_silent(&room, &wave).await?;
    // One of each; three are enough for a raid, so that the goal leaves three seconds until newcomers are hushed.
    let goal = Goal { scene: "second-wave", goal: 10, most: 10 };
    battle.judge(&goal, (battle.heard(&room, &wave, |_| true), n_sent))?;
    battle.end(&room, &wave).await
}

async fn the_next_room_is_warned(kind: Kind) -> Result<()> {
    let battle = Battle::begin(kind, "admin").await?;
    let other = battle.other_room();
    first_of_them(&battle).await?;
    let wave = Crowd::connect(&battle.house.server, "wave", 8).await?;
    let n_sent = battle.attack(&other, &wave, again).await?;
    battle.until_silent(&other, &wave).await?;
    // As for the second wave.
    let goal = Goal { scene: "two-rooms, in the second", goal: 8, most: 8 };
    battle.judge(&goal, (battle.heard(&other, &wave, |_| true), n_sent))?;
    battle.end(&other, &wave).await
}
