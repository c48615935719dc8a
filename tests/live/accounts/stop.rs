//! Going away.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use domovoi_stage::{
    Signal,
    bot::Bot,
    proxy::Mode,
    server::{Kind, Options},
    xml::Element,
};

use super::{Scene, account, head, is_gone, is_there};
use crate::house::BINARY;

/// What a graceful stop may take.
const GRACE: Duration = Duration::from_secs(5);

async fn stop_says_goodbye_in_each_room(kind: Kind) -> Result<()> {
    let mut scene = Scene::build(kind, Options::default()).await?;
    let hall = scene.server.room("hall");
    scene.boss.create_room(&hall, "boss", &[]).await?;
    let config = head("")
        + &account(&scene.server, "keeper", scene.proxy.address(), "")
        + &format!("[rooms.\"{}\"]\n[rooms.\"{hall}\"]\n", scene.room);
    scene.bot.write_config(&config)?;
    scene.bot.launch()?;
    scene.comes("domovoi").await?;
    scene.boss.expect("the bot in the hall", is_there(&hall, "domovoi")).await?;
    let began = Instant::now();
    // Twice together, as `timeout` does it, to the process and to its group: that is one wish.
    scene.bot.signal(Signal::TERM);
    let status = scene.bot.stop(GRACE).await?;
    ensure!(status.code() == Some(0), "it ended with {status} after {:?}", began.elapsed());
    for room in [&scene.room, &hall] {
        let gone = scene.boss.expect("the bot goes", is_gone(room, "domovoi")).await?;
        let words = gone.child("status").map(|it| it.text.as_str());
        ensure!(words == Some("Going to sleep"), "without our words: {gone}");
    }
    stops_while_nobody_answers(&mut scene).await
}

/// The same bot once more; its server takes nothing any more, or is not there at all.
async fn stops_while_nobody_answers(scene: &mut Scene) -> Result<()> {
    scene.bot.launch()?;
    scene.comes("domovoi").await?;
    scene.proxy.set(Mode::Stall).await?;
    scene.bot.forget_log();
    scene.bot.signal(Signal::TERM);
    scene.bot.expect_log("a second signal").await?;
    scene.bot.signal(Signal::TERM);
    scene.bot.wait_exit(Duration::from_secs(1)).await.context("a second signal ends at once")?;

    scene.proxy.set(Mode::Clear).await?;
    scene.bot.forget_log();
    scene.bot.launch()?;
    scene.bot.expect_log("joined").await?;
    scene.proxy.set(Mode::Stall).await?;
    let status = scene.bot.stop(GRACE).await?;
    ensure!(status.code() == Some(0), "it ended with {status}");

    scene.proxy.set(Mode::Clear).await?;
    scene.bot.forget_log();
    scene.bot.launch()?;
    scene.bot.expect_log("joined").await?;
    scene.proxy.set(Mode::Refuse).await?;
    scene.proxy.cut();
    scene.bot.expect_log("offline").await?;
    let status = scene.bot.stop(GRACE).await?;
    ensure!(status.code() == Some(0), "it ended with {status}");
    Ok(())
}

#[tokio::test]
async fn stop_says_goodbye_in_each_room_on_prosody() -> Result<()> {
    stop_says_goodbye_in_each_room(Kind::Prosody).await
}

#[tokio::test]
async fn stop_says_goodbye_in_each_room_on_ejabberd() -> Result<()> {
    stop_says_goodbye_in_each_room(Kind::Ejabberd).await
}

#[tokio::test]
async fn an_owner_restarts_and_ends_the_bot_by_a_word() -> Result<()> {
    let mut scene = Scene::build(Kind::Prosody, Options::default()).await?;
    let config = fs::read_to_string(scene.bot.config())?;
    let program = scene.bot.dir().join("domovoi");
    link(&program)?;
    let old = std::mem::replace(&mut scene.bot, Bot::prepare(&program, &config)?);
    scene.bot.launch()?;
    scene.comes("domovoi").await?;
    scene.echoes("good morning").await?;
    let pid = scene.bot.id().context("the bot has ended")?;
    let order = |word: &str| format!("<message to='keeper@localhost' type='chat'><body>{word}</body></message>");

    // With this configuration it would not come back.
    scene.bot.write_config(&config.replace("data_dir", "nik = \"x\"\ndata_dir"))?;
    scene.boss.send_raw(&order("restart")).await?;
    let refused = |it: &Element| it.body().is_some_and(|it| it.contains("I do not restart") && it.contains("bot.nik"));
    scene.boss.expect("what is wrong", refused).await.with_context(|| scene.tail())?;
    scene.bot.write_config(&config)?;
    scene.echoes("still here").await?;

    // A newer program has taken the place of the one that runs.
    fs::remove_file(&program)?;
    link(&program)?;
    scene.boss.send_raw(&order("restart")).await?;
    scene.boss.expect("the bot goes", is_gone(&scene.room, "domovoi")).await?;
    scene.comes("domovoi").await?;
    ensure!(scene.bot.id() == Some(pid), "whoever watches over the process sees no other one");
    scene.echoes("here again").await?;
    scene.boss.send_raw(&order("quit")).await?;
    scene.boss.expect("the bot goes for good", is_gone(&scene.room, "domovoi")).await?;
    let status = scene.bot.wait_exit(GRACE).await?;
    ensure!(status.code() == Some(0), "it ended with {status}");
    drop(old);
    Ok(())
}

/// Puts the program there.
fn link(at: &Path) -> Result<()> {
    if fs::hard_link(BINARY, at).is_err() {
        fs::copy(BINARY, at)?;
    }
    Ok(())
}
