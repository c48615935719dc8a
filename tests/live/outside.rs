//! A plugin in Lua and the world outside: a file at the server's own upload service, fetched again, and a correction.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use domovoi_stage::{
    person::Person,
    server::{Kind, Options},
    xml::Element,
};

use crate::house::{House, config};

/// Uploads a picture, shows it, fetches it again, says how it came; then counts, and corrects itself.
const PLUGIN: &str = r#"return {
  name = "pictures", api = 1, powers = { "upload", "http" },
  commands = {
    { name = "pic", run = function(cx)
      local url, why = cx:upload("bild ä.png", "\137PNG\0\255", "image/png")
      if not url then cx:say("no: " .. why) return end
      cx:share(url)
      local page, no = cx.http:get(url)
      cx:say(page and `again {page.status} {#page.body} {page.body:byte(1)}` or `not again: {no}`)
    end },
    { name = "count", run = function(cx)
      local id = cx:say("one")
      cx:correct("two", id)
      cx:say("end")
    end },
  },
}
"#;

fn message_with<'a>(nick: &'a str, room: &'a str, name: &'static str) -> impl Fn(&Element) -> bool + use<'a> {
    move |it: &Element| {
        it.name == "message" && it.attr("from") == Some(&format!("{room}/{nick}")) && it.find(name).is_some()
    }
}

/// A house with the plugin, and whoever wants a picture.
async fn with_pictures(kind: Kind, options: Options) -> Result<(House, Person)> {
    let mut house = House::build(kind, options, "").await?;
    let port = house.server.http().port();
    let more = format!(
        "[rooms.\"{}\".plugins]\npictures = true\n[plugins.pictures]\npowers = [\"upload\", \"http\"]\n\
         hosts = [\"localhost\"]\n[http]\nallow = [\"127.0.0.1:{port}\"]\n",
        house.room
    );
    let text = config(&house.server, &house.room, "") + &more;
    house.bot.write_config(&text.replace("data_dir", "plugin_dirs = [\"plugins\"]\ndata_dir"))?;
    let folder = house.bot.dir().join("plugins/pictures");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("init.lua"), PLUGIN)?;
    house.wake().await?;
    let alice = house.person("alice").await?;
    alice.say("!pic").await?;
    Ok((house, alice))
}

async fn a_picture_is_uploaded_and_shown(kind: Kind) -> Result<()> {
    let (house, alice) = with_pictures(kind, Options::default()).await?;
    let log = || format!("the bot's log:\n{}", house.bot.log_tail());
    let shown = alice.expect("a picture is shown", message_with("domovoi", &house.room, "url")).await;
    let shown = shown.with_context(log)?;
    let (url, body) = (shown.find("url"), shown.child("body"));
    ensure!(url.is_some() && url.map(|it| &it.text) == body.map(|it| &it.text), "{shown}");
    ensure!(shown.child_ns("x", "jabber:x:oob").is_some(), "{shown}");
    alice.expect_message_from("domovoi", "again 200 6 137").await.with_context(log)?;
    alice.say("!count").await?;
    let one = alice.expect_message_from("domovoi", "one").await.with_context(log)?;
    let two = alice.expect("a correction", message_with("domovoi", &house.room, "replace")).await.with_context(log)?;
    ensure!(two.find("replace").and_then(|it| it.attr("id")) == one.attr("id"), "{one}\n{two}");
    alice.expect_message_from("domovoi", "end").await.with_context(log)?;
    Ok(())
}

#[tokio::test]
async fn a_picture_is_uploaded_and_shown_on_prosody() -> Result<()> {
    a_picture_is_uploaded_and_shown(Kind::Prosody).await
}

#[tokio::test]
async fn a_picture_is_uploaded_and_shown_on_ejabberd() -> Result<()> {
    a_picture_is_uploaded_and_shown(Kind::Ejabberd).await
}

/// In a closed network: HTTPS with a certificate of its own authority, which the account's `ca_file` vouches for.
async fn a_file_goes_where_only_the_own_authority_vouches(kind: Kind) -> Result<()> {
    let (house, alice) = with_pictures(kind, Options { https: true, ..Options::default() }).await?;
    let shown = alice.expect("a picture is shown", message_with("domovoi", &house.room, "url")).await;
    let shown = shown.with_context(|| format!("the bot's log:\n{}", house.bot.log_tail()))?;
    ensure!(shown.body().is_some_and(|it| it.starts_with("https://localhost:")), "{shown}");
    // What anybody may name is not vouched for by it.
    alice.expect_message_from("domovoi", "not again:").await?;
    Ok(())
}

#[tokio::test]
async fn a_file_goes_where_only_the_own_authority_vouches_on_prosody() -> Result<()> {
    a_file_goes_where_only_the_own_authority_vouches(Kind::Prosody).await
}

#[tokio::test]
async fn a_file_goes_where_only_the_own_authority_vouches_on_ejabberd() -> Result<()> {
    a_file_goes_where_only_the_own_authority_vouches(Kind::Ejabberd).await
}
