//! What people can throw at a bot through a room.

use std::{fmt::Write as _, fs, time::Duration};

use anyhow::{Context as _, Result, ensure};
use domovoi_stage::{
    person::{Person, Ticket},
    server::{Kind, Options},
};

use super::Scene;

/// How long a server may take for all of a burst.
const WHOLE_BURST: Duration = Duration::from_secs(60);

/// Most of this never reaches the bot on one server or the other; what does must neither end it, nor its connection,
/// nor hide who sent it.
async fn hostile_stanzas_change_nothing(kind: Kind) -> Result<()> {
    let scene = Scene::awake(kind, Options::default()).await?;
    let room = &scene.room;
    let message = |inside: &str| format!("<message type='groupchat' to='{room}' id='x'>{inside}</message>");
    let deep = |n: usize| message(&format!("<body>deep</body>{}{}", "<a xmlns='urn:x'>".repeat(n), "</a>".repeat(n)));
    let mut wide = String::new();
    for n in 0..5_000 {
        write!(wide, "<a xmlns='urn:x' n='{n}'/>")?;
    }
    let stanzas = [
        deep(3_000),
        message("<body>two</body><thread>1</thread><thread>2</thread>"),
        message("stray<body>text</body>text"),
        message(&format!("<body>wide</body>{wide}")),
        message("<body>unknown</body><x xmlns='http://jabber.org/protocol/muc#user'><status code='999'/></x>"),
        message("<body>long</body>").replace("'x'", &format!("'{}'", "i".repeat(9_000))),
        format!("<presence to='{room}/NICK'><show>bogus</show><show>away</show><priority>high</priority></presence>"),
    ];
    for (n, stanza) in stanzas.iter().enumerate() {
        // Each from somebody else: a server may well close the stream of whoever says such a thing.
        let nick = format!("mallory{n}");
        let mallory = Person::enter(Ticket::new(&scene.server, &nick)).await?;
        mallory.join(room, &nick).await?;
        mallory.send_raw(&stanza.replace("NICK", &nick)).await?;
        scene.echoes(&format!("unmoved by {n}.")).await?;
        if mallory.settle(room).await.is_ok() {
            scene.boss.say(&format!("!who {nick}")).await?;
            let seen = scene
                .boss
                .expect("the answer", |it| it.kind() == "chat" && it.body().is_some_and(|it| it.contains(&nick)));
            let seen = seen.await;
            seen.with_context(|| format!("after {n}\n{}", scene.tail()))?;
        }
    }
    invalid_iqs_are_answered(&scene).await?;
    ensure!(scene.proxy.counts().n_accepted == 1, "it reconnected: {:?}\n{}", scene.proxy.counts(), scene.tail());
    Ok(())
}

async fn invalid_iqs_are_answered(scene: &Scene) -> Result<()> {
    let to = format!("{}/domovoi", scene.room);
    for payload in [
        "",
        "<a xmlns='urn:x'/><b xmlns='urn:x'/>",
        "<query xmlns='jabber:iq:version'>text</query>",
        "<query xmlns='http://jabber.org/protocol/disco#info'><feature/></query>",
    ] {
        let answer = scene.boss.iq("get", &to, payload).await.with_context(|| scene.tail())?;
        let is_answered = answer.kind() == "result" || answer.condition().is_some_and(|it| !it.is_empty());
        ensure!(is_answered, "{payload}: {answer}");
    }
    let twice = scene.boss.iq("get", &to, "<a xmlns='urn:x'/><b xmlns='urn:x'/>").await?;
    ensure!(twice.condition() == Some("bad-request"), "{twice}");
    Ok(())
}

#[tokio::test]
async fn hostile_stanzas_change_nothing_on_prosody() -> Result<()> {
    hostile_stanzas_change_nothing(Kind::Prosody).await
}

#[tokio::test]
async fn hostile_stanzas_change_nothing_on_ejabberd() -> Result<()> {
    hostile_stanzas_change_nothing(Kind::Ejabberd).await
}

/// Resident memory in KiB.
fn resident(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// ejabberd ends the stream of a client to which so many unacknowledged stanzas are under way, 5,000 as shipped, and hears
/// no acknowledgement, however soon it comes, while it has others in line for it. Without a shaper they come that fast.
const PATIENT: &str =
    "  mod_stream_mgmt: { resend_on_timeout: if_offline, resume_timeout: 300, max_ack_queue: 100000 }\n";

/// Private messages, because the room passes them on faster than what it has to tell everybody.
async fn burst_neither_stalls_nor_swells(kind: Kind) -> Result<()> {
    let n_messages = 20_000;
    let mut options = Options { archive: false, ..Options::default() };
    if kind == Kind::Ejabberd {
        (options.without, options.extra) = (vec!["mod_stream_mgmt".to_owned()], PATIENT.to_owned());
    }
    let mut scene = Scene::awake(kind, options).await?;
    let pid = scene.bot.id().context("the bot has ended")?;
    let before = resident(pid)?;
    let mut mallory = Person::connect(&scene.server, "mallory").await?;
    mallory.join(&scene.room, "mallory").await?;
    let one = format!("<message type='chat' to='{}/domovoi'><body>{}</body></message>", scene.room, "x".repeat(400));
    for _ in 0..n_messages / 100 {
        mallory.send_raw(&one.repeat(100)).await?;
    }
    mallory.patience = WHOLE_BURST;
    mallory.settle(&scene.room).await?;
    scene.boss.patience = WHOLE_BURST;
    scene.echoes("at the end of it").await?;
    let grown = resident(pid)?.saturating_sub(before);
    ensure!(grown < 24 * 1024, "grown by {grown} KiB");
    ensure!(scene.proxy.counts().n_accepted == 1, "it reconnected\n{}", scene.tail());
    Ok(())
}

#[tokio::test]
async fn burst_neither_stalls_nor_swells_on_prosody() -> Result<()> {
    burst_neither_stalls_nor_swells(Kind::Prosody).await
}

#[tokio::test]
async fn burst_neither_stalls_nor_swells_on_ejabberd() -> Result<()> {
    burst_neither_stalls_nor_swells(Kind::Ejabberd).await
}
