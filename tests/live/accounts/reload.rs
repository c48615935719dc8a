//! SIGHUP: what is different takes effect, everything else goes on.

use anyhow::{Context as _, Result, ensure};
use domovoi_stage::{
    Signal,
    server::{Kind, Options},
    xml::Element,
};

use super::{BACK, Scene, account, head, is_gone, is_there};

/// Writes a configuration and has it read.
async fn reload(scene: &Scene, config: &str, line: &str) -> Result<()> {
    scene.bot.forget_log();
    scene.bot.write_config(config)?;
    scene.bot.signal(Signal::HUP);
    scene.bot.expect_log(line).await?;
    Ok(())
}

const READ: &str = "the configuration was read again";

/// Whether it is `nick` being there by this account.
fn is_by<'a>(room: &'a str, nick: &'a str, account: &'a str) -> impl Fn(&Element) -> bool + 'a {
    let is_there = is_there(room, nick);
    move |it| is_there(it) && it.item("jid").is_some_and(|jid| jid.starts_with(&format!("{account}@")))
}

async fn changed_configuration_takes_effect(kind: Kind) -> Result<()> {
    let mut scene = Scene::build(kind, Options::default()).await?;
    scene.boss.patience = BACK;
    scene.server.register("second", "pw-second").await?;
    let hall = scene.server.room("hall");
    scene.boss.create_room(&hall, "boss", &[]).await?;
    for (room, account) in [(&hall, "keeper"), (&hall, "second"), (&scene.room, "second")] {
        scene.boss.set_affiliation(room, &format!("{account}@localhost"), "admin").await?;
    }
    let keeper = account(&scene.server, "keeper", scene.proxy.address(), "");
    let second = account(&scene.server, "second", scene.server.address(), "");
    let garden = format!("[rooms.\"{}\"]\n", scene.room);
    let both = format!("{garden}[rooms.\"{hall}\"]\n");
    scene.bot.write_config(&(head("") + &keeper + &garden))?;
    scene.bot.launch()?;
    scene.comes("domovoi").await?;
    scene.boss.join(&scene.room, "boss").await?;
    scene.echoes("one").await?;
    scene.boss.forget();

    rooms_and_prefix_change(&scene, &keeper, &both, &hall).await.with_context(|| scene.tail())?;
    broken_file_changes_nothing(&scene, &keeper).await.with_context(|| scene.tail())?;
    accounts_change(&scene, &keeper, &second, &garden).await.with_context(|| scene.tail())
}

async fn rooms_and_prefix_change(scene: &Scene, keeper: &str, both: &str, hall: &str) -> Result<()> {
    reload(scene, &(head("prefix = \"%\"\npresence = \"new\"") + keeper + both), READ).await?;
    scene.boss.expect("the bot in the hall", is_there(hall, "domovoi")).await?;
    scene.boss.say("%say two").await?;
    scene.boss.expect_message_from("domovoi", "two").await?;
    let is_new =
        |it: &Element| is_there(&scene.room, "domovoi")(it) && it.child("status").is_some_and(|it| it.text == "new");
    scene.boss.expect("the new presence", is_new).await?;
    let garden = both.lines().next().unwrap_or_default();
    reload(scene, &(head("") + keeper + garden + "\nnick = \"brownie\"\n"), READ).await?;
    scene.boss.expect("the bot leaves the hall", is_gone(hall, "domovoi")).await?;
    scene.boss.expect("the old nick goes", is_gone(&scene.room, "domovoi")).await?;
    scene.comes("brownie").await?;
    reload(scene, &(head("") + keeper + garden), READ).await?;
    scene.comes("domovoi").await?;
    scene.echoes("three").await
}

async fn broken_file_changes_nothing(scene: &Scene, keeper: &str) -> Result<()> {
    scene.boss.forget();
    let broken = head("nik = \"x\"\nlanguage = \"xx\"") + keeper;
    reload(scene, &broken, "the old one runs on").await?;
    for mistake in ["bot.nik", "bot.language"] {
        ensure!(scene.n_logged(mistake) == 1, "{mistake} is not told");
    }
    let is_told = |it: &Element| {
        let has = |part: &str| it.body().is_some_and(|it| it.contains(part));
        it.kind() == "chat" && ["bot.nik: ", "did you mean `nick`", "bot.language: "].into_iter().all(has)
    };
    scene.boss.expect("the owner is told of each mistake", is_told).await?;
    scene.echoes("four").await?;
    scene.boss.nothing_like("leaving bot", is_gone(&scene.room, "domovoi"))
}

async fn accounts_change(scene: &Scene, keeper: &str, second: &str, garden: &str) -> Result<()> {
    // A new account, which gets the room; the old one stays.
    let named = format!("{garden}account = \"second\"\n");
    reload(scene, &(head("") + keeper + second + &named), READ).await?;
    scene.boss.expect("the new account", is_by(&scene.room, "domovoi", "second")).await?;
    scene.echoes("five").await?;
    // The first is removed: it logs out.
    let open = scene.proxy.counts();
    ensure!(open.n_open == 1, "{open:?}");
    reload(scene, &(head("") + second + garden), READ).await?;
    scene.proxy.until(BACK, |it| it.n_open == 0).await?;
    // A wrong password, by which the room loses its last account, and the right one again.
    let wrong = second.replace("pw-second", "wrong");
    reload(scene, &(head("") + &wrong + garden), "given up").await?;
    reload(scene, &(head("") + second + garden), READ).await?;
    scene.comes("domovoi").await?;
    scene.echoes("six").await?;
    // And removed while serving, with another one new: the room changes hands.
    reload(scene, &(head("") + keeper + garden), READ).await?;
    scene.boss.expect("the first account", is_by(&scene.room, "domovoi", "keeper")).await?;
    scene.echoes("seven").await
}

#[tokio::test]
async fn changed_configuration_takes_effect_on_prosody() -> Result<()> {
    changed_configuration_takes_effect(Kind::Prosody).await
}

#[tokio::test]
async fn changed_configuration_takes_effect_on_ejabberd() -> Result<()> {
    changed_configuration_takes_effect(Kind::Ejabberd).await
}
