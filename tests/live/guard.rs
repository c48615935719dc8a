//! A flood in a real room, and a ban that is taken back.

use anyhow::Result;
use domovoi_stage::{
    server::{Kind, Options},
    xml::Element,
};

use crate::house::House;

fn is_muted(it: &Element, from: &str) -> bool {
    let item = it.find("item");
    let gone = it.attr("type") == Some("unavailable");
    it.name == "presence"
        && it.attr("from") == Some(from)
        && (gone || item.is_some_and(|it| it.attr("role") == Some("visitor")))
}

/// A room with a guard in it.
async fn guarded(kind: Kind) -> Result<House> {
    let guard = "plugins = { guard = { preset = \"public\" } }";
    let mut house = House::build(kind, Options::default(), guard).await?;
    house.wake().await?;
    Ok(house)
}

async fn flooder_is_stopped_and_friend_is_not(kind: Kind) -> Result<()> {
    let house = guarded(kind).await?;
    let alice = house.person("alice").await?;
    let mallory = house.person("mallory").await?;
    alice.say("good morning").await?;
    for n in 0..12 {
        mallory.say(&format!("BUY NOW cheap pills {n} http://spam.example/{n}")).await?;
    }
    let from = format!("{}/mallory", house.room);
    house.owner.expect("mallory loses voice or place", |it| is_muted(it, &from)).await?;
    alice.say("what was that").await?;
    house.owner.expect_message_from("alice", "what was that").await?;
    let alice_at = format!("{}/alice", house.room);
    house.owner.nothing_like("alice being touched", |it| is_muted(it, &alice_at))?;
    Ok(())
}

#[tokio::test]
async fn flooder_is_stopped_on_prosody() -> Result<()> {
    flooder_is_stopped_and_friend_is_not(Kind::Prosody).await
}

#[tokio::test]
async fn flooder_is_stopped_on_ejabberd() -> Result<()> {
    flooder_is_stopped_and_friend_is_not(Kind::Ejabberd).await
}

async fn who_was_banned_comes_back_once_it_is_taken_back(kind: Kind) -> Result<()> {
    const ADVERT: &str = "come to our room, xmpp:deals@rooms.elsewhere.example?join";
    let house = guarded(kind).await?;
    let mallory = house.person("mallory").await?;
    mallory.say(ADVERT).await?;
    mallory.say(ADVERT).await?;
    let from = format!("{}/mallory", house.room);
    let is_gone = |it: &Element| it.name == "presence" && it.attr("from") == Some(&from) && it.kind() == "unavailable";
    let gone = house.owner.expect("mallory is banned", is_gone).await?;
    anyhow::ensure!(gone.has_status("301"), "{gone}");
    house.owner.say("!undo 1").await?;
    house.owner.expect_message_from("domovoi", "mallory: banned → may come in").await?;
    house.owner.expect_message_from("domovoi", "Case #1 is taken back (1 restored).").await?;

    house.owner.forget();
    mallory.join(&house.room, "mallory").await?;
    // ejabberd lets them in without a voice, which they are given then.
    let has_voice = |it: &Element| it.find("item").is_some_and(|it| it.attr("role") == Some("participant"));
    let may_speak = |it: &Element| it.name == "presence" && it.attr("from") == Some(&from) && has_voice(it);
    house.owner.expect("mallory has a voice", may_speak).await?;
    house.owner.forget();
    mallory.say_heard("I am sorry, that was the wrong room").await?;
    house.owner.expect_message_from("mallory", "that was the wrong room").await?;
    // By the time this is answered the guard has long judged what was said before.
    house.owner.say("!guard status").await?;
    house.owner.expect_message_from("domovoi", "The guard acts.").await?;
    house.owner.nothing_like("mallory being touched", |it| is_gone(it) || is_muted(it, &from))?;
    Ok(())
}

#[tokio::test]
async fn who_was_banned_comes_back_once_it_is_taken_back_on_prosody() -> Result<()> {
    who_was_banned_comes_back_once_it_is_taken_back(Kind::Prosody).await
}

#[tokio::test]
async fn who_was_banned_comes_back_once_it_is_taken_back_on_ejabberd() -> Result<()> {
    who_was_banned_comes_back_once_it_is_taken_back(Kind::Ejabberd).await
}

/// XEP-0489 as a module of Prosody: no server brings it along. Whoever is called mallory has an anonymous account.
const ACCOUNTS: &str = r#"
local jid, st = require "util.jid", require "util.stanza";
local xmlns = "urn:xmpp:raa:0";
module:add_feature(xmlns);
module:hook("iq-get/bare/" .. xmlns .. ":query", function (event)
    local node = jid.node(event.stanza.attr.to);
    local info = { xmlns = xmlns, affiliation = "registered", since = "2020-01-01T00:00:00Z", trust = "80" };
    if node == "mallory" then info = { xmlns = xmlns, affiliation = "anonymous" }; end
    event.origin.send(st.reply(event.stanza):tag("info", info));
    return true;
end);
"#;

#[tokio::test]
async fn what_a_server_says_of_its_accounts_counts_on_prosody() -> Result<()> {
    let options = Options {
        with: vec!["accounts_told".to_owned()],
        lua_modules: vec![("accounts_told".to_owned(), ACCOUNTS.to_owned())],
        ..Options::default()
    };
    let mut house = House::build(Kind::Prosody, options, "plugins = { guard = { preset = \"public\" } }").await?;
    house.wake().await?;
    // Who may ask as often as they like.
    let boss = house.person("boss").await?;
    let _alice = house.person("alice").await?;
    let _mallory = house.person("mallory").await?;
    let explained = async |nick: &str| -> Result<String> {
        boss.private("domovoi", &format!("explain {nick}")).await?;
        let is_answer = |it: &Element| it.kind() == "chat" && it.body().is_some_and(|body| body.contains(nick));
        let answer = boss.expect("an explanation", is_answer).await?;
        Ok(answer.body().unwrap_or_default().to_owned())
    };
    // Nobody waits for the server's answer, so that it may come after the question.
    let told = async {
        while !explained("mallory").await?.contains("An anonymous account, as its server says") {}
        anyhow::Ok(())
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), told).await??;
    let alice = explained("alice").await?;
    anyhow::ensure!(alice == "Nothing spoke against alice lately.", "{alice}");
    Ok(())
}
