//! A block list in real time, on the pubsub of real servers: fetched, pushed, taken back, and one of our own.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use domovoi_stage::{
    person::Person,
    server::{Kind, Options},
    xml::Element,
};
use sha2::{Digest as _, Sha256};

use crate::house::{House, config};

const NODE: &str = "muc_bans_sha256";

fn digest(jid: &str) -> String {
    Sha256::digest(jid.as_bytes()).iter().map(|it| format!("{it:02x}")).collect()
}

fn pubsub(inner: &str) -> String {
    format!("<pubsub xmlns='http://jabber.org/protocol/pubsub'>{inner}</pubsub>")
}

/// A list that `lister` keeps at a service: the account's own for an empty one.
struct List<'a> {
    lister: &'a Person,
    service: &'a str,
}

impl List<'_> {
    async fn create(&self) -> Result<()> {
        let field = |var: &str, value: &str| format!("<field var='{var}'><value>{value}</value></field>");
        let form = [
            field("FORM_TYPE", "http://jabber.org/protocol/pubsub#node_config"),
            field("pubsub#access_model", "open"),
            field("pubsub#persist_items", "1"),
            field("pubsub#max_items", "100"),
            field("pubsub#notify_retract", "1"),
        ];
        let form = format!("<configure><x xmlns='jabber:x:data' type='submit'>{}</x></configure>", form.concat());
        let create = pubsub(&format!("<create node='{NODE}'/>{form}"));
        self.lister.iq_ok("set", self.service, &create).await?;
        Ok(())
    }

    async fn publish(&self, id: &str) -> Result<()> {
        let report = "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'/>";
        let item = format!("<publish node='{NODE}'><item id='{id}'>{report}</item></publish>");
        self.lister.iq_ok("set", self.service, &pubsub(&item)).await?;
        Ok(())
    }

    async fn retract(&self, id: &str) -> Result<()> {
        let retract = format!("<retract node='{NODE}' notify='true'><item id='{id}'/></retract>");
        self.lister.iq_ok("set", self.service, &pubsub(&retract)).await?;
        Ok(())
    }
}

fn is_removed(it: &Element, from: &str) -> bool {
    let is_outcast = it.find("item").is_some_and(|it| it.attr("affiliation") == Some("outcast"));
    it.name == "presence" && it.attr("from") == Some(from) && it.attr("type") == Some("unavailable") && is_outcast
}

/// Waits until the room's list of the banned is as it should be.
async fn banned(owner: &Person, room: &str, jid: &str, is_there: bool) -> Result<()> {
    let query = "<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='outcast'/></query>";
    let all = async {
        loop {
            let answer = owner.iq_ok("get", room, query).await?;
            let items = answer.find("query").map(|it| it.to_string()).unwrap_or_default();
            if items.contains(jid) == is_there {
                return Ok(());
            }
        }
    };
    match tokio::time::timeout(Duration::from_secs(20), all).await {
        Ok(done) => done,
        Err(_) => bail!("{jid} should {}be banned", if is_there { "" } else { "not " }),
    }
}

async fn a_list_is_followed(kind: Kind, options: Options, service: &str) -> Result<()> {
    let mut house = House::build(kind, options, "").await?;
    let lister = Person::connect(&house.server, "lister").await?;
    let list = List { lister: &lister, service };
    list.create().await?;
    list.publish(&digest("eve@localhost")).await?;
    let at = if service.is_empty() { "lister@localhost" } else { service };
    let more = format!(
        "[rooms.\"{}\".plugins]\nguard = true\n[plugins.guard]\nblock_lists = \"{at}/{NODE} deed=ban\"\n",
        house.room
    );
    house.bot.write_config(&(config(&house.server, &house.room, "") + &more))?;
    house.wake().await?;
    // Whoever is on it is kept out, whether they came before the list was fetched or after.
    let seen = |name: &str| format!("{}/{name}", house.room);
    let eve = house.person("eve").await?;
    let from = seen("eve");
    let removed = house.owner.expect("eve is removed", |it| is_removed(it, &from)).await;
    removed.with_context(|| house.bot.log_tail())?;
    banned(&house.owner, &house.room, "eve@localhost", true).await?;
    drop(eve);
    // Whoever is here is removed when the list says so now.
    let mallory = house.person("mallory").await?;
    let alice = house.person("alice").await?;
    alice.say("good morning").await?;
    house.owner.expect_message_from("alice", "good morning").await?;
    list.publish("mallory@localhost").await?;
    let from = seen("mallory");
    let removed = house.owner.expect("mallory is removed", |it| is_removed(it, &from)).await;
    removed.with_context(|| house.bot.log_tail())?;
    drop(mallory);
    // The list takes one back: that ban is lifted, the other stays, and nobody else was touched.
    list.retract("mallory@localhost").await?;
    let lifted = banned(&house.owner, &house.room, "mallory@localhost", false).await;
    lifted.with_context(|| house.bot.log_tail())?;
    banned(&house.owner, &house.room, "eve@localhost", true).await?;
    house.person("mallory").await?;
    let alice_at = seen("alice");
    house.owner.nothing_like("removal of alice", |it| is_removed(it, &alice_at))?;
    Ok(())
}

#[tokio::test]
async fn a_list_on_an_account_of_prosody_is_followed() -> Result<()> {
    a_list_is_followed(Kind::Prosody, Options::default(), "").await
}

#[tokio::test]
async fn a_list_on_an_account_of_ejabberd_is_followed() -> Result<()> {
    a_list_is_followed(Kind::Ejabberd, Options::default(), "").await
}

#[tokio::test]
async fn a_list_on_the_service_of_prosody_is_followed() -> Result<()> {
    let extra = "Component \"pubsub.localhost\" \"pubsub\"\n  admins = { \"lister@localhost\" }\n".to_owned();
    a_list_is_followed(Kind::Prosody, Options { extra, ..Options::default() }, "pubsub.localhost").await
}

#[tokio::test]
async fn a_list_on_the_service_of_ejabberd_is_followed() -> Result<()> {
    a_list_is_followed(Kind::Ejabberd, Options::default(), "pubsub.localhost").await
}

/// The bot's own list, published by an owner of the bot and read by a stranger.
async fn an_own_list_is_published(kind: Kind) -> Result<()> {
    let mut house = House::build(kind, Options::default(), "").await?;
    let more = format!("[rooms.\"{}\".plugins]\nguard = true\n", house.room);
    house.bot.write_config(&(config(&house.server, &house.room, "") + &more))?;
    house.wake().await?;
    let boss = Person::connect(&house.server, "boss").await?;
    let stranger = Person::connect(&house.server, "stranger").await?;
    let answered = |part: &'static str| {
        move |it: &Element| it.name == "message" && it.body().is_some_and(|body| body.contains(part))
    };
    let tell = |line: &str| format!("<message to='keeper@localhost' type='chat'><body>{line}</body></message>");
    boss.send_raw(&tell(&format!("blocklist publish {NODE}"))).await?;
    let said = boss.expect("the list is published", answered("published as")).await;
    said.with_context(|| house.bot.log_tail())?;
    boss.send_raw(&tell("blocklist block spammer@bad.example adverts")).await?;
    let said = boss.expect("the entry is there", answered("is on our own list")).await;
    said.with_context(|| house.bot.log_tail())?;
    let items = pubsub(&format!("<items node='{NODE}'/>"));
    let id = digest("spammer@bad.example");
    let read = stranger.iq_ok("get", "keeper@localhost", &items).await?.to_string();
    assert!(read.contains(&id) && read.contains("urn:xmpp:reporting:spam") && read.contains("adverts"), "{read}");
    boss.send_raw(&tell("blocklist unblock spammer@bad.example")).await?;
    boss.expect("the entry is gone", answered("is not on our own list")).await?;
    let read = stranger.iq_ok("get", "keeper@localhost", &items).await?.to_string();
    assert!(!read.contains(&id), "{read}");
    // Who was never there is gone already, and holds nothing up that is told after them.
    boss.forget();
    boss.send_raw(&tell("blocklist unblock nobody@bad.example")).await?;
    let said = boss.expect("nobody is gone", answered("is not on our own list")).await?;
    assert!(!said.body().unwrap_or_default().contains("It holds here"), "{said}");
    Ok(())
}

#[tokio::test]
async fn an_own_list_is_published_on_prosody() -> Result<()> {
    an_own_list_is_published(Kind::Prosody).await
}

#[tokio::test]
async fn an_own_list_is_published_on_ejabberd() -> Result<()> {
    an_own_list_is_published(Kind::Ejabberd).await
}
