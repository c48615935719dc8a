//! What only one server or the other bars the way with.

use std::{fs, os::unix::fs::PermissionsExt as _};

use anyhow::{Context as _, Result, ensure};
use domovoi_stage::{
    person::{Person, Ticket},
    server::{Kind, Options},
    xml::Element,
};

use super::{is_here, on_both, with_log};
use crate::house::House;

on_both!(a_nick_that_is_kept_for_someone_else_is_evaded);

/// Keeps a nick for whoever asks (XEP-0045 §7.10): Prosody in a room, ejabberd on the whole service.
async fn keep_nick(house: &House, person: &Person, room: &str, nick: &str) -> Result<()> {
    let to = if house.server.kind() == Kind::Prosody { room } else { house.server.conference() };
    let form = "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field>";
    let payload = format!(
        "<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'>{form}\
         <field var='muc#register_roomnick'><value>{nick}</value></field></x></query>"
    );
    person.iq_ok("set", to, &payload).await.map(drop)
}

async fn a_nick_that_is_kept_for_someone_else_is_evaded(kind: Kind) -> Result<()> {
    let mut house = House::build(kind, Options::default(), "").await?;
    keep_nick(&house, &house.owner, &house.room, "domovoi").await?;
    house.bot.launch()?;
    with_log(&house, house.owner.expect("the bot under another nick", is_here(&house.room, "domovoi_")).await)?;
    house.owner.say("domovoi_: subject").await?;
    house.owner.expect_message_from("domovoi_", "There is no subject").await?;
    Ok(())
}

#[tokio::test]
async fn a_nick_that_prosody_keeps_for_the_bot_is_taken() -> Result<()> {
    let extra =
        "Component \"nicks.localhost\" \"muc\"\n  muc_room_locking = false\n  enforce_registered_nickname = true\n";
    let options = Options { extra: extra.to_owned(), ..Options::default() };
    let more = "\n[rooms.\"strict@nicks.localhost\"]\n";
    let mut house = House::build(Kind::Prosody, options, more).await?;
    let room = "strict@nicks.localhost";
    house.owner.create_room(room, "olga", &[]).await?;
    house.owner.set_affiliation(room, "keeper@localhost", "admin").await?;
    let keeper = Person::log_in(Ticket::new(&house.server, "keeper")).await?;
    keep_nick(&house, &keeper, room, "hob").await?;
    house.bot.launch()?;
    with_log(&house, house.owner.expect("the bot under the kept nick", is_here(room, "hob")).await)?;
    house.owner.say_in(room, "hob: subject").await?;
    with_log(&house, house.owner.expect_message_from("hob", "There is no subject").await)?;
    Ok(())
}

#[tokio::test]
async fn an_account_that_ejabberd_lets_into_no_more_rooms_is_relieved_by_another() -> Result<()> {
    let options = Options { max_rooms: Some(1), ..Options::default() };
    let mut house = House::build(Kind::Ejabberd, options, "").await?;
    let attic = house.server.room("attic");
    // Whoever made the one room may not be in the other either.
    let pete = Person::connect(&house.server, "pete").await?;
    pete.create_room(&attic, "pete", &[]).await?;
    house.server.register("deputy", "pw-deputy").await?;
    let config = crate::house::config(&house.server, &house.room, &format!("[rooms.\"{attic}\"]\n"));
    let (address, ca) = (house.server.address(), house.server.ca_file().display().to_string());
    let second = format!(
        "[accounts.second]\njid = \"deputy@localhost\"\npassword = \"pw-deputy\"\naddress = \"{address}\"\n\
         ca_file = \"{ca}\"\nmax_rooms = 1\n"
    );
    house.bot.write_config(&format!("{config}{second}"))?;
    house.bot.launch()?;
    let in_garden = house.owner.expect("the bot in the garden", is_here(&house.room, "domovoi")).await;
    let in_attic = pete.expect("the bot in the attic", is_here(&attic, "domovoi")).await;
    let account = |it: &Element| it.item("jid").and_then(|it| it.split('@').next()).unwrap_or_default().to_owned();
    let mut accounts = [account(&with_log(&house, in_garden)?), account(&with_log(&house, in_attic)?)];
    accounts.sort();
    ensure!(accounts == ["deputy", "keeper"], "{accounts:?}");
    Ok(())
}

#[tokio::test]
async fn a_captcha_of_ejabberd_is_told_to_people() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    let script = folder.path().join("captcha.sh");
    // The smallest GIF there is; nobody looks at it.
    fs::write(&script, "#!/bin/sh\nprintf 'GIF89a\\001\\000\\001\\000\\000\\000\\000;'\n")?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    let extra = format!("captcha_cmd: \"{}\"\ncaptcha_url: \"http://localhost/captcha\"\n", script.display());
    let options = Options { extra, ..Options::default() };
    let mut house = House::build(Kind::Ejabberd, options, "\n[rooms.\"gate@conference.localhost\"]\n").await?;
    let gate = house.server.room("gate");
    house.owner.create_room(&gate, "olga", &[]).await?;
    let form = house.owner.iq_ok("get", &gate, "<query xmlns='http://jabber.org/protocol/muc#owner'/>").await?;
    let mut fields = form.find_all("field").into_iter().filter_map(|it| it.attr("var").map(str::to_owned));
    let field = fields.find(|it| it.contains("captcha_protected")).context("no CAPTCHA in the form")?;
    house.owner.configure(&gate, &[(&field, "1")]).await?;
    house.bot.launch()?;
    let why = ["not in the room", "gate@", "the room asks for a CAPTCHA"];
    // The room has half a minute to let the bot in all the same, and that is how long a line is waited for.
    if house.bot.expect_log_with(&why).await.is_err() {
        house.bot.expect_log_with(&why).await?;
    }
    house.owner.nothing_like("bot", is_here(&gate, "domovoi"))?;
    Ok(())
}
