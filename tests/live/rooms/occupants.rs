//! Who is here: several sessions of a nick, several nicks of an account, nicks that change and swap.

use anyhow::Result;
use domovoi_stage::{
    person::{Person, Ticket},
    server::{Kind, Options},
};

use super::{is_away, on_both};
use crate::house::House;

on_both!(the_bot_knows_who_is_here_whatever_they_are_called);

async fn the_bot_knows_who_is_here_whatever_they_are_called(kind: Kind) -> Result<()> {
    let mut house = House::build(kind, Options::default(), "").await?;
    house.wake().await?;
    let room = house.room.clone();
    let alice = house.person("alice").await?;
    let bob = house.person("bob").await?;
    let phone = Ticket { resource: "phone".to_owned(), ..Ticket::new(&house.server, "alice") };
    let phone = Person::enter(phone).await?;
    phone.join(&room, "alice").await?;
    let desk = Ticket { resource: "desk".to_owned(), ..Ticket::new(&house.server, "bob") };
    let desk = Person::enter(desk).await?;
    desk.join(&room, "bob the second").await?;
    assert_eq!(here(&house).await?, ["alice alice", "bob bob", "bob the second bob", "olga olga"]);

    // One of two sessions goes: she is still here. Then the other one.
    phone.disconnect().await?;
    alice.settle(&room).await?;
    assert_eq!(here(&house).await?, ["alice alice", "bob bob", "bob the second bob", "olga olga"]);
    alice.change_nick(&room, "Алиса").await?;
    bob.change_nick(&room, "alice").await?;
    assert_eq!(here(&house).await?, ["alice bob", "bob the second bob", "olga olga", "Алиса alice"]);
    alice.change_nick(&room, "bob").await?;
    assert_eq!(here(&house).await?, ["alice bob", "bob alice", "bob the second bob", "olga olga"]);

    // A kick is of a nick, a ban of an account: both nicks go.
    house.order(&house.owner, "!kick bob", "kicked: bob").await?;
    alice.expect("the kick", is_away(&room, "bob")).await?;
    house.order(&house.owner, "!ban \"bob the second\" spam", "banned: bob the second").await?;
    assert_eq!(here(&house).await?, ["olga olga"]);
    Ok(())
}

/// Nicks and accounts as the bot knows them.
async fn here(house: &House) -> Result<Vec<String>> {
    house.owner.settle(&house.room).await?;
    let told = house.ask(&house.owner, "who").await?;
    let read = |line: &str| {
        let (nick, rest) = line.split_once(" — ")?;
        let (_, jid) = rest.split_once(", ")?;
        Some(format!("{nick} {}", jid.strip_suffix("@localhost").unwrap_or(jid)))
    };
    let mut all: Vec<String> = told.lines().filter_map(read).collect();
    all.sort();
    Ok(all)
}
