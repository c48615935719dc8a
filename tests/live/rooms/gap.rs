//! An absence: what was said meanwhile is fetched from the room's archive.

use std::time::Duration;

use anyhow::Result;
use domovoi_plugin::record::RecordKind;
use domovoi_stage::{
    server::{Kind, Options},
    xml::Element,
};

use super::{has_role, is_away, on_both, with_log};
use crate::house::House;

on_both!(what_was_missed_is_read_and_judged_but_obeyed_never);

async fn what_was_missed_is_read_and_judged_but_obeyed_never(kind: Kind) -> Result<()> {
    let more = "records = \"full\"\n[rooms.\"garden@conference.localhost\".plugins]\nguard = { preset = \"public\" }\n";
    let mut house = House::build(kind, Options::default(), more).await?;
    house.wake().await?;
    let room = house.room.clone();
    let alice = house.person("alice").await?;
    let boss = house.person("boss").await?;
    alice.say_heard("before").await?;
    house.order(&boss, "!subject", "There is no subject").await?;
    house.bot.stop(Duration::from_secs(10)).await?;

    let mallory = house.person("mallory").await?;
    alice.say_heard("meanwhile").await?;
    boss.say_heard("!subject Hacked").await?;
    for n in 0..12 {
        mallory.say_heard(&format!("BUY NOW cheap pills {n} http://spam.example/{n}")).await?;
    }
    house.owner.forget();
    house.wake().await?;
    if kind == Kind::Prosody {
        let is_moderated = |it: &Element| it.from() == room && it.find("moderated").is_some();
        with_log(&house, house.owner.expect("spam to be taken back", is_moderated).await)?;
    }
    house.bot.expect_log("the gap is filled").await?;
    house.order(&boss, "!subject", "There is no subject").await?;
    // Whoever spammed then may be somebody else now, or sorry; only a ban is for what is past.
    let is_touched = |it: &Element| {
        has_role(&room, "mallory", "visitor")(it) || (is_away(&room, "mallory")(it) && !it.has_status("301"))
    };
    house.owner.nothing_like("kick or mute for what is past", is_touched)?;
    house.bot.stop(Duration::from_secs(10)).await?;
    let records = super::records(&house)?;
    let said: Vec<(&str, bool)> = records
        .iter()
        .filter(|it| it.kind == RecordKind::Message)
        .filter_map(|it| Some((it.body.as_deref()?, it.filled.is_some())))
        .collect();
    for (text, is_filled) in [("before", false), ("meanwhile", true), ("!subject Hacked", true)] {
        assert_eq!(said.iter().filter(|it| it.0 == text).collect::<Vec<_>>(), [&(text, is_filled)], "{said:?}");
    }
    assert_eq!(said.iter().filter(|it| it.0.starts_with("BUY NOW") && it.1).count(), 12, "{said:?}");
    Ok(())
}
