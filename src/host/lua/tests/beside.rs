//! Every attack as a command of one plugin: it ends as a fault, and meanwhile another plugin answers as ever.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::Plugin;

use super::{
    super::{LuaPlugin, limits::Limits},
    attacks::{BOUNDS, BURGLARY, GREED, LOOPS, SEARCHES},
    hosting::named,
    living::{CONFIG, command},
    loading::code,
};
use crate::{clock::Stopwatch, host::testing::Scene};

/// How soon whoever asks another plugin has their answer.
const SOON: Duration = Duration::from_millis(50);
/// Who ask, one after the other: the same person would be taken for a flooder.
const PEOPLE: &[&str] = &["bob", "nurse", "peter", "romeo", "mercutio"];

/// How long each of them waited for an answer, and whether the attack still went on when the first had theirs.
async fn attacked(attack: &str) -> (Vec<Duration>, bool) {
    let limits = Limits { handler: Duration::from_millis(150), load: Duration::from_secs(10), ..Limits::default() };
    let ping = named("other", "pong").replace("name = 'other', run", "name = 'pong', run");
    let mut plugins: Vec<Arc<dyn Plugin>> = Vec::new();
    for (name, text) in [("hello", command(attack)), ("other", ping)] {
        plugins.push(Arc::new(LuaPlugin::of_code(code(name, &text), limits).await.unwrap()));
    }
    let scene = Scene::with(CONFIG, plugins).await;
    // The threads of both are there before anything is measured.
    scene.say("juliet", "!pong").await;
    scene.say_and_leave("alice", "!x");
    tokio::task::yield_now().await;
    let (mut waits, mut outlasts) = (Vec::new(), false);
    for nick in PEOPLE {
        let watch = Stopwatch::start();
        scene.say_and_leave(nick, "!pong");
        while !scene.stage.said().iter().any(|it| it == "pong") {
            tokio::task::yield_now().await;
        }
        if waits.is_empty() {
            outlasts = scene.host.faults.count() == 0;
        }
        waits.push(watch.elapsed());
    }
    scene.settle().await;
    let fault = scene.host.faults.get(1).unwrap_or_else(|| panic!("not stopped: {attack}"));
    assert_eq!((fault.plugin.as_str(), scene.host.faults.count()), ("hello", 1), "{attack}: {fault:?}");
    assert!(fault.what.starts_with("plugins/hello/init.lua"), "{attack}: {fault:?}");
    (waits, outlasts)
}

#[tokio::test]
async fn every_attack_costs_its_own_plugin_alone() {
    for (attacks, is_long) in [(LOOPS, true), (SEARCHES, true), (GREED, false), (BOUNDS, false), (BURGLARY, false)] {
        let mut n_outlasting = 0;
        for attack in attacks {
            let (mut waits, outlasts) = attacked(attack).await;
            waits.sort();
            // The middle one: on a busy machine the odd one waits for others than plugins.
            let middle = waits.get(waits.len() / 2).copied().unwrap();
            assert!(middle < SOON, "{attack}: {waits:?}");
            n_outlasting += usize::from(outlasts);
        }
        assert!(!is_long || attacks.len() / 2 < n_outlasting, "most were answered while the attack went on");
    }
}
