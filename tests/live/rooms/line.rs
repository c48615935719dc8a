//! A line that breaks: resumed in time nothing happened; too late, every room is entered anew.

use std::time::Duration;

use anyhow::Result;
use domovoi_stage::{
    proxy::{Mode, Proxy},
    server::{Kind, Options},
};

use super::{has_role, is_away, is_here, on_both, with_log};
use crate::house::House;

on_both!(a_short_cut_is_noticed_by_nobody_and_the_room_is_asked);
on_both!(a_restarted_service_finds_the_bot_again_and_the_muted_muted);

async fn a_short_cut_is_noticed_by_nobody_and_the_room_is_asked(kind: Kind) -> Result<()> {
    let mut house = House::build(kind, Options::default(), "").await?;
    let proxy = Proxy::start(house.server.address()).await?;
    let config = crate::house::config(&house.server, &house.room, "");
    house.bot.write_config(&config.replace(&house.server.address().to_string(), &proxy.address().to_string()))?;
    house.wake().await?;
    let room = house.room.clone();
    house.order(&house.owner, "!subject", "There is no subject").await?;
    house.owner.forget();
    proxy.set(Mode::Refuse).await?;
    proxy.cut();
    // Said while the bot is cut off: it is answered late, and once.
    house.owner.say("!subject Said in the gap").await?;
    proxy.until(Duration::from_secs(5), |it| it.n_open == 0).await?;
    proxy.set(Mode::Clear).await?;
    house.bot.expect_log("back, nothing was lost").await?;
    let is_new = |it: &domovoi_stage::xml::Element| it.child("subject").is_some_and(|it| it.text == "Said in the gap");
    with_log(&house, house.owner.expect("the new subject", is_new).await)?;
    // The answer to the ping that each room is asked after a cut has come before this one.
    house.order(&house.owner, "!who", "sent it to you in private").await?;
    let is_moved = |it: &domovoi_stage::xml::Element| is_away(&room, "domovoi")(it) || is_here(&room, "domovoi")(it);
    house.owner.nothing_like("coming or going of the bot", is_moved)?;
    house.owner.nothing_like("second change of the subject", is_new)?;
    assert_eq!(house.bot.log().iter().filter(|it| it.contains(" joined ")).count(), 1);
    Ok(())
}

async fn a_restarted_service_finds_the_bot_again_and_the_muted_muted(kind: Kind) -> Result<()> {
    let mut house = House::build(kind, Options::default(), "").await?;
    house.wake().await?;
    let room = house.room.clone();
    let alice = house.person("alice").await?;
    house.order(&house.owner, "!mute alice 10m", "muted for 10").await?;
    house.bot.forget_log();
    house.server.restart().await?;
    let mut owner = house.person("olga").await?;
    let alice = {
        drop(alice);
        house.person("alice").await?
    };
    // The service said that it goes down, so the bot lets it rest for up to 30 s.
    owner.patience = Duration::from_secs(45);
    let seen = owner.expect("the bot again", is_here(&room, "domovoi")).await;
    with_log(&house, seen)?;
    with_log(&house, owner.expect("alice's mute again", has_role(&room, "alice", "visitor")).await)?;
    drop(alice);
    Ok(())
}

/// Makes a room lose someone without telling anybody, as a crash of a part of the server does.
const AMNESIA: &str = "local st = require \"util.stanza\";
module:hook(\"iq-set/host/urn:test:amnesia:forget\", function (event)
    local forget = event.stanza.tags[1];
    local room = hosts[\"conference.localhost\"].modules.muc.get_room_from_jid(forget.attr.room);
    local nick = forget.attr.room .. \"/\" .. forget.attr.nick;
    local occupant = room:get_occupant_by_nick(nick);
    for jid in occupant:each_session() do room._jid_nick[jid] = nil; end
    room._occupants[nick] = nil;
    event.origin.send(st.reply(event.stanza));
    return true;
end);
";

#[tokio::test]
async fn a_room_that_lost_the_bot_in_silence_is_found_out_and_entered_again_on_prosody() -> Result<()> {
    let modules = vec![("amnesia".to_owned(), AMNESIA.to_owned())];
    let options = Options { lua_modules: modules, with: vec!["amnesia".to_owned()], ..Options::default() };
    let mut house = House::build(Kind::Prosody, options, "").await?;
    let proxy = Proxy::start(house.server.address()).await?;
    let config = crate::house::config(&house.server, &house.room, "");
    house.bot.write_config(&config.replace(&house.server.address().to_string(), &proxy.address().to_string()))?;
    house.wake().await?;
    house.owner.forget();
    let forget = format!("<forget xmlns='urn:test:amnesia' room='{}' nick='domovoi'/>", house.room);
    house.owner.iq_ok("set", "localhost", &forget).await?;
    // Minutes of silence would find it out; a cut makes the bot ask at once.
    proxy.cut();
    with_log(&house, house.owner.expect("the bot again", is_here(&house.room, "domovoi")).await)?;
    house.bot.expect_log_with(&["the room had lost us without a word"]).await?;
    house.order(&house.owner, "!subject", "There is no subject").await?;
    Ok(())
}

#[tokio::test]
async fn a_room_that_lost_the_bot_in_silence_is_found_out_and_entered_again_on_ejabberd() -> Result<()> {
    let mut house = House::build(Kind::Ejabberd, Options::default(), "").await?;
    let proxy = Proxy::start(house.server.address()).await?;
    let config = crate::house::config(&house.server, &house.room, "");
    house.bot.write_config(&config.replace(&house.server.address().to_string(), &proxy.address().to_string()))?;
    house.wake().await?;
    // The room's process dies without a word, and the next who knocks finds the room empty.
    let kill = "{ok, Pid} = rpc:call(Node, mod_muc, find_online_room, [<<\"garden\">>, <<\"conference.localhost\">>]), \
                exit(Pid, kill), rpc:call(Node, mod_muc, room_destroyed, \
                [<<\"conference.localhost\">>, <<\"garden\">>, Pid, <<\"localhost\">>])";
    println!("killed: {}", house.server.erlang(kill).await?);
    house.owner.join(&house.room, "olga").await?;
    house.owner.forget();
    proxy.cut();
    with_log(&house, house.owner.expect("the bot again", is_here(&house.room, "domovoi")).await)?;
    house.bot.expect_log_with(&["the room had lost us without a word"]).await?;
    house.order(&house.owner, "!subject", "There is no subject").await?;
    Ok(())
}
