//! Options of a plugin, changed by chat: within their bounds, and in force at once; secrets are nobody's to see.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use super::living::{CONFIG, scene};
use crate::host::testing::{GARDEN, Scene};

const OWNER: &str = "juliet@capulet.example";

const TEXT: &str = r#"return { name = "hello", api = 1,
    options = {
        text = { type = "string", default = "hi", max = 5, help = "What." },
        times = { type = "number", default = 3, min = 1, max = 9 },
        loud = { type = "boolean" },
        wait = { type = "duration", default = "10s", min = "1s", max = "1h" },
        how = { type = "choice", choices = { "fast", "slow" }, default = "slow" },
        key = { type = "secret", default = "spare-key", help = "The key of the service." },
    },
    commands = { { name = "show", run = function(cx)
        local o = cx.option
        cx:say(`{o.text} {o.times} {o.loud} {o.wait} {o.how} {#o.key}`)
    end } } }"#;

/// Sets it in the room, and gives what was answered.
async fn set(scene: &Scene, name: &str, value: &str) -> String {
    scene.say("romeo", &format!("!plugin set hello.{name} {value}")).await.join("\n")
}

#[tokio::test]
async fn values_are_bounded_by_their_type_and_hold_at_once() {
    let scene = scene(&[("hello", TEXT)]).await;
    assert_eq!(scene.say("alice", "!show").await, ["hi 3 false 10 slow 9"]);
    for (name, value, why) in [
        ("text", "too long", "text, at most 5 characters"),
        ("times", "0", "a whole number from 1 to 9"),
        ("times", "10", "a whole number from 1 to 9"),
        ("times", "1.5", "a whole number from 1 to 9"),
        ("times", "many", "a whole number from 1 to 9"),
        ("loud", "maybe", "true or false"),
        ("wait", "2h", "a duration from 1s to 1h"),
        ("wait", "soon", "a duration from 1s to 1h"),
        ("how", "later", "one of fast, slow"),
    ] {
        let said = set(&scene, name, value).await;
        assert_eq!(said, format!("romeo: {name} cannot be “{value}”: it is {why}."));
    }
    assert_eq!(scene.say("alice", "!show").await, ["hi 3 false 10 slow 9"], "nothing was changed");
    for (name, value) in [("text", "\"hey\""), ("times", "9"), ("loud", "on"), ("wait", "1h"), ("how", "fast")] {
        let said = set(&scene, name, value).await;
        assert!(said.starts_with(&format!("romeo: hello.{name} = ")), "{name} = {value}: {said}");
    }
    assert_eq!(scene.say("alice", "!show").await, ["hey 9 true 3600 fast 9"]);
    let said = scene.say("romeo", "!plugin get hello.times").await.join("\n");
    assert!(said.contains("hello.times = 9") && said.contains('1') && said.contains("by chat"), "{said}");
    let said = scene.say("alice", "!plugin set hello.times 2").await.join("\n");
    assert!(said.contains("at least the level"), "{said}");
    scene.say("romeo", "!plugin unset hello.times").await;
    assert_eq!(scene.say("alice", "!show").await, ["hey 3 true 3600 fast 9"]);
}

/// What is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn secrets_are_shown_to_nobody_and_nowhere() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
    let _guard = tracing::subscriber::set_default(subscriber.with_writer(move || writer.clone()).finish());
    let scene = scene(&[("hello", TEXT)]).await;
    let mut said = Vec::new();
    said.extend(scene.direct(OWNER, "plugin set hello.key sesame-general").await);
    said.extend(scene.direct("romeo@romeo.example", &format!("{GARDEN} plugin set hello.key sesame-here")).await);
    assert_eq!(scene.say("alice", "!show").await, ["hi 3 false 10 slow 11"], "the plugin has it");
    said.extend(scene.say("romeo", "!plugin get hello").await);
    said.extend(scene.say("romeo", "!plugin get hello.key").await);
    said.extend(scene.say("romeo", "!plugin help hello").await);
    said.extend(scene.direct(OWNER, "plugin get hello").await);
    said.extend(scene.direct(OWNER, "config diff").await);
    // In a file it may stand too, and be of another type than it should.
    scene.write_config(&CONFIG.replace("[plugins.hello]", "[plugins.hello]\nkey = \"sesame-file\""));
    scene.host.reload().await.unwrap();
    said.extend(scene.direct(OWNER, "config diff").await);
    said.extend(scene.say("romeo", "!plugin unset hello.key").await);
    said.extend(scene.say("romeo", "!plugin get hello.key").await);
    said.push(format!("{:?}", scene.host.live.config()));
    scene.host.fault(&"hello".parse().unwrap(), None, "test", "broken");
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("plugin failed: broken"), "it is this log: {log}");
    said.push(log);
    let masked = said.iter().filter(|it| it.contains("********")).count();
    assert!(6 <= masked, "{said:#?}");
    for it in &said {
        assert!(!it.contains("sesame") && !it.contains("spare-key"), "{it}");
    }
}
