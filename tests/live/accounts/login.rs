//! Logging in, and what cannot succeed.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use domovoi_stage::{
    bot::Bot,
    person::{Person, Ticket},
    server::{Kind, Options},
    xml::Element,
};

use super::{BACK, Scene, account, head, is_there};
use crate::house::BINARY;

/// `aaa` comes first in every order, so that the room is placed on it and has to move.
async fn what_cannot_succeed_is_said_once_and_the_others_go_on(kind: Kind) -> Result<()> {
    let mut scene = Scene::build(kind, Options::default()).await?;
    let server = &scene.server;
    for name in ["aaa", "direct", "bare"] {
        server.register(name, &format!("pw-{name}")).await?;
    }
    let wrong = account(server, "aaa", server.address(), "").replace("pw-aaa", "wrong");
    let unknown = "[accounts.unknown]\njid = \"unknown@localhost\"\npassword = \"pw\"\naddress = \"ADDRESS\"\n";
    let config = head("")
        + &wrong
        + &unknown.replace("ADDRESS", &server.address().to_string())
        + &account(server, "bare", server.address(), "tls = \"none\"\nmax_rooms = 1")
        + &account(server, "direct", server.direct_tls(), "tls = \"direct\"\nmax_rooms = 1")
        + &account(server, "keeper", scene.proxy.address(), "")
        + &format!("[rooms.\"{}\"]\n", scene.room);
    scene.bot.write_config(&config)?;
    scene.bot.launch()?;
    scene.comes("domovoi").await?;
    scene.echoes("the others go on").await?;
    for name in ["bare", "direct", "keeper"] {
        let line = scene.bot.expect_log(&format!("logged in account={name} ")).await?;
        ensure!(line.contains("mechanism=\"SCRAM-SHA-"), "{line}");
        let is_secure = line.contains("tls=\"TLS 1");
        ensure!(is_secure == (name != "bare"), "{line}");
    }
    for (name, why) in [("aaa", "check both (not-authorized"), ("unknown", "set ca_file")] {
        scene.bot.expect_log(&format!("account={name}")).await?;
        let said = scene.bot.log().into_iter().filter(|it| it.contains(" ERROR ") && it.contains(why));
        let said: Vec<String> = said.collect();
        ensure!(said.len() == 1 && said[0].contains(name), "{name} was said {said:?}");
        // And to the owner, by another account.
        let told = scene.boss.expect("the owner is told", |it| {
            it.kind() == "chat" && it.body().is_some_and(|body| body.contains(name) && body.contains(why))
        });
        told.await.with_context(|| scene.tail())?;
    }
    scene.boss.nothing_like("second bot", is_there(&scene.room, "domovoi"))
}

#[tokio::test]
async fn what_cannot_succeed_is_said_once_and_the_others_go_on_on_prosody() -> Result<()> {
    what_cannot_succeed_is_said_once_and_the_others_go_on(Kind::Prosody).await
}

#[tokio::test]
async fn what_cannot_succeed_is_said_once_and_the_others_go_on_on_ejabberd() -> Result<()> {
    what_cannot_succeed_is_said_once_and_the_others_go_on(Kind::Ejabberd).await
}

/// Each throws the other out; left alone with a hasty client this goes on fifty times in five seconds.
async fn two_bots_with_one_address_do_not_storm(kind: Kind) -> Result<()> {
    let mut scene = Scene::build(kind, Options::default()).await?;
    let config = head("") + &account(&scene.server, "keeper", scene.proxy.address(), "");
    let config =
        config.replace("keeper@localhost", "keeper@localhost/house") + &format!("[rooms.\"{}\"]\n", scene.room);
    scene.bot.write_config(&config)?;
    scene.bot.launch()?;
    scene.comes("domovoi").await?;
    let mut other = Bot::prepare(BINARY.as_ref(), &config)?;
    other.launch()?;
    scene.bot.expect_log("has logged in with the same address").await?;
    let storm = scene.proxy.until(Duration::from_secs(4), |it| it.n_accepted > 3).await;
    ensure!(storm.is_err(), "logins storm: {:?}\n{}", scene.proxy.counts(), scene.tail());
    Ok(())
}

#[tokio::test]
async fn two_bots_with_one_address_do_not_storm_on_prosody() -> Result<()> {
    two_bots_with_one_address_do_not_storm(Kind::Prosody).await
}

#[tokio::test]
async fn two_bots_with_one_address_do_not_storm_on_ejabberd() -> Result<()> {
    two_bots_with_one_address_do_not_storm(Kind::Ejabberd).await
}

/// The account is deleted under the running bot, by another client of it.
async fn removed_account_is_final_and_another_takes_its_rooms(kind: Kind) -> Result<()> {
    let mut scene = Scene::build(kind, Options::default()).await?;
    scene.server.register("second", "pw-second").await?;
    let config = head("")
        + &account(&scene.server, "keeper", scene.proxy.address(), "")
        + &account(&scene.server, "second", scene.server.address(), "")
        + &format!("[rooms.\"{}\"]\n", scene.room);
    scene.boss.set_affiliation(&scene.room, "second@localhost", "admin").await?;
    scene.bot.write_config(&config)?;
    scene.bot.launch()?;
    let came = scene.comes("domovoi").await?;
    ensure!(came.item("jid").is_some_and(|it| it.starts_with("keeper@")), "placed by name: {came}");
    let keeper = Person::log_in(Ticket::new(&scene.server, "keeper")).await?;
    keeper.send_raw("<iq type='set' id='r'><query xmlns='jabber:iq:register'><remove/></query></iq>").await?;
    let second = |it: &Element| {
        is_there(&scene.room, "domovoi")(it) && it.item("jid").is_some_and(|it| it.starts_with("second@"))
    };
    scene.boss.patience = BACK;
    scene.boss.expect("the second account", second).await.with_context(|| scene.tail())?;
    scene.echoes("good evening").await?;
    ensure!(scene.n_logged("given up") == 1, "{}", scene.tail());
    Ok(())
}

#[tokio::test]
async fn removed_account_is_final_and_another_takes_its_rooms_on_prosody() -> Result<()> {
    removed_account_is_final_and_another_takes_its_rooms(Kind::Prosody).await
}

#[tokio::test]
async fn removed_account_is_final_and_another_takes_its_rooms_on_ejabberd() -> Result<()> {
    removed_account_is_final_and_another_takes_its_rooms(Kind::Ejabberd).await
}

/// The account is shut while it is in use: ejabberd's operator bans it; on Prosody, which has no such thing, its password
/// is changed by another client of it.
async fn shut_account_is_final_and_said_once(kind: Kind) -> Result<()> {
    let scene = Scene::awake(kind, Options::default()).await?;
    match kind {
        Kind::Ejabberd => {
            let ban =
                "rpc:call(Node, mod_admin_extra, ban_account, [<<\"keeper\">>, <<\"localhost\">>, <<\"enough\">>])";
            ensure!(scene.server.erlang(ban).await? == "ok");
        }
        Kind::Prosody => {
            let keeper = Person::log_in(Ticket::new(&scene.server, "keeper")).await?;
            let query =
                "<query xmlns='jabber:iq:register'><username>keeper</username><password>other</password></query>";
            keeper.iq_ok("set", "localhost", query).await?;
        }
    }
    scene.bot.expect_log_with(&["given up", "check both (not-authorized"]).await?;
    let more = scene.proxy.until(Duration::from_secs(3), |it| it.n_accepted > 2).await;
    ensure!(more.is_err(), "it tries on: {:?}\n{}", scene.proxy.counts(), scene.tail());
    ensure!(scene.n_logged("given up") == 1, "{}", scene.tail());
    Ok(())
}

#[tokio::test]
async fn shut_account_is_final_and_said_once_on_prosody() -> Result<()> {
    shut_account_is_final_and_said_once(Kind::Prosody).await
}

#[tokio::test]
async fn shut_account_is_final_and_said_once_on_ejabberd() -> Result<()> {
    shut_account_is_final_and_said_once(Kind::Ejabberd).await
}
