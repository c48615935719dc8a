//! What is written down while the bot lives: a copy that is made meanwhile, and a disk that is full for a while.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write as _,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use domovoi::store::{
    State, StateOptions, Tree,
    records::{From, Reader},
};
use domovoi_stage::{
    bot::http_get,
    person::Person,
    ports::Port,
    server::{Kind, Options},
    xml::Element,
};

use crate::house::House;

/// How often each word is in the records below this folder.
fn n_written(data: &Path, room: &str, text: &str) -> Result<usize> {
    let mut n = 0;
    for record in Reader::open(&data.join("records"), &room.parse()?, &From::Start)? {
        n += usize::from(record?.body.as_deref() == Some(text));
    }
    Ok(n)
}

/// The copy has everything that was said before it was asked for, though people talk on.
#[tokio::test]
async fn copy_is_made_while_people_talk() -> Result<()> {
    let mut house = House::build(Kind::Prosody, Options::default(), "records = \"full\"\n").await?;
    house.wake().await?;
    let (alice, boss) = (house.person("alice").await?, house.person("boss").await?);
    boss.say("!access set alice@localhost moderator").await?;
    boss.expect_message_from("domovoi", "alice@localhost").await?;
    for n in 0..20 {
        alice.say_heard(&format!("before {n}.")).await?;
    }
    // What the bot answers comes after what it has heard.
    boss.say("!ping").await?;
    boss.expect_message_from("domovoi", "pong").await?;
    let copy = house.bot.dir().join("copy");
    let copy_name = copy.to_str().context("UTF-8")?.to_owned();
    let talk = async {
        for n in 0.. {
            alice.say_heard(&format!("meanwhile {n}.")).await?;
        }
        anyhow::Ok(())
    };
    let create = ["backup", "create", &copy_name];
    let made = tokio::select! {
        made = house.bot.verb(&create) => made?,
        talked = talk => return talked,
    };
    ensure!(made.status.success(), "{made:?}\n{}", house.bot.log_tail());
    let verified = house.bot.verb(&["backup", "verify", &copy_name]).await?;
    ensure!(verified.status.success(), "{verified:?}");
    house.bot.stop(Duration::from_secs(10)).await?;
    let data = house.bot.data_dir();
    fs::rename(&data, house.bot.dir().join("old"))?;
    let restored = house.bot.verb(&["backup", "restore", &copy_name]).await?;
    ensure!(restored.status.success(), "{restored:?}");
    for n in 0..20 {
        let text = format!("before {n}.");
        ensure!(n_written(&data, &house.room, &text)? == 1, "{text} is not in the copy once");
    }
    house.owner.forget();
    house.wake().await?;
    let told =
        boss.expect("the level", |it| it.kind() == "chat" && it.body().is_some_and(|it| it.contains("moderator")));
    boss.private("domovoi", "access alice@localhost").await?;
    told.await.map(drop).with_context(|| house.bot.log_tail())
}

/// A small disk, gone when dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: &Path) -> Result<Option<Self>> {
        fs::create_dir_all(at)?;
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=32m", "tmpfs"]).arg(at).output();
        Ok(mounted.is_ok_and(|it| it.status.success()).then(|| Self(at.to_owned())))
    }

    /// Takes all the space that is left.
    fn fill(&self) -> Result<()> {
        let mut file = File::create(self.0.join("filler"))?;
        while file.write_all(&[1; 4096]).is_ok() {}
        while file.write_all(&[1]).is_ok() {}
        Ok(())
    }

    fn free(&self) -> Result<()> {
        Ok(fs::remove_file(self.0.join("filler"))?)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily, since a failing test may still have files open there. If it fails, it is there until the machine ends.
        Command::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}

/// What `/metrics` says of the store, by name.
async fn figures(pages: SocketAddr) -> Result<BTreeMap<String, f64>> {
    let (_, text) = http_get(pages, "/metrics").await?;
    let lines = text.lines().filter_map(|it| it.strip_prefix("domovoi_store{name=\"")?.split_once("\"} "));
    lines.map(|(name, value)| Ok((name.to_owned(), value.parse()?))).collect()
}

fn is_complaint(it: &Element) -> bool {
    it.kind() == "chat" && it.body().is_some_and(|it| it.contains("I cannot write down"))
}

#[tokio::test]
async fn bot_moderates_on_while_the_disk_is_full() -> Result<()> {
    let more = "records = \"full\"\n[rooms.\"garden@conference.localhost\".plugins]\nguard = { preset = \"public\" }\n";
    let mut house = House::build(Kind::Prosody, Options::default(), more).await?;
    let port = Port::claim()?;
    let pages = SocketAddr::from((Ipv4Addr::LOCALHOST, port.number()));
    house.bot.write_config(&format!("{}[web]\nlisten = \"{pages}\"\n", fs::read_to_string(house.bot.config())?))?;
    let Some(disk) = Disk::mount(&house.bot.data_dir())? else {
        println!("no tmpfs can be mounted here: the failures that are injected below the store stand for this");
        return Ok(());
    };
    let boss = Person::connect(&house.server, "boss").await?;
    house.wake().await?;
    boss.join(&house.room, "boss").await?;
    disk.fill()?;
    let give = async |name: &str| {
        boss.say(&format!("!access set {name}@localhost member")).await?;
        let given = boss.expect_message_from("domovoi", &format!("{name}@localhost")).await;
        given.map(drop).with_context(|| house.bot.log_tail())
    };
    for name in ["anna", "berta", "clara"] {
        give(name).await?;
    }
    let mallory = house.person("mallory").await?;
    for n in 0..10 {
        mallory.say(&format!("BUY NOW cheap pills http://spam.example/{n}")).await?;
    }
    let is_out = |it: &Element| {
        it.name == "presence"
            && it.nick() == "mallory"
            && (it.kind() == "unavailable" || it.item("role") == Some("visitor"))
    };
    boss.expect("the flooder loses their voice", is_out).await.with_context(|| house.bot.log_tail())?;
    boss.expect("the owner is told", is_complaint).await.with_context(|| house.bot.log_tail())?;
    boss.nothing_like("second complaint", is_complaint)?;
    house.bot.expect_log("records cannot be written, they are dropped").await?;
    let full = figures(pages).await?;
    ensure!(full["state_writable"] == 0.0 && 0.0 < full["state_pending"], "{full:?}");
    ensure!(full["records_writable"] == 0.0 && 0.0 < full["records_dropped"], "{full:?}");
    disk.free()?;
    house.bot.expect_log("the state is written again").await?;
    house.bot.expect_log("records are written again").await?;
    let free = figures(pages).await?;
    ensure!(free["state_writable"] == 1.0 && free["state_pending"] == 0.0, "{free:?}");
    ensure!(free["records_writable"] == 1.0 && 0.0 < free["records_dropped"], "what was lost stays counted: {free:?}");
    boss.say_heard("after all").await?;
    give("dora").await?;
    let status = house.bot.stop(Duration::from_secs(10)).await?;
    ensure!(status.success(), "it ended with {status}");
    let data = house.bot.data_dir();
    ensure!(n_written(&data, &house.room, "after all")? == 1, "records are not written");
    let (state, _) = State::open(&data.join("state"), StateOptions::default())?;
    let keys = state.scan(Tree::Access, "", 1_000).await?;
    for name in ["anna", "berta", "clara", "dora"] {
        let is_kept = keys.iter().any(|(key, _)| String::from_utf8_lossy(key).ends_with(&format!("{name}@localhost")));
        ensure!(is_kept, "what {name} was given is gone");
    }
    state.close().await;
    Ok(())
}
