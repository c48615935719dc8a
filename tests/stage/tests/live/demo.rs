//! The demo as a whole, with a puppet in the bot's place: what it shows, and what it ends with.
//!
//! The child process that the demo starts does nothing; the puppet reads the configuration that the demo wrote, sits in
//! the room as the bot would, and serves the control socket.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use domovoi_stage::person::Ticket;
use domovoi_stage::{Element, Person};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::broadcast;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Messages of one person after which the puppet acts.
const PATIENCE: usize = 8;

fn quoted(config: &str, key: &str) -> String {
    let line = config.lines().find_map(|it| it.strip_prefix(key)).unwrap();
    line.split('"').nth(1).unwrap().to_owned()
}

/// The folder that the demo makes for its bot, once the configuration is in it.
async fn bot_dir(tmp: &Path) -> (PathBuf, String) {
    loop {
        let dirs = fs::read_dir(tmp).unwrap().map(|it| it.unwrap().path());
        let configs = dirs.filter(|it| it.to_string_lossy().contains("domovoi-")).map(|it| it.join("domovoi.toml"));
        for config in configs {
            if let Some(text) = fs::read_to_string(&config).ok().filter(|it| it.contains("[web]")) {
                return (config.parent().unwrap().to_owned(), text);
            }
        }
        sleep(Duration::from_millis(10)).await;
    }
}

async fn puppet(tmp: PathBuf) {
    let (dir, config) = bot_dir(&tmp).await;
    let address: SocketAddr = quoted(&config, "address = ").parse().unwrap();
    let (domain, user, password) = ("localhost".into(), "domovoi".into(), quoted(&config, "password = "));
    let patience = Duration::from_secs(10);
    let ticket = Ticket { address, domain, user, password, resource: "bot".into(), backlog: 1000, patience };
    let bot = Person::log_in(ticket).await.unwrap();
    let room = config.lines().find_map(|it| it.strip_prefix("[rooms.\"")?.strip_suffix("\"]")).unwrap().to_owned();
    let (tell, _) = broadcast::channel(1000);
    fs::create_dir_all(dir.join("data")).unwrap();
    let listener = UnixListener::bind(dir.join("data/control.sock")).unwrap();
    let mut serving = JoinSet::new();
    let telling = tell.clone();
    serving.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            connections.spawn(serve(stream, telling.subscribe()));
        }
    });
    bot.join(&room, "domovoi").await.unwrap();
    guard(&bot, &room, &tell).await;
}

async fn serve(stream: UnixStream, mut told: broadcast::Receiver<Value>) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    let request: Value = serde_json::from_str(&line).unwrap();
    if request == json!({"do": "status"}) {
        stream.write_all(b"{\"ok\":true}\n").await.unwrap();
        return;
    }
    assert_eq!(request, json!({"do": "watch"}));
    while let Ok(event) = told.recv().await {
        stream.write_all(format!("{event}\n").as_bytes()).await.unwrap();
    }
}

async fn guard(bot: &Person, room: &str, tell: &broadcast::Sender<Value>) {
    // Before somebody watches there is nobody to tell.
    let tell = |event: Value| drop(tell.send(event));
    let mut said: Vec<String> = Vec::new();
    let is_speech = |it: &Element| it.kind() == "groupchat" && it.body().is_some() && it.nick() != "domovoi";
    while let Ok(message) = bot.expect("speech", is_speech).await {
        let (nick, text) = (message.nick().to_owned(), message.body().unwrap().to_owned());
        tell(json!({"what": "message", "nick": nick, "text": text}));
        if text.starts_with('!') {
            bot.say("here you are").await.unwrap();
            tell(json!({"what": "answer", "nick": nick, "text": "here you are", "ms": 0.5}));
        }
        said.push(nick.clone());
        if said.iter().filter(|it| **it == nick).count() == PATIENCE {
            tell(json!({"what": "verdict", "nick": nick, "rule": "rate", "score": 9, "action": "mute"}));
            bot.set_role(room, &nick, "visitor").await.unwrap();
            tell(json!({"what": "result", "nick": nick, "action": "mute", "result": "done", "ms": 2}));
        }
    }
}

async fn demo(puppet_plays: bool) -> Output {
    let tmp = tempfile::tempdir().unwrap();
    fs::set_permissions(tmp.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let binary = tmp.path().join("bot");
    fs::write(&binary, "#!/bin/sh\ntrap 'exit 0' TERM\necho here >&2\nwhile :; do sleep 0.1; done\n").unwrap();
    fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).unwrap();
    let mut playing = JoinSet::new();
    if puppet_plays {
        playing.spawn(puppet(tmp.path().to_owned()));
    } else {
        fs::write(&binary, "#!/bin/sh\necho out of order >&2\nexit 2\n").unwrap();
    }
    let mut demo = tokio::process::Command::new(env!("CARGO_BIN_EXE_demo"));
    demo.arg("--once").arg(&binary).env("TMPDIR", tmp.path()).env("DOMOVOI_DEMO_BEAT_MS", "100").kill_on_drop(true);
    demo.output().await.unwrap()
}

#[tokio::test]
async fn the_demo_shows_what_happens_and_leaves_well() {
    let output = demo(true).await;
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    for part in [
        "── people talk",
        "saw      alice: good evening",
        "said     to alice: here you are  0.5 ms",
        "decided  CheapMeds: rate, score 9 → mute",
        "server   mute CheapMeds: done  2.0 ms",
        "left in peace",
        "good: the spammer was stopped and nobody else was touched",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "colours without a terminal");
}

#[tokio::test]
async fn the_demo_says_why_when_the_bot_does_not_come() {
    let output = demo(false).await;
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("the bot ended with exit status: 2"), "{text}");
}
