//! Many attackers: with one text, with an advert put differently each time, and such as wait until all are there.

use std::time::Duration;

use anyhow::{Context as _, Result};
use domovoi_stage::{Crowd, server::Kind, xml::Element};
use tokio::time::timeout;

use super::{
    ADVERTS,
    babble::babble,
    battle::{Battle, Goal, Manner},
};
use crate::rooms::on_both;

on_both!(a_raid_with_one_text_is_hushed_and_undone);
on_both!(a_raid_with_changing_text_is_hushed);
on_both!(sleepers_are_heard_once);

/// Whether the room says it is moderated, as its owner reads the form.
async fn is_moderated(battle: &Battle) -> Result<bool> {
    let query = "<query xmlns='http://jabber.org/protocol/muc#owner'/>";
    let answer = battle.house.owner.iq_ok("get", &battle.house.room, query).await?;
    let fields = answer.find_all("field");
    let field = fields.into_iter().find(|it| it.attr("var") == Some("muc#roomconfig_moderatedroom"));
    // COMPAT: Prosody 0.12 leaves the value of a flag out that is not set.
    Ok(field.and_then(|it| it.child("value")).is_some_and(|it| matches!(it.text.as_str(), "1" | "true")))
}

/// Asks until it is so: no server says what it changed.
async fn until_moderated(battle: &Battle, wanted: bool) -> Result<()> {
    let asked = async {
        while is_moderated(battle).await? != wanted {}
        anyhow::Ok(())
    };
    let done = timeout(Duration::from_secs(30), asked).await;
    done.with_context(|| format!("moderated = {wanted} never came; the bot's log:\n{}", battle.house.bot.log_tail()))?
}

/// The number of the raid's case, as the owner was told in private.
async fn case_of_raid(battle: &Battle) -> Result<String> {
    let is_alert = |it: &Element| {
        it.kind() == "chat" && it.nick() == "domovoi" && it.body().is_some_and(|it| it.contains("a raid"))
    };
    let alert = battle.house.owner.see("the news of the raid", is_alert).await?;
    let body = alert.body().unwrap_or_default();
    let number = body.split_once('#').map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect());
    number.with_context(|| format!("no number in {body:?}"))
}

async fn a_raid_with_one_text_is_hushed_and_undone(kind: Kind) -> Result<()> {
    let battle = Battle::begin(kind, "owner").await?;
    let room = battle.house.room.clone();
    battle.house.owner.configure(&room, &[("muc#roomconfig_moderatedroom", "0")]).await?;
    let raiders = Crowd::connect(&battle.house.server, "raider", 50).await?;
    let lines = vec!["WE ARE LEGION, THIS ROOM IS OURS NOW".to_owned(); 2];
    let manner = Manner { lines, pause: Duration::from_millis(1_500), gap: Duration::from_millis(200) };
    let n_sent = battle.attack(&room, &raiders, |_| manner.clone()).await?;
    battle.until_silent(&room, &raiders).await?;
    // Six are needed to know a chant, and five speak a second: the goal leaves three seconds until newcomers are hushed.
    let goal = Goal { scene: "raid-same-text", goal: 20, most: 20 };
    battle.judge(&goal, (battle.heard(&room, &raiders, |_| true), n_sent))?;
    until_moderated(&battle, true).await?;
    battle.end(&room, &raiders).await?;
    let number = case_of_raid(&battle).await?;
    battle.house.owner.say_in(&room, &format!("!undo {number}")).await?;
    battle.house.owner.expect_message_from("domovoi", &format!("Case #{number} is taken back")).await?;
    until_moderated(&battle, false).await
}

async fn a_raid_with_changing_text_is_hushed(kind: Kind) -> Result<()> {
    let battle = Battle::begin(kind, "admin").await?;
    let room = battle.house.room.clone();
    let raiders = Crowd::connect(&battle.house.server, "raider", 30).await?;
    let manner = |number: usize| {
        let text =
            |line: usize| format!("{} {}", ADVERTS[(number + line) % ADVERTS.len()], babble(number * 3 + line, 1));
        let lines = (0..3).map(text).collect();
        Manner { lines, pause: Duration::from_millis(1_200), gap: Duration::from_millis(250) }
    };
    let n_sent = battle.attack(&room, &raiders, manner).await?;
    battle.until_silent(&room, &raiders).await?;
    // Three are needed to know the advert, and four speak a second: this leaves two seconds until they are hushed.
    let goal = Goal { scene: "raid-mutated-text", goal: 20, most: 12 };
    battle.judge(&goal, (battle.heard(&room, &raiders, |_| true), n_sent))?;
    battle.end(&room, &raiders).await
}

async fn sleepers_are_heard_once(kind: Kind) -> Result<()> {
    let battle = Battle::begin(kind, "admin").await?;
    let room = battle.house.room.clone();
    let sleepers = Crowd::connect(&battle.house.server, "sleeper", 20).await?;
    sleepers.join(std::slice::from_ref(&room)).await?;
    let lines = vec![ADVERTS[0].to_owned(); 4];
    let manner = Manner { lines, pause: Duration::from_secs(1), gap: Duration::ZERO };
    let n_sent = battle.attack(&room, &sleepers, |_| manner.clone()).await?;
    battle.until_silent(&room, &sleepers).await?;
    // They speak in the same instant: the first line of each is out before anybody could do anything. The slack is
    // that half of them can say it twice.
    let goal = Goal { scene: "raid-sleepers", goal: 20, most: 30 };
    battle.judge(&goal, (battle.heard(&room, &sleepers, |_| true), n_sent))?;
    battle.end(&room, &sleepers).await
}
