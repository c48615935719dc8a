//! A server, a room with people in it, and the bot: where most live tests begin.

use anyhow::{Context as _, Result};
use domovoi_stage::{
    bot::Bot,
    person::Person,
    server::{Kind, Options, Server},
};

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_domovoi");

/// A running house.
pub(crate) struct House {
    /// The server.
    pub(crate) server: Server,
    /// The bot, which has not been started yet.
    pub(crate) bot: Bot,
    /// The owner of the room, who is in it as `olga`.
    pub(crate) owner: Person,
    /// The room, in which the bot is an admin.
    pub(crate) room: String,
}

/// The configuration of one account and one room, with more at the end.
pub(crate) fn config(server: &Server, room: &str, more: &str) -> String {
    let (address, ca) = (server.address(), server.ca_file().display().to_string());
    format!(
        r#"
[bot]
owners = ["boss@localhost"]
data_dir = "data"
[log]
level = "debug"
[accounts.main]
jid = "keeper@localhost"
password = "pw-keeper"
address = "{address}"
ca_file = "{ca}"
[rooms."{room}"]
{more}
"#
    )
}

impl House {
    /// A server of this kind with a room `garden`, made by `olga`; the bot is its admin and not yet started.
    pub(crate) async fn build(kind: Kind, options: Options, more: &str) -> Result<Self> {
        let server = Server::start(kind, options).await?;
        server.register("keeper", "pw-keeper").await?;
        let room = server.room("garden");
        let owner = Person::connect(&server, "olga").await?;
        owner.create_room(&room, "olga", &[("muc#roomconfig_persistentroom", "1")]).await?;
        owner.set_affiliation(&room, "keeper@localhost", "admin").await?;
        let bot = Bot::prepare(BINARY.as_ref(), &config(&server, &room, more))?;
        Ok(Self { server, bot, owner, room })
    }

    /// Starts the bot and waits until the owner sees it come in.
    pub(crate) async fn wake(&mut self) -> Result<()> {
        self.bot.launch()?;
        self.domovoi_comes().await
    }

    /// Waits until the owner sees the bot come in.
    pub(crate) async fn domovoi_comes(&self) -> Result<()> {
        let from = format!("{}/domovoi", self.room);
        let came = |it: &domovoi_stage::xml::Element| {
            it.name == "presence" && it.attr("from") == Some(&from) && it.attr("type").is_none()
        };
        let seen = self.owner.expect("domovoi comes in", came).await;
        seen.with_context(|| format!("the bot's log:\n{}", self.bot.log_tail()))?;
        Ok(())
    }

    /// Someone comes into the room.
    pub(crate) async fn person(&self, name: &str) -> Result<Person> {
        let person = Person::connect(&self.server, name).await?;
        person.join(&self.room, name).await?;
        Ok(person)
    }
}
