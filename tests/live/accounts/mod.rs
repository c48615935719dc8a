//! Accounts: logging in, staying in through faults, answering as an entity, going away.

mod doctor;
mod entity;
mod hostile;
mod login;
mod reload;
mod resume;
mod stop;
mod trust;

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result};
use domovoi_stage::{
    bot::Bot,
    person::Person,
    proxy::Proxy,
    server::{Kind, Options, Server},
    xml::Element,
};

use crate::house::BINARY;

/// How long a bot may take to come back after a short fault: its first waits together, and the way in.
const BACK: Duration = Duration::from_secs(20);

/// A server behind a bad network, a bot, and `boss`, who owns both the bot and a room with `keeper` as its admin.
struct Scene {
    server: Server,
    proxy: Proxy,
    bot: Bot,
    boss: Person,
    room: String,
}

/// An account's table: `NAME@localhost` with the password `pw-NAME`, and more lines.
fn account(server: &Server, name: &str, address: SocketAddr, more: &str) -> String {
    let ca = server.ca_file().display().to_string();
    format!(
        "[accounts.{name}]\njid = \"{name}@localhost\"\npassword = \"pw-{name}\"\naddress = \"{address}\"\n\
         ca_file = \"{ca}\"\n{more}\n"
    )
}

/// The tables that every bot here begins with, and more lines for `[bot]`.
fn head(more: &str) -> String {
    format!("[bot]\nowners = [\"boss@localhost\"]\ndata_dir = \"data\"\n{more}\n[log]\nlevel = \"debug\"\n")
}

/// Whether it is a presence of `nick` in a room, coming or being there.
fn is_there<'a>(room: &'a str, nick: &'a str) -> impl Fn(&Element) -> bool + 'a {
    move |it| it.name == "presence" && it.from_bare() == room && it.nick() == nick && it.kind().is_empty()
}

/// Whether it is the farewell of `nick` from a room.
fn is_gone<'a>(room: &'a str, nick: &'a str) -> impl Fn(&Element) -> bool + 'a {
    move |it| it.name == "presence" && it.from_bare() == room && it.nick() == nick && it.kind() == "unavailable"
}

impl Scene {
    /// Builds everything; the bot is not yet started.
    async fn build(kind: Kind, options: Options) -> Result<Self> {
        let server = Server::start(kind, options).await?;
        server.register("keeper", "pw-keeper").await?;
        let proxy = Proxy::start(server.address()).await?;
        let room = server.room("garden");
        let boss = Person::connect(&server, "boss").await?;
        boss.create_room(&room, "boss", &[("muc#roomconfig_persistentroom", "1")]).await?;
        boss.set_affiliation(&room, "keeper@localhost", "admin").await?;
        let config = head("") + &account(&server, "keeper", proxy.address(), "") + &format!("[rooms.\"{room}\"]\n");
        let bot = Bot::prepare(BINARY.as_ref(), &config)?;
        Ok(Self { server, proxy, bot, boss, room })
    }

    /// As [`Scene::build`], and the bot is in its room.
    async fn awake(kind: Kind, options: Options) -> Result<Self> {
        let mut scene = Self::build(kind, options).await?;
        scene.bot.launch()?;
        scene.comes("domovoi").await?;
        // An answer shows that it is wholly in, history and all.
        scene.echoes("good morning").await?;
        Ok(scene)
    }

    /// Waits until `boss` sees someone come into the room.
    async fn comes(&self, nick: &str) -> Result<Element> {
        let came = self.boss.expect(&format!("{nick} comes in"), is_there(&self.room, nick)).await;
        came.with_context(|| self.tail())
    }

    /// `boss` lets the bot say something, and it does.
    async fn echoes(&self, text: &str) -> Result<()> {
        self.boss.say(&format!("!say {text}")).await?;
        let heard = self.boss.expect_message_from("domovoi", text).await;
        heard.map(drop).with_context(|| self.tail())
    }

    fn tail(&self) -> String {
        format!("the bot's log:\n{}", self.bot.log_tail())
    }

    /// How many lines of the bot's log contain this.
    fn n_logged(&self, part: &str) -> usize {
        self.bot.log().iter().filter(|it| it.contains(part)).count()
    }
}
