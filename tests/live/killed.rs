//! The bot is killed at any moment, again and again, while people talk and an owner changes things: what it said was done
//! is done, and its records have every message once.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use domovoi::store::{
    State, StateOptions, Tree,
    records::{From, Reader},
};
use domovoi_plugin::RecordKind;
use domovoi_stage::{
    person::Person,
    server::{Kind, Options},
    xml::Element,
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::time::{sleep, timeout};

use crate::house::House;

const KEEPER: &str = "keeper@localhost";
/// So long after its start the bot is killed at the latest. It is in the room after a third of that, so that it is killed
/// while it opens its store, logs in, enters, reads what it missed, and lives.
const LATEST: Duration = Duration::from_millis(1_500);
/// The first time it is in the room already, and has this long to write down that it is.
const FIRST: Duration = Duration::from_millis(100);
/// Between two messages of a person.
const BETWEEN: Duration = Duration::from_millis(40);

/// Who is given a level by an answer of the bot.
fn named(answer: &Element) -> Option<String> {
    let body = answer.body().filter(|_| answer.kind() == "chat" && answer.from_bare() == KEEPER)?;
    body.split_whitespace().find(|it| it.ends_with("@localhost")).map(str::to_owned)
}

/// Gives levels, one after the other, for ever.
async fn orders(boss: &Person, n: &mut usize) -> Result<()> {
    loop {
        *n += 1;
        let name = format!("p{n}@localhost");
        boss.chat(KEEPER, &format!("access set {name} member")).await?;
        // Nobody answers while the bot is down.
        let answer = boss.see("the answer", |it| named(it).as_deref() == Some(&name));
        timeout(Duration::from_millis(200), answer).await.ok();
    }
}

/// Talks for ever; each message that the room has passed on is noted.
async fn talk(person: &Person, name: &str, said: &mut Vec<String>) -> Result<()> {
    for n in 0.. {
        let text = format!("{name} says {n}.");
        person.say_heard(&text).await?;
        said.push(text);
        sleep(BETWEEN).await;
    }
    Ok(())
}

async fn killed_again_and_again(kind: Kind, n_kills: usize) -> Result<()> {
    let seed: u64 = rand::random();
    println!("seed: {seed}");
    let mut dice = StdRng::seed_from_u64(seed);
    let options = Options { resumption: Duration::from_secs(2), ..Options::default() };
    let mut house = House::build(kind, options, "records = \"full\"\n").await?;
    let (alice, bob) = (house.person("alice").await?, house.person("bob").await?);
    let boss = Person::connect(&house.server, "boss").await?;
    house.owner.leave(&house.room).await?;
    house.bot.launch()?;
    house.bot.expect_log_with(&[" joined "]).await?;
    let (mut by_alice, mut by_bob, mut n_orders, mut done) = (Vec::new(), Vec::new(), 0, BTreeSet::new());
    {
        let kills = async {
            for n in 0..n_kills {
                let at = dice.random_range(if n == 0 { FIRST } else { Duration::ZERO }..LATEST);
                // The moment is chance; nothing is waited for.
                tokio::select! {
                    () = sleep(at) => (),
                    failed = orders(&boss, &mut n_orders) => failed?,
                }
                house.bot.kill().await?;
                boss.iq("get", "localhost", "<ping xmlns='urn:xmpp:ping'/>").await?;
                done.extend(boss.remembered().iter().filter_map(named));
                boss.forget();
                house.bot.forget_log();
                house.bot.launch()?;
            }
            house.bot.expect_log_with(&[" joined "]).await?;
            anyhow::Ok(())
        };
        tokio::select! {
            killed = kills => killed.with_context(|| format!("seed {seed}"))?,
            talked = talk(&alice, "alice", &mut by_alice) => talked?,
            talked = talk(&bob, "bob", &mut by_bob) => talked?,
        }
    }
    let said: Vec<String> = by_alice.into_iter().chain(by_bob).collect();
    println!("{kind:?}: {} messages, {} of {n_orders} orders were answered", said.len(), done.len());
    ensure!(n_kills < said.len() && n_kills / 2 < done.len(), "the bot had next to nothing to do");
    let log = || format!("seed {seed}; the bot's log:\n{}", house.bot.log_tail());
    house.bot.expect_log_with(&["the gap is filled"]).await.with_context(log)?;
    let data = house.bot.data_dir();
    house.bot.stop(Duration::from_secs(10)).await?;
    each_is_there_once(&data, &house.room, &said).with_context(|| format!("seed {seed}"))?;
    levels_are_given(&data, &done).await.with_context(|| format!("seed {seed}"))
}

fn each_is_there_once(data: &Path, room: &str, said: &[String]) -> Result<()> {
    let (mut written, mut last) = (BTreeMap::<String, usize>::new(), 0);
    for record in Reader::open(&data.join("records"), &room.parse()?, &From::Start)? {
        let record = record?;
        let seq = record.seq.context("a record without a number")?;
        ensure!(last < seq, "{seq} comes after {last}");
        last = seq;
        if let (RecordKind::Message, Some(body)) = (record.kind, record.body) {
            *written.entry(body).or_default() += 1;
        }
    }
    let wrong: Vec<(&String, usize)> =
        said.iter().map(|it| (it, written.get(it).copied().unwrap_or(0))).filter(|it| it.1 != 1).collect();
    ensure!(wrong.is_empty(), "{} of {} messages are not written once: {wrong:?}", wrong.len(), said.len());
    Ok(())
}

async fn levels_are_given(data: &Path, done: &BTreeSet<String>) -> Result<()> {
    let (state, _) = State::open(&data.join("state"), StateOptions::default())?;
    let keys = state.scan(Tree::Access, "", 100_000).await?;
    let keys: Vec<String> = keys.into_iter().map(|it| String::from_utf8(it.0)).collect::<Result<_, _>>()?;
    let missing: Vec<&String> = done.iter().filter(|name| !keys.iter().any(|key| key.ends_with(*name))).collect();
    ensure!(missing.is_empty(), "{} of {} answered orders are gone: {missing:?}", missing.len(), done.len());
    state.close().await;
    Ok(())
}

#[tokio::test]
async fn killed_fifty_times_it_has_kept_its_word_on_prosody() -> Result<()> {
    killed_again_and_again(Kind::Prosody, 50).await
}

#[tokio::test]
async fn killed_ten_times_it_has_kept_its_word_on_ejabberd() -> Result<()> {
    killed_again_and_again(Kind::Ejabberd, 10).await
}
