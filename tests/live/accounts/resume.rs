//! Stream management: short cuts lose nothing, long ones lead back into every room.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use domovoi_stage::{
    person::Person,
    proxy::Mode,
    server::{Kind, Options},
};

use super::{BACK, Scene, is_gone, is_there};

async fn cuts_lose_nothing_and_a_restart_leads_back(kind: Kind) -> Result<()> {
    let mut scene = Scene::awake(kind, Options::default()).await?;
    let mut commands = Vec::new();
    for round in 0..2 {
        for n in 0..8 {
            // In the middle of them: some are under way to the bot, some answers are under way from it.
            if n == 4 {
                scene.proxy.cut();
            }
            commands.push(format!("word-{round}-{n}."));
            scene.boss.say(&format!("!say word-{round}-{n}.")).await?;
        }
        let back = scene.proxy.until(BACK, |it| it.n_accepted == round + 2).await;
        back.with_context(|| scene.tail())?;
        for word in commands.drain(..) {
            scene.boss.expect_message_from("domovoi", &word).await.with_context(|| scene.tail())?;
        }
    }
    scene.echoes("the end").await?;
    scene.boss.nothing_like("answer twice", |it| it.nick() == "domovoi" && it.body().is_some())?;
    scene.boss.nothing_like("leaving bot", is_gone(&scene.room, "domovoi"))?;
    scene.boss.nothing_like("rejoining bot", is_there(&scene.room, "domovoi"))?;
    ensure!(scene.n_logged("nothing was lost") == 2, "not every cut was resumed\n{}", scene.tail());

    scene.server.restart().await?;
    scene.boss = Person::connect(&scene.server, "boss").await?;
    scene.boss.patience = BACK;
    scene.boss.join(&scene.room, "boss").await?;
    scene
        .boss
        .see("the bot after the restart", is_there(&scene.room, "domovoi"))
        .await
        .with_context(|| scene.tail())?;
    scene.echoes("here again").await
}

#[tokio::test]
async fn cuts_lose_nothing_and_a_restart_leads_back_on_prosody() -> Result<()> {
    cuts_lose_nothing_and_a_restart_leads_back(Kind::Prosody).await
}

#[tokio::test]
async fn cuts_lose_nothing_and_a_restart_leads_back_on_ejabberd() -> Result<()> {
    cuts_lose_nothing_and_a_restart_leads_back(Kind::Ejabberd).await
}

/// Longer than the server keeps the stream: it lets the bot go, and the bot comes again by itself.
async fn cut_beyond_resumption_leads_back(kind: Kind) -> Result<()> {
    let options = Options { resumption: Duration::from_secs(1), ..Options::default() };
    let scene = Scene::awake(kind, options).await?;
    scene.proxy.set(Mode::Refuse).await?;
    scene.proxy.cut();
    scene.boss.expect("the server gives the bot up", is_gone(&scene.room, "domovoi")).await?;
    scene.proxy.set(Mode::Clear).await?;
    scene.comes("domovoi").await?;
    scene.echoes("here again").await
}

#[tokio::test]
async fn cut_beyond_resumption_leads_back_on_prosody() -> Result<()> {
    cut_beyond_resumption_leads_back(Kind::Prosody).await
}

#[tokio::test]
async fn cut_beyond_resumption_leads_back_on_ejabberd() -> Result<()> {
    cut_beyond_resumption_leads_back(Kind::Ejabberd).await
}

/// The connection is dead and nobody says so. Takes as long as the promise: the server must not be asked all the time.
async fn half_open_connection_is_found_within_a_minute(kind: Kind) -> Result<()> {
    let mut scene = Scene::awake(kind, Options::default()).await?;
    scene.proxy.set(Mode::Swallow).await?;
    // Something has to go through it to be lost.
    scene.boss.say("!say lost and found").await?;
    scene.boss.settle(&scene.room).await?;
    scene.proxy.set(Mode::Clear).await?;
    let back = scene.proxy.until(Duration::from_secs(60), |it| it.n_accepted == 2).await;
    back.with_context(|| scene.tail())?;
    scene.boss.patience = BACK;
    scene.boss.expect_message_from("domovoi", "lost and found").await.with_context(|| scene.tail())?;
    scene.boss.nothing_like("leaving bot", is_gone(&scene.room, "domovoi"))
}

#[tokio::test]
async fn half_open_connection_is_found_within_a_minute_on_prosody() -> Result<()> {
    half_open_connection_is_found_within_a_minute(Kind::Prosody).await
}

#[tokio::test]
async fn half_open_connection_is_found_within_a_minute_on_ejabberd() -> Result<()> {
    half_open_connection_is_found_within_a_minute(Kind::Ejabberd).await
}
