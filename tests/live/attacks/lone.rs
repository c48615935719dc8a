//! One attacker: a flood, an advert put differently each time, words that turn into an advert.

use std::time::Duration;

use anyhow::Result;
use domovoi_stage::{Crowd, server::Kind, xml::escape};
use tokio::time::sleep;

use super::{
    ADVERTS,
    babble::babble,
    battle::{Battle, Goal, Manner},
};
use crate::rooms::on_both;

on_both!(a_fast_flooder_is_heard_a_few_times);
on_both!(a_disguised_advert_is_heard_twice);
on_both!(an_edit_into_an_advert_is_the_last);

async fn lone(kind: Kind, manner: Manner, goal: Goal) -> Result<()> {
    let battle = Battle::begin(kind, "admin").await?;
    let room = battle.house.room.clone();
    let mallory = Crowd::connect(&battle.house.server, "mallory", 1).await?;
    let n_sent = battle.attack(&room, &mallory, |_| manner.clone()).await?;
    battle.until_silent(&room, &mallory).await?;
    battle.judge(&goal, (battle.heard(&room, &mallory, |_| true), n_sent))?;
    battle.end(&room, &mallory).await
}

async fn a_fast_flooder_is_heard_a_few_times(kind: Kind) -> Result<()> {
    let lines = (0..30).map(|number| babble(number, 12)).collect();
    // Three lines a second: the slack is a second and a half until the mute works.
    let goal = Goal { scene: "flood-fast", goal: 5, most: 10 };
    lone(kind, Manner { lines, pause: Duration::from_millis(330), gap: Duration::ZERO }, goal).await
}

async fn a_disguised_advert_is_heard_twice(kind: Kind) -> Result<()> {
    let lines = ADVERTS.iter().map(|it| (*it).to_owned()).collect();
    // The slack is one advert that is under way while he is muted.
    let goal = Goal { scene: "advert-mutated", goal: 2, most: 3 };
    lone(kind, Manner { lines, pause: Duration::from_millis(1_500), gap: Duration::ZERO }, goal).await
}

async fn an_edit_into_an_advert_is_the_last(kind: Kind) -> Result<()> {
    let battle = Battle::begin(kind, "admin").await?;
    let room = battle.house.room.clone();
    let crowd = Crowd::connect(&battle.house.server, "mallory", 1).await?;
    let mallory = &crowd.people()[0];
    mallory.join(&room, &mallory.name).await?;
    for (words, advert) in ["hello all", "nice room", "how is everybody", "good evening"].iter().zip(ADVERTS) {
        sleep(Duration::from_millis(700)).await;
        let target = mallory.say_in(&room, words).await?;
        sleep(Duration::from_millis(700)).await;
        let (id, to, body) = (mallory.new_id(), escape(&room), escape(advert));
        let replace = format!("<replace xmlns='urn:xmpp:message-correct:0' id='{target}'/>");
        mallory
            .send_raw(&format!("<message type='groupchat' id='{id}' to='{to}'><body>{body}</body>{replace}</message>"))
            .await?;
    }
    mallory.settle(&room).await?;
    battle.until_silent(&room, &crowd).await?;
    let n_edits = battle.heard(&room, &crowd, |it| it.child("replace").is_some());
    // Nothing after the edit by which he is known; the slack is one edit that is under way while he is muted.
    let goal = Goal { scene: "edit-into-advert, after the first edit", goal: 0, most: 1 };
    battle.judge(&goal, (n_edits.saturating_sub(1), 3))?;
    battle.end(&room, &crowd).await
}
