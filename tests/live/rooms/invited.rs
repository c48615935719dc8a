//! Invitations, through the room and directly: an owner's is followed, anybody else's waits for an owner.

use anyhow::Result;
use domovoi_stage::{
    person::Person,
    server::{Kind, Options},
    xml::Element,
};

use super::{is_here, on_both, with_log};
use crate::house::House;

on_both!(an_owner_is_followed_and_a_stranger_waits);

const BOT: &str = "keeper@localhost";

/// Has the room invite the bot (XEP-0045 §7.8.2).
async fn mediated(person: &Person, room: &str) -> Result<()> {
    let invite = format!("<invite to='{BOT}'><reason>come in</reason></invite>");
    let x = format!("<x xmlns='http://jabber.org/protocol/muc#user'>{invite}</x>");
    person.send_raw(&format!("<message to='{room}'>{x}</message>")).await
}

/// Invites the bot without the room (XEP-0249).
async fn direct(person: &Person, room: &str) -> Result<()> {
    let x = format!("<x xmlns='jabber:x:conference' jid='{room}' reason='come in'/>");
    person.send_raw(&format!("<message to='{BOT}'>{x}</message>")).await
}

/// Asks the bot in a direct chat, and gives its answer.
async fn ask(house: &House, boss: &Person, order: &str, part: &str) -> Result<Element> {
    boss.chat(BOT, order).await?;
    with_log(house, boss.expect(&format!("the answer to {order:?}"), is_told(part)).await)
}

/// Whether the bot says this in a direct chat.
fn is_told(part: &str) -> impl Fn(&Element) -> bool + '_ {
    move |it| it.from_bare() == BOT && it.body().is_some_and(|it| it.contains(part))
}

async fn an_owner_is_followed_and_a_stranger_waits(kind: Kind) -> Result<()> {
    let mut house = House::build(kind, Options::default(), "").await?;
    house.wake().await?;
    let room = |name: &str| house.server.room(name);
    let boss = Person::connect(&house.server, "boss").await?;
    let password = [("muc#roomconfig_passwordprotectedroom", "1"), ("muc#roomconfig_roomsecret", "sesame")];
    let open = [password[0], password[1], ("muc#roomconfig_whois", "anyone")];
    boss.create_room(&room("attic"), "boss", &open).await?;
    boss.create_room(&room("loft"), "boss", &password).await?;
    boss.create_room(&room("cellar"), "boss", &[]).await?;

    // The owner of the bot, and the room tells the password where there is one.
    mediated(&boss, &room("attic")).await?;
    with_log(&house, boss.expect("the bot in the attic", is_here(&room("attic"), "domovoi")).await)?;
    mediated(&boss, &room("loft")).await?;
    if kind == Kind::Prosody {
        // In a room that hides addresses it tells the nick of whoever invites, which anybody may bear.
        let waits = format!("{0}/boss invites me to {0}", room("loft"));
        with_log(&house, boss.expect("word of the loft", is_told(&waits)).await)?;
        ask(&house, &boss, &format!("invites accept {}", room("loft")), "I am entering loft@").await?;
    }
    with_log(&house, boss.expect("the bot in the loft", is_here(&room("loft"), "domovoi")).await)?;
    direct(&boss, &room("cellar")).await?;
    with_log(&house, boss.expect("the bot in the cellar", is_here(&room("cellar"), "domovoi")).await)?;

    let tybalt = Person::connect(&house.server, "tybalt").await?;
    for name in ["trap", "pit"] {
        tybalt.create_room(&room(name), "tybalt", &[]).await?;
    }
    mediated(&tybalt, &room("trap")).await?;
    let inviter = if kind == Kind::Prosody { format!("{}/tybalt", room("trap")) } else { tybalt.jid.clone() };
    let waits = format!("{inviter} invites me to {} (“come in”)", room("trap"));
    with_log(&house, boss.expect("word of the trap", is_told(&waits)).await)?;
    direct(&tybalt, &room("pit")).await?;
    let waits = format!("tybalt@localhost invites me to {} (“come in”)", room("pit"));
    with_log(&house, boss.expect("word of the pit", is_told(&waits)).await)?;
    ask(&house, &boss, "invites", "trap@").await?;

    ask(&house, &boss, &format!("invites refuse {}", room("pit")), "Refused: pit@").await?;
    // What was refused is not asked about again.
    direct(&tybalt, &room("pit")).await?;
    ask(&house, &boss, &format!("invites accept {}", room("trap")), "I am entering trap@").await?;
    with_log(&house, tybalt.expect("the bot in the trap", is_here(&room("trap"), "domovoi")).await)?;
    ask(&house, &boss, "invites", "No invitation is waiting").await?;
    boss.nothing_like("second word of the pit", is_told("pit@"))?;
    tybalt.nothing_like("bot in the pit", is_here(&room("pit"), "domovoi"))?;
    Ok(())
}
