//! `/health` and `/metrics` of a bot at work: each figure is there, and moves with what it counts.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use domovoi_stage::{
    bot::http_get,
    ports::Port,
    proxy::{Mode, Proxy},
    server::{Kind, Options},
};

use crate::house::House;

/// The sum of all lines that begin like this; `None` if there is none.
fn figure(text: &str, line: &str) -> Option<f64> {
    let values = text.lines().filter_map(|it| it.strip_prefix(line)?.split(' ').next_back()?.parse::<f64>().ok());
    values.reduce(|sum, it| sum + it)
}

/// Waits until a figure is this.
async fn until(pages: SocketAddr, line: &str, expected: f64) -> Result<()> {
    for _ in 0..600 {
        if figure(&http_get(pages, "/metrics").await?.1, line) == Some(expected) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("{line} is not {expected} but {:?}", figure(&http_get(pages, "/metrics").await?.1, line))
}

/// A plugin that fails whenever it is called.
const BROKEN: &str = "return { name = 'broken', api = 1,\n  commands = { { name = 'fail', run = function(cx) error('as \
                      it should') end } } }\n";

#[tokio::test]
async fn figures_of_a_bot_at_work_move() -> Result<()> {
    let more = "[rooms.\"garden@conference.localhost\".plugins]\nguard = { preset = \"public\" }\nbroken = true\n";
    let mut house = House::build(Kind::Prosody, Options::default(), more).await?;
    let proxy = Proxy::start(house.server.address()).await?;
    let port = Port::claim()?;
    let pages = SocketAddr::from((Ipv4Addr::LOCALHOST, port.number()));
    let folder = house.bot.dir().join("plugins/broken");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("init.lua"), BROKEN)?;
    let config = fs::read_to_string(house.bot.config())?;
    let config = config.replace(&house.server.address().to_string(), &proxy.address().to_string());
    let config = config.replace("data_dir", "plugin_dirs = [\"plugins\"]\ndata_dir");
    house.bot.write_config(&format!("{config}[web]\nlisten = \"{pages}\"\n"))?;
    house.wake().await?;
    house.order(&house.owner, "!ping", "pong").await?;
    ensure!(http_get(pages, "/health").await? == (200, "ok".to_owned()));
    // Some figures are written once a second.
    until(pages, "domovoi_rooms_joined{name=\"main\"}", 1.0).await?;

    let before = http_get(pages, "/metrics").await?.1;
    let alice = house.person("alice").await?;
    house.order(&house.owner, "!ping alice", "alice answered within").await?;
    house.order(&house.owner, "!fail", "").await?;
    let mallory = house.person("mallory").await?;
    for n in 0..12 {
        mallory.say(&format!("BUY NOW cheap pills {n} http://spam.example/{n}")).await?;
    }
    let is_out = |it: &domovoi_stage::xml::Element| {
        it.name == "presence" && it.nick() == "mallory" && it.item("role") != Some("participant")
    };
    alice.expect("the flooder loses their voice", is_out).await.with_context(|| house.bot.log_tail())?;
    house.order(&house.owner, "!ping", "pong").await?;
    let after = http_get(pages, "/metrics").await?.1;
    for line in [
        "domovoi_account_online{name=\"main\"}",
        "domovoi_rooms_joined{name=\"main\"}",
        "domovoi_queue_depth{name=\"commands\"}",
        "domovoi_queue_depth{name=\"records\"}",
        "domovoi_queue_depth{name=\"guard\"}",
        "domovoi_queue_drops_total{name=\"commands\"}",
        "domovoi_store{name=\"state_writable\"}",
        "domovoi_store{name=\"records_writable\"}",
    ] {
        ensure!(figure(&after, line).is_some(), "no {line} in\n{after}");
    }
    for line in [
        "domovoi_events_total{name=\"join\"}",
        "domovoi_events_total{name=\"message\"}",
        "domovoi_plugin_seconds_count{name=\"core\"}",
        "domovoi_plugin_faults_total{name=\"broken\"}",
        "domovoi_guard_seconds_count",
        "domovoi_guard_decisions_total{plugin=\"guard\"",
        "domovoi_acts_total{plugin=\"guard\"",
        "domovoi_iq_seconds_count",
        "domovoi_commands_total{name=\"ping\"}",
        "domovoi_store{name=\"records_written\"}",
    ] {
        let risen = figure(&before, line).unwrap_or_default() < figure(&after, line).unwrap_or_default();
        ensure!(risen, "{line} has not risen in\n{after}");
    }
    ensure!(figure(&after, "domovoi_account_online{name=\"main\"}") == Some(1.0), "{after}");

    proxy.set(Mode::Refuse).await?;
    proxy.cut();
    house.bot.expect_log_with(&["offline"]).await?;
    let (code, why) = http_get(pages, "/health").await?;
    ensure!(code == 503 && why.starts_with("account main is not online: "), "{code}: {why}");
    until(pages, "domovoi_account_online{name=\"main\"}", 0.0).await?;
    until(pages, "domovoi_rooms_joined{name=\"main\"}", 0.0).await?;
    house.bot.stop(Duration::from_secs(10)).await?;
    Ok(())
}
