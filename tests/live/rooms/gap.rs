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

/// What is said while the bot is away.
const N_MISSED: usize = 620;

on_both!(of_a_long_absence_guards_are_shown_so_much_and_records_everything);
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

/// The bounds on what is fetched for guards, against archives that give it in pages of their own size.
async fn of_a_long_absence_guards_are_shown_so_much_and_records_everything(kind: Kind) -> Result<()> {
    let more = "[rooms.\"meadow@conference.localhost\"]\nrecords = \"full\"\n";
    let mut house = House::build(kind, Options::default(), more).await?;
    let meadow = house.server.room("meadow");
    house.owner.create_room(&meadow, "olga", &[("muc#roomconfig_persistentroom", "1")]).await?;
    let rooms = [house.room.clone(), meadow.clone()];
    house.bot.launch()?;
    for room in &rooms {
        house.bot.expect_log_with(&[" joined ", room]).await?;
        house.owner.say_in(room, "before").await?;
        house.owner.settle(room).await?;
    }
    house.order(&house.owner, "!subject", "There is no subject").await?;
    house.bot.stop(Duration::from_secs(10)).await?;
    house.bot.forget_log();
    house.owner.patience = Duration::from_secs(60);
    for room in &rooms {
        for n in 0..N_MISSED {
            house.owner.say_in(room, &format!("meanwhile {n}.")).await?;
            if n % 50 == 49 {
                house.owner.settle(room).await?;
            }
        }
    }
    house.bot.launch()?;
    let [garden, _] = [
        house.bot.expect_log_with(&["the gap is filled", &rooms[0]]).await?,
        house.bot.expect_log_with(&["the gap is filled", &rooms[1]]).await?,
    ];
    assert!(garden.contains("n_messages=500"), "{garden}");
    house.bot.stop(Duration::from_secs(10)).await?;
    let records = super::records(&house)?;
    for n in 0..N_MISSED {
        let text = format!("meanwhile {n}.");
        let n_written = records.iter().filter(|it| it.body.as_deref() == Some(&text)).count();
        assert_eq!(n_written, 1, "{text}");
    }
    Ok(())
}
