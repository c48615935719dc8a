//! What the bot does in rooms, on both servers: each scene is one server, one bot and a few people.

mod accounts;
mod asking;
mod banned_yet_here;
mod barred;
mod directly;
mod gap;
mod history;
mod incidents;
mod invited;
mod join;
mod line;
mod many;
mod moderation;
mod occupants;
mod removal;
mod welcome;

use std::fs;

use anyhow::{Context as _, Result};
use domovoi_plugin::record::Record;
use domovoi_stage::{person::Person, xml::Element};

use crate::house::House;

/// Runs a scene on both servers.
macro_rules! on_both {
    ($scene:ident) => {
        mod $scene {
            use domovoi_stage::server::Kind;

            #[tokio::test]
            async fn on_prosody() -> anyhow::Result<()> {
                super::$scene(Kind::Prosody).await
            }

            #[tokio::test]
            async fn on_ejabberd() -> anyhow::Result<()> {
                super::$scene(Kind::Ejabberd).await
            }
        }
    };
}
pub(crate) use on_both;

/// Presence of this nick in this room, of someone who is there.
fn is_here<'a>(room: &'a str, nick: &'a str) -> impl Fn(&Element) -> bool + 'a {
    move |it| is_presence(it, room, nick) && it.kind().is_empty()
}

/// Presence of this nick in this room, of someone who goes.
fn is_away<'a>(room: &'a str, nick: &'a str) -> impl Fn(&Element) -> bool + 'a {
    move |it| is_presence(it, room, nick) && it.kind() == "unavailable"
}

/// Presence of this nick with this role.
fn has_role<'a>(room: &'a str, nick: &'a str, role: &'a str) -> impl Fn(&Element) -> bool + 'a {
    move |it| is_presence(it, room, nick) && it.find("item").is_some_and(|it| it.attr("role") == Some(role))
}

fn is_presence(it: &Element, room: &str, nick: &str) -> bool {
    it.name == "presence" && it.from_bare() == room && it.nick() == nick
}

/// What was written down of the room; the bot has to be down, so that all of it is.
fn records(house: &House) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    let mut folders = vec![house.bot.data_dir().join("records")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "jsonl") {
                for line in fs::read_to_string(&path)?.lines() {
                    records.push(serde_json::from_str(line).with_context(|| line.to_owned())?);
                }
            }
        }
    }
    Ok(records)
}

/// An error with the end of the bot's log.
fn with_log<T>(house: &House, result: Result<T>) -> Result<T> {
    result.with_context(|| format!("the bot's log:\n{}", house.bot.log_tail()))
}

impl House {
    /// Asks the bot in private and gives its answer.
    async fn ask(&self, person: &Person, command: &str) -> Result<String> {
        person.private("domovoi", command).await?;
        self.told(person, "domovoi").await.with_context(|| format!("the answer to {command:?}"))
    }

    /// What the bot says to someone in private next.
    async fn told(&self, person: &Person, nick: &str) -> Result<String> {
        let is_answer = |it: &Element| it.kind() == "chat" && it.nick() == nick && it.body().is_some();
        let answer = person.expect("a private answer", is_answer).await;
        let answer = answer.with_context(|| format!("the bot's log:\n{}", self.bot.log_tail()))?;
        Ok(answer.body().unwrap_or_default().to_owned())
    }

    /// Gives a command in the room and waits for an answer of the bot with `part`.
    pub(crate) async fn order(&self, person: &Person, command: &str, part: &str) -> Result<String> {
        person.say(command).await?;
        let answer = person.expect_message_from("domovoi", part).await;
        let answer = answer.with_context(|| format!("{command:?}; the bot's log:\n{}", self.bot.log_tail()))?;
        Ok(answer.body().unwrap_or_default().to_owned())
    }
}
