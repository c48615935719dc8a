//! A raid on a real server: the form is hushed by a plugin, people are silenced and banned, and one word of the owner
//! puts everything back. The bot runs in this process, with a guard that does as it is told.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use domovoi::{
    bot::Bot,
    bundle,
    clock::Clock,
    config::{self, Surroundings},
    host::live::Live,
    store::{Store, StoreOptions},
};
use domovoi_plugin::{
    Answer, Context, Event, EventKind, Fault, GuardSetup, Manifest, Memo, MemoKind, Plugin, PluginName, Power,
    RoomGuard, RoomJid, Shared, Target, Text, Verdict, View, async_trait,
};
use domovoi_stage::{
    server::{Kind, Options},
    xml::Element,
};

use super::{has_role, is_away, on_both};
use crate::house::House;

on_both!(a_raid_is_taken_back_form_and_all);

/// How each server calls what hushes newcomers; `slow_mode` neither knows.
const HUSH: [(&str, &str); 4] = [
    ("muc#roomconfig_moderatedroom", "1"),
    ("members_by_default", "0"),
    ("allow_visitor_status", "0"),
    ("slow_mode", "20"),
];

struct Judge;

struct JudgeOfRoom(RoomJid, Vec<Memo>);

#[async_trait]
impl Plugin for Judge {
    fn manifest(&self) -> Manifest {
        Manifest {
            powers: &[Power::Voice, Power::Kick, Power::Ban, Power::RoomConfig],
            is_on_by_default: true,
            ..Manifest::new(PluginName::new("judge").unwrap())
        }
    }

    fn guard(&self, setup: &GuardSetup<'_>) -> Option<Box<dyn RoomGuard>> {
        Some(Box::new(JudgeOfRoom(setup.room.clone(), Vec::new())))
    }

    async fn memo(&self, memo: &Memo, cx: &Context) -> Result<(), Fault> {
        let wanted = HUSH.map(|(key, value)| (key.to_owned(), vec![value.to_owned()]));
        cx.services.rooms.set_form(&memo.room, &wanted, None).await?;
        Ok(())
    }
}

impl RoomGuard for JudgeOfRoom {
    fn judge(&mut self, event: &Event, _: &dyn View, _: &Shared) -> Verdict {
        let (Some(occupant), EventKind::Message(message)) = (&event.occupant, &event.kind) else {
            return Verdict::pass();
        };
        let span = Duration::from_secs(3600);
        let answer = match message.body.as_str() {
            "mute me" => Answer::Mute { span },
            "ban me" => Answer::Ban { span: Some(span) },
            "raid" => {
                self.1.push(Memo {
                    at: event.at,
                    room: self.0.clone(),
                    kind: MemoKind::RaidOn,
                    about: None,
                    rule: "wave",
                    score: 99,
                    reason: Text::plain("many strangers"),
                    data: serde_json::Value::Null,
                });
                return Verdict::pass();
            }
            _ => return Verdict::pass(),
        };
        let target = Some(Target { nick: occupant.nick.clone(), identity: occupant.identity() });
        Verdict { answer, target, rule: "wish", score: 60, reason: Text::plain("as you wish"), ..Verdict::pass() }
    }

    fn take_memos(&mut self) -> Vec<Memo> {
        std::mem::take(&mut self.1)
    }
}

/// The bot of a house, in this process, with the judge besides.
async fn wake(house: &House, dir: &Path) -> Result<Bot> {
    // An error means that another test of this process was first.
    tokio_rustls::rustls::crypto::ring::default_provider().install_default().ok();
    let text = crate::house::config(&house.server, &house.room, "");
    let around = Surroundings { env: &|_| None, catalogue: &|_| Box::new(()) };
    let config = config::load_text(&dir.join("domovoi.toml"), &text, around, &[]);
    let config = config.map_err(|it| anyhow::anyhow!("{it}"))?.config;
    let data = config.bot.data_dir.clone();
    let store = tokio::task::spawn_blocking(move || Store::open(&data, StoreOptions::default())).await??.0;
    let mut plugins = bundle::plugins();
    plugins.push(Arc::new(Judge));
    let bot = Bot::start(Live::new(config), store, plugins, Clock::System).await?;
    house.domovoi_comes().await?;
    Ok(bot)
}

/// What the room's form says of a field, as the owner reads it.
async fn field(house: &House, key: &str) -> Result<Option<String>> {
    let query = "<query xmlns='http://jabber.org/protocol/muc#owner'/>";
    let answer = house.owner.iq_ok("get", &house.room, query).await?;
    let field = answer.find_all("field").into_iter().find(|it| it.attr("var") == Some(key));
    // COMPAT: Prosody 0.12 leaves the value of a flag out that is not set.
    let value = field.map(|it| it.child("value").map_or_else(|| "0".to_owned(), |it| it.text.clone()));
    Ok(value.map(|it| it.replace("true", "1").replace("false", "0")))
}

async fn until_hush_is(house: &House, value: &str) -> Result<()> {
    for _ in 0..300 {
        if field(house, HUSH[0].0).await?.as_deref() == Some(value) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("the room never became moderated = {value}")
}

async fn a_raid_is_taken_back_form_and_all(kind: Kind) -> Result<()> {
    let house = House::build(kind, Options::default(), "").await?;
    let room = house.room.clone();
    house.owner.set_affiliation(&room, "keeper@localhost", "owner").await?;
    house.owner.configure(&room, &[(HUSH[0].0, "0")]).await?;
    let before: Vec<Option<String>> = vec![field(&house, HUSH[1].0).await?, field(&house, HUSH[2].0).await?];
    let dir = tempfile::tempdir()?;
    let bot = wake(&house, dir.path()).await?;
    let alice = house.person("alice").await?;
    let mallory = house.person("mallory").await?;

    alice.say("raid").await?;
    until_hush_is(&house, "1").await.context("the hush")?;
    let during = field(&house, HUSH[1].0).await?;
    assert_eq!(during, before[0].as_ref().map(|_| "0".to_owned()), "what a server does not offer is left alone");
    alice.say("mute me").await?;
    house.owner.expect("alice muted", has_role(&room, "alice", "visitor")).await?;
    mallory.say("ban me").await?;
    let gone = mallory.expect("the ban", is_away(&room, "mallory")).await?;
    let reason = gone.find("reason").map(|it| it.text.clone());
    assert_eq!(reason.as_deref(), Some("as you wish [case #1]"));

    mallory.chat("keeper@localhost", "why").await?;
    let is_answer = |it: &Element| it.body().is_some_and(|it| it.contains("you were banned") && it.contains("#1"));
    mallory.expect("why", is_answer).await?;

    house.owner.forget();
    house.owner.say("!undo 1").await?;
    house.owner.expect_message_from("domovoi", "Case #1 is taken back (").await?;
    house.owner.expect("alice with a voice", has_role(&room, "alice", "participant")).await?;
    let told: Vec<String> = house.owner.remembered().iter().filter_map(|it| it.body().map(str::to_owned)).collect();
    until_hush_is(&house, "0").await.with_context(|| format!("the end of the hush: {told:?}"))?;
    let after: Vec<Option<String>> = vec![field(&house, HUSH[1].0).await?, field(&house, HUSH[2].0).await?];
    assert_eq!(after, before);
    mallory.join(&room, "mallory").await?;
    house.owner.say("!undo 1").await?;
    house.owner.expect_message_from("domovoi", "was taken back by olga").await?;
    bot.stop().await;
    Ok(())
}
