//! The doctor: alone, from outside of rooms and unseen there; and through the running bot.

use anyhow::{Result, ensure};
use domovoi_stage::{
    person::Person,
    server::{Kind, Options},
    xml::Element,
};

use super::{Scene, account, head};

/// What `domovoi doctor` says, and its exit code.
async fn doctor(scene: &Scene) -> Result<(Option<i32>, String)> {
    let output = scene.bot.verb(&["doctor"]).await?;
    let said = String::from_utf8(output.stdout)? + &String::from_utf8(output.stderr)?;
    Ok((output.status.code(), said))
}

/// The part of a report about one room.
fn about<'a>(report: &'a str, room: &str) -> &'a str {
    report.split("\n\n").find(|it| it.starts_with(&format!("room {room} "))).unwrap_or_default()
}

async fn doctor_looks_for_itself_or_asks_the_bot(kind: Kind) -> Result<()> {
    let mut scene = Scene::build(kind, Options::default()).await?;
    let (hall, nowhere) = (scene.server.room("hall"), scene.server.room("nowhere"));
    let mia = Person::connect(&scene.server, "mia").await?;
    mia.create_room(&hall, "mia", &[("muc#roomconfig_moderatedroom", "1")]).await?;
    let attic = scene.server.room("attic");
    let rooms = format!(
        "[rooms.\"{}\"]\n[rooms.\"{hall}\"]\n[rooms.\"{nowhere}\"]\n[rooms.\"{attic}\"]\ncreate = true\n",
        scene.room
    );
    let keeper = account(&scene.server, "keeper", scene.proxy.address(), "");
    scene.bot.write_config(&(head("") + &keeper + &rooms))?;

    let (code, report) = doctor(&scene).await?;
    ensure!(code == Some(0), "it ended with {code:?}: {report}");
    ensure!(report.contains("could log in") && report.contains("mechanism SCRAM-SHA-"), "{report}");
    let garden = about(&report, &scene.room);
    ensure!(garden.contains("from outside, since no bot runs, as admin"), "{report}");
    ensure!(garden.contains("the room has: ") && garden.contains("persistent"), "{report}");
    ensure!(!garden.contains("make the bot an admin"), "{report}");
    let other = about(&report, &hall);
    ensure!(other.contains("as neither owner nor admin") && other.contains("moderated"), "{report}");
    ensure!(other.contains("make the bot an admin of the room"), "{report}");
    ensure!(about(&report, &nowhere).contains("there is no such room: create it, or set create = true"), "{report}");
    ensure!(about(&report, &attic).contains("there is no such room yet: the bot will create it"), "{report}");
    // Whoever is seen in a room has a nick there; the room itself has none.
    let is_other = |it: &Element| {
        it.name == "presence" && it.from_bare().contains("conference") && !["", "boss", "mia"].contains(&it.nick())
    };
    for person in [&scene.boss, &mia] {
        person.nothing_like("presence of the doctor", is_other)?;
    }

    scene.bot.write_config(&(head("") + &keeper.replace("pw-keeper", "wrong") + &rooms))?;
    let (code, report) = doctor(&scene).await?;
    ensure!(code == Some(1), "it ended with {code:?}: {report}");
    ensure!(report.contains("!!  ") && report.contains("check both (not-authorized"), "{report}");
    ensure!(report.contains("no account that could log in"), "{report}");

    let rooms = format!("[rooms.\"{}\"]\n", scene.room);
    scene.bot.write_config(&(head("") + &keeper + &rooms))?;
    scene.bot.up().await?;
    scene.comes("domovoi").await?;
    scene.echoes("good morning").await?;
    let (code, report) = doctor(&scene).await?;
    ensure!(code == Some(0), "it ended with {code:?}: {report}");
    ensure!(report.starts_with("a bot is running; this is what it knows"), "{report}");
    let garden = about(&report, &scene.room);
    ensure!(garden.contains("admin moderator") && garden.contains("persistent"), "{report}");
    Ok(())
}

#[tokio::test]
async fn doctor_looks_for_itself_or_asks_the_bot_on_prosody() -> Result<()> {
    doctor_looks_for_itself_or_asks_the_bot(Kind::Prosody).await
}

#[tokio::test]
async fn doctor_looks_for_itself_or_asks_the_bot_on_ejabberd() -> Result<()> {
    doctor_looks_for_itself_or_asks_the_bot(Kind::Ejabberd).await
}
